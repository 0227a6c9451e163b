package cooperation

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// Begin begins a request to a desk of another member, whose fields are filled in afterwards. The request names itself: its schema and its
// thread are set here, and its lists may be absent.
//
// It fails with [fault.Denied] if the bearer may not ask, or "cooperation.desk" at a desk that does not prosecute, [fault.Locked] without keys,
// and [fault.Invalid] naming the field: "to" for a desk that is none of another member, "instrument" for one that is not in the matrix for the
// two members and the kind, and those of [Request.Check].
func (s *Service) Begin(ctx context.Context, by keyring.Bearer, to id.Address, x Request) (Row, error) {
	r := Row{
		ID: id.Dated[id.Thread](s.IDs), Desk: by.Desk, Side: envelope.Opener, Peer: to, Reference: id.NewReference(s.IDs), State: Draft, By: by.User, Version: 1,
	}
	if err := access.Check(by.Actor, access.AskCooperation, r.resource()); err != nil {
		return Row{}, err
	}
	if _, err := id.ParseAddress(to.String()); err != nil || to.Member == s.Member {
		return Row{}, wrong("to")
	}
	x.Schema, x.Thread = requestTag, r.ID
	x = whole(x)
	if err := s.fits(to.Member, x); err != nil {
		return Row{}, err
	}
	err := s.Write(ctx, audit.Did(by.Actor, access.AskCooperation, string(r.ID)), func(tx Tx) error {
		fresh := r
		if err := prosecutes(ctx, tx, by.Desk); err != nil {
			return err
		}
		fresh.At = s.now()
		fresh, err := s.put(ctx, tx, by, fresh, x)
		if err != nil {
			return err
		}
		if err := tx.AddCooperation(ctx, fresh); err != nil {
			return err
		}
		r = fresh
		return tx.SetCooperationReleases(ctx, r.ID, r.Desk, x.Releases())
	})
	return r, err
}

// whole returns the request with every list written.
func whole(x Request) Request {
	if x.Links == nil {
		x.Links = []id.Thread{}
	}
	x.Links, x.Answers = slices.Compact(slices.Sorted(slices.Values(x.Links))), slices.Compact(slices.Sorted(slices.Values(x.Answers)))
	if x.Links == nil {
		x.Links = []id.Thread{}
	}
	if x.Facts == nil {
		x.Facts = []Fact{}
	}
	if x.Offences == nil {
		x.Offences = []Offence{}
	}
	if x.Persons == nil {
		x.Persons = []Person{}
	}
	if x.Measures == nil {
		x.Measures = []Measure{}
	}
	if x.Papers == nil {
		x.Papers = []Paper{}
	}
	return x
}

// fits reports whether a request is of the form and its instrument serves it, usable or not: one that is not is shown as what it is.
func (s *Service) fits(to id.Member, x Request) error {
	if err := x.Check(); err != nil {
		return err
	}
	if _, ok := s.instrument(s.Member, to, x.Kind, x.Instrument); !ok {
		return wrong("instrument")
	}
	return nil
}

func (s *Service) instrument(from, to id.Member, kind, key string) (profile.Instrument, bool) {
	for _, i := range s.Law().Instruments(from, to, kind) {
		if i.Key == key {
			return i, true
		}
	}
	return profile.Instrument{}, false
}

// put seals a request into its row.
func (s *Service) put(ctx context.Context, tx Tx, by keyring.Bearer, r Row, x Request) (Row, error) {
	r, key, err := s.key(ctx, tx, by, r)
	if err != nil {
		return r, err
	}
	defer key.Wipe()
	plain, err := frame.Encode(x)
	if err != nil {
		return r, err
	}
	defer clear(plain)
	if len(plain) > maxWire {
		return r, fault.New(fault.TooLarge, "cooperation.too-large")
	}
	r.Kind, r.Instrument, r.Urgent, r.Due = x.Kind, x.Instrument, x.Urgent != "", x.Due
	r.Revision++
	r.Body = key.Seal(s.bodyField(r).AAD(), plain)
	return r, nil
}

