package referral

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Receive takes an event of the other side, with nobody signed in: it keeps it, folds, and lets follow what follows.
// It is the exchange's handler of kind referral and opens no content.
//
// It refuses what is not signed by the sending member, not of the thread, or not its side's to say; and nothing for
// what is missing before it.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	c := a.Control
	var signed Signed
	if err := c.DecodeBody(&signed); err != nil {
		return err
	}
	from := id.Address{Member: a.Envelope.Header.From, Desk: c.FromDesk}
	e, err := s.openIn(ctx, tx, from.Member, signed)
	if err != nil {
		return err
	}
	if err := e.Known(course.Codes()); err != nil {
		return err
	}
	if id.Thread(e.Referral) != c.Thread || sideOf(e.Side) != c.Side || e.Desk != from ||
		c.Immediate != e.Transition.Protective() || e.Transition == Sent && (c.Bundle != e.Bundle || c.Consent != e.Consent) {
		return fault.New(fault.Invalid, "referral.event.party")
	}
	if e.Transition == Sent && allowed(e.Kind) != nil {
		return exchange.Refuse(envelope.NotPermitted)
	}
	r, err := s.arriveIn(ctx, tx, c, e, from)
	if err != nil {
		return err
	}
	if part := a.Envelope.Header.Content; part != nil {
		what := Words
		if e.Transition == Sent {
			what = ARequest
		}
		d, err := e.Digest()
		if err != nil {
			return err
		}
		if err := tx.AddReferralLetter(ctx, Letter{a.Envelope.ID, r.ID, r.Desk, what, d, part.Key, s.now(), LetterSealed}); err != nil {
			return err
		}
	}
	r, st, err := s.keepIn(ctx, tx, r, e, signed)
	if err != nil {
		return err
	}
	if a.Envelope.HasContent() && e.Transition != Sent {
		if err := s.askIn(ctx, tx, r, TaskWords); err != nil {
			return err
		}
	}
	if e.Transition == Sent && course.May(st, Receiver, Delivered) == nil {
		_, _, err = s.take(ctx, tx, r, Event{Transition: Delivered}, nil)
	}
	return err
}

// openIn verifies an event with the keys that the roster in force lists for the member.
func (s *Service) openIn(ctx context.Context, tx Tx, from id.Member, signed Signed) (Event, error) {
	keys, err := signersOf(ctx, tx, from)
	if err != nil {
		return Event{}, err
	}
	err = fault.New(fault.Invalid, "seal.signature.wrong")
	for _, k := range keys {
		var e Event
		if e, err = signed.Open(k); err == nil {
			return e, nil
		}
	}
	return Event{}, err
}

// arriveIn finds the end at which an event arrives, and makes a receiver's where it is the first.
func (s *Service) arriveIn(ctx context.Context, tx Tx, c envelope.Control, e Event, from id.Address) (Row, error) {
	r, err := tx.Referral(ctx, e.Referral, c.ToDesk)
	if err == nil {
		if r.Peer != from || r.Side == e.Side {
			err = fault.New(fault.Invalid, "referral.event.party")
		}
		return r, err
	}
	if !fault.Is(err, fault.NotFound) {
		return Row{}, err
	}
	if e.Side != Sender {
		return Row{}, fault.New(fault.Invalid, "referral.event.party")
	}
	d, err := tx.Desk(ctx, c.ToDesk)
	if err != nil {
		return Row{}, err
	}
	r = Row{
		ID: e.Referral, Desk: c.ToDesk, Side: Receiver, Peer: from, PeerKind: desk.AtNode, Realm: d.Realm, Reference: referenceOf(e.Referral),
		Status: Draft, Basis: Code(c.Basis), Made: s.now(), Since: s.now(), Version: 1,
	}
	return r, tx.AddReferral(ctx, r)
}

// ReceiveBundle takes an identity bundle that arrived. It is the exchange's handler of kind identity and opens
// nothing: that is for the people of the desk.
//
// It refuses a second bundle, a bundle of a referral that is over, or under another consent than the request named. One that has
// overtaken its request fails with [fault.Unavailable] and is tried again.
func (s *Service) ReceiveBundle(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	r, err := tx.ReferralOfBundle(ctx, a.Control.Thread, a.Control.ToDesk)
	if fault.Is(err, fault.NotFound) {
		// Request and bundle may leave together and overtake each other: it is tried again until it expires.
		return fault.New(fault.Unavailable, "referral.bundle-early")
	}
	if err != nil {
		return err
	}
	from := id.Address{Member: a.Envelope.Header.From, Desk: a.Control.FromDesk}
	gone := r.Status.Final() && r.Status != Closed // a bundle of a closed loop comes again where a restore has lost it
	if r.Side != Receiver || r.Peer != from || r.Consent != a.Control.Consent || gone {
		return exchange.Refuse(envelope.NotPermitted)
	}
	part := a.Envelope.Header.Content
	if part == nil {
		return exchange.Refuse(envelope.BadBody)
	}
	letters, err := tx.ReferralLetters(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(letters, func(l Letter) bool { return l.What == ABundle && l.State != LetterRefused }) {
		return exchange.Refuse(envelope.PlaceTaken) // a second one would stand in the way of the first
	}
	if err := tx.AddReferralLetter(ctx, Letter{a.Envelope.ID, r.ID, r.Desk, ABundle, "", part.Key, s.now(), LetterSealed}); err != nil {
		return err
	}
	return s.askIn(ctx, tx, r, TaskBundle)
}

// MovedIn takes note of how far an envelope of ours has come. The desk is asked where one was refused or expired,
// and where the other side found more in it than was consented to.
func (s *Service) MovedIn(ctx context.Context, over exchange.Tx, m exchange.Moved) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	var kind string
	switch {
	case m.Receipt != nil && m.Receipt.Receipt.Refusal == envelope.ExceedsConsent:
		kind = TaskIncident
	case m.Out.State == exchange.OutRefused || m.Out.State == exchange.OutExpired:
		kind = TaskResend
	default:
		return nil
	}
	var r Row
	var err error
	switch m.Out.Kind {
	case envelope.Referral:
		r, err = tx.Referral(ctx, id.Referral(m.Out.Thread), m.Out.Rule.From.Desk)
	case envelope.Identity:
		r, err = tx.ReferralOfBundle(ctx, m.Out.Thread, m.Out.Rule.From.Desk)
	default:
		return nil
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.askIn(ctx, tx, r, kind)
}

// NeedsIn reports whether a letter that nobody has opened needs an intake key: it is not to be destroyed.
func (s *Service) NeedsIn(ctx context.Context, tx Tx, key id.Key) (bool, error) {
	return tx.ReferralSealedTo(ctx, key)
}
