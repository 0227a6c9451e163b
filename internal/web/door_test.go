package web_test

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

func phrase(login string) string { return login + " likes 7 purple teapots" }

// From the link to the home page: keys are made, the place is chosen, and the fingerprint is shown once.
func TestEnrolAndSignIn(t *testing.T) {
	w := webtest.Open(t)
	admin := w.As("ada")
	a := admin.Do(http.MethodPost, "/users/new", url.Values{"login": {"nina"}, "name": {"Nina Demo"}, "language": {"en"}, "zone": {"Europe/Skopje"}, "office": {"statistician"}})
	link := a.Is(http.StatusCreated).Find(`id="link"><bdi>https://mk\.example(/enrol/[^<]+)<`)
	if strings.Contains(w.Node.Logs.String(), strings.TrimPrefix(link, "/enrol/")) {
		t.Error("the link stands in the log")
	}
	nina := w.Stranger()
	nina.Get("/as/ada").Is(http.StatusNotFound).Says("We cannot find that")
	nina.Get(link).OK().Says("Make your keys", "works once")
	nina.Do(http.MethodPost, link, url.Values{"passphrase": {"one"}, "again": {"two"}}).Is(http.StatusUnprocessableEntity).Says("differ")
	nina.Do(http.MethodPost, link, url.Values{"passphrase": {"short"}, "again": {"short"}}).Is(http.StatusUnprocessableEntity).Says("To correct:")
	nina.Do(http.MethodPost, link, url.Values{"passphrase": {phrase("nina")}, "again": {phrase("nina")}}).OK().Says("nina", "Fingerprint").Never(phrase("nina"))
	nina.Get(link)
	letIn(w, "nina")
	nina.Do(http.MethodPost, link, url.Values{"passphrase": {phrase("nina")}, "again": {phrase("nina")}}).Is(http.StatusForbidden)
	nina.Do(http.MethodPost, "/signin", url.Values{"login": {"nina"}, "passphrase": {"not her passphrase"}}).Is(http.StatusForbidden).Says("not right").Never("not her passphrase")
	a = nina.Post("/signin", url.Values{"login": {"nina"}, "passphrase": {phrase("nina")}, "back": {"https://evil.example/"}})
	a.OK().Says("What to do now")
	if a.Path != "/" {
		t.Errorf("led to %s", a.Path)
	}
	nina.Get("/me").OK().Says("Nina Demo", "This session", "10.")

	// Whoever was at another device ends that session from here, and stays.
	other := w.Stranger()
	other.Post("/signin", url.Values{"login": {"nina"}, "passphrase": {phrase("nina")}}).OK()
	nina.Post(nina.Get("/me").OK().Find(`action="(/me/sessions/[^"]+)"`), nil).OK().Says("This session").Never("/me/sessions/")
	other.Get("/me").Is(http.StatusSeeOther)
	if s := w.Node.Logs.String(); strings.Contains(s, phrase("nina")) || strings.Contains(s, link) {
		t.Error("the log holds a secret")
	}
}

func TestCookiesAndHeaders(t *testing.T) {
	w := webtest.Open(t)
	p := w.Stranger()
	a := p.Do(http.MethodPost, "/signin", url.Values{"login": {"ana"}, "passphrase": {phrase("ana")}}).Is(http.StatusSeeOther)
	if len(p.Set) != 2 { // of the session, and whose it was
		t.Fatalf("%d cookies", len(p.Set))
	}
	for _, c := range p.Set {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("the cookie is %v", c)
		}
	}
	for _, path := range []string{"/", "/nothing", "/signin", "/desks/nothing"} {
		a = p.Get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		for _, bad := range []string{`\sstyle=`, `<style`, `\son[a-z]+=`, `javascript:`, `<script[^>]*>[^<]`, `(src|href|action)="https?://`} {
			if found := regexp.MustCompile(`(?i)` + bad).FindString(a.Body); found != "" {
				t.Errorf("%s has %q", path, found)
			}
		}
	}
	if a := p.Get("/"); !strings.HasPrefix(a.Header.Get("Refresh"), "900; url=/lock") {
		t.Error("a page does not lock itself")
	}
}

