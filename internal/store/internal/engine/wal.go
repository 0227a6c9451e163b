package engine

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// fileSystem is what SQLite knows the encrypting file system of this package by.
const fileSystem = "opentrm"

// useFileSystem makes the file system known to SQLite. Doing it again changes nothing.
func useFileSystem() {
	vfs.Register(fileSystem, arranging{adiantum.Wrap(gathering{vfs.Find("")}, nil)})
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
		file = &walFile{File: file, frame: none}
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

// How a write-ahead log lies on the disk, in bytes.
const (
	blockSize = 4096 // what is encrypted as one, and a page
	logHeader = 32   // SQLite's header of the log
	frameHead = 24   // SQLite's header of a frame, and what is not used at the end of each page
	frameSize = frameHead + blockSize
	pageSize  = blockSize - frameHead // of a page that is used

	logMark = "opentrm\x02" // begins the log
)

// none is the number of no frame.
const none = -1

// walFile is a write-ahead log that SQLite sees as it always does: a header of 32 bytes, then frames of a header of 24
// bytes and a page. On the disk each frame is one block, with its header where SQLite uses nothing of the page:
//
//	block 0    a mark and the header of the log
//	block 1    4072 bytes of the page of frame 0, and the header of frame 0
//	block 2    4072 bytes of the page of frame 1, and the header of frame 1 ...
//
// As SQLite lays it out, each frame begins within one block of those that are encrypted and ends within another: to read a
// page takes two blocks with a lock for each, and a commit would write a block anew that holds frames of the commit before, which a
// power failure could spoil, so that SQLite repeats the last frame to fill it. Here nobody shares a block, and the blocks of
// a commit follow each other. A block is whole or it is not: its cipher spreads any difference over all of it, and SQLite's
// checksum of the frame shows a torn one.
//
// Nothing becomes durable later than SQLite asks for. It may be called by the one who holds SQLite's lock for writing
// or recovery, or to read pages that are published; never by two goroutines, since each connection has a file of its own.
type walFile struct {
	vfs.File // encrypts

	block [blockSize]byte
	frame int64           // whose header waits for its page
	head  [frameHead]byte // that header
}

// errReserved says that SQLite has used what it must leave to the headers.
var errReserved = errors.New("store: a page without room for the header of its frame")

// WriteAt writes p at off, where SQLite sees it.
func (w *walFile) WriteAt(p []byte, off int64) (int, error) {
	return pieces(p, off, func(b []byte, block, in int64) (int, error) {
		frame := block - 1
		switch {
		case block > 0 && in == 0 && len(b) == frameHead: // its page is about to come
			if err := w.flush(); err != nil {
				return 0, err
			}
			w.frame = frame
			return copy(w.head[:], b), nil
		case block > 0 && in == frameHead && len(b) == blockSize && frame == w.frame:
			w.frame = none
			copy(w.block[pageSize:], w.head[:])
			if err := w.put(b, in); err != nil {
				return 0, err
			}
		default:
			if err := w.flush(); err != nil {
				return 0, err
			}
			if err := w.load(block); err != nil {
				return 0, err
			}
			if block == 0 {
				copy(w.block[:], logMark)
				copy(w.block[len(logMark)+int(in):], b)
			} else if err := w.put(b, in); err != nil {
				return 0, err
			}
		}
		return len(b), w.write(block)
	})
}

// put lays b, which begins at in of a frame, into its block.
func (w *walFile) put(b []byte, in int64) error {
	if in < frameHead {
		n := copy(w.block[pageSize+in:], b)
		b, in = b[n:], frameHead
	}
	n := 0
	if at := in - frameHead; at < pageSize {
		n = copy(w.block[at:pageSize], b)
	}
	for _, c := range b[n:] {
		if c != 0 {
			return errReserved
		}
	}
	return nil
}

// ReadAt reads what was written last.
func (w *walFile) ReadAt(p []byte, off int64) (int, error) {
	if err := w.flush(); err != nil {
		return 0, givenUp(err)
	}
	return pieces(p, off, func(b []byte, block, in int64) (int, error) {
		if block > 0 && in == frameHead && len(b) == blockSize { // as SQLite reads pages
			n, err := w.File.ReadAt(b, block*blockSize)
			if n == blockSize {
				clear(b[pageSize:])
			}
			return n, err
		}
		if n, err := w.File.ReadAt(w.block[:], block*blockSize); n < blockSize {
			return 0, cmp.Or(err, io.EOF)
		}
		if block == 0 {
			if !bytes.HasPrefix(w.block[:], []byte(logMark)) { // of nobody: SQLite takes it for no log
				clear(w.block[:])
			}
			return copy(b, w.block[len(logMark)+int(in):]), nil
		}
		n := 0
		if in < frameHead {
			n = copy(b, w.block[pageSize+in:])
			in += int64(n)
		}
		if at := in - frameHead; at < pageSize {
			n += copy(b[n:], w.block[at:pageSize])
		}
		clear(b[n:])
		return len(b), nil
	})
}

// pieces takes the range of p at off apart: block is where a piece lies on the disk, in where it begins in the header of the
// log, for block 0, or in a frame.
func pieces(p []byte, off int64, do func(b []byte, block, in int64) (int, error)) (n int, err error) {
	for n < len(p) {
		block, in, size := int64(0), off, logHeader-off
		if off >= logHeader {
			block, in = 1+(off-logHeader)/frameSize, (off-logHeader)%frameSize
			size = frameSize - in
		}
		size = min(size, int64(len(p)-n))
		m, err := do(p[n:n+int(size)], block, in)
		n, off = n+m, off+int64(m)
		if err != nil || int64(m) < size {
			return n, cmp.Or(err, io.ErrShortWrite)
		}
	}
	return n, nil
}

// load reads a block, of zeros if it is not there.
func (w *walFile) load(block int64) error {
	n, err := w.File.ReadAt(w.block[:], block*blockSize)
	if n == blockSize || errors.Is(err, io.EOF) {
		clear(w.block[n:])
		return nil
	}
	return cmp.Or(err, io.ErrUnexpectedEOF)
}

// write writes a block.
func (w *walFile) write(block int64) error {
	n, err := w.File.WriteAt(w.block[:], block*blockSize)
	if err == nil && n != blockSize {
		err = io.ErrShortWrite
	}
	return err
}

// flush writes a header for which no page has come, as SQLite does when it computes checksums anew.
func (w *walFile) flush() error {
	if w.frame == none {
		return nil
	}
	block := 1 + w.frame
	w.frame = none
	if err := w.load(block); err != nil {
		return err
	}
	copy(w.block[pageSize:], w.head[:])
	return w.write(block)
}

// Sync makes durable what was written.
func (w *walFile) Sync(flags vfs.SyncFlag) error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.File.Sync(flags)
}

