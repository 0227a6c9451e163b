package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// PutOfficeKey keeps the key with which a desk signs documents, in the place of the one before.
func (tx *Tx) PutOfficeKey(ctx context.Context, k cooperation.OfficeKey) error {
	if err := tx.q.PutOfficeKey(ctx, rows.PutOfficeKeyParams{
		Desk: string(k.Desk), Name: k.Name, Certificate: k.Certificate, Made: k.Made, Body: k.Body, UserID: string(k.By), At: int64(k.At), Version: k.Version,
	}); err != nil {
		return explain(err)
	}
	return explain(tx.q.PutOfficeBox(ctx, rows.PutOfficeBoxParams{Desk: string(k.Desk), Generation: k.Box.Generation, Sealed: k.Box.Sealed}))
}

// OfficeKey returns the key with which a desk signs documents; [fault.NotFound] if it has none.
func (tx *Tx) OfficeKey(ctx context.Context, desk id.Desk) (cooperation.OfficeKey, error) {
	r, err := tx.q.OfficeKey(ctx, string(desk))
	if err != nil {
		return cooperation.OfficeKey{}, explain(err)
	}
	b, _, err := one(tx.q.OfficeBox(ctx, string(desk)))
	return cooperation.OfficeKey{
		Desk: id.Desk(r.Desk), Name: r.Name, Certificate: r.Certificate, Made: r.Made, Box: keyring.Box{Generation: b.Generation, Sealed: b.Sealed}, Body: r.Body,
		By: id.User(r.UserID), At: frame.Time(r.At), Version: r.Version,
	}, err
}
