package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// pair is two nodes, so that there is somebody to send to.
func pair(t testing.TB) *world {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MD").With(telling(t)), nodetest.At("MK"))
	n.Run()
	md := n.Node("MD")
	return &world{t: t, mk: md, h: md.Handler()}
}

// opened makes a case with a person, a risk assessment and a consent through the pages, and returns its path.
func opened(t testing.TB, p *somebody) string {
	t.Helper()
	a := p.do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).is(http.StatusSeeOther)
	path := strings.TrimSuffix(a.header.Get("Location"), "/person")
	p.get(path).ok().says("No safe way", "No risk was assessed", "Nobody was recorded")
	p.post(path+"/person", url.Values{
		"given": {"Мария"}, "surname": {"Фиктивна"}, "birth-year": {"1998"}, "birth-month": {"5"}, "sex": {"female"}, "citizenships": {"md"},
		"languages": {"ro", "ru"}, "way": {"telephone"}, "contact": {"+37360000001"}, "safety": {"safe"}, "times": {"10:00-12:00"},
		"may-say": {"the dentist"}, "code-word": {"teapot"},
	}).ok().says("Мария Фиктивна", "May 1998", "the dentist", "teapot").never("+37360000001")
	p.post(path+"/risk", url.Values{
		"trigger": {"before-referral"}, "grade-person": {"medium"}, "grade-travel": {"low"}, "factor": {"threats-to-family"},
		"conclusion": {"She can travel accompanied."}, "days": {"30"}, "with": {"yes"},
	}).ok().says("She can travel accompanied.", "Threats against her family", "Medium").never("No risk was assessed")
	p.post(path+"/note", url.Values{"text": {"She likes <b>tea</b>."}}).ok().says("She likes <b>tea</b>.")
	p.post(path+"/consent", consentForm()).ok().says("MK/focal-point", "In force", "Referral to the desks chosen")
	return path
}

func consentForm() url.Values {
	return url.Values{
		"given-by": {"herself"}, "recipients": {"MK/focal-point"}, "purposes": {"referral"}, "categories": {"identity.names", "languages", "risk.summary"},
		"days": {"180"}, "language": {"ro"}, "interpreter": {"Vera"}, "said": {"capable", "read-back"}, "how": {"written"}, "safe-way": {"through ana"},
		"explained": {"purpose", "recipients", "risks", "adequacy", "withdrawal", "retention", "access"},
	}
}

func TestACaseFromOpeningToWithdrawal(t *testing.T) {
	w := pair(t)
	ana := w.as("ana")
	path := opened(t, ana)
	a := ana.get(path).ok()
	if card, who := strings.Index(a.body, `id="card"`), strings.Index(a.body, "Фиктивна"); card < 0 || who < card {
		t.Error("the safe-contact card does not stand first")
	}
	// A number only after the card, in the version that was shown.
	reach := a.find(`action="(/cases/[^"]+/reach/0)"`)
	shown := a.find(`name="shown" value="([0-9]+)"`)
	ana.do(http.MethodPost, reach, url.Values{"shown": {shown}}).ok().says("+37360000001", "the dentist")
	ana.do(http.MethodPost, reach, nil).is(http.StatusConflict).never("+37360000001")
	ana.do(http.MethodPost, reach, url.Values{"shown": {"999"}}).is(http.StatusConflict).never("+37360000001")
	// The list has the reference and no name.
	ana.get("/cases").ok().says("Medium").never("Мария", "Фиктивна", "teapot")
	// Another desk learns nothing, not even that there is a case; the office opens none.
	w.mk.Desk(w.deskOf("shelter"), "sara", "case-manager")
	missing := w.as("sara").get("/cases/no-such-case").is(http.StatusNotFound).text()
	if hidden := w.as("sara").get(path).is(http.StatusNotFound).text(); hidden != missing {
		t.Errorf("hidden and missing differ: %q, %q", hidden, missing)
	}
	w.as("sara").do(http.MethodPost, path+"/note", url.Values{"text": {"x"}}).is(http.StatusNotFound)
	w.as("ada").get(path).is(http.StatusForbidden)
	// She takes it back.
	withdraw := a.find(`action="(/cases/[^"]+/withdraw)"`)
	ana.post(withdraw, nil).ok().says("Withdrawn", "services go on"[:0])
	ana.do(http.MethodPost, withdraw, nil).is(http.StatusConflict)
	if s := w.mk.Logs.String(); strings.Contains(s, "Фиктивна") || strings.Contains(s, "teapot") {
		t.Error("the log of the node knows her")
	}
}

func TestWhatIsMissingIsSaidAtItsField(t *testing.T) {
	w := pair(t)
	ana := w.as("ana")
	a := ana.do(http.MethodPost, "/cases/new", url.Values{"age": {"child"}})
	path := strings.TrimSuffix(a.header.Get("Location"), "/person")
	for name, c := range map[string]struct {
		path  string
		form  url.Values
		field string
	}{
		"an asylum applicant without origin": {"/cases/new", url.Values{"asylum": {"yes"}}, "origins"},
		"a note without words":               {path + "/note", url.Values{}, "text"},
		"an assessment of nothing":           {path + "/risk", url.Values{"trigger": {"change"}, "days": {"30"}}, "grade-person"},
		"a review in words":                  {path + "/risk", url.Values{"days": {"soon"}}, "days"},
		"a date that cannot be":              {path + "/person", url.Values{"birth-year": {"1998"}, "birth-month": {"14"}}, "birth"},
		"a year in words":                    {path + "/person", url.Values{"birth-year": {"long ago"}}, "birth"},
		"a child who consents alone":         {path + "/consent", consentForm(), "guardian"},
	} {
		a := ana.do(http.MethodPost, c.path, c.form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `href="#`+c.field+`"`) || !strings.Contains(a.body, `id="`+c.field+`-error"`) {
			t.Errorf("%s: %d, want an error at %s\n%s", name, a.status, c.field, a.text())
		}
	}
	f := consentForm()
	f.Set("explained", "purpose")
	f.Set("given-by", "guardian")
	for k, v := range map[string]string{"guardian": "Nadia", "relation": "aunt", "authority": "court", "assent": "yes", "best-interests": "safe with her aunt"} {
		f.Set(k, v)
	}
	ana.do(http.MethodPost, path+"/consent", f).is(http.StatusUnprocessableEntity).says("To correct:")
}

