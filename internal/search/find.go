package search

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Card is a case that was found, as far as the searcher may know it without opening it. No name, no address.
type Card struct {
	Case casefile.Case
	By   By
	Why  []Evidence // field by field, what speaks for it and what against
}

// Found is the answer to a search: the cases that the searcher may open, those first of which most speaks for it, and of equal ones the newest.
type Found struct {
	Cards []Card
	More  bool // there are more that she may open: say more about her
}

// answerStep is the beat of answers: each leaves at the first one after the work is done, so that the little more or less
// of work that is behind a hidden hit does not show. Measured from the beginning of the search.
const answerStep = 250 * time.Millisecond

// Find looks for a person in the index of the bearer's realm and organisation. A case that she may not open is not in the
// answer, and changes nothing in it; the desk that holds it hears of it (see [Service.Look]).
//
// It fails with [fault.Denied] as [access.Check], [fault.Invalid] "search.few" if what was said fits too many people and
// "search.field" if it is malformed, [fault.Unavailable] "search.often", [fault.Conflict] "search.not-given" if her desk was
// not given the index yet, [fault.Unavailable] "search.fold" if a newer program has written in it, and [fault.Locked] without keys.
func (s *Service) Find(ctx context.Context, by keyring.Bearer, q Query) (Found, error) {
	start := s.Now()
	if err := may(by, access.SearchCase); err != nil {
		return Found{}, err
	}
	asked, err := q.folded(s.folds())
	if err != nil {
		return Found{}, err
	}
	seen, hidden, err := s.match(ctx, by, asked)
	if err != nil {
		return Found{}, err
	}
	made := Made{ID: id.Ordered[id.Search](s.IDs), Desk: by.Desk, User: by.User, Realm: by.Realm, At: s.now(), Waits: true}
	var out Found
	err = s.Write(ctx, audit.Saw(by.Actor, access.SearchCase, string(made.ID)), func(tx Tx) error {
		n, err := tx.SearchesSince(ctx, by.User, made.At.Add(-time.Hour))
		if err != nil {
			return err
		}
		if n >= s.Hourly {
			return fault.Later("search.often")
		}
		if out, err = s.cards(ctx, tx, by, seen); err != nil {
			return err
		}
		made.Hits = encodeHits(hidden)
		return tx.AddSearch(ctx, made)
	})
	if err != nil {
		return Found{}, err
	}
	took := s.Now().Sub(start)
	if err := s.Wait(ctx, start.Add((took/answerStep+1)*answerStep)); err != nil {
		return Found{}, err
	}
	return out, nil
}

// match looks in the index for what she may open, and for what is hidden from her.
func (s *Service) match(ctx context.Context, by keyring.Bearer, q map[int64]sought) (seen, hidden []Match, err error) {
	hers, err := s.hers(ctx, by)
	if err != nil {
		return nil, nil, err
	}
	err = s.inMemory(ctx, by, func(r *replica) { seen, hidden = r.find(q, hers, maxHits) })
	return seen, hidden, err
}

// inMemory brings the index into memory, if it is not there, and lets something look at it. It does not if nothing was ever written down.
func (s *Service) inMemory(ctx context.Context, by keyring.Bearer, look func(*replica)) error {
	err := s.tidy(ctx, by)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	h, err := s.hold(ctx, by)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := s.catchUp(ctx, by, h); err != nil {
		return err
	}
	look(h.r)
	if h.stop != nil {
		h.stop()
	}
	h.uses++
	uses := h.uses
	h.stop = s.After(Stays, func() { h.drop(uses) })
	return nil
}

// hers returns the cases that she may open. It is asked the same at every search, whatever is sought and whatever fits, so
// that neither what is hidden nor how much of it there is has a part in what she sees or how long it takes.
func (s *Service) hers(ctx context.Context, by keyring.Bearer) (map[id.Case]bool, error) {
	out := map[id.Case]bool{}
	err := s.Read(ctx, func(tx Tx) error {
		clear(out)
		for _, c := range access.ScopeOf(by.Actor, access.ReadCase) {
			if c.Realm != by.Realm {
				continue // not in this index
			}
			if c.Released != "" {
				all, err := tx.ReleasesTo(ctx, c.Released)
				if err != nil {
					return err
				}
				for _, r := range all {
					out[r.Case] = true
				}
				continue
			}
			all, err := tx.CaseIDsAt(ctx, c.Desk, c.Owner)
			if err != nil {
				return err
			}
			for _, one := range all {
				out[one] = true
			}
		}
		return nil
	})
	return out, err
}

// hold returns the place of the index in memory.
func (s *Service) hold(ctx context.Context, by keyring.Bearer) (*held, error) {
	whose, err := s.ours(ctx, by)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[scope]*held{}
	}
	if s.held[whose] == nil {
		s.held[whose] = &held{}
	}
	return s.held[whose], nil
}

// drop takes the index out of memory, if nobody has searched since that use.
func (h *held) drop(uses int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.r != nil && h.uses == uses {
		h.r.wipe()
		h.r = nil
	}
}

// Close takes every index out of memory.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.held {
		h.mu.Lock()
		if h.stop != nil {
			h.stop()
		}
		if h.r != nil {
			h.r.wipe()
			h.r = nil
		}
		h.mu.Unlock()
	}
}

// cards returns what she sees of the cases that fit. Each is asked about again, in the transaction that writes the search
// down; there are few that she may not open any more.
func (s *Service) cards(ctx context.Context, tx Tx, by keyring.Bearer, all []Match) (Found, error) {
	var out Found
	for _, m := range all {
		_, err := person.MayIn(ctx, tx, by.Actor, access.ReadCase, m.Case, s.now())
		if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
			continue
		}
		if err != nil {
			return Found{}, err
		}
		row, err := tx.Case(ctx, m.Case)
		if err != nil {
			return Found{}, err
		}
		if row.State == casefile.Merged { // it leads to the one that is worked with
			if row, err = s.leads(ctx, tx, by, row); err != nil {
				return Found{}, err
			}
		}
		if row.State == casefile.Erased || slices.ContainsFunc(out.Cards, func(c Card) bool { return c.Case.ID == row.ID }) {
			continue
		}
		if len(out.Cards) == MaxCards {
			out.More = true
			break
		}
		out.Cards = append(out.Cards, Card{Case: row, By: m.By, Why: m.Why})
	}
	return out, nil
}

// leads returns the case into which one was merged, or that one itself where she may not open the other.
func (s *Service) leads(ctx context.Context, tx Tx, by keyring.Bearer, row casefile.Case) (casefile.Case, error) {
	_, err := person.MayIn(ctx, tx, by.Actor, access.ReadCase, row.Into, s.now())
	if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
		return row, nil
	}
	if err != nil {
		return casefile.Case{}, err
	}
	return tx.Case(ctx, row.Into)
}
