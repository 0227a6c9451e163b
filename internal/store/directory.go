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
		Verified: int64(r.Verified), Version: r.Version, State: r.State,
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
		ID: string(r.ID), Desk: string(r.Desk), State: r.State, Body: r.Body, Sealed: r.Sealed, SealedVersion: r.SealedVersion, Verified: int64(r.Verified), Version: r.Version,
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
	if len(r.Sealed) == 0 { // nothing confidential: there is no key either, nor one that was handed on
		if err := tx.q.DropOrganisationBox(tx.ctx, string(r.ID)); err != nil {
			return explain(err)
		}
		return explain(tx.q.DropOrganisationOffer(tx.ctx, string(r.ID)))
	}
	return explain(tx.q.SetOrganisationBox(tx.ctx, rows.SetOrganisationBoxParams{
		ID: string(r.ID), Generation: r.Box.Generation, Sealed: r.Box.Sealed,
	}))
}

func (tx *Tx) organisationOf(r rows.Directory) (directory.Row, error) {
	b, _, err := one(tx.q.OrganisationBox(tx.ctx, r.ID))
	return directory.Row{
		ID: id.Organisation(r.ID), Desk: id.Desk(r.Desk), Source: r.Source, Body: r.Body, Sealed: r.Sealed,
		SealedVersion: r.SealedVersion, Verified: frame.Time(r.Verified), Version: r.Version, State: r.State,
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

// LightsSince returns which services somebody has spoken of since a moment, by their organisation.
func (tx *Tx) LightsSince(ctx context.Context, since frame.Time) (map[id.Organisation][]directory.Capacity, error) {
	all, err := tx.q.LightsSince(ctx, int64(since))
	if err != nil {
		return nil, explain(err)
	}
	out := map[id.Organisation][]directory.Capacity{}
	for _, r := range all {
		o := id.Organisation(r.Organisation)
		out[o] = append(out[o], directory.Capacity{Service: id.Service(r.Service), Light: directory.Light(r.Light), Said: frame.Time(r.Said)})
	}
	return out, nil
}

// SetCapacity keeps what was said of a service.
func (tx *Tx) SetCapacity(ctx context.Context, o id.Organisation, c directory.Capacity) error {
	return explain(tx.q.SetOrganisationCapacity(ctx, rows.SetOrganisationCapacityParams{
		Organisation: string(o), Service: string(c.Service), Light: string(c.Light), Said: int64(c.Said),
	}))
}

// DropOrganisation deletes an organisation with its keys and what was said of its services.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) DropOrganisation(ctx context.Context, o id.Organisation) error {
	n, err := tx.q.DropOrganisation(ctx, string(o))
	if err != nil {
		return explain(err)
	}
	for _, drop := range []func(context.Context, string) error{tx.q.DropOrganisationBox, tx.q.DropOrganisationOffer, tx.q.DropOrganisationCapacity} {
		if err := drop(ctx, string(o)); err != nil {
			return explain(err)
		}
	}
	if n == 0 {
		return fault.New(fault.NotFound, "directory.none")
	}
	return nil
}

// SetOrganisationOffer keeps the key that was handed to another desk.
func (tx *Tx) SetOrganisationOffer(ctx context.Context, o id.Organisation, h keyring.Handed) error {
	return explain(tx.q.SetOrganisationOffer(ctx, rows.SetOrganisationOfferParams{ID: string(o), Desk: string(h.Desk), Pair: string(h.Pair), Sealed: h.Sealed}))
}

// OrganisationOffer returns the key that was handed to another desk.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) OrganisationOffer(ctx context.Context, o id.Organisation) (keyring.Handed, error) {
	r, err := tx.q.OrganisationOffer(ctx, string(o))
	return keyring.Handed{Desk: id.Desk(r.Desk), Pair: id.Key(r.Pair), Sealed: r.Sealed}, explain(err)
}

// DropOrganisationOffer destroys it.
func (tx *Tx) DropOrganisationOffer(ctx context.Context, o id.Organisation) error {
	return explain(tx.q.DropOrganisationOffer(ctx, string(o)))
}

// NameService remembers that a desk has written a service into a plan.
func (tx *Tx) NameService(ctx context.Context, o id.Organisation, service id.Service, desk id.Desk) error {
	return explain(tx.q.NameService(ctx, rows.NameServiceParams{Organisation: string(o), Service: string(service), Desk: string(desk)}))
}

// ServicesNamed returns which services of an organisation desks have written into plans.
func (tx *Tx) ServicesNamed(ctx context.Context, o id.Organisation) ([]directory.Naming, error) {
	all, err := tx.q.ServicesNamed(ctx, string(o))
	return each(all, err, func(r rows.DirectoryNamed) directory.Naming {
		return directory.Naming{Service: id.Service(r.Service), Desk: id.Desk(r.Desk)}
	})
}

// NameServicesToo says of a desk what is known of another whose case it has taken over: that the services in those plans may be in its own.
func (tx *Tx) NameServicesToo(ctx context.Context, from, to id.Desk) error {
	return explain(tx.q.NameServicesToo(ctx, rows.NameServicesTooParams{Other: string(to), Desk: string(from)}))
}
