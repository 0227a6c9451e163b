package restriction

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// State says why who opens a restricted case. It holds for her alone and for as many minutes as the profile says; every opening stands in
// the log beside.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] without a reason of the list or without words, and
// [fault.Conflict] "restriction.none" if no restriction is in force.
func (s *Service) State(ctx context.Context, who access.Actor, c id.Case, in Saying) (until frame.Time, err error) {
	if err := in.check(s, ListReasons); err != nil {
		return 0, err
	}
	r, err := s.stated(ctx, who, c)
	if err != nil {
		return 0, err
	}
	why, err := s.seal(ctx, r.Desk, c, r.ID, in.Words)
	if err != nil {
		return 0, err
	}
	err = s.Write(ctx, audit.Did(who, access.ReasonCase, string(r.ID)).In(c).For(in.Code).With(why), func(tx Tx) error {
		now, err := s.reasonIn(ctx, tx, who, c)
		if err != nil {
			return err
		}
		until = s.now().Add(time.Duration(max(s.Law().Number(s.Member, keyMinutes), 1)) * time.Minute)
		return tx.SetRestrictionReason(ctx, now.ID, who.User, until)
	})
	return until, err
}

func (s *Service) stated(ctx context.Context, who access.Actor, c id.Case) (Restriction, error) {
	var r Restriction
	err := s.Read(ctx, func(tx Tx) (err error) {
		r, err = s.reasonIn(ctx, tx, who, c)
		return err
	})
	return r, err
}

// reasonIn returns the restriction of a case whose opening who may give a reason for.
func (s *Service) reasonIn(ctx context.Context, tx Tx, who access.Actor, c id.Case) (Restriction, error) {
	if _, err := person.MayIn(ctx, tx, who, access.ReasonCase, c, s.now()); err != nil {
		return Restriction{}, err
	}
	r, err := tx.RestrictionOf(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return Restriction{}, fault.New(fault.Conflict, "restriction.none")
	}
	return r, err
}

// AskedIn is asked whenever a person opens a case with the keys of her desk.
//
// It fails with [fault.Conflict] "restriction.reason", which names the case, if it is restricted and she has not said why she opens it, and
// as the storage fails.
func (s *Service) AskedIn(ctx context.Context, tx Tx, who id.User, c id.Case) error {
	r, err := tx.RestrictionOf(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	until, err := tx.RestrictionReason(ctx, r.ID, who)
	if err != nil {
		return err
	}
	if until <= s.now() {
		return fault.New(fault.Conflict, "restriction.reason").With("case", string(c))
	}
	return nil
}

// KeepsIn is asked before a case is erased, whoever asks for it: what she wants kept is not, until the restriction is lifted.
//
// It fails with [fault.Conflict] "restriction.keeps" with the day, and as the storage fails.
func (s *Service) KeepsIn(ctx context.Context, tx Tx, c id.Case) error {
	r, err := tx.RestrictionOf(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "restriction.keeps").With("day", day(r.Placed))
}

// MayUseIn is asked before anything of a case leaves.
//
// It fails with [fault.Conflict] "restriction.in-force" with the day, and as the storage fails.
func (s *Service) MayUseIn(ctx context.Context, tx Tx, u casefile.Use) error {
	r, err := tx.RestrictionOf(ctx, u.Case)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return mayUse(r, u)
}
