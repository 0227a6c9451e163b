package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// node is one member's node as far as its log and its witness go.
type node struct {
	*memory
	t      testing.TB
	member id.Member
	log    ed25519.PrivateKey
	wit    ed25519.PrivateKey
	clock  *time.Time
	rand   *rand.ChaCha8
	roster audit.Roster
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func network(t testing.TB, members ...id.Member) map[id.Member]*node {
	clock := noon
	roster := audit.Roster{}
	nodes := map[id.Member]*node{}
	for _, m := range members {
		n := &node{
			memory: newMemory(), t: t, member: m, clock: &clock, roster: roster,
			log: key("log", m), wit: key("witness", m), rand: rand.NewChaCha8(sha256.Sum256([]byte(m))),
		}
		roster[m] = audit.Keys{Log: []ed25519.PublicKey{public(n.log)}, Witness: []ed25519.PublicKey{public(n.wit)}}
		nodes[m] = n
	}
	return nodes
}

func key(use string, m id.Member) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(use + string(m)))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func (n *node) now() frame.Time { return frame.At(*n.clock) }

func (n *node) witness() audit.Witness {
	return audit.Witness{Member: n.member, Key: n.wit, Roster: n.roster, Now: func() time.Time { return *n.clock }}
}

var ana = access.Actor{User: "u-ana", Role: access.CaseManager, Realm: access.Assistance, Desk: "focal-point", Member: "MK"}

func (n *node) do(count int) []audit.Ref {
	n.t.Helper()
	entries := make([]audit.Entry, count)
	for i := range entries {
		entries[i] = audit.Did(ana, "case.note", fmt.Sprintf("r-%d", i)).In("c-1").For("assistance").At(n.now())
	}
	refs, err := audit.Append(context.Background(), n, n.rand, entries...)
	if err != nil {
		n.t.Fatal(err)
	}
	return refs
}

func (n *node) publish() audit.Checkpoint {
	n.t.Helper()
	c, err := audit.Publish(context.Background(), n, n, n.rand, n.log, n.member, n.now())
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

func (n *node) look() *audit.View {
	n.t.Helper()
	v, err := audit.Look(context.Background(), n)
	if err != nil {
		n.t.Fatal(err)
	}
	return v
}

func (n *node) verify() audit.Report {
	n.t.Helper()
	r, err := audit.Verify(context.Background(), n, audit.Options{Member: n.member, Roster: n.roster})
	if err != nil {
		n.t.Fatal(err)
	}
	return r
}

// reference is the same tree kept by x/mod alone: every stored hash in one slice.
type reference struct {
	hashes []tlog.Hash
	size   int64
}

func (r *reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(r.hashes)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		out[i] = r.hashes[x]
	}
	return out, nil
}

func (r *reference) add(t testing.TB, leaf audit.Leaf) {
	t.Helper()
	h, err := tlog.StoredHashes(r.size, leaf[:], r)
	if err != nil {
		t.Fatal(err)
	}
	r.hashes = append(r.hashes, h...)
	r.size++
}

