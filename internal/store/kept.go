package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// KeptForm returns what lies under that hash; [fault.NotFound] if there is nothing.
func (tx *Tx) KeptForm(ctx context.Context, hash []byte) (signin.KeptForm, error) {
	r, err := tx.q.KeptForm(ctx, hash)
	if err != nil {
		return signin.KeptForm{}, explain(err)
	}
	return signin.KeptForm{Hash: r.Hash, User: id.User(r.UserID), Sealed: r.Sealed, Made: frame.Time(r.Made), Ends: frame.Time(r.Ends)}, nil
}

// AddKeptForm keeps a form, and of the others of its owner the newest so many only.
func (e *EphemeralTx) AddKeptForm(ctx context.Context, f signin.KeptForm, others int) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	all, err := e.tx.q.KeptFormsOf(e.tx.ctx, string(f.User))
	if err != nil {
		return explain(err)
	}
	for _, hash := range all[min(others, len(all)):] {
		if err := e.tx.q.DropKeptForm(e.tx.ctx, hash); err != nil {
			return explain(err)
		}
	}
	return explain(e.tx.q.AddKeptForm(e.tx.ctx, rows.AddKeptFormParams{Hash: f.Hash, UserID: string(f.User), Sealed: f.Sealed, Made: int64(f.Made), Ends: int64(f.Ends)}))
}

// DropKeptForm forgets what lies under that hash.
func (e *EphemeralTx) DropKeptForm(ctx context.Context, hash []byte) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.DropKeptForm(e.tx.ctx, hash))
}

// DropKeptFormsBefore forgets forms whose time is over.
func (e *EphemeralTx) DropKeptFormsBefore(ctx context.Context, now frame.Time) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.DropKeptFormsBefore(e.tx.ctx, int64(now)))
}
