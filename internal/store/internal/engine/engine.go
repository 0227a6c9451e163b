package engine

import (
	"context"
	"database/sql"
	"errors"
	"io"

	"github.com/opentrm/opentrm/internal/fault"
)

// Kind is which engine it is.
type Kind string

// The engines.
const (
	SQLite   Kind = "sqlite"
	Postgres Kind = "postgres"
)

// KeySize is the length in bytes of the key of a database file.
const KeySize = 32

// Config says where a database is: in one encrypted SQLite file (Path and Key) or on a PostgreSQL server (URL).
type Config struct {
	Path string // SQLite file; made if it is not there, with its directory present
	Key  []byte // 32 bytes; every page of the file is encrypted under it

	URL   string // PostgreSQL: the login of the application, a member of opentrm_app and opentrm_erase
	Owner string // PostgreSQL: the login that owns and migrates the schema; empty: URL

	Readers int       // how many may read at once
	Rand    io.Reader // must be given
	Schema  Schema

	Alone bool              // by [Alone], which holds the lock
	UpTo  int64             // tests: the last migration to make; 0: all
	At    func(step string) // tests: steps of [Alone.Rekey]
}

// DB is an open database: its connections. It is safe for use by many goroutines.
type DB struct {
	Kind Kind
	Path string // of the file; empty on PostgreSQL

	name   string    // PostgreSQL: what the server knows its connections by
	use    io.Closer // SQLite: the lock that says that the file is used
	write  *sql.DB   // SQLite: one connection; PostgreSQL: all
	read   *sql.DB   // PostgreSQL: same as write
	owner  *sql.DB   // may lock, dump and load; same as write on SQLite
	copier *copier   // SQLite
	quiet  chan struct{}
}

// Open opens the database of c, and brings its schema to the newest version. Any number of processes may do so at once.
//
// It fails with [fault.Invalid] if c names no engine or two, if a PostgreSQL database does not compare text byte by byte in
// UTF-8, or if Rand is missing; with [fault.Denied] if the file was written under another key; with [fault.Conflict] if the schema
// is newer than this program, or "store.in-use" while the file is given another key; and with [fault.Unavailable] if the engine
// cannot be reached.
func Open(ctx context.Context, c Config) (*DB, error) {
	if (c.Path == "") == (c.URL == "") || c.Rand == nil {
		return nil, fault.New(fault.Invalid, "store.config")
	}
	db := &DB{Path: c.Path, quiet: make(chan struct{})}
	open := db.openPostgres
	if c.Path != "" {
		open = db.openSQLite
	}
	if err := open(ctx, c); err != nil {
		return nil, errors.Join(Explain(err), db.Close())
	}
	return db, nil
}

// Writing returns a connection that may write. On SQLite there is one, for which it waits.
func (db *DB) Writing(ctx context.Context) (*Session, error) { return db.session(ctx, db.write) }

// Reading returns a connection that reads. On SQLite it can do nothing else.
func (db *DB) Reading(ctx context.Context) (*Session, error) { return db.session(ctx, db.read) }

func (db *DB) session(ctx context.Context, of *sql.DB) (*Session, error) {
	conn, err := of.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return newSession(db.Kind, conn)
}

// Quiet ends the work that a database does by itself, and waits for it. It is called once, before [DB.Close].
func (db *DB) Quiet() {
	close(db.quiet)
	if db.copier != nil {
		<-db.copier.done
	}
}

// Close ends the connections, whose sessions must have been closed.
func (db *DB) Close() error {
	var errs []error
	for _, d := range []*sql.DB{db.read, db.write, db.owner} {
		if d != nil {
			errs = append(errs, d.Close()) // closing twice is allowed
		}
	}
	if db.use != nil {
		errs = append(errs, db.use.Close())
		db.use = nil
	}
	return errors.Join(errs...)
}
