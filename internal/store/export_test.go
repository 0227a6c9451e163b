package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// Numbered is for tests.
func Numbered(query string) string { return numbered(query) }

// Exec runs any statement with the rights of the application, as an attacker in it would.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) error {
	_, err := tx.s.Exec(tx.ctx, query, args...)
	return explain(errors.Join(err, ctx.Err()))
}

// Tables is for tests.
func (db *DB) Tables(class Class) []string {
	var names []string
	for _, t := range db.tables {
		if t.class == class {
			names = append(names, t.name)
		}
	}
	return names
}

// Broken ends the connection that writes, as a server that was restarted does.
func (tx *Tx) Broken() error {
	if tx.db.engine == SQLite {
		tx.s.discard()
		return nil
	}
	return tx.s.conn.Raw(func(c any) error { return c.(*stdlib.Conn).Conn().Close(tx.ctx) })
}

// RealTables returns the tables that the engine has.
func (db *DB) RealTables(ctx context.Context) ([]string, error) {
	query := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.engine == Postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	var names []string
	err := db.snapshot(ctx, func(tx *Tx) error {
		found, err := tx.s.Query(ctx, query)
		if err != nil {
			return err
		}
		for found.Next() {
			var name string
			err = errors.Join(err, found.Scan(&name))
			names = append(names, name)
		}
		return errors.Join(err, found.Err())
	})
	return names, err
}

// Baseline returns a function that runs one prepared statement in a transaction of its own on a connection of
// its own, with nothing of this package around it: what the log is compared with.
func (db *DB) Baseline(ctx context.Context, c Config) (run func(query string, args ...any) error, done func() error, err error) {
	other, begin := (*sql.DB)(nil), "BEGIN IMMEDIATE"
	if db.engine == Postgres {
		begin = "BEGIN ISOLATION LEVEL SERIALIZABLE"
		other, err = connect(c.URL, appRole, 1)
	} else {
		other, err = openFile(db.path, c.Key, fileSystem, writerCache, false, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	conn, err := other.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, other.Close())
	}
	s, err := newSession(db.engine, conn)
	if err != nil {
		return nil, nil, errors.Join(err, other.Close())
	}
	run = func(query string, args ...any) error {
		if err := s.run(ctx, begin); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, query, args...); err != nil {
			return err
		}
		return s.run(ctx, "COMMIT")
	}
	return run, func() error { return errors.Join(s.close(), other.Close()) }, nil
}

// LogFile returns a write-ahead log that lies in file.
func LogFile(file vfs.File) vfs.File { return &walFile{File: file, frame: none} }

// Earlier makes a database as programs did before pages kept room for the headers of their frames, runs a statement
// and a commit on it, and leaves the log.
func Earlier(ctx context.Context, c Config, query string, args ...any) (io.Closer, error) {
	vfs.Register(earlier, adiantum.Wrap(vfs.Find(""), nil))
	db, err := driver.Open(fileURI(c.Path, url.Values{"vfs": {earlier}}, "?"), func(conn *sqlite3.Conn) error {
		return conn.Exec("PRAGMA hexkey='" + hex.EncodeToString(c.Key) + "'; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
	})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := SQLite.migrate(ctx, db, c.Path, 0); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	_, err = db.ExecContext(ctx, query, args...)
	return db, err
}

// Reserved returns how many bytes at the end of each page of a database file are not used.
func (c Config) Reserved() (byte, error) {
	first, err := firstBlock(c.Path, c.Key)
	if err != nil || first == nil {
		return 0, err
	}
	return first[reservedAt], nil
}

// Checkpoint moves the write-ahead log into the file.
func (db *DB) Checkpoint(ctx context.Context) error {
	if db.engine == Postgres {
		return nil
	}
	s, err := db.read.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return errors.Join(err, s.Close())
}

// Terminate ends the application's connections to a PostgreSQL database, as a restart of the server does, over
// the login of a superuser.
func (db *DB) Terminate(ctx context.Context, admin string) error {
	var database, owner string
	if err := db.owner.QueryRowContext(ctx, "SELECT current_database(), current_user").Scan(&database, &owner); err != nil {
		return err
	}
	super, err := connect(admin, "", 1)
	if err != nil {
		return err
	}
	_, err = super.ExecContext(ctx, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND usename <> $2", database, owner)
	return errors.Join(err, super.Close())
}

// UpTo returns c for a database whose schema is that of an older version of the program.
func (c Config) UpTo(version int64) Config {
	c.upTo = version
	return c
}

// Without returns to a program that knows nothing of a table yet.
func (db *DB) Without(name string) {
	db.tables = slices.DeleteFunc(slices.Clone(db.tables), func(t table) bool { return t.name == name })
}

// Versions returns the numbers of all migrations, oldest first.
func Versions() ([]int64, error) {
	all, err := SQLite.migrations()
	var out []int64
	for _, m := range all {
		out = append(out, m.Version)
	}
	return out, err
}

// AsAdmin runs a statement over the login of a superuser.
func AsAdmin(ctx context.Context, admin, statement string) error {
	db, err := connect(admin, "", 1)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// Plan returns how SQLite finds what a statement asks for.
func (db *DB) Plan(ctx context.Context, query string) (string, error) {
	q := numbered(query)
	var args []any
	for strings.Contains(q, "?"+strconv.Itoa(len(args)+1)) {
		args = append(args, 1)
	}
	found, err := db.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+q, args...)
	if err != nil {
		return "", err
	}
	var plan []string
	for found.Next() {
		var id, parent, unused int
		var step string
		err = errors.Join(err, found.Scan(&id, &parent, &unused, &step))
		plan = append(plan, step)
	}
	return strings.Join(plan, "; "), errors.Join(err, found.Err(), found.Close())
}

// PageSize returns the size of a page.
func (db *DB) PageSize(ctx context.Context) (size int, err error) {
	err = db.read.QueryRowContext(ctx, "PRAGMA page_size").Scan(&size)
	return size, err
}

// At calls step at every step of [Alone.Rekey].
func (c Config) At(step func(string)) Config {
	c.at = step
	return c
}

// LogPages returns how many pages the last commit left in the log.
func (db *DB) LogPages() int64 { return int64(db.copier.pages) }

// Idle returns how many connections to read are open and unused.
func (db *DB) Idle() int { return len(db.idle) }

// Copied waits until the log, if it was full, has been copied into the file beside the writer, as far as it can be.
func (db *DB) Copied() {
	for db.copier.behind.Load() {
		runtime.Gosched()
	}
}

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
