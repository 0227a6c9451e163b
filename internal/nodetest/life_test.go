package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
)

// write lets ana of one member write to the focal point of another.
func write(t *testing.T, from *nodetest.Node, to id.Member) {
	t.Helper()
	if _, err := from.Messages.Compose(t.Context(), from.As("ana"), message.Draft{
		To: id.Address{Member: to, Desk: "focal-point"}, Language: "en", Text: "good morning", Basis: "cets-197-11",
	}); err != nil {
		t.Fatal(err)
	}
}

// read lets ana of a member open everything, and returns how many messages there are.
func read(t *testing.T, at *nodetest.Node) int {
	t.Helper()
	ana, n := at.As("ana"), 0
	threads, err := at.Messages.Threads(t.Context(), ana.Actor, message.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range threads {
		list, err := at.Messages.Messages(t.Context(), ana.Actor, th.ID, message.Message{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if _, err := at.Messages.Open(t.Context(), ana, m.ID); err != nil {
				t.Fatalf("%s: %v", at.Member, err)
			}
			n++
		}
	}
	return n
}

// rotate gives a node new keys of every use, and everybody a roster that lists both.
func rotate(t *testing.T, n *nodetest.Net, x *nodetest.Node) {
	t.Helper()
	for _, use := range keyring.NodeKeyUses() {
		if _, err := x.NodeKeys.Rotate(t.Context(), nodetest.Console(x.Member), use); err != nil {
			t.Fatal(err)
		}
	}
	line, err := x.Line(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next := member.Roster{Network: nodetest.Network, Root: n.Roster.Roster.Root}
	for _, m := range n.Roster.Roster.Members {
		if m.ID == x.Member {
			authority := m.Keys.Authority
			m.Keys, m.Keys.Authority = line.Keys, authority
		}
		next.Members = append(next.Members, m)
	}
	signed := n.Sign(&n.Roster.Roster, next)
	for _, x := range n.Nodes {
		if changed, err := x.Members.Import(t.Context(), nodetest.Console(x.Member), signed); err != nil || !changed {
			t.Fatalf("%s: %v, %v", x.Member, changed, err)
		}
	}
}

// TestEveryNodeKeyRotates: a node gets new keys of every use, the roster lists both, and what was on its way arrives.
func TestEveryNodeKeyRotates(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	n.CutAll(true)
	write(t, md, "MK") // sealed to the old control key
	n.Clock.Advance(time.Minute)
	old := mk.Keys()
	rotate(t, n, mk)
	n.CutAll(false)
	n.Clock.Advance(2 * time.Hour)
	n.Run()
	now := mk.Keys()
	if now.Envelope.Public() == old.Envelope.Public() || now.TLS.Public() == old.TLS.Public() || now.Control.Public() == old.Control.Public() {
		t.Error("MK works with the old keys")
	}
	write(t, mk, "MD")
	n.Run()
	for _, x := range n.Nodes {
		if got := read(t, x); got != 2 {
			t.Errorf("%s reads %d messages, want 2\n%s", x.Member, got, x.Logs)
		}
	}
}

// TestRestoreOfYesterday: a node that lost a day gets back what it was sent, knows what it had sent, and begins a new
// epoch of its log.
func TestRestoreOfYesterday(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	write(t, md, "MK")
	n.Run()
	var content, keys bytes.Buffer
	if _, err := mk.Backups.Make(t.Context(), nodetest.Console("MK"), &content, &keys); err != nil {
		t.Fatal(err)
	}
	n.Clock.Advance(12 * time.Hour)
	write(t, md, "MK")
	write(t, mk, "MD")
	n.Run()
	if got := read(t, mk); got != 3 {
		t.Fatalf("MK reads %d messages before, want 3", got)
	}
	n.Clock.Advance(12 * time.Hour)
	mk.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	n.Run()
	n.Clock.Advance(time.Hour)
	n.Run()
	if got := read(t, mk); got != 2 { // its own lost words cannot come back: only MD has them
		t.Errorf("MK reads %d messages after the restore, want 2\n%s", got, mk.Logs)
	}
	write(t, mk, "MD")
	n.Run()
	if got := read(t, md); got != 4 {
		t.Errorf("MD reads %d messages, want 4", got)
	}
	var epochs []audit.Head
	if err := store.Reader[audit.Reader](mk.DB)(t.Context(), func(r audit.Reader) (err error) {
		epochs, err = r.AuditHeads(t.Context())
		return err
	}); err != nil || len(epochs) != 2 {
		t.Errorf("%d epochs, %v", len(epochs), err)
	}
	var observed audit.Observed
	if err := store.Reader[audit.WitnessTx](md.DB)(t.Context(), func(tx audit.WitnessTx) (err error) {
		observed, err = tx.AuditObserved(t.Context(), "MK")
		return err
	}); err != nil || observed.Epoch != 2 {
		t.Errorf("MD follows epoch %d, want 2, %v", observed.Epoch, err)
	}
}

// TestAKilledNodeGoesOnAtOnce: the leases of a node that was killed do not hold itself back when it is started again.
func TestAKilledNodeGoesOnAtOnce(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	if _, err := md.Work.Tick(t.Context()); err != nil { // takes every lease and gives none back
		t.Fatal(err)
	}
	md.Stop()
	md.Start()
	write(t, md, "MK")
	if _, err := md.Work.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, mk); got != 1 {
		t.Errorf("MK reads %d messages, want 1\n%s", got, md.Logs)
	}
}

// TestStartAndClose lets nodes work by themselves, in their own time, and ends them.
func TestStartAndClose(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	write(t, md, "MK")
	for _, x := range n.Nodes {
		x.Unattended()
	}
	arrived := time.NewTicker(20 * time.Millisecond)
	defer arrived.Stop()
	for deadline := time.After(20 * time.Second); ; {
		select {
		case <-deadline:
			t.Fatalf("nothing arrives\n%s", md.Logs)
		case <-arrived.C:
		}
		if read(t, mk) == 1 {
			return
		}
	}
}
