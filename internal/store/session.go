package store

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// maxPrepared bounds the statements that one SQLite connection keeps prepared.
const maxPrepared = 400

// session is one connection of an engine. It gives generated queries what they need, numbers the
// placeholders for SQLite and keeps statements prepared there; the PostgreSQL driver does so itself.
type session struct {
	engine   Engine
	conn     *sql.Conn
	prepared map[string]*sql.Stmt // by the text before numbering
	failed   error                // of the last statement that failed in this change
}

var _ rows.DBTX = (*session)(nil)

func newSession(engine Engine, conn *sql.Conn) *session {
	s := &session{engine: engine, conn: conn}
	if engine == SQLite {
		s.prepared = make(map[string]*sql.Stmt)
	}
	return s
}

// statement returns the prepared form of query, or nil where the driver keeps its own.
func (s *session) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s.engine != SQLite {
		return nil, nil
	}
	if st, ok := s.prepared[query]; ok {
		return st, nil
	}
	if len(s.prepared) >= maxPrepared {
		s.forget()
	}
	st, err := s.conn.PrepareContext(ctx, numbered(query))
	if err != nil {
		return nil, err
	}
	s.prepared[query] = st
	return st, nil
}

func (s *session) forget() {
	for _, st := range s.prepared {
		_ = st.Close() // frees memory; whatever was wrong with it has been reported by its use
	}
	clear(s.prepared)
}

// ExecContext runs a statement without a result.
func (s *session) ExecContext(ctx context.Context, query string, args ...any) (r sql.Result, err error) {
	st, err := s.statement(ctx, query)
	switch {
	case err != nil:
	case st == nil:
		r, err = s.conn.ExecContext(ctx, query, args...)
	default:
		r, err = st.ExecContext(ctx, args...)
	}
	if err != nil {
		s.failed = err
	}
	return r, err
}

// PrepareContext is not used by generated code as it is configured here.
func (s *session) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if s.engine == SQLite {
		query = numbered(query)
	}
	return s.conn.PrepareContext(ctx, query)
}

// QueryContext runs a statement with a result, which must be closed before the next statement.
func (s *session) QueryContext(ctx context.Context, query string, args ...any) (r *sql.Rows, err error) {
	st, err := s.statement(ctx, query)
	switch {
	case err != nil:
	case st == nil:
		r, err = s.conn.QueryContext(ctx, query, args...)
	default:
		r, err = st.QueryContext(ctx, args...)
	}
	if err != nil {
		s.failed = err
	}
	return r, err
}

// QueryRowContext runs a statement with at most one row.
func (s *session) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	st, err := s.statement(ctx, query)
	if err == nil && st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	if s.engine == SQLite {
		query = numbered(query) // fails once more, with the same error
	}
	return s.conn.QueryRowContext(ctx, query, args...)
}

// run runs a statement without arguments, again and again.
func (s *session) run(ctx context.Context, query string) error {
	if s.engine == Postgres {
		return s.plain(ctx, query)
	}
	_, err := s.ExecContext(ctx, query)
	return err
}

// plain runs statements that take no arguments and are not worth keeping prepared.
func (s *session) plain(ctx context.Context, query string) error {
	_, err := s.conn.ExecContext(ctx, query)
	return err
}

// release ends a change whose statements have succeeded. Foreign keys are checked here and not at the
// commit, so that a broken one fails the change that broke it.
func (s *session) release(ctx context.Context, first bool) error {
	if s.engine == Postgres {
		text := "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
		if !first {
			text += "; RELEASE change"
		}
		return s.plain(ctx, text)
	}
	broken, err := brokenReferences(s.conn)
	if err != nil {
		return err
	}
	if broken {
		return fault.New(fault.Conflict, keyForeign)
	}
	if first {
		return nil
	}
	return s.run(ctx, "RELEASE change")
}

// discard ends the connection itself: it may be in the middle of a transaction and must serve nobody else.
func (s *session) discard() {
	s.forget()
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn }) // the answer is the one given here
	_ = s.conn.Close()                                           // gives the empty place back
}

func (s *session) close() error {
	s.forget()
	return s.conn.Close()
}
