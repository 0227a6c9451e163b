package audit

import (
	"bytes"
	"context"

	"golang.org/x/mod/sumdb/tlog"
)

// walkBatch is the number of leaves that are read at once: 256 blocks.
const walkBatch = 256 * blockWidth

// walk goes over the leaves of one epoch, builds the tree anew beside the stored one, and compares.
type walk struct {
	*verifier
	head     Head
	end      *tree // as stored
	t        *tree // as recomputed
	claims   []claim
	payloads payloads
	padded   run
	covered  int64 // size of the last true checkpoint of our own
}

// run is a run of padding that is being walked over.
type run struct {
	seed, data []byte
	next, of   int
}

func (w *walk) run() error {
	for from := int64(0); from < w.head.Size; from += walkBatch {
		to := min(from+walkBatch, w.head.Size)
		if err := w.batch(from, to); err != nil {
			return err
		}
		if w.o.Progress != nil {
			w.o.Progress(w.report.Leaves+to, w.all)
		}
	}
	w.compareEdge()
	for _, c := range w.claims {
		w.wrong(c.part, w.head.Epoch, w.head.Size, c.size, "audit.verify.beyond-end")
	}
	return w.strays()
}

// batch walks over leaves [from, to); from is a multiple of walkBatch.
func (w *walk) batch(from, to int64) error {
	var need []Place
	full := w.head.Size / blockWidth
	for b := from / blockWidth; b < min((to+blockWidth-1)/blockWidth, full); b++ {
		need = append(need, blockPlace(w.head.Epoch, 0, b))
	}
	got, err := w.r.AuditBlocks(w.ctx, need)
	if err != nil {
		return err
	}
	for i := range need {
		var leaves []tlog.Hash // none: the block is lost
		if i < len(got) && len(got[i]) == blockSize {
			leaves = unpack(got[i])
		} else {
			first := from + int64(i)*blockWidth
			w.wrong(PartBlock, w.head.Epoch, first, first+blockWidth, "audit.verify.block-missing")
		}
		if err := w.leaves(leaves, blockWidth); err != nil {
			return err
		}
	}
	if to == w.head.Size {
		open := w.end.openAt(0)
		if err := w.leaves(open, len(open)); err != nil {
			return err
		}
	}
	return w.compareBlocks()
}

// leaves adds count leaves to the recomputed tree and checks their payloads and the claims about the
// size reached. Leaves that are lost are taken as zero and their payloads passed over.
func (w *walk) leaves(leaves []tlog.Hash, count int) error {
	for j := range count {
		i := w.t.size
		p, err := w.payloads.at(w.ctx, At(w.head.Epoch, i))
		if err != nil {
			return err
		}
		var leaf tlog.Hash
		if j < len(leaves) {
			leaf = leaves[j]
			w.payload(i, leaf, p)
		}
		if i == 0 {
			var first []byte
			if p != nil {
				first = p.Data
			}
			w.beginning(w.head.Epoch, first)
		}
		w.t.add(Leaf(leaf))
		for len(w.claims) > 0 && w.claims[0].size <= w.t.size {
			if err := w.settle(w.claims[0]); err != nil {
				return err
			}
			w.claims = w.claims[1:]
		}
	}
	return nil
}

// payload counts leaf i as an entry, as padding or as missing.
func (w *walk) payload(i int64, leaf tlog.Hash, p *Payload) {
	if p == nil && w.padded.next < w.padded.of {
		if fits(leaf, padSalt(w.padded.seed, w.padded.next), w.padded.data) {
			w.report.Padded++
		} else {
			w.wrong(PartPayload, w.head.Epoch, i, i+1, "audit.verify.padding")
		}
		w.padded.next++
		return
	}
	switch {
	case p == nil:
		w.report.Missing++
	case !fits(leaf, p.Salt, p.Data):
		w.padded = run{}
		w.wrong(PartPayload, w.head.Epoch, i, i+1, "audit.verify.payload")
	default:
		w.padded = run{p.Salt, p.Data, 1, parsePadding(p.Data)}
		if w.padded.of > 0 {
			w.report.Padded++
		} else {
			w.report.Entries++
		}
	}
}

