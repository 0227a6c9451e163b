package webreferral_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestNobodyIsReachedBeforeTheCardWasRead: the card stands before every step at which she is met or called; without it, or by an old one,
// the step is not taken. What came with the referral is the card of the desk that has written none.
func TestNobodyIsReachedBeforeTheCardWasRead(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	n.Run()
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	ana, there := md.As("ana"), mk.As("ana")
	path := webtest.Opened(t, ana)
	ana.Post(ana.Get(path).OK().Find(`action="(/cases/[^"]+/withdraw)"`), nil).OK()
	more := webtest.ConsentForm()
	more["categories"] = append(more["categories"], "contact.safe")
	ana.Post(path+"/consent", more).OK()
	r := webtest.Draft(ana, path)
	ana.Take(r, "check", nil).OK()
	ana.Take(r, "send", nil).OK()
	n.Run()
	there.Take(r, "acknowledge", nil).OK()
	there.Take(r, "accept", nil).OK()
	n.Run()
	a := there.Do(http.MethodPost, r+"/open", nil).OK().Says("Before any contact", "the dentist", "teapot").Never("+37360000001")
	reach, shown := a.Find(`action="(/referrals/[^"]+/reach/0)"`), a.Find(`name="shown" value="([0-9]+)"`)
	there.Do(http.MethodPost, reach, url.Values{}).Is(http.StatusConflict).Never("+37360000001")
	there.Do(http.MethodPost, reach, url.Values{"shown": {shown + "1"}}).Is(http.StatusConflict).Never("+37360000001")
	there.Do(http.MethodPost, strings.TrimSuffix(reach, "0")+"7", url.Values{"shown": {shown}}).Is(http.StatusNotFound)
	there.Do(http.MethodPost, reach, url.Values{"shown": {shown}}).OK().Says("+37360000001", "the dentist")

	day := url.Values{"planned-day": {"20"}, "planned-month": {"3"}, "planned-year": {"2026"}, "hour": {"14:30"}, "meeting": {"station"}, "met-by": {"DEMO: two colleagues, at the clock"}, "missing": {"DEMO: they ring the desk at once"}}
	plan := ana.Get(r+"/plan").OK().Says("Before any contact", "the dentist", "teapot").Never("+37360000001")
	day.Set("version", plan.Find(`name="version" value="([0-9]+)"`))
	ana.Do(http.MethodPost, r+"/plan", day).Is(http.StatusUnprocessableEntity).Says("Read the safe-contact card first").Find(`value="(14:30)"`)
	day.Set("card-read", "yes")
	day.Set("card", "7") // of another day
	ana.Do(http.MethodPost, r+"/plan", day).Is(http.StatusUnprocessableEntity).Says("have changed. Read the card again")
	ana.Get(r).OK().Never("Handover planned")
	bare := maps.Clone(day)
	bare.Del("missing")
	bare.Set("card", plan.Find(`name="card" value="([^"]+)"`))
	bare.Set("with", "DEMO: a nurse, by train")
	ana.Do(http.MethodPost, r+"/plan", bare).Is(http.StatusUnprocessableEntity).Says("Correct What is done if she does not arrive", "DEMO: two colleagues, at the clock", "DEMO: a nurse, by train")
	ana.Get(r).OK().Never("Handover planned")
	day.Set("papers", "DEMO: a travel document")
	ana.Lang = "ro" // in which the questions stand before her
	ana.Take(r, "plan", day).OK()
	ana.Lang = ""
	ana.Get(r).OK().Says("Handover planned")
	n.Run()
	// The other desk reads each question in its own language and each answer as it was written, with the language in which that is.
	opened := there.Do(http.MethodPost, r+"/open", nil).OK().Says("Who meets her, and where exactly DEMO: two colleagues, at the clock", "Papers that she has with her DEMO: a travel document", "What is done if she does not arrive DEMO: they ring the desk at once")
	opened.Find(`(?s)lang="(ro)"[^>]*>\s*<bdi>DEMO: two colleagues`)
	there.Lang = "mk"
	there.Do(http.MethodPost, r+"/open", nil).OK().Says("Напишано на романски", "Кој ја пречекува и каде точно DEMO: two colleagues, at the clock").Never("Who meets her", "Papers that she has", "Cine")
	there.Lang = ""
	// What is done first stands above everything else, also above how she is reached.
	missed := ana.Get(r+"/not-arrived").OK().Says("In danger now", "Do what was agreed for the case that she does not arrive", "Call the other desk", "Before any contact")
	at := 0
	for _, next := range []string{"In danger now", "Call the other desk", "Before any contact"} {
		i := strings.Index(missed.Body, next)
		if i < at {
			t.Errorf("%q stands at %d, above what should stand above it", next, i)
		}
		at = i
	}
	there.Take(r, "confirm", nil).OK()
	there.Take(r, "in-care", nil).OK()
	version := there.Get(r + "/feedback").OK().Says("the dentist").Find(`name="version" value="([0-9]+)"`)
	told := url.Values{"version": {version}, "point": {"30"}, "outcome": {"stable"}}
	there.Do(http.MethodPost, r+"/feedback", told).Is(http.StatusUnprocessableEntity).Says("Read the safe-contact card first")
	there.Get(r).OK().Never("Feedback given")
	there.Take(r, "feedback", told).OK().Says("Feedback given")
}

