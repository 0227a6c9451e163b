package store

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// Engine is the database behind a [DB].
type Engine = engine.Kind

// The engines.
const (
	SQLite   = engine.SQLite
	Postgres = engine.Postgres
)

// KeySize is the length in bytes of the key of a database file.
const KeySize = engine.KeySize

// Config says where a node keeps its data: in one encrypted SQLite file (Path and Key) or in a
// PostgreSQL database (URL).
type Config struct {
	Path string // SQLite file; made if it is not there, with its directory present
	Key  []byte // 32 bytes; every page of the file is encrypted under it

	URL   string // PostgreSQL: the login of the application, a member of opentrm_app and opentrm_erase
	Owner string // PostgreSQL: the login that owns and migrates the schema; default URL

	Readers int              // how many may read at once; default 4
	Now     func() time.Time // default time.Now
	Rand    io.Reader        // salts of the log; must be given

	alone bool              // by [Alone], which holds the lock
	upTo  int64             // tests: the last migration to make; 0: all
	at    func(step string) // tests: steps of [Alone.Rekey]
}

func (c Config) engine() engine.Config {
	return engine.Config{
		Path: c.Path, Key: c.Key, URL: c.URL, Owner: c.Owner, Readers: c.Readers, Rand: c.Rand, Schema: migrations, Alone: c.alone, UpTo: c.upTo,
		At: c.at,
	}
}

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	engine  *engine.DB
	now     func() time.Time
	rand    io.Reader
	tables  []table
	end     end                  // of the log, as who wrote last in this process left it; of whoever has the turn
	parsed  parsed               // rosters and desk sheets, which are read with every envelope
	turn    chan *writer         // who takes it out writes, and puts it back
	queue   chan *change         // waits to be taken along
	places  chan struct{}        // one is taken by each that reads now
	idle    chan *engine.Session // reading sessions that are open: a new one is made only where all of them are in use
	closing chan struct{}
	once    sync.Once
	closed  error
}

// Open opens the database, and brings its schema to the newest version.
// Any number of processes may open the same database at once.
//
// It fails with [fault.Invalid] if the configuration names no engine or two, if a PostgreSQL database
// does not compare text byte by byte in UTF-8, or if Rand is missing; with [fault.Denied] if the file
// was written under another key; with [fault.Conflict] if the schema is newer than this program, or
// "store.in-use" while the file is given another key; and with [fault.Unavailable] if the engine cannot be reached.
func Open(ctx context.Context, c Config) (*DB, error) {
	all, err := tables()
	if err != nil {
		return nil, err
	}
	db := &DB{
		now: c.Now, rand: c.Rand, tables: all,
		turn: make(chan *writer, 1), queue: make(chan *change), closing: make(chan struct{}),
	}
	if db.now == nil {
		db.now = time.Now
	}
	if c.Readers <= 0 {
		c.Readers = 4
	}
	if db.engine, err = engine.Open(ctx, c.engine()); err != nil {
		return nil, err
	}
	db.places, db.idle = make(chan struct{}, c.Readers), make(chan *engine.Session, c.Readers)
	db.turn <- &writer{db: db}
	return db, nil
}

// Engine returns which engine db uses.
func (db *DB) Engine() Engine { return db.engine.Kind }

// Close waits for the transactions that have begun, refuses new ones and closes the database. Further
// calls return what the first one did.
func (db *DB) Close() error {
	db.once.Do(func() {
		close(db.closing)
		db.engine.Quiet()
		w := <-db.turn
		var errs []error
		for range cap(db.places) {
			db.places <- struct{}{}
		}
		for range len(db.idle) {
			errs = append(errs, (<-db.idle).Close())
		}
		w.drop() // last: on SQLite, who writes copies what is left of the log into the file
		db.closed = errors.Join(append(errs, db.engine.Close())...)
	})
	return db.closed
}

func errClosed() error { return fault.New(fault.Unavailable, "store.closed") }
