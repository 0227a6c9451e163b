package nodetest_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/person"
)

// TestProsecutorsAskAboutThings: a telephone that is written in one file of the prosecution as people there write it is found when a prosecutor of another country asks, in
// the realm of the prosecution alone: the desks that help people are told nothing, and keep no things.
func TestProsecutorsAskAboutThings(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	ctx := t.Context()
	for _, m := range []id.Member{"MD", "MK"} {
		x := a.Node(m)
		x.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
		x.Join("prosecution", "paula", access.Prosecutor, "petar")
		x.PublishSheet()
	}
	a.Run()
	file := func(m id.Member, written lookup.Thing) (casefile.Case, lookup.Thing) {
		x := a.Node(m)
		c, err := x.Cases.Open(ctx, x.As("petar"), casefile.Opening{AgeClass: person.Adult})
		a.must(err)
		thing, err := x.Lookups.Note(ctx, x.As("petar"), c.ID, written)
		a.must(err)
		return c, thing
	}
	there, _ := file("MD", lookup.Thing{Kind: "phone", Where: "MK", Text: "070 123-456"})
	here, thing := file("MK", lookup.Thing{Kind: "phone", Text: "+389 70 123 456"})
	attend := func(m id.Member) {
		for range 2 {
			_, err := a.Node(m).Lookups.Attend(ctx, a.Node(m).As("petar"))
			a.must(err)
			a.Run()
		}
	}
	attend("MD")
	mk, md := a.Node("MK"), a.Node("MD")
	q, err := mk.Lookups.Propose(ctx, mk.As("petar"), here.ID, lookup.Proposal{Purpose: "investigation", Basis: "mla-treaty", Thing: thing.ID})
	a.must(err)
	_, err = mk.Lookups.Confirm(ctx, mk.As("paula"), q.ID, true)
	a.must(err)
	a.Run()
	attend("MK")
	hits, err := md.Lookups.Hits(ctx, md.As("petar").Actor)
	a.must(err)
	if len(hits) != 1 || hits[0].Case != there.ID || hits[0].About != "phone" || hits[0].Realm != access.Prosecution {
		t.Errorf("the prosecutor of MD has %+v", hits)
	}
	if hits, err := md.Lookups.Hits(ctx, md.As("ana").Actor); err != nil || len(hits) != 0 {
		t.Errorf("who helps people hears of it: %+v, %v", hits, err)
	}
	help, err := mk.Cases.Open(ctx, mk.As("ana"), casefile.Opening{AgeClass: person.Adult})
	a.must(err)
	if _, err := mk.Lookups.Note(ctx, mk.As("ana"), help.ID, lookup.Thing{Kind: "phone", Text: "+389 70 123 456"}); keyOf(err) != "lookup.realm" {
		t.Errorf("a case that helps keeps a thing: %v", err)
	}
	if _, err := mk.Lookups.Note(ctx, mk.As("petar"), here.ID, lookup.Thing{Kind: "phone", Text: "call me"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("words are a telephone: %v", err)
	}
}