func TestLeafIsSHA256OfSaltAndPayload(t *testing.T) {
	n := network(t, "MK")["MK"]
	ref := n.do(1)[0]
	p := n.payloads[0]
	if want := sha256.Sum256(append(bytes.Clone(p.Salt), p.Data...)); ref.Leaf != want || len(p.Salt) != 16 {
		t.Errorf("leaf %x, want %x", ref.Leaf, want)
	}
	want := `{"action":"case.note","case":"c-1","desk":"focal-point","member":"MK","object":"r-0","outcome":"done",` +
		`"purpose":"assistance","role":"case-manager","time":1795435200000000,"user":"u-ana","verb":"did"}`
	if string(p.Data) != want {
		t.Errorf("payload %s\nwant    %s", p.Data, want)
	}
	e, err := audit.ParseEntry(p.Data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := e.Payload()
	if err != nil || !bytes.Equal(again, p.Data) {
		t.Errorf("re-encodes as %s, %v", again, err)
	}
}

func TestEntryRefusesWords(t *testing.T) {
	good := audit.Did(ana, "case.open", "c-1").At(1)
	for name, c := range map[string]struct {
		e    audit.Entry
		kind fault.Kind
	}{
		"no time":         {audit.Did(ana, "case.open", "c-1"), fault.Invalid},
		"no role":         {audit.Did(access.Actor{Member: "MK"}, "case.open", "c-1").At(1), fault.Invalid},
		"no member":       {audit.Did(access.Actor{Role: access.TheNode}, "case.open", "c-1").At(1), fault.Invalid},
		"no action":       {audit.Did(ana, "", "c-1").At(1), fault.Invalid},
		"words":           {good.For("she told us"), fault.Invalid},
		"name":            {audit.Did(ana, "case.open", "Ана").At(1), fault.Invalid},
		"line":            {good.In("c-1\n"), fault.Invalid},
		"too much sealed": {good.With(make([]byte, audit.MaxPayload)), fault.TooLarge},
	} {
		m := newMemory()
		if _, err := audit.Append(context.Background(), m, rand.NewChaCha8([32]byte{}), good, c.e); !fault.Is(err, c.kind) {
			t.Errorf("%s: got %v, want %v", name, err, c.kind)
		}
		if len(m.heads)+len(m.payloads) != 0 {
			t.Errorf("%s: something was appended", name)
		}
	}
	failed := good.Ended(fault.New(fault.Denied, "x.y"))
	if failed.Outcome != "denied" || good.Ended(nil).Outcome != audit.OutcomeDone {
		t.Errorf("outcome %q", failed.Outcome)
	}
	if audit.Saw(ana, "case.open", "c-1").Verb != audit.VerbSaw {
		t.Error("what was seen is not recorded as seen")
	}
}

func TestFailingRandomAppendsNothing(t *testing.T) {
	m := newMemory()
	_, err := audit.Append(context.Background(), m, bytes.NewReader(make([]byte, 15)), audit.Did(ana, "case.open", "c").At(1))
	if !fault.Is(err, fault.Internal) || len(m.heads) != 0 {
		t.Errorf("got %v with %d heads", err, len(m.heads))
	}
}

// TestLikeXMod drives random appends, paddings, epochs and erasures, and compares every root and proof
// with those of x/mod on its own full storage.
func TestLikeXMod(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		n := network(t, "MK")["MK"]
		ref := &reference{}
		epoch := int64(1)
		follow := func() {
			v := n.look()
			for ref.size < v.End().Index() {
				l, err := v.LeafAt(ctx, audit.At(epoch, ref.size))
				if err != nil {
					rt.Fatal(err)
				}
				ref.add(t, l)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				for i, r := range n.do(rapid.IntRange(1, 120).Draw(rt, "entries")) {
					if want := audit.At(epoch, ref.size+int64(i)); r.At != want {
						rt.Fatalf("entry went to %d, want %d", r.At, want)
					}
				}
				follow()
			},
			"publish": func(rt *rapid.T) {
				if len(n.heads) == 0 {
					rt.Skip()
				}
				c := n.publish()
				follow()
				if c.At.Index()%64 != 0 {
					rt.Fatalf("published size %d", c.At.Index())
				}
			},
			"begin": func(rt *rapid.T) {
				if len(n.heads) == 0 {
					rt.Skip()
				}
				if _, err := audit.Begin(ctx, n, n, n.rand, n.log, "MK", audit.State{}, n.now()); err != nil {
					rt.Fatal(err)
				}
				epoch++
				*ref = reference{}
				follow()
			},
			"": func(rt *rapid.T) {
				if ref.size == 0 {
					return
				}
				v := n.look()
				size := rapid.Int64Range(1, ref.size).Draw(rt, "size")
				old := rapid.Int64Range(1, size).Draw(rt, "old")
				leaf := rapid.Int64Range(0, size-1).Draw(rt, "leaf")
				root, err := v.Root(ctx, audit.At(epoch, size))
				want, _ := tlog.TreeHash(size, ref)
				if err != nil || root != want {
					rt.Fatalf("root at %d of %d: %v, %v; want %v", size, ref.size, root, err, want)
				}
				proof, err := v.Extends(ctx, audit.At(epoch, size), old)
				wantTree, _ := tlog.ProveTree(size, old, ref)
				if err != nil || !cmp.Equal([]tlog.Hash(proof), []tlog.Hash(wantTree)) {
					rt.Fatalf("proof %d to %d: %v, %v", old, size, proof, err)
				}
				p, err := v.Prove(ctx, audit.At(epoch, leaf), audit.Checkpoint{At: audit.At(epoch, size)}, nil)
				wantLeaf, _ := tlog.ProveRecord(size, leaf, ref)
				if err != nil || !cmp.Equal([]tlog.Hash(p.Hashes), []tlog.Hash(wantLeaf)) {
					rt.Fatalf("proof of %d in %d: %v, %v", leaf, size, p, err)
				}
			},
		})
		if len(n.heads) == 0 {
			return
		}
		if r := n.verify(); !r.OK() || r.Entries+r.Padded != r.Leaves || r.Missing != 0 || r.Epochs != epoch {
			rt.Fatalf("verify: %+v", r)
		}
	})
}

