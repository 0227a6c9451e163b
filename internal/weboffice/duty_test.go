package weboffice_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// The coordinator enters who is on duty; the pages say when nobody is, and who answers then. Of two who read the same roster the second is
// told; a stranger to the desk reads no name and changes nothing.
func TestADutyRosterOnPages(t *testing.T) {
	w := webtest.Open(t)
	w.Node.User("cora", access.NationalCoordinator)
	w.Node.Desk(w.DeskOf("shelter"), "sara", access.CaseManager)
	w.Node.Join(w.Node.As("ana").Desk, "mira", access.CaseManager, "ana")
	cora, ana, sara := w.As("cora"), w.As("ana"), w.As("sara")
	cora.Get("/duty").OK().Says("Duty rosters", "No roster is kept. Every person of the desk is told: 2", "(focal-point)", "(shelter)")
	cora.Get("/").OK().Never("Nobody is on duty at")

	const at = "/duty/focal-point"
	now := w.Node.Net.Clock.Now() // a Monday at nine
	form := func(p *webtest.Somebody, from, to time.Time, more url.Values) url.Values {
		t.Helper()
		f := url.Values{"mark": {p.Get(at).OK().Find(`name="mark" value="([0-9a-f]+)"`)}, "repeat": {"once"}, "from-hour": {from.Format("15:04")}, "to-hour": {to.Format("15:04")}}
		f.Set("who", p.Get(at).Find(`<option value="([^"]+)"[^>]*>(?:<bdi>)?mira`))
		for name, day := range map[string]time.Time{"from": from, "to": to} {
			f.Set(name+"-day", day.Format("2"))
			f.Set(name+"-month", day.Format("1"))
			f.Set(name+"-year", day.Format("2006"))
		}
		for name, x := range more {
			f[name] = x
		}
		return f
	}
	morning := now.Truncate(24 * time.Hour).Add(8 * time.Hour)
	last := morning.AddDate(0, 0, 20)
	repeated := url.Values{"repeat": {"working"}, "last-day": {last.Format("2")}, "last-month": {last.Format("1")}, "last-year": {last.Format("2006")}}
	older := form(cora, morning, morning.Add(10*time.Hour), nil)
	cora.Do(http.MethodPost, at, form(cora, morning, morning.Add(10*time.Hour), repeated)).Is(http.StatusSeeOther)
	a := cora.Get(at).OK().Says("mira", "Monday", "18:00", "Nobody on duty", "Friday, 6 March 2026 at 18:00")
	if n := strings.Count(a.Body, `name="shift"`); n != 15 {
		t.Errorf("%d shifts in three weeks from Monday to Friday", n)
	}
	cora.Get("/duty").OK().Says("mira", "Nobody on duty", "more")
	cora.Get("/").OK().Says("Nobody is on duty at focal-point from Monday", "18:00")
	cora.Do(http.MethodPost, at, older).Is(http.StatusConflict).Says("Somebody has changed this duty roster")
	cora.Do(http.MethodPost, at, form(cora, morning.Add(time.Hour), morning, nil)).Is(http.StatusUnprocessableEntity).Says("begin before it ends")
	cora.Do(http.MethodPost, at, form(cora, morning, morning, url.Values{"to-hour": {"25:00"}})).Is(http.StatusUnprocessableEntity)

	// The one that runs now is taken out by a member of the desk, and no other with it.
	drop := url.Values{"mark": {ana.Get(at).Find(`name="mark" value="([0-9a-f]+)"`)}, "shift": {ana.Get(at).Find(`name="shift" value="([^"]+)"`)}}
	ana.Do(http.MethodPost, at+"/drop", drop).Is(http.StatusSeeOther)
	if n := strings.Count(ana.Get(at).OK().Says("Nobody. Every person of the desk is told: 2").Body, `name="shift"`); n != 14 {
		t.Errorf("%d shifts are left", n)
	}
	ana.Do(http.MethodPost, at+"/drop", drop).Is(http.StatusConflict)

	sara.Get(at).OK().Says("A person of the desk").Never("mira", "Enter a shift", `name="shift"`, at+"/deputy")
	sara.Do(http.MethodPost, at, url.Values{"who": {"x"}, "from-day": {"3"}, "from-month": {"3"}, "from-year": {"2026"}, "from-hour": {"08:00"}, "to-day": {"3"}, "to-month": {"3"}, "to-year": {"2026"}, "to-hour": {"09:00"}, "repeat": {"once"}}).Is(http.StatusForbidden)
	sara.Get(at + "/deputy").Is(http.StatusForbidden)
	sara.Post(at+"/deputy", url.Values{"version": {"1"}}).Is(http.StatusForbidden)

	// Two who change the deputy see both versions.
	hidden := func(p *webtest.Somebody) url.Values {
		a := p.Get(at + "/deputy").OK()
		return url.Values{"version": {a.Find(`name="version" value="([0-9]+)"`)}, "base": {a.Find(`name="base" value="([^"]*)"`)}, "coordinator": {""}, "out-of-hours": {""}}
	}
	mine, hers := hidden(cora), hidden(ana)
	mine.Set("deputy", "shelter")
	hers.Set("out-of-hours", "+38970000001")
	cora.Do(http.MethodPost, at+"/deputy", mine).Is(http.StatusSeeOther)
	both := ana.Do(http.MethodPost, at+"/deputy", hers).Is(http.StatusConflict).Says("What you wrote", "What stands now", "shelter", "+38970000001")
	again := url.Values{}
	for _, x := range []string{"version", "base", "names-deputy", "stands-deputy", "names-out-of-hours"} {
		again.Set(x, both.Find(`name="`+x+`" value="([^"]*)"`))
	}
	for name, x := range hers {
		if name != "version" && name != "base" {
			again[name] = x
		}
	}
	again.Set("keep-deputy", "theirs")
	again.Set("keep-out-of-hours", "mine")
	ana.Do(http.MethodPost, at+"/deputy", again).Is(http.StatusSeeOther)
	cora.Get(at).OK().Says("shelter", "+38970000001")
}

