package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/opentrm/opentrm/internal/fault"
)

// Schema is the migrations of a database: schema/common/NNNNN_name.sql for both engines, and schema/sqlite and schema/postgres with
// what one of them needs besides, in files of the same name.
type Schema struct{ FS fs.FS }

// Newest returns the number of the last migration that this program knows.
func (s Schema) Newest() (int64, error) {
	names, err := fs.Glob(s.FS, "schema/common/*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(errors.New("store: no migrations"), err)
	}
	return numberOf(names[len(names)-1])
}

// Digest tells schemas apart: databases of an engine with the same one have had the same migrations.
func (s Schema) Digest(k Kind) (string, error) {
	h := sha256.New()
	names, err := fs.Glob(s.FS, "schema/common/*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		text, err := s.migration(k, path.Base(name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d %s", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// migration returns the text of a migration: the common part, then the engine's own where it has one. On SQLite
// a key of type BIGINT becomes the number of the row itself, which saves an index.
func (s Schema) migration(k Kind, name string) (string, error) {
	text, err := fs.ReadFile(s.FS, "schema/common/"+name)
	if err != nil {
		return "", err
	}
	if k == SQLite {
		text = bytes.ReplaceAll(text, []byte(" BIGINT PRIMARY KEY"), []byte(" INTEGER PRIMARY KEY"))
	}
	own, err := fs.ReadFile(s.FS, "schema/"+string(k)+"/"+name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return string(append(text, own...)), nil
}

// migrations returns all migrations. Each runs as one text, which both engines take apart themselves: goose's own
// parser needs megabytes for each line, and a node is born in every test.
func (s Schema) migrations(k Kind) ([]*goose.Migration, error) {
	names, err := fs.Glob(s.FS, "schema/common/*.sql")
	if err != nil {
		return nil, err
	}
	var all []*goose.Migration
	for _, name := range names {
		number, err := numberOf(name)
		if err != nil {
			return nil, err
		}
		text, err := s.migration(k, path.Base(name))
		if err != nil {
			return nil, err
		}
		up := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, text)
			return err
		}
		all = append(all, goose.NewGoMigration(number, &goose.GoFunc{RunTx: up}, nil))
	}
	return all, nil
}

func numberOf(name string) (int64, error) {
	number, _, _ := strings.Cut(path.Base(name), "_")
	return strconv.ParseInt(number, 10, 64)
}

// Migrate brings the schema of db to the version upTo, 0 for the newest. Any number of processes may do it at once.
//
// It fails with [fault.Conflict] if the schema is newer than this program.
func (s Schema) Migrate(ctx context.Context, k Kind, db *sql.DB, path string, upTo int64) error {
	want, err := s.Newest()
	if err != nil {
		return err
	}
	if upTo != 0 {
		want = upTo
	}
	have, err := version(ctx, db)
	if err != nil {
		return err
	}
	if have > want {
		return fault.New(fault.Conflict, "store.schema.newer").With("have", strconv.FormatInt(have, 10)).With("want", strconv.FormatInt(want, 10))
	}
	if have == want {
		return nil
	}
	all, err := s.migrations(k)
	if err != nil {
		return err
	}
	dialect, locker, err := k.locker(path)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, nil, goose.WithGoMigrations(all...), goose.WithLocker(locker), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if _, err := p.UpTo(ctx, want); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

func (k Kind) locker(path string) (goose.Dialect, lock.Locker, error) {
	if k == SQLite {
		return goose.DialectSQLite3, &fileLock{path: path + ".migrate"}, nil
	}
	l, err := lock.NewPostgresTableLocker(
		lock.WithTableLockTimeout(200*time.Millisecond, 1500),
		lock.WithTableUnlockTimeout(200*time.Millisecond, 150),
	)
	return goose.DialectPostgres, l, err
}

// version returns the number of the newest migration that db has had, 0 for an empty database.
func version(ctx context.Context, db *sql.DB) (int64, error) {
	var n int64
	err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version").Scan(&n)
	if err == nil {
		return n, nil
	}
	if isNoTable(err) {
		return 0, nil
	}
	return 0, Explain(err)
}

// isNoTable reports whether a statement failed because its table is not there yet.
func isNoTable(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "42P01"
	}
	return sqliteNoTable(err)
}

// fileLock keeps other processes from migrating the same SQLite file: an exclusive lock on an empty
// database beside it, which the operating system releases when a process dies.
type fileLock struct {
	path string
	db   *sql.DB
	conn *sql.Conn
}

// Lock waits for its turn, at most five minutes.
func (l *fileLock) Lock(ctx context.Context, _ *sql.DB) error {
	db, err := driver.Open(fileURI(l.path, nil, "")+"?_pragma=busy_timeout(300000)", nil)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	l.db, l.conn = db, conn
	return nil
}

// Unlock lets the next one in.
func (l *fileLock) Unlock(ctx context.Context, _ *sql.DB) error {
	_, err := l.conn.ExecContext(ctx, "ROLLBACK")
	return errors.Join(err, l.conn.Close(), l.db.Close())
}
