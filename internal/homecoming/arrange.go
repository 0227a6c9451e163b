package homecoming

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Arrange records documents, escort and reception, once nothing holds her back. A plan that is recorded again takes the place of the
// one before.
//
// It fails as [Service.Decide]; with [fault.Denied] and the first of [Blocks]; [fault.Invalid] as [Plan.Check]; and [fault.Denied]
// as [casefile.MayContactConsulateOf] for a document that her country of origin would have to issue.
func (s *Service) Arrange(ctx context.Context, by keyring.Bearer, ret id.Return, version int64, x Plan) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.ArrangeHomecoming, ret, version, func(w *at) error {
		if err := s.clearIn(ctx, w); err != nil {
			return err
		}
		for _, p := range x.Papers {
			if p.Issuer == "" {
				continue
			}
			if person.Country(p.Issuer) && !person.CountryNow(p.Issuer) {
				return person.NoCountry("papers.issuer", p.Issuer)
			}
			if err := casefile.MayContactConsulateOf(w.c, p.Issuer); err != nil {
				return err
			}
		}
		if _, err := s.handover(ctx, w, x.Referral); err != nil {
			return err
		}
		x.Return = ret
		if _, err := putIn(ctx, w, keyring.Record{Kind: KindPlan}, x); err != nil {
			return err
		}
		w.row.Referral = x.Referral
		return nil
	})
}

// handover reads the referral by which another desk takes her over, if there is one.
//
// It fails with [fault.Invalid] if it is none of this case, and with [fault.Denied] as [casefile.MayTransmitTo].
func (s *Service) handover(ctx context.Context, w *at, r id.Referral) (Handover, error) {
	if r == "" {
		return Handover{Agreed: true}, nil
	}
	h, err := s.Handover(ctx, w.tx, r)
	if fault.Is(err, fault.NotFound) || err == nil && h.Case != w.row.Case {
		return h, bad("referral")
	}
	if err != nil {
		return h, err
	}
	return h, casefile.MayTransmitTo(w.c, h.To)
}

// Depart records that she has left. Everything that could hold her back is asked once more.
//
// It fails as [Service.Decide]; with [fault.Denied] and the first of [Blocks]; and [fault.Conflict] "homecoming.referral" if the desk
// that takes her over has not accepted her.
func (s *Service) Depart(ctx context.Context, by keyring.Bearer, ret id.Return, version int64) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.DepartHomecoming, ret, version, func(w *at) error {
		if err := s.clearIn(ctx, w); err != nil {
			return err
		}
		h, err := s.handover(ctx, w, w.row.Referral)
		if err != nil {
			return err
		}
		if !h.Agreed {
			return fault.New(fault.Conflict, "homecoming.referral")
		}
		w.row.Departed = s.now()
		if _, err := s.Tasks.DoneIn(ctx, w.tx, string(ret), TaskRenew); err != nil {
			return err
		}
		return s.remindIn(ctx, w, w.row.Desk, TaskArrival, clockArrival, w.row.Departed)
	})
}
