package webcase_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A form from its first part to a correction: every part is a saved draft, what is wrong keeps what was typed and leads to its
// field, two people at one draft see both answers, and what is finished stays.
func TestAFormIsFilledInPartByPart(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.Desk(w.DeskOf("house"), "mira", "case-manager")
	ana := w.As("mira")
	path := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	ana.Get(path+"/forms").OK().Says("No form was filled in yet.", "F1:", "F8:")
	ana.Do(http.MethodPost, path+"/fill/F8", nil).Is(http.StatusUnprocessableEntity).Find(`id="(spoken-error)"`)
	fill := ana.Do(http.MethodPost, path+"/fill/F8", url.Values{"spoken": {"ro"}, "interpreter": {"yes"}}).Is(http.StatusSeeOther).Header.Get("Location")
	record := strings.TrimSuffix(fill, "/fill")
	a := ana.Get(fill).OK().Says("Why it is asked", "Who sees it", "Kept:", "Not sure", "Not asked", "Declined to say", "Unsafe to ask")
	version := a.Find(`name="version" value="([0-9]+)"`)

	// An empty draft cannot be finished: each field is named, with the way to it.
	m := ana.Do(http.MethodPost, record+"/finish", url.Values{"version": {version}}).Is(http.StatusUnprocessableEntity)
	way := m.Find(`href="(/cases/[^"]+/fill\?[^"]*part=closure[^"]*)#q-`)
	ana.Get(way).OK().Says("May not stay empty").Find(`id="(q-[^"]+-error)"`)

	// What does not fit comes back as it was typed.
	question := m.Find(`href="[^"]+#(q-closed-on)"`)
	wrong := url.Values{"part": {"closure"}, "version": {version}, question + "-day": {"31"}, question + "-month": {"2"}, question + "-year": {"2026"}}
	ana.Do(http.MethodPost, fill, wrong).Is(http.StatusUnprocessableEntity).Says("does not fit").Find(`value="(31)"`)
	both := url.Values{"part": {"closure"}, "version": {version}, question + "-year": {"2026"}, "n-closed-on": {"none.declined"}}
	ana.Do(http.MethodPost, fill, both).Is(http.StatusUnprocessableEntity).Says("and not both")
	if now := ana.Get(fill).OK().Find(`name="version" value="([0-9]+)"`); now != version {
		t.Errorf("a refused part was saved: version %s, then %s", version, now)
	}

	// Saved, and saved by somebody else from an older page.
	ana.Post(fill, url.Values{"part": {"closure"}, "version": {version}, "n-closed-on": {"none.declined"}}).OK().Says("The draft is saved.", "Declined to say")
	late := url.Values{"part": {"closure"}, "version": {version}, question + "-year": {"2026"}}
	c := ana.Do(http.MethodPost, fill, late).Is(http.StatusConflict).Says("Saved in the meantime: Declined to say")
	c.Find(`value="(2026)"`)
	late.Set("version", c.Find(`name="version" value="([0-9]+)"`))
	ana.Post(fill, late).OK().Says("2026").Never("Saved in the meantime")
	ana.Get(path + "/forms").OK().Says("Draft")

	// The rest of the desk goes on; another desk does not learn that there is one.
	w.Node.Desk(w.DeskOf("shelter"), "sara", "case-manager")
	w.As("sara").Get(record).Is(http.StatusNotFound)
	w.As("ada").Get(record).Is(http.StatusForbidden)
}

// By which functions and when a case was opened is told at its desk, and names nobody.
func TestOpeningsOfACaseNameNobody(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(path + "/openings").OK().Says("By function and day, and no name")
	ana.Get(path + "/screenings").OK().Says("There is no screening yet.")
	w.Node.Desk(w.DeskOf("shelter"), "sara", "case-manager")
	w.As("sara").Get(path + "/openings").Is(http.StatusNotFound)
}

// A form of which somebody sees no question is not offered to her, and beginning it all the same leaves no draft.
func TestAFormWithNothingToSeeIsNotOffered(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(path+"/forms").OK().Says("F2:", "F7:").Never("F1:", "F3:", "F8:")
	ana.Get(path + "/fill/F8").Is(http.StatusNotFound)
	ana.Do(http.MethodPost, path+"/fill/F8", url.Values{"spoken": {"ro"}}).Is(http.StatusNotFound)
	ana.Do(http.MethodPost, path+"/fill/F7", url.Values{"spoken": {"nonsense"}}).Is(http.StatusUnprocessableEntity)
	ana.Get(path + "/forms").OK().Says("No form was filled in yet.")
}

