package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
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
func (s *seat) opened() string {
	s.t.Helper()
	s.follow("/cases")
	s.answer("/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}})
	s.fill(url.Values{"given": {"Demona"}, "surname": {"Izmislena"}, "birth-year": {"1998"}, "birth-month": {"5"}, "sex": {"female"}, "languages": {"ro"}})
	s.send("/person")
	file := s.path()
	s.says("Demona Izmislena", s.said("case.risk.warning.never"))
	s.answer(file+"/risk", assessed())
	s.says("DEMO: she can travel accompanied.")
	return file
}

// TestFromChisinauToSkopje: five people at five telephones of their own, in four languages, bring one referral from the first
// assessment to the closed loop, by what they see and press. Each reads every page in the language that she chose.
func TestFromChisinauToSkopje(t *testing.T) {
	all := browser(t)
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	md.Join(md.As("ana").Desk, "mira", access.CaseManager, "ana")
	mk.Join(mk.As("ana").Desk, "sara", access.ServiceProvider, "ana")
	md.User("cora", access.NationalCoordinator)
	n.Run()
	mira, second, cora := sit(t, all, md, "mira", "ro", true), sit(t, all, md, "ana", "en", true), sit(t, all, md, "cora", "en", true)
	skopje, shelter := sit(t, all, mk, "ana", "mk", true), sit(t, all, mk, "sara", "sq", false)

	mira.says(mira.said("web.home.now"))
	file := mira.opened()
	mira.answer(file+"/consent", webtest.ConsentForm())
	mira.says("MK/focal-point", mira.said("consent.state.given"))
	mira.answer(file+"/referral", webtest.DraftForm("MK/focal-point"))
	r := mira.path()
	mira.says(mira.said("referral.status.draft"))
	mira.never("Izmislena")
	mira.answer(r+"/check", nil)
	mira.says(mira.said("referral.status.checked"))
	// A colleague, who reads English, looks at it and sends it.
	second.follow("/referrals")
	second.follow(r)
	second.says("Checked", "Send the request")
	second.answer(r+"/send", nil)
	second.says("Sent")
	n.Run()

	skopje.home()
	skopje.never("Izmislena", "Demona")
	skopje.follow("/referrals")
	skopje.says(skopje.said("referral.status.delivered"), "MD/focal-point")
	skopje.follow(r)
	skopje.answer(r+"/acknowledge", nil)
	skopje.says(skopje.said("referral.status.acknowledged"))
	skopje.send(r + "/open")
	skopje.says(skopje.said("case.service.accommodation"))
	skopje.never("Izmislena", "Demona")
	skopje.follow(r)
	skopje.answer(r+"/accept", nil)
	skopje.says(skopje.said("referral.status.accepted"))
	n.Run()
	skopje.send(r + "/open")
	skopje.says("Demona Izmislena", skopje.said("referral.bundle.only"))

	mira.home()
	mira.follow("/referrals")
	mira.follow(r)
	mira.says(mira.said("referral.status.accepted"))
	mira.answer(r+"/plan", url.Values{"planned-day": {"20"}, "planned-month": {"3"}, "planned-year": {"2026"}, "hour": {"14:30"}, "meeting": {"station"}})
	mira.says(mira.said("referral.status.handover-planned"), mira.said("referral.meeting.station"))
	n.Run()
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
	n.Run()

	second.follow("/referrals")
	second.follow(r)
	second.says("Completed", "Needs met")
	second.answer(r+"/close", nil)
	second.says("Closed", "There is nothing for you to do now.")
	n.Run()
	mira.home()
	mira.follow("/referrals")
	mira.follow(r)
	mira.says(mira.said("referral.status.closed"), mira.said("referral.outcome.needs-met"))
	shelter.follow("/referrals")
	shelter.follow(r)
	shelter.says(shelter.said("referral.status.closed"), shelter.said("referral.next.none"))
	cora.follow("/board")
	cora.says("MD → MK", "Closed")
	cora.never(strings.TrimPrefix(r, "/referrals/"), "Izmislena", "Demona")
	for _, x := range n.Nodes {
		if strings.Contains(x.Logs.String(), "Izmislena") {
			t.Errorf("the log of %s knows her", x.Member)
		}
	}
}
