package webprogram_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// An administrator proposes a system on a page and sees its secret once; a member of the desk is asked, sees what she agrees to, and agrees to that and
// nothing else; each of them can end it.
func TestWebhookOnPages(t *testing.T) {
	w := webtest.Open(t)
	ada, ana := w.As("ada"), w.As("ana")
	desk := string(w.Node.As("ana").Desk)
	ana.Get("/webhooks/new").Is(http.StatusForbidden)
	ana.Get("/webhooks").OK().Says("No other system hears of a desk").Never("Propose an address")
	ada.Get("/").OK().Find(`href="(/webhooks)"`)
	good := url.Values{"desk": {desk}, "url": {"https://register.example.invalid/in"}, "types": {"case.opened", "task.breached"}}
	for field, wrong := range map[string]string{"url": "http://register.example.invalid/in", "desk": "nowhere", "types": ""} {
		bad := url.Values{"desk": good["desk"], "url": good["url"], "types": good["types"]}
		bad.Set(field, wrong)
		ada.Do(http.MethodPost, "/webhooks/new", bad).Is(http.StatusUnprocessableEntity).Find(`id="(` + field + `-error)"`)
	}
	made := ada.Do(http.MethodPost, "/webhooks/new", good).Is(http.StatusCreated)
	secret := made.Find(`<strong id="secret"><bdi>(whsec_[A-Za-z0-9+/=&;#]+)</bdi>`)
	hook := made.Find(`href="(/webhooks/[^"/]+)"`)
	ada.Get("/webhooks").OK().Says("register.example.invalid", "Waits for the desk").Never(secret)
	ada.Get(hook).OK().Says("A case is opened", "Something was not done in time", "whpk_").Never(secret, "Agree for this desk")
	ana.Get("/").OK().Says("Another system wants to hear of this desk")
	page := ana.Get(hook).OK().Says("Agree for this desk", "https://register.example.invalid/in").Never("Make a new secret")
	seen := page.Find(`name="version" value="(\d+)"`)
	rotated := ada.Do(http.MethodPost, hook+"/secret", url.Values{"version": {seen}}).Is(http.StatusCreated)
	if again := rotated.Find(`<strong id="secret"><bdi>(whsec_[^<]+)</bdi>`); again == secret {
		t.Error("the new secret is the old one")
	}
	ana.Do(http.MethodPost, hook+"/confirm", url.Values{"version": {seen}}).Is(http.StatusConflict)
	seen = ana.Get(hook).OK().Find(`name="version" value="(\d+)"`)
	ada.Do(http.MethodPost, hook+"/confirm", url.Values{"version": {seen}}).Is(http.StatusForbidden)
	ana.Post(hook+"/confirm", url.Values{"version": {seen}}).OK().Says("The desk has agreed", "In use").Never("Agree for this desk")
	ana.Get("/").OK().Never("Another system wants to hear")
	ada.Post(hook+"/test", nil).OK().Says("It is being tried", "0 of 1")
	ada.Do(http.MethodPost, hook+"/replay", url.Values{"from": {"x"}}).Is(http.StatusUnprocessableEntity).Find(`id="(from-error)"`)
	ada.Post(hook+"/replay", url.Values{"from": {"1"}}).OK().Says("It is being sent again")
	ana.Do(http.MethodPost, hook+"/test", nil).Is(http.StatusForbidden)
	seen = ana.Get(hook).OK().Find(`name="version" value="(\d+)"`)
	ana.Post(hook+"/remove", url.Values{"version": {seen}}).OK().Says("It is ended")
	ada.Get(hook).Is(http.StatusNotFound)
	w.As("dora").Get("/webhooks").OK().Never("register.example.invalid")
	if strings.Contains(secret, " ") {
		t.Error("the secret is broken by a blank")
	}
}
