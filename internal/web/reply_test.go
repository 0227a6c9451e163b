package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/seal"
)

// village is a node with a desk that has none, and a case whose consent names that desk.
func village(t testing.TB) (w *world, ana *somebody, path string) {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MD").With(func(c *node.Config) { c.Address = "https://md.example" }))
	n.Run()
	md := n.Node("MD")
	md.Desk(desk.Desk{ID: "village", Kind: desk.Light, Realm: access.Assistance, Function: "desk.function.shelter"}, "", "")
	w = &world{t: t, mk: md, h: md.Handler()}
	ana = w.as("ana")
	a := ana.do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).is(http.StatusSeeOther)
	path = strings.TrimSuffix(a.header.Get("Location"), "/person")
	ana.post(path+"/person", url.Values{
		"given": {"Мария"}, "surname": {"Фиктивна"}, "birth-year": {"1998"}, "birth-month": {"5"}, "sex": {"female"}, "citizenships": {"md"},
		"languages": {"ro"}, "way": {"telephone"}, "contact": {"+37360000001"}, "safety": {"safe"}, "times": {"10:00-12:00"}, "may-say": {"the dentist"}, "code-word": {"teapot"},
	}).ok()
	ana.post(path+"/risk", url.Values{
		"trigger": {"before-referral"}, "grade-person": {"medium"}, "grade-travel": {"low"}, "factor": {"threats-to-family"},
		"conclusion": {"She can travel accompanied."}, "days": {"30"}, "with": {"yes"},
	}).ok()
	consent := consentForm()
	consent.Set("recipients", "MD/village")
	ana.post(path+"/consent", consent).ok().says("MD/village", "In force")
	return w, ana, path
}

// asked drafts, checks and sends a referral of the case to the desk without a node, and returns its path.
func asked(ana *somebody, path string) string {
	ana.w.t.Helper()
	to := ana.get(path + "/referral").ok().find(`name="to" type="radio" value="([^"]+)"`)
	a := ana.do(http.MethodPost, path+"/referral", url.Values{
		"to": {to}, "kind": {"specialised-service"}, "needs": {"accommodation", "legal"}, "urgency": {"normal"}, "sex": {"female"},
		"age": {"adult"}, "languages": {"ro"}, "risk": {"medium"}, "children": {"0"}, "basis": {"consent"},
	}).is(http.StatusSeeOther)
	r := strings.TrimSuffix(a.header.Get("Location"), "?done=draft")
	ana.get(r + "/letter").ok()
	ana.do(http.MethodPost, r+"/letter", nil).is(http.StatusConflict)
	ana.take(r, "check", nil).ok()
	ana.take(r, "send", nil).ok().says("Letter to a desk without a node")
	return r
}

// printed makes the letter of a referral and returns its code as it is printed.
func printed(ana *somebody, r string) string {
	ana.w.t.Helper()
	return ana.do(http.MethodPost, r+"/letter", nil).ok().
		says("Accommodation", "Romanian", "https://md.example/reply", "MD/village").never("Фиктивна", "Мария", "1998", "+37360000001", "teapot", "/cases/").
		find(`((?:[0-9a-z]{4} ){6}[0-9a-z]{2})\b`)
}

func TestALightDeskAnswersOnItsPage(t *testing.T) {
	w, ana, path := village(t)
	r := asked(ana, path)
	old, code := printed(ana, r), printed(ana, r)
	if old == code {
		t.Fatal("two letters have one code")
	}
	there := w.stranger()
	there.do(http.MethodPost, "/reply", url.Values{"code": {old}, "answer": {"accepted"}}).is(http.StatusNotFound) // that letter is lost
	ana.get(r).ok().says("Sent").never("Accepted")
	a := there.get("/reply?lang=mk&code=" + url.QueryEscape(code)).ok().says("Одговор на писмо").never(code)
	there.get("/reply").ok().says("Answer a letter").never(strings.TrimPrefix(r, "/referrals/"))
	there.do(http.MethodGet, "/reply", nil, func(r *http.Request) { r.Header.Set("Accept-Language", "mk-MK,en;q=0.5") }).ok().says("Одговор на писмо")
	if a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.header)
	}

	// What is missing is said whatever the code is.
	wrong := strings.Repeat("0000 ", 6) + "00"
	for _, c := range []string{code, wrong} {
		for _, form := range []url.Values{{}, {"answer": {"completed"}}, {"answer": {"declined"}, "why": {"no-capacity"}}, {"answer": {"information-requested"}}} {
			form.Set("code", c)
			there.do(http.MethodPost, "/reply", form).is(http.StatusUnprocessableEntity).says("There is something to correct")
			there = w.stranger() // not to be slowed down yet
		}
	}
	// Only a form of this node answers: a link, or a form elsewhere, does not.
	there.do(http.MethodPost, "/reply", url.Values{"code": {code}, "answer": {"accepted"}}, func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://elsewhere.example")
	}).is(http.StatusForbidden)
	ana.get(r).ok().says("Sent").never("Declined")

	// She types it as people type.
	no := url.Values{"lang": {"mk"}, "code": {" " + strings.ToUpper(strings.ReplaceAll(code, " ", "-"))}, "answer": {"declined"}, "why": {"no-capacity"}, "instead": {"none-known"}}
	a = there.do(http.MethodPost, "/reply", no).is(http.StatusSeeOther)
	there.get(a.header.Get("Location")).ok().says("Благодариме")
	ana.get(r).ok().says("Declined", "No place")
	if len(there.cookies) != 0 {
		t.Errorf("cookies %v", there.cookies)
	}

	// Used, never made, of an ended referral, over: one and the same page.
	var pages []string
	for _, c := range []string{code, wrong, "x", old} {
		pages = append(pages, w.stranger().do(http.MethodPost, "/reply", url.Values{"code": {c}, "answer": {"accepted"}}).is(http.StatusNotFound).body)
	}
	ended := asked(ana, path)
	open := printed(ana, ended)
	ana.take(ended, "revoke", url.Values{"reason": {"no-longer-needed"}}).ok().says("Taken back")
	pages = append(pages, w.stranger().do(http.MethodPost, "/reply", url.Values{"code": {open}, "answer": {"accepted"}}).is(http.StatusNotFound).body)
	second := asked(ana, path)
	late := printed(ana, second)
	w.mk.Net.Clock.Advance(8 * 24 * time.Hour)
	pages = append(pages, w.stranger().do(http.MethodPost, "/reply", url.Values{"code": {late}, "answer": {"accepted"}}).is(http.StatusNotFound).body)
	for i, p := range pages {
		if p != pages[0] {
			t.Errorf("page %d differs:\n%s\n%s", i, p, pages[0])
		}
	}
	for _, c := range []string{code, old, late} {
		if s := w.mk.Logs.String(); strings.Contains(s, c) || strings.Contains(s, strings.ReplaceAll(c, " ", "")) {
			t.Error("a log has a code")
		}
	}
}

