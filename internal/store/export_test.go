package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // a superuser's connection
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

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
func (tx *Tx) Broken() { tx.s.Discard() }

// RealTables returns the tables that the engine has.
func (db *DB) RealTables(ctx context.Context) ([]string, error) {
	query := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.Engine() == Postgres {
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
	begin := "BEGIN IMMEDIATE"
	if db.Engine() == Postgres {
		begin = "BEGIN ISOLATION LEVEL SERIALIZABLE"
	}
	other, err := engine.Open(ctx, c.engine())
	if err != nil {
		return nil, nil, err
	}
	end := func() error {
		other.Quiet()
		return other.Close()
	}
	s, err := other.Writing(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	run = func(query string, args ...any) error {
		if err := s.Run(ctx, begin); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, query, args...); err != nil {
			return err
		}
		return s.Run(ctx, "COMMIT")
	}
	return run, func() error { return errors.Join(s.Close(), end()) }, nil
}

// Earlier makes a database as programs did before pages kept room for the headers of their frames, runs a statement
// and a commit on it, and leaves the log.
func Earlier(ctx context.Context, c Config, query string, args ...any) (io.Closer, error) {
	vfs.Register("opentrm-earlier", adiantum.Wrap(vfs.Find(""), nil))
	db, err := driver.Open("file:"+c.Path+"?vfs=opentrm-earlier", func(conn *sqlite3.Conn) error {
		return conn.Exec("PRAGMA hexkey='" + hex.EncodeToString(c.Key) + "'; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
	})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrations.Migrate(ctx, SQLite, db, c.Path, 0); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	_, err = db.ExecContext(ctx, query, args...)
	return db, err
}

// Reserved returns how many bytes at the end of each page of a database file are not used.
func (c Config) Reserved() (byte, error) { return engine.Reserved(c.Path, c.Key) }

// Checkpoint moves the write-ahead log into the file.
func (db *DB) Checkpoint(ctx context.Context) error {
	if db.Engine() == Postgres {
		return nil
	}
	s, err := db.engine.Reading(ctx)
	if err != nil {
		return err
	}
	return errors.Join(s.Plain(ctx, "PRAGMA wal_checkpoint(PASSIVE)"), s.Close())
}

// Terminate ends the application's connections to a PostgreSQL database, as a restart of the server does, over
// the login of a superuser.
func (db *DB) Terminate(ctx context.Context, admin string) error {
	var database, login string
	s, err := db.engine.Reading(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(s.QueryRow(ctx, "SELECT current_database(), session_user").Scan(&database, &login), s.Close()); err != nil {
		return err
	}
	super, err := sql.Open("pgx", admin)
	if err != nil {
		return err
	}
	_, err = super.ExecContext(ctx, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND usename = $2", database, login)
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
	names, err := fs.Glob(schema, "schema/common/*.sql")
	var out []int64
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		n, failed := strconv.ParseInt(number, 10, 64)
		out, err = append(out, n), errors.Join(err, failed)
	}
	return out, err
}

// AsAdmin runs a statement over the login of a superuser.
func AsAdmin(ctx context.Context, admin, statement string) error {
	db, err := sql.Open("pgx", admin)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// Plan returns how SQLite finds what a statement asks for.
func (db *DB) Plan(ctx context.Context, query string) (string, error) {
	var args []any
	for strings.Contains(query, "$"+strconv.Itoa(len(args)+1)) {
		args = append(args, 1)
	}
	s, err := db.engine.Reading(ctx)
	if err != nil {
		return "", err
	}
	found, err := s.Query(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return "", errors.Join(err, s.Close())
	}
	var plan []string
	for found.Next() {
		var id, parent, unused int
		var step string
		err = errors.Join(err, found.Scan(&id, &parent, &unused, &step))
		plan = append(plan, step)
	}
	return strings.Join(plan, "; "), errors.Join(err, found.Err(), s.Close())
}

// PageSize returns the size of a page.
func (db *DB) PageSize(ctx context.Context) (size int, err error) {
	s, err := db.engine.Reading(ctx)
	if err != nil {
		return 0, err
	}
	err = errors.Join(s.QueryRow(ctx, "PRAGMA page_size").Scan(&size), s.Close())
	return size, err
}

// At calls step at every step of [Alone.Rekey].
func (c Config) At(step func(string)) Config {
	c.at = step
	return c
}

// LogPages returns how many pages the last commit left in the log.
func (db *DB) LogPages() int64 { return db.engine.LogPages() }

// Idle returns how many connections to read are open and unused.
func (db *DB) Idle() int { return len(db.idle) }

// Copied waits until the log, if it was full, has been copied into the file beside the writer, as far as it can be.
func (db *DB) Copied() {
	for db.engine.Behind() {
		runtime.Gosched()
	}
}
