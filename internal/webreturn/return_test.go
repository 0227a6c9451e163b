package webreturn_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// She returns home over the pages: she decides, two desks assess and sign, papers, escort and arrival are recorded, and somebody
// asks how she is. What holds her back is said with what to do now; the second desk sees the assessment and nothing else; another
// desk learns nothing.
func TestAReturnOverThePages(t *testing.T) {
	w := webtest.Open(t)
	webtest.Charity(w)
	w.Node.Desk(w.DeskOf("shelter"), "mira", access.CaseManager)
	w.Node.Join(w.Node.As("ana").Desk, "gina", access.ChildGuardian, "ana")
	ana, olga, mira, gina := w.As("ana"), w.As("olga"), w.As("mira"), w.As("gina")
	path := webtest.Opened(t, ana)
	ana.Get(path).OK().Find(`href="(` + path + `/returns)"`)
	ana.Get(path+"/returns").OK().Says("No return is prepared.", "Begin the return")
	ana.Do(http.MethodPost, path+"/returns", url.Values{"to": {"nowhere"}}).Is(http.StatusUnprocessableEntity).Says("Check the field Country of return")
	r := webtest.Returning(ana, path)
	take := func(step string, form url.Values) webtest.Answer { t.Helper(); return ana.Take(r, step, form) }

	ana.Get(r).OK().Says("Return to Serbia", "Nothing goes on without it.", "Ask her alone what she wants", "There is no assessment").Never("She has left", "Papers")
	next := func(step string) {
		t.Helper()
		if all := regexp.MustCompile(`class="govuk-button" href="([^"]+)"`).FindAllStringSubmatch(ana.Get(r).OK().Body, -1); len(all) != 1 || all[0][1] != r+"/"+step {
			t.Errorf("the next step is %q, not %s", all, step)
		}
	}
	next("decision")
	missing := webtest.Decision()
	missing["explained"] = missing["explained"][1:]
	take("decision", missing).Is(http.StatusUnprocessableEntity).Says("Explain this to her too", "Nobody may make her go")
	missing = webtest.Decision()
	missing.Del("words")
	take("decision", missing).Is(http.StatusUnprocessableEntity).Says("Check the field What she wants, in her own words")
	missing = webtest.Decision()
	missing.Del("free")
	take("decision", missing).Is(http.StatusUnprocessableEntity).Says("when she was asked alone")
	take("decision", webtest.Decision()).OK().Says("She has decided", "home to my sister", "not been signed by both desks")
	ana.Get(r + "/decision").Is(http.StatusConflict).Says("She has decided")
	next("assessment")

	risks := webtest.Risks(ana, r)
	risks.Del("found-travel")
	take("assessment", risks).Is(http.StatusUnprocessableEntity).Says("Check the field On the way: what was found")
	risks.Set("found-travel", "she is accompanied")
	risks.Del("mitigation-origin")
	take("assessment", risks).Is(http.StatusUnprocessableEntity).Says("Check the field Place of origin: what is done about it")
	risks.Set("mitigation-origin", "another town than the village")
	risks.Set("level-further-2", "amber")
	take("assessment", risks).Is(http.StatusUnprocessableEntity).Says("Check the field A further risk, 2: domain")
	risks.Set("domain-further-2", "travel")
	take("assessment", risks).Is(http.StatusUnprocessableEntity).Says("Check the field A further risk, 2: what it is")
	risks.Set("factor-further-2", "debt-claimed")
	take("assessment", risks).Is(http.StatusUnprocessableEntity).Says("Check the field A further risk, 2: what was found")
	risks.Set("found-further-2", "a debt is named to her brother")
	take("assessment", risks).OK().Says("MK/charity has been asked", "another town than the village", "On the way: A debt is claimed", "named to her brother", "has a task to sign it")
	twice := webtest.Risks(ana, r)
	twice.Set("domain-further-1", "travel")
	twice.Set("factor-further-1", "debt-claimed")
	take("assessment", twice).Is(http.StatusUnprocessableEntity).Says("Check the field A further risk, 1: what it is")
	ana.Get(r+"/assessment").OK().Says("On the way: A debt is claimed: what was found", "named to her brother")

	// The second desk: the task leads to it; it reads what it signs, and has no other step than that she changed her mind.
	olga.Get("/returns").OK().Find(`href="(` + r + `)"`)
	seen := olga.Get(r).OK().Says("not to the village", "a sister in the south", "Sign the assessment").Never("home to my sister", "Vera", "Her own decision", "asylum", path)
	for _, step := range []string{"decision", "interest", "assessment", "plan", "report"} {
		olga.Get(r + "/" + step).Is(http.StatusNotFound)
	}
	olga.Get(path).Is(http.StatusNotFound)
	olga.Get(path + "/returns").Is(http.StatusNotFound)
	mira.Get(r).Is(http.StatusNotFound)
	mira.Get("/returns").OK().Says("No return is prepared.")
	version := seen.Find(`name="version" value="([0-9]+)"`)
	ana.Do(http.MethodPost, r+"/signature", url.Values{"version": {version}}).Is(http.StatusForbidden)
	once := seen.Find(`name="once" value="([^"]+)"`)
	first := olga.Do(http.MethodPost, r+"/signature", url.Values{"version": {version}, "accepts": {"x"}}).Is(http.StatusUnprocessableEntity)
	first.Says("Sign the assessment", "Check the field Red risks of which I accept")
	signing := url.Values{"version": {version}, "once": {once}}
	olga.Post(r+"/signature", signing).OK().Says("Risks assessed by two desks").Never("Papers, escort")
	olga.Post(r+"/signature", signing).OK() // a second click leads where the first did

	ana.Get(r).OK().Says("There is a red risk", "Find with the other desk what else can be done", "Not both desks accept").Never("Papers, escort")
	take("assessment", webtest.Risks(ana, r)).OK()
	version = olga.Get(r).OK().Find(`name="version" value="([0-9]+)"`)
	olga.Post(r+"/signature", url.Values{"version": {version}, "accepts": {"origin/"}}).OK()
	ana.Get(r).OK().Never("What is still missing before she may travel", "She has left").Says("Papers, escort", "Both desks accept")

	ana = w.As("ana") // from another place: pages are asked for faster here than anybody reads
	plan := url.Values{
		"leaves-day": {"20"}, "leaves-month": {"3"}, "leaves-year": {"2026"}, "papers": {"passport"}, "issuer-passport": {"serbia"}, "fit": {"yes"},
		"escort": {"social-worker"}, "met-by": {"her sister at the station"}, "reception": {"Demo street 1"},
	}
	take("plan", plan).Is(http.StatusUnprocessableEntity).Says("Check the field Who escorts her")
	plan.Set("with", "Demo escort")
	take("plan", plan).Is(http.StatusUnprocessableEntity).Says("Check the field Passport: country whose authorities")
	plan.Set("issuer-passport", "rs")
	take("plan", plan).Is(http.StatusUnprocessableEntity).Says("Tell her first")
	plan.Set("told", "yes")
	take("plan", plan).OK().Says("Arranged", "Demo street 1", "Asked of the authorities of Serbia", "She has left")
	gina.Get(r).OK().Says("Demo street 1").Never("She has left", "Assess", "href=\""+r+"/plan\"")
	version = ana.Get(r).OK().Find(`name="version" value="([0-9]+)"`)
	ana.Post(r+"/departure", url.Values{"version": {version}}).OK().Says("On her way")

	report := url.Values{"on-day": {"21"}, "on-month": {"3"}, "on-year": {"2026"}, "safe": {"yes"}, "was-met-by": {"her sister"}}
	take("report", report).Is(http.StatusUnprocessableEntity).Says("Check the field Has she arrived?")
	report.Set("has-arrived", "yes")
	take("report", report).OK().Says("Arrived", "her sister")
	report.Set("outcome", "stable")
	take("report", report).Is(http.StatusUnprocessableEntity).Says("Choose a day of the follow-up")
	report.Set("point", "30")
	take("report", report).OK().Says("30 days after her arrival", "Stable", "Followed up")
	ana.Get(r+"/report").OK().Says("90 days after her arrival", "365 days").Never("30 days after her arrival")
	take("end", url.Values{"reason": {"followed-up"}}).Is(http.StatusConflict).Says("The last day of the follow-up was not told yet")
	take("end", url.Values{"reason": {"re-referred"}}).OK().Says("Closed", "Referred again").Never("What can be done now")
	olga.Get(r).Is(http.StatusNotFound)
}

