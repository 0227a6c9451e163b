package webplan_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// day is a day of March 2026 as it is sent.
func day(f url.Values, name, d string) url.Values {
	f.Set(name+"-day", d)
	f.Set(name+"-month", "3")
	f.Set(name+"-year", "2026")
	return f
}

// The story of a plan over the pages: what she needs, a step from the directory, the plan gone through with her, beds given and the record of
// them corrected, a doctor who is not to be had, and a need that ends. What is wrong is said at its field; who may not learns nothing.
func TestAPlanOverThePages(t *testing.T) {
	w := webtest.Open(t)
	webtest.Charity(w)
	w.Node.Join(w.Node.As("ana").Desk, "gina", access.ChildGuardian, "ana")
	ana, olga := w.As("ana"), w.As("olga")
	path := webtest.Opened(t, ana)
	webtest.Entered(w)
	ana.Get(path).OK().Find(`href="(` + path + `/plan)"`)
	ana.Get(path+"/plan").OK().Says("No need was named.", "No step was written.", "Nobody has gone through it.").Never("Go through the plan with her", "Write a step")

	ana.Do(http.MethodPost, path+"/needs", url.Values{"code": {"accommodation"}}).Is(http.StatusUnprocessableEntity).Says("Check the field How soon", "Ask her first.")
	need := webtest.Needed(ana, path, "accommodation", "Accommodation")
	ill := webtest.Needed(ana, path, "medical", "Medical care")
	ana.Get(path+"/plan").OK().Says("Accommodation", "She herself", "DEMO: soon", "She needs it no longer")

	form := ana.Get(path+"/steps?need="+need[len(path+"/needs/"):]).OK().Says("Safe house: Beds", "By when")
	offer := form.Find(`<option value="([^"]+/[^"]+)"`)
	step := url.Values{"need": {need[len(path+"/needs/"):]}, "service": {"accommodation"}, "offer": {offer}, "goal": {"a door with a key"}}
	ana.Do(http.MethodPost, path+"/steps", step).Is(http.StatusUnprocessableEntity).Says("Check the field The day")
	ana.Post(path+"/steps", day(step, "on", "1")).OK().Says("Safe house: Beds", "Proposed: she was not asked", "Nobody has agreed to this plan", "It is not hers yet").Never("Record a service given")
	doctor := day(url.Values{"need": {ill[len(path+"/needs/"):]}, "service": {"medical"}}, "on", "1")
	ana.Post(path+"/steps", doctor).OK()

	through := path + "/plan/agreement"
	asked := ana.Get(through).OK().Says("Read each step to her", "a door with a key")
	bed := asked.Find(`<legend[^>]*>Accommodation[^<]*</legend>(?s:.*?)name="said-([^"]+)"`)
	said := day(day(url.Values{"steps": {bed}, "said-" + bed: {"yes"}, "language": {"ro"}, "goals": {"to sleep"}, "safety": {"call Demo first"}}, "on", "2"), "review", "20")
	ana.Do(http.MethodPost, through, said).Is(http.StatusUnprocessableEntity).Says("Was it gone through with her?")
	said.Set("asked", "yes")
	ana.Do(http.MethodPost, through, said).Is(http.StatusConflict).Says("The plan holds something else by now")
	other := asked.Find(`<legend[^>]*>Medical[^<]*</legend>(?s:.*?)name="said-([^"]+)"`)
	said["steps"] = []string{bed, other}
	ana.Do(http.MethodPost, through, said).Is(http.StatusUnprocessableEntity).Says("Silence is not a refusal") // nobody said what she wants of the other
	said.Set("said-"+other, "later")
	said.Set("said-"+bed, "later")
	ana.Do(http.MethodPost, through, said).Is(http.StatusUnprocessableEntity).Says("She was not asked about any step.")
	said.Set("said-"+bed, "yes")
	ana.Post(through, said).OK().Says("She was not asked about every step yet", "1 step still to be asked about", "Proposed").Never("Declined") // the answer stays, the other waits
	w.Node.Net.Clock.Advance(time.Second)                                                                                                       // the plan is gone through again later, and not in the same millisecond
	said.Set("said-"+other, "no")
	said.Del("language")
	ana.Do(http.MethodPost, through, said).Is(http.StatusUnprocessableEntity).Says("Check the field Language of the conversation")
	said.Set("language", "ro")
	ana.Post(through, said).OK().Says("She agrees to some of it", "She agreed to 1 of 2 steps", "to sleep", "call Demo first", "20 March 2026")
	w.As("ana").Get("/tasks").OK().Says("Go through her plan with her").Find(`href="(` + path + `)"`)

	ana = w.As("ana") // from another place: pages are asked for faster here than anybody reads
	given := ana.Get(path + "/plan").OK().Find(`href="(/cases/[^"]+/steps/[^"/?]+)/service">Record a service given<span[^>]*>: Accommodation`)
	ana.Take(given, "service", day(url.Values{"quantity": {"many"}, "provider": {"Safe house"}}, "from", "2")).Is(http.StatusUnprocessableEntity).Says("Correct this part: How much of it.")
	ana.Take(given, "service", day(url.Values{"quantity": {"4"}, "unit": {"night"}, "provider": {"Safe house"}, "note": {"room 4"}}, "from", "2")).OK().Says("Under way", "4 × night", "room 4")
	record := ana.Get(path + "/plan").OK().Find(`href="(/cases/[^"]+/services/[^"]+)"`)
	version := ana.Get(record).OK().Says("What was written before is kept").Find(`name="version" value="([0-9]+)"`)
	right := day(url.Values{"version": {version}, "service": {"accommodation"}, "quantity": {"3"}, "unit": {"night"}, "provider": {"Safe house"}}, "from", "3")
	ana.Post(record, right).OK().Says("3 × night", "It said before", "4 × night", "room 4", "Corrected")
	// Whoever was slower sees both, and what only the other has changed stays.
	right.Set("note", "DEMO: room 5")
	both := ana.Do(http.MethodPost, record, right).Is(http.StatusConflict).Says("Somebody else has changed this", "What you wrote", "DEMO: room 5", "What stands now")
	right.Set("version", both.Find(`name="version" value="([0-9]+)"`))
	right["names-note"] = []string{"note"}
	ana.Do(http.MethodPost, record, right).Is(http.StatusConflict).Says("Choose one of the two.")
	right.Set("keep-note", "mine")
	ana.Post(record, right).OK().Says("DEMO: room 5", "3 × night")

	// The doctor, whom she had declined, is offered again, and is not to be had.
	turn := ana.Get(path + "/plan").OK().Says("She declined").Find(`href="(/cases/[^"]+/steps/[^"/?]+)">Record how it stands<span[^>]*>: Medical`)
	version = ana.Get(turn).OK().Never("Under way").Find(`name="version" value="([0-9]+)"`)
	ana.Do(http.MethodPost, turn, day(url.Values{"version": {version}, "status": {"under-way"}}, "on", "3")).Is(http.StatusConflict).Says("did not agree to does not go on")
	ana.Post(turn, day(url.Values{"version": {version}, "status": {"agreed"}}, "on", "3")).OK()
	// Whoever was slower is shown how it stands, and sends the same form again.
	slow := day(url.Values{"version": {version}, "status": {"not-available"}, "reason-not-available": {"no-interpreter"}, "note": {"DEMO: what I typed"}}, "on", "4")
	again := ana.Do(http.MethodPost, turn, slow).Is(http.StatusConflict).Says("What stands now Its course 1 March 2026", "3 March 2026: She agreed", "DEMO: what I typed").Find(`name="version" value="([0-9]+)"`)
	if again == version {
		t.Error("a form that somebody was faster than stays stale for ever")
	}
	version = ana.Get(turn).OK().Says("Why it is not available").Find(`name="version" value="([0-9]+)"`)
	none := day(url.Values{"version": {version}, "status": {"not-available"}}, "on", "4")
	ana.Do(http.MethodPost, turn, none).Is(http.StatusUnprocessableEntity).Says("Check the field Why it is not available")
	none.Set("reason-not-available", "no-interpreter")
	ana.Post(turn, none).OK().Says("Not available", "No interpreter", "She agrees to all of it")

	end := day(url.Values{"version": {"1"}, "why": {"met"}}, "ended", "5")
	ana.Do(http.MethodPost, need, end).Is(http.StatusConflict).Says("A step of the plan still answers this need")
	extra := webtest.Needed(ana, path, "documents", "Documents")
	ana.Post(extra, end).OK().Says("It was met")
	late := day(url.Values{"version": {"1"}, "why": {"no-longer"}}, "ended", "6")
	ana.Do(http.MethodPost, extra, late).Is(http.StatusConflict).Says("What stands now It ended on 5 March 2026 It was met").Find(`value="(no-longer)" checked`)

	// The case is closed, and taken up again: the same file, and the plan is somebody's to look after again.
	ana = w.As("ana")
	closing := ana.Get(path).OK().Find(`href="(` + path + `/close\?version=[0-9]+)"`)
	version = ana.Get(closing).OK().Find(`name="version" value="([0-9]+)"`)
	ana.Post(path+"/close", day(url.Values{"version": {version}, "reason": {"moved"}, "data": {"retain"}}, "date", "6")).OK().Never("Write a note")
	ana.Get(path+"/plan").OK().Never("Write a step", "Correct the record")
	reopen := ana.Get(path).OK().Says("Closed").Find(`href="(` + path + `/reopen\?version=[0-9]+)"`)
	version = ana.Get(reopen).OK().Says("she is counted once").Find(`name="version" value="([0-9]+)"`)
	why := day(url.Values{"version": {version}}, "on", "7")
	ana.Do(http.MethodPost, path+"/reopen", why).Is(http.StatusUnprocessableEntity).Says("Why the work goes on")
	why.Set("reason", "wants-help-again")
	ana.Post(path+"/reopen", why).OK().Says("She wants help again", "7 March 2026", "The case is open again.").Never("Reopen the case")
	ana.Do(http.MethodPost, path+"/reopen", why).Is(http.StatusConflict).Says("This case is open.")
	olga.Do(http.MethodPost, path+"/reopen", why).Is(http.StatusNotFound)

	// A guardian of the desk reads the plan; another desk learns nothing.
	gina := w.As("gina")
	gina.Get(path+"/plan").OK().Says("a door with a key").Never("Write a step", "Record how it stands")
	gina.Get(path + "/steps").Is(http.StatusForbidden)
	for _, p := range []string{path + "/plan", through, need, record} {
		olga.Get(p).Is(http.StatusNotFound)
	}
	olga.Do(http.MethodPost, path+"/needs", day(url.Values{"code": {"legal"}, "urgency": {"now"}, "said": {"person"}}, "on", "1")).Is(http.StatusNotFound)
}

