package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/issuer/issuertest"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAnotherProviderProvesAndUnlocksNothing: over the pages, with a real provider: linked, signed in with, taken over, lost.
func TestAnotherProviderProvesAndUnlocksNothing(t *testing.T) {
	const home = "https://mk.example"
	p := issuertest.Run(t, home+"/signin/from/state")
	n := nodetest.New(t, nodetest.At("MK").With(func(c *node.Config) {
		c.Address = home
		c.Issuers = []issuer.Config{{Name: "state", Title: "State sign-in", URL: p.URL, Client: p.Client, Secret: p.Secret, Second: true}}
	})).Node("MK")
	p.Now = n.Net.Clock.Now
	asked := 0
	p.Asked = func(*http.Request) { asked++ }
	w := webtest.At(t, n)
	page := w.Stranger().Get("/signin").OK().Says("Sign in with State sign-in")
	if asked != 0 {
		t.Error("the page of a sign-in asks the provider")
	}
	if strings.Contains(page.Body, p.URL) || strings.Contains(page.Body, p.Client) {
		t.Error("the page tells where the provider is")
	}
	// goes follows a browser to the provider and back; only what another site may send comes along.
	goes := func(x *webtest.Somebody, path string) webtest.Answer {
		t.Helper()
		a := x.Get(path).Is(http.StatusSeeOther)
		for _, c := range x.Set {
			if c.Name == "__Host-trm-issuer" && (c.SameSite != http.SameSiteLaxMode || !c.HttpOnly || !c.Secure || c.MaxAge > 600) {
				t.Errorf("the question rests in %v", c)
			}
		}
		back := p.Go(a.Header.Get("Location"))
		kept := x.Cookies
		x.Cookies = map[string]string{"__Host-trm-issuer": kept["__Host-trm-issuer"]}
		a = x.Get(back.RequestURI())
		delete(kept, "__Host-trm-issuer")
		for name, value := range x.Cookies {
			kept[name] = value
		}
		x.Cookies = kept
		for _, c := range x.Set {
			if c.Name == "__Host-trm-known" && (c.SameSite != http.SameSiteStrictMode || !c.HttpOnly || !c.Secure || c.MaxAge > 300) {
				t.Errorf("what is known rests in %v", c)
			}
		}
		for _, secret := range []string{back.Query().Get("code"), back.Query().Get("state")} {
			if strings.Contains(a.Body, secret) || strings.Contains(a.Header.Get("Location"), secret) {
				t.Error("what the provider sent is sent on")
			}
		}
		return a
	}
	// read goes where somebody is led on, to a page that has nothing of what was sent in its address.
	read := func(x *webtest.Somebody, a webtest.Answer) webtest.Answer {
		t.Helper()
		return x.Get(a.Is(http.StatusSeeOther).Header.Get("Location"))
	}
	phrase := url.Values{"passphrase": {phrase("ana")}, "with": {"state"}, "back": {"/tasks"}}
	ana := w.As("ana")
	ana.Get("/me/unlock").OK().Says("Accounts elsewhere", "Link State sign-in")
	a := goes(ana, "/me/unlock/with/state").Is(http.StatusSeeOther)
	ana.Get(a.Header.Get("Location")).OK().Says("State sign-in has said who you are")
	ana.Post("/me/unlock/identities", url.Values{"passphrase": {"something else"}, "with": {"state"}}).Is(http.StatusForbidden)
	ana.Post("/me/unlock/identities", phrase).OK().Says("It is linked", "State sign-in", "Remove the link").Never("person-1")

	// She signs in: known, and nothing is open before her passphrase.
	x := w.Stranger()
	a = goes(x, "/signin/with/state?back=/tasks").Is(http.StatusSeeOther)
	x.Get(a.Header.Get("Location")).OK().Says("Nothing is open yet").Never("ana", "Ana")
	for _, path := range []string{"/", "/cases", "/me", "/tasks", "/me/unlock"} {
		if a := x.Get(path); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/lock") {
			t.Errorf("known and without a key, %s comes: %d", path, a.Status)
		}
	}
	x.Post("/signin/known", url.Values{"passphrase": {"something else"}, "with": {"state"}}).Is(http.StatusForbidden).Says("Open your keys")
	x.Post("/signin/known", phrase).OK().Says("Tasks")
	if x.Cookies["__Host-trm-known"] != "" {
		t.Error("the proof stays in the browser")
	}

	// With full control of the provider: it names her, again and again, and everything that it gives opens nothing.
	thief := w.Stranger()
	a = goes(thief, "/signin/with/state").Is(http.StatusSeeOther)
	for _, name := range []string{"__Host-trm", "__Host-trm-known"} {
		thief.Cookies["__Host-trm"] = thief.Cookies[name]
		if a := thief.Get("/cases"); a.Status == http.StatusOK {
			t.Error("a provider in other hands opens the list of cases")
		}
	}
	rec := w.Stranger().Do(http.MethodGet, "/api/v1/cases", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+thief.Cookies["__Host-trm-known"]) })
	if rec.Status < 400 {
		t.Errorf("the interface takes a proof for a token: %d", rec.Status)
	}
	thief.Post("/signin/known", url.Values{"passphrase": {""}, "with": {"state"}}).Is(http.StatusForbidden)

	// Attacks on the browser: each ends on a page that says what to do and opens nothing.
	for what, way := range map[string]string{
		"an answer that this browser did not ask for": "/signin/from/state?code=x&state=y", "a name in place of a code": "/signin/from/state?error=<script>&error_description=evil",
		"nothing": "/signin/from/state",
	} {
		x := w.Stranger()
		read(x, x.Get(way)).Is(http.StatusConflict).Says("This has not worked", "Begin again").Never("evil", "<script>alert")
		_ = what
	}
	y := w.Stranger()
	y.Get("/signin/with/elsewhere").Is(http.StatusNotFound)
	read(y, y.Get("/signin/from/elsewhere?code=x&state=y")).Is(http.StatusConflict)
	y.Get("/signin/not/demanded").Is(http.StatusNotFound)
	a = goes(y, "/signin/with/state?back="+url.QueryEscape("https://evil.example/")).Is(http.StatusSeeOther)
	if strings.Contains(a.Header.Get("Location"), "evil") {
		t.Errorf("led to %s", a.Header.Get("Location"))
	}
	before := x.Cookies["__Host-trm"]
	z := w.Stranger()
	z.Cookies["__Host-trm"] = "planted"
	goes(z, "/signin/with/state")
	z.Post("/signin/known", phrase)
	if s := z.Cookies["__Host-trm"]; s == "planted" || s == before || s == "" {
		t.Error("the session was there before she signed in")
	}
	p.Person = "person-7"
	read(y, goes(y, "/signin/with/state")).Is(http.StatusForbidden).Says("not linked to an account here")

	// An administrator sees the link, takes it away, and makes another; and demands it of a role.
	ada := w.As("ada")
	users := ada.Get("/users").OK()
	path := users.Find(`href="(/users/[^"]+)"[^>]*>(?:<bdi>)?ana`)
	account := ada.Get(path).OK().Says("Accounts elsewhere", "State sign-in")
	ada.Post(account.Find(`action="(`+path+`/identities/[^"]+)"`), url.Values{"do": {"unlink"}}).OK().Says("The link is gone")
	ada.Post(path+"/identities", url.Values{"issuer": {"state"}, "subject": {""}}).Is(http.StatusUnprocessableEntity)
	ada.Post(path+"/identities", url.Values{"issuer": {"state"}, "subject": {"person-7"}}).OK().Says("It is linked").Never("person-7")
	ana.Get("/me/unlock").OK().Says("Your administrator")
	ada.Get("/demands").OK().Says("Roles that another office has to know")
	ada.Post("/demands", url.Values{"issuer-role": {string(access.FocalPoint)}}).OK()
	alone := w.Stranger()
	alone.Post("/signin", url.Values{"login": {"ana"}, "passphrase": phrase["passphrase"]}).Is(http.StatusForbidden).Says("Sign in there first")
	goes(alone, "/signin/with/state")
	alone.Post("/signin/known", phrase).OK()
	p.Stop()
	n.Net.Clock.Advance(2 * time.Hour)
	w.Stranger().Get("/signin/with/state").Is(http.StatusServiceUnavailable).Says("does not answer", "passphrase")
	ada = w.As("ada")
	ada.Post("/demands", url.Values{}).OK()
	w.Stranger().Post("/signin", url.Values{"login": {"ana"}, "passphrase": phrase["passphrase"]}).OK()
	if logs := n.Logs.String(); strings.Contains(logs, p.Secret) || strings.Contains(logs, "person-7") || strings.Contains(logs, "code=") {
		t.Error("the log tells what was said")
	}
}
