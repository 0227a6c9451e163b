package peer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// refusalsAreLogged fails unless the audit log of a node says of each envelope that was answered by a refusal why that was.
func refusalsAreLogged(t *testing.T, x *nodetest.Node, all []spoilt) {
	t.Helper()
	why := map[string]int{}
	for from, more := audit.At(1, 0), true; more; {
		list, next, err := x.Audit.Entries(t.Context(), x.As("oto").Actor, from, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			why[l.Entry.Purpose]++
		}
		more, from = next > from && len(list) > 0, next
	}
	for _, c := range all {
		if code, refused := strings.CutPrefix(c.want, "receipt refused "); refused {
			if why["refused."+code]--; why["refused."+code] < 0 {
				t.Errorf("%s: the audit log does not say that it was refused for %s", c.name, code)
			}
		}
	}
}

// forks returns the references of what the people of a node have to look at because two versions of it were signed.
func forks(t *testing.T, x *nodetest.Node) (all []string) {
	t.Helper()
	if err := store.Reader[task.Tx](x.DB)(t.Context(), func(tx task.Tx) error {
		all = nil
		for _, realm := range []access.Realm{access.Assistance, access.Office} {
			some, err := tx.Tasks(t.Context(), task.Wanted{Realm: realm, State: task.Open, Kind: "member.fork", Limit: 100})
			if err != nil {
				return err
			}
			for _, k := range some {
				all = append(all, k.Reference)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// looked lets the reminders look, and fails unless there is one thing to look at for each beginning of a reference.
func looked(t *testing.T, n *nodetest.Net, x *nodetest.Node, want ...string) {
	t.Helper()
	n.Clock.Advance(11 * time.Minute)
	n.Run()
	got := forks(t, x)
	for i, w := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], w) {
			t.Errorf("there is to look at %q, want %q", got, want)
		}
	}
	if len(got) != len(want) {
		t.Errorf("there is to look at %q, want %q", got, want)
	}
}

// TestForkedSheet: a disputed desk sheet is looked at until a newer one is held.
func TestForkedSheet(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	entry := audit.Did(access.Node("MK"), access.SheetDesk, "MD")
	if err := store.Writer[member.Tx](mk.DB)(t.Context(), entry, func(tx member.Tx) error {
		held, err := tx.Sheets(t.Context(), "MD", 1)
		if err != nil {
			return err
		}
		held[0].Disputed = true // as member.TakeSheet leaves it
		return tx.SetSheet(t.Context(), held[0])
	}); err != nil {
		t.Fatal(err)
	}
	looked(t, n, mk, "sheet-md-")
	md.PublishSheet()
	looked(t, n, mk)
}

// TestEvidenceOfAForkedLogIsPublished: whoever finds two histories tells all others, once, and they judge for themselves.
func TestEvidenceOfAForkedLogIsPublished(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"))
	md, mk, rs := n.Node("MD"), n.Node("MK"), n.Node("RS")
	tell := func(r *raider, k envelope.Kind, note string) string {
		t.Helper()
		s := sealing(t, n, "MD", r.to.Member)
		body, err := envelope.EncodeBody(envelope.NoteBody{Note: note})
		if err != nil {
			t.Fatal(err)
		}
		s.Header.Sheet, s.Content = 0, nil
		s.Control = envelope.Control{Kind: k, Categories: []string{}, Body: body}
		got, _ := r.push(sealed(t, s))
		return got
	}
	kept := func(x *nodetest.Node) []string {
		t.Helper()
		all, err := x.Audit.Forks(t.Context(), x.As("oto").Actor)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	told := func() int {
		t.Helper()
		return strings.Count(rs.Logs.String(), `"alarm":"audit.fork"`)
	}
	toMK := as(t, md, mk)
	for size := int64(1 << 20); size < 1<<20+6; size++ {
		for twice := range 3 {
			request := audit.Request{Note: checkpoint(t, md, "MD", size, byte(min(twice, 1)))}
			if got := tell(toMK, envelope.Checkpoint, request.Text()); got != "receipt delivered" {
				t.Fatalf("%d: %q", size, got)
			}
		}
		n.Run()
	}
	if all := kept(mk); len(all) != 6 {
		t.Fatalf("MK has kept %q", all)
	}
	all := kept(rs)
	if len(all) != audit.MostTold || told() != audit.MostTold {
		t.Fatalf("RS was told %d times and keeps %q", told(), all)
	}
	if got := forks(t, rs); len(got) != 1 || !strings.HasPrefix(got[0], "log-md-") {
		t.Errorf("the coordinator of RS has to look at %q", got)
	}
	if got := kept(md); len(got) != audit.MostTold {
		t.Errorf("MD was told %q", got)
	}

	// Nobody is believed without evidence.
	same := audit.Fork{Member: "MK", First: checkpoint(t, mk, "MK", 64, 1), Second: checkpoint(t, mk, "MK", 64, 1)}
	if got := tell(as(t, md, rs), envelope.Consistency, same.Text()); got != "receipt refused not-permitted" {
		t.Errorf("two that are the same: %q", got)
	}
	if got := tell(as(t, md, rs), envelope.Consistency, "fork MK\n"); got != "receipt refused body" {
		t.Errorf("no evidence: %q", got)
	}
	if got := kept(rs); len(got) != audit.MostTold {
		t.Errorf("RS keeps %q", got)
	}
}
