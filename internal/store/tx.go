package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/internal/engine"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// Tx is one transaction: a change with its log entry, or a snapshot that is read. It has the methods of
// every noun's Tx interface. It is used by one goroutine and not kept beyond the function it was given to.
type Tx struct {
	ctx     context.Context // of the transaction, not of a caller: a cancelled caller must not break the connection
	s       *engine.Session
	q       *rows.Queries
	db      *DB
	now     time.Time
	batch   *batch // nil in a snapshot
	also    []audit.Entry
	touched map[id.Case]bool
	over    bool
	network known // of a snapshot
	after   []func()
}

// EraseTx is a transaction that may delete payloads of the log besides what [Tx] may.
type EraseTx struct{ *Tx }

// EphemeralTx is a transaction that reaches only what may be lost at any moment.
type EphemeralTx struct{ tx *Tx }

// OnCommit calls f when the transaction is durable, in the order of the changes, and never if the change is undone or the
// commit was cut off. f waits for nothing: the next transaction waits for it. In a snapshot f is never called.
func (tx *Tx) OnCommit(f func()) { tx.after = append(tx.after, f) }

// Now returns the time of the transaction, in UTC and whole microseconds. It does not pass.
func (tx *Tx) Now() time.Time { return tx.now }

// Also adds an entry that is appended with the transaction's own, before it: for a change that touches
// more than one case, or shows what it changes.
//
// It fails with [fault.Internal] in a snapshot.
func (tx *Tx) Also(entry audit.Entry) error {
	if err := tx.writes(context.Background()); err != nil {
		return err
	}
	tx.also = append(tx.also, entry)
	return nil
}

// Record appends an entry at once and returns where it went, for a receipt that carries its leaf. The
// entry does not stand for changed rows of a case: name that case in the transaction's own entry or in
// [Tx.Also].
//
// It fails with [fault.Internal] in a snapshot, and as [audit.Append] does.
func (tx *Tx) Record(ctx context.Context, entry audit.Entry) (audit.Ref, error) {
	if err := tx.writes(ctx); err != nil {
		return audit.Ref{}, err
	}
	refs, err := audit.Append(tx.ctx, tx, tx.db.rand, entry.At(frame.At(tx.now)))
	if err != nil {
		return audit.Ref{}, err
	}
	return refs[0], nil
}

// newTx gives a transaction its queries.
func newTx(tx Tx) *Tx {
	tx.q = rows.New(statements{&tx})
	return &tx
}

// ready fails if the transaction is over or the caller has been cancelled. Statements themselves run
// under the transaction's own context: to interrupt one would undo the changes of others.
func (tx *Tx) ready(ctx context.Context) error {
	if tx.over {
		return fault.New(fault.Internal, "store.tx.over")
	}
	return explain(ctx.Err())
}

// writes is ready for a statement that changes something.
func (tx *Tx) writes(ctx context.Context) error {
	if tx.batch == nil {
		return fault.New(fault.Internal, "store.tx.read-only")
	}
	return tx.ready(ctx)
}

// statements is a transaction as generated queries see it. The context that they are given, a caller's or the transaction's, says
// whether a statement is begun at all; it runs under the transaction's. So no method of a noun can forget to ask. A
// statement that changes something and has a result (RETURNING) cannot be told from one that reads: who has one asks [Tx.writes] first.
type statements struct{ *Tx }

var _ rows.DBTX = statements{}

// Exec runs a statement that changes something.
func (t statements) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	if err := t.writes(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.s.Exec(t.ctx, query, args...)
}

// Query runs a statement that reads.
func (t statements) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	return t.s.Query(t.ctx, query, args...)
}

// QueryRow runs a statement that reads at most one row.
func (t statements) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	if err := t.ready(ctx); err != nil {
		return refusal{err}
	}
	return t.s.QueryRow(t.ctx, query, args...)
}

// refusal is the row of a statement that was not begun.
type refusal struct{ err error }

// Scan says why.
func (r refusal) Scan(...any) error { return r.err }

// one fits the result of a query for one row: what is missing is the zero value and false.
func one[T any](v T, err error) (T, bool, error) {
	var none T
	if fault.Is(explain(err), fault.NotFound) {
		return none, false, nil
	}
	if err != nil {
		return none, false, explain(err)
	}
	return v, true, nil
}

// each turns rows of the database into values of a noun.
func each[R, T any](all []R, err error, convert func(R) T) ([]T, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := make([]T, len(all))
	for i, r := range all {
		out[i] = convert(r)
	}
	return out, nil
}
