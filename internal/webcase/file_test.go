package webcase_test

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAFileIsLookedAtWithoutRunningAnything: a picture comes drawn anew and without what else was in it, in a sandbox and under a name that
// says nothing; what is not drawn is only saved; every opening is in the log; who may not read the case gets nothing.
func TestAFileIsLookedAtWithoutRunningAnything(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	picture := webtest.Picture(t)
	if !bytes.Contains(picture, []byte(webtest.Secret)) {
		t.Fatal("the picture has no metadata to lose")
	}
	at := ana.Attach(path, "demo <b>.jpg", picture)
	ana.Get(path+"/files").OK().Says("demo <b>.jpg", "Picture (JPEG)", "1 KB")
	openings := func() (n int) {
		all, _, err := w.Node.Audit.Entries(t.Context(), w.Node.As("oto").Actor, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.Entry.Purpose == "attachment" {
				n++
			}
		}
		return n
	}
	before := openings()
	ana.Get(at).OK().Says("drawn anew", "Every opening is recorded").Find(`src="(` + at + `/picture)"`)
	a := ana.Get(at + "/picture").OK()
	if img, err := jpeg.Decode(strings.NewReader(a.Body)); err != nil || img.Bounds().Dx() != 64 || strings.Contains(a.Body, "DEMO-GPS") {
		t.Errorf("drawn: %v, metadata %t", err, strings.Contains(a.Body, "DEMO-GPS"))
	}
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	a = ana.Do(http.MethodPost, at, nil).OK()
	if d := a.Header.Get("Content-Disposition"); a.Body != string(picture) || !strings.HasPrefix(d, `attachment; filename="file-`) || strings.Contains(d, "demo") || a.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("saved as %q, %q", d, a.Header.Get("Content-Type"))
	}
	if n := openings() - before; n != 3 {
		t.Errorf("%d openings in the log instead of 3", n)
	}
	pdf := ana.Attach(path, "x.pdf", []byte("%PDF-1.4 /JS (app.alert)"))
	ana.Get(pdf).OK().Says("not shown here").Never("app.alert")
	ana.Get(pdf + "/picture").Is(http.StatusNotFound)
	broken := ana.Attach(path, "y.jpg", picture[:40])
	ana.Get(broken).OK().Says("not shown here")
	text := ana.Attach(path, "z.txt", []byte("DEMO\n& <script>alert(1)</script>"))
	if a := ana.Get(text).OK().Says("<script>alert(1)</script>"); strings.Contains(a.Body, "<script>alert") {
		t.Error("a text runs")
	}
	for name, content := range map[string]string{"page.html": "<html><script>1</script>", "none.txt": ""} {
		media, body := webtest.FileForm(t, name, []byte(content))
		ana.Raw(http.MethodPost, path+"/files", media, body).Is(http.StatusUnprocessableEntity)
	}
	w.Node.Desk(w.DeskOf("shelter"), "sara", access.CaseManager)
	for _, p := range []string{path + "/files", at, at + "/picture", path + "/timeline"} {
		w.As("sara").Get(p).Is(http.StatusNotFound)
	}
}

// TestTheTimelineOpensNothing: it says what was written down, by which function and when, the newest first, each with its link, page by
// page; no word of what was written is on it, and a desk to which nothing of it belongs learns nothing.
func TestTheTimelineOpensNothing(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	w.Node.Net.Clock.Advance(time.Minute)
	ana.Attach(path, "DEMO-name.txt", []byte("DEMO text"))
	a := ana.Get(path+"/timeline").OK().Says("Note", "Risk assessments", "Person", "Record a consent", "Focal point").Never("tea", "Фиктивна", "DEMO-name", "accompanied", "teapot")
	a.Find(`href="(` + path + `/files/[^"]+)"`)
	if strings.Index(a.Body, "/files/") > strings.Index(a.Body, ">Person<") {
		t.Error("the newest is not first")
	}
	w.Node.Net.Clock.Advance(time.Minute)
	for range 60 {
		if _, err := w.Node.Cases.Note(t.Context(), w.Node.As("ana"), id.Case(strings.TrimPrefix(path, "/cases/")), casefile.Note{Language: "en", Text: "DEMO"}); err != nil {
			t.Fatal(err)
		}
	}
	first := w.As("ana").Get(path + "/timeline").OK()
	next := first.Find(`href="(/cases/[^"]+/timeline\?after=[^"]+)" rel="next"`)
	if n := strings.Count(first.Body, ">Note<"); n != 50 {
		t.Errorf("%d lines on a page", n)
	}
	w.As("ana").Get(next).OK().Says("Person", "Note").Find(`rel="(prev)"`)
	w.Node.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	n := w.Node
	n.Join(n.As("ana").Desk, "vera", access.CaseManager, "ana")
	released, err := n.Cases.ByOrder(t.Context(), n.As("ana"), casefile.Releasing{
		Case: id.Case(strings.TrimPrefix(path, "/cases/")), To: "prosecution", Order: "Demo court 17/2026", Categories: []consent.Code{"identity.names"}, Category: "victim",
		Handling: "evidence-allowed", Items: []casefile.Item{{Kind: "fact", From: "case worker", Text: "DEMO"}},
	})
	if err == nil {
		_, err = n.Cases.ApproveRelease(t.Context(), n.As("vera"), released.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.As("petar").Get(path).OK() // what was released, and nothing of the rest
	w.As("petar").Get(path + "/timeline").Is(http.StatusNotFound)
}

// TestTheConsentNamesWhoReceivesEachKindOfData: before anything is agreed the form says beside every kind of data which desks would get it,
// and keeps what was typed; nothing is recorded by that.
func TestTheConsentNamesWhoReceivesEachKindOfData(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	before := strings.Count(ana.Get(path).OK().Body, "/withdraw\"")
	form := webtest.ConsentForm()
	form.Set("do", "who")
	form.Set("safe-way", "DEMO: through ana")
	a := ana.Do(http.MethodPost, path+"/consent", form).OK().Says("MK/focal-point", "Say beside each kind of data")
	a.Find(`value="(DEMO: through ana)"`)
	if n := strings.Count(a.Text(), "MK/focal-point"); n < 10 {
		t.Errorf("%d kinds of data name who receives them", n)
	}
	if now := strings.Count(ana.Get(path).OK().Body, "/withdraw\""); now != before {
		t.Errorf("%d consents after %d: one was recorded by a look", now, before)
	}
}
