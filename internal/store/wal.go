package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
	cipher "lukechampine.com/adiantum"

	"github.com/opentrm/opentrm/internal/fault"
)

// fileSystem is what SQLite knows the encrypting file system of this package by.
const fileSystem = "opentrm"

// useFileSystem makes the file system known to SQLite. Doing it again changes nothing.
func useFileSystem() {
	vfs.Register(fileSystem, arranging{adiantum.Wrap(gathering{vfs.Find("")}, nil)})
}

// earlier is what SQLite knows the file system by that programs before this layout of the log used.
const earlier = "opentrm-before"

// settle brings into the database file at path what stands in a log that a program before this layout left behind.
//
// It fails with [fault.Invalid] if the key has another size than it must, with [fault.Conflict] "store.in-use" if such a program
// runs, and with [fault.Unavailable] if a file cannot be read.
func settle(ctx context.Context, path string, c Config) (err error) {
	log, err := os.Open(path + "-wal")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, keyUnavailable, err)
	}
	var first [blockSize]byte
	if _, err = io.ReadFull(log, first[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return log.Close()
	}
	if err := errors.Join(err, log.Close()); err != nil {
		return fault.Wrap(fault.Unavailable, keyUnavailable, err)
	}
	if len(c.Key) != KeySize {
		return errKeySize()
	}
	cipher.New(c.Key).Decrypt(first[:], make([]byte, 8))
	if binary.BigEndian.Uint32(first[:])&^1 != 0x377f0682 { // https://sqlite.org/fileformat2.html#walformat
		return nil
	}
	if !c.alone {
		lock, err := use(path, true)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	vfs.Register(earlier, adiantum.Wrap(vfs.Find(""), nil))
	conn, err := openFile(path, c.Key, earlier, readerCache, false, nil)
	if err != nil {
		return explain(err)
	}
	_, err = version(ctx, conn) // SQLite reads the log with the first statement, and copies it when the last connection closes
	return explain(errors.Join(err, conn.Close()))
}

// arranging is the encrypting file system with write-ahead logs that lie in whole blocks ([walFile]), so that nothing
// written later shares a block with what is there.
type arranging struct{ vfs.VFS }

var _ vfs.VFSFilename = arranging{}

// OpenFilename opens a file.
func (a arranging) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, got, err := vfsutil.WrapOpenFilename(a.VFS, name, flags)
	switch {
	case err != nil:
	case flags&vfs.OPEN_WAL != 0:
		file = &walFile{File: file, group: none}
	case flags&vfs.OPEN_MAIN_DB != 0:
		if whole, ok := file.(databaseFile); ok {
			file = powersafe{whole}
		}
	}
	return file, got, err
}

// databaseFile is all that SQLite can ask of an encrypted database file.
type databaseFile interface {
	vfs.File
	vfs.FileUnwrap
	vfs.FileLockState
	vfs.FileChunkSize
	vfs.FileSizeHint
	vfs.FileHasMoved
	vfs.FileOverwrite
	vfs.FileSync
	vfs.FileCommitPhaseTwo
	vfs.FileBatchAtomicWrite
	vfs.FileCheckpoint
	vfs.FilePragma
	vfs.FileBusyHandler
	vfs.FileSharedMemory
}

// powersafe is a database file of which SQLite knows that a write harms nothing beside it: a page is a block, and the
// log lies in whole blocks. SQLite asks the database file for that when it decides whether to fill the log after each commit
// with a copy of its last frame.
type powersafe struct{ databaseFile }

// DeviceCharacteristics says what SQLite may rely on.
func (p powersafe) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return p.databaseFile.DeviceCharacteristics() | vfs.IOCAP_POWERSAFE_OVERWRITE
}

// Unwrap returns the encrypting file.
func (p powersafe) Unwrap() vfs.File { return p.databaseFile }

// How a write-ahead log lies on the disk: groups of blocks, each of two copies of a block of headers and the pages of
// its frames. All numbers are of bytes but for perGroup and blocks.
const (
	blockSize = 4096 // what is encrypted as one, and a page
	logHeader = 32   // SQLite's header of the log
	frameHead = 24   // SQLite's header of a frame
	frameSize = frameHead + blockSize

	perGroup = 168 // frames of a group
	blocks   = 2 + perGroup

	headsMark = "opentrm\x01" // begins a block of headers
	headsTurn = len(headsMark)
	headsLog  = headsTurn + 8
	headsEach = headsLog + logHeader
)

// none is the number of no group.
const none = -1

