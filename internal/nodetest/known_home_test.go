package nodetest_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
)

// TestAHomeDoesWhatQuestionsWaitFor: nobody opens a page of questions. People open their homes, as they do every morning, and by that those who want it become
// findable and a question that holders have answered is put to the members. A home that is opened again at once does nothing more, and of a person of whom
// too little is known the log does not tell at each home.
func TestAHomeDoesWhatQuestionsWaitFor(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	rs, mk := a.Node("RS"), a.Node("MK")
	nobody, err := rs.Cases.Open(t.Context(), rs.As("ana"), opening(nil))
	a.must(err)
	g := giving(nobody.ID, id.Address{Member: "RS", Desk: "focal-point"})
	g.Record.Purposes = []consent.Purpose{consent.ForLookup}
	_, err = rs.Consents.Give(t.Context(), rs.As("ana"), g)
	a.must(err)
	here, given := a.file("MK", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12}))
	there, _ := a.file("RS", named("Cyrl", "Јелена", "Измислена", person.Birth{Year: 1999, Month: 4, Day: 12}))
	for range 2 {
		a.page("RS", "ana", "GET", "/", nil)
		a.Run()
	}
	q := a.ask("MK", here.ID, given.ID)
	a.Run()
	if got := a.question("MK", q); got.Stage != lookup.Hidden {
		t.Fatalf("the question is %s before anybody came", got.Stage)
	}
	a.page("MK", "vera", "GET", "/", nil)
	a.Run()
	if got := a.question("MK", q); got.Stage != lookup.Sent {
		t.Errorf("the question is %s after she opened her home", got.Stage)
	}
	hits, err := rs.Lookups.Hits(t.Context(), rs.As("ana").Actor)
	a.must(err)
	if len(hits) != 1 || hits[0].Case != there.ID {
		t.Errorf("RS has %+v", hits)
	}

	// Nothing waits any more: homes leave no trace of it.
	before := enrolments(t, rs)
	for range 3 {
		a.page("RS", "ana", "GET", "/", nil)
		a.Run()
	}
	if now := enrolments(t, rs); before != 2 || now != before {
		t.Errorf("%d entries, and %d after three homes with nothing to do", before, now)
	}
	a.page("MK", "ana", "GET", "/", nil)
	a.Run()
	a.page("MK", "ana", "GET", "/", nil)
	a.Run()
	_, fresh := a.file("MK", named("Latn", "Mira", "Druga", person.Birth{Year: 1990, Month: 1, Day: 2}))
	at := enrolments(t, mk)
	a.page("MK", "ana", "GET", "/", nil)
	a.file("MK", named("Latn", "Sanja", "Treća", person.Birth{Year: 1991, Month: 1, Day: 2}))
	a.page("MK", "ana", "GET", "/", nil)
	if now := enrolments(t, mk); fresh.ID == "" || now != at+1 {
		t.Errorf("two homes in one minute leave %d entries", now-at)
	}
}

// enrolments is how many entries of the log are about making people findable, and about questions that are put.
func enrolments(t *testing.T, x *nodetest.Node) int {
	t.Helper()
	found, err := x.Audit.Find(t.Context(), x.As("oto").Actor, audit.Filter{Action: access.EnrolLookup}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(found.Entries)
}
