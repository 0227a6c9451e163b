package engine

import (
	"database/sql"
	"sync/atomic"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// Numbered is for tests.
func Numbered(query string) string { return numbered(query) }

// LogFile returns a write-ahead log that lies in file.
func LogFile(file vfs.File) vfs.File { return &walFile{File: file, frame: none} }

// Crowded opens a database file with a small cache, on a disk that has no room for the log while full is set.
func Crowded(c Config, full *atomic.Bool) (*sql.DB, error) {
	vfs.Register("opentrm-crowded", arranging{adiantum.Wrap(gathering{crowding{vfs.Find(""), full}}, nil)})
	return openFile(c.Path, c.Key, "opentrm-crowded", 16, false, nil)
}

type crowding struct {
	vfs.VFS
	full *atomic.Bool
}

func (d crowding) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, got, err := vfsutil.WrapOpenFilename(d.VFS, name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = crowded{file, d.full}
	}
	return file, got, err
}

type crowded struct {
	vfs.File
	full *atomic.Bool
}

func (f crowded) WriteAt(p []byte, off int64) (int, error) {
	if f.full.Load() {
		return 0, vfs.SystemError(syscall.ENOSPC, sqlite3.FULL)
	}
	return f.File.WriteAt(p, off)
}