// Change changes a request that was not sent yet. The change is given what stands.
//
// It fails as [Service.Begin], with [fault.Hidden] for a request that is not her desk's, whether it exists or not, [fault.Stale]
// "cooperation.stale" if it has changed since version was read, [fault.Conflict] "cooperation.sent" once it was sent, and with what change
// returns.
func (s *Service) Change(ctx context.Context, by keyring.Bearer, thread id.Thread, version int64, change func(*Request) error) (Row, error) {
	var out Row
	err := s.Write(ctx, audit.Did(by.Actor, access.WriteCooperation, string(thread)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.WriteCooperation, thread)
		switch {
		case err != nil:
			return err
		case r.Side != envelope.Opener || r.State != Draft:
			return fault.New(fault.Conflict, "cooperation.sent")
		case r.Version != version:
			return fault.New(fault.Stale, "cooperation.stale")
		}
		x, err := s.request(ctx, tx, by, r)
		if err != nil {
			return err
		}
		before := x.Releases()
		if err := change(&x); err != nil {
			return err
		}
		x = whole(x)
		if x.Thread != r.ID {
			return wrong("thread")
		}
		if err := s.fits(r.Peer.Member, x); err != nil {
			return err
		}
		for _, rel := range x.Releases() {
			if !slices.Contains(before, rel) {
				if err := s.passes(ctx, tx, r.Desk, rel); err != nil {
					return err
				}
			}
		}
		if r, err = s.put(ctx, tx, by, r, x); err != nil {
			return err
		}
		if err := tx.SetCooperation(ctx, r); err != nil {
			return err
		}
		r.Version++
		out = r
		return tx.SetCooperationReleases(ctx, r.ID, r.Desk, x.Releases())
	})
	return out, err
}

// passes fails unless what a release gave may stand in a request.
func (s *Service) passes(ctx context.Context, tx Tx, desk id.Desk, release id.Record) error {
	ok, err := s.Released(ctx, tx, desk, release)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Denied, "cooperation.release")
	}
	return nil
}

// request opens the request of an end that asks.
func (s *Service) request(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (Request, error) {
	_, key, err := s.key(ctx, tx, by, r)
	if err != nil {
		return Request{}, err
	}
	defer key.Wipe()
	plain, err := key.Open(s.bodyField(r).AAD(), r.Body)
	if err != nil {
		return Request{}, fault.Wrap(fault.Internal, "cooperation.kept", err)
	}
	defer clear(plain)
	x, err := ParseRequest(plain)
	if err != nil {
		return Request{}, fault.Wrap(fault.Internal, "cooperation.kept", err)
	}
	return x, nil
}

// Erase destroys what is kept of a request at this end: one that was never sent, or one that is over. Of one that was sent the days and
// states stay.
//
// It fails as [Service.Change], and with [fault.Conflict] "cooperation.open" while something is still to come, and "cooperation.untold" while a step of
// this side has not reached the other node: destroyed here, nobody there would ever learn that the request is over.
func (s *Service) Erase(ctx context.Context, by keyring.Bearer, thread id.Thread, version int64) error {
	return s.Write(ctx, audit.Did(by.Actor, access.EraseCooperation, string(thread)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.EraseCooperation, thread)
		switch {
		case err != nil:
			return err
		case r.Version != version:
			return fault.New(fault.Stale, "cooperation.stale")
		case r.State != Draft && !r.State.Over():
			return fault.New(fault.Conflict, "cooperation.open")
		}
		events, err := tx.CooperationEvents(ctx, r.ID, r.Desk)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(events, func(e Event) bool { return e.Step.Owner() == r.Side && e.Told == 0 && e.Failed == "" }) {
			return fault.New(fault.Conflict, "cooperation.untold")
		}
		return s.eraseIn(ctx, tx, r)
	})
}

// ErasureKind is what a request that was destroyed is called in the list of erasures.
const ErasureKind = "cooperation"

// EraseIn repeats in a restored node that a request was destroyed. One that is not there is passed over.
//
// It fails with [fault.Internal] if the transaction is not that of a node.
func (s *Service) EraseIn(ctx context.Context, over any, thread id.Thread) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.CooperationEnds(ctx, thread)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.State == Erased {
			continue
		}
		if err := s.eraseIn(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// eraseIn destroys keys, words and envelopes of an end.
func (s *Service) eraseIn(ctx context.Context, tx Tx, r Row) error {
	events, err := tx.CooperationEvents(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := s.forget(ctx, tx, e.Envelope); err != nil {
			return err
		}
		e.Intake, e.Body = "", nil
		if err := tx.SetCooperationEvent(ctx, e); err != nil {
			return err
		}
	}
	r.State, r.Body, r.Box = Erased, nil, keyring.Box{Generation: r.Box.Generation}
	if err := tx.SetCooperation(ctx, r); err != nil {
		return err
	}
	if err := tx.SetCooperationReleases(ctx, r.ID, r.Desk, nil); err != nil {
		return err
	}
	if _, err := s.Tasks.DropIn(ctx, tx, r.object(), ""); err != nil {
		return err
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(r.ID), What: ErasureKind, At: s.now()})
}