func TestCodesOfLettersAreTriedSlowly(t *testing.T) {
	w := open(t)
	p := w.stranger()
	for n := range 11 {
		a := p.do(http.MethodPost, "/reply", url.Values{"code": {"x"}, "answer": {"accepted"}})
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusServiceUnavailable}[n < 10]; a.status != want {
			t.Fatalf("attempt %d: %d, want %d", n, a.status, want)
		}
	}
	p.get("/reply").ok()
	w.stranger().do(http.MethodPost, "/reply", url.Values{"code": {"x"}, "answer": {"accepted"}}).is(http.StatusNotFound)
}

// The letter as a file: the passphrase that was shown opens what was saved, and what is in it is the letter and no more.
func TestALetterGoesAsAFileUnderAPassphrase(t *testing.T) {
	w, ana, path := village(t)
	r := asked(ana, path)
	first := printed(ana, r)
	ana.get(r + "/letter").ok().says("File under a passphrase")
	a := ana.do(http.MethodPost, r+"/file", nil).ok().never("Фиктивна", "Accommodation", "MD/village<")
	passphrase, text := a.find(`((?:\d{4}-){5}\d{4})`), a.find(`name="file" value="([^"]+)"`)
	saved := ana.do(http.MethodPost, r+"/file/save", url.Values{"file": {strings.ReplaceAll(text, "\n", "\r\n")}}).ok()
	if saved.body != text || !strings.HasPrefix(saved.header.Get("Content-Disposition"), "attachment") || strings.Contains(saved.body, passphrase) {
		t.Errorf("saved %v %.60q", saved.header, saved.body)
	}
	ana.do(http.MethodPost, r+"/file/save", url.Values{"file": {"<script>"}}).is(http.StatusUnprocessableEntity)
	if _, err := seal.OpenFile("0000-0000-0000-0000-0000-0000", saved.body); !fault.Is(err, fault.Denied) {
		t.Errorf("another passphrase: %v", err)
	}
	plain, err := seal.OpenFile(passphrase, saved.body)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Accommodation", "Romanian", "MD/village", "https://md.example/reply", "Type the code", "open the page"} {
		if !strings.Contains(strings.ToLower(string(plain)), strings.ToLower(s)) {
			t.Errorf("the file does not say %q:\n%s", s, plain)
		}
	}
	for _, s := range []string{"Фиктивна", "Мария", "1998", "+37360000001", "teapot", "dentist", "Threats"} {
		if strings.Contains(string(plain), s) {
			t.Errorf("the file says %q", s)
		}
	}
	// Its code is a letter's code, and ends that of the letter before.
	code := regexp.MustCompile(`(?:[0-9a-z]{4} ){6}[0-9a-z]{2}`).FindString(string(plain))
	w.stranger().do(http.MethodPost, "/reply", url.Values{"code": {first}, "answer": {"accepted"}}).is(http.StatusNotFound)
	w.stranger().do(http.MethodPost, "/reply", url.Values{"code": {code}, "answer": {"accepted"}}).is(http.StatusSeeOther)
	ana.get(r).ok().says("Accepted")
	if s := w.mk.Logs.String(); strings.Contains(s, passphrase) || strings.Contains(s, code) {
		t.Error("a log has the passphrase or the code")
	}
	if n := strings.Count(w.as("oto").get("/audit").ok().text(), "referral.read"); n != 2 {
		t.Errorf("%d entries for a letter and a file", n)
	}
}
