package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/store"
)

const payloadSize = 300

// logs compares the audit log with plain inserts on the same engine and with Tessera on files.
func logs() []contestant {
	return []contestant{
		{name: aPlain, group: "audit log", unit: "/s", run: plainInserts},
		{name: aLog, group: "audit log", unit: "/s", run: appends(1)},
		{name: aLogs, group: "audit log", unit: "/s", run: appends(64)},
		{name: aBatch, group: "audit log", unit: "/s", run: batches},
		{name: aBytes, group: "audit log", unit: "B", run: room},
		{name: aTessera, group: "audit log", unit: "/s", run: tesseraAdds(1)},
		{name: aTesseras, group: "audit log", unit: "/s", run: tesseraAdds(64)},
	}
}

// plainInserts inserts rows as anybody would: a prepared statement on one connection to a file of the same kind, with
// the same encryption and the same durability.
func plainInserts(ctx context.Context, dir string, d time.Duration) (float64, error) {
	known, err := openLog(ctx, dir) // which makes its file system known to the engine
	if err != nil {
		return 0, err
	}
	defer known.Close()
	db, err := driver.Open("file:"+filepath.Join(dir, "plain.db")+"?vfs=opentrm", func(c *sqlite3.Conn) error {
		if err := c.Exec("PRAGMA hexkey='" + strings.Repeat("07", 32) + "'"); err != nil {
			return err
		}
		if _, err := c.FileControl("main", sqlite3.FCNTL_RESERVE_BYTES, 24); err != nil { // what that file system needs
			return err
		}
		return c.Exec("PRAGMA busy_timeout=5000; PRAGMA journal_mode=wal; PRAGMA synchronous=full")
	})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE entry (place INTEGER PRIMARY KEY, salt BYTEA NOT NULL, data BYTEA NOT NULL)"); err != nil {
		return 0, err
	}
	insert, err := db.PrepareContext(ctx, "INSERT INTO entry (salt, data) VALUES (?, ?)")
	if err != nil {
		return 0, err
	}
	data := make([]byte, payloadSize)
	return repeat(ctx, d, func() error {
		_, _ = rand.Read(data)
		_, err := insert.ExecContext(ctx, data[:16], data)
		return err
	})
}

func openLog(ctx context.Context, dir string) (*store.DB, error) {
	return store.Open(ctx, store.Config{Path: logPath(dir), Key: bytes.Repeat([]byte{7}, store.KeySize), Rand: rand.Reader})
}

func logPath(dir string) string { return filepath.Join(dir, "log.db") }

// entry300 returns an entry whose payload has about 300 bytes.
func entry300() audit.Entry {
	who := access.Actor{User: "0192f0c1-0000-7000-8000-000000000001", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK"}
	e := audit.Did(who, access.NoteCase, strings.Repeat("x", 60)).For("bench")
	for {
		b, err := e.At(1_700_000_000_000_000).Payload()
		if err != nil || len(b) >= payloadSize {
			return e
		}
		e.Object += "x"
	}
}

// adder is what a batch of entries needs.
type adder interface{ Also(audit.Entry) error }

const batchSize = 500

func addBatch(ctx context.Context, write func(context.Context, audit.Entry, func(adder) error) error, e audit.Entry) error {
	return write(ctx, e, func(tx adder) error {
		for range batchSize - 1 {
			if err := tx.Also(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func batches(ctx context.Context, dir string, d time.Duration) (float64, error) {
	db, err := openLog(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	write, e := store.Writer[adder](db), entry300()
	rate, err := repeat(ctx, d, func() error { return addBatch(ctx, write, e) })
	return rate * batchSize, err
}

// room measures by how much the file has grown for each of many entries, once all of them are in it.
func room(ctx context.Context, dir string, _ time.Duration) (float64, error) {
	const n = 20
	var sizes []int64
	for range 2 {
		db, err := openLog(ctx, dir)
		if err != nil {
			return 0, err
		}
		write, e := store.Writer[adder](db), entry300()
		for range n {
			if err := addBatch(ctx, write, e); err != nil {
				return 0, errors.Join(err, db.Close())
			}
		}
		if err := db.Close(); err != nil {
			return 0, err
		}
		info, err := os.Stat(logPath(dir))
		if err != nil {
			return 0, err
		}
		sizes = append(sizes, info.Size())
	}
	return float64(sizes[1]-sizes[0]) / (n * batchSize), nil
}

// appends measures entries whose payload is about 300 bytes, by a number of writers.
func appends(writers int) func(context.Context, string, time.Duration) (float64, error) {
	return func(ctx context.Context, dir string, d time.Duration) (float64, error) {
		db, err := openLog(ctx, dir)
		if err != nil {
			return 0, err
		}
		defer db.Close()
		write, entry := store.Writer[any](db), entry300()
		return together(ctx, d, writers, func() error {
			return write(ctx, entry, func(any) error { return nil })
		})
	}
}

func tesseraAdds(writers int) func(context.Context, string, time.Duration) (float64, error) {
	return func(ctx context.Context, dir string, d time.Duration) (float64, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		key, _, err := note.GenerateKey(rand.Reader, "bench")
		if err != nil {
			return 0, err
		}
		signer, err := note.NewSigner(key)
		if err != nil {
			return 0, err
		}
		driver, err := posix.New(ctx, posix.Config{Path: dir})
		if err != nil {
			return 0, err
		}
		opts := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithBatching(256, 50*time.Millisecond)
		appender, shutdown, _, err := tessera.NewAppender(ctx, driver, opts)
		if err != nil {
			return 0, err
		}
		rate, err := together(ctx, d, writers, func() error {
			data := make([]byte, payloadSize)
			_, _ = rand.Read(data)
			_, err := appender.Add(ctx, tessera.NewEntry(data))()
			return err
		})
		if err != nil {
			return 0, err
		}
		return rate, shutdown(ctx)
	}
}

// together runs f in a number of goroutines until d has passed and returns how often per second.
func together(ctx context.Context, d time.Duration, writers int, f func() error) (float64, error) {
	var n atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	begin := time.Now()
	for range writers {
		wg.Go(func() {
			for time.Since(begin) < d && ctx.Err() == nil {
				if err := f(); err != nil {
					errs <- err
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return 0, err
	}
	return float64(n.Load()) / time.Since(begin).Seconds(), ctx.Err()
}
