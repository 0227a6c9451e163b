package search

import (
	"context"
	"runtime"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// foldAt is how many entries may lie by themselves before they are packed: each costs one opening with the private half.
const foldAt = 256

// tidy gives the index to desks that do not hold it yet, and packs what lies by itself, some at a time, each in a
// transaction of its own.
func (s *Service) tidy(ctx context.Context, by keyring.Bearer) error {
	for {
		var x Index
		var loose int64
		var without []id.Desk
		err := s.Read(ctx, func(tx Tx) error {
			var holds []keyring.IndexHold
			var err error
			if x, _, holds, err = s.openIn(ctx, tx, by); err != nil {
				return err
			}
			if without, err = missing(ctx, tx, x, holds); err != nil {
				return err
			}
			loose, err = tx.CountLoose(ctx, x.ID)
			return err
		})
		if err != nil || loose < foldAt && len(without) == 0 {
			return err
		}
		err = s.Write(ctx, audit.Did(by.Actor, access.SearchCase, string(x.ID)).For("fold"), func(tx Tx) error {
			x, private, holds, err := s.openIn(ctx, tx, by)
			if err != nil {
				return err
			}
			defer private.Wipe()
			if _, err := s.spread(ctx, tx, x, private, holds); err != nil || loose < foldAt {
				return err
			}
			return s.pack(ctx, tx, x, private)
		})
		if err != nil {
			return err
		}
	}
}

// pack puts entries that lie by themselves into a segment, together with a segment that is not full, so that there are
// never many small ones.
func (s *Service) pack(ctx context.Context, tx Tx, x Index, private seal.KEMPrivate) error {
	seq, err := tx.RaiseSearchIndex(ctx, x.ID)
	if err != nil {
		return err
	}
	loose, err := tx.LooseEntries(ctx, x.ID, 0, MaxSegment)
	if err != nil {
		return err
	}
	key, err := s.segmentKey(private, x.ID)
	if err != nil {
		return err
	}
	defer key.Wipe()
	var records [][]byte
	var cases []id.Case
	keep := func(c id.Case, record []byte) {
		cases, records = append(cases, c), append(records, record)
	}
	for _, e := range loose {
		record, err := private.Open([]byte(infoEntry), s.entryAAD(x.ID, e.Case), e.Body)
		if err != nil {
			return fault.Wrap(fault.Internal, "search.entry", err)
		}
		if r, err := ParseRecord(record); err != nil || r.Case != e.Case {
			return malformed()
		}
		keep(e.Case, record)
	}
	segments, err := tx.SearchSegments(ctx, x.ID)
	if err != nil {
		return err
	}
	for _, g := range segments {
		if int(g.Records)+len(records) > MaxSegment {
			continue
		}
		if g, err = tx.SearchSegment(ctx, g.ID); err != nil {
			return err
		}
		body, err := key.Open(s.segmentAAD(x.ID, g.ID), g.Body)
		if err != nil {
			return fault.Wrap(fault.Internal, "search.segment", err)
		}
		if err := Unpack(body, g.Masks, func(b []byte) error {
			keep(id.Case(b[1:1+b[0]]), append([]byte(nil), b...))
			return nil
		}); err != nil {
			return err
		}
		if err := tx.DropSearchSegment(ctx, g.ID); err != nil {
			return err
		}
		break // the rest another time: a change is short
	}
	out := Segment{ID: id.Ordered[id.Segment](s.IDs), Index: x.ID, Seq: seq, Records: int64(len(records))}
	body, masks, err := Pack(records, s.Rand)
	if err != nil {
		return err
	}
	out.Body, out.Masks = key.Seal(s.segmentAAD(x.ID, out.ID), body), masks
	if err := tx.AddSearchSegment(ctx, out); err != nil {
		return err
	}
	for _, c := range cases {
		if err := tx.PackSearchEntry(ctx, c, out.ID); err != nil {
			return err
		}
	}
	return nil
}

// catchUp brings the index in memory to where it is in the database, reading only segments that are new or have changed.
// It returns nil where nothing was ever put in it. The caller holds h.mu.
func (s *Service) catchUp(ctx context.Context, by keyring.Bearer, h *held) error {
	return s.Read(ctx, func(tx Tx) error {
		x, private, _, err := s.openIn(ctx, tx, by)
		if err != nil {
			return err
		}
		defer private.Wipe()
		if h.r != nil && h.r.index == x.ID && h.r.seq == x.Sequence {
			return nil
		}
		r := newReplica(x.ID)
		if h.r != nil && h.r.index == x.ID {
			r.seed = h.r.seed // of what is taken over
		}
		segments, err := tx.SearchSegments(ctx, x.ID)
		if err != nil {
			return err
		}
		var load []id.Segment
		for _, g := range segments {
			if h.r != nil && h.r.index == x.ID {
				if known := h.r.shards[g.ID]; known != nil && known.seq == g.Seq {
					r.shards[g.ID] = known
					continue
				}
			}
			load = append(load, g.ID)
		}
		if err := s.load(ctx, tx, r, private, load); err != nil {
			return err
		}
		if err := s.loose(ctx, tx, r, private); err != nil {
			return err
		}
		r.seq = x.Sequence
		if h.r != nil {
			h.r.wipeBut(r)
		}
		h.r = r
		return nil
	})
}

// load reads segments one after the other and opens them beside it.
func (s *Service) load(ctx context.Context, tx Tx, r *replica, private seal.KEMPrivate, all []id.Segment) error {
	key, err := s.segmentKey(private, r.index)
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
				built, err := s.open(key, r, g)
				mu.Lock()
				if err != nil {
					failed = err
				}
				r.shards[g.ID] = built
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

// open makes of a segment what is searched.
func (s *Service) open(key seal.Key, r *replica, g Segment) (*shard, error) {
	body, err := key.Open(s.segmentAAD(r.index, g.ID), g.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "search.segment", err)
	}
	defer clear(body)
	built := &shard{seq: g.Seq, records: make([]byte, 0, len(body)), at: make([]uint32, 0, g.Records+1), posted: make([]uint64, 0, 8*g.Records)}
	if err := Unpack(body, g.Masks, func(b []byte) error { return built.add(r.seed, b) }); err != nil {
		return nil, err
	}
	return built.done(), nil
}

// loose opens what no segment holds.
func (s *Service) loose(ctx context.Context, tx Tx, r *replica, private seal.KEMPrivate) error {
	built := &shard{}
	for after := int64(0); ; {
		page, err := tx.LooseEntries(ctx, r.index, after, foldAt)
		if err != nil {
			return err
		}
		for _, e := range page {
			after = e.Seq
			b, err := private.Open([]byte(infoEntry), s.entryAAD(r.index, e.Case), e.Body)
			if err != nil {
				return fault.Wrap(fault.Internal, "search.entry", err)
			}
			if err := built.add(r.seed, b); err != nil {
				return err
			}
		}
		if len(page) < foldAt {
			r.loose = built.done()
			return nil
		}
	}
}
