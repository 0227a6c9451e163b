package web_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// screen is one page as somebody sees it; an empty login is nobody.
type screen struct{ name, login, path string }

// screens are every screen with something on it.
func screens(w *webtest.World, path string) []screen {
	w.T.Helper()
	ana := w.As("ana")
	a := ana.Do(http.MethodPost, "/messages/new", url.Values{"to": {"MK/focal-point"}, "text": {"Zdravo"}, "basis": {"protocol"}}).Is(http.StatusSeeOther)
	thread := strings.TrimSuffix(a.Header.Get("Location"), "?done=sent")
	r := webtest.Draft(ana, path)
	w.Node.User("cora", access.NationalCoordinator)
	w.Node.Notices.Address = "https://mk.example" // for which browsers keep passkeys
	err := store.Writer[backup.Tx](w.Node.DB)(w.T.Context(), audit.Did(nodetest.Console(w.Node.Member), access.RestoreBackup, "x"), func(tx backup.Tx) error {
		return tx.UnconfirmConsents(w.T.Context(), 2) // as a restore does
	})
	if err == nil {
		err = w.Node.Profile.State(w.T.Context(), w.Node.As("ada").Actor, "case-file", profile.Length{N: 60, Unit: profile.Months}, "an invented law", "article 1")
	}
	if err != nil {
		w.T.Fatal(err)
	}
	ana.Post(path+"/reflection", url.Values{
		"body": {"Demo police"}, "basis": {"Demo act, article 3"}, "from-day": {"3"}, "from-month": {"3"}, "from-year": {"2026"},
		"until-day": {"10"}, "until-month": {"4"}, "until-year": {"2026"},
	}).OK()
	period := ana.Get(path).OK().Find(`href="(/cases/[^"]+/reflections/[^"]+)"`)
	ana.Post(path+"/refusals", url.Values{
		"offer": {"psychological"}, "why": {"not-now"}, "told": {"yes"}, "on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"},
		"again-day": {"16"}, "again-month": {"3"}, "again-year": {"2026"},
	}).OK()
	refused := ana.Get(path).OK().Find(`href="(/cases/[^"]+/refusals/[^"]+)"`)
	unsure := ana.Get(path).OK().Find(`href="(/consents/[^"]+)"`)
	draft := path + "/referral?draft=" + strings.TrimPrefix(r, "/referrals/") + "&step="
	more := []screen{
		{"referrals", "ana", "/referrals"},
		{"referral-whole", "ana", path + "/referral?view=whole"},
		{"referral-new", "ana", path + "/referral?view=parts"},
		{"referral-agreed", "ana", draft + "agreed"},
		{"referral-her", "ana", draft + "her"},
		{"referral-contact", "ana", draft + "contact"},
		{"referral-handover", "ana", draft + "handover"},
		{"referral-look", "ana", draft + "look"},
		{"referral", "ana", r},
		{"referral-check", "ana", r + "/check"},
		{"referral-plan", "ana", r + "/plan"},
		{"referral-decline", "ana", r + "/decline"},
		{"referral-feedback", "ana", r + "/feedback"},
		{"referral-resend", "ana", r + "/resend"},
		{"referral-accept", "ana", r + "/accept"},
		{"referral-ask", "ana", r + "/ask"},
		{"referral-not-arrived", "ana", r + "/not-arrived"},
		{"referral-complete", "ana", r + "/complete"},
		{"referral-revoke", "ana", r + "/revoke"},
		{"referral-supply", "ana", r + "/supply"},
		{"referral-confirm", "ana", r + "/confirm"},
		{"referral-in-care", "ana", r + "/in-care"},
		{"referral-re-refer", "ana", r + "/re-refer"},
		{"referral-enter-in-error", "ana", r + "/enter-in-error"},
		{"board", "cora", "/board"},
		{"figures", "cora", "/figures"},
		{"figures-published", "cora", "/figures/published"},
		{"figure-map", "cora", "/figures/referral"},
		{"members", "cora", "/members"},
		{"member-block", "cora", "/members/MK/block"},
		{"member-unblock", "cora", "/members/MK/unblock"},
		{"sending", "cora", "/sending"},
		{"checklist", "ada", "/profile/checklist"},
		{"checklist-item", "ada", "/profile/checklist/item?key=" + string(w.Node.Member) + "/retention.case-file"},
		{"hits-second", "cora", "/hits"},
	}
	begun := ana.Do(http.MethodPost, path+"/fill/F7", url.Values{"spoken": {"ro"}}).Is(http.StatusSeeOther).Header.Get("Location")
	more = append(more, []screen{
		{"forms", "ana", path + "/forms"},
		{"form-begin", "ana", path + "/fill/F7"},
		{"form-fill", "ana", begun},
		{"form-fill-missing", "ana", begun + "?part=later&check=yes"},
		{"form-filled", "ana", strings.TrimSuffix(begun, "/fill")},
		{"form-correct", "ana", strings.TrimSuffix(begun, "/fill") + "/correct"},
		{"screenings", "ana", path + "/screenings"},
		{"openings", "ana", path + "/openings"},
		{"referral-send", "ana", r + "/send"},
		{"referral-acknowledge", "ana", r + "/acknowledge"},
		{"referral-close", "ana", r + "/close"},
		{"referral-withdraw", "ana", r + "/withdraw"},
		{"unusual", "oto", "/audit/unusual"},
		{"user", "ada", w.As("ada").Get("/users").OK().Find(`href="(/users/[^"/]+)">`)},
	}...)
	more = append(more, networkScreens(w)...)
	house := webtest.Entered(w)
	ana.Post("/me/notices", url.Values{"mail": {"ana@example.org"}, "sms": {"+38970123456"}, "from": {"22:00"}, "to": {"06:00"}}).OK()
	ana.Post("/me/notices/browsers", url.Values{"subscription": {subscription(w.T, "x")}}).OK()
	return append(more, []screen{
		{"directory", "ana", "/directory"},
		{"organisation", "ana", house},
		{"organisation-end", "ana", house + "/end"},
		{"signin", "", "/signin"},
		{"passkey", "", "/signin/passkey"},
		{"known", "", "/signin/known?with=state&back=/tasks"},
		{"linking", "", "/signin/linking?with=state"},
		{"signin-out", "", "/signin?out=state"},
		{"issuer-late", "", "/signin/not/late"},
		{"unlock", "ana", unlockPage},
		{"passphrase", "ana", unlockPage + "/passphrase"},
		{"demands", "ada", "/demands"},
		{"lock", "", "/lock?lost=yes"},
		{"enrol", "", "/enrol/x"},
		{"away", "", "/calendar"},
		{"languages", "", "/languages"},
		{"texts", "ana", "/texts/mk"},
		{"text", "ada", "/texts/mk/consent"},
		{"receipt", "ana", ana.Get(path).OK().Find(`href="(/consents/[^"]+/receipt)"`)},
		{"home", "ana", "/"},
		{"tasks", "ana", "/tasks"},
		{"place", "ana", "/place"},
		{"me", "ana", "/me"},
		{"notices", "ana", "/me/notices"},
		{"desk-own", "ana", "/desks/focal-point"},
		{"cases", "ana", "/cases"},
		{"case-new", "ana", "/cases/new"},
		{"case", "ana", path},
		{"find", "ana", "/find"},
		{"hits", "ana", "/hits"},
		{"person", "ana", path + "/person"},
		{"note", "ana", path + "/note"},
		{"risk", "ana", path + "/risk"},
		{"consent", "ana", path + "/consent"},
		{"consent-confirm", "ana", unsure},
		{"decide", "ana", path + "/decide"},
		{"serve", "ana", path + "/service"},
		{"reflection", "ana", path + "/reflection"},
		{"reflection-end", "ana", period},
		{"refusal", "ana", path + "/refusals"},
		{"refusal-asked", "ana", refused},
		{"close", "ana", path + "/close?version=1"},
		{"releases", "ana", "/releases"},
		{"messages", "ana", "/messages"},
		{"message-new", "ana", "/messages/new"},
		{"thread", "ana", thread},
		{"letter", "ana", "/letters/x"},
		{"message-resend", "ana", "/letters/x/resend"},
		{"letter-print", "ana", r + "/letter"},
		{"reply", "", "/reply"},
		{"reply-taken", "", "/reply/taken"},
		{"missing", "ana", "/nothing"},
		{"home-admin", "ada", "/"},
		{"users", "ada", "/users"},
		{"user-new", "ada", "/users/new"},
		{"desks", "ada", "/desks"},
		{"desk-new", "ada", "/desks/new"},
		{"desk", "ada", "/desks/focal-point"},
		{"home-auditor", "oto", "/"},
		{"audit", "oto", "/audit"},
		{"keys", "ada", "/keys"},
		{"diagnostics", "ada", "/diagnostics"},
		{"audit-found", "oto", "/audit?action=case.note&since-day=1&since-month=1&since-year=2026"},
		{"audit-entry", "oto", w.As("oto").Get("/audit?action=" + string(access.InitNode)).OK().Find(`href="(/audit/1/[0-9]+)"`)},
		{"audit-day", "oto", "/audit?until-day=31&until-month=2&until-year=2026"},
	}...)
}

