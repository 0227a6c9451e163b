package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// seat is one person at a telephone of her own: one window with its own cookies of a browser that all share, 360 pixels wide.
// She gets on by what she can see and what Tab comes to, with the keyboard alone; an address is typed once, at the way in.
type seat struct {
	t    *testing.T
	ctx  context.Context
	base string
	p    *lang.Printer
}

// sit signs somebody in at a node, in the language that she chooses. all is the browser that everybody shares.
func sit(t *testing.T, all context.Context, at *nodetest.Node, login string, tag lang.Tag, script bool) *seat {
	t.Helper()
	s := alone(t, all, at, tag, script)
	speak(t, s.ctx, s.base, string(tag))
	enter(t, s.ctx, s.base, login)
	s.whole()
	return s
}

// alone opens a window in which nobody has signed in.
func alone(t *testing.T, all context.Context, at *nodetest.Node, tag lang.Tag, script bool) *seat {
	t.Helper()
	ctx, cancel := chromedp.NewContext(all, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	complain(t, ctx)
	if err := look(ctx, 360, "light"); err != nil {
		t.Fatal(err)
	}
	if !script {
		off := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return err
		})
		if err := chromedp.Do(ctx, off); err != nil {
			t.Fatal(err)
		}
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &seat{t: t, ctx: ctx, base: "http://" + at.PeopleAddress(), p: texts.Printer(tag)}
}

// spot is a control of the page that she sees, and what it is.
type spot struct {
	Kind    string
	Keys    int    // the arrow keys or lines from the first of a list to the wanted one
	First   bool   // it opens what is folded over the thing
	Done    bool   // there is nothing to press: it is chosen already
	Covered string // why it cannot be pressed: what lies over it
}

// where finds an element, rolled into sight, or the fold that hides it, and puts the focus where Tab enters: of round buttons on the one
// that is chosen or the first.
const where = `((e, kind, want) => {
	if (!e) return null
	const at = {kind, keys: 0, first: false, done: false, covered: ''}
	let goal = window.trmGoal = e
	if ((e.type === 'radio' || e.type === 'checkbox') && e.checked === want) return {...at, done: true}
	if (e.type === 'radio' || e.type === 'checkbox') e = document.querySelector('label[for="' + CSS.escape(e.id) + '"]') || e
	let fold = null
	for (let d = goal.parentElement; d; d = d.parentElement) if (d.tagName === 'DETAILS' && !d.open && d.firstElementChild !== goal) fold = d
	if (fold) { at.first = true; at.kind = 'fold'; e = goal = fold.querySelector('summary') }
	e.scrollIntoView({block: 'center', behavior: 'instant'})
	const r = e.getClientRects()[0]
	if (!r) return {...at, covered: 'it is not shown'}
	const top = document.elementFromPoint(r.left + Math.min(r.width / 2, 100), r.top + r.height / 2)
	if (!top || !(e === top || e.contains(top) || top.contains(e) && top.tagName !== 'BODY')) return {...at, covered: top ? top.outerHTML.slice(0, 120) : 'nothing is there'}
	window.trmGoal = goal
	let enter = goal
	if (goal.type === 'radio') {
		const all = [...goal.form.elements].filter((x) => x.type === 'radio' && x.name === goal.name && !x.disabled)
		enter = all.find((x) => x.checked) || all[0]
		at.keys = all.indexOf(goal) - all.indexOf(enter)
		at.kind = at.keys ? 'round' : at.kind
	}
	window.trmEnter = enter
	enter.focus()
	return at
})`

// came tells whether Tab has brought the focus to where it was wanted, and whether anybody sees it there.
const came = `(() => {
	const e = document.activeElement
	if (e !== window.trmEnter) return e ? e.outerHTML.slice(0, 120) : 'nothing'
	return ` + standing + `.startsWith('!') ? 'the right place, which looks like any other' : ''
})()`