// The story of a link over the pages: made from one case, seen from the other, ended with a reason; whoever may not open both sees none.
func TestALinkOverThePages(t *testing.T) {
	w := webtest.Open(t)
	webtest.Charity(w)
	ana, olga := w.As("ana"), w.As("olga")
	begin := func(p *webtest.Somebody) (path, reference string) {
		a := p.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
		path = strings.TrimSuffix(a.Header.Get("Location"), "/person")
		return path, p.Get(path + "/plan").OK().Find(`<h1[^>]*>[^<]*Needs and plan: (?:<[^>]*>)*([a-z0-9-]+)`)
	}
	one, first := begin(ana)
	other, second := begin(ana)
	_, theirs := begin(olga)
	ana.Get(one).OK().Find(`href="(` + one + `/links)"`)
	ana.Get(one+"/links").OK().Says("Only whoever may open both cases sees a link.", "You may open no case that is linked with this one.", "Link with another case")
	form := url.Values{"other": {theirs}, "kind": {"child"}, "reason": {"told by both"}}
	ana.Do(http.MethodPost, one+"/links/new", form).Is(http.StatusUnprocessableEntity).Says("There is no case with this reference that you may open.")
	form.Set("other", strings.ToUpper(second))
	form.Del("reason")
	ana.Do(http.MethodPost, one+"/links/new", form).Is(http.StatusUnprocessableEntity).Says("Why the cases are linked")
	form.Set("reason", "told by both")
	ana.Post(one+"/links/new", form).OK().Says(second, "Her child", "told by both", "The link is kept, sealed.")
	ana.Do(http.MethodPost, one+"/links/new", form).Is(http.StatusConflict).Says("The two cases are linked already.")
	ana.Get(other+"/links").OK().Says(first, "Her parent").Never("suspicion", "suspected")
	ana.Post(other+"/risk", url.Values{
		"trigger": {"change"}, "grade-family": {"high"}, "factor": {"family-involved"}, "conclusion": {"DEMO"}, "days": {"30"}, "with": {"yes"},
	}).OK()
	ana.Get(other + "/links").OK().Says("Somebody of her family is suspected")
	end := ana.Get(other + "/links").OK().Find(`href="(` + other + `/links/[^"]+)">They no longer`)
	version := ana.Get(end).OK().Says("The link stays in both files").Find(`name="version" value="([0-9]+)"`)
	why := day(url.Values{"version": {version}, "note": {"he asked"}}, "ended", "9")
	ana.Do(http.MethodPost, end, why).Is(http.StatusUnprocessableEntity).Says("Why it is ended")
	why.Set("why", "unsafe")
	ana.Post(end, why).OK().Says("The link is ended.", "9 March 2026", "The link is not safe", "he asked").Never("Somebody of her family")
	ana.Get(one + "/links").OK().Says("The link is not safe")
	for _, p := range []string{one + "/links", end} {
		olga.Get(p).Is(http.StatusNotFound)
	}
	olga.Do(http.MethodPost, one+"/links/new", form).Is(http.StatusNotFound)
	olga.Do(http.MethodPost, end, why).Is(http.StatusNotFound)
}
