package webtest

import (
	"net/http"
	"net/url"
	"strings"
)

// PracticeForm is a practice as its form is filled in.
func PracticeForm() url.Values {
	return url.Values{
		"kind": {"practice"}, "in": {"en"}, "title": {"Fictitious safe house"}, "problem": {"Nobody had a bed at night.\nNobody knew whom to call."},
		"lines-steps": {"2"}, "steps-0-what": {"Call the desk."}, "steps-1-what": {"Name a bed."}, "conditions": {"Two people who answer at night."},
		"evidence": {"in-use"}, "used-at": {"referral", "return"}, "source": {"https://example.org/house"},
	}
}

// MeetingForm is a meeting as its form is filled in.
func MeetingForm() url.Values {
	return url.Values{
		"kind": {"meeting"}, "in": {"en"}, "number": {"99"}, "title": {"Fictitious meeting"}, "from-day": {"13"}, "from-month": {"11"}, "from-year": {"2025"},
		"until-day": {"15"}, "until-month": {"11"}, "until-year": {"2025"}, "place": {"Skopje"}, "country": {"MK"}, "presidency": {"XK"}, "state": {"held"},
		"lines-agenda": {"2"}, "agenda-0-item": {"Opening"}, "agenda-1-item": {"Referral"}, "agenda-1-minutes": {"All have spoken."},
		"lines-participants": {"2"}, "participants-0-for": {"MK"}, "participants-0-role": {"coordinator"}, "participants-0-as": {"member"}, "participants-0-how-many": {"1"},
	}
}

// Published publishes a record by its form and returns its page.
func Published(p *Somebody, form url.Values) string {
	p.W.T.Helper()
	at, _, _ := strings.Cut(p.Do(http.MethodPost, "/publications/new", form).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	return at
}
