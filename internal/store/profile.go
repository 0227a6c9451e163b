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

// Retentions returns what this member says of how long records are kept.
func (tx *Tx) Retentions(ctx context.Context) ([]profile.Retention, error) {
	all, err := tx.q.Retentions(ctx)
	return each(all, err, func(r rows.ProfileRetention) profile.Retention {
		return profile.Retention{
			Key: r.Class, From: profile.Event(r.Event), Period: &profile.Length{N: int(r.N), Unit: profile.Unit(r.Unit)}, Text: r.Text,
			Origin: profile.Origin{Source: r.Source, Citation: r.Citation, Status: profile.Unverified},
		}
	})
}

// SetRetention keeps r in place of an earlier one of the same kind.
func (tx *Tx) SetRetention(ctx context.Context, r profile.Retention) error {
	return explain(tx.q.SetRetention(ctx, rows.SetRetentionParams{
		Class: r.Key, Event: string(r.From), N: int64(r.Period.N), Unit: string(r.Period.Unit), Text: r.Text,
		Source: r.Origin.Source, Citation: r.Origin.Citation,
	}))
}
