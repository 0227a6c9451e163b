package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ directory.Tx = (*Tx)(nil)

// AddOrganisation adds an organisation.
//
// It fails with [fault.Conflict] if it is there, or one from the same source.
func (tx *Tx) AddOrganisation(ctx context.Context, r directory.Row) error {
	if err := tx.q.AddOrganisation(ctx, rows.AddOrganisationParams{
		ID: string(r.ID), Desk: string(r.Desk), Source: r.Source, Body: r.Body, Sealed: r.Sealed, SealedVersion: r.SealedVersion,
		Verified: int64(r.Verified), Version: r.Version,
	}); err != nil {
		return explain(err)
	}
	return tx.setOrganisationBox(r)
}

// SetOrganisation replaces what changes in an organisation and raises its version.
//
// It fails with [fault.Stale] if another version is stored.
func (tx *Tx) SetOrganisation(ctx context.Context, r directory.Row) error {
	n, err := tx.q.SetOrganisation(ctx, rows.SetOrganisationParams{
		ID: string(r.ID), Body: r.Body, Sealed: r.Sealed, SealedVersion: r.SealedVersion, Verified: int64(r.Verified), Version: r.Version,
	})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "directory.stale")
	}
	return tx.setOrganisationBox(r)
}

func (tx *Tx) setOrganisationBox(r directory.Row) error {
	if len(r.Box.Sealed) == 0 {
		return nil // it never had one
	}
	return explain(tx.q.SetOrganisationBox(tx.ctx, rows.SetOrganisationBoxParams{
		ID: string(r.ID), Generation: r.Box.Generation, Sealed: r.Box.Sealed,
	}))
}

func (tx *Tx) organisationOf(r rows.Directory) (directory.Row, error) {
	b, _, err := one(tx.q.OrganisationBox(tx.ctx, r.ID))
	return directory.Row{
		ID: id.Organisation(r.ID), Desk: id.Desk(r.Desk), Source: r.Source, Body: r.Body, Sealed: r.Sealed,
		SealedVersion: r.SealedVersion, Verified: frame.Time(r.Verified), Version: r.Version,
		Box: keyring.Box{Generation: b.Generation, Sealed: b.Sealed},
	}, err
}

// Organisation returns one organisation.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Organisation(ctx context.Context, o id.Organisation) (directory.Row, error) {
	r, err := tx.q.Organisation(ctx, string(o))
	if err != nil {
		return directory.Row{}, explain(err)
	}
	return tx.organisationOf(r)
}

// OrganisationFrom returns the organisation that was imported under an identifier.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) OrganisationFrom(ctx context.Context, source string) (directory.Row, error) {
	r, err := tx.q.OrganisationFrom(ctx, source)
	if err != nil {
		return directory.Row{}, explain(err)
	}
	return tx.organisationOf(r)
}

// Organisations returns organisations after one, in the order of their identifiers.
func (tx *Tx) Organisations(ctx context.Context, after id.Organisation, limit int) ([]directory.Row, error) {
	all, err := tx.q.Organisations(ctx, rows.OrganisationsParams{After: string(after), Many: int32(limit)})
	if err != nil {
		return nil, explain(err)
	}
	out := make([]directory.Row, len(all))
	for i, r := range all {
		if out[i], err = tx.organisationOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Capacities returns what was last said of the services of an organisation.
func (tx *Tx) Capacities(ctx context.Context, o id.Organisation) ([]directory.Capacity, error) {
	all, err := tx.q.OrganisationCapacity(ctx, string(o))
	return each(all, err, func(r rows.DirectoryCapacity) directory.Capacity {
		return directory.Capacity{Service: id.Service(r.Service), Light: directory.Light(r.Light), Said: frame.Time(r.Said)}
	})
}

// SetCapacity keeps what was said of a service.
func (tx *Tx) SetCapacity(ctx context.Context, o id.Organisation, c directory.Capacity) error {
	return explain(tx.q.SetOrganisationCapacity(ctx, rows.SetOrganisationCapacityParams{
		Organisation: string(o), Service: string(c.Service), Light: string(c.Light), Said: int64(c.Said),
	}))
}
