package search

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// The row of a search has room for hits on this many cases, and always the same size. Those found by a document come first,
// then the newest. What is beyond them is told to nobody: words that fit so many cases of others say little about one of them
// (docs/adr/0024-search-index.md).
const (
	maxHits  = 20
	hitsSize = 1536
)

// encodeHits writes hits into a row of one size.
func encodeHits(all []Match) []byte {
	var b strings.Builder
	for _, m := range all[:min(len(all), maxHits)] {
		b.WriteString(string(m.By) + " " + string(m.Case) + "\n")
	}
	out := make([]byte, hitsSize)
	copy(out, b.String())
	return out
}

func decodeHits(b []byte) []Match {
	var out []Match
	for line := range strings.Lines(strings.TrimRight(string(b), "\x00")) {
		if by, c, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			out = append(out, Match{By: By(by), Case: id.Case(c)})
		}
	}
	return out
}

// lookAtOnce is how many searches one transaction looks through, keepSearches how long a search is counted.
const (
	lookAtOnce   = 50
	keepSearches = 24 * time.Hour
)

// Look looks through the searches of which nobody has looked yet: for each hit that its searcher may not open, the desk
// that holds the case gets something to decide. One desk asks once about one case until that is decided. It opens nothing
// and runs unattended, apart from the search, so that a hit costs the searcher no time. It returns how many it looked at.
//
// It fails as the storage fails.
func (s *Service) Look(ctx context.Context) (int, error) {
	var waiting []Made
	err := s.Read(ctx, func(tx Tx) (err error) {
		waiting, err = tx.WaitingSearches(ctx, lookAtOnce)
		return err
	})
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	err = s.Write(ctx, audit.Did(access.Node(s.Member), access.MakeTask, string(waiting[0].ID)).For("search"), func(tx Tx) error {
		waiting, err := tx.WaitingSearches(ctx, lookAtOnce)
		if err != nil {
			return err
		}
		for _, m := range waiting {
			for _, match := range decodeHits(m.Hits) {
				if err := s.hit(ctx, tx, m, match); err != nil {
					return err
				}
			}
			if err := tx.EndSearch(ctx, m.ID, encodeHits(nil)); err != nil {
				return err
			}
		}
		return tx.ForgetSearches(ctx, s.now().Add(-keepSearches))
	})
	return len(waiting), err
}

