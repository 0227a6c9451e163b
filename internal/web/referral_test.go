package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// take opens the form of a step and sends it, as a browser would.
func (p *somebody) take(path, step string, form url.Values) answer {
	p.w.t.Helper()
	a := p.get(path + "/" + step).ok()
	if form == nil {
		form = url.Values{}
	}
	form.Set("version", a.find(`name="version" value="([0-9]+)"`))
	return p.post(path+"/"+step, form)
}

// draft writes a referral of the case down and returns its path.
func draft(p *somebody, path string) string {
	p.w.t.Helper()
	to := p.get(path + "/referral").ok().find(`name="to" type="radio" value="([^"]+)"`)
	a := p.do(http.MethodPost, path+"/referral", url.Values{
		"to": {to}, "kind": {"specialised-service"}, "needs": {"accommodation", "legal"}, "urgency": {"normal"}, "sex": {"female"},
		"age": {"adult"}, "languages": {"ro"}, "risk": {"medium"}, "children": {"0"}, "basis": {"protocol"},
	}).is(http.StatusSeeOther)
	return strings.TrimSuffix(a.header.Get("Location"), "?done=draft")
}

// From Moldova to Skopje through every stage, by the pages of two nodes.
func TestAReferralClosesItsLoopOverThePages(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	n.Run()
	md, mk := &world{t: t, mk: n.Node("MD")}, &world{t: t, mk: n.Node("MK"), n: 100}
	md.h, mk.h = md.mk.Handler(), mk.mk.Handler()
	ana, there := md.as("ana"), mk.as("ana")
	r := draft(ana, opened(t, ana))
	ana.get(r).ok().says("Draft", "Check consent").never("Фиктивна")
	ana.take(r, "check", nil).ok().says("Checked", "Send the request")
	ana.take(r, "send", nil).ok().says("Sent")
	n.Run()
	there.get("/").ok().says("Acknowledge a referral").never("Фиктивна", "Мария")
	there.get("/referrals").ok().says("Delivered", "MD/focal-point").never("Фиктивна")
	there.take(r, "acknowledge", nil).ok().says("Acknowledged")
	there.do(http.MethodPost, r+"/open", nil).ok().says("Accommodation", "Romanian", "comes after you accept").never("Фиктивна", "Мария")
	old := there.get(r + "/accept").ok().find(`name="version" value="([0-9]+)"`)
	there.take(r, "ask", url.Values{"reason": {"travel"}, "text": {"By train?"}}).ok().says("Information asked for")
	there.do(http.MethodPost, r+"/accept", url.Values{"version": {old}}).is(http.StatusConflict)
	n.Run()
	ana.do(http.MethodPost, r+"/open", nil)
	ana.take(r, "supply", url.Values{"text": {"By train, with an escort."}}).ok()
	n.Run()
	there.do(http.MethodPost, r+"/decline", url.Values{"version": {"1"}}).is(http.StatusConflict)
	there.take(r, "accept", nil).ok().says("Accepted")
	n.Run()
	a := there.do(http.MethodPost, r+"/open", nil).ok().says("Мария Фиктивна", "Only what she agreed to share").never("+37360000001", "teapot", "1998")
	if !strings.Contains(a.body, `href="/cases/`) {
		t.Error("no way to the case")
	}
	ana.take(r, "plan", url.Values{"planned-day": {"20"}, "planned-month": {"3"}, "planned-year": {"2026"}, "hour": {"14:30"}, "meeting": {"station"}}).ok().says("Handover planned", "20 March 2026", "Station")
	n.Run()
	there.take(r, "confirm", nil).ok().says("Handed over")
	there.take(r, "in-care", nil).ok().says("In care")
	there.take(r, "feedback", url.Values{"point": {"30"}, "outcome": {"stable"}}).ok().says("Feedback given")
	there.take(r, "complete", url.Values{"outcome": {"needs-met"}}).ok().says("Completed")
	n.Run()
	ana.take(r, "close", nil).ok().says("Closed", "Needs met")
	n.Run()
	there.get(r).ok().says("Closed", "nothing for you to do")
	// The coordinator sees counts and no referral.
	md.mk.User("cora", access.NationalCoordinator)
	cora := md.as("cora")
	cora.get("/board").ok().says("MD → MK", "Closed").never(strings.TrimPrefix(r, "/referrals/"), "Фиктивна")
	cora.do(http.MethodPost, r+"/open", nil).is(http.StatusForbidden)
	for _, w := range []*world{md, mk} {
		if s := w.mk.Logs.String(); strings.Contains(s, "Фиктивна") {
			t.Error("a log knows her")
		}
	}
}
