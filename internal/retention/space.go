package retention

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// Closed is a space of a case that was closed.
type Closed struct {
	keyring.Compartment
	At frame.Time // when the case was closed
}

// spacesIn looks at records that have a period of their own, the oldest first, as far as it is over.
func (s *Service) spacesIn(ctx context.Context, tx Tx, realm access.Realm, at id.Desk, p *Preview) error {
	for _, class := range []string{profile.ClassDraft, profile.ClassScreening} {
		if err := s.savedIn(ctx, tx, class, realm, at, p); err != nil {
			return err
		}
	}
	for _, class := range []string{profile.ClassContact, profile.ClassAttachment} {
		if err := s.concludedIn(ctx, tx, class, realm, at, p); err != nil {
			return err
		}
	}
	return nil
}

// concludedIn looks at records of closed cases whose period begins when the case is closed.
func (s *Service) concludedIn(ctx context.Context, tx Tx, class string, realm access.Realm, at id.Desk, p *Preview) error {
	var since frame.Time
	var after id.Compartment
	for seen := 0; seen < mostSeen && !p.full; seen += perTurn {
		all, err := tx.SpacesOfClosed(ctx, class, realm, at, since, after, perTurn)
		if err != nil {
			return err
		}
		for _, c := range all {
			since, after = c.At, c.ID
			if over, err := s.over(c.Class, c.At); err != nil || !over {
				return err // those of cases that were closed later are not due either
			}
			if err := s.showSpaceIn(ctx, tx, c.Compartment, p); err != nil || p.full {
				return err
			}
		}
		if len(all) < perTurn {
			return nil
		}
	}
	p.More = true
	return nil
}

func (s *Service) savedIn(ctx context.Context, tx Tx, class string, realm access.Realm, at id.Desk, p *Preview) error {
	var since frame.Time
	var after id.Compartment
	for seen := 0; seen < mostSeen && !p.full; seen += perTurn {
		all, err := tx.Spaces(ctx, class, realm, at, since, after, perTurn)
		if err != nil {
			return err
		}
		for _, c := range all {
			since, after = c.Saved, c.ID
			warn, _, err := s.Law().Warned(s.Member, class, c.Saved, c.Warned)
			if err != nil || warn > s.now() {
				return err // those that were changed later do not end either
			}
			over, err := s.over(class, c.Saved)
			if err != nil || !over && warn == 0 {
				return err
			}
			if !over && c.Warned == 0 {
				continue // something keeps it, or it was not its turn yet
			}
			if err := s.showSpaceIn(ctx, tx, c, p); err != nil || p.full {
				return err
			}
		}
		if len(all) < perTurn {
			return nil
		}
	}
	p.More = true
	return nil
}

// showSpaceIn takes a record up whose period is over, or of whose end its desk was warned.
func (s *Service) showSpaceIn(ctx context.Context, tx Tx, c keyring.Compartment, p *Preview) error {
	row, i, alone, err := s.spaceItem(ctx, tx, c)
	if err != nil {
		return err
	}
	reason, err := s.staysIn(ctx, tx, row, c)
	switch {
	case err != nil || reason == LeftGoingOn: // it goes with its case
		return err
	case alone && reason == "" && len(p.Ends) < MostItems:
		p.Ends = append(p.Ends, i)
	case alone && reason == "":
		p.More = true
	default:
		p.add(i, reason)
	}
	return nil
}

// spaceItem returns a record as an item, with its case, and whether the node erases it by itself; then its end is the day of that.
func (s *Service) spaceItem(ctx context.Context, tx Tx, c keyring.Compartment) (row casefile.Case, i Item, alone bool, err error) {
	if row, err = tx.Case(ctx, c.Case); err != nil {
		return row, i, false, err
	}
	i = Item{What: Space, ID: string(c.ID), Reference: string(row.Reference), Desk: row.Desk, Class: c.Class, Event: c.Saved, Version: int64(c.Saved)}
	if c.Class == profile.ClassAttachment || c.Class == profile.ClassContact {
		i.Event = row.Closed
	}
	if _, i.Over, err = s.Law().Warned(s.Member, c.Class, c.Saved, c.Warned); err != nil || i.Over != 0 {
		return row, i, true, err
	}
	i.Over, err = s.Law().Over(s.Member, c.Class, i.Event)
	return row, i, false, err
}

// staysIn returns why a record is not erased although its period is over; empty: nothing stands against it.
func (s *Service) staysIn(ctx context.Context, tx Tx, row casefile.Case, c keyring.Compartment) (string, error) {
	holds, err := tx.HoldingsOf(ctx, row.ID)
	if err != nil {
		return "", err
	}
	if len(holds) > 0 {
		return LeftHeld, nil
	}
	if s.Restricted != nil {
		if unused, err := s.Restricted(ctx, tx, row.ID); err != nil || unused {
			return LeftUnused, err
		}
	}
	if s.Rests != nil {
		if needed, err := s.Rests(ctx, tx, c); err != nil || needed {
			return LeftGoingOn, err
		}
	}
	return "", nil
}

// EndsIn returns when the node erases by itself what lies in a space; 0: not by itself, or not while something keeps it from its end.
//
// It fails as the storage fails.
func (s *Service) EndsIn(ctx context.Context, tx Tx, c keyring.Compartment) (frame.Time, error) {
	_, end, err := s.Law().Warned(s.Member, c.Class, c.Saved, c.Warned)
	if err != nil || end == 0 {
		return 0, err
	}
	row, err := tx.Case(ctx, c.Case)
	if err != nil {
		return 0, err
	}
	if reason, err := s.staysIn(ctx, tx, row, c); err != nil || reason != "" {
		return 0, err
	}
	return end, nil
}

// eraseSpaceIn erases one record of a purge that two people agreed on, or says why it stays.
func (s *Service) eraseSpaceIn(ctx context.Context, tx Tx, p Purge, i Item) (string, error) {
	c, err := tx.Compartment(ctx, id.Compartment(i.ID))
	if fault.Is(err, fault.NotFound) || err == nil && c.State == keyring.Erased {
		return LeftGone, nil
	}
	if err != nil {
		return "", err
	}
	if c.State != keyring.Open || c.Class != i.Class {
		return LeftChanged, nil
	}
	row, is, alone, err := s.spaceItem(ctx, tx, c)
	if err != nil {
		return "", err
	}
	reason, err := s.staysIn(ctx, tx, row, c)
	switch {
	case err != nil || reason != "":
		return reason, err
	case is.Over == 0 || is.Over > s.now() || alone:
		return LeftNotDue, nil
	case !same(i, is) || row.Realm != p.Realm || p.Desk != "" && row.Desk != p.Desk:
		return LeftChanged, nil
	}
	return "", s.endIn(ctx, tx, row, c)
}

// endIn destroys what lies in a space, as the node, with an entry of its own in the log.
func (s *Service) endIn(ctx context.Context, tx Tx, row casefile.Case, c keyring.Compartment) error {
	node := access.Node(s.Member)
	on := access.Resource{Noun: "retention", ID: string(c.ID), Realm: row.Realm, Desk: row.Desk}
	if err := access.Check(node, access.EraseRetention, on); err != nil {
		return err
	}
	if err := tx.Also(audit.Did(node, access.EraseRetention, string(c.ID)).In(row.ID).For(c.Class)); err != nil {
		return err
	}
	if s.Ending != nil {
		if err := s.Ending(ctx, tx, c); err != nil {
			return err
		}
	}
	return s.Keys.EraseSpaceIn(ctx, tx, c)
}