// unseen are the pages that are no screen yet; a new page is one.
var unseen = map[string]bool{
	"GET /signin/with/{issuer}":                   true, // lead to the issuer
	"GET /signin/out/{issuer}":                    true,
	"GET /signin/from/{issuer}":                   true, // leads on from it
	"GET /me/unlock/with/{issuer}":                true,
	"GET /cases/{case}/files/{record}/picture":    true,
	"GET /audit/{epoch}/{index}/proof":            true, // a file
	"GET /sheets/{form}":                          true, // a file
	"GET /as/{login}":                             true, // leads in, on nodes of the demonstration only
	"GET /leave":                                  true,
	"GET /counts/{count}/transcript":              true, // a file
	"GET /publications/{publication}/calendar":    true, // a file
	"GET /publications/{publication}/minutes":     true, // a file
	"GET /meetings/calendar":                      true, // a file
	"GET /cooperation/key/certificate.pem":        true, // a file
	"GET /dockets/{board}/calendar":               true, // a file
	"GET /figures/{picture}/svg":                  true, // a file
	"GET /figures/{picture}/csv":                  true, // a file
	"GET /dockets/{board}/proof":                  true, // a file
	"GET /cooperation/{thread}/request.json":      true, // a file
	"GET /cooperation/{thread}/request.docx":      true, // a file
	"GET /publications/{publication}/files/{sum}": true, // a file
	"GET /stay":              true, // asked for by a script
	"GET /worker.js":         true,
	"GET /offline/worker.js": true,
}

