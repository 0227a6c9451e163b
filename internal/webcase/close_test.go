package webcase_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAMeetingAndAnOfferHoldACase: the page that closes a case says, and leads to, a conference that has not ended and an offer to another desk that
// nobody has answered; either refuses the closing, and either is gone when it has ended.
func TestAMeetingAndAnOfferHoldACase(t *testing.T) {
	w := webtest.Pair(t)
	webtest.Charity(w)
	ana := w.As("ana")
	holds := func(path string) string {
		t.Helper()
		text, _, _ := strings.Cut(ana.Get(path+"/close").OK().Text(), "Why it is closed")
		text, _, _ = strings.Cut(text, "Also open")
		_, text, _ = strings.Cut(text, "Must end before the case can be closed")
		return text
	}
	refused := func(path string) int {
		t.Helper()
		return ana.Do(http.MethodPost, path+"/close", url.Values{
			"reason": {"needs-met"}, "data": {"retain"}, "date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"},
			"version": {ana.Get(ana.Get(path).OK().Find(`href="(/cases/[^"]+/close[?]version=[0-9]+)"`)).OK().Find(`name="version" value="([0-9]+)"`)},
		}).Status
	}

	path := webtest.Opened(t, ana)
	meeting := webtest.Conferring(ana, path)
	reference := ana.Get(meeting).OK().Find(`<title>[^<]*([0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3})`)
	ana.Get(path + "/close").OK().Find(`href="(` + meeting + `)"`)
	if text := holds(path); !strings.Contains(text, reference) || !strings.Contains(text, "5 March 2026") || refused(path) != http.StatusConflict {
		t.Errorf("a meeting is not among what holds a case: %q", text)
	}
	ana.Take(meeting, "end", url.Values{"reason": {"not-held"}}).OK()
	if text := holds(path); strings.Contains(text, reference) || refused(path) != http.StatusSeeOther {
		t.Errorf("it has ended, and holds the case: %q", text)
	}

	offer := webtest.Offered(w)
	reference = ana.Get(offer).OK().Find(`<title>[^<]*([0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3})`)
	path = ana.Get(offer).OK().Find(`href="(/cases/[^"/]+)"`)
	ana.Get(path + "/close").OK().Find(`href="(` + offer + `)"`)
	if text := holds(path); !strings.Contains(text, reference) || refused(path) != http.StatusConflict {
		t.Errorf("an offer is not among what holds a case: %q", text)
	}
	ana.Post(offer, url.Values{"do": {"revoke"}, "reason": {"offered-in-error"}, "version": {ana.Get(offer).OK().Find(`name="version" value="([0-9]+)"`)}}).OK()
	if text := holds(path); strings.Contains(text, reference) || refused(path) != http.StatusSeeOther {
		t.Errorf("it was taken back, and holds the case: %q", text)
	}
}

// TestClosingSaysWhatIsStillOpen: before somebody closes a case, its page says what must end first, and what else somebody has to do, may
// use or is given under it, each with the way there; what has ended is not said, nor what is of another case.
func TestClosingSaysWhatIsStillOpen(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	closing := path + "/close"
	// the sections of the page, without the form under them
	parts := func(p *webtest.Somebody) (before, also string) {
		t.Helper()
		text, _, _ := strings.Cut(p.Get(closing).OK().Text(), "Why it is closed")
		text, also, _ = strings.Cut(text, "Also open: closing does not wait for it")
		_, before, _ = strings.Cut(text, "Must end before the case can be closed")
		return before, also
	}
	has := func(what, in string, wanted ...string) {
		t.Helper()
		for _, x := range wanted {
			if !strings.Contains(in, x) {
				t.Errorf("%s: %q is not among %q", what, x, in)
			}
		}
	}
	// a consent, a draft and a period hold nothing, and are said
	r := webtest.Draft(ana, path)
	reference := ana.Get(r).OK().Find(`<title>[^<]*([0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3})`)
	ana.Post(path+"/reflection", url.Values{
		"body": {"Demo police"}, "basis": {"Demo act, article 3"}, "from-day": {"3"}, "from-month": {"3"}, "from-year": {"2026"}, "until-day": {"10"}, "until-month": {"4"}, "until-year": {"2026"},
	}).OK()
	before, also := parts(ana)
	has("a draft", also, "Consent for National focal point, North Macedonia MK/focal-point", "In force", "Referral "+reference, "Draft", "Recovery and reflection period", "Until 10 April 2026", "Due")
	if before != "" {
		t.Errorf("a draft holds the case: %q", before)
	}
	ana.Get(closing).OK().Find(`href="(` + r + `)"`)
	ana.Get(closing).OK().Find(`href="(` + path + `/reflections/[^"]+)"`)

	// one that was sent holds it, and closing is refused as the page said
	ana.Take(r, "check", nil).OK()
	ana.Take(r, "send", nil).OK()
	before, also = parts(ana)
	has("a referral on its way", before, "Referral "+reference, "Sent", "MK/focal-point")
	if strings.Contains(also, "Referral "+reference) {
		t.Errorf("it is said twice: %q", also)
	}
	end := url.Values{
		"reason": {"needs-met"}, "data": {"retain"}, "date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"},
		"version": {ana.Get(ana.Get(path).OK().Find(`href="(/cases/[^"]+/close[?]version=[0-9]+)"`)).OK().Find(`name="version" value="([0-9]+)"`)},
	}
	ana.Do(http.MethodPost, closing, end).Is(http.StatusConflict).Says("Must end before the case can be closed", "Referral "+reference)

	// her return, and a meeting, hold it too
	ana.Post(path+"/returns", url.Values{"to": {"MK"}}).OK()
	before, _ = parts(ana)
	has("a return", before, "Return to North Macedonia", "Proposed")

	// another case of the same desk has none of it
	at := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location")
	other := strings.TrimSuffix(at, "/person")
	ana.Get(other+"/close").OK().Says("Nothing is open under this case").Never(reference, "MK/focal-point", "Must end before", "Also open")

	// what is over is gone
	ana.Take(r, "revoke", url.Values{"reason": {"other"}})
	before, also = parts(ana)
	if strings.Contains(before+also, "Referral "+reference) {
		t.Errorf("it is revoked, and said to be open: %q %q", before, also)
	}

	// who may not close it does not come to the page
	w.Node.Join(w.Node.As("ana").Desk, "sara", access.ServiceProvider, "ana")
	w.As("sara").Get(closing).Is(http.StatusForbidden)
}