// Truncate cuts the file to a size that SQLite sees.
func (w *walFile) Truncate(size int64) error {
	if err := w.flush(); err != nil {
		return err
	}
	if size > 0 {
		size = (1 + max(0, size-logHeader+frameSize-1)/frameSize) * blockSize
	}
	return w.File.Truncate(size)
}

// Size returns the size that SQLite sees.
func (w *walFile) Size() (int64, error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	size, err := w.File.Size()
	if n := size / blockSize; n > 0 && err == nil {
		return logHeader + (n-1)*frameSize, nil
	}
	return 0, err
}

// Close closes the file.
func (w *walFile) Close() error { return errors.Join(w.flush(), w.File.Close()) }

// Unwrap returns the encrypting file.
func (w *walFile) Unwrap() vfs.File { return w.File }

// mostHeld is how much of a write-ahead log is held back at most, in bytes; the writing connection keeps room for it.
const mostHeld = 256 << 10

// logStep is by how much a write-ahead log grows, in bytes. Whoever writes into a file syncs it in half the time of one who
// makes it longer, which the file system notes in a journal of its own.
const logStep = 1 << 20

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
	size, err := g.File.Size()
	if err != nil {
		return err
	}
	defer g.grow(size, g.from+int64(len(held)))
	n, err := g.File.WriteAt(held, g.from)
	if err == nil && n != len(held) {
		err = fmt.Errorf("store: %d of %d bytes of the log were written", n, len(held))
	}
	return err
}

// givenUp hides from SQLite that it was a full disk for which a read failed: then it may undo no more than the statement that
// read, and commit the pages of those before it, which were given up. Any other failure undoes the whole transaction.
func givenUp(err error) error {
	return fmt.Errorf("store: what was held back of the log is lost: %w", err)
}

// grow makes a file that was made longer, up to end, so long that it need not be for a while. Behind end is nothing that counts:
// the log ends there. That there is no room for more is no failure.
func (g *gathered) grow(size, end int64) {
	if end <= size {
		return
	}
	var zero [64 << 10]byte
	for to := (end + logStep - 1) / logStep * logStep; end < to; {
		n, err := g.File.WriteAt(zero[:min(int64(len(zero)), to-end)], end)
		if err != nil || n == 0 {
			return
		}
		end += int64(n)
	}
}

// ReadAt reads what was written last.
func (g *gathered) ReadAt(p []byte, off int64) (int, error) {
	if err := g.handOn(); err != nil {
		return 0, givenUp(err)
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
