package webprogram_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/signin"
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
	w.As("dora").Get("/").OK().Find(`href="(/service-accounts)"`)
	good := url.Values{"purposes": {"import"}, "name": {"DEMO register"}, "desk": {desk}, "networks": {"192.0.2.0/24\n2001:db8::1"}, "days": {"30"}}
	for field, wrong := range map[string]string{"name": "", "desk": "nowhere", "networks": "here", "days": "400"} {
		bad := url.Values{"purposes": {"import"}, "name": good["name"], "desk": good["desk"], "networks": good["networks"], "days": good["days"]}
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
	if _, err := w.Node.Signin.Enter(t.Context(), second, "192.0.2.9", signin.Way{Action: access.WriteIntake}); err != nil {
		t.Error(err)
	}
	ana.Get(path).OK().Says("192.0.2.0/24")
	w.As("dora").Get(path).OK().Says("End it for good").Never("Make a new token")
	seen = ana.Get(path).OK().Find(`name="version" value="(\d+)"`)
	ana.Post(path+"/revoke", url.Values{"version": {seen}}).OK().Says("It is ended", "Ended by").Never("End it for good", "Make a new token")
	if _, err := w.Node.Signin.Enter(t.Context(), second, "192.0.2.9", signin.Way{Action: access.WriteIntake}); err == nil {
		t.Error("its token opens something after it was ended")
	}
}

// A program that reads is proposed on the same page, is let in by the data-protection officer and then by the desk, and stands in red wherever it is listed.
func TestAReaderOnPages(t *testing.T) {
	w := webtest.Open(t)
	ada, ana, dora := w.As("ada"), w.As("ana"), w.As("dora")
	desk := string(w.Node.As("ana").Desk)
	form := url.Values{"name": {"DEMO reader"}, "desk": {desk}, "purposes": {"cases"}, "days": {"30"}, "quota": {"0"}}
	ada.Do(http.MethodPost, "/service-accounts/new", form).Is(http.StatusUnprocessableEntity).Find(`id="(quota-error)"`)
	form.Set("quota", "50")
	made := ada.Do(http.MethodPost, "/service-accounts/new", form).Is(http.StatusCreated)
	token := made.Find(`<strong id="token"><bdi>(opentrm-service\.[A-Za-z0-9._-]+)</bdi>`)
	path := made.Find(`href="(/service-accounts/[^"/]+)"`)
	red := `govuk-tag--red">(Reads)<`
	for _, who := range []*webtest.Somebody{ada, ana, dora} {
		who.Get("/service-accounts").OK().Find(red)
		who.Get(path).OK().Find(red)
	}
	ana.Get("/desks/" + desk).OK().Says("DEMO reader").Find(red)
	ana.Get(path).OK().Says("Waits for the data-protection officer").Never("Let it read")
	dora.Get("/").OK().Says("A program wants to read the cases of a desk")
	seen := dora.Get(path).OK().Says("Let it read", "0 of 50 today").Find(`name="version" value="(\d+)"`)
	ana.Do(http.MethodPost, path+"/reading", url.Values{"version": {seen}}).Is(http.StatusConflict)
	dora.Post(path+"/reading", url.Values{"version": {seen}}).OK().Never("Let it read")
	ana.Get("/").OK().Says("A program wants to read the cases of a desk")
	seen = ana.Get(path).OK().Says("Let it read", "Granted by the data-protection officer dora").Find(`name="version" value="(\d+)"`)
	ana.Post(path+"/reading", url.Values{"version": {seen}}).OK().Says("In use").Never("Let it read")
	ana.Get("/").OK().Never("A program wants to read")
	way := signin.Way{Action: access.ReadCase, Reads: true}
	by, err := w.Node.Signin.Enter(t.Context(), token, "192.0.2.9", way)
	if err != nil {
		t.Fatal(err)
	}
	by.Wipe()
	seen = dora.Get(path).OK().Says("1 of 50 today").Find(`name="version" value="(\d+)"`)
	dora.Post(path+"/revoke", url.Values{"version": {seen}}).OK().Says("It is ended")
	ana.Get("/desks/" + desk).OK().Never("DEMO reader")
	if _, err := w.Node.Signin.Enter(t.Context(), token, "192.0.2.9", way); err == nil {
		t.Error("it reads after it was ended")
	}
}
