package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/issuer/issuertest"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// judged lets axe, which is a script, look at a page of a seat on a telephone and on a desk, and keeps a picture where one is asked for.
func (s *seat) judged(name string, script bool) {
	s.t.Helper()
	s.whole()
	defer func() {
		if err := look(s.ctx, 360, "light"); err != nil {
			s.t.Fatal(err)
		}
		if dir := os.Getenv("OPENTRM_SCREENS"); dir != "" {
			picture, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name+"-"+string(s.p.Tag())+".png"), picture, 0o600)
			}
			if err != nil {
				s.t.Fatal(err)
			}
		}
	}()
	axe, err := os.ReadFile(filepath.Join("axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil || !script {
		return // the other screens say that it is not there
	}
	for _, width := range []int64{320, 1280} {
		if err := look(s.ctx, width, "light"); err != nil {
			s.t.Fatal(err)
		}
		eval[bool](s, string(axe)+"; true")
		examine(s.t, s.ctx, name, allRules)
	}
}

// TestAnotherProviderInABrowser: with the keyboard alone somebody goes to another office, comes back known, opens her keys with her
// passphrase, and signs out here and there; an answer that proves nothing opens nothing, and a node without its provider says so. In
// English with the script, in Macedonian without.
func TestAnotherProviderInABrowser(t *testing.T) {
	p := issuertest.Run(t)
	p.Form = true
	n := nodetest.New(t, nodetest.At("MK").With(func(c *node.Config) {
		c.Address = "https://mk.example"
		c.Issuers = []issuer.Config{{Name: "state", Title: "State sign-in", URL: p.URL, Client: p.Client, Secret: p.Secret}}
	})).Node("MK")
	p.Now = n.Net.Clock.Now
	w := webtest.At(t, n)
	// Another host than that of the provider: what a browser sends to another site only is tried as well.
	_, port, _ := strings.Cut(n.PeopleAddress(), ":")
	home := "http://localhost:" + port
	n.Signin.Home = func() string { return home }
	p.Returns, p.Leaves = []string{home + "/signin/from/state"}, []string{home + "/signin"}
	ada := w.As("ada")
	account := ada.Get("/users").OK().Find(`href="(/users/[^"]+)"[^>]*>(?:<bdi>)?ana`)
	ada.Post(account+"/identities", url.Values{"issuer": {"state"}, "subject": {"person-1"}}).OK()
	shared := browser(t)
	for tag, script := range map[lang.Tag]bool{"en": true, "mk": false} {
		p.Person, p.Claims = "person-1", nil
		s := alone(t, shared, n, tag, script)
		s.base = home
		judged := func(name string) { t.Helper(); s.judged(name, script) }
		speak(t, s.ctx, s.base, string(tag))
		there := &seat{t: t, ctx: s.ctx} // at the other office, whose pages are not ours
		back := func(path string) {
			t.Helper()
			there.press("sign-in with the office", control(`a[href^="/signin/with/state"]`), true)
			if at := eval[string](s, `location.origin`); at != p.URL {
				t.Fatalf("led to %s", at)
			}
			there.press("its own button", control(`button`), true)
			if at := eval[string](s, `location.origin + location.pathname`); at != home+path {
				t.Fatalf("came back to %s", at)
			}
			s.whole()
			if at := eval[string](s, `location.search`); strings.Contains(at, "code") || strings.Contains(at, "state=") {
				t.Errorf("the address keeps %s", at)
			}
		}

		// What it says of somebody whom nobody linked, and what it did not say to this question, opens nothing.
		p.Person = "person-7"
		back("/signin/not/unknown")
		s.says(s.said("signin.issuer.not"), s.said("signin.issuer.unknown"))
		judged("issuer-unknown")
		s.follow("/signin")
		p.Person, p.Claims = "person-1", func(c map[string]any) { c["nonce"] = "of another question" }
		back("/signin/not/refused")
		s.says(s.said("signin.issuer.not"), s.said("signin.issuer.refused"))
		judged("issuer-refused")
		p.Claims = nil

		// Known, and nothing is open before her passphrase.
		s.follow("/signin")
		back("/signin/known")
		s.says(s.said("signin.known.text", "issuer", "State sign-in"))
		s.never("ana")
		judged("issuer-known")
		s.fill(url.Values{"passphrase": {"something else"}})
		s.send("/signin/known")
		s.says(s.said("signin.wrong"))
		s.fill(url.Values{"passphrase": {phrase("ana")}})
		s.send("/signin/known")
		if at := s.path(); at != "/" {
			t.Errorf("led to %s", at)
		}
		s.says(s.said("web.home.now"))

		// She signs out here, is told of the other office, and signs out there.
		s.press("the menu", control(`.trm-drawer summary`), false)
		s.follow("/me")
		s.send("/signout")
		s.says(s.said("signin.issuer.out.text", "issuer", "State sign-in"))
		judged("issuer-out")
		ended := p.Ended()
		s.follow("/signin/out/state")
		if at := eval[string](s, `location.href`); at != home+"/signin" || p.Ended() != ended+1 {
			t.Errorf("signed out, she is at %s; sessions ended there: %d", at, p.Ended()-ended)
		}
		if strings.Contains(s.text(), s.said("signin.issuer.out.text", "issuer", "State sign-in")) {
			t.Error("she is told again to sign out")
		}

		// Of whoever is demanded that the office knows her, the passphrase alone is not enough, and she is told what to do.
		ada.Post("/demands", url.Values{"issuer-role": {string(access.FocalPoint)}}).OK()
		s.fill(url.Values{"login": {"ana"}, "passphrase": {phrase("ana")}})
		s.send("/signin")
		s.says(s.said("signin.issuer.demanded"))
		judged("issuer-demanded")
		ada.Post("/demands", url.Values{}).OK()
	}

	// Over the interface and the command line nobody can be sent to another office, and whoever tries is told so.
	ada.Post("/demands", url.Values{"issuer-role": {string(access.FocalPoint)}}).OK()
	body := `{"login":"ana","passphrase":` + quoted(phrase("ana")) + `}`
	a := w.Stranger().Raw(http.MethodPost, "/api/v1/sessions", "application/json", []byte(body)).Is(http.StatusForbidden)
	if !strings.Contains(a.Body, "signin.issuer.pages") || !strings.Contains(a.Body, "Sign in with a browser") {
		t.Errorf("the interface says %s", a.Body)
	}
	ada.Post("/demands", url.Values{}).OK()
	p.Stop()
	n.Net.Clock.Advance(2 * time.Hour)
	w.Stranger().Get("/signin/out/state").Is(http.StatusServiceUnavailable).Says("You cannot be signed out there from here")
	w.Stranger().Get("/signin/out/elsewhere").Is(http.StatusNotFound)
	w.Stranger().Get("/signin?out=elsewhere").OK().Never("may still know")
}
