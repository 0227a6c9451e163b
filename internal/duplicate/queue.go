package duplicate

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/search"
)

// Twin is two open cases that may be of one person, and why. Nothing follows from it until somebody has looked at both.
type Twin struct {
	Here, There casefile.Case // the earlier first
	Why         []search.Evidence
	Bits        float64
	Again       bool // somebody has kept them apart, and what speaks for it has changed since
}

// Queue is what of the cases that she may merge should be looked at.
type Queue struct {
	Pairs     []Twin  // those first of which most speaks for it
	Cases     int     // that she may merge, of those that were opened after one
	Compared  int     // of them were compared with all of them
	Low, High int     // of how many persons they are, at least and at most, where all were compared in one go
	Next      id.Case // to go on after; empty: all were compared
}

// queueAtOnce is how many cases one look compares with those that were opened after them, of which mostOpen at most, and maxQueue how many pairs it
// gives.
const (
	queueAtOnce = 1000
	mostOpen    = 20_000
	maxQueue    = 50
)

// Queue compares the open cases that she may merge with each other: a thousand after one, and fewer where very many are alike, each with those that
// were opened after it, twenty thousand at most; a pair is shown with the earlier of the two. What she may not merge has no part in it, neither as a case
// nor as a number. Pairs that somebody keeps apart are left out until what speaks for them is another; so are those of which a merge waits. No case is opened: what is
// compared is in the index. The look is recorded; it is no search and counts as none.
//
// It fails with [fault.Denied] as [access.Check], and as [search.Service.Twins].
func (s *Service) Queue(ctx context.Context, by keyring.Bearer, after id.Case) (Queue, error) {
	if err := access.Check(by.Actor, access.MergeCase, access.Resource{Noun: "case", Realm: by.Realm, Desk: by.Desk}); err != nil {
		return Queue{}, err
	}
	mine, err := s.mergeable(ctx, by, after)
	if err != nil {
		return Queue{}, err
	}
	var names []id.Case
	for c := range mine {
		names = append(names, c)
	}
	pairs, compared, next, err := s.Twins(ctx, by, names, after, queueAtOnce)
	if err != nil {
		return Queue{}, err
	}
	out := Queue{Cases: len(mine), Compared: compared, Next: next}
	whole := after == "" && next == ""
	err = s.Cases.Read(ctx, func(over casefile.Tx) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		out.Pairs = nil
		var told []search.Pair
		for _, p := range pairs {
			if len(out.Pairs) == maxQueue && !whole {
				break
			}
			t, ok, err := s.twin(ctx, tx, mine, p)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			told = append(told, p)
			if len(out.Pairs) < maxQueue {
				out.Pairs = append(out.Pairs, t)
			}
		}
		if whole {
			out.Low, out.High = search.Persons(out.Cases, told)
		}
		return nil
	})
	if err != nil {
		return Queue{}, err
	}
	saw := audit.Saw(by.Actor, access.MergeCase, string(by.Desk)).For("duplicate")
	if err := s.Cases.Write(ctx, saw, func(casefile.Tx) error { return nil }); err != nil {
		return Queue{}, err // what is not recorded is not shown
	}
	return out, nil
}

// mergeable returns the open cases of her desk that she may merge, of those that were opened after one the first, mostOpen at most.
func (s *Service) mergeable(ctx context.Context, by keyring.Bearer, first id.Case) (map[id.Case]casefile.Case, error) {
	out := map[id.Case]casefile.Case{}
	err := s.Cases.Read(ctx, func(tx casefile.Tx) error {
		clear(out)
		for after := first; ; {
			page, err := tx.CasesAt(ctx, by.Desk, "", casefile.Filter{State: casefile.Open, After: after, Limit: 200})
			if err != nil {
				return err
			}
			for _, c := range page {
				after = c.ID
				err := access.Check(by.Actor, access.MergeCase, access.Resource{Noun: "case", ID: string(c.ID), Realm: c.Realm, Desk: c.Desk, Owner: c.Owner})
				if hidden(err) {
					continue
				}
				if err != nil {
					return err
				}
				out[c.ID] = c
			}
			if len(page) < 200 || len(out) >= mostOpen {
				return nil
			}
		}
	})
	return out, err
}

// twin tells a pair, unless somebody has said already what it is.
func (s *Service) twin(ctx context.Context, tx Tx, mine map[id.Case]casefile.Case, p search.Pair) (Twin, bool, error) {
	t := Twin{Here: mine[p.A], There: mine[p.B], Why: p.Why, Bits: p.Bits}
	one, other := inOrder(p.A, p.B)
	switch parted, err := tx.Apart(ctx, one, other); {
	case err == nil:
		if parted.Mark == "" || parted.Mark == search.Mark(p.Why) {
			return t, false, nil
		}
		t.Again = true
	case !fault.Is(err, fault.NotFound):
		return t, false, err
	}
	all, err := tx.MergesOf(ctx, p.A)
	return t, !slices.ContainsFunc(all, func(m Merge) bool {
		return m.State == Proposed && (m.Survivor == p.B || m.Alias == p.B)
	}), err
}

// whyOf says what speaks for the two of a pair being one person, as their files say now.
func whyOf(p *pair) []search.Evidence {
	if p.here.Who == nil || p.there.Who == nil {
		return nil
	}
	return search.Compare(*p.here.Who, *p.there.Who)
}

func markOf(p *pair) string { return search.Mark(whyOf(p)) }

// Together takes back that two cases are not of one person: they are proposed again. Nothing is merged by it.
//
// It fails as [Service.Apart], and with [fault.Conflict] "duplicate.not-apart" if nobody has said it.
func (s *Service) Together(ctx context.Context, by keyring.Bearer, c id.Case, other, reason string) error {
	return s.Cases.Work(ctx, by, access.MergeCase, c, "together", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		p, err := s.both(ctx, tx, by, access.MergeCase, k, row, other)
		if err != nil {
			return err
		}
		there := p.there.Row.ID
		one, two := inOrder(c, there)
		if _, err := tx.Apart(ctx, one, two); err != nil {
			if fault.Is(err, fault.NotFound) {
				return fault.New(fault.Conflict, "duplicate.not-apart")
			}
			return err
		}
		said := Said{Form: Form, Step: StepTogether, Survivor: c, Alias: there, Reason: reason, At: s.now(), By: by.User}
		if err := say(ctx, tx, said, p.k, p.beside); err != nil {
			return err
		}
		if err := tx.DropApart(ctx, one, two); err != nil {
			return err
		}
		return tx.Also(audit.Did(by.Actor, access.MergeCase, string(there)).In(there).For("together"))
	})
}
