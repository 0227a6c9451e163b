package restriction

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// infoWords is the HPKE info under which the words of a reason are sealed.
const infoWords = "opentrm/restriction-words/1"

// Place restricts the processing of the case that people call spoken, because she asked for it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], a reference that is none included, [fault.Invalid] without a
// ground of the list or without words, [fault.NotFound] if the case is erased, and [fault.Conflict] "restriction.already" if one is in force.
func (s *Service) Place(ctx context.Context, who access.Actor, spoken string, in Saying) (Restriction, error) {
	if err := in.check(s, ListGrounds); err != nil {
		return Restriction{}, err
	}
	ref, err := id.ParseReference(spoken)
	if err != nil {
		return Restriction{}, err
	}
	r := Restriction{ID: id.Ordered[id.Record](s.IDs), Reference: ref, Ground: in.Code, Placed: s.now(), By: who.User, Version: 1}
	row, err := s.called(ctx, who, ref)
	if err != nil {
		return Restriction{}, err
	}
	why, err := s.seal(ctx, row.Desk, row.ID, r.ID, in.Words)
	if err != nil {
		return Restriction{}, err
	}
	err = s.Write(ctx, audit.Did(who, access.RestrictCase, string(r.ID)).In(row.ID).For(in.Code).With(why), func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, who, access.RestrictCase, row.ID, s.now()); err != nil {
			return err
		}
		row, err := tx.Case(ctx, row.ID)
		if err != nil {
			return err
		}
		if row.State == casefile.Erased {
			return fault.New(fault.NotFound, "case.erased")
		}
		if _, err := tx.RestrictionOf(ctx, row.ID); !fault.Is(err, fault.NotFound) {
			if err == nil {
				err = fault.New(fault.Conflict, "restriction.already")
			}
			return err
		}
		r.Case, r.Desk, r.Realm = row.ID, row.Desk, row.Realm
		if err := tx.AddRestriction(ctx, r); err != nil {
			return err
		}
		return s.follow(ctx, tx, KindPlaced, r)
	})
	if err != nil {
		return Restriction{}, err
	}
	return r, nil
}

// Notify records that she was told that her case is kept and not used, as she asked, and how; or, by the data-protection officer alone, that
// nobody can reach her.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], with [fault.Denied] "restriction.unreachable" for who may not say that,
// [fault.Invalid] without a code of the list or without words, [fault.Conflict] if she was told that or it is lifted already, and [fault.Stale].
func (s *Service) Notify(ctx context.Context, who access.Actor, restriction id.Record, in Saying) (Restriction, error) {
	if err := in.check(s, ListTold); err != nil {
		return Restriction{}, err
	}
	return s.change(ctx, who, access.RestrictCase, restriction, in, func(r Restriction, now frame.Time) (Restriction, error) {
		return noticed(r, who, in.Code, now)
	})
}

// Tell records that she was told that the restriction will be lifted, and how; or, by the data-protection officer alone, that nobody can
// reach her.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], with [fault.Denied] "restriction.unreachable" for who may not say that,
// [fault.Invalid] without a code of the list or without words, [fault.Conflict] if she was told or it is lifted already, and [fault.Stale].
func (s *Service) Tell(ctx context.Context, who access.Actor, restriction id.Record, in Saying) (Restriction, error) {
	if err := in.check(s, ListTold); err != nil {
		return Restriction{}, err
	}
	return s.change(ctx, who, access.RestrictCase, restriction, in, func(r Restriction, now frame.Time) (Restriction, error) {
		return told(r, who, in.Code, now)
	})
}

// Lift ends a restriction, after she was told: the data-protection officer does, and at a desk of the prosecution somebody who did not place
// it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] without a code of the list or without words,
// [fault.Conflict] "restriction.untold" before she was told and "restriction.lifted" if it has ended, and [fault.Stale].
func (s *Service) Lift(ctx context.Context, who access.Actor, restriction id.Record, in Saying) (Restriction, error) {
	if err := in.check(s, ListLifted); err != nil {
		return Restriction{}, err
	}
	return s.change(ctx, who, access.UnrestrictCase, restriction, in, func(r Restriction, now frame.Time) (Restriction, error) {
		return lifted(r, who.User, in.Code, now)
	})
}

