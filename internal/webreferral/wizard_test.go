package webreferral_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAReferralIsLookedThroughAndChangedBeforeItLeaves: whoever refers reads what decides about a desk beside its name, and before it leaves
// all that the desk is asked and told; a draft is changed with its answers in place, and who was second loses nothing to who was first. A desk
// that says that it is full is asked only by who says so, also if it has filled since.
func TestAReferralIsLookedThroughAndChangedBeforeItLeaves(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	n.Run()
	md := webtest.At(t, n.Node("MD"))
	ana := md.As("ana")
	path := webtest.Opened(t, ana)
	says := func(capacity string) {
		t.Helper()
		n.Clock.Advance(1)
		n.Node("MK").PublishSheet(func(s *member.Sheet) {
			for i := range s.Desks {
				s.Desks[i].Capacity, s.Desks[i].Competence, s.Desks[i].Languages = capacity, []string{"accommodation"}, []string{"mk"}
			}
		})
		n.Run()
	}
	says("limited")
	at := path + "/referral"
	form := ana.Get(at).OK().Says("North Macedonia", "few places", "Services: Accommodation", "Languages its people work in: Macedonian", "Last confirmed", "Who she is: Name")
	to := html.UnescapeString(form.Find(`name="to" type="radio" value="([^"]+)"`))

	says("full")
	sent := webtest.DraftForm(to)
	ana.Do(http.MethodPost, at, sent).Is(http.StatusConflict).Says("This desk says that it is full")
	sent.Set("full", "yes")
	asked := strings.TrimSuffix(ana.Do(http.MethodPost, at, sent).Is(http.StatusSeeOther).Header.Get("Location"), "?done=draft")
	ana.Take(asked, "check", nil).OK().Says("Checked")
	sent.Del("full")
	says("free")
	r := strings.TrimSuffix(ana.Do(http.MethodPost, at, sent).Is(http.StatusSeeOther).Header.Get("Location"), "?done=draft")
	says("full")
	ana.Do(http.MethodPost, r+"/check", url.Values{"version": {ana.Get(r + "/check").OK().Find(`name="version" value="([0-9]+)"`)}}).Is(http.StatusConflict).Says("This desk says that it is full")
	says("free")

	look := ana.Get(r+"/check").OK().Says("MK/focal-point", "Accommodation", "Medium", "MK/focal-point is told this when it accepts.").Never("Фиктивна", "+37360000001")
	change := html.UnescapeString(look.Find(`href="(/cases/[^"]+/referral\?draft=[^"]+)"`))
	change += "&view=whole"
	first, second := ana.Get(change).OK(), ana.Get(change).OK()
	for _, want := range []string{`value="` + html.EscapeString(to) + `" checked`, `value="legal" checked`, `value="medium" checked`} {
		if !strings.Contains(first.Body, want) {
			t.Errorf("the answers of the draft are lost: %s", want)
		}
	}
	with := func(a webtest.Answer, key, value string) url.Values {
		x := webtest.DraftForm(to)
		x.Set("draft", a.Find(`name="draft" value="([^"]+)"`))
		x.Set("version", a.Find(`name="version" value="([0-9]+)"`))
		x.Set(key, value)
		return x
	}
	if got := strings.TrimSuffix(ana.Do(http.MethodPost, at, with(first, "children", "2")).Is(http.StatusSeeOther).Header.Get("Location"), "?done=draft"); got != r {
		t.Errorf("a change of %s makes %s", r, got)
	}
	both := ana.Do(http.MethodPost, at, with(second, "risk", "high")).Is(http.StatusConflict).Says("What stands now")
	if !strings.Contains(both.Body, `value="high" checked`) {
		t.Error("what she wrote is lost")
	}
	ana.Get(r + "/check").OK().Says("Medium").Never("High")
	ana.Do(http.MethodPost, at, with(both, "risk", "high")).Is(http.StatusSeeOther)
	ana.Get(r + "/check").OK().Says("High")
	none := with(both, "risk", "low")
	none.Del("version")
	ana.Do(http.MethodPost, at, none).Is(http.StatusConflict)

	ana.Take(r, "check", nil).OK().Says("Checked")
	ana.Take(r, "send", nil).OK().Says("Sent").Never("Change the answers")
	ana.Get(change).Is(http.StatusConflict)
}
