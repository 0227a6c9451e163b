package web_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// sent lets Mira refer somebody whose consent names the desks, and send it; it returns the case and the referral.
func (h *hall) sent(surname string, desks ...string) (file, r string) {
	h.t.Helper()
	m := h.mira
	m.home()
	file = m.opened(surname)
	agreed := webtest.ConsentForm()
	agreed["recipients"] = desks
	m.answer(file+"/consent", agreed)
	m.refers(file+"/referral", webtest.DraftForm(desks[0]))
	m.send(file + "/referral")
	r = m.path()
	m.says(m.said("referral.status.sent"))
	return file, r
}

// look goes to a referral by the list of referrals.
func (s *seat) look(r string) {
	s.t.Helper()
	s.follow("/referrals")
	s.follow(r)
}

// sheTakesItBack: she says in Chisinau that she takes it back. Mira, who uses no mouse, records it with the keyboard alone; in Skopje
// nothing is left that tells who she is.
func sheTakesItBack(h *hall) {
	mira, second, skopje := h.mira, h.second, h.skopje
	file, r := h.sent("Povlechena", "MK/focal-point")
	h.net.Run()
	skopje.look(r)
	skopje.answer(r+"/acknowledge", nil)
	skopje.answer(r+"/accept", nil)
	h.net.Run()
	skopje.send(r + "/open")
	skopje.says("Demona Povlechena")
	skopje.follow("/cases")
	there := eval[string](skopje, `[...document.querySelectorAll('main td a, main th a')].map((a) => a.getAttribute('href')).pop()`)

	keys := &hands{t: h.t, ctx: mira.ctx}
	mira.home()
	keys.to("/cases")
	keys.press(kb.Enter)
	keys.comes("/cases")
	keys.to(file)
	keys.press(kb.Enter)
	keys.comes(file)
	for eval[string](mira, `document.activeElement.closest('details:not(.trm-language, .trm-drawer)') ? document.activeElement.tagName : ''`) != "SUMMARY" {
		keys.press(kb.Tab)
	}
	keys.press(kb.Enter, kb.Tab)
	if at := keys.at(); !strings.HasSuffix(at, "/withdraw") {
		h.t.Fatalf("after the fold the focus is on %q", at)
	}
	if _, err := chromedp.Run(mira.ctx, chromedp.WaitEvent(cdppage.LoadEventFired, nil, chromedp.KeyEvent(kb.Enter))); err != nil {
		h.t.Fatal(err)
	}
	mira.whole()
	mira.says(mira.said("consent.state.withdrawn"))
	h.net.Run()

	skopje.look(r)
	skopje.says(skopje.said("referral.status.withdrawn-by-person"), skopje.said("task.kind.referral.erase"))
	skopje.send(r + "/open")
	skopje.says(skopje.said("referral.bundle.none"))
	skopje.never("Povlechena")
	// The task leads to where it is answered, and Chisinau sees what Skopje said.
	second.home()
	second.look(r)
	second.says(second.said("consent.answer.there"), second.said("consent.answer.waits"))
	skopje.home()
	skopje.says(skopje.said("task.kind.referral.erase"))
	skopje.follow("/reply")
	skopje.says(skopje.said("consent.answer.final"))
	skopje.never("Povlechena")
	skopje.fill(url.Values{"answer": {"erased"}})
	skopje.send("/reply")
	skopje.says(skopje.said("consent.answer.erased"))
	skopje.home()
	skopje.never(skopje.said("task.kind.referral.erase"))
	h.net.Run()
	skopje.follow("/cases")
	skopje.follow(there)
	skopje.never("Povlechena")
	mira.look(r)
	mira.says(mira.said("referral.status.withdrawn-by-person"))
	second.look(r)
	second.says(second.said("consent.answer.erased"))
	second.never(second.said("consent.answer.waits"))
}

