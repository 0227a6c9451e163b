package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// comes signs somebody in on the page, as a browser that keeps what it is told.
func comes(w *webtest.World, p *webtest.Somebody, login string) webtest.Answer {
	w.T.Helper()
	return p.Post("/signin", url.Values{"login": {login}, "passphrase": {phrase(login)}})
}

// TestWhatWasTypedComesBackAfterUnlocking: without a script, to whoever typed it, in her browser, once.
func TestWhatWasTypedComesBackAfterUnlocking(t *testing.T) {
	w := webtest.Pair(t)
	path := webtest.Opened(t, w.As("ana"))
	ana := w.Stranger()
	comes(w, ana, "ana").OK()
	const words = "PLANTED: She called at <noon>, & wept."
	note := path + "/note"
	shown := ana.Get(note).OK()
	form := url.Values{"once": {shown.Find(`name="once" value="([^"]+)"`)}, "language": {"ro"}, "text": {words}}
	into := shown.Find(`name="typed-into" value="([^"]+)"`)
	idle := func() { w.Node.Net.Clock.Advance(signin.IdleLimit) }
	lock := func(p *webtest.Somebody, path string, form url.Values) webtest.Answer {
		t.Helper()
		to := p.Do(http.MethodPost, path, form).Is(http.StatusSeeOther).Header.Get("Location")
		return p.Get(to).OK().Never(words)
	}
	idle()
	if _, err := w.Node.Signin.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	lock(ana, note, form).Says("is kept for one hour").Never("was not saved")

	// The cookies of her browser give a thief nothing, and neither does the browser give another person anything.
	thief := w.Stranger()
	for name, value := range ana.Cookies {
		thief.Cookies[name] = value
	}
	if at := thief.Get("/kept").Is(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(at, "/lock") {
		t.Errorf("the thief is led to %s", at)
	}
	comes(w, thief, "ada").OK().Never(words, "What you had typed")
	thief.Get("/kept").Is(http.StatusNotFound).Never(words)
	if at := ana.Do(http.MethodPost, "/signin", url.Values{"login": {"ana"}, "passphrase": {"this is not it at all"}}); at.Status != http.StatusForbidden {
		t.Errorf("a wrong passphrase: %d", at.Status)
	}

	a := comes(w, ana, "ana").OK().Says("What you had typed", "nothing was done with it", "Send it now")
	if a.Path != "/kept" {
		t.Errorf("led to %s", a.Path)
	}
	if !strings.Contains(a.Body, "PLANTED: She called at &lt;noon&gt;, &amp; wept.") {
		t.Errorf("it does not show what she typed:\n%s", a.Text())
	}
	ana.Get(path).OK().Never(words) // nothing was done with it
	action := a.Find(`<form method="post" action="(/cases/[^"]+)"`)
	form.Set("kept", "yes")
	other := ana.Do(http.MethodPost, action, form, func(r *http.Request) {
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	other.Is(http.StatusForbidden)
	// Refused, it stays; done, it is forgotten.
	empty := url.Values{"kept": {"yes"}, "text": {""}}
	ana.Do(http.MethodPost, action, empty).Is(http.StatusUnprocessableEntity)
	ana.Get("/kept").OK()
	ana.Post(action, form).OK()
	if n := strings.Count(ana.Get(path).OK().Body, "She called at &lt;noon&gt;"); n != 1 {
		t.Errorf("the note stands %d times in the case", n)
	}
	ana.Get("/kept").Is(http.StatusNotFound)

	// Access is asked for when it is sent, as for any form.
	nina := w.Stranger()
	comes(w, nina, "ada").OK()
	nina.Do(http.MethodPost, note, url.Values{"kept": {"yes"}, "text": {words}}).Is(http.StatusForbidden)

	for what, c := range map[string]struct {
		path string
		form url.Values
		says string
	}{
		"too large":         {note, url.Values{"text": {strings.Repeat("a", signin.KeptSize)}}, "too long to be kept"},
		"a passphrase":      {unlockPage + "/passphrase", url.Values{"passphrase": {"x"}, "new": {words}}, "was not saved"},
		"one anywhere else": {note, url.Values{"text": {words}, "passphrase": {"x"}}, "was not saved"},
		"a code":            {unlockPage + "/second", url.Values{"code": {"123456"}}, "was not saved"},
	} {
		comes(w, ana, "ana").OK()
		idle()
		lock(ana, c.path, c.form).Says(c.says)
		comes(w, ana, "ana").OK()
		if got := ana.Get("/kept").Status; got != http.StatusNotFound {
			t.Errorf("%s: kept, %d", what, got)
		}
	}
	comes(w, ana, "ana").OK()
	idle()
	file := ana.Raw(http.MethodPost, path+"/files", "multipart/form-data; boundary=x", []byte("--x--"))
	ana.Get(file.Is(http.StatusSeeOther).Header.Get("Location")).OK().Says("held a file")

	// Thrown away, and after an hour.
	comes(w, ana, "ana").OK()
	idle()
	// One small word in Latin letters is words of hers, and a code that she chose is none: the form says which of its fields are typed into.
	form.Set("text", "asleep")
	form.Set("typed-into", into)
	lock(ana, note, form)
	comes(w, ana, "ana").OK().Says("Throw it away", "asleep").Never("<bdi>ro</bdi>")
	ana.Post("/kept/forget", url.Values{"do": {"forget"}}).OK().Says("is thrown away")
	ana.Get("/kept").Is(http.StatusNotFound)
	idle()
	lock(ana, note, form)
	w.Node.Net.Clock.Advance(signin.KeptLimit)
	comes(w, ana, "ana").OK().Never("What you had typed")
	if s := w.Node.Logs.String(); strings.Contains(s, "PLANTED") {
		t.Error("the log holds what was typed")
	}
}
