package web_test

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web"
)

func phrase(login string) string { return login + " likes 7 purple teapots" }

// From the link to the home page: keys are made, the place is chosen, and the fingerprint is shown once.
func TestEnrolAndSignIn(t *testing.T) {
	w := open(t)
	admin := w.as("ada")
	a := admin.do(http.MethodPost, "/users/new", url.Values{"login": {"nina"}, "name": {"Nina Demo"}, "language": {"en"}, "zone": {"Europe/Skopje"}, "office": {"statistician"}})
	link := a.is(http.StatusCreated).find(`id="link">https://mk\.example(/enrol/[^<]+)<`)
	if strings.Contains(w.mk.Logs.String(), strings.TrimPrefix(link, "/enrol/")) {
		t.Error("the link stands in the log")
	}
	nina := w.stranger()
	nina.get(link).ok().says("Make your keys", "works once")
	nina.do(http.MethodPost, link, url.Values{"passphrase": {"one"}, "again": {"two"}}).is(http.StatusUnprocessableEntity).says("differ")
	nina.do(http.MethodPost, link, url.Values{"passphrase": {"short"}, "again": {"short"}}).is(http.StatusUnprocessableEntity).says("To correct:")
	nina.do(http.MethodPost, link, url.Values{"passphrase": {phrase("nina")}, "again": {phrase("nina")}}).ok().says("nina", "Fingerprint").never(phrase("nina"))
	nina.get(link)
	nina.do(http.MethodPost, link, url.Values{"passphrase": {phrase("nina")}, "again": {phrase("nina")}}).is(http.StatusForbidden)
	nina.do(http.MethodPost, "/signin", url.Values{"login": {"nina"}, "passphrase": {"not her passphrase"}}).is(http.StatusForbidden).says("not right").never("not her passphrase")
	a = nina.post("/signin", url.Values{"login": {"nina"}, "passphrase": {phrase("nina")}, "back": {"https://evil.example/"}})
	a.ok().says("What to do now")
	if a.path != "/" {
		t.Errorf("led to %s", a.path)
	}
	nina.get("/me").ok().says("Nina Demo", "This session", "10.")
	if s := w.mk.Logs.String(); strings.Contains(s, phrase("nina")) || strings.Contains(s, link) {
		t.Error("the log holds a secret")
	}
}

func TestCookiesAndHeaders(t *testing.T) {
	w := open(t)
	p := w.stranger()
	a := p.do(http.MethodPost, "/signin", url.Values{"login": {"ana"}, "passphrase": {phrase("ana")}}).is(http.StatusSeeOther)
	if len(p.set) != 1 {
		t.Fatalf("%d cookies", len(p.set))
	}
	if c := p.set[0]; !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || !strings.HasPrefix(c.Name, "__Host-") {
		t.Errorf("the cookie is %v", c)
	}
	for _, path := range []string{"/", "/nothing", "/signin", "/desks/nothing"} {
		a = p.get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		for _, bad := range []string{`\sstyle=`, `<style`, `\son[a-z]+=`, `javascript:`, `<script[^>]*>[^<]`, `(src|href|action)="https?://`} {
			if found := regexp.MustCompile(`(?i)` + bad).FindString(a.body); found != "" {
				t.Errorf("%s has %q", path, found)
			}
		}
	}
	if a := p.get("/"); !strings.HasPrefix(a.header.Get("Refresh"), "900; url=/lock") {
		t.Error("a page does not lock itself")
	}
}

// Another site cannot act in the name of the reader, and neither can a form without proof where it comes from.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	w := open(t)
	p := w.as("ana")
	for name, change := range map[string]func(*http.Request){
		"cross-site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"other origin": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"null origin":  func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		"no proof":     func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Del("Origin") },
	} {
		if a := p.do(http.MethodPost, "/signout", nil, change); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	p.get("/").ok()
	p.do(http.MethodPost, "/signout", nil).is(http.StatusSeeOther)
	p.get("/").is(http.StatusSeeOther)
}

