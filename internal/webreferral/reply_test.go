package webreferral_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// village is a node with a desk that has none, and a case whose consent names that desk.
func village(t testing.TB) (w *webtest.World, ana *webtest.Somebody, path string) {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MD").With(func(c *node.Config) { c.Address = "https://md.example" }))
	n.Run()
	md := n.Node("MD")
	md.Desk(desk.Desk{ID: "village", Kind: desk.Light, Realm: access.Assistance, Function: "desk.function.shelter"}, "", "")
	w = webtest.At(t, md)
	ana = w.As("ana")
	a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
	path = strings.TrimSuffix(a.Header.Get("Location"), "/person")
	ana.Post(path+"/person", url.Values{
		"given": {"Мария"}, "surname": {"Фиктивна"}, "birth-year": {"1998"}, "birth-month": {"5"}, "sex": {"female"}, "citizenships": {"md"},
		"languages": {"ro"}, "way": {"telephone"}, "contact": {"+37360000001"}, "safety": {"safe"}, "times": {"10:00-12:00"}, "may-say": {"the dentist"}, "code-word": {"teapot"},
	}).OK()
	ana.Post(path+"/risk", url.Values{
		"trigger": {"before-referral"}, "grade-person": {"medium"}, "grade-travel": {"low"}, "factor": {"threats-to-family"},
		"conclusion": {"She can travel accompanied."}, "days": {"30"}, "with": {"yes"},
	}).OK()
	consent := webtest.ConsentForm()
	consent.Set("recipients", "MD/village")
	ana.Post(path+"/consent", consent).OK().Says("MD/village", "In force")
	return w, ana, path
}

// asked drafts, checks and sends a referral of the case to the desk without a node, and returns its path.
func asked(ana *webtest.Somebody, path string) string {
	ana.W.T.Helper()
	to := ana.Get(path + "/referral").OK().Find(`name="to" type="radio" value="([^"]+)"`)
	a := ana.Do(http.MethodPost, path+"/referral", url.Values{
		"to": {to}, "kind": {"specialised-service"}, "needs": {"accommodation", "legal"}, "urgency": {"normal"}, "sex": {"female"},
		"age": {"adult"}, "languages": {"ro"}, "risk": {"medium"}, "children": {"0"}, "basis": {"consent"},
	}).Is(http.StatusSeeOther)
	r := strings.TrimSuffix(a.Header.Get("Location"), "?done=draft")
	ana.Get(r + "/letter").OK()
	ana.Do(http.MethodPost, r+"/letter", nil).Is(http.StatusConflict)
	ana.Take(r, "check", nil).OK()
	ana.Take(r, "send", nil).OK().Says("Letter to a desk without a node")
	return r
}

// printed makes the letter of a referral and returns its code as it is printed.
func printed(ana *webtest.Somebody, r string) string {
	ana.W.T.Helper()
	return ana.Do(http.MethodPost, r+"/letter", nil).OK().
		Says("Accommodation", "Romanian", "https://md.example/reply", "MD/village").Never("Фиктивна", "Мария", "1998", "+37360000001", "teapot", "/cases/").
		Find(`((?:[0-9a-z]{4} ){6}[0-9a-z]{2})\b`)
}