// From Moldova to Skopje through every stage, by the pages of two nodes.
func TestAReferralClosesItsLoopOverThePages(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	n.Run()
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	ana, there := md.As("ana"), mk.As("ana")
	path := webtest.Opened(t, ana)
	needs := url.Values{
		"languages": {"ro"}, "needed": {"yes"}, "sex": {"female"}, "remote": {"no"}, "not-from": {"DEMO: nobody from Zelenkovo"},
		"unsafe": {"Zlatko Izmislen, DEMO: her cousin"}, "aid": {"DEMO: reading aloud"}, "version": {"0"},
	}
	ana.Post(path+"/interpreting", needs).OK()
	r := webtest.Draft(ana, path)
	ana.Get(r).OK().Says("Draft", "Check, and seal").Never("Фиктивна")
	needs.Set("unsafe", "Zlatko Izmislen, DEMO: her cousin\nMara Izmislena, DEMO: his wife") // after the draft was written
	needs.Set("version", "1")
	ana.Post(path+"/interpreting", needs).OK()
	ana.Take(r, "check", nil).OK().Says("Checked", "Send the request")
	ana.Take(r, "send", nil).OK().Says("Sent")
	n.Run()
	there.Get("/").OK().Says("Acknowledge a referral").Never("Фиктивна", "Мария")
	there.Get("/referrals").OK().Says("Delivered", "MD/focal-point").Never("Фиктивна")
	there.Take(r, "acknowledge", nil).OK().Says("Acknowledged")
	there.Do(http.MethodPost, r+"/open", nil).OK().Says("Accommodation", "Romanian", "comes after you accept", "The interpreter should be A woman", "Engage nobody before you have read who").
		Never("Фиктивна", "Мария", "Izmislen", "Zelenkovo", "reading aloud")
	old := there.Get(r + "/accept").OK().Find(`name="version" value="([0-9]+)"`)
	there.Take(r, "ask", url.Values{"reason": {"travel"}, "text": {"By train?"}}).OK().Says("Information asked for")
	there.Do(http.MethodPost, r+"/accept", url.Values{"version": {old}}).Is(http.StatusConflict)
	n.Run()
	ana.Do(http.MethodPost, r+"/open", nil)
	ana.Take(r, "supply", url.Values{"text": {"By train, with an escort."}}).OK()
	n.Run()
	there.Do(http.MethodPost, r+"/decline", url.Values{"version": {"1"}}).Is(http.StatusConflict)
	there.Take(r, "accept", nil).OK().Says("Accepted")
	n.Run()
	a := there.Do(http.MethodPost, r+"/open", nil).OK().Says("Мария Фиктивна", "Only what she agreed to share", "Nobody from DEMO: nobody from Zelenkovo", "Zlatko Izmislen", "her cousin", "Mara Izmislena", "reading aloud").Never("+37360000001", "teapot", "1998")
	if !strings.Contains(a.Body, `href="/cases/`) {
		t.Error("no way to the case")
	}
	ana.Take(r, "plan", url.Values{"planned-day": {"20"}, "planned-month": {"3"}, "planned-year": {"2026"}, "hour": {"14:30"}, "meeting": {"station"}, "met-by": {"DEMO: two colleagues, at the clock"}, "missing": {"DEMO: they ring the desk at once"}}).OK().Says("Handover planned", "20 March 2026", "Station")
	n.Run()
	there.Take(r, "confirm", nil).OK().Says("Handed over")
	there.Take(r, "in-care", nil).OK().Says("In care")
	there.Take(r, "feedback", url.Values{"point": {"30"}, "outcome": {"stable"}}).OK().Says("Feedback given")
	there.Take(r, "complete", url.Values{"outcome": {"needs-met"}}).OK().Says("Completed")
	n.Run()
	ana.Get(r+"/close").OK().Says("Handed over", "In care", "30 days after the handover Stable", "Outcome Needs met", "You have read the outcome.") // shown again before it is confirmed as read
	ana.Take(r, "close", nil).OK().Says("Closed", "Needs met")
	n.Run()
	there.Get(r).OK().Says("Closed", "nothing for you to do")
	// The coordinator sees counts and no referral.
	md.Node.User("cora", access.NationalCoordinator)
	cora := md.As("cora")
	cora.Get("/board").OK().Says("Moldova → North Macedonia", "Closed").Never(strings.TrimPrefix(r, "/referrals/"), "Фиктивна")
	cora.Do(http.MethodPost, r+"/open", nil).Is(http.StatusForbidden)
	for _, w := range []*webtest.World{md, mk} {
		if s := w.Node.Logs.String(); strings.Contains(s, "Фиктивна") {
			t.Error("a log knows her")
		}
	}
}

