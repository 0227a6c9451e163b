package search

import (
	"context"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// foldAt is how many entries may lie by themselves before they are packed: each costs one opening with the private half.
const foldAt = 256

// tidy gives what the bearer's desk searches to desks that do not hold it yet, and packs what lies by itself, some at a time, each
// in a transaction of its own.
func (s *Service) tidy(ctx context.Context, by keyring.Bearer) error {
	for {
		var loose int64
		var without int
		var name id.Index
		err := s.Read(ctx, func(tx Tx) error {
			without = 0
			all, err := s.openIn(ctx, tx, by)
			if err != nil {
				return err
			}
			defer wipe(all)
			for _, x := range all {
				desks, err := missing(ctx, tx, x.Index, x.holds)
				if err != nil {
					return err
				}
				without += len(desks)
			}
			name = all[0].ID
			loose, err = tx.CountLoose(ctx, name)
			return err
		})
		if err != nil || loose < foldAt && without == 0 {
			return err
		}
		err = s.Write(ctx, audit.Did(by.Actor, access.SearchCase, string(name)).For("fold"), func(tx Tx) error {
			all, err := s.openIn(ctx, tx, by)
			if err != nil {
				return err
			}
			defer wipe(all)
			for _, x := range all {
				if _, err := s.spread(ctx, tx, x.Index, x.private, x.holds); err != nil {
					return err
				}
			}
			if loose < foldAt {
				return nil
			}
			return s.moveLoose(ctx, tx, all[0], all[0], MaxSegment)
		})
		if err != nil {
			return err
		}
	}
}

// moveLoose puts entries that lie by themselves in one index into segments of the same or of another one, at most that many.
func (s *Service) moveLoose(ctx context.Context, tx Tx, from, to opened, most int) error {
	loose, err := tx.LooseEntries(ctx, from.ID, 0, most)
	if err != nil || len(loose) == 0 {
		return err
	}
	seq, err := tx.RaiseSearchIndex(ctx, to.ID)
	if err != nil {
		return err
	}
	key, err := s.segmentKey(to.private, to.ID)
	if err != nil {
		return err
	}
	defer key.Wipe()
	all := map[int64][]packed{}
	for _, e := range loose {
		record, err := from.openEntry(s, e)
		if err != nil {
			return err
		}
		if r, err := ParseRecord(e.Fold, record); err != nil || r.Case != e.Case {
			return malformed()
		}
		all[e.Fold] = append(all[e.Fold], packed{e.Case, record})
	}
	for _, fold := range slices.Sorted(maps.Keys(all)) {
		if err := s.packIn(ctx, tx, to.Index, key, fold, seq, all[fold]); err != nil {
			return err
		}
	}
	return nil
}

// catchUp brings what is in memory to where it is in the database, reading only segments that are new or have changed. The caller
// holds h.mu.
func (s *Service) catchUp(ctx context.Context, by keyring.Bearer, h *held) error {
	return s.Read(ctx, func(tx Tx) error {
		all, err := s.openIn(ctx, tx, by)
		if err != nil {
			return err
		}
		defer wipe(all)
		r := newReplica()
		for _, x := range all {
			r.known[x.ID] = x.Sequence
		}
		if h.r != nil && maps.Equal(h.r.known, r.known) {
			return nil
		}
		if h.r != nil {
			r.words = h.r.words // of what is taken over
		}
		if err := s.readIn(ctx, tx, r, h.r, all); err != nil {
			r.wipeBut(h.r)
			return err
		}
		if h.r != nil && h.r.wipeBut(r) {
			r.compact()
		}
		h.r = r
		return nil
	})
}

// readIn fills r, with what was in memory as far as it is the same still. Nil: nothing was.
func (s *Service) readIn(ctx context.Context, tx Tx, r, was *replica, all []opened) error {
	for _, x := range all {
		segments, err := tx.SearchSegments(ctx, x.ID)
		if err != nil {
			return err
		}
		var load []id.Segment
		for _, g := range segments {
			if was != nil {
				if known := was.shards[g.ID]; known != nil && known.index == g.Index && known.seq == g.Seq {
					r.shards[g.ID] = known
					continue
				}
			}
			load = append(load, g.ID)
		}
		if err := s.load(ctx, tx, r, x, load); err != nil {
			return err
		}
		if err := s.loose(ctx, tx, r, x); err != nil {
			return err
		}
	}
	return nil
}

// load reads segments one after the other and opens them beside it.
func (s *Service) load(ctx context.Context, tx Tx, r *replica, x opened, all []id.Segment) error {
	key, err := s.segmentKey(x.private, x.ID)
	if err != nil {
		return err
	}
	defer key.Wipe()
	var mu sync.Mutex
	var failed error
	read := make(chan Segment, 2)
	var work sync.WaitGroup
	for range max(1, min(4, runtime.GOMAXPROCS(0))) {
		work.Go(func() {
			for g := range read {
				built, own, err := s.open(key, r.words.seed, g)
				mu.Lock()
				if err != nil {
					failed = err
				} else {
					built.into(own, r.words)
					r.shards[g.ID] = built
				}
				mu.Unlock()
			}
		})
	}
	for _, g := range all {
		segment, err := tx.SearchSegment(ctx, g)
		if err != nil {
			mu.Lock()
			failed = err
			mu.Unlock()
			break
		}
		read <- segment
	}
	close(read)
	work.Wait()
	return failed
}

// open makes of a segment what is searched, with a vocabulary of its own.
func (s *Service) open(key seal.Key, seed maphash.Seed, g Segment) (*shard, *vocabulary, error) {
	if err := s.knows(g.Fold); err != nil {
		return nil, nil, err
	}
	body, err := s.openSegment(key, g)
	if err != nil {
		return nil, nil, err
	}
	defer clear(body)
	own := newVocabulary()
	own.seed = seed
	built := &shard{index: g.Index, seq: g.Seq, fold: g.Fold}
	if err := Unpack(g.Fold, body, g.Masks, func(b []byte) error { return built.add(own, b) }); err != nil {
		return nil, nil, err
	}
	return built.done(), own, nil
}

// knows says whether this program has a version of the fold. An older program beside a newer one would find nothing of what that
// has written: better it says so.
func (s *Service) knows(version int64) error {
	if slices.ContainsFunc(s.folds(), func(f fold.Fold) bool { return f.Version == version }) {
		return nil
	}
	return fault.New(fault.Unavailable, "search.fold")
}

// loose opens what no segment holds.
func (s *Service) loose(ctx context.Context, tx Tx, r *replica, x opened) error {
	built := map[int64]*shard{}
	for after := int64(0); ; {
		page, err := tx.LooseEntries(ctx, x.ID, after, foldAt)
		if err != nil {
			return err
		}
		for _, e := range page {
			after = e.Seq
			if err := s.knows(e.Fold); err != nil {
				return err
			}
			b, err := x.openEntry(s, e)
			if err != nil {
				return err
			}
			if built[e.Fold] == nil {
				built[e.Fold] = &shard{fold: e.Fold}
			}
			if err := built[e.Fold].add(r.words, b); err != nil {
				return err
			}
		}
		if len(page) < foldAt {
			break
		}
	}
	for _, fold := range slices.Sorted(maps.Keys(built)) {
		r.loose = append(r.loose, built[fold].done())
	}
	return nil
}