// walFile is a write-ahead log that SQLite sees as it always does: a header of 32 bytes, then frames of a header of 24
// bytes and a page. On the disk the pages are whole blocks, and the headers of 168 frames stand together:
//
//	block  0 and 1      two copies of the headers of frames 0 to 167 (the first group's begin with the log's own)
//	block  2 to 169     their pages
//	block  170 and 171  two copies of the headers of frames 168 to 335 ...
//
// As SQLite lays it out, each frame begins within one block of those that are encrypted and ends within another: to read a
// page takes two blocks with a lock for each, and a commit would write a block anew that holds frames of the commit before, which a
// power failure could spoil, so that SQLite repeats the last frame to fill it. Here a page is one block and nobody shares it. Only
// the headers of one commit stand beside those of others; they are written to the two copies in turn, a sync between
// them, and the newer that is whole counts. A block is whole or it is not: its cipher spreads any difference over all of it, so the
// mark at its beginning shows a torn one.
//
// Nothing becomes durable later than SQLite asks for. It may be called by the one who holds SQLite's lock for writing
// or recovery, or to read pages that are published; never by two goroutines, since each connection has a file of its own.
type walFile struct {
	vfs.File // encrypts

	group  int64
	heads  [blockSize]byte // of group
	other  [blockSize]byte // a copy that is being looked at
	copied int64           // which of the two copies heads is, 0 or 1
	dirty  bool            // and not written yet
	mine   bool            // since the last sync nobody else can have written
	calm   bool            // what was there has been made durable
	begun  map[int64]bool  // groups that have a newer copy since the last sync
}

// WriteAt writes p at off, where SQLite sees it.
func (w *walFile) WriteAt(p []byte, off int64) (int, error) {
	return w.each(p, off, func(b []byte, at int64, headers bool) (int, error) {
		if !headers {
			return w.File.WriteAt(b, at)
		}
		if err := w.turn(at / blockSize / blocks); err != nil {
			return 0, err
		}
		w.dirty = true
		return copy(w.heads[at%blockSize:], b), nil
	})
}

// ReadAt reads what was written last.
func (w *walFile) ReadAt(p []byte, off int64) (int, error) {
	if off == 0 && !w.dirty { // whoever reads from the beginning wants to know what others wrote
		w.group, w.mine = none, false
	}
	return w.each(p, off, func(b []byte, at int64, headers bool) (int, error) {
		if !headers {
			return w.File.ReadAt(b, at)
		}
		if err := w.load(at / blockSize / blocks); err != nil {
			return 0, err
		}
		return copy(b, w.heads[at%blockSize:]), nil
	})
}

// each takes the range of p at off apart into pieces of pages and of headers. at is where a piece lies on the disk;
// for headers it lies in the first copy.
func (w *walFile) each(p []byte, off int64, do func(b []byte, at int64, headers bool) (int, error)) (n int, err error) {
	for n < len(p) {
		at, size, headers := int64(headsLog)+off, logHeader-off, true
		if off >= logHeader {
			frame, in := (off-logHeader)/frameSize, (off-logHeader)%frameSize
			start := frame / perGroup * blocks * blockSize
			if at, size = start+int64(headsEach)+frame%perGroup*frameHead+in, frameHead-in; in >= frameHead {
				at, size, headers = start+(2+frame%perGroup)*blockSize+in-frameHead, frameSize-in, false
			}
		}
		size = min(size, int64(len(p)-n))
		m, err := do(p[n:n+int(size)], at, headers)
		n, off = n+m, off+int64(m)
		if err != nil || int64(m) < size {
			return n, cmp.Or(err, io.ErrShortWrite)
		}
	}
	return n, nil
}

// block reads a block and reports whether it is there.
func (w *walFile) block(b *[blockSize]byte, at int64) (bool, error) {
	_, err := w.File.ReadAt(b[:], at*blockSize)
	if errors.Is(err, io.EOF) {
		clear(b[:])
		return false, nil
	}
	return err == nil, err
}

// copyOf reads a copy of the headers of a group and returns its turn, 0 if it is not whole.
func (w *walFile) copyOf(b *[blockSize]byte, group, n int64) (uint64, error) {
	there, err := w.block(b, group*blocks+n)
	if !there || !bytes.HasPrefix(b[:], []byte(headsMark)) {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b[headsTurn:]), nil
}

