package weboffice_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// An account of the office is made by an administrator and let in by somebody else, who is asked on her own home.
func TestAnOfficeGrowsByTwoPeople(t *testing.T) {
	w := webtest.Open(t)
	w.Node.User("cora", access.NationalCoordinator)
	ada, cora := w.As("ada"), w.As("cora")
	link := ada.Do(http.MethodPost, "/users/new", url.Values{"login": {"nina"}, "name": {"Nina Demo"}, "language": {"en"}, "zone": {"Europe/Skopje"}, "office": {"auditor"}}).
		Is(http.StatusCreated).Find(`id="link"><bdi>https://mk\.example(/enrol/[^<]+)<`)
	const phrase = "seven quiet otters swim north"
	nina := w.Stranger()
	print := nina.Do(http.MethodPost, link, url.Values{"passphrase": {phrase}, "again": {phrase}}).OK().Find(`\b((?:[0-9a-z]{4} ){7}[0-9a-z]{4})\b`)
	nina.Do(http.MethodPost, "/signin", url.Values{"login": {"nina"}, "passphrase": {phrase}}).Is(http.StatusConflict).Says("compared the fingerprint")

	users := ada.Get("/users").OK().Says("Waits to be let in")
	account := users.Find(`href="(/users/[^"/]+)">(?:<bdi>)?Nina Demo`)
	ada.Get(account).OK().Says("Somebody else of the office must let it in").Never(print)
	ada.Get(account).OK().Says("cannot be undone").Find(`(?s)<details[^>]*>.{0,400}action="(` + account + `/disable)"`) // no slip of a finger
	form := strings.Replace(account, "/users/", "/let-in/", 1)
	ada.Get(form).Is(http.StatusNotFound)
	ada.Post(form, url.Values{"fingerprint": {print}}).Is(http.StatusForbidden)

	if asked := cora.Get("/").OK().Says("Compare the fingerprint of a new account of the office").Find(`href="(/let-in/[^"]+)"`); asked != form {
		t.Errorf("she is led to %s", asked)
	}
	cora.Get(form).OK().Says("Nina Demo", "Auditor").Never(print)
	cora.Do(http.MethodPost, form, url.Values{"fingerprint": {strings.Replace(print, print[:1], "~", 1)}}).Is(http.StatusUnprocessableEntity).Says("does not fit")
	cora.Post(form, url.Values{"fingerprint": {strings.ToUpper(print)}}).OK().Says("can now work in its office").Never("Compare the fingerprint of a new account")
	nina.Do(http.MethodPost, "/signin", url.Values{"login": {"nina"}, "passphrase": {phrase}}).Is(http.StatusSeeOther)
	ada.Get(account).OK().Says(print)
}
