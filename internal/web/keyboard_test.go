package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// standing tells where the focus is: "" nowhere on the page; else the address or the name of the element, after "!" if it
// looks like nothing. A control that draws itself, such as a round button, shows its focus on its label.
const standing = `(() => {
	const e = document.activeElement
	if (!e || e === document.body || e === document.documentElement) return ''
	const colour = getComputedStyle(document.documentElement).getPropertyValue('--govuk-focus-colour').trim()
	const filled = 'rgb(' + [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)).join(', ') + ')'
	const drawn = (s) => s.backgroundColor === filled || s.boxShadow !== 'none' || s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 && !/rgba\(.*, 0\)|transparent/.test(s.outlineColor)
	const label = e.matches('[type=radio], [type=checkbox]') && e.nextElementSibling
	const box = (label || e).getBoundingClientRect()
	const seen = (drawn(getComputedStyle(e)) || label && drawn(getComputedStyle(label, '::before'))) &&
		box.width > 1 && box.height > 1 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight
	const at = e.getAttribute('href') || e.id || e.name || e.className
	const sends = e.type === 'submit' && e.form ? new URL(e.form.action).pathname + (e.value ? '=' + e.value : '') : ''
	return (seen ? '' : '!') + (sends || at) + '|' + (document.title || '')
})()`

// hands works a page with the keyboard alone.
type hands struct {
	t   *testing.T
	ctx context.Context
	n   int // keys pressed
}

func (h *hands) press(keys ...string) {
	h.t.Helper()
	for _, k := range keys {
		h.n++
		if err := chromedp.Do(h.ctx, chromedp.KeyEvent(k)); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *hands) back() {
	h.t.Helper()
	h.n++
	if err := chromedp.Do(h.ctx, chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))); err != nil {
		h.t.Fatal(err)
	}
}

// at returns where the focus is, and fails the test where nobody would see it.
func (h *hands) at() string {
	h.t.Helper()
	said, err := chromedp.Run(h.ctx, chromedp.Evaluate[string](standing))
	if err != nil {
		h.t.Fatal(err)
	}
	where, title, _ := strings.Cut(said, "|")
	if unseen, ok := strings.CutPrefix(where, "!"); ok {
		h.t.Errorf("nobody sees that the focus is on %q of %q", unseen, title)
		where = unseen
	}
	return where
}

// to presses Tab until the focus is on what fits.
func (h *hands) to(want string) {
	h.t.Helper()
	var seen []string
	for range 80 {
		h.press(kb.Tab)
		at := h.at()
		if at == want {
			return
		}
		seen = append(seen, at)
	}
	h.t.Fatalf("Tab never comes to %q, only to %q", want, seen)
}

// comes waits for the page of a path that is whole.
func (h *hands) comes(path string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, 30*time.Second)
	defer cancel()
	look := `(document.readyState === 'complete' ? '' : '…') + location.pathname + location.search`
	for {
		now, err := chromedp.Run(ctx, chromedp.Evaluate[string](look))
		if err == nil && (now == path || strings.HasPrefix(now, path+"?")) {
			return
		}
		if ctx.Err() != nil {
			h.t.Fatalf("%s does not come: %q, %v", path, now, err)
		}
	}
}

// around goes through the whole page by Tab and back by Shift-Tab: every element comes once, in both directions, and the
// way leads out of the page at both ends.
func (h *hands) around() {
	h.t.Helper()
	there := h.lap(func() { h.press(kb.Tab) })
	back := h.lap(h.back)
	if len(there) < 3 || len(there) != len(back) {
		h.t.Errorf("Tab finds %q, Shift and Tab %q", there, back)
	}
}

func (h *hands) lap(step func()) []string {
	h.t.Helper()
	var all []string
	for range 120 {
		step()
		at := h.at()
		if at == "" {
			return all
		}
		all = append(all, at)
	}
	h.t.Fatalf("the focus never leaves the page: %q", all)
	return nil
}

// control finds what a selector names and she sees, for [seat.press].
func control(selector string) string {
	return fmt.Sprintf(`(() => {
		const e = [...document.querySelectorAll(%[2]s)].find((e) => e.getClientRects().length)
		return e ? %[1]s(e, e.tagName === 'A' ? 'link' : e.matches('input:not([type=radio], [type=checkbox]), textarea') ? 'text' : 'button', true) : null
	})()`, where, quoted(selector))
}

// tap waits for a control, comes to it by Tab and presses the key that belongs to it.
func tap(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	within, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	if err := chromedp.Do(within, chromedp.WaitVisible(selector)); err != nil {
		t.Fatalf("%s: %v", selector, err)
	}
	(&seat{t: t, ctx: ctx}).press(selector, control(selector), false)
}

// keyIn waits for a field, comes to it by Tab and types in place of what stands there.
func keyIn(t *testing.T, ctx context.Context, selector, words string) {
	t.Helper()
	tap(t, ctx, selector)
	if err := chromedp.Do(ctx, chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Delete), chromedp.KeyEvent(words)); err != nil {
		t.Fatal(err)
	}
}

