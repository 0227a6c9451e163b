package conference

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// wide is the transaction of another noun as conferences need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "conference.wiring")
	}
	return tx, nil
}

// ClosingIn is asked before a case is closed or erased: not while a conference about it is open.
//
// It fails with [fault.Conflict] "conference.case-open".
func (s *Service) ClosingIn(ctx context.Context, over casefile.Tx, c casefile.Case) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.ConferencesOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !r.State.Over() {
			return fault.New(fault.Conflict, "conference.case-open")
		}
	}
	return nil
}

// LeavingIn is asked before a case goes to another desk: not while a conference about it is open. Its seats stand on what this desk holds,
// and the desk to which the case goes may sit in it.
//
// It fails with [fault.Conflict] "conference.leaving".
func (s *Service) LeavingIn(ctx context.Context, over casefile.Tx, c casefile.Case) error {
	if err := s.ClosingIn(ctx, over, c); fault.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "conference.leaving")
	} else if err != nil {
		return err
	}
	return nil
}

// EraseIn forgets the conferences of a case that is erased; what was sealed is destroyed with it.
func (s *Service) EraseIn(ctx context.Context, over casefile.Tx, c id.Case) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.ConferencesOf(ctx, c)
	if err != nil {
		return err
	}
	for _, r := range all {
		if _, err := s.Tasks.DropIn(ctx, tx, string(r.ID), ""); err != nil {
			return err
		}
	}
	return tx.DropConferences(ctx, c)
}

// WithdrawnIn follows a consent that was withdrawn: the desks that sat under it open nothing any more, and what they signed and has not
// taken effect counts no more, since nobody can read it.
func (s *Service) WithdrawnIn(ctx context.Context, over consent.Tx, c id.Consent) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	given, err := tx.Consent(ctx, c)
	if err != nil {
		return err
	}
	released, err := tx.ReleasesOf(ctx, given.Case)
	if err != nil {
		return err
	}
	for _, r := range released {
		if r.Consent != c {
			continue
		}
		if err := s.shutOn(ctx, tx, string(r.ID)); err != nil {
			return err
		}
	}
	return s.shutOn(ctx, tx, string(c))
}

// UnreleasedIn follows a release to the prosecution that has ended: what lay before that desk is destroyed with it.
func (s *Service) UnreleasedIn(ctx context.Context, over casefile.Tx, r casefile.Release) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	seats, err := tx.SeatsOn(ctx, string(r.ID))
	if err != nil {
		return err
	}
	for _, seat := range seats {
		if err := s.Cases.Keys.EraseCompartmentIn(ctx, tx, seat.Space); err != nil {
			return err
		}
	}
	return s.shutOn(ctx, tx, string(r.ID))
}

// shutOn shuts the seats on a ground that has ended.
func (s *Service) shutOn(ctx context.Context, tx Tx, ground string) error {
	seats, err := tx.SeatsOn(ctx, ground)
	if err != nil {
		return err
	}
	for _, seat := range seats {
		if err := shutIn(ctx, tx, &seat); err != nil {
			return err
		}
		open, err := tx.OpenTasks(ctx, string(seat.Conference), TaskSign)
		if err != nil {
			return err
		}
		for _, t := range open {
			if t.Desk == seat.Desk {
				if err := s.Tasks.FinishIn(ctx, tx, t); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
