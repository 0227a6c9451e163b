package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ lookup.Tx = (*Tx)(nil)

// LookupPiece returns a piece of what is kept for lookups; one with version 0 if there is none.
func (tx *Tx) LookupPiece(ctx context.Context, name string) (lookup.Piece, error) {
	r, err := tx.q.LookupPiece(ctx, name)
	if err = explain(err); fault.Is(err, fault.NotFound) {
		return lookup.Piece{Name: name}, nil
	}
	return lookup.Piece{Name: name, Value: r.Value, Version: r.Version}, err
}

// SetLookupPiece keeps a piece; [fault.Stale] if another version is stored.
func (tx *Tx) SetLookupPiece(ctx context.Context, p lookup.Piece) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	if p.Version == 0 {
		err := explain(tx.q.AddLookupPiece(tx.ctx, rows.AddLookupPieceParams{Name: p.Name, Value: p.Value}))
		if fault.Is(err, fault.Conflict) {
			return fault.Wrap(fault.Stale, "store.lookup.version", err)
		}
		return err
	}
	n, err := tx.q.SetLookupPiece(tx.ctx, rows.SetLookupPieceParams{Name: p.Name, Value: p.Value, Version: p.Version})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.lookup.version")
	}
	return nil
}
