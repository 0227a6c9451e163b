package nodetest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/nodetest"
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

// TestFiveKindsOfThingsAreFoundThroughPages: a telephone, a plate, a company, a document and an online name, each written in another way in another country, are noted, asked about and found by the
// pages alone; only the prosecution hears of it.
func TestFiveKindsOfThingsAreFoundThroughPages(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	ctx, md, mk := t.Context(), a.Node("MD"), a.Node("MK")
	for _, x := range []*nodetest.Node{md, mk} {
		x.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
		x.Join("prosecution", "paula", access.Prosecutor, "petar")
		x.PublishSheet()
	}
	a.Run()
	path := func(m id.Member) string {
		c, err := a.Node(m).Cases.Open(ctx, a.Node(m).As("petar"), casefile.Opening{AgeClass: person.Adult})
		a.must(err)
		return "/cases/" + string(c.ID) + "/lookups"
	}
	there, here := path("MD"), path("MK")
	things := []struct{ kind, where, written, whereToo, other string }{
		{"phone", "MK", "070 123-456", "", "+389 70 123 456"},
		{"plate", "MK", "SK-1234-AB", "MK", "sk 1234 ab"},
		{"company", "RS", "2012 3456", "RS", "20123456"},
		{"document", "RS", "P 0123456", "RS", "p0123456"},
		{"handle", "Telegram", "@Some.Body", "telegram", "some.body"},
	}
	note := func(m id.Member, path, kind, where, what string) {
		a.page(m, "petar", "POST", path+"/thing", url.Values{"kind": {kind}, "where": {where}, "what": {what}})
	}
	for _, x := range things {
		note("MD", there, x.kind, x.where, x.written)
		note("MK", here, x.kind, x.whereToo, x.other)
	}
	attend := func(x *nodetest.Node) {
		for range 2 {
			_, err := x.Lookups.Attend(ctx, x.As("petar"))
			a.must(err)
			a.Run()
		}
	}
	attend(md)
	c := id.Case(strings.TrimSuffix(strings.TrimPrefix(here, "/cases/"), "/lookups"))
	noted, err := mk.Lookups.Things(ctx, mk.As("petar"), c)
	a.must(err)
	for _, x := range noted {
		a.page("MK", "petar", "POST", here+"/new", url.Values{"purpose": {"investigation"}, "basis": {"mla-treaty"}, "thing": {string(x.ID)}})
		all, _, err := mk.Lookups.Of(ctx, mk.As("petar").Actor, c)
		a.must(err)
		for _, q := range all {
			if q.Stage == lookup.Proposed {
				a.page("MK", "paula", "POST", "/lookups/"+string(q.ID), url.Values{"do": {"ask"}})
			}
		}
	}
	a.Run()
	attend(mk)
	a.Run()
	hits, err := md.Lookups.Hits(ctx, md.As("petar").Actor)
	a.must(err)
	found := map[string]bool{}
	for _, h := range hits {
		found[h.About] = true
		if body := a.page("MD", "petar", "GET", "/lookup-hits/"+string(h.ID), nil); !strings.Contains(body, string(h.Case)) {
			t.Errorf("the prosecutor does not see the file of %s", h.About)
		}
		if _, _, err := md.Lookups.Hit(ctx, md.As("ana"), h.ID); !fault.Is(err, fault.Hidden) {
			t.Errorf("who helps people reads of %s: %v", h.About, err)
		}
	}
	for _, x := range things {
		if !found[x.kind] {
			t.Errorf("%s %q is not found by %q", x.kind, x.written, x.other)
		}
	}
	if hits, err := md.Lookups.Hits(ctx, md.As("ana").Actor); err != nil || len(hits) != 0 {
		t.Errorf("who helps people hears of %+v, %v", hits, err)
	}
}
