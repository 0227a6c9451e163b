package webcase_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

func TestACaseFromOpeningToWithdrawal(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	a := ana.Get(path).OK()
	if card, who := strings.Index(a.Body, `id="card"`), strings.Index(a.Body, "Фиктивна"); card < 0 || who < card {
		t.Error("the safe-contact card does not stand first")
	}
	if text := a.Text(); strings.Index(text, "With other desks and authorities") > strings.Index(text, "New referral") {
		t.Error("what is done with others stands under another heading")
	}
	// A number only after the card, in the version that was shown.
	reach := a.Find(`action="(/cases/[^"]+/reach/0)"`)
	shown := a.Find(`name="shown" value="([0-9]+)"`)
	ana.Do(http.MethodPost, reach, url.Values{"shown": {shown}}).OK().Says("+37360000001", "the dentist")
	ana.Do(http.MethodPost, reach, nil).Is(http.StatusConflict).Never("+37360000001")
	ana.Do(http.MethodPost, reach, url.Values{"shown": {"999"}}).Is(http.StatusConflict).Never("+37360000001")
	// The list has the reference and no name.
	ana.Get("/cases").OK().Says("Medium").Never("Мария", "Фиктивна", "teapot")
	// Another desk learns nothing, not even that there is a case; the office opens none.
	w.Node.Desk(w.DeskOf("shelter"), "sara", "case-manager")
	missing := w.As("sara").Get("/cases/no-such-case").Is(http.StatusNotFound).Text()
	if hidden := w.As("sara").Get(path).Is(http.StatusNotFound).Text(); hidden != missing {
		t.Errorf("hidden and missing differ: %q, %q", hidden, missing)
	}
	w.As("sara").Do(http.MethodPost, path+"/note", url.Values{"text": {"x"}}).Is(http.StatusNotFound)
	w.As("ada").Get(path).Is(http.StatusForbidden)
	// She takes it back.
	withdraw := a.Find(`action="(/cases/[^"]+/withdraw)"`)
	ana.Post(withdraw, nil).OK().Says("Withdrawn", "services go on"[:0])
	ana.Do(http.MethodPost, withdraw, nil).Is(http.StatusConflict)
	if s := w.Node.Logs.String(); strings.Contains(s, "Фиктивна") || strings.Contains(s, "teapot") {
		t.Error("the log of the node knows her")
	}
}

