package webfirst_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// TestWhoDoesNotAgreeIsToldOfWithoutAName: nothing that could tell who she is gets into the notification, by any of its fields or beside them;
// nothing ties it to a case; a child is not told of like that; and the coordinator learns how many there were and nothing else.
func TestWhoDoesNotAgreeIsToldOfWithoutAName(t *testing.T) {
	w := border(t)
	w.Node.User("cora", access.NationalCoordinator)
	w.Node.User("stela", access.Statistician)
	fana := w.As("fana")
	well := url.Values{"adult": {"yes"}, "why": {"fears-exploiter"}, "sex": {"female"}, "forms": {"forced-labour"}, "helped": {"medical", "accommodation"}}
	with := func(name string, values ...string) url.Values {
		out := url.Values{}
		for n, v := range well {
			out[n] = v
		}
		out[name] = values
		return out
	}
	name := "marija-fiktivna"
	for _, field := range []string{"why", "sex", "forms", "helped"} {
		fana.Do(http.MethodPost, "/unnamed", with(field, name)).Is(http.StatusUnprocessableEntity)
		fana.Do(http.MethodPost, "/unnamed", with(field, well.Get(field), name)).Is(map[bool]int{true: http.StatusUnprocessableEntity, false: http.StatusSeeOther}[field == "forms" || field == "helped"])
	}
	fana.Do(http.MethodPost, "/unnamed", with("adult")).Is(http.StatusUnprocessableEntity).Says("Only an adult is told of without a name.")
	for _, beside := range []string{"name", "note", "case", "month", "id", "text"} { // fields that the page does not have
		fana.Do(http.MethodPost, "/unnamed", with(beside, name)).Is(http.StatusSeeOther)
	}
	fana.Post("/unnamed", well).OK().Says("Nothing says who she is.")

	var kept []stats.Unnamed
	err := store.Reader[stats.Tx](w.Node.DB)(t.Context(), func(tx stats.Tx) error {
		return tx.EachUnnamed(context.Background(), func(u stats.Unnamed) bool { kept = append(kept, u); return true })
	})
	if err != nil || len(kept) != 9 {
		t.Fatalf("%d are kept, %v", len(kept), err)
	}
	for _, u := range kept {
		if strings.Join(append(append([]string{u.Why, string(u.Sex)}, u.Forms...), u.Helped...), " ") != "fears-exploiter female forced-labour accommodation medical" || u.Month.String() != "2026-03" {
			t.Errorf("kept: %+v", u)
		}
	}
	if logs := w.Node.Logs.String(); strings.Contains(logs, name) {
		t.Error("the log of the program has it")
	}
	log := w.As("oto").Get("/audit").OK().Body
	if strings.Contains(log, string(kept[0].ID)) || strings.Contains(log, name) {
		t.Error("the log says which record it is")
	}

	w.As("cora").Get("/unnamed/counts").OK().Says("March 2026 9").Never("female", "Female", "Forced labour", "fears")
	w.As("stela").Get("/unnamed/counts").OK().Says("March 2026 9", "fewer than 5").Never("Female", "Forced labour")
	w.Node.Net.Clock.Advance(31 * 24 * time.Hour)
	w.As("stela").Get("/unnamed/counts").OK().Says("March 2026 9", "Female 9", "Forced labour 9").Never("fewer than 5")
	w.As("fana").Get("/unnamed/counts").Is(http.StatusForbidden)
	w.As("cora").Get("/unnamed").Is(http.StatusForbidden)
}
