package webfigures_test

import (
	"encoding/csv"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// counted adds n facts that say the same.
func counted(w webtest.World, n int, f stats.Fact) {
	w.T.Helper()
	var all []stats.Fact
	for range n {
		f.ID = id.Random[id.Fact](id.Maker{})
		all = append(all, f)
	}
	if err := w.Node.Facts.Add(w.T.Context(), w.Node.As("ana").Actor, all); err != nil {
		w.T.Fatal(err)
	}
}

// A coordinator sees years that are over, and of them nothing by which somebody could be recognised; a statistician sees what is; who prosecutes, who helps and who
// administers see none of it.
func TestWhoSeesWhichFigures(t *testing.T) {
	w := webtest.Pair(t)
	year := w.Node.Net.Clock.Now().Year()
	f := stats.Fact{
		Month: stats.MonthOf(year-1, 5), Sex: stats.Female, Age: stats.Child, Forms: []stats.Form{stats.Sexual},
		Citizenship: stats.National, Status: stats.Identified, Registrar: stats.NGO,
	}
	with := func(change func(*stats.Fact)) stats.Fact {
		x := f
		change(&x)
		return x
	}
	counted(*w, 13, f)
	counted(*w, 17, with(func(f *stats.Fact) { f.Sex, f.Age, f.Forms = stats.Male, stats.Adult, []stats.Form{stats.Labour} }))
	counted(*w, 1, with(func(f *stats.Fact) { f.Sex, f.Age, f.Forms = stats.Male, stats.Adult, []stats.Form{stats.Organs} }))
	counted(*w, 6, with(func(f *stats.Fact) { f.Forms = []stats.Form{stats.Begging} }))
	counted(*w, 3, with(func(f *stats.Fact) { f.Month = stats.MonthOf(year-2, 1) }))
	counted(*w, 437, with(func(f *stats.Fact) { f.Month = stats.MonthOf(year, 1) }))
	w.Node.User("cora", access.NationalCoordinator)
	w.Node.User("stela", access.Statistician)
	w.Node.User("sena", access.Secretariat)
	w.Node.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)

	cora, stela := w.As("cora"), w.As("stela")
	cora.Get("/figures").OK().Says("Victims by year and form", "Referrals between countries", "Kosovo declaration").Never("Removal of organs")
	if strings.Contains(cora.Get("/figures").OK().Text(), "437") {
		t.Error("a year that goes on is told")
	}
	cora.Get("/figures/forms").OK().Says("Others, or too few", "Sexual exploitation", "Only years that are over", "not told").Never("Removal of organs")
	file := cora.Get("/figures/forms/csv").OK()
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v %q", err, rows)
	}
	if strings.Join(rows[0], ";") != "Year;Forced labour;Sexual exploitation;Others, or too few;All" || strings.Join(rows[2][1:], ",") != "15,15,5,35" || strings.Join(rows[1][1:], ",") != ",,," {
		t.Errorf("%q", rows)
	}
	for _, row := range rows[1:] {
		for _, cell := range row[1:] {
			if cell != "" && !strings.HasSuffix(cell, "0") && !strings.HasSuffix(cell, "5") {
				t.Errorf("%q is told exactly", cell)
			}
		}
	}
	svg := cora.Get("/figures/forms/svg").OK()
	if !strings.HasPrefix(svg.Body, "<svg") || svg.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(svg.Header.Get("Content-Disposition"), "opentrm-forms.svg") {
		t.Errorf("%v", svg.Header)
	}
	stela.Get("/figures").OK().Says("These numbers are exact", "Removal of organs", "437", "Reports signed and kept")
	stela.Get("/figures/referral").Is(http.StatusForbidden)
	w.As("sena").Get("/figures").OK().Says("Citizenship of detected victims", "Referrals between countries").Never("Victims by year")
	cora.Get("/figures/nothing").Is(http.StatusNotFound)
	for _, who := range []string{"petar", "ana", "ada"} {
		v := w.As(who)
		for _, at := range []string{"/figures", "/figures/published", "/figures/forms", "/figures/referral/svg", "/figures/origin/csv"} {
			v.Get(at).Is(http.StatusForbidden)
		}
		v.Get("/").OK().Never(`href="/figures"`)
	}
}

// What others have published is beside ours, with its range and its method, and pages stay light for a telephone.
func TestWhatOthersHavePublished(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.User("cora", access.NationalCoordinator)
	cora := w.As("cora")
	page := cora.Get("/figures/published").OK().Says("64.0–65.0%", "UNODC: 65%", "They stand beside ours", "XK*")
	for _, p := range []webtest.Answer{page, cora.Get("/figures").OK()} {
		if n := len(p.Body); n > 60<<10 {
			t.Errorf("the page has %d bytes", n)
		}
		if strings.Contains(p.Body, "style=") || regexp.MustCompile(`<svg[^>]*trm-chart[^>]*>\s*<title`).FindString(p.Body) == "" {
			t.Error("a picture has a style of its own, or no title")
		}
	}
	cora.Get("/figures/figure-65").OK().Says("Global Report on Trafficking in Persons 2016", "63.9% to 65.1%", "5,410")
	cora.Get("/figures/origin").OK().Says("not always where they were exploited", "disputed one is dashed", "Kosovo declaration")
}
