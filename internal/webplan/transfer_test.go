package webplan_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A case is offered to another desk, declined, offered again and taken over: the other desk sees nothing of it before, and the first
// nothing after.
func TestACaseIsHandedOverOnPages(t *testing.T) {
	w := webtest.Open(t)
	offer := webtest.Offered(w)
	ana, sara := w.As("ana"), w.As("sara")
	path := ana.Get(offer).OK().Says("Offered", "Take the offer back").Never("Take the case over").Find(`href="(/cases/[^"]+)"`)
	version := func(p *webtest.Somebody, at string) string {
		return p.Get(at).OK().Find(`name="version" value="([0-9]+)"`)
	}
	sara.Get(path).Is(http.StatusNotFound)
	sara.Get("/cases").OK().Says("Cases offered between desks")
	sara.Get("/transfers").OK().Says("refuge", "Offered")
	sara.Get(offer).OK().Says("Take the case over", "Decline", "Adult").Never("in the morning", "Take the offer back")
	sara.Do(http.MethodPost, offer, url.Values{"version": {version(sara, offer)}, "do": {"decline"}}).Is(http.StatusUnprocessableEntity).Find(`id="(reason-error)"`)
	sara.Post(offer, url.Values{"version": {version(sara, offer)}, "do": {"decline"}, "reason": {"no-capacity"}}).OK().Says("Declined", "No room")

	ana.Get(path+"/transfer").OK().Says("The person herself", "In writing", "MK/refuge")
	form := webtest.Handing()
	form.Set("version", version(ana, path+"/transfer"))
	form.Del("told")
	ana.Do(http.MethodPost, path+"/transfer", form).Is(http.StatusUnprocessableEntity).Find(`id="(told-error)"`)
	form.Set("told", "yes")
	again := strings.TrimSuffix(ana.Do(http.MethodPost, path+"/transfer", form).Is(http.StatusSeeOther).Header.Get("Location"), "?done=transfer")
	ana.Get(path + "/transfer").Is(http.StatusSeeOther) // to the offer that waits
	ana.Post(again, url.Values{"version": {version(ana, again)}, "do": {"revoke"}, "reason": {"person-asked"}}).OK().Says("Taken back", "She asked for it")

	form.Set("version", version(ana, path+"/transfer"))
	last := strings.TrimSuffix(ana.Do(http.MethodPost, path+"/transfer", form).Is(http.StatusSeeOther).Header.Get("Location"), "?done=transfer")
	sara.Post(last, url.Values{"version": {version(sara, last)}, "do": {"accept"}}).OK().Says("Taken over", "Open the file")
	sara.Get(path).OK().Says("Hand the case over to another desk")
	ana.Get(path).Is(http.StatusNotFound)
}
