package audit

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/fault"
)

// View is the whole log as it stood when the view was opened, for proofs and serving. It reads only
// the blocks that an answer needs, at most about thirty, in one batch.
type View struct {
	reader Reader
	trees  map[int64]*tree
	newest int64
}

// Look opens a view of the log behind r. The view is valid as long as r is.
//
// It fails with [fault.NotFound] if there is no log, with [fault.Internal] if a head is damaged, and as
// r fails.
func Look(ctx context.Context, r Reader) (*View, error) {
	heads, err := r.AuditHeads(ctx)
	if err != nil {
		return nil, err
	}
	if len(heads) == 0 {
		return nil, fault.New(fault.NotFound, "audit.none")
	}
	v := &View{reader: r, trees: make(map[int64]*tree, len(heads))}
	for _, h := range heads {
		t, err := openTree(h)
		if err != nil {
			return nil, err
		}
		v.trees[h.Epoch] = t
		v.newest = max(v.newest, h.Epoch)
	}
	return v, nil
}

// End returns the end of the newest epoch: its number and its size.
func (v *View) End() Place { return At(v.newest, v.trees[v.newest].size) }

// tree returns the tree of the epoch of at, which must have at least as many leaves as the index of at.
func (v *View) tree(at Place) (*tree, error) {
	t := v.trees[at.Epoch()]
	if t == nil || at.Index() < 0 || at.Index() > t.size {
		return nil, fault.New(fault.NotFound, "audit.place.missing")
	}
	return t, nil
}

// Root returns the root of the tree at a place: of that epoch, when it had that size.
//
// It fails with [fault.NotFound] if there is no such place, with [fault.Internal] if a block is missing
// or damaged, and as the reader fails.
func (v *View) Root(ctx context.Context, at Place) (tlog.Hash, error) {
	t, err := v.tree(at)
	if err != nil {
		return tlog.Hash{}, err
	}
	return tlog.TreeHash(at.Index(), v.hashes(ctx, t))
}

// hashes reads stored hashes of t by their tlog index: whole blocks from the storage, the rest from the
// open edge.
func (v *View) hashes(ctx context.Context, t *tree) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		spans := make([]span, len(indexes))
		have := make(map[Place][]byte)
		var need []Place
		for i, x := range indexes {
			s, ok := t.locate(x)
			if !ok {
				return nil, fault.New(fault.NotFound, "audit.place.missing")
			}
			spans[i] = s
			if _, known := have[s.block]; !s.open && !known {
				have[s.block] = nil
				need = append(need, s.block)
			}
		}
		if len(need) > 0 {
			got, err := v.reader.AuditBlocks(ctx, need)
			if err != nil {
				return nil, err
			}
			for i, at := range need {
				if i >= len(got) || len(got[i]) != blockSize {
					return nil, fault.New(fault.Internal, "audit.block.damaged")
				}
				have[at] = got[i]
			}
		}
		out := make([]tlog.Hash, len(indexes))
		for i, s := range spans {
			held := t.openAt(s.level)
			if !s.open {
				held = unpack(have[s.block])
			}
			out[i] = fold(leveled(s.level, held[s.from:s.to]))
		}
		return out, nil
	})
}

// span says where the hashes under one stored hash are kept: part of a block, or of an open level.
type span struct {
	level    int // of blocks
	from, to int // of the hashes in the block
	open     bool
	block    Place // if not open
}

// locate finds the hash with a stored index of tlog. It reports false if t does not have it yet.
func (t *tree) locate(index int64) (span, bool) {
	l, n := tlog.SplitStoredHashIndex(index)
	level, within := l/blockBits, l%blockBits
	first := n << within // its first hash, on the level of blocks
	count := t.size >> (level * blockBits)
	if first+1<<within > count {
		return span{}, false
	}
	block := first >> blockBits
	s := span{level: level, from: int(first & (blockWidth - 1))}
	s.to = s.from + 1<<within
	if s.open = block == count>>blockBits; !s.open {
		s.block = blockPlace(t.epoch, level, block)
	}
	return s, true
}

func (t *tree) openAt(level int) []tlog.Hash {
	if level >= len(t.open) {
		return nil
	}
	return t.open[level]
}

func unpack(b []byte) []tlog.Hash {
	out := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range out {
		out[i] = tlog.Hash(b[i*tlog.HashSize:])
	}
	return out
}

// root returns the root of t from its edge alone: the perfect subtrees that the binary digits of the
// size name, joined from the right (RFC 6962, section 2.1).
func (t *tree) root() (tlog.Hash, error) {
	if t.size == 0 {
		return tlog.TreeHash(0, nil)
	}
	var parts []tlog.Hash // from the left, largest first
	for level := len(t.open) - 1; level >= 0; level-- {
		rest := leveled(level, t.open[level])
		for width := blockWidth / 2; width > 0; width /= 2 {
			if len(rest) >= width {
				parts = append(parts, fold(rest[:width]))
				rest = rest[width:]
			}
		}
	}
	root := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		root = tlog.NodeHash(parts[i], root)
	}
	return root, nil
}
