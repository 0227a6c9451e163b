package directory

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// boxUse is what the key of confidential places is for.
const boxUse = "directory"

// Add enters an organisation, kept by the desk of the bearer, with confidential places beside its public ones. What she
// enters counts as confirmed.
//
// It fails with [fault.Denied], with [fault.Invalid] naming the field, with [fault.TooLarge] "directory.many", and, where
// there are confidential places, with [fault.Locked] if her keys are not open and [fault.Hidden] if the desk is sealed
// to others.
func (s *Service) Add(ctx context.Context, by keyring.Bearer, b Body, confidential []Place) (Organisation, error) {
	return s.add(ctx, by, access.AddDirectory, Row{Desk: by.Desk, Verified: s.now()}, b, bare(confidential), state{})
}

// add enters an organisation by an action.
func (s *Service) add(ctx context.Context, by keyring.Bearer, action access.Action, r Row, b Body, confidential []kept, st state) (Organisation, error) {
	if err := access.Check(by.Actor, action, of(by.Desk, r.ID)); err != nil {
		return Organisation{}, err
	}
	list, err := codes()
	if err != nil {
		return Organisation{}, err
	}
	if err := b.check(list); err != nil {
		return Organisation{}, err
	}
	if r.ID == "" {
		r.ID = id.Ordered[id.Organisation](s.IDs)
		if b, err = named(s.IDs, b, Body{}); err != nil {
			return Organisation{}, err
		}
		list := places(confidential)
		if err := checkPlaces(list); err != nil {
			return Organisation{}, err
		}
		if list, err = namedPlaces(s.IDs, list, nil); err != nil {
			return Organisation{}, err
		}
		confidential = bare(list)
	}
	if r.Body, err = json.Marshal(b); err != nil {
		return Organisation{}, fault.Wrap(fault.Internal, "directory.row", err)
	}
	st.Counted = true
	if r.State, err = st.bytes(); err != nil {
		return Organisation{}, err
	}
	r.Version = 1
	err = s.Write(ctx, audit.Did(by.Actor, action, string(r.ID)), func(tx Tx) error {
		next, err := s.shut(ctx, tx, by, r, confidential)
		if err != nil {
			return err
		}
		r = next
		return tx.AddOrganisation(ctx, r)
	})
	if err != nil {
		return Organisation{}, err
	}
	return s.seen(r, nil)
}

// Change replaces what is said of an organisation. Confidential places are replaced where they are given, and otherwise
// stay as they are.
//
// It fails as [Service.Add] does, with [fault.NotFound] "directory.none", and with [fault.Stale] if somebody changed
// it since that version was read.
func (s *Service) Change(
	ctx context.Context, by keyring.Bearer, o id.Organisation, version int64, b Body, confidential *[]Place,
) (int64, error) {
	if err := access.Check(by.Actor, access.ChangeDirectory, of(by.Desk, o)); err != nil {
		return 0, err
	}
	list, err := codes()
	if err != nil {
		return 0, err
	}
	if err := b.check(list); err != nil {
		return 0, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.ChangeDirectory, string(o)), func(tx Tx) error {
		r, err := mine(ctx, tx, by.Actor, access.ChangeDirectory, o, version)
		if err != nil {
			return err
		}
		st, before, err := insideOf(r)
		if err != nil {
			return err
		}
		next, err := s.changed(ctx, tx, r, st, b, before)
		if err != nil {
			return err
		}
		if r.Body, err = json.Marshal(next); err != nil {
			return fault.Wrap(fault.Internal, "directory.row", err)
		}
		if confidential != nil {
			if st.Moving != nil {
				return fault.New(fault.Conflict, "directory.moving")
			}
			if r, err = s.replace(ctx, tx, by, r, &st, *confidential); err != nil {
				return err
			}
			if r.State, err = st.bytes(); err != nil {
				return err
			}
		}
		r.Verified = s.now()
		return tx.SetOrganisation(ctx, r)
	})
	return version + 1, err
}

