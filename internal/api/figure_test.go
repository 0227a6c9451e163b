package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
)

// A statistician reads indicators and tables, signs a report, and finds it whole when the facts have changed. Nobody else does.
func TestAReportIsMadeOverTheInterface(t *testing.T) {
	w := sent(t)
	x := w.mk
	x.User("stela", access.Statistician)
	x.User("nada", access.NationalCoordinator)
	fact := func(sex stats.Sex) {
		t.Helper()
		f := stats.Fact{
			ID: id.Random[id.Fact](id.Maker{}), Month: stats.MonthOf(2025, 5), Sex: sex, Age: stats.Adult, Forms: []stats.Form{stats.Labour, stats.Sexual},
			Citizenship: stats.Region, Status: stats.Identified, Registrar: stats.NGO,
		}
		if err := x.Facts.Add(t.Context(), x.As("ana").Actor, []stats.Fact{f}); err != nil {
			t.Fatal(err)
		}
	}
	fact(stats.Female)
	fact(stats.NotAsked)
	stela, nada := as(t, x, "stela"), as(t, x, "nada")
	for _, path := range []string{"/facts/indicators?from=2025&to=2025", "/facts/tables", "/facts/tables/eu-19a-a?year=2025", "/facts/snapshots"} {
		if r := stela.do(http.MethodGet, path, nil); r.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, r.Code, r.Body)
		}
		if r := nada.do(http.MethodGet, path, nil); r.Code != http.StatusForbidden && r.Code != http.StatusNotFound {
			t.Errorf("%s as the coordinator: %d", path, r.Code)
		}
	}
	if r := stela.do(http.MethodGet, "/board/indicators", nil); r.Code != http.StatusForbidden && r.Code != http.StatusNotFound {
		t.Errorf("referrals as a statistician: %d", r.Code)
	}
	var rates struct {
		Status string
		Rates  []string
		Filled stats.Filled
	}
	decode(t, stela.do(http.MethodGet, "/facts/tables/sdg-16-2-2?year=2025&population=200000", nil), &rates)
	if rates.Status != "unverified" || !slices.Equal(rates.Rates, []string{"0.50", "0.50"}) || rates.Filled.Gaps["sex"]["not-asked"] != 1 {
		t.Errorf("%+v", rates)
	}
	if r := stela.do(http.MethodGet, "/facts/tables/eu-19a-e?year=2025", nil); keyOf(r) != "stats.table.held" {
		t.Errorf("%d %s", r.Code, r.Body)
	}

	name := stela.id(http.MethodPost, "/facts/snapshots", map[string]any{"table": "eu-19a-a", "year": 2025})
	fact(stats.Male)
	var held struct {
		Document      string
		Signature     seal.Signature
		Filled, Today stats.Filled
		Same          bool
	}
	decode(t, stela.do(http.MethodGet, "/facts/snapshots/"+name, nil), &held)
	if held.Same || held.Filled.All != 2 || held.Today.All != 3 {
		t.Errorf("%+v", held)
	}
	snap, err := stats.ParseSnapshot([]byte(held.Document), held.Signature)
	signer, _ := x.As("stela").Signer()
	if err != nil || snap.Signer.ID() != signer.ID() || snap.By != x.As("stela").User {
		t.Errorf("%v: signed by %s", err, snap.By)
	}
}

// The coordinator sees by country pair how many referrals were decided, and no more of them.
func TestLoopsAreReadByTheCoordinator(t *testing.T) {
	w := sent(t)
	w.mk.User("nada", access.NationalCoordinator)
	nada := as(t, w.mk, "nada")
	decided := func() (n [2]int) {
		t.Helper()
		var got struct{ Measured []stats.Measured }
		decode(t, nada.do(http.MethodGet, "/board/indicators", nil), &got)
		for _, m := range got.Measured {
			if m.Indicator == "decided" {
				for _, c := range m.Classes {
					if c.Class == "MD>MK" {
						n = [2]int{c.Count, c.Of}
					}
				}
			}
		}
		return n
	}
	if n := decided(); n != [2]int{0, 2} {
		t.Errorf("%v of two that have arrived", n)
	}
	at := referral.At{Referral: w.arrived[0]}
	w.mk.Net.Clock.Advance(26 * time.Hour)
	nada = as(t, w.mk, "nada")
	ana := w.mk.As("ana")
	if _, err := w.mk.Referrals.Acknowledge(t.Context(), ana, at); err != nil {
		t.Fatal(err)
	}
	w.mk.Net.Clock.Advance(80 * time.Hour)
	nada, ana = as(t, w.mk, "nada"), w.mk.As("ana")
	if _, err := w.mk.Referrals.Accept(t.Context(), ana, at); err != nil {
		t.Fatal(err)
	}
	if n := decided(); n != [2]int{1, 2} {
		t.Errorf("%v of two, of which one was accepted", n)
	}
	// It took four days, of which the desk needed one to open it; the other referral waits, and nobody is with the desk yet.
	var got struct{ Measured []stats.Measured }
	decode(t, nada.do(http.MethodGet, "/board/indicators", nil), &got)
	seen := map[string]string{}
	for _, m := range got.Measured {
		for _, c := range m.Classes {
			if strings.HasPrefix(m.Indicator, "days-to-") && c.Count > 0 {
				seen[m.Indicator] += fmt.Sprint(c.Class, " ", c.Count, "/", c.Of, " ")
			}
		}
		if strings.HasPrefix(m.Indicator, "days-to-") {
			seen[m.Indicator] += fmt.Sprint("waiting ", m.Gaps[stats.Waiting])
		}
	}
	want := map[string]string{"days-to-answer": "MD>MK 1-3 1/1 waiting 1", "days-to-decision": "MD>MK 4-7 1/1 waiting 1", "days-to-handover": "waiting 2"}
	if d := gocmp.Diff(want, seen); d != "" {
		t.Error(d)
	}
}
