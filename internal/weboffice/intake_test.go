package weboffice_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A caseworker sends a table, sees what would become of it, and says yes. Before that nothing is kept but for her, and never in clear.
func TestATableIsTakenOnPages(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	w.As("ada").Get("/imports").Is(http.StatusForbidden)
	ana.Get("/imports").OK().Says("Nothing was imported yet")
	ana.Get("/imports/new").OK().Find(`<input class="govuk-input" id="(table)" name="table" type="file"`)
	for field, bad := range map[string][3]string{
		"kind": {"", webtest.RegisterTable, webtest.RegisterMapping}, "table": {"mapping", "", webtest.RegisterMapping}, "mapping": {"mapping", webtest.RegisterTable, ""},
	} {
		media, body := webtest.Table(t, bad[0], bad[1], bad[2])
		ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusUnprocessableEntity).Find(`id="(` + field + `-error)"`)
	}
	media, body := webtest.Table(t, "mapping", strings.Repeat("x", 3<<20), webtest.RegisterMapping)
	ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusRequestEntityTooLarge).Says("larger than 2 MB")
	media, body = webtest.Table(t, "mapping", "First name,Last name,Born\n"+strings.Repeat("Demona,Izmislena,1999\n", 1001), webtest.RegisterMapping)
	ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusRequestEntityTooLarge).Says("more than 1,000 rows")
	media, body = webtest.Table(t, "mapping", "Name\nDemona\n", webtest.RegisterMapping)
	ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusUnprocessableEntity).Says("The table has no column First name")

	media, body = webtest.Table(t, "mapping", webtest.RegisterTable, webtest.RegisterMapping)
	place := ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusSeeOther).Header.Get("Location")
	ana.Get(place).OK().Says("What would be taken", "Nothing was taken yet", "Born", "is not a date").Never("Demona", "last winter")
	ana.Get("/cases").OK().Never("Demona")
	ana.Get("/imports").OK().Says("Tried, nothing kept", "demo-register")
	for _, class := range []store.Class{store.Content, store.Keys} {
		var b bytes.Buffer
		if err := w.Node.DB.Dump(t.Context(), map[store.Class]io.Writer{class: &b}); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b.Bytes(), []byte("Demona")) {
			t.Errorf("a name of the table stands in clear in %s", class)
		}
	}
	w.Node.Join(w.Node.As("ana").Desk, "nina", "case-manager", "ana")
	w.As("nina").Get(place).Is(http.StatusNotFound)
	taken := ana.Post(place, nil).OK().Says("What was taken", "Born").Never("Take these rows", "Demona")
	if n := taken.Find(`(?s)<dt[^>]*>\s*Taken\s*</dt>.*?<dd[^>]*>\s*(?:<bdi>)?(\d+)`); n != "1" {
		t.Errorf("%s taken", n)
	}
	ana.Post(place, nil).OK().Says("What was taken")
	ana.Get("/imports").OK().Says("Taken", "demo-register")
	if all := ana.Get("/cases").OK(); strings.Count(string(all.Body), `href="/cases/0`) != 1 {
		t.Error("there is not one case")
	}
}
