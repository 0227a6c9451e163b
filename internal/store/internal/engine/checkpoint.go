package engine

import (
	"context"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"
)

// How far a write-ahead log grows, in pages.
const (
	logFull = 3000 // before it is copied into the file beside whoever writes
	logMost = 4000 // before the writer copies it herself, behind her transaction
	catchUp = 3    // times that is tried at once: who writes without a pause is not caught up with
)

// copier copies the write-ahead log of an SQLite file into the file (a checkpoint), beside whoever writes, who would hold up
// with it all that wait for their turn. The log begins anew when all of it is copied and nobody reads from it.
type copier struct {
	full   chan struct{}
	behind atomic.Bool   // the log is full and was not copied since
	near   atomic.Bool   // it was copied but for what has come meanwhile, which the writer copies
	done   chan struct{} // nobody copies any more

	// Of the writer.
	pages int  // in the log behind the last commit
	told  bool // that it is full
}

func newCopier() *copier {
	return &copier{full: make(chan struct{}, 1), done: make(chan struct{})}
}

// hook is called by the writing connection behind each commit with the pages in the log. What is committed is durable:
// that it could not be copied is no failure, and is tried again behind the next one.
func (c *copier) hook(conn *sqlite3.Conn, _ string, pages int) error {
	if pages < c.pages { // it has begun anew
		c.told = false
	}
	switch c.pages = pages; {
	case pages >= logMost, c.near.Swap(false) && pages >= logFull: // then the log begins anew, if nobody reads from it
		_, _, _ = conn.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
	case pages >= logFull && !c.told:
		c.told = true
		c.behind.Store(true)
		select {
		case c.full <- struct{}{}:
		default: // it is about to begin
		}
	}
	return nil
}

// run copies whenever the log is full, over a connection of its own, until db is to be quiet.
func (c *copier) run(db *DB) {
	defer close(c.done)
	var s *Session
	for {
		select {
		case <-db.quiet:
			if s != nil {
				_ = s.Close()
			}
			return
		case <-c.full:
		}
		if s == nil {
			var err error
			if s, err = db.Reading(context.Background()); err != nil {
				continue // the writer will
			}
		}
		for range catchUp { // each time only what was written in the meantime is left
			pages, copied, err := s.lite.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
			if err != nil || pages == copied {
				break
			}
		}
		_ = flush(db.Path) // SQLite does not if more was written meanwhile: the writer would wait for all of it
		c.near.Store(true)
		c.behind.Store(len(c.full) > 0)
	}
}

// LogPages returns how many pages the last commit of the writing connection left in the log of a file. It is for who writes, or for
// when nobody does.
func (db *DB) LogPages() int64 { return int64(db.copier.pages) }

// Behind reports whether the log of a file is full and was not copied since.
func (db *DB) Behind() bool { return db.copier.behind.Load() }
