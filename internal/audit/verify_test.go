package audit_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// storied returns a network in which the log of MK has two epochs, erased payloads, an open end, and
// cosignatures of three others.
func storied(t testing.TB) map[id.Member]*node {
	t.Helper()
	ctx := context.Background()
	nodes := network(t, "MK", "RS", "AL", "MD")
	mk := nodes["MK"]
	refs := mk.do(700)
	mk.witnessedBy(mk.publish(), nodes["RS"], nodes["AL"], nodes["MD"])
	mk.do(90)
	last := mk.publish()
	mk.witnessedBy(last, nodes["RS"], nodes["AL"])
	if _, err := audit.Erase(ctx, mk, mk, mk.rand, audit.Did(ana, "case.erase", "c-1").At(mk.now()), refs[3].At, refs[650].At); err != nil {
		t.Fatal(err)
	}
	state, err := audit.ParseCheckpoint(last.Note, mk.roster)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Begin(ctx, mk, mk, mk.rand, mk.log, "MK", state, mk.now()); err != nil {
		t.Fatal(err)
	}
	mk.do(30)
	mk.publish()
	mk.do(21)
	return nodes
}

// witnessedBy has c cosigned, each witness being asked from where she is.
func (n *node) witnessedBy(c audit.Checkpoint, witnesses ...*node) {
	n.t.Helper()
	ctx := context.Background()
	for _, w := range witnesses {
		o := w.observed[n.member]
		r, err := n.look().Ask(ctx, c, o.Size)
		if err != nil {
			n.t.Fatal(err)
		}
		a, err := w.witness().Add(ctx, w, n.member, r.Text())
		if err != nil || a.Verdict != audit.Cosigned {
			n.t.Fatalf("%s says %v, %v", w.member, a, err)
		}
		x, err := audit.ReadCosignature(c, a.Lines, w.member, n.roster)
		if err != nil {
			n.t.Fatal(err)
		}
		if err := n.AddAuditCosignature(ctx, x); err != nil {
			n.t.Fatal(err)
		}
	}
}