func TestALightDeskAnswersOnItsPage(t *testing.T) {
	w, ana, path := village(t)
	r := asked(ana, path)
	old, code := printed(ana, r), printed(ana, r)
	if old == code {
		t.Fatal("two letters have one code")
	}
	there := w.Stranger()
	there.Do(http.MethodPost, "/reply", url.Values{"code": {old}, "answer": {"accepted"}}).Is(http.StatusNotFound) // that letter is lost
	ana.Get(r).OK().Says("Sent").Never("Accepted")
	a := there.Get("/reply?lang=mk&code=" + url.QueryEscape(code)).OK().Says("Одговор на писмо").Never(code)
	there.Get("/reply").OK().Says("Answer a letter").Never(strings.TrimPrefix(r, "/referrals/"))
	there.Do(http.MethodGet, "/reply", nil, func(r *http.Request) { r.Header.Set("Accept-Language", "mk-MK,en;q=0.5") }).OK().Says("Одговор на писмо")
	if a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.Header)
	}

	// What is missing is said whatever the code is.
	wrong := strings.Repeat("0000 ", 6) + "00"
	for _, c := range []string{code, wrong} {
		for _, form := range []url.Values{{}, {"answer": {"completed"}}, {"answer": {"declined"}, "why": {"no-capacity"}}, {"answer": {"information-requested"}}} {
			form.Set("code", c)
			there.Do(http.MethodPost, "/reply", form).Is(http.StatusUnprocessableEntity).Says("There is something to correct")
			there = w.Stranger() // not to be slowed down yet
		}
	}
	// Only a form of this node answers: a link, or a form elsewhere, does not.
	there.Do(http.MethodPost, "/reply", url.Values{"code": {code}, "answer": {"accepted"}}, func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://elsewhere.example")
	}).Is(http.StatusForbidden)
	ana.Get(r).OK().Says("Sent").Never("Declined")

	// She types it as people type.
	no := url.Values{"lang": {"mk"}, "code": {" " + strings.ToUpper(strings.ReplaceAll(code, " ", "-"))}, "answer": {"declined"}, "why": {"no-capacity"}, "instead": {"none-known"}}
	a = there.Do(http.MethodPost, "/reply", no).Is(http.StatusSeeOther)
	there.Get(a.Header.Get("Location")).OK().Says("Благодариме")
	ana.Get(r).OK().Says("Declined", "No place")
	if len(there.Cookies) != 0 {
		t.Errorf("cookies %v", there.Cookies)
	}

	// Used, never made, of an ended referral, over: one and the same page.
	var pages []string
	for _, c := range []string{code, wrong, "x", old} {
		pages = append(pages, w.Stranger().Do(http.MethodPost, "/reply", url.Values{"code": {c}, "answer": {"accepted"}}).Is(http.StatusNotFound).Body)
	}
	ended := asked(ana, path)
	open := printed(ana, ended)
	ana.Take(ended, "revoke", url.Values{"reason": {"no-longer-needed"}}).OK().Says("Taken back")
	pages = append(pages, w.Stranger().Do(http.MethodPost, "/reply", url.Values{"code": {open}, "answer": {"accepted"}}).Is(http.StatusNotFound).Body)
	second := asked(ana, path)
	late := printed(ana, second)
	w.Node.Net.Clock.Advance(8 * 24 * time.Hour)
	pages = append(pages, w.Stranger().Do(http.MethodPost, "/reply", url.Values{"code": {late}, "answer": {"accepted"}}).Is(http.StatusNotFound).Body)
	for i, p := range pages {
		if p != pages[0] {
			t.Errorf("page %d differs:\n%s\n%s", i, p, pages[0])
		}
	}
	for _, c := range []string{code, old, late} {
		if s := w.Node.Logs.String(); strings.Contains(s, c) || strings.Contains(s, strings.ReplaceAll(c, " ", "")) {
			t.Error("a log has a code")
		}
	}
}

func TestCodesOfLettersAreTriedSlowly(t *testing.T) {
	w := webtest.Open(t)
	p := w.Stranger()
	for n := range 11 {
		a := p.Do(http.MethodPost, "/reply", url.Values{"code": {"x"}, "answer": {"accepted"}})
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusServiceUnavailable}[n < 10]; a.Status != want {
			t.Fatalf("attempt %d: %d, want %d", n, a.Status, want)
		}
	}
	p.Get("/reply").OK()
	w.Stranger().Do(http.MethodPost, "/reply", url.Values{"code": {"x"}, "answer": {"accepted"}}).Is(http.StatusNotFound)
}

// The letter as a file: the passphrase that was shown opens what was saved, and what is in it is the letter and no more.
func TestALetterGoesAsAFileUnderAPassphrase(t *testing.T) {
	w, ana, path := village(t)
	r := asked(ana, path)
	first := printed(ana, r)
	ana.Get(r + "/letter").OK().Says("File under a passphrase")
	a := ana.Do(http.MethodPost, r+"/file", nil).OK().Never("Фиктивна", "Accommodation", "MD/village<")
	passphrase, text := a.Find(`((?:\d{4}-){5}\d{4})`), a.Find(`name="file" value="([^"]+)"`)
	saved := ana.Do(http.MethodPost, r+"/file/save", url.Values{"file": {strings.ReplaceAll(text, "\n", "\r\n")}}).OK()
	if saved.Body != text || !strings.HasPrefix(saved.Header.Get("Content-Disposition"), "attachment") || strings.Contains(saved.Body, passphrase) {
		t.Errorf("saved %v %.60q", saved.Header, saved.Body)
	}
	ana.Do(http.MethodPost, r+"/file/save", url.Values{"file": {"<script>"}}).Is(http.StatusUnprocessableEntity)
	if _, err := seal.OpenFile("0000-0000-0000-0000-0000-0000", saved.Body); !fault.Is(err, fault.Denied) {
		t.Errorf("another passphrase: %v", err)
	}
	plain, err := seal.OpenFile(passphrase, saved.Body)
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
	w.Stranger().Do(http.MethodPost, "/reply", url.Values{"code": {first}, "answer": {"accepted"}}).Is(http.StatusNotFound)
	w.Stranger().Do(http.MethodPost, "/reply", url.Values{"code": {code}, "answer": {"accepted"}}).Is(http.StatusSeeOther)
	ana.Get(r).OK().Says("Accepted")
	if s := w.Node.Logs.String(); strings.Contains(s, passphrase) || strings.Contains(s, code) {
		t.Error("a log has the passphrase or the code")
	}
	if n := strings.Count(webtest.Entries(w.As("oto")), "referral.read"); n != 4 {
		t.Errorf("%d entries for a look before it was checked and one before it was sent, a letter and a file", n)
	}
}