// sheTakesItBackHerself: on a telephone that runs no script, with the code that she was given, in her own language. Skopje has nothing left of
// her at once; what lies in Chisinau is erased when she was asked whether it was she.
func sheTakesItBackHerself(h *hall) {
	second, skopje := h.second, h.skopje
	file, r := h.sent("Sopstvena", "MK/focal-point")
	h.net.Run()
	skopje.look(r)
	skopje.answer(r+"/acknowledge", nil)
	skopje.answer(r+"/accept", nil)
	h.net.Run()
	skopje.send(r + "/open")
	skopje.says("Demona Sopstvena")

	second.home()
	second.follow("/cases")
	second.follow(file)
	second.follow(file + "/page")
	second.fill(url.Values{"lang": {"mk"}})
	second.send("/page/new")
	second.says("The code is shown this once and kept nowhere.")
	code := regexp.MustCompile(`([0-9a-z]{3}-){6}[0-9a-z]{3}`).FindString(second.text())
	second.follow(file + "/page") // back
	her := alone(h.t, h.browser, h.md, "mk", false)
	visit(h.t, her.ctx, her.base+"/page")
	her.press("mk", fmt.Sprintf(`%s(document.querySelector('button[name=lang][value=mk]'), 'button')`, where), true)
	her.fill(url.Values{"code": {strings.ToUpper(code)}})
	her.send("/page")
	her.says(her.said("ownview.page.number", "n", "1"), her.said("ownview.page.state.given"), her.said("ownview.page.asked"))
	her.never("OpenTRM", "Sopstvena", "MK/", code)
	her.send("/page/back")
	her.says(her.said("ownview.page.back.ask", "n", "1"), her.said("ownview.page.back.now"))
	her.send("/page/back")
	her.says(her.said("ownview.page.back.done"))
	h.net.Run()

	skopje.look(r)
	skopje.says(skopje.said("referral.status.withdrawn-by-person"))
	skopje.send(r + "/open")
	skopje.never("Sopstvena")
	second.home()
	second.follow("/tasks")
	second.follow(file + "/page")
	second.says("She took a consent back on her page", "Sharing stopped at once.")
	second.fill(url.Values{"outcome": {"hers"}})
	second.press("button to record it", fmt.Sprintf(`%s(document.querySelector('main .trm-card form button:not([name])'), 'button')`, where), true)
	second.never("She took a consent back on her page")
	h.net.Run()
	her.press("her page", fmt.Sprintf(`%s(document.querySelector('main a'), 'link')`, where), true)
	her.fill(url.Values{"code": {code}})
	her.send("/page")
	her.press("earlier", fmt.Sprintf(`%s(document.querySelector('main summary'), '')`, where), false)
	her.says(her.said("ownview.page.state.erased"))
}

// herAgeIsNotKnown: whoever may be a child is treated as one, on every page that follows.
func herAgeIsNotKnown(h *hall) {
	s := h.second
	s.home()
	s.follow("/cases")
	s.follow("/cases/begin")
	s.answer("/cases/new", url.Values{"age": {"unknown"}, "asylum": {"no"}})
	s.says("The year is enough; without it she is treated as a child.")
	s.fill(url.Values{"given": {"Demona"}, "surname": {"Nepoznata"}, "sex": {"female"}, "languages": {"ro"}})
	s.send("/person")
	file := s.path()
	s.says("This person is or may be a child. A guardian or authority, her assent and a note on her best interests are needed.")
	s.answer(file+"/risk", assessed())
	s.follow(file + "/consent")
	s.fill(webtest.ConsentForm())
	s.send("/consent")
	s.says("There is something to correct", "Record the guardian or authority who consents")
	s.follow(file)
	s.says("This person is or may be a child.")
	s.never("/consents/")

	s.follow(file + "/childhood")
	s.says("Nobody decides with her. A guardian has to be appointed.")
	s.answer(file+"/childhood/guardians", url.Values{"name": {"DEMO guardian"}, "relation": {"appointed-guardian"}, "authority": {"DEMO court"}})
	s.says("DEMO guardian")
	s.answer(file+"/childhood/interests", url.Values{
		"weight": {"determination"}, "about": {"placement"}, "body": {"panel"}, "name": {"DEMO panel"}, "part": {"DEMO social worker"},
		"heard": {"in-her-words"}, "views": {"DEMO: with her sister"}, "weighed": {"views", "safety"}, "grounds": {"DEMO"}, "result": {"DEMO: with her sister"},
		"signer-body": {"DEMO chair"}, "signer-guardian": {"DEMO guardian"}, "review-day": {"1"}, "review-month": {"5"}, "review-year": {"2026"},
	})
	s.says("DEMO: with her sister")
	s.follow(file)
	agreed := webtest.ConsentForm()
	agreed["given-by"], agreed["guardian"], agreed["relation"] = []string{"guardian"}, []string{"DEMO guardian"}, []string{"guardian"}
	agreed["assent"], agreed["best-interests"] = []string{"yes"}, []string{"DEMO: with her sister"}
	s.answer(file+"/consent", agreed)
	s.says("In force")
}

