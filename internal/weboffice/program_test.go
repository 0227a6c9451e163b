package weboffice_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// An administrator makes a service account on a page and sees its token once; a member of the desk is asked and lets it in; each of them ends it.
func TestServiceAccountOnPages(t *testing.T) {
	w := webtest.Open(t)
	ada, ana := w.As("ada"), w.As("ana")
	desk := string(w.Node.As("ana").Desk)
	ana.Get("/service-accounts/new").Is(http.StatusForbidden)
	ana.Get("/service-accounts").OK().Says("No program writes to a desk").Never("New service account")
	ada.Get("/").OK().Find(`href="(/service-accounts)"`)
	good := url.Values{"name": {"DEMO register"}, "desk": {desk}, "networks": {"192.0.2.0/24\n2001:db8::1"}, "days": {"30"}}
	for field, wrong := range map[string]string{"name": "", "desk": "nowhere", "networks": "here", "days": "400"} {
		bad := url.Values{"name": good["name"], "desk": good["desk"], "networks": good["networks"], "days": good["days"]}
		bad.Set(field, wrong)
		ada.Do(http.MethodPost, "/service-accounts/new", bad).Is(http.StatusUnprocessableEntity).Find(`id="(` + field + `-error)"`)
	}
	made := ada.Do(http.MethodPost, "/service-accounts/new", good).Is(http.StatusCreated)
	token := made.Find(`<strong id="token"><bdi>(opentrm-service\.[A-Za-z0-9._-]+)</bdi>`)
	path := made.Find(`href="(/service-accounts/[^"/]+)"`)
	ada.Get("/service-accounts").OK().Says("DEMO register", "Waits for the desk").Never(token)
	ada.Get(path).OK().Says("Service account", "192.0.2.0/24", "2001:db8::1/128", "Import tables about persons").Never(token, "Let it in for this desk")
	ana.Get("/").OK().Says("A program wants to write to this desk")
	seen := ana.Get(path).OK().Says("Let it in for this desk", "For 30 days").Never("Make a new token").Find(`name="version" value="(\d+)"`)
	rotated := ada.Do(http.MethodPost, path+"/token", url.Values{"version": {seen}}).Is(http.StatusCreated)
	second := rotated.Find(`<strong id="token"><bdi>(opentrm-service\.[A-Za-z0-9._-]+)</bdi>`)
	ana.Do(http.MethodPost, path+"/confirm", url.Values{"version": {seen}}).Is(http.StatusConflict)
	seen = ana.Get(path).OK().Find(`name="version" value="(\d+)"`)
	ada.Do(http.MethodPost, path+"/confirm", url.Values{"version": {seen}}).Is(http.StatusForbidden)
	ana.Post(path+"/confirm", url.Values{"version": {seen}}).OK().Says("The program may come in", "In use").Never("Let it in for this desk")
	ana.Get("/").OK().Never("A program wants to write")
	if _, err := w.Node.Signin.Enter(t.Context(), second, "192.0.2.9", access.WriteIntake); err != nil {
		t.Error(err)
	}
	ana.Get(path).OK().Says("192.0.2.0/24")
	w.As("dora").Get(path).OK().Says("End it for good").Never("Make a new token")
	seen = ana.Get(path).OK().Find(`name="version" value="(\d+)"`)
	ana.Post(path+"/revoke", url.Values{"version": {seen}}).OK().Says("It is ended", "Ended by").Never("End it for good", "Make a new token")
	if _, err := w.Node.Signin.Enter(t.Context(), second, "192.0.2.9", access.WriteIntake); err == nil {
		t.Error("its token opens something after it was ended")
	}
}