func TestVerifyCounts(t *testing.T) {
	mk := storied(t)["MK"]
	got := mk.verify()
	want := audit.Report{
		Epochs: 2, Leaves: 833 + 64 + 21, Entries: 700 + 90 + 1 - 2 + 1 + 30 + 21, Padded: 4 + 38 + 33, Missing: 2,
		Checkpoints: 3, Cosignatures: map[id.Member]int64{"RS": 2, "AL": 2, "MD": 1}, Uncovered: 1 + 21,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var seen []int64
	_, err := audit.Verify(context.Background(), mk, audit.Options{
		Member: "MK", Roster: mk.roster, Progress: func(done, all int64) { seen = append(seen, done, all) },
	})
	if err != nil || !slices.Equal(seen, []int64{833, 918, 918, 918}) {
		t.Errorf("progress %v, %v", seen, err)
	}
	if _, err := audit.Verify(context.Background(), newMemory(), audit.Options{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("no log: %v", err)
	}
}

// TestVerifyNamesWhatWasChanged flips one thing in a good log and expects the report to name the place.
func TestVerifyNamesWhatWasChanged(t *testing.T) {
	good := storied(t)["MK"]
	first := func(part audit.Part, epoch, from, to int64) audit.Problem {
		return audit.Problem{Part: part, Epoch: epoch, From: from, To: to}
	}
	blocks := func(m *memory) []audit.Place {
		var all []audit.Place
		for at := range m.blocks {
			all = append(all, at)
		}
		slices.Sort(all)
		return all
	}
	for name, c := range map[string]struct {
		tamper func(m *memory)
		want   audit.Problem
	}{
		"payload": {func(m *memory) { m.payloads[10].Data[5] ^= 1 }, first(audit.PartPayload, 1, 11, 12)}, // leaf 3 has none
		"salt":    {func(m *memory) { m.payloads[0].Salt[0] ^= 1 }, first(audit.PartPayload, 1, 0, 1)},
		"last payload": {
			func(m *memory) { m.payloads[len(m.payloads)-1].Data[5] ^= 1 },
			first(audit.PartPayload, 2, 84, 85),
		},
		"swapped payloads": {func(m *memory) {
			a, b := &m.payloads[0], &m.payloads[1]
			a.Data, b.Data, a.Salt, b.Salt = b.Data, a.Data, b.Salt, a.Salt
		}, first(audit.PartPayload, 1, 0, 1)},
		"payload of nothing": {func(m *memory) {
			p := m.payloads[0]
			p.At = audit.At(2, 85)
			m.payloads = append(m.payloads, p)
		}, first(audit.PartPayload, 2, 85, 86)},
		"padding seed": {func(m *memory) {
			for i := range m.payloads {
				if m.payloads[i].At == audit.At(1, 700) {
					m.payloads[i].Salt[3] ^= 1
				}
			}
		}, first(audit.PartPayload, 1, 700, 701)},
		"leaf with payload":    {func(m *memory) { m.blocks[blocks(m)[0]][32*2] ^= 1 }, first(audit.PartPayload, 1, 2, 3)},
		"leaf without payload": {func(m *memory) { m.blocks[blocks(m)[0]][32*3] ^= 1 }, first(audit.PartBlock, 1, 0, 16)},
		"leaf of padding":      {func(m *memory) { m.blocks[blockOf(701)][32*(701%16)] ^= 1 }, first(audit.PartPayload, 1, 701, 702)},
		"inner hash":           {func(m *memory) { m.blocks[innerBlock()][32*5] ^= 1 }, first(audit.PartBlock, 1, 5*16, 6*16)},
		"missing block":        {func(m *memory) { delete(m.blocks, blockOf(40)) }, first(audit.PartBlock, 1, 32, 48)},
		"missing inner block":  {func(m *memory) { delete(m.blocks, innerBlock()) }, first(audit.PartBlock, 1, 0, 256)},
		"short block":          {func(m *memory) { m.blocks[blockOf(0)] = m.blocks[blockOf(0)][:511] }, first(audit.PartBlock, 1, 0, 16)},
		"open leaf":            {func(m *memory) { m.heads[1].Edge[32] ^= 1 }, first(audit.PartPayload, 2, 81, 82)},
		"open inner hash":      {func(m *memory) { m.heads[1].Edge[32*5] ^= 1 }, first(audit.PartHead, 2, 0, 16)},
		"head cut":             {func(m *memory) { m.heads[1].Edge = m.heads[1].Edge[32:] }, first(audit.PartHead, 2, 0, 85)},
		"old head":             {func(m *memory) { m.heads[1] = audit.Head{Epoch: 2} }, first(audit.PartPayload, 2, 0, 1)},
		"checkpoint of other size": {func(m *memory) {
			m.checkpoints[0].Note = m.checkpoints[1].Note
		}, first(audit.PartCheckpoint, 1, 0, 704)},
		"checkpoint signature": {func(m *memory) {
			m.checkpoints[0].Note = strings.Replace(m.checkpoints[0].Note, "\n704\n", "\n640\n", 1)
		}, first(audit.PartCheckpoint, 1, 0, 704)},
		"cosignature of another": {func(m *memory) { m.cosignatures[0].Line = m.cosignatures[1].Line }, first(audit.PartCosignature, 1, 0, 704)},
		"cosignature time":       {func(m *memory) { m.cosignatures[0].Time++ }, first(audit.PartCosignature, 1, 0, 704)},
		"cosignature of nothing": {func(m *memory) { m.checkpoints = m.checkpoints[1:] }, first(audit.PartCosignature, 1, 0, 704)},
		"no statement":           {func(m *memory) { m.epochs = nil }, first(audit.PartEpoch, 2, 0, 0)},
		"forged statement": {func(m *memory) {
			m.epochs[0] = strings.Replace(m.epochs[0], "\nlost 833 833\n", "\nlost 833 834\n", 1)
		}, first(audit.PartEpoch, 2, 0, 0)},
		"another statement, well signed": {func(m *memory) {
			again := m.clone()
			again.heads = again.heads[:1]
			again.payloads = nil
			b, err := audit.Begin(context.Background(), again, again, rand.NewChaCha8([32]byte{}), good.log, "MK", audit.State{}, good.now())
			if err != nil {
				t.Fatal(err)
			}
			m.epochs[0] = b
		}, first(audit.PartEpoch, 2, 0, 1)},
		"epoch cut off": {func(m *memory) { m.heads = m.heads[:1] }, first(audit.PartEpoch, 2, 0, 0)},
		"epoch cut out": {func(m *memory) { m.heads = m.heads[1:] }, first(audit.PartEpoch, 1, 0, 0)},
	} {
		bad := *good
		bad.memory = good.clone()
		c.tamper(bad.memory)
		r := bad.verify()
		if r.OK() {
			t.Errorf("%s: not found", name)
			continue
		}
		got := r.Problems[0]
		got.Key = ""
		if got != c.want {
			t.Errorf("%s: named %+v, want %+v; all: %+v", name, got, c.want, r.Problems)
		}
	}
}

// blockOf returns the place of the block that holds a leaf of epoch 1, where the leaves below 256 fill
// one block of level 1: the stored index of its last leaf (RFC 6962 order, as in x/mod).
func blockOf(leaf int64) audit.Place {
	last := leaf | 15
	return audit.At(1, 2*(last+1)-1-int64(ones(last+1))-zeros(last+1))
}

// innerBlock is the place of the first block of level 1: the hash of level 4 over leaves 240 to 255 is
// the 507th stored hash of 511.
func innerBlock() audit.Place { return audit.At(1, 506) }

func ones(n int64) int {
	c := 0
	for ; n > 0; n &= n - 1 {
		c++
	}
	return c
}

func zeros(n int64) int64 {
	c := int64(0)
	for ; n&1 == 0; n >>= 1 {
		c++
	}
	return c
}

// TestVerifyFindsAnyFlip flips one random bit anywhere in what is stored.
func TestVerifyFindsAnyFlip(t *testing.T) {
	good := storied(t)["MK"]
	r := rand.New(rand.NewPCG(1, 2))
	var at []audit.Place
	for p := range good.blocks {
		at = append(at, p)
	}
	slices.Sort(at)
	for range 300 {
		bad := *good
		bad.memory = good.clone()
		what := r.IntN(4)
		switch what {
		case 0:
			b := bad.blocks[at[r.IntN(len(at))]]
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		case 1:
			d := bad.payloads[r.IntN(len(bad.payloads))].Data
			d[r.IntN(len(d))] ^= 1 << r.IntN(8)
		case 2:
			d := bad.payloads[r.IntN(len(bad.payloads))].Salt
			d[r.IntN(len(d))] ^= 1 << r.IntN(8)
		case 3:
			e := bad.heads[r.IntN(2)].Edge
			e[r.IntN(len(e))] ^= 1 << r.IntN(8)
		}
		if bad.verify().OK() {
			t.Fatalf("a flip of kind %d was not found", what)
		}
	}
}

// TestVerifyAgainstOthers finds a log that was wholly rolled back, by a checkpoint that a peer holds.
func TestVerifyAgainstOthers(t *testing.T) {
	mk := network(t, "MK")["MK"]
	mk.do(10)
	mk.publish()
	backup := mk.clone()
	mk.do(10)
	later := mk.publish()
	old := *mk
	old.memory = backup
	o := audit.Options{Member: "MK", Roster: mk.roster}
	if r, err := audit.Verify(context.Background(), &old, o); err != nil || !r.OK() {
		t.Fatalf("alone: %+v, %v", r, err)
	}
	o.Against = []string{later.Note}
	if r, err := audit.Verify(context.Background(), &old, o); err != nil || r.OK() || r.Problems[0].Key != "audit.verify.beyond-end" {
		t.Errorf("rolled back: %+v, %v", r, err)
	}
	if r, err := audit.Verify(context.Background(), mk, o); err != nil || !r.OK() {
		t.Errorf("not rolled back: %+v, %v", r, err)
	}
	old.do(10)
	old.publish()
	if r, err := audit.Verify(context.Background(), &old, o); err != nil || r.OK() || r.Problems[0].Key != "audit.verify.foreign-root" {
		t.Errorf("rewritten: %+v, %v", r, err)
	}
}
