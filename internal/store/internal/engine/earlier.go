package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
	cipher "lukechampine.com/adiantum"

	"github.com/opentrm/opentrm/internal/fault"
)

// earlier is what SQLite knows the file system by that programs before this layout of pages and logs used.
const earlier = "opentrm-before"

// settle brings a database file at path that was written before pages kept room for the headers of their frames into the
// present form, with what stands in the log that such a program left behind: it is copied, once, and the copy takes its place in one step.
//
// It fails with [fault.Invalid] if the key has another size than it must, with [fault.Conflict] "store.in-use" if such a program
// runs and "store.log.other" if the log is of a layout that only the program knows that wrote it, and with [fault.Unavailable] if
// the disk is full or a file cannot be read. Nothing is lost then.
func settle(ctx context.Context, path string, c Config) (err error) {
	if len(c.Key) != KeySize {
		return errKeySize()
	}
	first, err := firstBlock(path, c.Key)
	if err != nil || !bytes.HasPrefix(first, []byte(fileMark)) {
		return err // empty, or of another key, which the first statement says
	}
	if first[reservedAt] == frameHead {
		return nil
	}
	if c.At != nil {
		c.At("found")
	}
	if !c.Alone {
		lock, err := use(path, true)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Close()) }()
		// Another program may have done it since, and left a log that is no earlier one.
		if first, err = firstBlock(path, c.Key); err != nil || len(first) > 0 && first[reservedAt] == frameHead {
			return err
		}
	}
	log, err := firstBlock(path+"-wal", c.Key)
	if err != nil {
		return err
	}
	if log != nil && binary.BigEndian.Uint32(log)&^1 != 0x377f0682 { // https://sqlite.org/fileformat2.html#walformat
		return fault.New(fault.Conflict, "store.log.other")
	}
	vfs.Register(earlier, adiantum.Wrap(vfs.Find(""), nil))
	a := &Alone{c: c}
	a.c.Path = path
	if err := errors.Join(leftovers(path), a.copy(ctx, earlier, c.Key)); err != nil {
		return errors.Join(err, leftovers(path))
	}
	return a.swap()
}

// How a database file begins (https://sqlite.org/fileformat2.html#the_database_header).
const (
	fileMark   = "SQLite format 3\x00"
	reservedAt = 20 // how many bytes at the end of each page are not used
)

// firstBlock reads the first block of an encrypted file, nil if there is none that is whole.
func firstBlock(path string, key []byte) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	b := make([]byte, blockSize)
	if _, err = io.ReadFull(f, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, f.Close()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	cipher.New(key).Decrypt(b, make([]byte, 8))
	return b, nil
}

// Reserved returns how many bytes at the end of each page of a database file are not used, 0 if there is none: fewer than a frame's
// header takes where an earlier program wrote it.
func Reserved(path string, key []byte) (byte, error) {
	first, err := firstBlock(path, key)
	if err != nil || first == nil {
		return 0, err
	}
	return first[reservedAt], nil
}
