package audit

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/fault"
)

const (
	blockBits  = 4 // levels of the tree in one block
	blockWidth = 1 << blockBits
	blockSize  = blockWidth * tlog.HashSize
	maxSize    = 1<<(indexBits-1) - 1 // leaves in an epoch; there are twice as many hashes
	maxEpoch   = 1<<(63-indexBits) - 1
)

// tree is the end of one epoch while leaves are being added. On each level of blocks it holds the
// hashes that do not fill a block yet; level 0 holds leaf contents, level n the roots of full blocks of
// level n-1. How many each level holds are the digits of the size in base sixteen.
type tree struct {
	epoch  int64
	size   int64
	open   [][]tlog.Hash
	blocks []Block // filled since opening
}

// openTree reads the edge of h: the open hashes from the lowest level up, without counts, as the size
// tells them.
//
// It fails with [fault.Internal] if edge and size do not fit together.
func openTree(h Head) (*tree, error) {
	damaged := fault.New(fault.Internal, "audit.head.damaged")
	if h.Epoch < 1 || h.Epoch > maxEpoch || h.Size < 0 || h.Size > maxSize || len(h.Edge)%tlog.HashSize != 0 {
		return nil, damaged
	}
	t := &tree{epoch: h.Epoch, size: h.Size}
	edge := h.Edge
	for n := h.Size; n > 0; n >>= blockBits {
		count := int(n & (blockWidth - 1))
		if len(edge) < count*tlog.HashSize {
			return nil, damaged
		}
		level := make([]tlog.Hash, count, blockWidth)
		for i := range level {
			level[i] = tlog.Hash(edge[i*tlog.HashSize:])
		}
		t.open = append(t.open, level)
		edge = edge[count*tlog.HashSize:]
	}
	if len(edge) != 0 {
		return nil, damaged
	}
	return t, nil
}

// With returns h after the leaves of payloads that follow it without a gap, and that fill no block.
//
// It fails with [fault.Internal] if h is damaged or they do not follow.
func (h Head) With(payloads []Payload) (Head, error) {
	if len(payloads) == 0 {
		return h, nil
	}
	t, err := openTree(h)
	if err != nil {
		return Head{}, err
	}
	for _, p := range payloads {
		if p.At != At(t.epoch, t.size) || len(t.blocks) > 0 {
			return Head{}, fault.New(fault.Internal, "audit.head.damaged")
		}
		t.add(leafOf(p.Salt, p.Data))
	}
	if len(t.blocks) > 0 {
		return Head{}, fault.New(fault.Internal, "audit.head.damaged")
	}
	return t.head(), nil
}

// head returns the state to be stored.
func (t *tree) head() Head {
	h := Head{Epoch: t.epoch, Size: t.size}
	for _, level := range t.open {
		for _, x := range level {
			h.Edge = append(h.Edge, x[:]...)
		}
	}
	return h
}

// add appends one leaf and moves every block that it fills to blocks.
func (t *tree) add(l Leaf) {
	n := t.size // number of the hash added, on its level
	t.size++
	x := tlog.Hash(l)
	for level := 0; ; level++ {
		if level == len(t.open) {
			t.open = append(t.open, make([]tlog.Hash, 0, blockWidth))
		}
		t.open[level] = append(t.open[level], x)
		if len(t.open[level]) < blockWidth {
			return
		}
		full := t.open[level]
		t.blocks = append(t.blocks, Block{blockPlace(t.epoch, level, n>>blockBits), pack(full)})
		x = fold(leveled(level, full))
		t.open[level] = full[:0]
		n >>= blockBits
	}
}

// blockPlace returns where block n of a level is kept: at the stored index (tlog) of its last hash,
// which sorts blocks in the order of their filling.
func blockPlace(epoch int64, level int, n int64) Place {
	return At(epoch, tlog.StoredHashIndex(level*blockBits, n<<blockBits+blockWidth-1))
}

func pack(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, x := range hashes {
		b = append(b, x[:]...)
	}
	return b
}

// leveled returns the tree hashes of what a level holds: on level 0 the hashes of the leaves.
func leveled(level int, held []tlog.Hash) []tlog.Hash {
	if level > 0 {
		return held
	}
	out := make([]tlog.Hash, len(held))
	for i, x := range held {
		out[i] = tlog.RecordHash(x[:])
	}
	return out
}

// fold returns the root over a power of two of neighbouring hashes.
func fold(hashes []tlog.Hash) tlog.Hash {
	work := slices.Clone(hashes)
	for len(work) > 1 {
		for i := range len(work) / 2 {
			work[i] = tlog.NodeHash(work[2*i], work[2*i+1])
		}
		work = work[:len(work)/2]
	}
	return work[0]
}
