package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// LostIn takes back an event that this node had sent and lost by a restore, as the other side still has it: it is
// kept again and the end is folded anew, so that both sides agree. It reports false where the referral itself is
// lost here, with its case: a person has to look.
//
// It fails with [fault.Invalid] if the event is not this node's, and as the storage fails.
func (s *Service) LostIn(ctx context.Context, over exchange.Tx, c exchange.Control) (known bool, err error) {
	tx, ok := over.(Tx)
	if !ok {
		return false, fault.New(fault.Internal, "referral.wiring")
	}
	if c.Kind != exchange.Referral {
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
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r.Side != e.Side {
		return false, fault.New(fault.Invalid, "referral.event.party")
	}
	_, _, err = s.keepIn(ctx, tx, r, e, signed)
	return err == nil, err
}