// load makes heads those of a group.
func (w *walFile) load(group int64) error {
	if w.group == group {
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	w.group = none
	first, err := w.copyOf(&w.heads, group, 0)
	if err != nil {
		return err
	}
	second, err := w.copyOf(&w.other, group, 1)
	if err != nil {
		return err
	}
	switch w.copied = 0; {
	case second > first:
		w.copied, w.heads = 1, w.other
	case first == 0:
		w.copied = 1
		clear(w.heads[:])
	}
	copy(w.heads[:], headsMark)
	w.group = group
	return nil
}

// turn makes heads those of a group that are about to change: of the copy that was not made durable last.
func (w *walFile) turn(group int64) error {
	if w.group == group && !w.mine && !w.dirty { // another process may have written
		turn, err := w.copyOf(&w.other, group, 1-w.copied)
		if err != nil {
			return err
		}
		if turn > w.turns() {
			w.group, w.calm = none, false
		}
	}
	w.mine = true
	if err := w.load(group); err != nil || w.begun[group] {
		return err
	}
	if !w.calm { // the newest copy may be of a process that died before it was durable
		if err := w.File.Sync(0); err != nil {
			return err
		}
		w.calm = true
	}
	if w.begun == nil {
		w.begun = make(map[int64]bool)
	}
	w.begun[group] = true
	w.copied = 1 - w.copied
	binary.LittleEndian.PutUint64(w.heads[headsTurn:], w.turns()+1)
	return nil
}

func (w *walFile) turns() uint64 { return binary.LittleEndian.Uint64(w.heads[headsTurn:]) }

// flush writes the headers that have changed.
func (w *walFile) flush() error {
	if !w.dirty {
		return nil
	}
	w.dirty = false
	n, err := w.File.WriteAt(w.heads[:], (w.group*blocks+w.copied)*blockSize)
	if err == nil && n != blockSize {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.group = none
	}
	return err
}

// Sync makes durable what was written.
func (w *walFile) Sync(flags vfs.SyncFlag) error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.File.Sync(flags); err != nil {
		return err
	}
	clear(w.begun)
	w.mine = false
	return nil
}

// Truncate cuts the file to a size that SQLite sees.
func (w *walFile) Truncate(size int64) error {
	if err := w.flush(); err != nil {
		return err
	}
	w.group = none
	groups := int64(0)
	if size > 0 {
		frames := max(0, size-logHeader+frameSize-1) / frameSize
		groups = max(1, (frames+perGroup-1)/perGroup)
		size = (frames + 2*groups) * blockSize
	}
	maps.DeleteFunc(w.begun, func(group int64, _ bool) bool { return group >= groups })
	return w.File.Truncate(size)
}

// Size returns the size that SQLite sees.
func (w *walFile) Size() (int64, error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	size, err := w.File.Size()
	n := size / blockSize
	if err != nil || n == 0 {
		return 0, err
	}
	return logHeader + (n/blocks*perGroup+max(0, n%blocks-2))*frameSize, nil
}

// Close closes the file.
func (w *walFile) Close() error { return errors.Join(w.flush(), w.File.Close()) }

// Unwrap returns the encrypting file.
func (w *walFile) Unwrap() vfs.File { return w.File }

// mostHeld is how much of a write-ahead log is held back at most, in bytes; the writing connection keeps room for it.
const mostHeld = 256 << 10

// gathering is the file system below the encrypting one. It writes the blocks of a log that follow each other in one call.
type gathering struct{ vfs.VFS }

var _ vfs.VFSFilename = gathering{}

// OpenFilename opens a file.
func (g gathering) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, got, err := vfsutil.WrapOpenFilename(g.VFS, name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = &gathered{File: file}
	}
	return file, got, err
}

// gathered is a file whose writes are handed on together, at the latest when it is synced. Every connection of this
// package commits with synchronous=FULL, so SQLite syncs the log before it publishes the frames of a commit in the shared
// index: nobody else looks for what is held back.
type gathered struct {
	vfs.File
	held []byte
	from int64 // where held belongs
}

// WriteAt writes p at off, now or later.
func (g *gathered) WriteAt(p []byte, off int64) (int, error) {
	if len(g.held) > 0 && (off != g.from+int64(len(g.held)) || len(g.held)+len(p) > mostHeld) {
		if err := g.handOn(); err != nil {
			return 0, err
		}
	}
	if len(g.held) == 0 {
		g.from = off
	}
	g.held = append(g.held, p...)
	return len(p), nil
}

// handOn writes what is held back. What could not be written is given up: SQLite undoes the transaction.
func (g *gathered) handOn() error {
	if len(g.held) == 0 {
		return nil
	}
	held := g.held
	g.held = g.held[:0]
	n, err := g.File.WriteAt(held, g.from)
	if err == nil && n != len(held) {
		err = fmt.Errorf("store: %d of %d bytes of the log were written", n, len(held))
	}
	return err
}

// ReadAt reads what was written last.
func (g *gathered) ReadAt(p []byte, off int64) (int, error) {
	if err := g.handOn(); err != nil {
		return 0, err
	}
	return g.File.ReadAt(p, off)
}

// Sync makes durable what was written.
func (g *gathered) Sync(flags vfs.SyncFlag) error {
	if err := g.handOn(); err != nil {
		return err
	}
	return g.File.Sync(flags)
}

// Truncate cuts the file.
func (g *gathered) Truncate(size int64) error {
	if err := g.handOn(); err != nil {
		return err
	}
	return g.File.Truncate(size)
}

// Size returns the size with what is held back.
func (g *gathered) Size() (int64, error) {
	if err := g.handOn(); err != nil {
		return 0, err
	}
	return g.File.Size()
}

// Close closes the file.
func (g *gathered) Close() error { return errors.Join(g.handOn(), g.File.Close()) }

// Unwrap returns the file that is written to.
func (g *gathered) Unwrap() vfs.File { return g.File }
