package webconsent_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
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
	mira, vera, dora := w.As("mira"), w.As("vera"), w.As("dora")
	form := "/cases/" + string(c.ID) + "/override"
	mira.Get("/cases/" + string(c.ID)).OK().Says("Act without her consent").Find(`href="(` + form + `)"`)
	mira.Get("/cases/" + string(c.ID) + "/referral").OK().Find(`href="(` + form + `)"`)
	mira.Get(form).OK().Says("It needs a second person, she is told, and it is reviewed.", "In danger now", "MK/focal-point")
	if hidden, missing := w.As("sara").Get(form).Is(http.StatusNotFound), w.As("sara").Get("/cases/none/override").Is(http.StatusNotFound); hidden.Text() != missing.Text() {
		t.Error("another desk can tell a hidden case from a missing one")
	}
	why := url.Values{
		"basis": {"vital-interests"}, "recipient": {"MK/focal-point"}, "categories": {"identity.names"},
		"text": {"she was found unconscious and cannot be asked"}, "notice": {"as soon as she is awake"},
	}
	w.As("sara").Post(form, why).Is(http.StatusNotFound)
	for _, field := range []string{"basis", "recipient", "categories", "text", "notice"} {
		less := maps.Clone(why)
		less.Del(field)
		mira.Post(form, less).Is(http.StatusUnprocessableEntity).Find(`(id="` + field + `[^"]*-error")`)
	}
	less := maps.Clone(why)
	less.Set("basis", "legal-duty")
	mira.Post(form, less).Is(http.StatusUnprocessableEntity).Find(`(id="citation-error")`)
	path := strings.TrimSuffix(mira.Do(http.MethodPost, form, why).Is(http.StatusSeeOther).Header.Get("Location"), "?done=override")
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