func TestPlacesBeyondAreMissing(t *testing.T) {
	ctx := context.Background()
	n := network(t, "MK")["MK"]
	if _, err := audit.Look(ctx, n); !fault.Is(err, fault.NotFound) {
		t.Errorf("an empty log: %v", err)
	}
	if _, err := audit.Publish(ctx, n, n, n.rand, n.log, "MK", n.now()); !fault.Is(err, fault.NotFound) {
		t.Errorf("publishing an empty log: %v", err)
	}
	n.do(20)
	v := n.look()
	for _, at := range []audit.Place{audit.At(1, 21), audit.At(2, 1), audit.At(0, 1)} {
		if _, err := v.Root(ctx, at); !fault.Is(err, fault.NotFound) {
			t.Errorf("root at %d: %v", at, err)
		}
	}
	if _, err := v.Extends(ctx, audit.At(1, 10), 11); !fault.Is(err, fault.NotFound) {
		t.Errorf("a proof backwards: %v", err)
	}
	if _, err := v.LeafAt(ctx, audit.At(1, 20)); !fault.Is(err, fault.NotFound) {
		t.Errorf("leaf 20 of 20: %v", err)
	}
}

func TestPublishTwiceIsTheSame(t *testing.T) {
	n := network(t, "MK")["MK"]
	n.do(5)
	a := n.publish()
	b := n.publish()
	if diff := cmp.Diff(a, b); diff != "" || len(n.checkpoints) != 1 {
		t.Errorf("%d checkpoints, %s", len(n.checkpoints), diff)
	}
}

// TestPayloadIsCanonical: the payload written by hand is what package frame writes.
func TestPayloadIsCanonical(t *testing.T) {
	code := rapid.StringMatching(`[!#-\[\]-~]{0,20}`)
	rapid.Check(t, func(rt *rapid.T) {
		e := audit.Entry{
			Time: frame.Time(rapid.Int64Range(1, frame.MaxInt-1).Draw(rt, "time")),
			Verb: rapid.SampledFrom([]audit.Verb{audit.VerbDid, audit.VerbSaw}).Draw(rt, "verb"), Action: "a.b",
			Object: code.Draw(rt, "object"), User: id.User(code.Draw(rt, "user")), Role: "r", Desk: id.Desk(code.Draw(rt, "desk")),
			Member: "MK", Purpose: code.Draw(rt, "purpose"), Case: id.Case(code.Draw(rt, "case")), Manifest: code.Draw(rt, "manifest"),
			Outcome: "done", Sealed: rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(rt, "sealed"),
		}
		got, err := e.Payload()
		want, wantErr := frame.Encode(e)
		if err != nil || wantErr != nil || !bytes.Equal(got, want) {
			rt.Fatalf("%s, %v; frame writes %s, %v", got, err, want, wantErr)
		}
	})
}

func TestNewest(t *testing.T) {
	ctx := context.Background()
	nodes := network(t, "MK", "RS", "AL")
	mk := nodes["MK"]
	mk.do(1)
	if _, err := audit.Newest(ctx, mk); !fault.Is(err, fault.NotFound) {
		t.Errorf("none: %v", err)
	}
	witnessed := mk.publish()
	mk.witnessedBy(witnessed, nodes["RS"], nodes["AL"])
	mk.do(70)
	half := mk.publish()
	mk.witnessedBy(half, nodes["RS"])
	for _, more := range []int{0, 5000, 70000} {
		if more > 0 {
			mk.do(more)
		}
		if c, err := audit.Newest(ctx, mk); err != nil || c != half {
			t.Errorf("%d later: %+v, %v", more, c, err)
		}
		if c, by, err := audit.NewestWitnessed(ctx, mk, "MK", 2); err != nil || c != witnessed || len(by) != 2 {
			t.Errorf("%d later, witnessed: %+v by %v, %v", more, c, by, err)
		}
	}
	if _, _, err := audit.NewestWitnessed(ctx, mk, "MK", 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("witnessed by three of two: %v", err)
	}
	if _, err := audit.Begin(ctx, mk, mk, mk.rand, mk.log, "MK", audit.State{}, mk.now()); err != nil {
		t.Fatal(err)
	}
	if c, err := audit.Newest(ctx, mk); err != nil || c != half {
		t.Errorf("in a new epoch: %+v, %v", c, err)
	}
}

// TestPaddingIsAsSpecified computes the leaves of a run of padding as spec/audit-log.md, section 3, says.
func TestPaddingIsAsSpecified(t *testing.T) {
	n := network(t, "MK")["MK"]
	n.do(60)
	n.publish()
	run := n.payloads[60]
	if string(run.Data) != `{"pad":4}` || len(n.payloads) != 61 {
		t.Fatalf("%s in %d payloads", run.Data, len(n.payloads))
	}
	for j := range byte(4) {
		salt := run.Salt
		if j > 0 {
			sum := sha256.Sum256(append(append([]byte("opentrm/audit/pad/1"), run.Salt...), j))
			salt = sum[:16]
		}
		got, err := n.look().LeafAt(context.Background(), run.At+audit.Place(j))
		if want := sha256.Sum256(append(bytes.Clone(salt), run.Data...)); err != nil || got != want {
			t.Errorf("leaf %d is %x, want %x, %v", j, got, want, err)
		}
	}
}
