package webcase_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestACaseIsOpenedInAnEmergency: who is on duty at the emergency desk opens one case for reading, for three hours, and is told all of it
// before the button; who is off duty gets no form, another desk no page, and nobody learns which references exist.
func TestACaseIsOpenedInAnEmergency(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(desk.Desk{ID: "emergency", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.emergency", Purpose: desk.Emergency}, "erna", access.CaseManager)
	w.Node.Desk(w.DeskOf("shelter"), "mira", access.CaseManager)
	c, err := w.Node.Cases.Open(t.Context(), w.Node.As("mira"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.Node.Cases.Open(t.Context(), w.Node.As("mira"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	file := "/cases/" + string(c.ID)
	erna, mira := w.As("erna"), w.As("mira")
	mira.Get("/emergency").Is(http.StatusNotFound)
	mira.Post("/emergency", url.Values{"reference": {string(c.Reference)}}).Is(http.StatusNotFound)
	mira.Get("/").OK().Never("Open a case in an emergency")
	mira.Get("/cases").OK().Never("Open a case in an emergency")
	erna.Get("/").OK().Says("Open a case in an emergency")
	erna.Get("/cases").OK().Find(`href="(/emergency)"`)
	erna.Get("/directory").OK().Find(`href="(/emergency)"`) // the menu of every page
	mira.Get("/directory").OK().Never("Open a case in an emergency")
	ask := url.Values{"reference": {string(c.Reference)}, "reason": {"medical"}, "words": {"DEMO: she called from a hospital"}}
	erna.Get("/emergency").OK().Says("You are not on duty now").Never("<form method=\"post\" action=\"/emergency\"")
	erna.Post("/emergency", ask).Is(http.StatusForbidden)
	erna.Get(file).Is(http.StatusNotFound)

	now, by := w.Node.Net.Now(), w.Node.As("erna")
	_, read, err := w.Node.Desks.Duty(t.Context(), by.Actor, "emergency", now)
	if err == nil {
		_, err = w.Node.Desks.Schedule(t.Context(), by.Actor, "emergency", read, now, []desk.Shift{{Desk: "emergency", User: by.User, From: now, To: now.Add(24 * time.Hour)}})
	}
	if err != nil {
		t.Fatal(err)
	}
	erna.Get("/emergency").OK().Says("It opens one case", "A second person is told at once", "It ends by itself after 180 minutes", "recorded in red, with your name", "Open this one case")
	for field, at := range map[string]string{"reason": "reason", "words": "words"} {
		less := maps.Clone(ask)
		less.Del(field)
		erna.Post("/emergency", less).Is(http.StatusUnprocessableEntity).Find(`(id="` + at + `[^"]*-error")`)
	}
	wrong := maps.Clone(ask)
	wrong.Set("reference", "no")
	erna.Post("/emergency", wrong).Is(http.StatusUnprocessableEntity).Find(`(id="reference-error")`)
	wrong.Set("reference", string(id.NewReference(w.Node.IDs)))
	erna.Post("/emergency", wrong).Is(http.StatusNotFound).Says("No case with this reference can be opened here")

	erna.Post("/emergency", ask).OK().Says("in an emergency", string(c.Reference), "You can read it, and change nothing").Never("/note\"", "/risk\"", "Record a consent")
	erna.Get("/cases/" + string(other.ID)).Is(http.StatusNotFound)
	erna.Post(file+"/note", url.Values{"text": {"DEMO"}}).Is(http.StatusForbidden)
	w.Node.Net.Clock.Advance(3*time.Hour + time.Minute)
	erna = w.As("erna")
	erna.Get(file).Is(http.StatusNotFound)
	if s := w.Node.Logs.String(); strings.Contains(s, "hospital") {
		t.Error("the words stand in the log of the program")
	}
}

// TestARestrictionIsSaidInAnEmergency: who opens a case of another desk in an emergency is told, before the card, that the case is kept and not used.
func TestARestrictionIsSaidInAnEmergency(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(desk.Desk{ID: "emergency", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.emergency", Purpose: desk.Emergency}, "erna", access.CaseManager)
	w.Node.Desk(w.DeskOf("shelter"), "mira", access.CaseManager)
	file, _ := webtest.Restricted(w, "mira")
	c, err := w.Node.Cases.Know(t.Context(), w.Node.As("mira").Actor, id.Case(strings.TrimPrefix(file, "/cases/")))
	if err != nil {
		t.Fatal(err)
	}
	now, by := w.Node.Net.Now(), w.Node.As("erna")
	if _, err := w.Node.Desks.Schedule(t.Context(), by.Actor, "emergency", desk.Mark(nil), now, []desk.Shift{{Desk: "emergency", User: by.User, From: now, To: now.Add(24 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	erna := w.As("erna")
	a := erna.Post("/emergency", url.Values{"reference": {string(c.Reference)}, "reason": {"medical"}, "words": {"DEMO: she called from a hospital"}}).OK()
	a.Says("Kept and not used since", "in an emergency").Never("an invented reason")
	if text := a.Text(); strings.Index(text, "Kept and not used since") > strings.Index(text, "Before any contact") {
		t.Error("it is said after the card")
	}
}
