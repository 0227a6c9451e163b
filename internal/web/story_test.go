package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// assessed is a risk assessment as the stories write it down.
func assessed() url.Values {
	return url.Values{
		"trigger": {"before-referral"}, "grade-person": {"medium"}, "grade-travel": {"low"}, "factor": {"threats-to-family"},
		"conclusion": {"DEMO: she can travel accompanied."}, "days": {"30"}, "with": {"yes"},
	}
}

// opened lets somebody open a case with a person and an assessment, and returns its path.
func (s *seat) opened(surname string) string {
	s.t.Helper()
	s.follow("/cases")
	s.follow("/cases/begin")
	s.answer("/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}})
	s.fill(url.Values{"given": {"Demona"}, "surname": {surname}, "birth-year": {"1998"}, "birth-month": {"5"}, "sex": {"female"}, "languages": {"ro"}})
	s.send("/person")
	file := s.path()
	s.says("Demona "+surname, s.said("case.risk.warning.never"))
	s.answer(file+"/risk", assessed())
	s.says("DEMO: she can travel accompanied.")
	return file
}

// hall is two nodes, and five people at five telephones of their own: Mira and a colleague who handles the cases in Chisinau, the
// coordinator there, the focal point in Skopje, and a shelter worker whose browser runs no script. They have chosen four languages.
type hall struct {
	t       *testing.T
	browser context.Context
	net     *nodetest.Net
	md, mk  *nodetest.Node

	mira, second, cora, skopje, shelter *seat
	surname                             string // of the person in the story
}

func gathered(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, browser: browser(t), surname: "Izmislena", net: nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))}
	h.md, h.mk = h.net.Node("MD"), h.net.Node("MK")
	h.md.Join(h.md.As("ana").Desk, "mira", access.CaseManager, "ana")
	h.md.User("cora", access.NationalCoordinator)
	h.mk.Join(h.mk.As("ana").Desk, "sara", access.ServiceProvider, "ana")
	h.mk.Desk(desk.Desk{ID: "house", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "zana", access.CaseManager)
	h.mk.PublishSheet()
	h.net.Run()
	h.mira, h.second, h.cora = h.sit(h.md, "mira", "ro", true), h.sit(h.md, "ana", "en", true), h.sit(h.md, "cora", "en", true)
	h.skopje, h.shelter = h.sit(h.mk, "ana", "mk", true), h.sit(h.mk, "sara", "sq", false)
	return h
}

func (h *hall) sit(at *nodetest.Node, login string, tag lang.Tag, script bool) *seat {
	h.t.Helper()
	return sit(h.t, h.browser, at, login, tag, script)
}

// TestStories are what people do with each other, told in a real browser from the way in, by what they see and press; each reads every
// page in the language that she chose, on a screen 360 pixels wide.
func TestStories(t *testing.T) {
	h := gathered(t)
	for _, story := range []struct {
		name string
		tell func(*hall)
	}{
		{"from Chisinau to Skopje", fromChisinauToSkopje},
		{"from Chisinau to Skopje without a script", withoutAScript},
		{"she takes it back", sheTakesItBack},
		{"she takes it back herself", sheTakesItBackHerself},
		{"her age is not known", herAgeIsNotKnown},
		{"declined and referred to another desk", declinedAndReferredAgain},
		{"two people change one case", twoPeopleChangeOneCase},
		{"she is screened", sheIsScreened},
		{"a stolen cookie", aStolenCookie},
		{"a courier file uploaded", aCourierFileUploaded},
		{"the node abroad is down", theNodeAbroadIsDown},
	} {
		t.Run(story.name, func(t *testing.T) {
			h.t = t
			for _, s := range []*seat{h.mira, h.second, h.cora, h.skopje, h.shelter} {
				s.t = t
			}
			story.tell(h)
		})
	}
}

// withoutAScript is the whole way again, and nobody's browser runs a script.
func withoutAScript(h *hall) {
	bare := *h
	bare.surname = "Bezskripta"
	bare.mira, bare.second, bare.cora = h.sit(h.md, "mira", "ro", false), h.sit(h.md, "ana", "en", false), h.sit(h.md, "cora", "en", false)
	bare.skopje = h.sit(h.mk, "ana", "mk", false)
	runs := `(() => { const d = document.createElement('div'); d.innerHTML = '<noscript><b></b></noscript>'; return d.querySelector('b') === null })()`
	if !eval[bool](h.mira, runs) {
		h.t.Error("no script runs where it should")
	}
	for _, s := range []*seat{bare.mira, bare.second, bare.cora, bare.skopje, bare.shelter} {
		if eval[bool](s, runs) {
			h.t.Errorf("scripts run in %s", s.base)
		}
	}
	fromChisinauToSkopje(&bare)
}

