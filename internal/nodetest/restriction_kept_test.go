package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
)

// TestWhatSheWantsKeptIsErasedByNobody: she needs her file for a claim, or does not want it erased though it was wrongly recorded. Its
// period is over, and its desk would erase it too. It stays, with its reason beside what is due, also where she asked for it after two
// people had begun to erase it; once the restriction is lifted it goes.
func TestWhatSheWantsKeptIsErasedByNobody(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	k.state("case-file", 6)
	claims, later, plain := k.closed("ana"), k.closed("ana"), k.closed("ana")
	wants := func(c casefile.Case, ground string) restriction.Restriction {
		t.Helper()
		r, err := k.Restrictions.Place(ctx, k.As("ana").Actor, string(c.Reference), restriction.Saying{Code: ground, Words: "an invented wish"})
		k.must(err)
		return r
	}
	first := wants(claims, "claims")
	k.Net.Clock.Advance(190 * 24 * time.Hour)
	k.Net.Run()

	k.refused("erased by its desk", k.Cases.Erase(ctx, k.As("ana").Actor, claims.ID), fault.Conflict, "restriction.keeps")
	due, err := k.Retention.Preview(ctx, k.As("dora").Actor)
	k.must(err)
	if len(due.Due) != 2 || len(due.Left) != 1 || due.Left[0].ID != string(claims.ID) || due.Left[0].Reason != retention.LeftUnused {
		t.Fatalf("due %+v, left %+v", due.Due, due.Left)
	}
	p, err := k.Retention.Propose(ctx, k.As("dora").Actor)
	k.must(err)
	second := wants(later, "unlawful") // between the two
	p, err = k.Retention.Confirm(ctx, k.As("nada").Actor, p.ID, p.Digest)
	k.must(err)
	if len(p.Left) != 1 || p.Left[0].Reason != retention.LeftUnused {
		t.Errorf("left %+v", p.Left)
	}
	for c, want := range map[*casefile.Case]casefile.State{&claims: casefile.Closed, &later: casefile.Closed, &plain: casefile.Erased} {
		if is := k.stateOf(*c); is != want {
			t.Errorf("%s is %s, want %s", c.Reference, is, want)
		}
	}
	for _, r := range []restriction.Restriction{first, second} {
		k.lift(r)
	}
	k.must(k.Cases.Erase(ctx, k.As("ana").Actor, claims.ID))
	p, err = k.Retention.Propose(ctx, k.As("dora").Actor)
	k.must(err)
	_, err = k.Retention.Confirm(ctx, k.As("nada").Actor, p.ID, p.Digest)
	k.must(err)
	for _, c := range []casefile.Case{claims, later} {
		if is := k.stateOf(c); is != casefile.Erased {
			t.Errorf("after it was lifted %s is %s", c.Reference, is)
		}
	}
}