// replace puts other confidential places into the row of an organisation.
func (s *Service) replace(ctx context.Context, tx Tx, by keyring.Bearer, r Row, st *state, all []Place) (Row, error) {
	if err := checkPlaces(all); err != nil {
		return Row{}, err
	}
	r, before, err := s.open(ctx, tx, by, r)
	if err != nil {
		return Row{}, err
	}
	if all, err = namedPlaces(s.IDs, all, places(before)); err != nil {
		return Row{}, err
	}
	next, gone := bare(all), false
	for _, k := range before {
		i := slices.IndexFunc(next, func(n kept) bool { return n.ID == k.ID })
		gone = gone || i < 0 || next[i].Place != k.Place
		if i >= 0 {
			next[i].origin = k.origin
		} else if k.Source != "" {
			st.Gone = append(st.Gone, mark(r.ID, k.Source))
		}
	}
	if gone {
		if r, err = s.destroy(ctx, tx, r); err != nil {
			return Row{}, err
		}
	}
	return s.shut(ctx, tx, by, r, next)
}

// changed is what an organisation says of itself after a change: what has ended stays as it was, and a service that a plan names ends with a
// reason before it can be left out.
func (s *Service) changed(ctx context.Context, tx Tx, r Row, st state, b, before Body) (Body, error) {
	if end(st.Ends, Whole, "") != nil {
		return Body{}, fault.New(fault.Conflict, "directory.over")
	}
	plans, err := tx.ServicesNamed(ctx, r.ID)
	if err != nil {
		return Body{}, err
	}
	next, err := named(s.IDs, b, before)
	if err != nil {
		return Body{}, err
	}
	for _, o := range before.Services {
		over := end(st.Ends, OneService, string(o.ID)) != nil
		i := slices.IndexFunc(next.Services, func(x Offer) bool { return x.ID == o.ID })
		switch {
		case over && i < 0:
			next.Services = append(next.Services, o)
		case over:
			next.Services[i] = o
		case i < 0 && slices.ContainsFunc(plans, func(n Naming) bool { return n.Service == o.ID }):
			return Body{}, fault.New(fault.Conflict, "directory.service.named")
		}
	}
	for _, p := range before.Places {
		if end(st.Ends, PublicPlace, p.ID) == nil {
			continue
		}
		if i := slices.IndexFunc(next.Places, func(x Place) bool { return x.ID == p.ID }); i >= 0 {
			next.Places[i] = p
		} else {
			next.Places = append(next.Places, p)
		}
	}
	if len(next.Services) > maxOffers || len(next.Places) > maxPlaces {
		return Body{}, fault.New(fault.TooLarge, "directory.many").With("field", "services, places")
	}
	return next, nil
}

func bare(all []Place) []kept {
	out := make([]kept, len(all))
	for i, p := range all {
		out[i].Place = p
	}
	return out
}

// Verify says that everything in an organisation's record is still true.
//
// It fails with [fault.Denied], [fault.NotFound] "directory.none", and [fault.Stale] if somebody changed it since that
// version was read.
func (s *Service) Verify(ctx context.Context, who access.Actor, o id.Organisation, version int64) (int64, error) {
	if err := access.Check(who, access.VerifyDirectory, of(who.Desk, o)); err != nil {
		return 0, err
	}
	err := s.Write(ctx, audit.Did(who, access.VerifyDirectory, string(o)), func(tx Tx) error {
		r, err := mine(ctx, tx, who, access.VerifyDirectory, o, version)
		if err != nil {
			return err
		}
		st, err := stateOf(r)
		if err != nil {
			return err
		}
		if end(st.Ends, Whole, "") != nil {
			return fault.New(fault.Conflict, "directory.over")
		}
		r.Verified = s.now()
		return tx.SetOrganisation(ctx, r)
	})
	return version + 1, err
}

// Say says whether a service has room now, by who read when that was last said: [Capacity] Said, 0 for never.
//
// It fails with [fault.Denied], [fault.NotFound] "directory.none" or "directory.service.none", [fault.Invalid] for a
// light that is none, and [fault.Stale] if somebody has said it anew since.
func (s *Service) Say(ctx context.Context, who access.Actor, o id.Organisation, service id.Service, l Light, read frame.Time) error {
	if err := access.Check(who, access.CapacityDirectory, of(who.Desk, o)); err != nil {
		return err
	}
	if l != Free && l != Few && l != Full && l != Unknown {
		return wrong("light")
	}
	return s.Write(ctx, audit.Did(who, access.CapacityDirectory, string(o)).For(string(l)), func(tx Tx) error {
		r, err := mine(ctx, tx, who, access.CapacityDirectory, o, 0)
		if err != nil {
			return err
		}
		st, b, err := insideOf(r)
		if err != nil {
			return err
		}
		for _, x := range b.Services {
			if x.ID == service && end(st.Ends, OneService, string(service)) != nil {
				return fault.New(fault.Conflict, "directory.over")
			}
			if x.ID == service {
				if err := s.readIn(ctx, tx, o, service, read); err != nil {
					return err
				}
				return tx.SetCapacity(ctx, o, Capacity{Service: service, Light: l, Said: s.now()})
			}
		}
		return fault.New(fault.NotFound, "directory.service.none")
	})
}

