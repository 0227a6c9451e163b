package weboffice_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

const registerMapping = `{"schema":"opentrm/intake-mapping/1","source":"demo-register","use":"registered","missing":{"":"not-asked"},"columns":[
	{"column":"First name","field":"name.given"},{"column":"Last name","field":"name.surname"},{"column":"Born","field":"birth","date":"yyyy-mm-dd"}]}`

const registerTable = "First name,Last name,Born\nDemona,Izmislena,1999-05-17\nIvana,Proba,last winter\n,,\n"

// tableOf is a form with a table.
func tableOf(t *testing.T, kind, table, mapping string) (media string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	put := func(out io.Writer, err error, text string) {
		if err == nil {
			_, err = io.WriteString(out, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := w.CreateFormField("kind")
	put(out, err, kind)
	for name, text := range map[string]string{"table": table, "mapping": mapping} {
		out, err := w.CreateFormFile(name, name)
		put(out, err, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// A caseworker sends a table, sees what would become of it, and says yes. Before that nothing is kept but for her, and never in clear.
func TestATableIsTakenOnPages(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	w.As("ada").Get("/imports").Is(http.StatusForbidden)
	ana.Get("/imports").OK().Says("Nothing was imported yet")
	ana.Get("/imports/new").OK().Find(`<input class="govuk-input" id="(table)" name="table" type="file"`)
	for field, bad := range map[string][3]string{
		"kind": {"", registerTable, registerMapping}, "table": {"mapping", "", registerMapping}, "mapping": {"mapping", registerTable, ""},
	} {
		media, body := tableOf(t, bad[0], bad[1], bad[2])
		ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusUnprocessableEntity).Find(`id="(` + field + `-error)"`)
	}
	media, body := tableOf(t, "mapping", strings.Repeat("x", 3<<20), registerMapping)
	ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusRequestEntityTooLarge).Says("larger than 2 MB")
	media, body = tableOf(t, "mapping", "First name,Last name,Born\n"+strings.Repeat("Demona,Izmislena,1999\n", 1001), registerMapping)
	ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusRequestEntityTooLarge).Says("more than 1,000 rows")
	media, body = tableOf(t, "mapping", "Name\nDemona\n", registerMapping)
	ana.Raw(http.MethodPost, "/imports/new", media, body).Is(http.StatusUnprocessableEntity).Says("The table has no column First name")

	media, body = tableOf(t, "mapping", registerTable, registerMapping)
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
