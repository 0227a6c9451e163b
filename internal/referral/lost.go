package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// LostIn takes back an event that this node had sent to a member and lost by a restore, as the other side still has
// it: it is kept again and the end is folded anew, so that both sides agree. Where the referral itself is lost here,
// with its case, the end is made again of what its events say, and the sending desk is asked to look: the loop can
// be closed, her file cannot come back. A bundle is known if its referral is. It reports false for what cannot be read
// any more.
//
// It fails with [fault.Invalid] if the event is not this node's, and as the storage fails.
func (s *Service) LostIn(ctx context.Context, over exchange.Tx, to id.Member, c envelope.Control) (known bool, err error) {
	tx, ok := over.(Tx)
	if !ok {
		return false, fault.New(fault.Internal, "referral.wiring")
	}
	if c.Kind == envelope.Identity {
		_, err := tx.ReferralOfBundle(ctx, c.Thread, c.FromDesk)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		return err == nil, err
	}
	if c.Kind != envelope.Referral {
		return false, nil
	}
	var signed Signed
	if err := c.DecodeBody(&signed); err != nil {
		return false, nil // the other side can no longer read it; the place is known, the words are not
	}
	e, err := s.openIn(ctx, tx, s.Member, signed)
	if err != nil {
		return false, err
	}
	if id.Thread(e.Referral) != c.Thread || sideOf(e.Side) != c.Side || e.Desk != (id.Address{Member: s.Member, Desk: c.FromDesk}) {
		return false, fault.New(fault.Invalid, "referral.event.party")
	}
	r, err := tx.Referral(ctx, e.Referral, c.FromDesk)
	gone := fault.Is(err, fault.NotFound)
	if gone {
		r, err = s.rebuildIn(ctx, tx, e, c, to)
	}
	if err != nil {
		return false, err
	}
	if r.Side != e.Side || r.Peer.Member != to {
		return false, fault.New(fault.Invalid, "referral.event.party")
	}
	if e.Transition == Sent && r.Bundle != e.Bundle { // it was checked anew: the other side expects the bundle of then
		if err := destroyIn(ctx, tx, r.Bundle); err != nil {
			return false, err
		}
	}
	r, _, err = s.keepIn(ctx, tx, r, e, signed)
	if err == nil && gone && r.Side == Sender {
		err = s.askIn(ctx, tx, r, TaskRestored)
	}
	return err == nil, err
}

// rebuildIn makes an end that a restore has lost of an event of its own that the other side still has. What its request
// said is read out of the events: of a sender's end they come back now, a receiver's is sent the request again.
func (s *Service) rebuildIn(ctx context.Context, tx Tx, e Event, c envelope.Control, to id.Member) (Row, error) {
	peer := id.Address{Member: to, Desk: c.ToDesk}
	if e.Transition == Sent && e.To != peer {
		return Row{}, fault.New(fault.Invalid, "referral.event.party")
	}
	r := Row{
		ID: e.Referral, Desk: c.FromDesk, Side: e.Side, Peer: peer, PeerKind: desk.AtNode, Realm: c.Realm, Reference: referenceOf(e.Referral),
		Status: Draft, Basis: Code(c.Basis), Made: s.now(), Since: s.now(), Version: 1,
	}
	return r, tx.AddReferral(ctx, r)
}