// everyPage fails where a page of the map is neither among the screens nor known to be missing there.
func everyPage(t *testing.T, all []screen) {
	t.Helper()
	mux, shown := http.NewServeMux(), map[string]bool{}
	for _, r := range web.Routes() {
		mux.HandleFunc(r.Pattern, func(http.ResponseWriter, *http.Request) {})
	}
	for _, s := range all {
		_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, s.path, nil))
		shown[pattern] = true
	}
	for _, r := range web.Routes() {
		if strings.HasPrefix(r.Pattern, "GET ") && shown[r.Pattern] == unseen[r.Pattern] {
			t.Errorf("%s is among the screens: %t, and said to be missing there: %t", r.Pattern, shown[r.Pattern], unseen[r.Pattern])
		}
	}
}

var (
	records   = regexp.MustCompile(`(?s)<bdi>.*?</bdi>|<(script|style|title|desc|option|textarea|text).*?</(script|style|title|desc|option|textarea|text)>`)
	markup    = regexp.MustCompile(`(?s)<[^>]*>`)
	bracketed = regexp.MustCompile(`⟨[^⟨⟩]*⟩`)
	unsaid    = regexp.MustCompile(`⟦[^⟧]*⟧|…`)
)

// In the language that brackets every message nothing stands outside brackets but what came from a record.
func TestEveryScreenIsTranslated(t *testing.T) {
	w := webtest.Pair(t)
	path := webtest.Opened(t, w.As("ana"))
	more, sent := rare(w, path)
	all := slices.Concat(screens(w, path), more, firsts(w, sent))
	everyPage(t, all)
	everyRole(t, w, all)
	kept(t, all)
	for _, s := range all {
		p := w.Stranger()
		if s.login != "" {
			p = w.As(s.login)
		}
		p.Lang = string(lang.Pseudo)
		a, want := p.Get(s.path), http.StatusOK
		if x, ok := sent[s.name]; ok {
			a, want = x.answer(w, p, s), cmp.Or(x.status, want)
		}
		if s.name == "issuer-late" {
			want = http.StatusConflict
		}
		if a.Status != want && s.name != "missing" {
			t.Errorf("%s: %d", s.name, a.Status)
		}
		if found := unsaid.FindString(a.Body); found != "" {
			t.Errorf("%s says %q", s.name, found)
		}
		text := markup.ReplaceAllString(records.ReplaceAllString(a.Body, ""), "\n")
		for strings.Contains(text, "⟨") {
			next := bracketed.ReplaceAllString(text, "")
			if next == text {
				t.Fatalf("%s: brackets do not close", s.name)
			}
			text = next
		}
		for line := range strings.Lines(text) {
			line = strings.Trim(line, " ,.:;!–()\n")
			if line != "" && line != "OpenTRM" && line != "English" && line != "македонски" {
				t.Errorf("%s: %q was never translated", s.name, line)
			}
		}
	}
	if n := noCodes(t, w, all); n < 120 {
		t.Errorf("%d things to correct", n)
	}
}