// press comes to what an expression names by Tab, opens what is folded over it first, and presses it with the keys that belong to it: no
// mouse is used. It waits for the page that follows where one does.
func (s *seat) press(what, expression string, leads bool) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	for range 4 {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[*spot](expression))
		switch {
		case err != nil:
			s.t.Fatalf("%s: %v", what, err)
		case at == nil:
			s.t.Fatalf("%s has no %s:\n%s", s.path(), what, s.text())
		case at.Done:
			return at.Kind
		case at.Covered != "":
			s.t.Fatalf("%s: %s cannot be pressed: %s", s.path(), what, at.Covered)
		}
		if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent(kb.Tab)); err != nil {
			s.t.Fatal(err)
		}
		if instead := eval[string](s, came); instead != "" {
			s.t.Fatalf("%s: Tab does not come to %s but to %s", s.path(), what, instead)
		}
		keys := " "
		switch at.Kind {
		case "link":
			keys = kb.Enter
		case "round":
			keys = strings.Repeat(kb.ArrowDown, max(at.Keys, 0)) + strings.Repeat(kb.ArrowUp, max(-at.Keys, 0))
		case "select":
			keys = kb.Home + strings.Repeat(kb.ArrowDown, at.Keys)
		case "text":
			keys = ""
		}
		if at.First || !leads {
			err = chromedp.Do(ctx, chromedp.KeyEvent(keys))
		} else {
			_, err = chromedp.Run(ctx, chromedp.WaitEvent(cdppage.LoadEventFired, nil, chromedp.KeyEvent(keys)))
		}
		if err != nil {
			s.t.Fatalf("%s: %s leads nowhere: %v", s.path(), what, err)
		}
		if !at.First {
			if leads && s.p != nil {
				s.whole()
			}
			return at.Kind
		}
	}
	s.t.Fatalf("%s: %s stays folded", s.path(), what)
	return ""
}

func quoted(v any) string { b, _ := json.Marshal(v); return string(b) }

// follow presses the link whose address ends with some text.
func (s *seat) follow(end string) {
	s.t.Helper()
	s.press("link to "+end, fmt.Sprintf(`%s([...document.querySelectorAll('a')].find(a => a.getAttribute('href')?.endsWith(%s)), 'link')`, where, quoted(end)), true)
}

// send presses the button of the form that is sent to an address which ends with some text.
func (s *seat) send(end string) {
	s.t.Helper()
	s.press("button of "+end, fmt.Sprintf(`%s([...document.querySelectorAll('main form[method=post]')].find(f => new URL(f.action).pathname.endsWith(%s))?.querySelector('button:not([name])'), 'button')`, where, quoted(end)), true)
}

// fill chooses and types the answers of a form.
func (s *seat) fill(answers url.Values) {
	s.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		for _, value := range answers[name] {
			find := fmt.Sprintf(`(() => {
				const all = [...document.querySelectorAll('main [name=' + CSS.escape(%[2]s) + ']')].filter((e) => e.type !== 'hidden'), value = %[3]s
				const e = all.length === 1 && all[0].type !== 'radio' && all[0].type !== 'checkbox' ? all[0] : all.find((e) => e.value === value) || all.find((e) => e.value.endsWith(' ' + value))
				if (!e) return null
				if (e.tagName === 'SELECT') {
					const keys = [...e.options].filter((o) => !o.disabled).findIndex((o) => o.value === value), at = keys < 0 ? null : %[1]s(e, 'select', true)
					return at && (at.first ? at : {...at, keys})
				}
				return %[1]s(e, e.type === 'radio' || e.type === 'checkbox' ? 'choice' : 'text', true)
			})()`, where, quoted(name), quoted(value))
			if s.press(name+" "+value, find, false) == "text" {
				if err := chromedp.Do(s.ctx, chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Delete), chromedp.KeyEvent(value)); err != nil {
					s.t.Fatal(err)
				}
			}
			has := fmt.Sprintf(`(() => { const e = window.trmGoal; return e.type === 'radio' || e.type === 'checkbox' ? e.checked : e.value === %s })()`, quoted(value))
			if !eval[bool](s, has) {
				s.t.Fatalf("%s: the keys do not write %q into %s", s.path(), value, name)
			}
		}
	}
}

