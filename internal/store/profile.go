package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ profile.Tx = (*Tx)(nil)

// Confirmations returns what was confirmed, the latest of each key.
func (tx *Tx) Confirmations(ctx context.Context) ([]profile.Confirmation, error) {
	all, err := tx.q.Confirmations(ctx)
	return each(all, err, func(r rows.ProfileConfirmation) profile.Confirmation {
		return profile.Confirmation{Key: r.Key, Digest: r.Digest, By: id.User(r.By), On: profile.Date(r.Day)}
	})
}

// SetConfirmation keeps c in place of an earlier one of the same key.
func (tx *Tx) SetConfirmation(ctx context.Context, c profile.Confirmation) error {
	return explain(tx.q.SetConfirmation(ctx, rows.SetConfirmationParams{
		Key: c.Key, Digest: c.Digest, By: string(c.By), Day: string(c.On),
	}))
}
