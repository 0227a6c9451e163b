package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// Setting returns the value kept under name.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Setting(ctx context.Context, name string) ([]byte, error) {
	v, err := tx.q.Setting(ctx, name)
	return v, explain(err)
}

// SetSetting keeps value under name, in place of an earlier one.
func (tx *Tx) SetSetting(ctx context.Context, name string, value []byte) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	tx.known().asked = tx.known().asked && name != exchangeClosed
	return explain(tx.q.SetSetting(tx.ctx, rows.SetSettingParams{Name: name, Value: filled(value)}))
}

// DropSetting forgets the value under name, if there is one.
func (tx *Tx) DropSetting(ctx context.Context, name string) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	tx.known().asked = tx.known().asked && name != exchangeClosed
	return explain(tx.q.DropSetting(tx.ctx, name))
}

// TakeLease gives the background work of that name to holder until a time, if nobody else holds it now,
// and prolongs it if holder does. It returns whether holder has it.
func (e *EphemeralTx) TakeLease(ctx context.Context, name, holder string, until frame.Time) (bool, error) {
	if err := e.tx.writes(ctx); err != nil {
		return false, err
	}
	n, err := e.tx.q.TakeLease(e.tx.ctx, rows.TakeLeaseParams{
		Name: name, Holder: holder, Until: int64(until), Now: int64(frame.At(e.tx.now)),
	})
	return n == 1, explain(err)
}

// DropLease ends a lease of holder before its time.
func (e *EphemeralTx) DropLease(ctx context.Context, name, holder string) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.DropLease(e.tx.ctx, rows.DropLeaseParams{Name: name, Holder: holder}))
}