// settle compares a claim about the size just reached with the recomputed root.
func (w *walk) settle(c claim) error {
	root, err := w.t.root()
	if err != nil {
		return err
	}
	if c.size != w.t.size || root != c.root {
		w.wrong(c.part, w.head.Epoch, w.covered, c.size, c.key)
		return nil
	}
	if c.own {
		w.report.Checkpoints++
		w.covered = c.size
	}
	return nil
}

// compareBlocks compares the stored blocks above the leaves with those just recomputed.
func (w *walk) compareBlocks() error {
	var want []Block
	for _, b := range w.t.blocks {
		if l, _ := tlog.SplitStoredHashIndex(b.At.Index()); l > 0 {
			want = append(want, b)
		}
	}
	w.t.blocks = nil
	if len(want) == 0 {
		return nil
	}
	need := make([]Place, len(want))
	for i, b := range want {
		need[i] = b.At
	}
	got, err := w.r.AuditBlocks(w.ctx, need)
	if err != nil {
		return err
	}
	for i, b := range want {
		l, n := tlog.SplitStoredHashIndex(b.At.Index())
		first := (n - blockWidth + 1) << l // leaf under the first hash of the block
		if i >= len(got) || len(got[i]) != blockSize {
			w.wrong(PartBlock, w.head.Epoch, first, first+blockWidth<<l, "audit.verify.block-missing")
			continue
		}
		w.compareHashes(unpack(got[i]), unpack(b.Hashes), first, l)
	}
	return nil
}

// compareHashes names the leaves under every hash of tlog level l that differs.
func (w *walk) compareHashes(stored, want []tlog.Hash, first int64, l int) {
	for j := range want {
		if j >= len(stored) || stored[j] != want[j] {
			from := first + int64(j)<<l
			w.wrong(PartBlock, w.head.Epoch, from, from+1<<l, "audit.verify.block-hash")
		}
	}
}

// compareEdge compares the stored open hashes above the leaves with the recomputed ones.
func (w *walk) compareEdge() {
	if w.t.size != w.head.Size || bytes.Equal(w.t.head().Edge, w.head.Edge) {
		return
	}
	for level := 1; level < len(w.t.open); level++ {
		l := level * blockBits
		first := w.t.size >> (l + blockBits) << (l + blockBits)
		for j, want := range w.t.open[level] {
			if w.end.open[level][j] != want {
				from := first + int64(j)<<l
				w.wrong(PartHead, w.head.Epoch, from, from+1<<l, "audit.verify.head")
			}
		}
	}
}

// strays reports payloads beyond the end of the epoch.
func (w *walk) strays() error {
	for {
		p, err := w.payloads.peek(w.ctx)
		if err != nil || p == nil {
			return err
		}
		w.payloads.drop()
		w.wrong(PartPayload, w.head.Epoch, p.At.Index(), p.At.Index()+1, "audit.verify.beyond-end")
	}
}

// payloads reads the payloads of one epoch in order.
type payloads struct {
	r         Reader
	next, end Place
	buffer    []Payload
	done      bool
}

func (p *payloads) peek(ctx context.Context) (*Payload, error) {
	const batch = 1024
	if len(p.buffer) == 0 && !p.done {
		list, err := p.r.AuditPayloads(ctx, p.next, p.end, batch)
		if err != nil {
			return nil, err
		}
		p.buffer = list
		p.done = len(list) == 0
		if !p.done {
			p.next = list[len(list)-1].At + 1
		}
	}
	if len(p.buffer) == 0 {
		return nil, nil
	}
	return &p.buffer[0], nil
}

func (p *payloads) drop() { p.buffer = p.buffer[1:] }

// at returns the payload at a place, nil if there is none. Places must be asked for in order.
func (p *payloads) at(ctx context.Context, at Place) (*Payload, error) {
	got, err := p.peek(ctx)
	if err != nil || got == nil || got.At != at {
		return nil, err
	}
	p.drop()
	return got, nil
}
