package retention

import (
	"context"
	"errors"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Preview is what is due.
type Preview struct {
	Due  []Item `json:"due" nullable:"false"`
	Left []Left `json:"left" nullable:"false"` // whose period is over, and which are not erased all the same
	// Ends is what the node erases by itself, and when: drafts of whose end their desk was warned.
	Ends []Item `json:"ends" nullable:"false"`
	More bool   `json:"more"` // there is more of it than is shown
	// Unsettled says that the node was restored and nobody has said yet that the holds are whole: until then nothing is purged.
	Unsettled bool `json:"unsettled"`

	full bool // no more is taken up
}

const (
	perTurn  = 200
	mostSeen = 5000 // records of a kind whose period is over that are looked at for one preview
)

// Preview lists what is due at the moment, of each kind the oldest first, and what is not erased although its period is over. Nothing is due by
// a period that nobody has confirmed.
//
// It fails with [fault.Denied] for who lists nothing.
func (s *Service) Preview(ctx context.Context, who access.Actor) (Preview, error) {
	realm, at, err := whole(who, access.ListRetention)
	if err != nil {
		return Preview{}, err
	}
	var out Preview
	err = s.Write(ctx, audit.Saw(who, access.ListRetention, "").For("preview"), func(tx Tx) error {
		if out, err = s.previewIn(ctx, tx, realm, at); err != nil {
			return err
		}
		out.Unsettled, err = s.UnsettledIn(ctx, tx, realm, at)
		return err
	})
	return out.seenBy(who, realm), err
}

func (s *Service) previewIn(ctx context.Context, tx Tx, realm access.Realm, at id.Desk) (Preview, error) {
	p := Preview{Due: []Item{}, Left: []Left{}, Ends: []Item{}}
	for _, look := range []func() error{
		func() error { return s.casesIn(ctx, tx, realm, at, &p) },
		func() error { return s.threadsIn(ctx, tx, realm, at, &p) },
		func() error { return s.spacesIn(ctx, tx, realm, at, &p) },
	} {
		if err := look(); err != nil {
			return Preview{}, err
		}
	}
	return p, nil
}

// add takes a record up whose period is over.
func (p *Preview) add(i Item, reason string) {
	switch {
	case reason == "" && len(p.Due) < MostItems:
		p.Due = append(p.Due, i)
	case reason != "" && len(p.Left) < MostItems:
		p.Left = append(p.Left, Left{i, reason})
	default: // what stays must not keep what is due from being found
		p.More, p.full = true, p.full || reason == ""
	}
}

// over reports whether the period of one kind of record that began at a moment is over; never, if nobody has confirmed it.
func (s *Service) over(class string, event frame.Time) (bool, error) {
	over, err := s.Law().Over(s.Member, class, event)
	return over != 0 && over <= s.now(), err
}

// casesIn looks at closed cases of each kind, the oldest first, as far as their period is over.
func (s *Service) casesIn(ctx context.Context, tx Tx, realm access.Realm, at id.Desk, p *Preview) error {
	for _, refused := range []bool{true, false} {
		if err := s.closedIn(ctx, tx, realm, at, refused, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) closedIn(ctx context.Context, tx Tx, realm access.Realm, at id.Desk, refused bool, p *Preview) error {
	var since frame.Time
	var after id.Case
	for seen := 0; seen < mostSeen; seen += perTurn {
		all, err := tx.ClosedCases(ctx, realm, at, statusRefused, refused, since, after, perTurn)
		if err != nil {
			return err
		}
		for _, c := range all {
			since, after = c.Closed, c.ID
			i, due, err := s.caseItem(c)
			if err != nil || !due {
				return err // those that were closed later are not due either
			}
			reason, err := s.hinderedIn(ctx, tx, c)
			if err != nil {
				return err
			}
			if p.add(i, reason); p.full {
				return nil
			}
		}
		if len(all) < perTurn {
			return nil
		}
	}
	p.More = true
	return nil
}

// caseItem returns a case as an item, and whether its period is over.
func (s *Service) caseItem(c casefile.Case) (Item, bool, error) {
	class := classOf(c)
	over, err := s.Law().Over(s.Member, class, c.Closed)
	return Item{
		What: Case, ID: string(c.ID), Reference: string(c.Reference), Desk: c.Desk, Class: class, Event: c.Closed, Over: over, Version: c.Version,
	}, over != 0 && over <= s.now(), err
}

// hinderedIn returns why a closed case is not erased; empty: nothing stands against it.
func (s *Service) hinderedIn(ctx context.Context, tx Tx, c casefile.Case) (string, error) {
	holds, err := tx.HoldingsOf(ctx, c.ID)
	if err != nil {
		return "", err
	}
	err = s.Cases.MayEraseIn(ctx, tx, c)
	switch {
	case len(holds) > 0:
		return LeftHeld, nil
	case err == nil:
		return "", nil
	case fault.Is(err, fault.NotFound):
		return LeftGone, nil
	case !fault.Is(err, fault.Conflict):
		return "", err
	case isKey(err, "case.legal-hold"):
		return LeftKept, nil
	case isKey(err, "restriction.keeps"):
		return LeftUnused, nil
	}
	return LeftGoingOn, nil
}

func isKey(err error, key string) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Key == key
}

// threadsIn looks at conversations, the one that fell silent first first, as far as their period is over.
func (s *Service) threadsIn(ctx context.Context, tx Tx, realm access.Realm, at id.Desk, p *Preview) error {
	var since frame.Time
	var after id.Thread
	done := map[id.Thread]bool{}
	for seen := 0; seen < mostSeen; seen += perTurn {
		all, err := tx.FreeThreads(ctx, realm, at, since, after, perTurn)
		if err != nil {
			return err
		}
		for _, t := range all {
			since, after = t.Last, t.ID
			if over, err := s.over(classMessage, t.Last); err != nil || !over {
				return err // those that fell silent later are not due either
			}
			if done[t.ID] {
				continue // its other end lies here too
			}
			done[t.ID] = true
			i, due, err := s.threadItem(ctx, tx, realm, at, t.ID)
			if err != nil {
				return err
			}
			if !due {
				continue
			}
			if p.add(i, ""); p.full {
				return nil
			}
		}
		if len(all) < perTurn {
			return nil
		}
	}
	p.More = true
	return nil
}

// threadItem returns a conversation as an item, and whether it is due. One that has an end across the wall, or at another desk of the
// prosecution, is not: to erase it here would erase it there.
func (s *Service) threadItem(ctx context.Context, tx Tx, realm access.Realm, at id.Desk, t id.Thread) (Item, bool, error) {
	ends, err := tx.Ends(ctx, t)
	if err != nil {
		return Item{}, false, err
	}
	i := Item{What: Thread, ID: string(t), Class: classMessage}
	live := false
	for _, e := range ends {
		if e.Realm != realm || at != "" && e.Desk != at || e.Referral != "" {
			return i, false, nil
		}
		live = live || !e.Erased
		i.Version += e.Version
		if e.Last >= i.Event {
			i.Reference, i.Desk, i.Event = e.Reference, e.Desk, e.Last
		}
	}
	if i.Over, err = s.Law().Over(s.Member, classMessage, i.Event); err != nil {
		return i, false, err
	}
	return i, live && i.Over != 0 && i.Over <= s.now(), nil
}