// TestTheInboxIsSortedByClock: what is due first stands first, whatever it is narrowed to; what is late, due today, or waits for others is
// counted and can be shown alone; a desk that is full is asked only by who says so, and an assessment that is old is warned of.
func TestTheInboxIsSortedByClock(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	n.Run()
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	ana, there := md.As("ana"), mk.As("ana")
	path := webtest.Opened(t, ana)
	slow, draft := webtest.Draft(ana, path), webtest.Draft(ana, path)
	ana.Take(slow, "check", nil).OK().Says("Checked")
	ana.Get(slow + "/send").OK().Says("MK/focal-point says now: capacity not known")
	ana.Take(slow, "send", nil).OK()
	n.Run()
	list := ana.Get("/referrals").OK().Says("All (2)", "Late (0)", "Waiting for others (1)")
	list.Find(`(<h2[^>]*>Incoming</h2>)`)
	list.Find(`(<h2[^>]*>Outgoing</h2>)`)
	ana.Get("/referrals?only=waiting").OK().Says("Delivered").Never("Draft").Find(`href="(` + slow + `)"`)
	ana.Get("/referrals?only=today").OK().Never(`href="` + draft + `"`)
	there.Get("/referrals").OK().Says("All (1)", "Waiting for others (0)")
	n.Clock.Advance(25 * time.Hour)
	n.Run()
	there = mk.As("ana")
	there.Get("/referrals?only=late").OK().Says("Late (1)").Find(`href="(` + slow + `)"`)
	there.Get("/referrals?only=today").OK().Never("MD/focal-point")
	n.Clock.Advance(60 * 24 * time.Hour)
	ana = md.As("ana")
	ana.Get(draft).OK().Says("risk")
	ana.Get(draft + "/check").OK().Find(`(govuk-warning-text__text)`)
}