// declinedAndReferredAgain: Skopje has no place and names the house, to which she has not agreed yet. Mira reads so, asks her, and refers there.
func declinedAndReferredAgain(h *hall) {
	mira, skopje := h.mira, h.skopje
	file, r := h.sent("Odbiena", "MK/focal-point")
	h.net.Run()
	skopje.look(r)
	skopje.answer(r+"/acknowledge", nil)
	skopje.answer(r+"/decline", url.Values{"reason": {"no-capacity"}, "alternative": {"MK/house"}})
	skopje.says(skopje.said("referral.status.declined"))
	h.net.Run()
	mira.look(r)
	mira.says(mira.said("referral.status.declined"), mira.said("referral.reason.no-capacity"), "MK/house")
	mira.follow(r + "/re-refer")
	mira.says(mira.said("referral.alternative.unasked", "desk", "Primire în adăpost, Macedonia de Nord MK/house"))
	mira.follow(r) // back
	mira.follow(file)
	agreed := webtest.ConsentForm()
	agreed["recipients"] = []string{"MK/house"}
	mira.answer(file+"/consent", agreed)
	mira.look(r)
	mira.refers(r+"/re-refer", webtest.DraftForm("MK/house"))
	mira.send(file + "/referral")
	again := mira.path()
	h.net.Run()
	house := h.sit(h.mk, "zana", "en", true)
	house.look(again)
	house.says("Delivered", "MD/focal-point")
	house.answer(again+"/acknowledge", nil)
	house.answer(again+"/accept", nil)
	h.net.Run()
	house.send(again + "/open")
	house.says("Demona Odbiena")
	skopje.follow("/referrals")
	skopje.never(again, "Odbiena")
}

// twoPeopleChangeOneCase: both have the page of one person open. Who is second sees both versions and loses neither.
func twoPeopleChangeOneCase(h *hall) {
	mira, second := h.mira, h.second
	mira.home()
	file := mira.opened("Dvojna")
	second.home()
	second.follow("/cases")
	second.follow(file)
	second.follow(file + "/person/correct")
	mira.follow(file + "/person/correct")
	mira.fill(url.Values{"given": {"Demonica"}, "birth-year": {"1997"}})
	mira.send("/person/correct")
	mira.says("Demonica Dvojna")
	second.fill(url.Values{"given": {"Demka"}, "alias": {"DEMO alias"}})
	second.send("/person/correct")
	second.says("Somebody else has changed this", "What you wrote", "What stands now", "Demonica", "Demka", "DEMO alias", "May 1997", "May 1998")
	// What only one of them changed is chosen already, and what nobody changed is not asked.
	if kept := eval[string](second, `[...document.querySelectorAll('main form[method=post] input[type=radio]')].map((e) => e.name + '=' + e.value + (e.checked ? '!' : '')).join(' ')`); kept !=
		"keep-given=mine keep-given=theirs keep-alias=mine! keep-alias=theirs keep-birth-day=mine keep-birth-day=theirs!" {
		h.t.Errorf("she is asked %s", kept)
	}
	second.send("/person/correct")
	second.says("Choose one of the two.", "Demonica", "Demka", "DEMO alias")
	second.fill(url.Values{"keep-given": {"theirs"}})
	second.send("/person/correct")
	second.says("Demonica Dvojna", "DEMO alias", "May 1997")
	mira.home()
	mira.follow("/cases")
	mira.follow(file)
	mira.says("Demonica Dvojna", "DEMO alias", "1997")
}

