package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum"
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
		{"audit log", "plain insert of 300 B, one by one, encrypted", "/s", plainInserts},
		{"audit log", "append to the log, one by one, encrypted", "/s", appends(1)},
		{"audit log", "append to the log, 64 writers at once", "/s", appends(64)},
		{"audit log", "Tessera POSIX, one by one", "/s", tesseraAdds(1)},
		{"audit log", "Tessera POSIX, 64 writers at once", "/s", tesseraAdds(64)},
	}
}

func plainInserts(ctx context.Context, dir string, d time.Duration) (float64, error) {
	dsn := fmt.Sprintf("file:%s?vfs=adiantum&hexkey=%s&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)",
		filepath.Join(dir, "plain.db"), strings.Repeat("07", 32))
	db, err := sql.Open("sqlite3", dsn)
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

// appends measures entries whose payload is about 300 bytes, by a number of writers.
func appends(writers int) func(context.Context, string, time.Duration) (float64, error) {
	return func(ctx context.Context, dir string, d time.Duration) (float64, error) {
		db, err := store.Open(ctx, store.Config{
			Path: filepath.Join(dir, "log.db"), Key: bytes.Repeat([]byte{7}, store.KeySize), Rand: rand.Reader,
		})
		if err != nil {
			return 0, err
		}
		defer db.Close()
		write := store.Writer[any](db)
		who := access.Actor{User: "0192f0c1-0000-7000-8000-000000000001", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK"}
		entry := audit.Did(who, access.NoteCase, strings.Repeat("x", 60)).For("bench")
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
