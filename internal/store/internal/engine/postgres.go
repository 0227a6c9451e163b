package engine

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/opentrm/opentrm/internal/fault"
)

// The roles in the database. The owner makes the schema; the application works as appRole and takes
// EraseRole for a transaction that erases.
const (
	appRole   = "opentrm_app"
	EraseRole = "opentrm_erase"
)

// openPostgres opens the database of c.
func (db *DB) openPostgres(ctx context.Context, c Config) error {
	db.Kind, db.name = Postgres, applicationName
	if c.Owner == "" {
		c.Owner = c.URL
	}
	if c.Alone { // a name of its own, by which it tells its connections from those of others
		var b [8]byte
		if _, err := io.ReadFull(c.Rand, b[:]); err != nil {
			return err
		}
		db.name += "-" + hex.EncodeToString(b[:])
	}
	owner, err := connectAs(db.name, c.Owner, "", 4)
	if err != nil {
		return err
	}
	db.owner = owner
	if err := bytewise(ctx, owner); err != nil {
		return err
	}
	if err := c.Schema.Migrate(ctx, Postgres, owner, "", c.UpTo); err != nil {
		return err
	}
	app, err := connectAs(db.name, c.URL, appRole, c.Readers+2)
	if err != nil {
		return err
	}
	db.write, db.read = app, app
	return app.PingContext(ctx)
}

// applicationName is what the server knows connections of this package by, or the beginning of it.
const applicationName = "opentrm"

// connect returns at most limit connections that work in the given role.
func connect(address, role string, limit int) (*sql.DB, error) {
	return connectAs(applicationName, address, role, limit)
}

func connectAs(name, address, role string, limit int) (*sql.DB, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "store.config") // the cause may hold the password
	}
	if role != "" {
		c.RuntimeParams["role"] = role
	}
	c.RuntimeParams["application_name"] = name
	c.RuntimeParams["statement_timeout"] = "120000"
	c.RuntimeParams["idle_in_transaction_session_timeout"] = "120000"
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 10 * time.Second
	}
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(limit)
	db.SetMaxIdleConns(limit)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

// bytewise checks that the database is in UTF-8 and compares text byte by byte, as SQLite does.
func bytewise(ctx context.Context, db *sql.DB) error {
	var encoding string
	var ordered bool
	err := db.QueryRowContext(ctx, `SELECT pg_encoding_to_char(encoding),
		'B' < 'a' AND 'a-b' < 'aa' AND 'a b' < 'aa' AND 'z' < U&'\00E9' AND U&'\00E9' < U&'\0434'
		FROM pg_database WHERE datname = current_database()`).Scan(&encoding, &ordered)
	if err != nil {
		return Explain(err)
	}
	if encoding != "UTF8" || !ordered {
		return fault.New(fault.Invalid, "store.collation")
	}
	return nil
}

// Server is a PostgreSQL server, for a login that may create databases and roles there.
type Server struct{ db *sql.DB }

// OpenServer returns the server at an address. It connects at the first use.
//
// It fails with [fault.Invalid] if the address is none.
func OpenServer(admin string) (*Server, error) {
	db, err := connect(admin, "", 2)
	if err != nil {
		return nil, err
	}
	return &Server{db}, nil
}

// Close ends the connections to the server.
func (s *Server) Close() error { return s.db.Close() }

// CreateDatabase makes a database as a node needs it, in UTF-8 and compared byte by byte. It belongs to the login owner,
// who migrates it and needs no other right; the login app works in it as the application. Both must exist.
//
// It fails with [fault.Conflict] if the database exists, and with [fault.Invalid] if a name is not made
// of lower-case letters, digits and underscores.
func (s *Server) CreateDatabase(ctx context.Context, name, owner, app string) error {
	if !plainName(name) || !plainName(owner) || !plainName(app) {
		return fault.New(fault.Invalid, "store.config")
	}
	for _, role := range []string{appRole, EraseRole} {
		if err := ensureRole(ctx, s.db, role, app); err != nil {
			return err
		}
	}
	return create(ctx, s.db, name, "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' OWNER "+owner)
}

// CopyDatabase makes a database that holds what another holds, for the login owner. Nobody may be connected to
// the other one.
//
// It fails with [fault.NotFound] if there is no other or no owner, with [fault.Conflict] if the database exists, with
// [fault.Unavailable] if somebody is connected to the other, and with [fault.Invalid] if a name is not made of
// lower-case letters, digits and underscores.
func (s *Server) CopyDatabase(ctx context.Context, name, from, owner string) error {
	if !plainName(name) || !plainName(from) || !plainName(owner) {
		return fault.New(fault.Invalid, "store.config")
	}
	return create(ctx, s.db, name, "TEMPLATE "+from+" STRATEGY file_copy OWNER "+owner) // half the work of the default
}

func create(ctx context.Context, db *sql.DB, name, with string) error {
	_, err := db.ExecContext(ctx, "CREATE DATABASE "+name+" "+with)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "42P04":
			return fault.Wrap(fault.Conflict, "store.database.exists", err)
		case "3D000", "42704":
			return fault.Wrap(fault.NotFound, KeyMissing, err)
		case "55006":
			return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
		}
	}
	return Explain(err)
}

// CreateLogin makes a login without a password and without rights, unless it is there. How it proves who
// it is (a client certificate, the socket) is the server's configuration.
//
// It fails with [fault.Invalid] if the name is not made of lower-case letters, digits and underscores.
func (s *Server) CreateLogin(ctx context.Context, name string) error {
	if !plainName(name) {
		return fault.New(fault.Invalid, "store.config")
	}
	text := "DO $$ BEGIN CREATE ROLE " + name + " LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
	_, err := s.db.ExecContext(ctx, text)
	return Explain(err)
}

// ensureRole makes the role unless it is there, and makes the login a member of it.
func ensureRole(ctx context.Context, db *sql.DB, role, login string) error {
	text := "DO $$ BEGIN CREATE ROLE " + role + " NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
	if _, err := db.ExecContext(ctx, text); err != nil {
		return Explain(err)
	}
	text = "DO $$ BEGIN GRANT " + role + " TO " + login + "; EXCEPTION WHEN unique_violation THEN NULL; END $$"
	_, err := db.ExecContext(ctx, text)
	return Explain(err)
}

// DropDatabase deletes a database with everything in it, and ends the connections to it.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	if !plainName(name) {
		return fault.New(fault.Invalid, "store.config")
	}
	_, err := s.db.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	return Explain(err)
}

func plainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 63
}