// TestPagesAreCompressed: a browser that takes it gets a page in a fraction of its bytes, and the same page; how long that is, is not twice the
// same. Who takes none gets it as it is.
func TestPagesAreCompressed(t *testing.T) {
	w := webtest.Open(t)
	p := w.Stranger()
	get := func(encoding string) webtest.Answer {
		t.Helper()
		return p.Do(http.MethodGet, "/languages", nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", encoding) })
	}
	plain := get("identity")
	if plain.Header.Get("Content-Encoding") != "" || !strings.HasPrefix(plain.Body, "<!doctype html>") {
		t.Fatalf("who takes nothing compressed gets %q", plain.Header)
	}
	for _, none := range []string{"", "br", "gzip;q=0"} {
		if a := get(none); a.Body != plain.Body {
			t.Errorf("to %q the page is another", none)
		}
	}
	lengths := map[int]bool{}
	for range 20 {
		a := get("gzip, deflate, br")
		if a.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(a.Header.Get("Vary"), "Accept-Encoding") {
			t.Fatalf("the answer says %v", a.Header)
		}
		z, err := gzip.NewReader(strings.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || string(text) != plain.Body {
			t.Fatalf("it is another page: %v", err)
		}
		if len(a.Body) > len(plain.Body)/2 {
			t.Errorf("%d of %d bytes are left", len(a.Body), len(plain.Body))
		}
		lengths[len(a.Body)] = true
	}
	if len(lengths) < 8 {
		t.Errorf("20 answers have %d lengths", len(lengths))
	}
	if a := p.Do(http.MethodGet, "/asset/nothing", nil); a.Header.Get("Content-Encoding") != "" {
		t.Error("what is no page is compressed")
	}
}

// Another site cannot act in the name of the reader, and neither can a form without proof where it comes from.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	w := webtest.Open(t)
	p := w.As("ana")
	for name, change := range map[string]func(*http.Request){
		"cross-site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"other origin": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"null origin":  func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		"no proof":     func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Del("Origin") },
	} {
		if a := p.Do(http.MethodPost, "/signout", nil, change); a.Status != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	name := regexp.MustCompile(`\{[a-z]+\}`)
	asked, session := 0, w.As("ana")
	for _, r := range web.Routes() {
		path, ok := strings.CutPrefix(r.Pattern, "POST ")
		if !ok {
			continue
		}
		p := w.Stranger() // each network may ask a few times only
		p.Cookies = session.Cookies
		asked++
		for why, change := range map[string]func(*http.Request){
			"cross-site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"no proof":   func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Del("Origin") },
		} {
			if a := p.Do(http.MethodPost, name.ReplaceAllString(path, "x"), url.Values{"code": {"x"}}, change); a.Status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", path, why, a.Status)
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d forms were tried", asked)
	}
	p.Get("/").OK()
	p.Do(http.MethodPost, "/signout", nil).Is(http.StatusSeeOther)
	p.Get("/").Is(http.StatusSeeOther)
}

// What lies in the database does not open a session: neither the hash as a cookie nor a row of one user under the
// cookie of another.
func TestACopiedSessionRowOpensNothing(t *testing.T) {
	w := webtest.Open(t)
	victim, thief := w.As("ana"), w.As("dora")
	var row signin.Session
	err := store.Reader[signin.Tx](w.Node.DB)(t.Context(), func(tx signin.Tx) error {
		users, err := tx.Users(t.Context())
		for _, u := range users {
			if u.Login == "ana" && err == nil {
				var all []signin.Session
				if all, err = tx.SessionsOf(t.Context(), u.ID); err == nil {
					row = all[len(all)-1]
				}
			}
		}
		return err
	})
	if err != nil || row.ID == "" {
		t.Fatalf("no session: %v", err)
	}
	for _, stolen := range []string{string(row.ID), hex.EncodeToString(row.Hash), string(row.Sealed), string(row.Hash)} {
		p := w.Stranger()
		p.Cookies["__Host-trm"] = url.QueryEscape(stolen)
		p.Get("/").Is(http.StatusSeeOther)
	}
	victim.Get("/").OK()
	thief.Get("/").OK().Never("MK/focal-point")
}

func TestIdleLockKeepsNothing(t *testing.T) {
	w := webtest.Open(t)
	p := w.As("ana")
	p.Get("/desks/focal-point").OK()
	w.Node.Net.Clock.Advance(signin.IdleLimit)
	a := p.Get("/desks/focal-point").Is(http.StatusSeeOther)
	a = p.Get(a.Header.Get("Location")).OK().Says("locked").Never("ana", "Focal point", "MK/")
	if !strings.Contains(a.Body, `name="back" value="/desks/focal-point"`) {
		t.Error("the way back is lost")
	}
	a = p.Do(http.MethodPost, "/desks/focal-point/propose", url.Values{"user": {"x"}}).Is(http.StatusSeeOther)
	p.Get(a.Header.Get("Location")).OK().Says("was not saved")
}

// Looking at the lock page does not keep a session alive, and leaving ends it.
func TestLeaving(t *testing.T) {
	w := webtest.Open(t)
	p := w.As("ana")
	secret := p.Cookies["__Host-trm"]
	a := p.Get("/leave").Is(http.StatusSeeOther)
	p.Get(a.Header.Get("Location")).OK().Says("March 2026", "Monday, 2 March 2026").Never("OpenTRM", "trm-", "ana", "empty")
	if _, _, err := w.Node.Signin.Resume(context.Background(), secret); err == nil {
		t.Error("the session goes on")
	}
}

func TestTooFast(t *testing.T) {
	w := webtest.Open(t)
	p := w.Stranger()
	slow := 0
	for range 200 {
		if a := p.Get("/signin"); a.Status == http.StatusServiceUnavailable {
			slow++
		}
	}
	if slow == 0 {
		t.Error("200 requests at once were all served")
	}
	w.Stranger().Get("/signin").OK()
	w.As("ana").Do(http.MethodPost, "/desks/new", url.Values{"x": {strings.Repeat("x", 300<<10)}}).Is(http.StatusRequestEntityTooLarge)
}

func TestLanguageOfTheDevice(t *testing.T) {
	w := webtest.Open(t)
	p := w.Stranger()
	p.Post("/language", url.Values{"lang": {"mk"}, "back": {"/signin"}}).OK().Says("Најава")
	if c := p.Set; len(c) != 0 {
		t.Errorf("cookies %v", c)
	}
	p.Do(http.MethodPost, "/language", url.Values{"lang": {"zz"}}).Is(http.StatusUnprocessableEntity)
	for back, want := range map[string]string{"//evil.example": "/", "https://evil.example": "/", "/\\evil": "/", "/tasks?after=1": "/tasks?after=1", "": "/"} {
		if got := p.Do(http.MethodPost, "/language", url.Values{"lang": {"en"}, "back": {back}}).Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q", back, got)
		}
	}
}

// The keys of who asked are in memory until her page is out, and no longer, whatever became of it.
func TestTheKeysOfWhoAskedAreForgottenWithThePage(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	var seen keyring.Bearer
	w.Handler = w.Node.Web.Pages([]page.Route{{Pattern: "GET /seen", Action: access.ListReferral, Serve: func(v *page.Visit) error {
		if seen = v.By; seen.Locked() {
			t.Error("without keys on her page")
		}
		panic("a defect")
	}}})
	if a := ana.Get("/seen"); a.Status != http.StatusInternalServerError || seen.User == "" || !seen.Locked() {
		t.Errorf("%d, %s, locked %t", a.Status, seen, seen.Locked())
	}
}

// waiting makes an account of the office that waits to be let in.
func waiting(w *webtest.World) id.User {
	w.T.Helper()
	n, ctx := w.Node, w.T.Context()
	user, link, err := n.Signin.Invite(ctx, n.As("ada").Actor, signin.Invitee{Login: "nina", Name: "Nina Demo", Office: []access.Role{access.Statistician}, Language: "en", Zone: "UTC", Demo: true})
	if err == nil {
		_, _, err = n.Signin.Enrol(ctx, link, phrase("nina"))
	}
	if err != nil {
		w.T.Fatal(err)
	}
	return user
}

// letIn has the auditor compare the keys of a new account of the office.
func letIn(w *webtest.World, login string) {
	w.T.Helper()
	ctx := w.T.Context()
	all, err := w.Node.Signin.Waiting(ctx, w.Node.As("oto").Actor)
	if err == nil && len(all) == 1 && all[0].Login == login {
		err = w.Node.Signin.LetIn(ctx, w.Node.As("oto"), all[0].ID, all[0].Fingerprint)
	} else {
		w.T.Fatalf("%s does not wait: %v %v", login, all, err)
	}
	if err != nil {
		w.T.Fatal(err)
	}
}