// fromChisinauToSkopje brings one referral from the first assessment to the closed loop, with a form filled in on the way.
func fromChisinauToSkopje(h *hall) {
	mira, second, cora, skopje, shelter := h.mira, h.second, h.cora, h.skopje, h.shelter
	mira.says(mira.said("web.home.now"))
	file := mira.opened(h.surname)
	mira.follow(file + "/forms")
	mira.answer(file+"/fill/F7", url.Values{"spoken": {"ro"}})
	mira.fill(url.Values{"q-arrived": {"yes"}, "q-met-by": {"DEMO: a driver"}})
	mira.send("/fill")
	mira.send("/fill")
	mira.says("DEMO: a driver")
	mira.follow(file + "/forms")
	mira.follow(file)
	mira.answer(file+"/consent", webtest.ConsentForm())
	mira.says("MK/focal-point", mira.said("consent.state.given"))
	mira.follow(file + "/referral")
	mira.follow("view=whole") // she knows it all: one page
	mira.fill(webtest.DraftForm("MK/focal-point"))
	mira.send(file + "/referral")
	r := mira.path()
	mira.says(mira.said("referral.status.draft"))
	mira.never(h.surname)
	mira.answer(r+"/check", nil)
	mira.says(mira.said("referral.status.checked"))
	// A colleague, who reads English, looks at it and sends it.
	second.follow("/referrals")
	second.follow(r)
	second.says("Checked", "Send the request")
	second.answer(r+"/send", nil)
	second.says("Sent")
	h.net.Run()

	skopje.home()
	skopje.never(h.surname, "Demona")
	skopje.follow("/referrals")
	skopje.says(skopje.said("referral.status.delivered"), "MD/focal-point")
	skopje.follow(r)
	skopje.answer(r+"/acknowledge", nil)
	skopje.says(skopje.said("referral.status.acknowledged"))
	skopje.send(r + "/open")
	skopje.says(skopje.said("case.service.accommodation"))
	skopje.never(h.surname, "Demona")
	skopje.follow(r)
	skopje.answer(r+"/accept", nil)
	skopje.says(skopje.said("referral.status.accepted"))
	h.net.Run()
	skopje.send(r + "/open")
	skopje.says("Demona "+h.surname, skopje.said("referral.bundle.only"))

	mira.home()
	mira.follow("/referrals")
	mira.follow(r)
	mira.says(mira.said("referral.status.accepted"))
	mira.answer(r+"/plan", url.Values{"planned-day": {"20"}, "planned-month": {"3"}, "planned-year": {"2026"}, "hour": {"14:30"}, "meeting": {"station"}, "met-by": {"DEMO: two colleagues, at the clock"}, "missing": {"DEMO: they ring the desk at once"}})
	mira.says(mira.said("referral.status.handover-planned"), mira.said("referral.meeting.station"))
	h.net.Run()
	shelter.follow("/referrals")
	shelter.follow(r)
	shelter.says(shelter.said("referral.status.handover-planned"), shelter.said("referral.meeting.station"))
	for _, s := range []struct {
		verb, status string
		answers      url.Values
	}{
		{"confirm", "handed-over", nil},
		{"in-care", "in-care", nil},
		{"feedback", "feedback", url.Values{"point": {"30"}, "outcome": {"stable"}}},
		{"complete", "completed", url.Values{"outcome": {"needs-met"}}},
	} {
		shelter.answer(r+"/"+s.verb, s.answers)
		shelter.says(shelter.said("referral.status." + s.status))
	}
	h.net.Run()

	second.follow("/referrals")
	second.follow(r)
	second.says("Completed", "Needs met")
	second.answer(r+"/close", nil)
	second.says("Closed", "There is nothing for you to do now.")
	h.net.Run()
	mira.home()
	mira.follow("/referrals")
	mira.follow(r)
	mira.says(mira.said("referral.status.closed"), mira.said("referral.outcome.needs-met"))
	shelter.follow("/referrals")
	shelter.follow(r)
	shelter.says(shelter.said("referral.status.closed"), shelter.said("referral.next.none"))
	cora.follow("/board")
	cora.says("Moldova → North Macedonia", "Closed")
	cora.never(strings.TrimPrefix(r, "/referrals/"), h.surname, "Demona")
	for _, x := range h.net.Nodes {
		if strings.Contains(x.Logs.String(), h.surname) {
			h.t.Errorf("the log of %s knows her", x.Member)
		}
	}
}
