package retention

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

// infoHold is the HPKE info under which the words of a reason are sealed.
const infoHold = "opentrm/hold-reason/1"

// Holding is why a case is held, or is held no longer.
type Holding struct {
	Ground string // code
	Words  string // which order, complaint or claim; sealed to the data-protection desk, in the log
}

func (h Holding) check(list string, s *Service) error {
	if !s.has(list, h.Ground) {
		return bad("ground")
	}
	if len(h.Words) < 5 || !person.Text(h.Words, 2000) {
		return bad("words")
	}
	return nil
}

// Hold puts a case on hold. Several holds may rest on one case; it can be erased again when the last is lifted. Work on the case
// goes on.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], a reference that is none included, [fault.Invalid]
// without a ground of the list or without words, and [fault.NotFound] if the case is erased already.
func (s *Service) Hold(ctx context.Context, who access.Actor, spoken string, in Holding) (Hold, error) {
	if err := in.check(ListGrounds, s); err != nil {
		return Hold{}, err
	}
	ref, err := id.ParseReference(spoken)
	if err != nil {
		return Hold{}, err
	}
	h := Hold{ID: id.Ordered[id.Record](s.IDs), Reference: ref, Ground: in.Ground, Placed: s.now(), By: who.User, Version: 1}
	row, err := s.called(ctx, who, ref)
	if err != nil {
		return Hold{}, err
	}
	why, err := s.seal(ctx, row, h.ID, in.Words)
	if err != nil {
		return Hold{}, err
	}
	err = s.Write(ctx, audit.Did(who, access.HoldCase, string(h.ID)).In(row.ID).For(in.Ground).With(why), func(tx Tx) error {
		row, err := s.mayHoldIn(ctx, tx, who, row.ID)
		if err != nil {
			return err
		}
		if row.State == casefile.Erased {
			return fault.New(fault.NotFound, "case.erased")
		}
		h.Case, h.Desk, h.Realm, h.Office = row.ID, row.Desk, row.Realm, who.Realm == access.Office
		if err := tx.AddHolding(ctx, h); err != nil {
			return err
		}
		return s.mark(ctx, tx, KindHold, h)
	})
	if err != nil {
		return Hold{}, err
	}
	return h, nil
}

// Lift ends a hold. What the office placed, because of a complaint against the desk perhaps, the desk does not lift.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], with [fault.Denied] "retention.office" if the office
// placed it and who is none of it, [fault.Invalid] without a ground of the list or without words, [fault.Conflict] if it was
// lifted already, and [fault.Stale] if it has changed since.
func (s *Service) Lift(ctx context.Context, who access.Actor, hold id.Record, in Holding) (Hold, error) {
	if err := in.check(ListLifted, s); err != nil {
		return Hold{}, err
	}
	var h Hold
	var row casefile.Case
	err := s.Read(ctx, func(tx Tx) (err error) {
		if h, err = tx.Holding(ctx, hold); fault.Is(err, fault.NotFound) {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err == nil {
			row, err = s.mayHoldIn(ctx, tx, who, h.Case)
		}
		return err
	})
	if err != nil {
		return Hold{}, err
	}
	why, err := s.seal(ctx, row, hold, in.Words)
	if err != nil {
		return Hold{}, err
	}
	err = s.Write(ctx, audit.Did(who, access.HoldCase, string(hold)).In(h.Case).For(in.Ground).With(why), func(tx Tx) (err error) {
		if h, err = tx.Holding(ctx, hold); err != nil {
			return err
		}
		if _, err := s.mayHoldIn(ctx, tx, who, h.Case); err != nil {
			return err
		}
		if h, err = lifted(h, who, in.Ground, s.now()); err != nil {
			return err
		}
		if err := tx.SetHolding(ctx, h); err != nil {
			return err
		}
		h.Version++
		return s.mark(ctx, tx, KindLift, h)
	})
	if err != nil {
		return Hold{}, err
	}
	return h, nil
}

// lifted decides what a hold becomes.
func lifted(h Hold, who access.Actor, ground string, now frame.Time) (Hold, error) {
	switch {
	case h.Lifted != 0:
		return h, fault.New(fault.Conflict, "retention.lifted")
	case h.Office && who.Realm != access.Office:
		return h, fault.New(fault.Denied, "retention.office")
	}
	h.Lifted, h.LiftedBy, h.Because = now, who.User, ground
	return h, nil
}

// Holds lists the holds in force that who may see: of her desk, or of every desk of assistance.
//
// It fails with [fault.Denied] for who lists none, and [fault.Invalid] for a limit over 200.
func (s *Service) Holds(ctx context.Context, who access.Actor, after id.Record, limit int) ([]Hold, error) {
	if limit < 1 || limit > 200 {
		return nil, bad("limit")
	}
	realm, at, err := whole(who, access.ListRetention)
	if err != nil {
		return nil, err
	}
	var all []Hold
	err = s.Read(ctx, func(tx Tx) error {
		all, err = tx.Holdings(ctx, realm, at, after, limit)
		return err
	})
	for i, h := range all {
		all[i] = h.seenBy(who)
	}
	return all, err
}

// called returns the case with a reference, if who may put it on hold. A reference of no case is hidden, like one that she
// may not know of.
func (s *Service) called(ctx context.Context, who access.Actor, ref id.Reference) (casefile.Case, error) {
	var c casefile.Case
	err := s.Read(ctx, func(tx Tx) error {
		row, err := tx.CaseCalled(ctx, ref)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err != nil {
			return err
		}
		c, err = s.mayHoldIn(ctx, tx, who, row.ID)
		return err
	})
	return c, err
}

func (s *Service) mayHoldIn(ctx context.Context, tx Tx, who access.Actor, c id.Case) (casefile.Case, error) {
	if _, err := person.MayIn(ctx, tx, who, access.HoldCase, c, s.now()); err != nil {
		return casefile.Case{}, err
	}
	return tx.Case(ctx, c)
}

func (s *Service) seal(ctx context.Context, row casefile.Case, hold id.Record, words string) ([]byte, error) {
	return s.Cases.SealWords(ctx, row.Desk, infoHold, frame.JoinText(string(s.Member), string(row.ID), string(hold)), words)
}