// Every screen: axe finds nothing, on a telephone and on a desk, light and dark, and the page does not scroll sideways. With texts two
// fifths longer than the English nothing is cut off on the narrowest telephone, in either direction of writing. Nothing to press, no way to leave and no
// address would be printed.
func TestEveryScreenIsAccessible(t *testing.T) {
	w := webtest.Pair(t)
	accessible(t, w, screens(w, webtest.Opened(t, w.As("ana"))), nil)
}

func TestRareScreensAreAccessible(t *testing.T) {
	w := webtest.Pair(t)
	all, sent := rare(w, webtest.Opened(t, w.As("ana")))
	accessible(t, w, all, sent)
}

// view is how a screen is looked at: how wide, light or dark, and by which rules of axe.
type view struct {
	width         int64
	scheme, rules string
}

func accessible(t *testing.T, w *webtest.World, all []screen, sent map[string]after) {
	t.Helper()
	// To sign in takes longer than to look: nobody does it twice, and what nobody has to sign in for comes first.
	slices.SortStableFunc(all, func(a, b screen) int { return cmp.Compare(a.login, b.login) })
	if dir := os.Getenv("OPENTRM_PICTURES"); dir != "" {
		pictures(t, w, all, sent, dir)
		return
	}
	axe, err := os.ReadFile(filepath.Join("axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skip("no axe-core: run npm ci in internal/web/axe")
	}
	ctx := browser(t)
	base := "http://" + w.Node.PeopleAddress()
	walk := func(tag string, look func(screen)) { walk(t, ctx, base, tag, all, sent, look) }
	fits := func(name string, width int64) {
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
		if err != nil || int64(wide) > width {
			t.Errorf("%s is %d pixels wide %v", name, wide, err)
		}
	}
	walk(cmp.Or(os.Getenv("OPENTRM_SCREENS_LANG"), "en"), func(s screen) {
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(axe)+";true")); err != nil {
			t.Fatal(err)
		}
		views := []view{{320, "light", allRules}, {320, "dark", contrast}, {1280, "light", allRules}, {1280, "dark", contrast}}
		dir := os.Getenv("OPENTRM_SCREENS")
		for _, v := range views {
			name := fmt.Sprintf("%s-%d-%s", s.name, v.width, v.scheme)
			if err := look(ctx, v.width, v.scheme); err != nil {
				t.Fatal(err)
			}
			examine(t, ctx, name, v.rules)
			fits(name, v.width)
			if v == views[0] {
				bare(t, ctx, s.name)
			}
			if dir == "" {
				continue
			}
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if err := look(ctx, 320, "light"); err != nil {
		t.Fatal(err)
	}
	walk(string(lang.Pseudo), func(s screen) { uncut(t, ctx, s.name) })
}

// walk brings the browser to every screen, as whoever sees it, in one language.
func walk(t *testing.T, ctx context.Context, base, tag string, all []screen, sent map[string]after, look func(screen)) {
	t.Helper()
	speak(t, ctx, base, tag)
	as := ""
	for _, s := range all {
		if s.login != as && s.login != "" {
			enter(t, ctx, base, s.login)
			as = s.login
		}
		stand(t, ctx, base, s, sent)
		look(s)
	}
}

// What axe is asked. In the dark nothing changes but colours.
const (
	allRules = `{type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}`
	contrast = `{type: 'rule', values: ['color-contrast']}`
)

// examine lets axe look at the page.
func examine(t *testing.T, ctx context.Context, name, rules string) {
	t.Helper()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](fmt.Sprintf(runAxe, rules), chromedp.EvalAwaitPromise))
	if err != nil || len(found) == 0 || found[0] == "0" {
		t.Fatalf("%s: axe ran no rule: %v", name, err)
	}
	for _, f := range found[1:] {
		t.Errorf("%s: %s", name, f)
	}
}

