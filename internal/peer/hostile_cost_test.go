package peer_test

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// cost is what one push has a node do. Openings and signatures are counted where the keys for them are asked for.
type cost struct {
	Keys   int64 // how often the node takes its private keys: to open a control block, to sign a receipt
	Reads  int64 // transactions that only read
	Writes int64 // transactions that others wait for
	Leaves int64 // entries in the log
	Bytes  int64 // allocated
}

// meter counts what the exchange of a node does. The node does the same as before.
type meter struct {
	node                *nodetest.Node
	keys, reads, writes atomic.Int64
}

func metered(n *nodetest.Node) *meter {
	m := &meter{node: n}
	x := n.Exchange
	keys, read, update := x.Keys, x.Read, x.Update
	x.Keys = func() exchange.Keys {
		m.keys.Add(1)
		return keys()
	}
	x.Read = func(ctx context.Context, f func(exchange.Tx) error) error {
		m.reads.Add(1)
		return read(ctx, f)
	}
	x.Update = func(ctx context.Context, f func(exchange.Tx) error) error {
		m.writes.Add(1)
		return update(ctx, f)
	}
	return m
}

// of returns what the node does during f, without what the measuring itself costs.
func (m *meter) of(t testing.TB, f func()) cost {
	t.Helper()
	leaves := func() int64 {
		var heads []audit.Head
		if err := store.Reader[audit.Reader](m.node.DB)(t.Context(), func(r audit.Reader) (err error) {
			heads, err = r.AuditHeads(t.Context())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return heads[len(heads)-1].Size
	}
	var before, after runtime.MemStats
	first := leaves()
	k, r, w := m.keys.Load(), m.reads.Load(), m.writes.Load()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	c := cost{m.keys.Load() - k, m.reads.Load() - r, m.writes.Load() - w, 0, int64(after.TotalAlloc - before.TotalAlloc)}
	c.Leaves = leaves() - first
	return c
}

// letter is a message that MK takes, of MD.
func letter(t testing.TB, n *nodetest.Net, s envelope.Sealing) envelope.Sealing {
	t.Helper()
	m := id.Random[id.Message](id.Maker{})
	body, err := envelope.EncodeBody(map[string]any{"message": m, "referral": ""})
	if err != nil {
		t.Fatal(err)
	}
	s.Control.Body = body
	s.Content, err = envelope.EncodeBody(map[string]any{
		"schema": "opentrm/message/1", "id": m, "thread": s.Control.Thread, "language": "en", "text": planted,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestARefusalIsCheap bounds by counting what each hostile push has a node do. What nobody has signed opens nothing, signs nothing, keeps
// nothing and makes no other writer wait; what is wrong on the outside is not opened; nothing is opened twice.
func TestARefusalIsCheap(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK").With(func(c *node.Config) {
		c.Limits = peer.Limits{Header: 300 * time.Millisecond, Body: 600 * time.Millisecond}
	}), nodetest.At("RS").Mailbox())
	md, mk := n.Node("MD"), n.Node("MK")
	r, m := as(t, md, mk), metered(mk)
	told := sealed(t, letter(t, n, sealing(t, n, "MD", "MK")))
	push := func(name, want string, b []byte) cost {
		t.Helper()
		c := m.of(t, func() {
			if got, answer := r.push(b); got != want {
				t.Errorf("%s: got %q, want %q\n%s", name, got, want, answer)
			}
		})
		t.Logf("%-32s keys %d, reads %d, writes %d, leaves %d, %d KiB", name, c.Keys, c.Reads, c.Writes, c.Leaves, c.Bytes>>10)
		return c
	}
	push("the first of all", "receipt delivered", sealed(t, letter(t, n, sealing(t, n, "MD", "MK")))) // finds the roster and the line
	good := push("a good one", "receipt delivered", told)
	if good.Keys != 2 || good.Writes != 1 || good.Leaves == 0 {
		t.Fatalf("a good one costs %+v: what is counted has changed", good)
	}
	nothing, unsigned := cost{}, cost{Reads: 1}
	unopened, opened := cost{Keys: 1, Writes: 2, Leaves: 1}, cost{Keys: 2, Reads: 1, Writes: 2, Leaves: 1}
	bounds := map[string]cost{
		"garbage": nothing, "truncated": nothing, "of another sender": nothing, "for another member": nothing,
		"forged": unsigned, "signed with the key of nobody": unsigned,
		"from the future": unopened, "under another roster": unopened,
		"stripped and signed again": opened, "to a desk that is not there": opened, "without a legal basis": opened,
		"to a key that is gone": opened, "to a control key that is gone": opened, "with a checkpoint of another": opened,
		"expired": {Keys: 2, Reads: 1, Writes: 1, Leaves: 1},
	}
	check := func(name string, c, most cost) {
		t.Helper()
		if c.Keys > most.Keys || c.Reads > most.Reads || c.Writes > most.Writes || c.Leaves > most.Leaves || c.Bytes > 2*good.Bytes {
			t.Errorf("%s costs %+v; at most %+v and %d bytes", name, c, most, 2*good.Bytes)
		}
	}
	for _, s := range spoiltOnes(t, n) {
		most, known := bounds[s.name]
		if !known {
			t.Errorf("%s: nothing bounds what it costs", s.name)
		}
		check(s.name, push(s.name, s.want, s.body), most)
	}
	check("replayed", push("replayed", "receipt delivered", told), cost{Keys: 1, Writes: 1})

	// Wrong in two ways: the cheaper one is found first.
	double := sealing(t, n, "MD", "RS")
	double.Signer = seal.NewSign(nil)
	check("for another, forged", push("for another, forged", "invalid exchange.wrong-member", sealed(t, double)), nothing)
	double = sealing(t, n, "MD", "MK")
	double.Header.Roster.Hash, double.ToNode = strings.Repeat("5", 64), seal.NewKEM(nil).Public()
	check("another roster, a gone key", push("another roster, a gone key", "receipt refused roster", sealed(t, double)), unopened)

	// What is too large is refused before it is read, what comes too slowly before it is judged.
	body := &taken{}
	c := m.of(t, func() {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "https://"+mk.PeerAddress()+"/exchange/v1/envelopes/"+strings.Repeat("0", 64), body)
		if err != nil {
			t.Fatal(err)
		}
		q.ContentLength = envelope.MaxEnvelope + 1
		if a, err := r.http.Do(q); err == nil {
			_ = a.Body.Close()
		}
	})
	if body.n.Load() > envelope.MaxEnvelope/2 {
		t.Errorf("%d bytes of what is too large were read", body.n.Load())
	}
	check("oversized", cost{c.Keys, c.Reads, c.Writes, c.Leaves, max(c.Bytes-body.n.Load(), 0)}, nothing)
	t.Logf("oversized: %d of %d KiB sent", body.n.Load()>>10, envelope.MaxEnvelope>>10)
	c = m.of(t, func() {
		line, err := tls.Dial("tcp", mk.PeerAddress(), r.http.Transport.(*http.Transport).TLSClientConfig)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = line.Close() }()
		begin := "PUT /exchange/v1/envelopes/" + strings.Repeat("0", 64) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
		if _, err := line.Write(append([]byte(begin), told[:len(told)/2]...)); err != nil {
			t.Fatal(err)
		}
		if err := line.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(line)
	})
	check("slow", cost{c.Keys, c.Reads, c.Writes, c.Leaves, 0}, nothing) // most of the bytes are those of our own handshake
	if got := read(t, mk); got != 2 {
		t.Errorf("MK reads %d messages, want 2", got)
	}
}

// taken counts what is read of it; it does not end.
type taken struct{ n atomic.Int64 }

func (b *taken) Read(p []byte) (int, error) {
	b.n.Add(int64(len(p)))
	return len(p), nil
}
