package referral

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

const mostListed = 200

// List returns the ends that who may see, in the order of their identifiers: codes and times, no content. Empty
// fields of w do not narrow; Realm, Desk and Owner are set by what she may see.
//
// It fails with [fault.Invalid] "referral.limit" for a page over 200. Who may see nothing gets an empty list.
func (s *Service) List(ctx context.Context, who access.Actor, w Wanted) ([]Row, error) {
	if w.Limit < 0 || w.Limit > mostListed {
		return nil, fault.New(fault.Invalid, "referral.limit")
	}
	if w.Limit == 0 {
		w.Limit = mostListed
	}
	return s.seen(ctx, who, access.ListReferral, w)
}

// seen reads what the scope of who allows, clause by clause.
func (s *Service) seen(ctx context.Context, who access.Actor, action access.Action, w Wanted) ([]Row, error) {
	var out []Row
	err := s.Read(ctx, func(tx Tx) error {
		out = nil
		for _, c := range access.ScopeOf(who, action) {
			n := w
			n.Realm, n.Desk, n.Owner = c.Realm, c.Desk, c.Owner
			if c.Released != "" {
				continue // a referral is released with its case, not by itself
			}
			more, err := tx.Referrals(ctx, n)
			if err != nil {
				return err
			}
			out = append(out, more...)
		}
		return nil
	})
	sorting.By(out, func(a, b Row) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Desk, b.Desk)) })
	out = slices.CompactFunc(out, func(a, b Row) bool { return a.ID == b.ID && a.Desk == b.Desk })
	if len(out) > w.Limit {
		out = out[:w.Limit]
	}
	return out, err
}

// pages calls f with every end that read finds.
func pages(w Wanted, read func(Wanted) ([]Row, error), f func(Row) error) error {
	for w.Limit = mostListed; ; {
		page, err := read(w)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := f(r); err != nil {
				return err
			}
		}
		if len(page) < w.Limit {
			return nil
		}
		w.After, w.AfterDesk = page[len(page)-1].ID, page[len(page)-1].Desk
	}
}

// Cell counts referrals of one country pair in one status.
type Cell struct {
	From, To id.Member
	Status   Status
	Count    int
	Late     int        // past their clock
	Longest  frame.Time // since when the one that waits longest is in this status
	Ages     [4]int     // how many have been in it up to the first of [AgeDays], and over each
}

// AgeDays are the days that part the waiting times of a board. They are how it is drawn, and no deadline.
func AgeDays() [3]int { return [3]int{1, 3, 7} }

// age is the class of a waiting time.
func age(since, now frame.Time) int {
	n := 0
	for _, days := range AgeDays() {
		if now > since.Add(time.Duration(days)*24*time.Hour) {
			n++
		}
	}
	return n
}

// Board counts what who may watch: by country pair and status, with breaches. No reference, no content.
func (s *Service) Board(ctx context.Context, who access.Actor) ([]Cell, error) {
	cells := map[[3]string]*Cell{}
	if err := pages(Wanted{}, func(w Wanted) ([]Row, error) { return s.seen(ctx, who, access.BoardReferral, w) }, func(r Row) error {
		from, to := s.Member, r.Peer.Member
		if r.Side == Receiver {
			from, to = to, from
		}
		if r.Side == Receiver && from == to {
			return nil // the other end is here too
		}
		at := [3]string{string(from), string(to), string(r.Status)}
		c := cells[at]
		if c == nil {
			c = &Cell{From: from, To: to, Status: r.Status, Longest: r.Since}
			cells[at] = c
		}
		c.Count++
		c.Longest = min(c.Longest, r.Since)
		c.Ages[age(r.Since, s.now())]++
		if r.Due != 0 && r.Due < s.now() {
			c.Late++
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var out []Cell
	for _, c := range cells {
		out = append(out, *c)
	}
	sorting.By(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Status, b.Status))
	})
	return out, nil
}

// Show returns one end with its state and history: codes and times, no content.
//
// It fails with [fault.Hidden] if who may not know of it, whether it exists or not.
func (s *Service) Show(ctx context.Context, who access.Actor, at At) (Row, State, []Clock, error) {
	var r Row
	var st State
	var clocks []Clock
	err := s.Read(ctx, func(tx Tx) (err error) {
		if r, err = s.end(ctx, tx, who, at); err != nil {
			return err
		}
		if err = access.Check(who, access.KnowReferral, resource(r, who)); err != nil {
			return err
		}
		var seen Observed
		if st, seen, err = s.stateIn(ctx, tx, r); err != nil {
			return err
		}
		clocks, err = s.clocksOf(r, st, seen)
		return err
	})
	return r, st, clocks, err
}