// Show returns one restriction, for whoever may place one on its case.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) Show(ctx context.Context, who access.Actor, restriction id.Record) (Restriction, error) {
	var r Restriction
	err := s.Read(ctx, func(tx Tx) (err error) {
		r, err = s.mayOn(ctx, tx, who, access.RestrictCase, restriction)
		return err
	})
	return r, err
}

// change is the rhythm of what happens to a restriction.
func (s *Service) change(
	ctx context.Context, who access.Actor, action access.Action, restriction id.Record, in Saying, next func(Restriction, frame.Time) (Restriction, error),
) (Restriction, error) {
	var r Restriction
	err := s.Read(ctx, func(tx Tx) (err error) {
		r, err = s.mayOn(ctx, tx, who, action, restriction)
		return err
	})
	if err != nil {
		return Restriction{}, err
	}
	why, err := s.seal(ctx, r.Desk, r.Case, r.ID, in.Words)
	if err != nil {
		return Restriction{}, err
	}
	err = s.Write(ctx, audit.Did(who, action, string(restriction)).In(r.Case).For(in.Code).With(why), func(tx Tx) (err error) {
		if r, err = s.mayOn(ctx, tx, who, action, restriction); err != nil {
			return err
		}
		if r, err = next(r, s.now()); err != nil {
			return err
		}
		if err := tx.SetRestriction(ctx, r); err != nil {
			return err
		}
		r.Version++
		if r.Lifted != 0 {
			return s.follow(ctx, tx, KindEnded, r)
		}
		return s.changed(ctx, tx, r)
	})
	if err != nil {
		return Restriction{}, err
	}
	return r, nil
}

// follow remembers for a restore what happened, and tells who has to do something about it.
func (s *Service) follow(ctx context.Context, tx Tx, kind string, r Restriction) error {
	if err := s.mark(ctx, tx, kind, r); err != nil {
		return err
	}
	return s.changed(ctx, tx, r)
}

// changed tells the wiring, if it wants to know.
func (s *Service) changed(ctx context.Context, tx Tx, r Restriction) error {
	if s.Changed == nil {
		return nil
	}
	return s.Changed(ctx, tx, r)
}

// mayOn returns a restriction, if who may do action on its case. One that does not exist is hidden, like one that she may not know of.
func (s *Service) mayOn(ctx context.Context, tx Tx, who access.Actor, action access.Action, restriction id.Record) (Restriction, error) {
	r, err := tx.Restriction(ctx, restriction)
	if fault.Is(err, fault.NotFound) {
		return Restriction{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return Restriction{}, err
	}
	place, err := tx.PlaceOf(ctx, r.Case)
	if err != nil {
		return Restriction{}, err
	}
	holds, err := tx.Holds(ctx, r.Case)
	if err != nil {
		return Restriction{}, err
	}
	on := place.Resource(action.Noun(), holds, s.now())
	on.Maker = r.By
	return r, access.Check(who, action, on)
}

// called returns the case with a reference, if who may restrict it. A reference of no case is hidden, like one that she may not know of.
func (s *Service) called(ctx context.Context, who access.Actor, ref id.Reference) (casefile.Case, error) {
	var c casefile.Case
	err := s.Read(ctx, func(tx Tx) (err error) {
		c, err = tx.CaseCalled(ctx, ref)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err == nil {
			_, err = person.MayIn(ctx, tx, who, access.RestrictCase, c.ID, s.now())
		}
		return err
	})
	return c, err
}

func (s *Service) seal(ctx context.Context, desk id.Desk, c id.Case, restriction id.Record, words string) ([]byte, error) {
	return s.Cases.SealWords(ctx, desk, infoWords, frame.JoinText(string(s.Member), string(c), string(restriction)), words)
}
