package peer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
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
