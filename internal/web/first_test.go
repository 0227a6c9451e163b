package web_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// firsts are the screens of fana, a first responder who is at the desk of ana, and what some of them follow on.
func firsts(w *webtest.World, sent map[string]after) []screen {
	w.T.Helper()
	w.Node.Desk(desk.Desk{ID: "unit", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.identification"}, "ines", access.IdentificationAuthority)
	w.Node.PublishSheet()
	fana := w.As("fana")
	_, gone := webtest.Urgent(fana)
	at := fana.Post(gone, url.Values{"version": {fana.Get(gone).OK().Find(`name="version" value="([0-9]+)"`)}}).OK().Path
	file, check := webtest.Urgent(fana)
	to := fana.Get(file + "/urgent").OK().Find(`name="to" type="radio" value="([^"]+)"`)
	fill := fana.Get(file + "/forms").OK().Find(`href="(` + file + `/forms/[^"]+)"`)
	fana.Post("/unnamed", url.Values{"adult": {"yes"}, "why": {"not-now"}, "sex": {"unknown"}, "forms": {"forced-labour"}, "helped": {"medical"}}).OK()
	w.Node.User("cleo", access.Statistician)
	maps.Copy(sent, map[string]after{
		"unnamed-missing":    {status: http.StatusUnprocessableEntity},
		"urgent-found":       {form: url.Values{"name": {"Demona Nepostoechka"}}},
		"urgent-her-missing": {status: http.StatusUnprocessableEntity},
		"urgent-agree":       {form: url.Values{"to": {to}, "needs": {"accommodation"}}},
	})
	return []screen{
		{"home-first", "fana", "/"},
		{"home-identification", "ines", "/"},
		{"home-statistician", "cleo", "/"},
		{"urgent-find", "fana", "/urgent"},
		{"urgent-found", "fana", "/urgent"},
		{"urgent-her", "fana", "/urgent/new"},
		{"urgent-her-missing", "fana", "/urgent/new"},
		{"urgent-help", "fana", file + "/urgent"},
		{"urgent-agree", "fana", file + "/urgent"},
		{"urgent-check", "fana", check},
		{"urgent-sent", "fana", strings.Split(at, "?")[0]},
		{"case-begin", "fana", "/cases/begin"},
		{"form-whole", "fana", fill + "/fill?view=whole"},
		{"unnamed", "fana", "/unnamed"},
		{"unnamed-missing", "fana", "/unnamed"},
		{"unnamed-counts", "cleo", "/unnamed/counts"},
		{"figures-statistician", "cleo", "/figures"},
	}
}

// TestFirstResponderScreensAreAccessible: see [TestEveryScreenIsAccessible].
func TestFirstResponderScreensAreAccessible(t *testing.T) {
	w := webtest.Pair(t)
	sent := map[string]after{}
	w.Node.Join(w.Node.As("ana").Desk, "fana", access.FirstResponder, "ana")
	accessible(t, w, firsts(w, sent), sent)
}

// TestAnUrgentReferralByKeyboardWithoutJavaScript: a first responder on a telephone whose browser runs no script comes from the way in to a
// desk that has the referral with Tab, Space and Enter alone, sees where she is, and never scrolls sideways.
func TestAnUrgentReferralByKeyboardWithoutJavaScript(t *testing.T) {
	ctx := browser(t)
	n := nodetest.New(t, nodetest.At("MK"))
	w := webtest.At(t, n.Node("MK"))
	w.Node.Desk(desk.Desk{ID: "border", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.police"}, "fana", access.FirstResponder)
	w.Node.PublishSheet()
	n.Run()
	off := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
	if err := chromedp.Do(ctx, off); err != nil {
		t.Fatal(err)
	}
	if err := look(ctx, 360, "light"); err != nil {
		t.Fatal(err)
	}
	h := &hands{t: t, ctx: ctx}
	enter(t, ctx, "http://"+w.Node.PeopleAddress(), "fana")
	h.comes("/")
	screens := 0
	screen := func(path string) {
		t.Helper()
		h.comes(path)
		screens++
		if wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); err != nil || wide > 360 {
			t.Errorf("%s is %d pixels wide %v", path, wide, err)
		}
	}
	follow := func(link string) {
		t.Helper()
		h.to(link)
		h.press(kb.Enter)
	}
	here := func() string {
		t.Helper()
		path, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	heading := func(want string) {
		t.Helper()
		within, stop := context.WithTimeout(ctx, 30*time.Second)
		defer stop()
		for within.Err() == nil {
			if got, err := chromedp.Run(within, chromedp.Evaluate[string](`document.readyState === 'complete' && document.querySelector('h1') ? document.querySelector('h1').textContent.trim() : ''`)); err == nil && got == want {
				return
			}
		}
		t.Fatalf("%q does not come", want)
	}
	follow("/urgent")
	screen("/urgent")
	follow("/urgent/new")
	screen("/urgent/new")
	h.to("age")
	h.press(" ")
	h.to("safe-now")
	h.press(" ")
	h.to("language")
	h.press("A", "l", "b")
	follow("/urgent/new")
	heading("Who is to help, with what?")
	path := here()
	screen(path)
	h.to("needs")
	h.press(" ")
	follow(path)
	heading("Does she agree?")
	screen(path)
	h.to("agreed")
	h.press(" ")
	h.to("interpreter")
	h.press("D", "E", "M", "O")
	h.to("said")
	h.press(" ")
	follow(path + "=agree")
	heading("Check your answers")
	check := here()
	screen(check)
	follow(check)
	screen(check + "/sent")
	heading("Sent to National focal point, North Macedonia MK/focal-point")
	if screens > 6 {
		t.Errorf("%d screens", screens)
	}
	n.Run()
	w.As("ana").Get("/referrals").OK().Says("MK/border")
}

// TestAnswersAreKeptAsTheyAreGiven: where the script runs, an answer is in the draft as soon as she goes to the next one, the page says so, and
// the button saves the rest without taking her own answers for those of somebody else.
func TestAnswersAreKeptAsTheyAreGiven(t *testing.T) {
	ctx := browser(t)
	w := webtest.Open(t)
	ana := w.As("ana")
	file := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	fill := ana.Do(http.MethodPost, file+"/fill/F7", url.Values{"spoken": {"ro"}}).Is(http.StatusSeeOther).Header.Get("Location")
	record, base := strings.TrimSuffix(fill, "/fill"), "http://"+w.Node.PeopleAddress()
	h := &hands{t: t, ctx: ctx}
	enter(t, ctx, base, "ana")
	visit(t, ctx, base+fill+"?view=whole")
	h.comes(fill)
	h.to("q-met-by")
	h.press("A", " ", "d", "e", "m", "o", " ", "d", "r", "i", "v", "e", "r", kb.Tab)
	within, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	said := ""
	for !strings.HasPrefix(said, "Saved at ") {
		var err error
		if said, err = chromedp.Run(within, chromedp.Evaluate[string](`document.querySelector('[data-kept]').textContent`)); err != nil {
			t.Fatalf("nothing is said to be saved: %q %v", said, err)
		}
	}
	ana.Get(record).OK().Says("A demo driver")
	h.to("q-opinion")
	h.press("S", "h", "e")
	h.to(fill)
	h.press(kb.Enter)
	h.comes(record)
	ana.Get(record).OK().Says("A demo driver", "She")
}
