package search

import (
	"context"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
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
// contact, each newest first. Of those the case is not said.
//
// It fails with [fault.Denied] as [access.Check].
func (s *Service) Hits(ctx context.Context, who access.Actor) (here, asked []Hit, err error) {
	if err := access.Check(who, access.ContactCase, access.Resource{Noun: "case", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return nil, nil, err
	}
	err = s.Read(ctx, func(tx Tx) (err error) {
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

// Decide says for the holding desk whether to make contact with the desk that searched. Two people have to say the same:
// what the first says is kept, a second one who says otherwise begins anew. Until then, and if they stay silent, the desk
// that searched learns nothing.
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
		if err != nil || h.Desk != who.Desk {
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
		if h.State == HitOpen {
			return nil
		}
		return s.Tell(ctx, tx, h)
	})
	return out, err
}
