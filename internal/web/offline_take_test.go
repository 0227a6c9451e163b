package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// What is not hers, not fresh or from another site is refused, without JavaScript too.
func TestDraftsAreTakenFromWhoWroteThem(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Join(w.Node.As("ana").Desk, "fana", access.FirstResponder, "ana")
	fana, ana := w.As("fana"), w.As("ana")
	var made struct{ Device, Page string }
	a := fana.Do(http.MethodPost, "/offline", nil).OK()
	if err := json.Unmarshal([]byte(a.Body), &made); err != nil {
		t.Fatal(err)
	}
	draft := func(way string) url.Values {
		raw, err := frame.Encode(device.Sent{
			Schema: device.SentName, Device: id.Device(made.Device), Draft: "0123456789abcdefghjkmnpqrw", Version: 1, Form: "F1", FormVersion: 1, Began: 1, Changed: 1,
			Fields: map[string][]string{"q-found-on-day": {"31"}, "q-found-on-month": {way}, "q-age": {"child"}, "asylum": {"yes"}, "q-language": {"ro"}, "q-interpreter": {"yes"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"draft": {string(raw)}}
	}
	fana.Do(http.MethodPost, "/offline/drafts", draft("3"), func(r *http.Request) {
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}).Is(http.StatusForbidden)
	fana.Do(http.MethodPost, "/offline/drafts", draft("3"), func(r *http.Request) {
		r.Header.Del("Origin")
		r.Header.Del("Sec-Fetch-Site")
	}).Is(http.StatusForbidden)
	fana.Do(http.MethodPost, "/offline/drafts", draft("3"), func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }).Is(http.StatusUnprocessableEntity)
	w.Stranger().Do(http.MethodPost, "/offline/drafts", draft("3")).Is(http.StatusSeeOther)
	ana.Do(http.MethodPost, "/offline/drafts", draft("3")).Is(http.StatusNotFound)
	w.As("ada").Do(http.MethodPost, "/offline/drafts", draft("3")).Is(http.StatusForbidden)
	w.As("ada").Do(http.MethodPost, "/offline", nil).Is(http.StatusForbidden)
	fana.Do(http.MethodPost, "/offline/drafts", draft("2")).Is(http.StatusUnprocessableEntity).Says("The answer does not fit the question: ")
	first := fana.Do(http.MethodPost, "/offline/drafts", draft("3")).OK()
	if again := fana.Do(http.MethodPost, "/offline/drafts", draft("3")).OK(); again.Body != first.Body {
		t.Errorf("%s, then %s", first.Body, again.Body)
	}
	all, err := w.Node.Cases.List(t.Context(), w.Node.As("fana").Actor, casefile.Filter{Limit: 9})
	if err != nil || len(all) != 1 || all[0].AgeClass != person.Child || !all[0].Asylum {
		t.Errorf("%+v, %v", all, err)
	}

	// The page that is put aside is of nobody, and no answer of the node lets a cache keep it.
	for _, name := range []string{"fana", "trm-header__desk", "/signout"} {
		w.Stranger().Get(made.Page).OK().Never(name)
		fana.Get(made.Page).OK().Never(name)
	}
	fana.Get("/offline").OK().Says("Work without a network", "72 hours", "passphrase of its own", "nobody can make it")
	w.Stranger().Do(http.MethodPost, "/offline/contact", url.Values{"device": {"0123456789abcdefghjkmnpqrw"}}).OK().Says("unknown")
	w.Stranger().Do(http.MethodPost, "/offline/contact", url.Values{"device": {"../x"}}).Is(http.StatusUnprocessableEntity)
}
