package store

import (
	"context"
	"time"

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
