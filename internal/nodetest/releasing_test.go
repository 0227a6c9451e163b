package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/task"
)

// TestTheSecondPersonOfAReleaseIsAsked: a release by order is a task of the desk with a clock that climbs; it ends when the second person agrees, when
// the release is taken back and when the case is erased. What she consented to is nobody's task, and the prosecution sees none of it.
func TestTheSecondPersonOfAReleaseIsAsked(t *testing.T) {
	const kind = "release.approve"
	n, mk := office(t)
	ctx := t.Context()
	mk.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	c, err := mk.Cases.Open(ctx, mk.As("mira"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	order := func() casefile.Release {
		t.Helper()
		r, err := mk.Cases.ByOrder(ctx, mk.As("mira"), casefile.Releasing{
			Case: c.ID, To: "prosecution", Order: "Basic Court Skopje, 11/2026, art. 287", Categories: []consent.Code{"identity.names"}, Category: "victim", Handling: "evidence-allowed",
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	none := func(why string) {
		t.Helper()
		if left := tasks(t, mk, kind); len(left) != 0 {
			t.Errorf("%s, and still asked for: %+v", why, left)
		}
	}
	r := order()
	got := one(t, mk, kind)
	if got.Desk != "shelter" || got.Object != string(r.ID) || got.Reference != string(c.Reference) || got.Realm != access.Assistance || got.Due <= n.Now() || got.Due > n.Now().Add(5*24*time.Hour) {
		t.Errorf("asked for: %+v", got)
	}
	if seen, err := mk.Tasks.List(ctx, mk.As("petar").Actor, task.Filter{}); err != nil || len(seen) != 0 {
		t.Errorf("the prosecution sees %+v, %v", seen, err)
	}
	n.Clock.Advance(got.Due.Time().Sub(n.Clock.Now()) + time.Minute)
	n.Run()
	step(t, mk, kind, task.AtDeputy)
	if _, err := mk.Cases.ApproveRelease(ctx, mk.As("vera"), r.ID); err != nil {
		t.Fatal(err)
	}
	none("agreed to")
	r = order()
	one(t, mk, kind)
	if _, err := mk.Cases.WithdrawRelease(ctx, mk.As("vera").Actor, r.ID); err != nil {
		t.Fatal(err)
	}
	none("taken back")
	order()
	one(t, mk, kind)
	shown, err := mk.Cases.Show(ctx, mk.As("mira"), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mk.Cases.Close(ctx, mk.As("mira"), c.ID, shown.Case.Version, casefile.Closure{Reason: "needs-met", Date: n.Clock.Now().Format(time.DateOnly), Action: "erase"}); err != nil {
		t.Fatal(err)
	}
	if err := mk.Cases.Erase(ctx, mk.As("mira").Actor, c.ID); err != nil {
		t.Fatal(err)
	}
	none("erased")
}
