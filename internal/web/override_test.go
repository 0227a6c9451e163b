package web_test

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
)

// TestEmergencyPathByThreePeople: one proposes, another approves, she is told, a third reviews; each finds the page by her
// tasks, and nobody else learns that there is one.
func TestEmergencyPathByThreePeople(t *testing.T) {
	w := open(t)
	w.mk.Desk(w.deskOf("shelter"), "mira", access.CaseManager)
	w.mk.Desk(w.deskOf("clinic"), "sara", access.CaseManager)
	w.mk.Join("shelter", "vera", access.CaseManager, "mira")
	c, err := w.mk.Cases.Open(t.Context(), w.mk.As("mira"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.mk.Consents.Propose(t.Context(), w.mk.As("mira"), c.ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "MK", Desk: "clinic"}, Category: []consent.Code{"identity.names"},
		Text: "she was found unconscious and cannot be asked", Notice: "as soon as she is awake",
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/overrides/" + string(o.ID)
	mira, vera, dora := w.as("mira"), w.as("vera"), w.as("dora")
	mira.get(path).ok().says("found unconscious", "A colleague has to decide").never("/approve")
	mira.post(path+"/approve", nil).is(http.StatusForbidden)
	hidden := w.as("sara").get(path).is(http.StatusNotFound)
	if missing := w.as("sara").get(path + "x").is(http.StatusNotFound); hidden.text() != missing.text() {
		t.Error("another desk can tell a hidden override from a missing one")
	}
	vera.get("/tasks").ok().says("Approve the emergency path as the second person")
	vera.post(path+"/approve", nil).ok().says("approved")
	dora.get("/tasks").ok().says("Review the use of the emergency path")
	dora.get(path).ok().says("This can be reviewed from").never("unconscious", "as soon as she is awake")
	vera.post(path+"/inform", nil).ok().never("/inform")
	w.mk.Net.Clock.Advance(25 * time.Hour)
	dora = w.as("dora")
	dora.post(path+"/review", url.Values{"finding": {"perhaps"}}).is(http.StatusUnprocessableEntity)
	dora.post(path+"/review", url.Values{"finding": {"not-justified"}}).ok().says("It was not justified")
	w.as("mira").get("/tasks").ok().never(path)
}

// TestADeskMakesANewIntakeKey: a member of the desk does, nobody else.
func TestADeskMakesANewIntakeKey(t *testing.T) {
	w := open(t)
	w.mk.Desk(w.deskOf("shelter"), "mira", access.CaseManager)
	w.as("mira").get("/desks/shelter").ok().says("Make a new intake key")
	w.as("mira").post("/desks/shelter/intake", nil).ok().says("a new intake key")
	w.as("ana").get("/desks/shelter").ok().never("/desks/shelter/intake")
	if a := w.as("ana").post("/desks/shelter/intake", nil); a.status < 400 {
		t.Errorf("another desk made it: %d", a.status)
	}
}