// What lies in the database does not open a session: neither the hash as a cookie nor a row of one user under the
// cookie of another.
func TestACopiedSessionRowOpensNothing(t *testing.T) {
	w := open(t)
	victim, thief := w.as("ana"), w.as("dora")
	var row signin.Session
	err := store.Reader[signin.Tx](w.mk.DB)(t.Context(), func(tx signin.Tx) error {
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
		p := w.stranger()
		p.cookies["__Host-trm"] = url.QueryEscape(stolen)
		p.get("/").is(http.StatusSeeOther)
	}
	victim.get("/").ok()
	thief.get("/").ok().never("MK/focal-point")
}

func TestIdleLockKeepsNothing(t *testing.T) {
	w := open(t)
	p := w.as("ana")
	p.get("/desks/focal-point").ok()
	w.mk.Net.Clock.Advance(signin.IdleLimit)
	a := p.get("/desks/focal-point").is(http.StatusSeeOther)
	a = p.get(a.header.Get("Location")).ok().says("locked").never("ana", "Focal point", "MK/")
	if !strings.Contains(a.body, `name="back" value="/desks/focal-point"`) {
		t.Error("the way back is lost")
	}
	a = p.do(http.MethodPost, "/desks/focal-point/propose", url.Values{"user": {"x"}}).is(http.StatusSeeOther)
	p.get(a.header.Get("Location")).ok().says("was not saved")
}

// Looking at the lock page does not keep a session alive, and leaving ends it.
func TestLeaving(t *testing.T) {
	w := open(t)
	p := w.as("ana")
	secret := p.cookies["__Host-trm"]
	a := p.get("/leave").is(http.StatusSeeOther)
	p.get(a.header.Get("Location")).ok().never("OpenTRM", "trm-", "ana")
	if _, _, err := w.mk.Signin.Resume(context.Background(), secret); err == nil {
		t.Error("the session goes on")
	}
}

func TestTooFast(t *testing.T) {
	w := open(t)
	p := w.stranger()
	slow := 0
	for range 200 {
		if a := p.get("/signin"); a.status == http.StatusServiceUnavailable {
			slow++
		}
	}
	if slow == 0 {
		t.Error("200 requests at once were all served")
	}
	w.stranger().get("/signin").ok()
	w.as("ana").do(http.MethodPost, "/desks/new", url.Values{"x": {strings.Repeat("x", 300<<10)}}).is(http.StatusRequestEntityTooLarge)
}

func TestLanguageOfTheDevice(t *testing.T) {
	w := open(t)
	p := w.stranger()
	p.post("/language", url.Values{"lang": {"mk"}, "back": {"/signin"}}).ok().says("Најава")
	if c := p.set; len(c) != 0 {
		t.Errorf("cookies %v", c)
	}
	p.do(http.MethodPost, "/language", url.Values{"lang": {"zz"}}).is(http.StatusUnprocessableEntity)
	for back, want := range map[string]string{"//evil.example": "/", "https://evil.example": "/", "/\\evil": "/", "/tasks?after=1": "/tasks?after=1", "": "/"} {
		if got := p.do(http.MethodPost, "/language", url.Values{"lang": {"en"}, "back": {back}}).header.Get("Location"); got != want {
			t.Errorf("%q leads to %q", back, got)
		}
	}
}

// An administrator proposes, a member who has heard the fingerprint lets in, and the newcomer is at the desk.
func TestADeskGrowsByTwoPeople(t *testing.T) {
	w := open(t)
	user := w.mk.User("nina")
	admin, ana := w.as("ada"), w.as("ana")
	admin.post("/desks/focal-point/propose", url.Values{"user": {string(user)}, "role": {"case-manager"}}).ok().says("nina", "Proposed")
	admin.do(http.MethodPost, "/desks/focal-point/propose", url.Values{"user": {string(user)}, "role": {"case-manager"}}).is(http.StatusConflict).says("already")
	accounts, err := w.mk.Signin.List(t.Context(), w.mk.As("ada").Actor)
	if err != nil {
		t.Fatal(err)
	}
	print := ""
	for _, a := range accounts {
		if a.ID == user {
			print = string(a.Fingerprint)
		}
	}
	a := ana.get("/desks/focal-point").ok().says("nina", "Let her in").never(print, print[:4]+" "+print[4:8])
	grant := a.find(`action="(/desks/focal-point/grant/[^"]+)"`)
	ana.do(http.MethodPost, grant, url.Values{"fingerprint": {strings.Repeat("0", 32)}}).is(http.StatusUnprocessableEntity).says("does not fit")
	ana.post(grant, url.Values{"fingerprint": {" " + print[:4] + " " + strings.ToUpper(print[4:])}}).ok().says("can now work")
	w.as("nina").get("/").ok().says("What to do now")
	w.as("oto").get("/desks/focal-point").ok().says("nina") // the auditor may list accounts
	w.mk.Desk(w.deskOf("shelter"), "sara", "case-manager")
	w.as("sara").get("/desks/focal-point").ok().never("nina") // the staff of one desk are not another's to know
}

// The keys of who asked are in memory until her page is out, and no longer, whatever became of it.
func TestTheKeysOfWhoAskedAreForgottenWithThePage(t *testing.T) {
	w := open(t)
	ana := w.as("ana")
	var seen keyring.Bearer
	w.h = w.mk.Web.Pages([]web.Route{{Pattern: "GET /seen", Action: access.ListReferral, Serve: func(v *web.Visit) error {
		if seen = v.By(); seen.Locked() {
			t.Error("without keys on her page")
		}
		panic("a defect")
	}}})
	if a := ana.get("/seen"); a.status != http.StatusInternalServerError || seen.User == "" || !seen.Locked() {
		t.Errorf("%d, %s, locked %t", a.status, seen, seen.Locked())
	}
}
