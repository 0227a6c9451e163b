package api_test

import (
	"net/http"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/stats"
)

// A case is written in HTCDS for one of two purposes, by whoever works on it; to everybody else it is one that is not there. What was given is
// counted for statisticians.
func TestACaseInHTCDSNeedsAPurpose(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	x.User("stela", access.Statistician)
	x.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "mira", access.CaseManager)
	c, err := x.Cases.Open(t.Context(), x.As("ana"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	ana, mira := as(t, x, "ana"), as(t, x, "mira")
	path := "/cases/" + string(c.ID) + "/htcds"
	for _, query := range []string{"", "?purpose=", "?purpose=exchange"} {
		if w := ana.do(http.MethodGet, path+query, nil); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
	hidden, missing := mira.do(http.MethodGet, path+"?purpose=person", nil), mira.do(http.MethodGet, "/cases/none/htcds?purpose=person", nil)
	if hidden.Code != http.StatusNotFound || missing.Code != hidden.Code || keyOf(missing) != keyOf(hidden) {
		t.Errorf("hidden %d %s, missing %d %s", hidden.Code, hidden.Body, missing.Code, missing.Body)
	}
	var r htcds.Record
	decode(t, ana.do(http.MethodGet, path+"?purpose=own-system", nil), &r)
	if r.Reference != c.Reference || r.Purpose != htcds.OwnSystem || r.PassOn {
		t.Errorf("the record is %+v", r)
	}
	if _, err := x.Cases.Serve(t.Context(), x.As("ana"), c.ID, "", 0, casefile.Delivery{Service: "legal", Provider: "Demo lawyer", From: "2026-01-01"}); err != nil {
		t.Fatal(err)
	}
	var counted struct{ Help stats.Helped }
	decode(t, as(t, x, "stela").do(http.MethodGet, "/facts", nil), &counted)
	if h := counted.Help; h.All != 1 || h.Services["legal"] != 1 || h.Waits[stats.SameDay] != 1 {
		t.Errorf("counted: %+v", h)
	}
}