// aStolenCookie: the name of the cookie and what a copy of the disk would give of it lead to the way in; half of it does too.
func aStolenCookie(h *hall) {
	all := ask(h.second, network.GetCookies, network.GetCookiesParams{URLs: []string{strings.Replace(h.second.base, "http:", "https:", 1)}})
	held := ""
	for _, c := range all.Cookies {
		if c.Name == "__Host-trm" {
			held = c.Value
		}
	}
	if len(held) < 20 {
		h.t.Fatalf("she holds %q", held)
	}
	ctx, cancel := chromedp.NewContext(h.browser, chromedp.WithNewBrowserContext())
	h.t.Cleanup(cancel)
	thief := &seat{t: h.t, ctx: ctx, base: h.second.base, p: h.second.p}
	come := func(cookie string) string {
		ask(thief, network.SetCookie, network.SetCookieParams{Name: "__Host-trm", Value: cookie, URL: strings.Replace(thief.base, "http:", "https:", 1), Secure: new(true), Path: "/"})
		visit(h.t, ctx, thief.base+"/cases")
		return thief.path()
	}
	for _, stolen := range []string{held[:len(held)/2], held[:len(held)-1], strings.Repeat("A", len(held))} {
		if at := come(stolen); at != "/lock" && at != "/signin" {
			h.t.Errorf("a cookie without its secret leads to %s", at)
		}
		thief.never("/cases/")
	}
	// The same way with the whole cookie leads in: it was the secret that was missing.
	if at := come(held); at != "/cases" {
		h.t.Errorf("the whole cookie leads to %s", at)
	}
	ask(thief, network.SetCookie, network.SetCookieParams{Name: "__Host-trm", Value: "x", URL: strings.Replace(thief.base, "http:", "https:", 1), Secure: new(true), Path: "/"})
}

// ask asks the browser itself for something of a window.
func ask[P, R any](s *seat, command cdp.Command[P, R], params P) (found R) {
	s.t.Helper()
	do := chromedp.Func(func(ctx context.Context, target *chromedp.Target) (err error) {
		found, err = cdp.Call(ctx, target, command, params)
		return err
	})
	if err := chromedp.Do(s.ctx, do); err != nil {
		s.t.Fatal(err)
	}
	return found
}

// theNodeAbroadIsDown: the sender reads in words that her referral waits; when the node is back, it arrives once.
func theNodeAbroadIsDown(h *hall) {
	mira := h.mira
	h.mk.Stop()
	_, r := h.sent("Chekana", "MK/focal-point")
	h.net.Run()
	waits := mira.said("referral.undelivered", "desk", "Punct național de contact, Macedonia de Nord MK/focal-point")
	mira.look(r)
	mira.says(mira.said("referral.status.sent"), waits)
	h.mk.Start()
	h.net.Run()
	mira.look(r)
	mira.says(mira.said("referral.status.delivered"))
	if strings.Contains(mira.text(), waits) {
		h.t.Error("what has arrived is said to wait")
	}
	skopje := h.sit(h.mk, "ana", "mk", true)
	skopje.follow("/referrals")
	if n := eval[int](skopje, `document.querySelectorAll('main a[href="`+r+`"]').length`); n != 1 {
		h.t.Errorf("it arrived %d times", n)
	}
	skopje.follow(r)
	skopje.says(skopje.said("referral.status.delivered"))
}
