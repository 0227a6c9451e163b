package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/audit"
)

const tenMillion = 10_000_000 / 64 * 64

// proofs measures proofs about a log of ten million entries, made and checked.
func proofs() []contestant {
	return []contestant{{name: aProof, group: "audit log", unit: "µs", run: inclusion}}
}

// long is a log of ten million leaves that exists by arithmetic: leaf n is SHA-256(n). Blocks are packed as a
// database holds them.
type long struct {
	audit.Reader          // of which nothing else is asked
	levels       [][]byte // packed hashes of every level of blocks, in order
	head         audit.Head
}

func leafOf(n uint64) [32]byte { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, n)) }

func makeLong() *long {
	s := &long{}
	hashes := make([]byte, 0, tenMillion*tlog.HashSize)
	for n := range uint64(tenMillion) {
		h := leafOf(n)
		hashes = append(hashes, h[:]...)
	}
	const block = 16 * tlog.HashSize
	var edge []byte
	for level := 0; len(hashes) > 0; level++ {
		s.levels = append(s.levels, hashes)
		var up []byte
		for i := 0; i+block <= len(hashes); i += block {
			var work [16]tlog.Hash
			for j := range work {
				work[j] = tlog.Hash(hashes[i+tlog.HashSize*j:])
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
		edge = append(edge, hashes[len(hashes)/block*block:]...)
		hashes = up
	}
	s.head = audit.Head{Epoch: 1, Size: tenMillion, Edge: edge}
	return s
}

// AuditHeads returns the head of the only epoch.
func (s *long) AuditHeads(context.Context) ([]audit.Head, error) { return []audit.Head{s.head}, nil }

// AuditBlocks returns blocks of hashes.
func (s *long) AuditBlocks(_ context.Context, at []audit.Place) ([][]byte, error) {
	out := make([][]byte, len(at))
	for i, p := range at {
		l, n := tlog.SplitStoredHashIndex(p.Index())
		packed := s.levels[l/4]
		if end := (n + 1) * tlog.HashSize; end <= int64(len(packed)) {
			out[i] = packed[end-16*tlog.HashSize : end]
		}
	}
	return out, nil
}

// theLong is made once for all rounds: it takes some seconds and 340 MB.
var theLong = sync.OnceValue(makeLong)

func inclusion(ctx context.Context, _ string, d time.Duration) (float64, error) {
	s := theLong()
	v, err := audit.Look(ctx, s)
	if err != nil {
		return 0, err
	}
	end := audit.At(1, tenMillion)
	root, err := v.Root(ctx, end)
	if err != nil {
		return 0, err
	}
	rate, err := repeat(ctx, d/4, func() error {
		n := rand.Int64N(tenMillion)
		p, err := v.Prove(ctx, audit.At(1, n), audit.Checkpoint{At: end}, nil)
		if err != nil {
			return err
		}
		leaf := leafOf(uint64(n))
		if err := tlog.CheckRecord(p.Hashes, tenMillion, root, n, tlog.RecordHash(leaf[:])); err != nil {
			return fmt.Errorf("a proof about leaf %d does not hold: %w", n, err)
		}
		return nil
	})
	return 1e6 / rate, err
}