// Who is away and who stands in is entered by the desk; the coordinator sees a desk of which nobody is there, and another desk sees no name.
func TestWhoIsAwayOnPages(t *testing.T) {
	w := webtest.Open(t)
	w.Node.User("cora", access.NationalCoordinator)
	w.Node.Desk(w.DeskOf("shelter"), "sara", access.CaseManager)
	w.Node.Join(w.Node.As("ana").Desk, "mira", access.CaseManager, "ana")
	webtest.Rostered(w, "ana")
	const at = "/duty/focal-point"
	ana, cora := w.As("ana"), w.As("cora")
	days := func(who, in, from, to string) url.Values {
		f := url.Values{"away-who": {string(w.Node.As(who).User)}, "away-from-month": {"3"}, "away-from-year": {"2026"}, "away-to-month": {"3"}, "away-to-year": {"2026"}}
		f.Set("away-from-day", from)
		f.Set("away-to-day", to)
		if in != "" {
			f.Set("away-in", string(w.Node.As(in).User))
		}
		return f
	}
	ana.Do(http.MethodPost, at+"/away", days("ana", "ana", "2", "3")).Is(http.StatusUnprocessableEntity).Says("Who stands in must be another person")
	ana.Do(http.MethodPost, at+"/away", days("ana", "mira", "5", "3")).Is(http.StatusUnprocessableEntity).Says("a day that is not over")
	w.As("sara").Do(http.MethodPost, at+"/away", days("ana", "mira", "2", "3")).Is(http.StatusForbidden)
	ana.Post(at+"/away", days("ana", "mira", "2", "3")).OK().Says("Who is away 1", "On duty now mira", "2 March 2026", "3 March 2026")
	cora.Get("/duty").OK().Says("On duty now mira", "Who is away 1").Never("Nobody of this desk is there")
	w.As("sara").Get(at).OK().Says("Who is away 1").Never("mira", "3 March 2026 mira")
	cora.Post(at+"/away", days("mira", "", "2", "2")).OK()
	cora.Get("/duty").OK().Says("Everybody: 2. Nobody of this desk is there.")
	ana.Post(at+"/back", url.Values{"who": {string(w.Node.As("ana").User)}}).OK().Never("Nobody of this desk is there")
	ana.Do(http.MethodPost, at+"/back", url.Values{"who": {"nobody"}}).Is(http.StatusNotFound)
}