// visit opens a page, after the pause that the node asks for from a browser which opens too many.
func visit(t *testing.T, ctx context.Context, address string) {
	t.Helper()
	for range 30 {
		if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
			t.Fatal(err)
		}
		if !tooSoon(t, ctx) {
			return
		}
	}
	t.Fatalf("%s is refused again and again", address)
}

// tooSoon reports whether the page says that too many were opened, after the pause that it asks for.
func tooSoon(t *testing.T, ctx context.Context) bool {
	t.Helper()
	status, err := chromedp.Run(ctx, chromedp.Evaluate[int](`performance.getEntriesByType("navigation")[0].responseStatus`))
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests {
		return false
	}
	if err := chromedp.Do(ctx, chromedp.Sleep(2*time.Second)); err != nil { // Retry-After
		t.Fatal(err)
	}
	return true
}

// speak chooses the language of the pages.
func speak(t *testing.T, ctx context.Context, base, tag string) {
	t.Helper()
	visit(t, ctx, base+"/signin")
	now, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.documentElement.lang`))
	if err != nil {
		t.Fatal(err)
	}
	if now == tag { // the page that a click brings could not be told from this one, nor waited for
		return
	}
	tap(t, ctx, `.trm-language summary`)
	if tag == string(lang.Pseudo) { // which nobody is offered
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('button[name=lang]').value = '`+tag+`'; true`)); err != nil {
			t.Fatal(err)
		}
	}
	(&seat{t: t, ctx: ctx}).press(tag, control(`button[name=lang][value="`+tag+`"]`), true)
	if now, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.documentElement.lang`)); err != nil || now != tag {
		t.Fatalf("it speaks %q, not %q: %v", now, tag, err)
	}
}

// With JavaScript off somebody signs in over the form and reads her page.
func TestWithoutJavaScript(t *testing.T) {
	ctx := browser(t)
	w := webtest.Open(t)
	base := "http://" + w.Node.PeopleAddress()
	off := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
	if err := chromedp.Do(ctx, off); err != nil {
		t.Fatal(err)
	}
	enter(t, ctx, base, "ana")
}

// enter signs somebody in over the form, by keyboard.
func enter(t *testing.T, ctx context.Context, base, login string) {
	t.Helper()
	visit(t, ctx, base+"/leave")
	visit(t, ctx, base+"/signin")
	keyIn(t, ctx, "#login", login)
	keyIn(t, ctx, "#passphrase", phrase(login))
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(cdppage.LoadEventFired, nil, chromedp.KeyEvent(kb.Enter))); err != nil {
		t.Fatal(err)
	}
	if tooSoon(t, ctx) {
		enter(t, ctx, base, login)
		return
	}
	if in, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector(".trm-nav") !== null`)); err != nil || !in {
		t.Fatalf("%s is not signed in: %v", login, err)
	}
}