// TestAReferralIsAnsweredByKeyboard: from the way in to the way out with Tab, Shift, Enter and Space alone. Whoever works so
// always sees where she is, and nothing holds her.
func TestAReferralIsAnsweredByKeyboard(t *testing.T) {
	ctx := browser(t)
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	n.Run()
	md := webtest.At(t, n.Node("MD"))
	ana := md.As("ana")
	r := webtest.Draft(ana, webtest.Opened(t, ana))
	ana.Take(r, "check", nil).OK()
	ana.Take(r, "send", nil).OK()
	n.Run()

	h := &hands{t: t, ctx: ctx}
	base := "http://" + n.Node("MK").PeopleAddress()
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/")); err != nil {
		t.Fatal(err)
	}
	h.comes("/lock")
	h.to("passphrase")
	h.back()
	if at := h.at(); at != "login" {
		t.Fatalf("Shift and Tab lead to %q", at)
	}
	h.press("ana")
	h.to("passphrase")
	h.press(phrase("ana"), kb.Enter)
	h.comes("/")
	h.around()
	h.to("/referrals")
	h.press(kb.Enter)
	h.comes("/referrals")
	h.to(r)
	h.press(kb.Enter)
	h.comes(r)
	take := func(verb string) {
		h.to(r + "/" + verb)
		h.press(kb.Enter)
		h.comes(r + "/" + verb)
		h.to(r + "/" + verb)
		h.press(" ")
		h.comes(r)
	}
	take("acknowledge")
	h.around()
	h.to(r + "/open")
	h.press(" ")
	h.comes(r + "/open")
	if err := chromedp.Do(ctx, chromedp.Navigate(base+r)); err != nil {
		t.Fatal(err)
	}
	h.comes(r)
	take("accept")
	n.Run()
	ana.Take(r, "plan", url.Values{"planned-day": {"20"}, "planned-month": {"3"}, "planned-year": {"2026"}, "hour": {"14:30"}, "meeting": {"station"}, "met-by": {"DEMO: two colleagues, at the clock"}, "missing": {"DEMO: they ring the desk at once"}}).OK()
	n.Run()
	if err := chromedp.Do(ctx, chromedp.Navigate(base+r)); err != nil {
		t.Fatal(err)
	}
	h.comes(r)
	take("confirm")
	h.to("trm-drawer__open")
	h.press(kb.Enter)
	h.to("/me")
	h.press(kb.Enter)
	h.comes("/me")
	h.to("/signout")
	h.press(kb.Enter)
	h.comes("/signin")
	a := md.As("ana")
	n.Run()
	a.Get(r).OK().Says("Handed over")
	if a := webtest.At(t, n.Node("MK")).Stranger().Get(r); a.Status != http.StatusSeeOther {
		t.Errorf("signed out, and shown the page: %d", a.Status)
	}
	t.Logf("%d keys", h.n)
}

// TestTwoFilesAreKeptApartByKeyboard: with keys alone somebody goes from her home to the cases that may be of one person, looks at a pair,
// says that they are of two persons, and takes that back: the pair is gone from the queue, and comes back. Nothing holds her on any page of it, and with
// empty hands she is told what is missing.
func TestTwoFilesAreKeptApartByKeyboard(t *testing.T) {
	ctx := browser(t)
	w := webtest.Open(t)
	compared := webtest.Compared(w)
	keep, there, _ := strings.Cut(compared, "/comparison?other=")
	here := w.As("ana").Get(keep).OK().Find(`<title>[^<]*([0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3})`)
	base := "http://" + w.Node.PeopleAddress()
	if err := look(ctx, 360, "light"); err != nil {
		t.Fatal(err)
	}
	enter(t, ctx, base, "ana")
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	ana, h := &seat{t: t, ctx: ctx, base: base, p: texts.Printer("en")}, &hands{t: t, ctx: ctx}
	shown := func(selector string) { // on a page that has the path of the one before
		t.Helper()
		within, stop := context.WithTimeout(ctx, 30*time.Second)
		defer stop()
		if err := chromedp.Do(within, chromedp.WaitVisible(selector)); err != nil {
			t.Fatalf("%s does not come: %v", selector, err)
		}
	}
	proposed := func() string { // from her home by its menu
		t.Helper()
		ana.home()
		ana.follow("/find")
		h.comes("/find")
		ana.follow("/duplicates")
		h.comes("/duplicates")
		return ana.text()
	}
	if said := proposed(); !strings.Contains(said, there) || !strings.Contains(said, here) {
		t.Fatalf("the pair is not proposed: %q", said)
	}
	h.around()
	pair := eval[string](ana, `[...document.querySelectorAll('a')].map((a) => a.getAttribute('href')).find((x) => x?.includes('/comparison?other='))`)
	path, _, _ := strings.Cut(pair, "?")
	h.to(pair)
	h.press(kb.Enter)
	h.comes(path)
	ana.says("The two files side by side", "Dvojna Fiktivna")
	h.around()

	// without a reason it is not taken, and she stands where it is missing
	h.to(path + "=apart")
	h.press(kb.Enter)
	shown(".govuk-error-summary")
	h.to("#why")
	h.press(kb.Enter)
	if at := h.at(); at != "why" {
		t.Fatalf("the link to what is missing leads to %q", at)
	}
	h.press("DEMO: another mother.")
	h.to(path + "=apart")
	h.press(kb.Enter)
	file := strings.TrimSuffix(path, "/comparison")
	h.comes(file + "/duplicates")
	ana.says("not proposed again", "DEMO: another mother.")
	if said := proposed(); strings.Contains(said, there) || strings.Contains(said, here) {
		t.Errorf("two that are kept apart are proposed: %q", said)
	}

	// taken back from the file itself
	ana.home()
	ana.follow("/cases")
	ana.follow(file)
	ana.follow(file + "/duplicates")
	h.comes(file + "/duplicates")
	h.to(pair)
	h.press(kb.Enter)
	h.comes(path)
	h.to("again")
	h.press("DEMO: it was the other one.")
	h.to(path + "=together")
	h.press(kb.Enter)
	shown("#why") // it can be said anew that they are apart
	h.comes(path)
	ana.says("They are proposed again.")
	h.around()
	if said := proposed(); !strings.Contains(said, there) {
		t.Errorf("what was taken back is not proposed: %q", said)
	}
	t.Logf("%d keys beside those of the ways there", h.n)
}