// She changes her mind, and says so at the other desk: everything stops.
func TestSheChangesHerMindAtEitherDesk(t *testing.T) {
	w := webtest.Open(t)
	webtest.Charity(w)
	ana, olga := w.As("ana"), w.As("olga")
	path := webtest.Opened(t, ana)
	r := webtest.Returning(ana, path)
	ana.Take(r, "decision", webtest.Decision()).OK()
	ana.Take(r, "assessment", webtest.Risks(ana, r)).OK()
	olga.Get(r+"/end").OK().Says("She changed her mind").Never("It is not safe", "Entered in error")
	olga.Take(r, "end", url.Values{"reason": {"unsafe"}}).Is(http.StatusForbidden)
	olga.Take(r, "end", url.Values{"reason": {"changed-her-mind"}}).OK().Says("The return has ended.")
	ana.Get(r).OK().Says("Stopped", "She changed her mind").Never("What can be done now")
	ana.Get(r + "/end").Is(http.StatusConflict)
}

// Who asked for asylum is not returned, and a child only after it was determined to be best for her, whatever page asks.
func TestWhatHoldsHerBackHoldsOnThePages(t *testing.T) {
	w := webtest.Open(t)
	webtest.Charity(w)
	ana := w.As("ana")
	for _, age := range []string{"child", "unknown"} {
		child := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {age}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
		r := ana.Do(http.MethodPost, child+"/returns", url.Values{"to": {"rs"}}).Is(http.StatusSeeOther).Header.Get("Location")
		r, _, _ = strings.Cut(r, "?")
		ana.Take(r, "decision", webtest.Decision()).OK()
		ana.Get(r).OK().Says("She is a child or may be one", "Ask the body that decides, with her guardian").Never("Papers, escort", "She has left")
		version := ana.Get(r + "/assessment").OK().Find(`name="version" value="([0-9]+)"`)
		for _, step := range []string{"plan", "departure"} {
			ana.Do(http.MethodPost, r+"/"+step, url.Values{"version": {version}, "card": {"0"}, "card-read": {"yes"}}).Is(http.StatusConflict)
		}
	}

	c := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"yes"}, "origins": {"RS"}}).Is(http.StatusSeeOther).Header.Get("Location")
	c = strings.TrimSuffix(c, "/person")
	ana.Do(http.MethodPost, c+"/returns", url.Values{"to": {"rs"}}).Is(http.StatusForbidden)
}
