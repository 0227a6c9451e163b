package weboffice_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// No line between two nodes: the administrator of the one saves a file, that of the other takes it in, and what answers it goes back
// the same way. What became of each record is said; the same file twice, a file cut short, a file for others and no file do no harm.
func TestACourierFileGoesAndComesByPages(t *testing.T) {
	md := webtest.Pair(t)
	net := md.Node.Net
	mk := webtest.At(t, net.Node("MK"))
	net.CutAll(true)
	ana := md.As("ana")
	r := webtest.Draft(ana, webtest.Opened(t, ana))
	ana.Take(r, "check", nil).OK()
	ana.Take(r, "send", nil).OK()
	net.Run()

	write := func(w *webtest.World, to string) []byte {
		t.Helper()
		a := w.As("ada").Do(http.MethodPost, "/courier/file", url.Values{"to": {to}}).Is(http.StatusOK)
		if a.Header.Get("Content-Disposition") == "" || a.Header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("the file came as %v", a.Header)
		}
		return []byte(a.Body)
	}
	take := func(w *webtest.World, file []byte) webtest.Answer {
		t.Helper()
		media, body := webtest.Upload(t, "file", "courier.trmc", file)
		return w.As("ada").Raw(http.MethodPost, "/courier", media, body)
	}
	md.As("ada").Get("/courier").OK().Says("Carry by file", "North Macedonia")
	there := write(md, "MK")
	take(md, there).OK().Says("For another member: left in the file")
	take(mk, there[:len(there)-20]).Is(http.StatusUnprocessableEntity).Says("ends too early", "Taken in")
	take(mk, there).OK().Says("Envelope", "Taken in", "Moldova", "Write a file for Moldova").Never("Фиктивна")
	take(mk, there).OK().Says("Taken in")
	skopje := mk.As("ana")
	at := skopje.Get("/referrals").OK().Find(`href="(/referrals/[^"?]+)"`)
	if at != r {
		t.Errorf("%s arrived as %s", r, at)
	}
	skopje.Take(r, "acknowledge", nil).OK()
	ana.Get(r).OK().Never("Acknowledged")
	take(md, write(mk, "")).OK().Says("Envelope", "List of members", "Desk sheet", "Taken in")
	ana.Get(r).OK().Says("Acknowledged")

	media, body := webtest.Upload(t, "file", "", nil)
	mk.As("ada").Raw(http.MethodPost, "/courier", media, body).Is(http.StatusUnprocessableEntity).Says("Choose the courier file.")
	take(mk, []byte("no courier file")).Is(http.StatusUnprocessableEntity)
	mk.As("ada").Do(http.MethodPost, "/courier/file", url.Values{"to": {"../x"}}).Is(http.StatusUnprocessableEntity)
	mk.As("oto").Get("/courier").Is(http.StatusForbidden)
	mk.As("oto").Raw(http.MethodPost, "/courier", media, body).Is(http.StatusForbidden)
}