func TestWhatIsMissingIsSaidAtItsField(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"child"}})
	path := strings.TrimSuffix(a.Header.Get("Location"), "/person")
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
		"a child who consents alone":         {path + "/consent", webtest.ConsentForm(), "guardian"},
	} {
		a := ana.Do(http.MethodPost, c.path, c.form)
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="#`+c.field+`"`) || !strings.Contains(a.Body, `id="`+c.field+`-error"`) {
			t.Errorf("%s: %d, want an error at %s\n%s", name, a.Status, c.field, a.Text())
		}
	}
	f := webtest.ConsentForm()
	f.Set("explained", "purpose")
	f.Set("given-by", "guardian")
	for k, v := range map[string]string{"guardian": "Nadia", "relation": "aunt", "authority": "court", "assent": "yes", "best-interests": "safe with her aunt"} {
		f.Set(k, v)
	}
	ana.Do(http.MethodPost, path+"/consent", f).Is(http.StatusUnprocessableEntity).Says("To correct:")
}

// TestGradesStandBesideEachOther: once risks were assessed twice, one table shows the grades by the parts that were assessed at least once, the
// newest first, and says where a part was left out; a part that nobody ever assessed has no column.
func TestGradesStandBesideEachOther(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(path).OK().Never("How it changed")
	w.Node.Net.Clock.Advance(48 * time.Hour)
	ana = w.As("ana")
	ana.Post(path+"/risk", url.Values{
		"trigger": {"change"}, "grade-person": {"high"}, "grade-family": {"low"}, "conclusion": {"DEMO: he has called her."}, "days": {"3"}, "with": {"yes"},
	}).OK()
	table := regexp.MustCompile(`(?s)<table.*?</table>`).FindAllString(ana.Get(path).OK().Body, -1)
	table = slices.DeleteFunc(table, func(x string) bool { return !strings.Contains(x, "How it changed") })
	if len(table) != 1 {
		t.Fatalf("%d tables of grades", len(table))
	}
	var rows []string
	for _, r := range regexp.MustCompile(`(?s)<tr.*?</tr>`).FindAllString(table[0], -1) {
		var cells []string
		for _, c := range regexp.MustCompile(`(?s)<t[hd].*?</t[hd]>`).FindAllString(r, -1) {
			cells = append(cells, strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(c, " ")), " "))
		}
		if len(cells) > 2 {
			cells = cells[1 : len(cells)-1]
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	if got, want := strings.Join(rows, "\n"), "Danger to herself from others|Danger to her family|On the way\nHigh|Low|Not assessed\nMedium|Not assessed|Low"; got != want {
		t.Errorf("the grades are\n%s\nand not\n%s", got, want)
	}
	const stale = "The newest risk assessment is out of date."
	ana.Get(path).OK().Never(stale)
	w.Node.Net.Clock.Advance(72 * time.Hour) // as long as she said that it holds
	ana = w.As("ana")
	ana.Get(path).OK().Says(stale)
	ana.Get("/cases").OK().Says("High, out of date")
}

// A service, a decision and the end of a case, each from its form to the page of the case.
func TestTheCourseOfACase(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Post(path+"/service", url.Values{"service": {"medical"}, "provider": {"Demo clinic"}, "from-day": {"2"}, "from-month": {"3"}, "from-year": {"2026"}}).
		OK().Says("Medical care", "Demo clinic", "2 March 2026")
	ana.Do(http.MethodPost, path+"/service", url.Values{"service": {"medical"}, "provider": {"Demo clinic"}, "from-day": {"two"}, "from-month": {"3"}, "from-year": {"2026"}}).
		Is(http.StatusUnprocessableEntity)
	ana.Post(path+"/decide", url.Values{
		"status": {"presumed"}, "body": {"police"}, "name": {"Demo police"}, "basis": {"Demo act, article 1"},
		"date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"}, "informed": {"yes"},
	}).OK().Says("Presumed victim", "Demo police", "Demo act, article 1", "the profile of the country does not say")
	ana.Get(path + "/decide").OK().Says("Formally identified: decided here by Police, Another authority and Organisation, informally.").Never("Nobody has confirmed yet")
	formal := url.Values{
		"status": {"formally-identified"}, "body": {"court"}, "name": {"Demo court"}, "basis": {"Demo act, article 2"},
		"date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"},
	}
	ana.Do(http.MethodPost, path+"/decide", formal).Is(http.StatusUnprocessableEntity).Says("In this country another body decides this.").Find(`value="(Demo court)"`)
	formal.Set("body", "police")
	formal.Set("with", "prosecutor")
	ana.Post(path+"/decide", formal).OK().Says("this body, by a rule that is verified", "Together with")
	formal.Set("of", ana.Get(path+"/decide").OK().Find(`<option value="([0-9a-z-]+)">Presumed victim`))
	ana.Post(path+"/decide", formal).OK().Says("Decided again, on review or appeal")
	period := url.Values{"body": {"Demo police"}, "basis": {"Demo act, article 3"}, "from-day": {"3"}, "from-month": {"3"}, "from-year": {"2026"}}
	ana.Do(http.MethodPost, path+"/reflection", period).Is(http.StatusUnprocessableEntity).Says("nobody has confirmed yet").Find(`id="(until-error)"`)
	for k, v := range map[string]string{"until-day": "10", "until-month": "4", "until-year": "2026"} {
		period.Set(k, v)
	}
	ana.Post(path+"/reflection", period).
		OK().Says("Recovery and reflection period", "Demo act, article 3", "10 April 2026", "nobody has confirmed what the law here gives", "It runs")
	ana.Do(http.MethodPost, path+"/reflection", period).Is(http.StatusConflict).Says("A period is running already")
	ending := ana.Get(path).OK().Find(`href="(/cases/[^"]+/reflections/[^"]+)"`)
	ana.Get(ending).OK().Says("Help goes on, whatever the reason.")
	end := url.Values{"version": {"1"}, "ended-day": {"9"}, "ended-month": {"3"}, "ended-year": {"2026"}}
	ana.Do(http.MethodPost, strings.Split(ending, "?")[0], end).Is(http.StatusUnprocessableEntity).Find(`id="(reason-error)"`)
	end.Set("reason", "cooperates")
	ana.Post(strings.Split(ending, "?")[0], end).OK().Says("She decided to cooperate", "9 March 2026").Never("It runs")
	closing := ana.Get(path).OK().Find(`href="(/cases/[^"]+/close[?]version=[0-9]+)"`)
	version := ana.Get(closing).OK().Says("Also open: closing does not wait for it", "Demo clinic, from 2 March 2026: no last day was written").Never("Must end before", "Nothing is open", "It runs").Find(`name="version" value="([0-9]+)"`)
	end = url.Values{"reason": {"needs-met"}, "data": {"retain"}, "date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"}}
	ana.Do(http.MethodPost, path+"/close", end).Is(http.StatusConflict)
	end.Set("version", version)
	ana.Post(path+"/close", end).OK().Says("The case is closed.").Never(path + "/note")
	ana.Do(http.MethodPost, path+"/close", end).Is(http.StatusConflict)
}