// readIn fails with [fault.Stale] if what was said of a service is another than that which was read.
func (s *Service) readIn(ctx context.Context, tx Tx, o id.Organisation, service id.Service, read frame.Time) error {
	all, err := tx.Capacities(ctx, o)
	if err != nil {
		return err
	}
	var last frame.Time
	for _, c := range all {
		if c.Service == service {
			last = c.Said
		}
	}
	if last != read {
		return fault.New(fault.Stale, "store.row.version")
	}
	return nil
}

// mine returns an organisation that who may do action to, at a version; 0: at any.
func mine(ctx context.Context, tx Tx, who access.Actor, action access.Action, o id.Organisation, version int64) (Row, error) {
	r, err := found(ctx, tx, o)
	if err != nil {
		return Row{}, err
	}
	if err := access.Check(who, action, of(r.Desk, o)); err != nil {
		return Row{}, err
	}
	if version != 0 && r.Version != version {
		return Row{}, fault.New(fault.Stale, "directory.stale")
	}
	return r, nil
}

func found(ctx context.Context, tx Tx, o id.Organisation) (Row, error) {
	r, err := tx.Organisation(ctx, o)
	if fault.Is(err, fault.NotFound) {
		return Row{}, fault.New(fault.NotFound, "directory.none")
	}
	return r, err
}

// key opens the key of the confidential places.
func (s *Service) key(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (seal.Key, error) {
	own, err := s.Keys.OpenDeskIn(ctx, tx, by, r.Desk)
	if err != nil {
		return seal.Key{}, err
	}
	key, _, err := own.OpenBox(boxUse, string(r.ID), r.Box)
	return key, err
}

// open opens the confidential places of an organisation, and returns the row with its box as it should be kept.
func (s *Service) open(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (Row, []kept, error) {
	if len(r.Sealed) == 0 {
		return r, nil, nil
	}
	desk, err := s.Keys.OpenDeskIn(ctx, tx, by, r.Desk)
	if err != nil {
		return Row{}, nil, err
	}
	key, box, err := desk.OpenBox(boxUse, string(r.ID), r.Box)
	if err != nil {
		return Row{}, nil, err
	}
	defer key.Wipe()
	all, err := s.unseal(r, key)
	r.Box = box
	return r, all, err
}

// unseal opens what lies under a key.
func (s *Service) unseal(r Row, key seal.Key) ([]kept, error) {
	padded, err := key.Open(s.field(r).AAD(), r.Sealed)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "directory.sealed", err)
	}
	defer clear(padded)
	plain, err := seal.Unpad(padded)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "directory.sealed", err)
	}
	var all []kept
	if err := parse(plain, &all); err != nil {
		return nil, fault.New(fault.Internal, "directory.sealed") // its cause would quote what was sealed
	}
	return all, nil
}

// shut seals confidential places into the row of an organisation, under a new key; none leaves nothing to open.
func (s *Service) shut(ctx context.Context, tx Tx, by keyring.Bearer, r Row, all []kept) (Row, error) {
	if len(all) == 0 {
		r.Sealed = []byte{}
		return r, nil
	}
	desk, err := s.Keys.OpenDeskIn(ctx, tx, by, r.Desk)
	if err != nil {
		return Row{}, err
	}
	key, box, err := desk.NewBox(boxUse, string(r.ID))
	if err != nil {
		return Row{}, err
	}
	defer key.Wipe()
	plain, err := json.Marshal(all)
	if err != nil {
		return Row{}, fault.New(fault.Internal, "directory.sealed")
	}
	defer clear(plain)
	padded := seal.Pad(plain)
	defer clear(padded)
	r.Box, r.SealedVersion = box, r.SealedVersion+1
	r.Sealed = key.Seal(s.field(r).AAD(), padded)
	return r, nil
}

// field is the place of the sealed column of an organisation.
func (s *Service) field(r Row) seal.Field {
	return seal.Field{
		Node: string(s.Member), Table: "directory", Row: string(r.ID), Column: "sealed", Compartment: string(r.Desk), Version: r.SealedVersion,
	}
}