// A service, a decision and the end of a case, each from its form to the page of the case.
func TestTheCourseOfACase(t *testing.T) {
	w := pair(t)
	ana := w.as("ana")
	path := opened(t, ana)
	ana.post(path+"/service", url.Values{"service": {"medical"}, "provider": {"Demo clinic"}, "from-day": {"2"}, "from-month": {"3"}, "from-year": {"2026"}}).
		ok().says("Medical care", "Demo clinic", "2 March 2026")
	ana.do(http.MethodPost, path+"/service", url.Values{"service": {"medical"}, "provider": {"Demo clinic"}, "from-day": {"two"}, "from-month": {"3"}, "from-year": {"2026"}}).
		is(http.StatusUnprocessableEntity)
	ana.post(path+"/decide", url.Values{
		"status": {"presumed"}, "body": {"police"}, "name": {"Demo police"}, "basis": {"Demo act, article 1"},
		"date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"}, "informed": {"yes"},
	}).ok().says("Presumed victim", "Demo police", "Demo act, article 1", "the profile of the country does not say")
	ana.get(path + "/decide").ok().says("Formally identified: decided here by Police.").never("Nobody has confirmed yet")
	formal := url.Values{
		"status": {"formally-identified"}, "body": {"court"}, "name": {"Demo court"}, "basis": {"Demo act, article 2"},
		"date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"},
	}
	ana.do(http.MethodPost, path+"/decide", formal).is(http.StatusUnprocessableEntity).says("In this country another body decides this.").find(`value="(Demo court)"`)
	formal.Set("body", "police")
	formal.Set("with", "prosecutor")
	ana.post(path+"/decide", formal).ok().says("this body, by a rule that is verified", "Together with")
	formal.Set("of", ana.get(path+"/decide").ok().find(`<option value="([0-9a-z-]+)">Presumed victim`))
	ana.post(path+"/decide", formal).ok().says("Decided again, on review or appeal")
	period := url.Values{"body": {"Demo police"}, "basis": {"Demo act, article 3"}, "from-day": {"3"}, "from-month": {"3"}, "from-year": {"2026"}}
	ana.do(http.MethodPost, path+"/reflection", period).is(http.StatusUnprocessableEntity).says("nobody has confirmed yet").find(`id="(until-error)"`)
	for k, v := range map[string]string{"until-day": "10", "until-month": "4", "until-year": "2026"} {
		period.Set(k, v)
	}
	ana.post(path+"/reflection", period).
		ok().says("Recovery and reflection period", "Demo act, article 3", "10 April 2026", "nobody has confirmed what the law here gives", "It runs")
	ana.do(http.MethodPost, path+"/reflection", period).is(http.StatusConflict).says("A period is running already")
	ending := ana.get(path).ok().find(`href="(/cases/[^"]+/reflections/[^"]+)"`)
	ana.get(ending).ok().says("Help goes on, whatever the reason.")
	end := url.Values{"version": {"1"}, "ended-day": {"9"}, "ended-month": {"3"}, "ended-year": {"2026"}}
	ana.do(http.MethodPost, strings.Split(ending, "?")[0], end).is(http.StatusUnprocessableEntity).find(`id="(reason-error)"`)
	end.Set("reason", "cooperates")
	ana.post(strings.Split(ending, "?")[0], end).ok().says("She decided to cooperate", "9 March 2026").never("It runs")
	closing := ana.get(path).ok().find(`href="(/cases/[^"]+/close[?]version=[0-9]+)"`)
	version := ana.get(closing).ok().find(`name="version" value="([0-9]+)"`)
	end = url.Values{"reason": {"needs-met"}, "data": {"retain"}, "date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"}}
	ana.do(http.MethodPost, path+"/close", end).is(http.StatusConflict)
	end.Set("version", version)
	ana.post(path+"/close", end).ok().says("The case is closed.").never(path + "/note")
	ana.do(http.MethodPost, path+"/close", end).is(http.StatusConflict)
}

// Prosecution has a list of what was released to its desk; nobody else is shown the way to it.
func TestReleasesAreAListOfProsecution(t *testing.T) {
	w := pair(t)
	w.mk.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	petar := w.as("petar")
	if !strings.Contains(petar.get("/").ok().body, `href="/releases"`) || strings.Contains(w.as("ana").get("/").ok().body, `href="/releases"`) {
		t.Error("the way to the list is not where it belongs")
	}
	petar.get("/releases").ok().says("Nothing was released")
	petar.get("/releases/none").is(http.StatusNotFound)
	w.as("ada").get("/releases").is(http.StatusForbidden)
}