func (s *Service) hit(ctx context.Context, tx Tx, m Made, match Match) error {
	c, err := tx.Case(ctx, match.Case)
	if fault.Is(err, fault.NotFound) || err == nil && c.State == casefile.Erased {
		return nil
	}
	if err == nil && c.State == casefile.Merged {
		c, err = tx.Case(ctx, c.Into)
	}
	if err != nil {
		return err
	}
	known, err := tx.SearchHitsOn(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, h := range known {
		if h.Asker == m.Desk && h.State == HitOpen {
			return nil
		}
	}
	h := Hit{
		ID: id.Ordered[id.Search](s.IDs), Reference: id.NewReference(s.IDs), Case: c.ID, Desk: c.Desk, Asker: m.Desk, Realm: c.Realm,
		By: match.By, At: m.At, State: HitOpen, Version: 1,
	}
	if err := tx.AddSearchHit(ctx, h); err != nil {
		return err
	}
	return s.Tell(ctx, tx, h)
}

// maxListed is how many hits are listed.
const maxListed = 200

// Hits returns the hits that the desk of who decides, and those of its own searches after which another desk wants to make
// contact, each newest first. Of those the case is not said. A national coordinator gets those that wait for her as the second
// person, without the case too.
//
// It fails with [fault.Denied] as [access.Check].
func (s *Service) Hits(ctx context.Context, who access.Actor) (here, asked []Hit, err error) {
	if err := access.Check(who, access.ContactCase, access.Resource{Noun: "case", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return nil, nil, err
	}
	err = s.Read(ctx, func(tx Tx) (err error) {
		if who.Role == access.NationalCoordinator {
			here, err = s.seconds(ctx, tx, who)
			return err
		}
		if here, err = tx.SearchHitsAt(ctx, who.Desk, maxListed); err != nil {
			return err
		}
		asked, err = tx.SearchHitsFor(ctx, who.Desk, maxListed)
		for i, h := range asked {
			asked[i] = Hit{ID: h.ID, Reference: h.Reference, Desk: h.Desk, Asker: h.Asker, Realm: h.Realm, At: h.At, State: h.State, Ended: h.Ended}
		}
		return err
	})
	return here, asked, err
}

// seconds returns the hits of desks with one person who decides, after she has said something. The case is not said, nor by
// what it was found.
func (s *Service) seconds(ctx context.Context, tx Tx, who access.Actor) ([]Hit, error) {
	desks, err := tx.Desks(ctx)
	if err != nil {
		return nil, err
	}
	var out []Hit
	for _, d := range desks {
		all, err := tx.SearchHitsAt(ctx, d.ID, maxListed)
		if err != nil {
			return nil, err
		}
		for _, h := range all {
			ok, err := s.waitsFor(ctx, tx, who, h)
			if err != nil {
				return nil, err
			}
			if ok {
				h.Case, h.By = "", ""
				out = append(out, h)
			}
		}
	}
	sorting.By(out, func(a, b Hit) int { return strings.Compare(string(b.ID), string(a.ID)) })
	return out[:min(len(out), maxListed)], nil
}

// waitsFor reports whether a hit waits for who as the second person: she is a national coordinator, the desk has nobody else who
// could decide and has said something, and she does not work at the desk that searched.
func (s *Service) waitsFor(ctx context.Context, tx Tx, who access.Actor, h Hit) (bool, error) {
	if who.Role != access.NationalCoordinator || h.State != HitOpen || h.First == "" {
		return false, nil
	}
	there, err := tx.Members(ctx, h.Asker)
	if err != nil || slices.ContainsFunc(there, func(m desk.Membership) bool { return m.User == who.User }) {
		return false, err
	}
	return s.alone(ctx, tx, h)
}

// alone reports whether the holding desk of a hit has fewer than two people who could decide. A desk of the prosecution never is:
// nobody outside its realm is told anything of its files.
func (s *Service) alone(ctx context.Context, tx Tx, h Hit) (bool, error) {
	if h.Realm != access.Assistance {
		return false, nil
	}
	all, err := tx.Members(ctx, h.Desk)
	n := 0
	for _, m := range all {
		who := access.Actor{User: m.User, Role: m.Role, Desk: h.Desk, Realm: h.Realm, Member: s.Member}
		if m.State == desk.Granted && access.Decide(who, access.ContactCase, access.Resource{Noun: "case", Realm: h.Realm, Desk: h.Desk}).Allow {
			n++
		}
	}
	return n < 2, err
}

// Decide says for the holding desk whether to make contact with the desk that searched. Two people have to say the same:
// what the first says is kept, a second one who says otherwise begins anew. Until then, and if they stay silent, the desk
// that searched learns nothing. Where the desk has one person who decides, a national coordinator is the second: she begins nothing,
// and where she says otherwise the desk says anew.
//
// It fails with [fault.Hidden] for a hit of another desk, [fault.Denied] as [access.Check], [fault.Conflict]
// "search.hit.ended" if it is decided and "search.hit.second" if the same person says it again.
func (s *Service) Decide(ctx context.Context, who access.Actor, hit id.Search, contact bool) (Hit, error) {
	var out Hit
	purpose := map[bool]string{true: "contact", false: "silent"}[contact]
	err := s.Write(ctx, audit.Did(who, access.ContactCase, string(hit)).For(purpose), func(tx Tx) error {
		h, err := tx.SearchHit(ctx, hit)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err != nil {
			return fault.New(fault.Hidden, "access.hidden")
		}
		second, err := s.waitsFor(ctx, tx, who, h)
		if err != nil {
			return err
		}
		if (h.Desk != who.Desk || who.Role == access.NationalCoordinator) && !second {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err := access.Check(who, access.ContactCase, access.Resource{Noun: "case", ID: string(h.Case), Realm: h.Realm, Desk: h.Desk}); err != nil {
			return err
		}
		switch {
		case h.State != HitOpen:
			return fault.New(fault.Conflict, "search.hit.ended")
		case h.First == who.User && h.Said == contact:
			return fault.New(fault.Conflict, "search.hit.second")
		case second && h.First == who.User:
			return fault.New(fault.Conflict, "search.hit.second")
		case second && h.Said != contact:
			h.First = ""
		case h.First == "" || h.First == who.User || h.Said != contact:
			h.First, h.Said = who.User, contact
		default:
			h.Second, h.Ended, h.State = who.User, s.now(), HitSilent
			if contact {
				h.State = HitContact
			}
		}
		if err := tx.SetSearchHit(ctx, h); err != nil {
			return err
		}
		h.Version++
		out = h
		if second {
			out.Case, out.By = "", ""
		}
		if h.State == HitOpen {
			if h.Alone, err = s.alone(ctx, tx, h); err != nil || !h.Alone {
				return err
			}
		}
		return s.Tell(ctx, tx, h)
	})
	return out, err
}
