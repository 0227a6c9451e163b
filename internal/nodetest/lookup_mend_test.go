package nodetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// losing takes the share of a member away, as a failure of its machine might.
func losing(t *testing.T, x *nodetest.Node) {
	t.Helper()
	ctx := t.Context()
	if err := store.Writer[lookup.Tx](x.DB)(ctx, audit.Did(access.Node(x.Member), access.ContinueLookup, "lost"), func(tx lookup.Tx) error {
		p, err := tx.LookupPiece(ctx, "secret")
		if err != nil {
			return err
		}
		var kept lookup.Secret
		if err := frame.Decode(p.Value, 1<<20, &kept); err != nil {
			return err
		}
		kept.Share = seal.Blob{}
		if p.Value, err = frame.Encode(kept); err != nil {
			return err
		}
		return tx.SetLookupPiece(ctx, p)
	}); err != nil {
		t.Fatal(err)
	}
}

// tended lets the nodes work through some hours.
func tended(n *nodetest.Net, hours int) {
	for range hours {
		n.Run()
		n.Clock.Advance(time.Hour)
	}
	n.Run()
}

// TestAShareIsMendedBetweenNodes: a member whose share is gone gets it again from three others, with nobody signed in: it is the share that it had, and the next question is answered with
// it. One that was off while the shares were refreshed gets the new one, and holds again after the next refresh.
func TestAShareIsMendedBetweenNodes(t *testing.T) {
	t.Run("off for twenty days, whose call comes after the pages of its run", func(t *testing.T) { mendedAfter(t, 4) })
	t.Run("off for thirty, when nobody carries the call any more", func(t *testing.T) { mendedAfter(t, 6) })
}

func mendedAfter(t *testing.T, steps int) {
	members := []id.Member{"AL", "BA", "BG", "MD", "MK", "RS"}
	n := lookups(t, members...)
	made(t, n, "MD", members...)
	rs := n.Node("RS")
	_, before := robbed(t, rs)
	losing(t, rs)
	if st := secretAt(t, n, "RS"); st.Holds {
		t.Fatal("it is not lost")
	}
	n.Node("AL").Stop() // three others suffice
	tended(n, 2)
	if _, after := robbed(t, rs); string(after.Append(nil)) != string(before.Append(nil)) {
		t.Error("another share than was lost")
	}
	n.Node("AL").Start()

	rs.Stop()
	n.Clock.Advance(lookup.RefreshAfter)
	for range steps { // the refresh ends without it
		n.Run()
		n.Clock.Advance(lookup.StepTime)
	}
	if st := secretAt(t, n, "MD"); st.Round != 1 || len(st.Holders) != 5 {
		t.Fatalf("the refresh came to %+v", st)
	}
	rs.Start()
	tended(n, 30)
	if st := secretAt(t, n, "RS"); !st.Holds || st.Round != 1 {
		t.Errorf("it was off, and has %+v", st)
	}
	n.Clock.Advance(lookup.RefreshAfter)
	tended(n, 40)
	if got, want := settled(t, n, members...), fmt.Sprint(1, 2, members, true); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, m := range members {
		if logs := n.Node(m).Logs.String(); strings.Contains(logs, "mended-falsely") {
			t.Errorf("%s names somebody: %s", m, logs)
		}
	}
}

// TestWhoLeavesTakesNothingAlong: when a member that has a share leaves the network, the others make another secret by themselves, and what it kept is worth nothing. What is asked
// and found goes on with it, once each desk has made its people findable anew.
func TestWhoLeavesTakesNothingAlong(t *testing.T) {
	a := newAsking(t, "AL", "BA", "BG", "MD", "MK", "RS")
	here := []id.Member{"BA", "BG", "MD", "MK", "RS"}
	a.file("MD", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12}))
	a.attend("MD")
	next := member.Roster{Network: nodetest.Network, Root: a.Roster.Roster.Root}
	for _, m := range a.Roster.Roster.Members {
		if m.ID == "AL" { // which called for the secret
			m.Status = member.Suspended
		}
		next.Members = append(next.Members, m)
	}
	_, old := robbed(t, a.Node("AL"))
	signed := a.Sign(&a.Roster.Roster, next)
	for _, m := range here {
		_, err := a.Node(m).Members.Import(t.Context(), nodetest.Console(m), signed)
		a.must(err)
	}
	a.Node("AL").Stop()
	a.Clock.Advance(lookup.StepTime) // after the last run
	tended(a.Net, 30)
	for _, m := range here {
		if st := secretAt(t, a.Net, m); st.Epoch != 2 || len(st.Holders) != 5 || !st.Holds {
			t.Fatalf("%s has %+v", m, st)
		}
	}
	a.attend("MD")
	c, given := a.file("MK", named("Cyrl", "Јелена", "Измислена", person.Birth{Year: 1999, Month: 4, Day: 12}))
	a.ask("MK", c.ID, given.ID)
	a.Run()
	a.attend("MK")
	if hits, err := a.Node("MD").Lookups.Hits(t.Context(), a.Node("MD").As("ana").Actor); err != nil || len(hits) != 1 {
		t.Errorf("MD has %+v, %v", hits, err)
	}
	g, own := robbed(t, a.Node("MD"))
	_, second := robbed(t, a.Node("RS"))
	old.Epoch, old.Round = g.Epoch, g.Round // as a thief would say
	her := veil.Person{Given: "Jelena", Family: "Izmislena", Birth: veil.Birth{Year: 1999, Month: 4, Day: 12}, Nationality: "MD"}
	if n := found(t, a.Node("MD"), g, her, old, own, second); n > 0 {
		t.Errorf("the share of who left finds her by %d tags", n)
	}
}
