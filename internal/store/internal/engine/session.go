package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3"
	litedriver "github.com/ncruces/go-sqlite3/driver"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// maxPrepared bounds the statements that one SQLite connection keeps prepared.
const maxPrepared = 400

// Session is one connection of an engine. It is opened and ended by database/sql, which knows when to open another; statements
// go to the engine itself, which saves a third of what a short one costs. It gives generated queries what they need,
// numbers the placeholders for SQLite and keeps statements prepared there; the PostgreSQL driver does so itself.
type Session struct {
	kind     Kind
	conn     *sql.Conn
	pg       *pgx.Conn                // PostgreSQL
	lite     *sqlite3.Conn            // SQLite
	prepared map[string]*sqlite3.Stmt // by the text before numbering
	Failed   error                    // of the last statement that failed; who begins a change takes it away
	gone     bool                     // the connection has ended
}

var _ rows.DBTX = (*Session)(nil)

// newSession takes over conn, and closes it if it fails.
func newSession(kind Kind, conn *sql.Conn) (*Session, error) {
	s := &Session{kind: kind, conn: conn}
	err := conn.Raw(func(c any) error {
		switch c := c.(type) {
		case litedriver.Conn:
			s.lite, s.prepared = c.Raw(), make(map[string]*sqlite3.Stmt)
		case *stdlib.Conn:
			s.pg = c.Conn()
		default:
			return fmt.Errorf("store: the driver gives a %T", c)
		}
		return nil
	})
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

// ready fails if the connection is known to have ended.
func (s *Session) ready() error {
	if s.gone || s.pg != nil && s.pg.IsClosed() {
		return driver.ErrBadConn
	}
	return nil
}

// note remembers that a statement failed.
func (s *Session) note(err error) error {
	if err != nil {
		s.Failed = err
	}
	return err
}

// statement returns the prepared form of query with its arguments, on SQLite.
func (s *Session) statement(query string, args []any) (*sqlite3.Stmt, error) {
	st, ok := s.prepared[query]
	if !ok {
		if len(s.prepared) >= maxPrepared {
			s.forget()
		}
		var err error
		if st, _, err = s.lite.Prepare(numbered(query)); err != nil {
			return nil, err
		}
		s.prepared[query] = st
	}
	for i, a := range args {
		if err := bind(st, i+1, a); err != nil {
			return nil, err
		}
	}
	return st, nil
}

func (s *Session) forget() {
	for _, st := range s.prepared {
		_ = st.Close() // frees memory; whatever was wrong with it has been reported by its use
	}
	clear(s.prepared)
}

// Exec runs a statement without a result.
func (s *Session) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	if err := s.ready(); err != nil {
		return pgconn.CommandTag{}, s.note(err)
	}
	if s.pg != nil {
		tag, err := s.pg.Exec(ctx, query, args...)
		return tag, s.note(err)
	}
	st, err := s.statement(query, args)
	if err != nil {
		return pgconn.CommandTag{}, s.note(err)
	}
	if err := s.note(release(st, st.Exec())); err != nil {
		return pgconn.CommandTag{}, err
	}
	return tagged(s.lite.Changes()), nil
}

// Query runs a statement with a result, which must be closed before the next statement.
func (s *Session) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	if err := s.ready(); err != nil {
		return nil, s.note(err)
	}
	if s.pg != nil {
		r, err := s.pg.Query(ctx, query, args...)
		return r, s.note(err)
	}
	st, err := s.statement(query, args)
	if err != nil {
		return nil, s.note(err)
	}
	return &liteRows{s: s, st: st}, nil
}

// QueryRow runs a statement with at most one row.
func (s *Session) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	r, err := s.Query(ctx, query, args...)
	return row{r, err}
}

// row is the only row of a result.
type row struct {
	rows pgx.Rows
	err  error
}

// Scan reads the row.
func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// Run runs a statement without arguments, again and again.
func (s *Session) Run(ctx context.Context, query string) error {
	_, err := s.Exec(ctx, query)
	return err
}

// Plain runs statements that take no arguments and are not worth keeping prepared.
func (s *Session) Plain(ctx context.Context, query string) error {
	if s.lite == nil {
		return s.Run(ctx, query)
	}
	if err := s.ready(); err != nil {
		return s.note(err)
	}
	return s.note(s.lite.Exec(query))
}

// Release ends a change whose statements have succeeded. Foreign keys are checked here and not at the
// commit, so that a broken one fails the change that broke it.
func (s *Session) Release(ctx context.Context, first bool) error {
	if s.kind == Postgres {
		text := "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
		if !first {
			text += "; RELEASE change"
		}
		return s.Plain(ctx, text)
	}
	if err := s.ready(); err != nil {
		return err
	}
	broken, _, err := s.lite.Status(sqlite3.DBSTATUS_DEFERRED_FKS, false)
	if err != nil {
		return err
	}
	if broken != 0 {
		return fault.New(fault.Conflict, keyForeign)
	}
	if first {
		return nil
	}
	return s.Run(ctx, "RELEASE change")
}

// Discard ends the connection itself: it may be in the middle of a transaction and must serve nobody else.
func (s *Session) Discard() {
	if s.gone {
		return
	}
	s.forget()
	s.gone = true
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn }) // the answer is the one given here
	_ = s.conn.Close()                                           // gives the empty place back
}

// Close ends the connection, which is in no transaction.
func (s *Session) Close() error {
	s.forget()
	s.gone = true
	return s.conn.Close()
}

// State returns the number that SQLite gives to the state of the file that the session sees. It changes with each commit, as soon as
// the session has begun to read behind it (https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntldataversion).
func (s *Session) State() (uint32, error) {
	version, err := s.lite.FileControl("main", sqlite3.FCNTL_DATA_VERSION)
	if err != nil {
		return 0, err
	}
	return version.(uint32), nil
}
