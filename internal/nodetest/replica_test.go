package nodetest_test

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// door stands before the replicas of a node, as the balancer of a ministry does: the roster names its address, and it hands
// each connection to the next of them.
type door struct {
	mu     sync.Mutex
	open   map[seat]string // where each replica answers
	next   int
	handed map[seat]int // connections that each replica was given
}

func (d *door) set(at seat, address string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[at] = address; address == "" {
		delete(d.open, at)
	}
}

// pick returns the replica whose turn it is, of those that are up.
func (d *door) pick(all []seat) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for range all {
		at := all[d.next%len(all)]
		if d.next++; d.open[at] != "" {
			d.handed[at]++
			return d.open[at]
		}
	}
	return ""
}

// serve hands connections over until the test ends.
func (d *door) serve(t *testing.T, address string, all []seat) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.DialTimeout("tcp", d.pick(all), time.Second)
			if err != nil { // none is up, or it has just been killed
				_ = c.Close()
				continue
			}
			hand := func(to, from net.Conn) {
				_, _ = io.Copy(to, from) // whichever end breaks it off
				_ = to.Close()
				_ = from.Close()
			}
			open.Go(func() { hand(c, there) })
			open.Go(func() { hand(there, c) })
		}
	})
}

// TestReplicasOverOneDatabase lets three processes, started at the same moment, be the node of one member over one database,
// each with people at the same desk and a rude line to another member. They are killed in the middle of their work, one of
// them for good. What each of them had in hand is done by the others: both ends of every referral hold the same events,
// nothing is lost and nothing has happened twice.
func TestReplicasOverOneDatabase(t *testing.T) {
	const each, rounds = 16, 8
	pg := storetest.NewPostgres(t)
	w := newWeather(t, 20261129)
	w.found(demo.Plan{Members: []id.Member{"MD", "MK"}, Config: func(m id.Member, c node.Config) node.Config {
		if m == "MK" {
			c.URL, c.Owner = pg.URL, pg.Owner
		}
		return c
	}})
	replicas := []seat{"MK", "MK-2", "MK-3"}
	d := &door{open: map[seat]string{}, handed: map[seat]int{}}
	d.serve(t, w.lives["MK"].Peer, replicas)
	for i, at := range replicas {
		l := *w.lives["MK"]
		l.Peer = "127.0.0.1:0"
		if i > 0 {
			l.Dir = fmt.Sprintf("%s-%d", w.lives["MD"].Dir, i+1)
		}
		w.lives[at] = &l
	}
	for _, at := range replicas {
		w.launch(at)
	}
	for _, at := range replicas {
		d.set(at, w.hear(at).Peers)
	}
	w.start("MD")
	w.sayAll(order{Do: "make", N: each})
	acts := map[seat]int{}
	for round := range rounds {
		w.pass(600 * time.Millisecond)
		at := replicas[(round+1)%len(replicas)]
		acts[at] += w.say(at, order{Do: "rest?"}).Acts
		d.set(at, "")
		w.kill(at)
		if round == rounds-1 {
			delete(w.lives, at) // it never comes back
			break
		}
		d.set(at, w.start(at).Peers)
		w.say(at, order{Do: "make", N: each})
	}
	w.clear(each)
	w.end()
	w.judge("", each)
	for _, at := range replicas {
		if d.handed[at] == 0 || acts[at] == 0 {
			t.Errorf("%s was given %d connections and its people took %d steps: too little was tried", at, d.handed[at], acts[at])
		}
	}
}

// TestEveryReplicaServesEverybody: who signed in at one replica works at another, with her keys; and who signed out is out at all.
func TestEveryReplicaServesEverybody(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MK").OnPostgres())
	mk, ctx := n.Node("MK"), t.Context()
	other := mk.Replica()
	secret := mk.SignIn("ana")
	ana, _, err := other.Signin.Resume(ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	who := demo.Invented()
	file, err := other.Cases.Open(ctx, ana, opening(&who))
	if err != nil {
		t.Fatal(err)
	}
	got, err := mk.Cases.Show(ctx, mk.As("ana"), file.ID)
	if err != nil || got.Person != file.Person {
		t.Errorf("the case that was opened at the other replica is of %s: %v", got.Person, err)
	}
	if err := mk.Signin.SignOut(ctx, mk.As("ana").Actor); err != nil {
		t.Fatal(err)
	}
	if _, _, err := other.Signin.Resume(ctx, secret); !fault.Is(err, fault.Locked) {
		t.Errorf("a session that has ended, at the other replica: %v", err)
	}
}

// TestEveryReplicaLearns: a replica that has no lease takes over the keys that a new roster lists, and what was said of the
// law, though another one has all leases.
func TestEveryReplicaLearns(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MK").OnPostgres(), nodetest.At("MD"))
	mk, ctx := n.Node("MK"), t.Context()
	other := mk.Replica()
	old := other.Keys()
	if err := mk.Profile.State(ctx, mk.As("ada").Actor, "draft", profile.Length{N: 3, Unit: profile.Days}, "Fictitious Act", "art. 1"); err != nil {
		t.Fatal(err)
	}
	n.Clock.Advance(time.Minute)
	rotate(t, n, mk)
	n.Clock.Advance(time.Hour)
	n.Run()
	if _, err := other.Work.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	if now := other.Keys(); now.Envelope.Public() == old.Envelope.Public() || now.Envelope.Public() != mk.Keys().Envelope.Public() || now.TLS.Public() != mk.Keys().TLS.Public() {
		t.Error("the other replica works with the old keys")
	}
	if kept, err := other.Law().Keeps("MK", "draft"); err != nil || kept.Period == nil || kept.Period.N != 3 {
		t.Errorf("the other replica keeps drafts %+v, %v", kept.Period, err)
	}
	settled := 0
	if err := mk.Audit.Read(ctx, func(r audit.Reader) error {
		all, err := r.AuditPayloads(ctx, audit.At(1, 0), audit.At(2, 0), 5000)
		for _, p := range all {
			if e, err := audit.ParseEntry(p.Data); err == nil && e.Action == access.RotateKey && e.Purpose == "settle" {
				settled++
			}
		}
		return err
	}); err != nil || settled != 1 {
		t.Errorf("the old keys were retired %d times, %v", settled, err)
	}
}