// A whole form, finished, and then corrected: the first record stays as it was and leads to the second, which says why.
func TestAFormIsFinishedAndCorrected(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	fill := ana.Do(http.MethodPost, path+"/fill/F7", url.Values{"spoken": {"ro"}}).Is(http.StatusSeeOther).Header.Get("Location")
	record := strings.TrimSuffix(fill, "/fill")
	save := func(record string, part url.Values) webtest.Answer {
		t.Helper()
		part.Set("version", ana.Get(record+"/fill?part="+part.Get("part")).OK().Find(`name="version" value="([0-9]+)"`))
		return ana.Post(record+"/fill", part).OK()
	}
	finish := func(record string) webtest.Answer {
		t.Helper()
		return ana.Do(http.MethodPost, record+"/finish", url.Values{"version": {ana.Get(record).OK().Find(`name="version" value="([0-9]+)"`)}})
	}
	arrival := url.Values{
		"part": {"arrival"}, "q-arrived": {"yes"}, "q-arrived-on-month": {"3"}, "q-arrived-on-year": {"2026"}, "q-met-by": {"A demo driver"},
		"q-services": {"accommodation", "legal"}, "q-safe": {"none.unsafe-to-ask"},
	}
	save(record, arrival).Says("Part 2 of 2")
	later := url.Values{"part": {"later"}, "q-may-tell": {"no"}, "q-opinion": {"First line.\r\nSecond line."}}
	save(record, later).Says("March 2026", "A demo driver", "Accommodation and Legal", "Unsafe to ask", "Draft")

	// What she is not asked after a no cannot stand there when the form is finished.
	m := finish(record).Is(http.StatusUnprocessableEntity)
	m.Find(`href="(/cases/[^"]+/fill\?[^"]*part=later[^"]*#q-opinion)"`)
	later.Del("q-opinion")
	save(record, later).Never("Second line.")
	to := finish(record).Is(http.StatusSeeOther).Header.Get("Location")
	ana.Get(to).OK().Says("The form is finished.", "Finished").Never("/finish")
	ana.Get(record + "/fill").Is(http.StatusConflict)
	ana.Do(http.MethodPost, record+"/fill", later).Is(http.StatusConflict)
	ana.Do(http.MethodPost, record+"/finish", url.Values{"version": {"9"}}).Is(http.StatusConflict)

	// The correction begins with what stood there.
	ana.Do(http.MethodPost, record+"/correct", nil).Is(http.StatusUnprocessableEntity).Find(`id="(reason-error)"`)
	reason := ana.Get(record + "/correct").OK().Find(`name="reason" type="radio" value="([^"]+)"`)
	second := strings.Split(ana.Do(http.MethodPost, record+"/correct", url.Values{"reason": {reason}}).Is(http.StatusSeeOther).Header.Get("Location"), "?")[0]
	if second == record {
		t.Fatal("the correction is the record itself")
	}
	ana.Get(second).OK().Says("A demo driver", "March 2026", "Draft")
	ana.Get(record).OK().Says("Finished", "A demo driver") // until the correction is finished it is what counts
	arrival.Set("q-met-by", "A demo guardian")
	save(second, arrival)
	finish(second).Is(http.StatusSeeOther)
	ana.Get(second).OK().Says("A demo guardian").Never("A demo driver").Find(`href="(` + record + `)"`)
	ana.Get(record).OK().Says("A demo driver", "Corrected").Never("A demo guardian", "/correct").Find(`href="(` + second + `)"`)
	ana.Do(http.MethodPost, record+"/correct", url.Values{"reason": {reason}}).Is(http.StatusConflict)
	ana.Get(path+"/forms").OK().Says("Corrected", "Finished")
}

// A part that is sent after the page has locked is not saved, and that is said; what was saved before stays.
func TestAPartThatIsSentTooLateIsSaidToBeLost(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	fill := ana.Do(http.MethodPost, path+"/fill/F7", url.Values{"spoken": {"ro"}}).Is(http.StatusSeeOther).Header.Get("Location")
	part := url.Values{"part": {"arrival"}, "q-met-by": {"A demo driver"}, "version": {ana.Get(fill).OK().Find(`name="version" value="([0-9]+)"`)}}
	ana.Post(fill, part).OK()
	part.Set("q-met-by", "A demo guardian")
	part.Set("version", ana.Get(fill).OK().Find(`name="version" value="([0-9]+)"`))
	w.Node.Net.Clock.Advance(time.Hour)
	ana.Post(fill, part).Says("What you had just sent was not saved").Never("demo guardian")
	w.As("ana").Get(strings.TrimSuffix(fill, "/fill")).OK().Says("A demo driver").Never("A demo guardian")
}