// What a desk without a node says by telephone or on paper is recorded for it, with how it was told, by the desk that asked.
func TestWhatALightDeskSaysIsRecorded(t *testing.T) {
	w, ana, path := village(t)
	r := asked(ana, path)
	there := ana.Get(r).OK().Says("Record what the desk said").Find(`href="(` + r + `\?for=village)"`)
	ana.Get(there).OK().Says("You record here what village told you").Never("/open")
	told := func(step string, form url.Values) webtest.Answer {
		t.Helper()
		at := r + "/" + step + "?for=village"
		version := ana.Get(at).OK().Says("How the desk told you").Find(`name="version" value="([0-9]+)"`)
		form.Set("version", version)
		return ana.Do(http.MethodPost, at, form)
	}
	told("acknowledge", url.Values{}).Is(http.StatusUnprocessableEntity).Says("Say how the desk told you").Find(`id="(via-error)"`)
	told("acknowledge", url.Values{"via": {"phone"}}).Is(http.StatusSeeOther)
	told("accept", url.Values{"via": {"letter"}}).Is(http.StatusSeeOther)
	ana.Get(r).OK().Says("Accepted", "By telephone", "On paper")
	// It is for the desk that asked alone, and of no desk that has a node.
	w.Node.Desk(w.DeskOf("shelter"), "sara", access.CaseManager)
	w.As("sara").Get(there).Is(http.StatusNotFound)
	ana.Get(r + "?for=focal-point").OK()
	ana.Get(r + "?for=shelter").Is(http.StatusNotFound)
}

// A referral goes on what two people approved where she cannot be asked: to that desk, under that ground, and with who she is at once
// where somebody says so.
func TestAReferralGoesUnderTheEmergencyPath(t *testing.T) {
	w, ana, path := village(t)
	w.Node.Join(w.Node.As("ana").Desk, "vera", access.CaseManager, "ana")
	o, err := w.Node.Consents.Propose(t.Context(), w.Node.As("ana"), id.Case(strings.TrimPrefix(path, "/cases/")), consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "MD", Desk: "village"}, Category: []consent.Code{"identity.names"},
		Text: "she was found unconscious and cannot be asked", Notice: "as soon as she is awake",
	})
	if err != nil {
		t.Fatal(err)
	}
	over := "/overrides/" + string(o.ID)
	ana.Get(over).OK().Never("Refer her under this")
	w.As("vera").Post(over+"/approve", nil).OK()
	draft := ana.Get(over).OK().Find(`href="(` + path + `/referral\?override=[^"]+)"`)
	form := ana.Get(draft).OK().Says("Nobody agreed to this", "MD/village").Says("Approved until").Never(`name="basis"`, "named in a consent")
	in := url.Values{
		"to": {form.Find(`name="to" type="radio" value="([^"]+)"`)}, "override": {form.Find(`name="override" value="([^"]+)"`)}, "kind": {"emergency"},
		"needs": {"accommodation"}, "urgency": {"urgent"}, "sex": {"female"}, "age": {"adult"}, "languages": {"ro"}, "risk": {"high"}, "children": {"0"},
	}
	wrong := url.Values{}
	for k, v := range in {
		wrong[k] = v
	}
	wrong.Set("to", string(o.ID)+" MK/focal-point")
	ana.Do(http.MethodPost, path+"/referral", wrong).Is(http.StatusUnprocessableEntity).Says("Nobody agreed to this")
	r := strings.TrimSuffix(ana.Do(http.MethodPost, path+"/referral", in).Is(http.StatusSeeOther).Header.Get("Location"), "?done=draft")
	ana.Get(r).OK().Says("Danger to life or health, in this one case")
	ana.Take(r, "check", nil).OK()
	ana.Get(r + "/send").OK()
	ana.Take(r, "send", nil).OK().Says("Sent")
	w.Node.Desk(w.DeskOf("shelter"), "sara", access.CaseManager)
	w.As("sara").Get(draft).Is(http.StatusNotFound)
}
