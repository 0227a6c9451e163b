package store

import (
	"context"
	"errors"

	"github.com/opentrm/opentrm/internal/fault"
)

// errNothing ends a change that recorded nothing.
var errNothing = errors.New("store: nothing recorded")

// Recorder returns a write function for changes that record themselves with [Tx.Record] or [Tx.Also], because
// what they write names its own leaf in the log, or because they find out only inside what they are. A change that
// recorded nothing is undone, without a failure: nothing is kept without its entry.
//
// The function fails as [Writer]'s does. Recorder panics if *Tx lacks a method of T: wiring is wrong.
func Recorder[T any](db *DB) func(context.Context, func(T) error) error {
	mustBe[T](&Tx{})
	return func(ctx context.Context, fn func(T) error) error {
		err := db.change(ctx, &change{run: func(tx *Tx) error { return recorded(tx, func() error { return fn(any(tx).(T)) }) }})
		if errors.Is(err, errNothing) {
			return nil
		}
		return err
	}
}

func recorded(tx *Tx, fn func() error) error {
	before, err := tx.AuditHead(tx.ctx)
	if err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	if n := len(tx.also); n > 0 {
		last := tx.also[n-1]
		tx.also = tx.also[:n-1]
		return tx.finish(last)
	}
	if len(tx.touched) > 0 {
		return fault.New(fault.Internal, "store.case.unnamed")
	}
	after, err := tx.AuditHead(tx.ctx)
	if err == nil && before.Epoch == after.Epoch && before.Size == after.Size {
		err = errNothing
	}
	return err
}