// answer follows a link to a form, fills it in and sends it; what was to be corrected fails the test.
func (s *seat) answer(end string, answers url.Values) {
	s.t.Helper()
	s.follow(end)
	s.fill(answers)
	if s.has("input[name=card-read]") {
		s.fill(url.Values{"card-read": {"yes"}})
	}
	s.send(end)
	if s.has(".govuk-error-summary") {
		s.t.Fatalf("%s is to be corrected:\n%s", s.path(), s.text())
	}
}

// refers drafts a referral one thing a page, from a link that leads to the first, up to the page on which it is looked through.
func (s *seat) refers(end string, answers url.Values) {
	s.t.Helper()
	s.follow(end)
	if s.has("a[href*='view=parts']") { // her device remembers that she wanted one page
		s.follow("view=parts")
	}
	for _, names := range [][]string{{"to", "kind", "needs"}, {"basis"}, {"sex", "age", "languages", "risk"}, nil, {"urgency", "children", "spoken"}} {
		asked := url.Values{}
		for _, name := range names {
			asked[name] = answers[name]
		}
		s.fill(asked)
		s.send(s.path())
		if s.has(".govuk-error-summary") {
			s.t.Fatalf("%s is to be corrected:\n%s", s.path(), s.text())
		}
	}
}

func (s *seat) has(selector string) bool {
	s.t.Helper()
	return eval[bool](s, `document.querySelector(`+quoted(selector)+`) !== null`)
}

func (s *seat) path() string { s.t.Helper(); return eval[string](s, `location.pathname`) }

// text is what she sees of the page.
func (s *seat) text() string {
	s.t.Helper()
	return eval[string](s, `document.querySelector('main').innerText.replace(/\s+/g, ' ')`)
}

func eval[T any](s *seat, expression string) T {
	s.t.Helper()
	x, err := chromedp.Run(s.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		s.t.Fatal(err)
	}
	return x
}

// whole fails the test where the page came in another language, is wider than the screen, says a key, or did not come.
func (s *seat) whole() {
	s.t.Helper()
	type page struct {
		Lang, Path, Unsaid string
		Wide, Status       int
	}
	p := eval[page](s, `({lang: document.documentElement.lang, path: location.pathname, unsaid: (document.body.innerText.match(/⟦[^⟧]*⟧/) || [''])[0],
		wide: document.documentElement.scrollWidth, status: performance.getEntriesByType('navigation')[0].responseStatus})`)
	if p.Lang != string(s.p.Tag()) || p.Unsaid != "" || p.Wide > 360 || p.Status >= 500 || p.Status == 429 {
		s.t.Errorf("%s is %+v", p.Path, p)
	}
}

// home goes to the first page by the name in the head of every page.
func (s *seat) home() { s.t.Helper(); s.follow("/") }

// said is a message in her own language; one that nobody has put into it yet fails the test.
func (s *seat) said(key string, args ...any) string {
	s.t.Helper()
	x := s.p.Say(key, args...)
	if !x.OK || x.From != s.p.Tag() {
		s.t.Errorf("%s is not said in %s: %+v", key, s.p.Tag(), x)
	}
	return x.Text
}

// says fails the test unless she sees all of it.
func (s *seat) says(words ...string) {
	s.t.Helper()
	text := s.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.t.Errorf("%s does not say %q:\n%s", s.path(), w, text)
		}
	}
}

// never fails the test if any of it stands anywhere in the page.
func (s *seat) never(words ...string) {
	s.t.Helper()
	body := eval[string](s, `document.documentElement.outerHTML`)
	for _, w := range words {
		if strings.Contains(body, w) {
			s.t.Errorf("%s has %q", s.path(), w)
		}
	}
}
