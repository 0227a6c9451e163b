package store

import (
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// fileSystem is what SQLite knows the encrypting file system of this package by.
const fileSystem = "opentrm"

const (
	walHeader = 32        // bytes before the first frame of a write-ahead log
	walFrame  = 24 + 4096 // bytes of a frame: its header and a page
	walMost   = 256 << 10 // bytes that are held back at most; the writing connection keeps room for them
)

// useFileSystem makes the file system known to SQLite. Doing it again changes nothing.
func useFileSystem() {
	vfs.Register(fileSystem, gathering{adiantum.Wrap(vfs.Find(""), nil)})
}

// gathering is the encrypting file system with write-ahead logs whose writes are gathered ([walFile]).
type gathering struct{ vfs.VFS }

var _ vfs.VFSFilename = gathering{}

// OpenFilename opens a file.
func (g gathering) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	wal := flags&vfs.OPEN_WAL != 0
	file, flags, err := vfsutil.WrapOpenFilename(g.VFS, name, flags)
	if err == nil && wal {
		file = &walFile{File: file}
	}
	return file, flags, err
}

// walFile is a write-ahead log whose frames are handed on together at each sync.
//
// A frame is 24 bytes longer than the blocks of 4 KiB that are encrypted, so that no frame begins where a block
// does. Written one by one, each frame costs the decryption and encryption of three blocks, their reading and writing
// and a lock for each; written together, each block is encrypted once (docs/adr/0003-embedded-sqlite-encrypted.md).
//
// It changes nothing of what is durable when, and nobody can miss what is held back:
//
//   - every connection of this package commits with synchronous=FULL, so SQLite syncs the log before it publishes
//     the frames of a commit in the shared index; [walFile.Sync] hands all of them on first;
//   - without a promise that a write harms nothing beside it, SQLite repeats the last frame up to the end of a block
//     before it syncs in the middle of that frame, and writes its rest afterwards. That rest is of a published frame
//     too: what follows a sync is handed on at once until the next frame begins;
//   - who reads through the same connection, or asks for the size, gets what was written.
type walFile struct {
	vfs.File
	held   []byte
	from   int64 // where held belongs
	synced bool  // and no frame has begun since
}

// WriteAt writes p at off, now or with the next sync.
func (w *walFile) WriteAt(p []byte, off int64) (int, error) {
	if w.synced && off != 0 && (off-walHeader)%walFrame != 0 {
		return w.File.WriteAt(p, off)
	}
	w.synced = false
	if len(w.held) > 0 && (off != w.from+int64(len(w.held)) || len(w.held)+len(p) > walMost) {
		if err := w.handOn(); err != nil {
			return 0, err
		}
	}
	if len(w.held) == 0 {
		w.from = off
	}
	w.held = append(w.held, p...)
	return len(p), nil
}

// handOn writes what is held back. What could not be written is given up: SQLite undoes the transaction.
func (w *walFile) handOn() error {
	if len(w.held) == 0 {
		return nil
	}
	held := w.held
	w.held = held[:0]
	n, err := w.File.WriteAt(held, w.from)
	if err == nil && n != len(held) {
		err = fmt.Errorf("store: %d of %d bytes of the log were written", n, len(held))
	}
	return err
}

// ReadAt reads what was written last.
func (w *walFile) ReadAt(p []byte, off int64) (int, error) {
	if err := w.handOn(); err != nil {
		return 0, err
	}
	return w.File.ReadAt(p, off)
}

// Sync makes durable what was written.
func (w *walFile) Sync(flags vfs.SyncFlag) error {
	if err := w.handOn(); err != nil {
		return err
	}
	w.synced = true
	return w.File.Sync(flags)
}

// Truncate cuts the file.
func (w *walFile) Truncate(size int64) error {
	if err := w.handOn(); err != nil {
		return err
	}
	return w.File.Truncate(size)
}

// Size returns the size with what is held back.
func (w *walFile) Size() (int64, error) {
	if err := w.handOn(); err != nil {
		return 0, err
	}
	return w.File.Size()
}

// Close closes the file.
func (w *walFile) Close() error { return errors.Join(w.handOn(), w.File.Close()) }

// Unwrap returns the file that w writes to.
func (w *walFile) Unwrap() vfs.File { return w.File }
