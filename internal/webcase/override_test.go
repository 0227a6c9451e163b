package webcase_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestEmergencyPathByThreePeople: one proposes, another approves, she is told, a third reviews; each finds the page by her
// tasks, and nobody else learns that there is one.
func TestEmergencyPathByThreePeople(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(w.DeskOf("shelter"), "mira", access.CaseManager)
	w.Node.Desk(w.DeskOf("clinic"), "sara", access.CaseManager)
	w.Node.Join("shelter", "vera", access.CaseManager, "mira")
	c, err := w.Node.Cases.Open(t.Context(), w.Node.As("mira"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Node.Consents.Propose(t.Context(), w.Node.As("mira"), c.ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "MK", Desk: "clinic"}, Category: []consent.Code{"identity.names"},
		Text: "she was found unconscious and cannot be asked", Notice: "as soon as she is awake",
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/overrides/" + string(o.ID)
	mira, vera, dora := w.As("mira"), w.As("vera"), w.As("dora")
	mira.Get(path).OK().Says("found unconscious", "A colleague has to decide").Never("/approve")
	mira.Post(path+"/approve", nil).Is(http.StatusForbidden)
	hidden := w.As("sara").Get(path).Is(http.StatusNotFound)
	if missing := w.As("sara").Get(path + "x").Is(http.StatusNotFound); hidden.Text() != missing.Text() {
		t.Error("another desk can tell a hidden override from a missing one")
	}
	vera.Get("/tasks").OK().Says("Approve the emergency path as the second person")
	vera.Post(path+"/approve", nil).OK().Says("approved")
	dora.Get("/tasks").OK().Says("Review the use of the emergency path")
	dora.Get(path).OK().Says("This can be reviewed from").Never("unconscious", "as soon as she is awake")
	vera.Post(path+"/inform", nil).Is(http.StatusUnprocessableEntity).Says("Read the safe-contact card first")
	vera.Post(path+"/inform", vera.Get(path).Carded(url.Values{})).OK().Never("/inform")
	w.Node.Net.Clock.Advance(25 * time.Hour)
	dora = w.As("dora")
	dora.Post(path+"/review", url.Values{"finding": {"perhaps"}}).Is(http.StatusUnprocessableEntity)
	dora.Post(path+"/review", url.Values{"finding": {"not-justified"}}).OK().Says("It was not justified")
	w.As("mira").Get("/tasks").OK().Never(path)
}
