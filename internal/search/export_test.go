package search

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Held returns how many records are in memory now, and how many bytes they take.
func (s *Service) Held() (records, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.held {
		h.mu.Lock()
		if h.r != nil {
			n, b := h.r.size()
			records, bytes = records+n, bytes+b
		}
		h.mu.Unlock()
	}
	return records, bytes
}

// Fill packs invented records into segments of the index of by, so many in each.
func Fill(ctx context.Context, s *Service, by keyring.Bearer, n, segment int, record func(int) Record, entry audit.Entry) error {
	for from := 0; from < n; from += segment {
		err := s.Write(ctx, entry, func(tx Tx) error {
			opened, err := s.openIn(ctx, tx, by)
			if err != nil {
				return err
			}
			x := opened[0]
			key, err := s.segmentKey(x.private, x.ID)
			if err != nil {
				return err
			}
			var all [][]byte
			var cases []id.Case
			for i := from; i < min(n, from+segment); i++ {
				r := record(i)
				all, cases = append(all, r.Encode()), append(cases, r.Case)
			}
			body, masks, err := Pack(s.newest().Version, all, nil)
			if err != nil {
				return err
			}
			g := Segment{ID: id.Ordered[id.Segment](s.IDs), Index: x.ID, Records: int64(len(all)), Fold: s.newest().Version, Masks: masks}
			g.Body = key.Seal(s.segmentAAD(x.ID, g.ID), body)
			if g.Seq, err = tx.RaiseSearchIndex(ctx, x.ID); err != nil {
				return err
			}
			if err := tx.AddSearchSegment(ctx, g); err != nil {
				return err
			}
			for _, c := range cases {
				if err := tx.AddSearchEntry(ctx, Entry{Case: c, Index: x.ID, Seq: g.Seq, Fold: g.Fold}); err != nil {
					return err
				}
				if err := tx.PackSearchEntry(ctx, c, g); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ReadAll reads the segments of the index of by, and opens none.
func ReadAll(ctx context.Context, s *Service, by keyring.Bearer) error {
	return s.Read(ctx, func(tx Tx) error {
		opened, err := s.openIn(ctx, tx, by)
		if err != nil {
			return err
		}
		all, err := tx.SearchSegments(ctx, opened[0].ID)
		for _, g := range all {
			if _, err = tx.SearchSegment(ctx, g.ID); err != nil {
				return err
			}
		}
		return err
	})
}

// Looks looks for somebody in what is in memory, and returns how many records would be told to their desks.
func Looks(t testing.TB, s *Service, q Query) int {
	t.Helper()
	return len(Likest(t, s, q))
}

// Likest returns what is in memory and fits, the likest first, as many as are told to their desks.
func Likest(t testing.TB, s *Service, q Query) (all []Match) {
	t.Helper()
	asked, err := q.folded(s.folds())
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.held {
		_, hidden := h.r.find(asked, nil, maxHits)
		all = append(all, hidden...)
	}
	return all
}