// What a case was taken from stands on its page in the words of the source, and decides nothing.
func TestAnImportedCaseShowsItsSource(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	path := webtest.Imported(w, "ana")
	ana.Get(path).OK().Says("Demona Izmislena", "Taken from another system", "htcds-2-0", "Row of the table", "Methods of control Debt bondage", "False promises",
		"Status as a victim of trafficking Actual victim of trafficking", "Nothing here is a decision", "Place of exploitation Unknown", "No risk was assessed").
		Never("vic_MethodsOfControl", "DebtBondage", "ActualVictimOfTrafficking")
	ana.Lang = "mk"
	ana.Get(path).OK().Says("Начини на контрола Должничко ропство", "Лажни ветувања")
	ana.Lang = ""
	w.Node.Desk(w.DeskOf("shelter"), "sara", "case-manager")
	w.As("sara").Get(path).Is(http.StatusNotFound)
	plain := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Header.Get("Location")
	ana.Get(strings.TrimSuffix(plain, "/person")).OK().Never("Taken from another system")
}

// TestWhatWasSaidOfHerAgeIsKept: whoever said that she is an adult, or a child, and knows no year has not said that nobody knows. A year
// that is written down later decides.
func TestWhatWasSaidOfHerAgeIsKept(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	for said, c := range map[string]struct{ hint, shows, path string }{
		"adult":   {"without it she stays an adult", "As stated: no date of birth is recorded.", ""},
		"child":   {"without it she is treated as a child", "As stated: no date of birth is recorded.", "is or may be a child"},
		"unknown": {"without it she is treated as a child", "Unknown, treated as a child", "is or may be a child"},
	} {
		path := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {said}, "asylum": {"no"}}).Header.Get("Location"), "/person")
		ana.Get(path + "/person").OK().Says(c.hint)
		a := ana.Post(path+"/person", url.Values{"given": {"Demona"}, "birth-without": {"unknown"}}).OK().Says(c.shows)
		if got := strings.Contains(a.Text(), "is or may be a child"); got != (c.path != "") {
			t.Errorf("%s: the path of a child: %v", said, got)
		}
		form := ana.Get(path + "/person/correct").OK()
		sent := url.Values{"version": {form.Find(`name="version" value="([0-9]+)"`)}, "base": {form.Find(`name="base" value="([^"]+)"`)}, "given": {"Demona"}, "birth-year": {"2015"}}
		ana.Post(path+"/person/correct", sent).OK().Says("is or may be a child").Never("As stated")
	}
}

// TestWhatIsSafeIsAlwaysSaid: a badge never says only "Safe", whether it is a safe time now is reckoned by the clock of the country and
// said above the number, and every page of who is signed in can be left quickly.
func TestWhatIsSafeIsAlwaysSaid(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	for times, want := range map[string]string{
		"Monday 10-12": "A safe time now", "понеделник 10-12": "A safe time now", "hënë 10-12": "A safe time now", "понедельник 10-12": "Compare with these times first", "10:00-12:00": "be sure of the day", "8:00-9:30": "Not a safe time now", "sat 10-12": "Not a safe time now", "in the mornings": "Compare with these times first",
	} { // it is Monday, 10:00 in Skopje
		a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
		path := strings.TrimSuffix(a.Header.Get("Location"), "/person")
		ana.Post(path+"/person", url.Values{"given": {"Мария"}, "surname": {"Фиктивна"}, "languages": {"ro"}, "way": {"telephone"}, "contact": {"+37360000001"}, "safety": {"safe"}, "times": {times}}).OK()
		a = ana.Get(path).OK().Says("Safe to call", want, "Monday", "10:00 (UTC+1)")
		if regexp.MustCompile(`govuk-tag[^>]*>\s*Safe\s*<`).MatchString(a.Body) {
			t.Error("a badge says only that something is safe")
		}
		ana.Post(path+"/reach/0", url.Values{"shown": {a.Find(`name="shown" value="([0-9]+)"`)}}).OK().Says("+37360000001", want)
	}
	a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
	path := strings.TrimSuffix(a.Header.Get("Location"), "/person")
	ana.Post(path+"/person", url.Values{"given": {"Мария"}, "surname": {"Фиктивна"}, "languages": {"ro"}, "way": {"telephone"}, "contact": {"+37360000001"}, "safety": {"safe"}, "days": {"Monday", "Friday"}, "times": {"10:00-12:00"}}).OK()
	ana.Get(path).OK().Says("A safe time now", "Monday, Friday 10:00-12:00") // what was ticked beside a plain time is its day
	for _, page := range []string{"/", "/cases", "/referrals", "/messages/new", "/me"} {
		ana.Get(page).OK().Find(`(?s)trm-leave[^>]*href="(/leave)"[^>]*>\s*Leave this page quickly`)
	}
	ana.Get("/").OK().Never("(UTC)")
}
