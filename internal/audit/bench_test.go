package audit_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/audit"
)

func benchmarkAppend(b *testing.B, batch int) {
	ctx := context.Background()
	m := newMemory()
	r := rand.NewChaCha8([32]byte{})
	entries := make([]audit.Entry, batch)
	for i := range entries {
		entries[i] = audit.Did(ana, "case.note", "r-1").In("c-1").For("assistance").With(make([]byte, 60)).At(1)
	}
	bytes := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := audit.Append(ctx, m, r, entries...); err != nil {
			b.Fatal(err)
		}
	}
	for _, p := range m.payloads {
		bytes += len(p.Data) + len(p.Salt)
	}
	for _, x := range m.blocks {
		bytes += len(x)
	}
	b.ReportMetric(float64(len(m.payloads))/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(bytes)/float64(len(m.payloads)), "B/entry")
	b.ReportMetric(float64(len(m.payloads[0].Data)), "payload-B")
}

func BenchmarkAppendOneByOne(b *testing.B) { benchmarkAppend(b, 1) }

func BenchmarkAppendBatch(b *testing.B) { benchmarkAppend(b, 100) }

// synthetic is a log of ten million leaves that exists by arithmetic: leaf n is SHA-256(n). Blocks are
// packed as a database holds them.
type synthetic struct {
	*memory
	levels [][]byte // packed full hashes of every level of blocks, in order
	size   int64
}

const tenMillion = 10_000_000 / 64 * 64

var synthesize = sync.OnceValue(func() *synthetic {
	s := &synthetic{memory: newMemory(), size: tenMillion}
	hashes := make([]byte, 0, tenMillion*32)
	for n := range uint64(tenMillion) {
		h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
		hashes = append(hashes, h[:]...)
	}
	var edge []byte
	for level := 0; len(hashes) > 0; level++ {
		s.levels = append(s.levels, hashes)
		var up []byte
		for i := 0; i+512 <= len(hashes); i += 512 {
			var work [16]tlog.Hash
			for j := range work {
				work[j] = tlog.Hash(hashes[i+32*j:])
				if level == 0 {
					work[j] = tlog.RecordHash(work[j][:])
				}
			}
			for w := 8; w > 0; w /= 2 {
				for j := range w {
					work[j] = tlog.NodeHash(work[2*j], work[2*j+1])
				}
			}
			up = append(up, work[0][:]...)
		}
		edge = append(edge, hashes[len(hashes)/512*512:]...)
		hashes = up
	}
	s.heads = []audit.Head{{Epoch: 1, Size: tenMillion, Edge: edge}}
	return s
})

func (s *synthetic) AuditBlocks(_ context.Context, at []audit.Place) ([][]byte, error) {
	out := make([][]byte, len(at))
	for i, p := range at {
		l, n := tlog.SplitStoredHashIndex(p.Index())
		packed := s.levels[l/4]
		if end := (n + 1) * 32; end <= int64(len(packed)) {
			out[i] = packed[end-512 : end]
		}
	}
	return out, nil
}

func BenchmarkProofsOf10Million(b *testing.B) {
	ctx := context.Background()
	s := synthesize()
	v, err := audit.Look(ctx, s)
	if err != nil {
		b.Fatal(err)
	}
	root, err := v.Root(ctx, audit.At(1, s.size))
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	c := audit.Checkpoint{At: audit.At(1, s.size)}
	b.Run("inclusion", func(b *testing.B) {
		for b.Loop() {
			n := r.Int64N(s.size)
			p, err := v.Prove(ctx, audit.At(1, n), c, nil)
			if err != nil {
				b.Fatal(err)
			}
			leaf := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
			if err := tlog.CheckRecord(p.Hashes, s.size, root, n, tlog.RecordHash(leaf[:])); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("consistency", func(b *testing.B) {
		for b.Loop() {
			n := 64 + r.Int64N(s.size-64)
			old, err := v.Root(ctx, audit.At(1, n))
			if err != nil {
				b.Fatal(err)
			}
			p, err := v.Extends(ctx, c.At, n)
			if err != nil {
				b.Fatal(err)
			}
			if err := tlog.CheckTree(p, s.size, root, n, old); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	m := network(b, "MK")["MK"]
	for range 20 {
		m.do(1000)
		m.publish()
	}
	for b.Loop() {
		if r := m.verify(); !r.OK() {
			b.Fatal(r)
		}
	}
	b.ReportMetric(float64(m.heads[0].Size)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}
