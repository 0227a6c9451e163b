package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
)

// Withdraw records that she does not want it any more. It needs no key and no reason. At the desk that took her
// consent it ends the consent: what waits is destroyed, every holder is told, what is here under it is frozen. At the
// receiving desk what came under it is frozen at once and the other side does the rest.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and with [fault.Conflict] "referral.ended" if
// the referral is over for good.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, at At) (Row, error) {
	var out Row
	c, err := s.caseOf(ctx, who, at)
	if err != nil {
		return Row{}, err
	}
	entry := audit.Did(who, access.WithdrawReferral, string(at.Referral))
	if c != "" {
		entry = entry.In(c)
	}
	err = s.Write(ctx, entry, func(tx Tx) error {
		r, err := s.end(ctx, tx, who, at)
		if err != nil {
			return err
		}
		if err := access.Check(who, access.WithdrawReferral, resource(r, who)); err != nil {
			return err
		}
		out, _, err = s.take(ctx, tx, r, Event{Transition: WithdrawnByPerson, Consent: r.Consent, Via: at.Via}, nil)
		return err
	})
	return out, err
}

// AnswerTo returns what the other end said last became of the bundle that this one sent, once she has taken her consent back: erased, or kept
// by law, or something else while it has not said. There is nothing to say where no bundle left, or she took nothing back: false.
//
// It fails as [Service.Show] does.
func (s *Service) AnswerTo(ctx context.Context, who access.Actor, at At) (said envelope.Receipt, asked bool, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, who, access.KnowReferral, at)
		if err != nil || r.Side != Sender || r.Status != WithdrawnByPerson || r.Bundle == "" {
			return err
		}
		all, err := tx.OutOf(ctx, r.Bundle)
		for _, o := range all {
			if o.Kind != envelope.Identity || o.State == exchange.OutHeld || o.State == exchange.OutDestroyed || o.State == exchange.OutRefused {
				continue
			}
			asked = true
			if x, err := envelope.ParseReceipt(o.Receipt); err == nil {
				said = x.Receipt
			}
		}
		return err
	})
	return said, asked, err
}
