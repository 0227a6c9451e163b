package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// answerBasis finds the legal basis under which this end writes to the other. The end that asked uses the basis that
// was chosen. The end that answers uses the same where its own rule row permits it; law differs by direction, so else
// it uses the first basis that the row for its direction permits, in the order of [profile.Set.Answering]. Only
// what a national administrator has confirmed can be found there; a person who answers chose none of it, and the
// basis stands in the envelope.
//
// It fails as the rule row does if none is permitted, and returns the one that was chosen for what needs none.
func (s *Service) answerBasis(ctx context.Context, tx Tx, r Row) (string, error) {
	if r.Side == Sender {
		return string(r.Basis), nil
	}
	peer, err := s.peerIn(ctx, tx, r.Peer)
	if err != nil {
		return string(r.Basis), err
	}
	c := exchange.Crossing{
		Kind: envelope.Referral, From: id.Address{Member: s.Member, Desk: r.Desk}, FromRealm: r.Realm, To: r.Peer, ToRealm: peer.Realm,
		Basis: string(r.Basis),
	}
	_, first := s.Exchange.Weigh(ctx, tx, c)
	if first == nil || !fault.Is(first, fault.Denied) {
		return c.Basis, first
	}
	for _, b := range s.Law().Answering() {
		c.Basis = b
		if _, err := s.Exchange.Weigh(ctx, tx, c); err == nil {
			return b, nil
		}
	}
	return string(r.Basis), first
}
