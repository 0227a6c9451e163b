package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestHerPageSaysNothing: without a code, with a wrong one, with one that is off and with a ticket that is over, the same bytes come with the same
// status; no page names the program, sets a cookie or has the code in an address; what she sends twice is done once. On the slip stands nothing but
// an address and the code.
func TestHerPageSaysNothing(t *testing.T) {
	w := webtest.Open(t)
	ana, her := w.As("ana"), w.Stranger()
	path := webtest.Opened(t, ana)
	// A slip speaks each language that the page speaks.
	ana.Do(http.MethodPost, "/page/new", url.Values{"case": {path[len("/cases/"):]}, "lang": {"ar"}}).OK().Says("صفحتكِ", "عنوان الصفحة").Find(`lang="(ar)" dir="rtl"`)
	slip := ana.Do(http.MethodPost, "/page/new", url.Values{"case": {path[len("/cases/"):]}, "lang": {"en"}}).OK().Says("Your page", "Code", "can be printed", "/page")
	slip.Never("OpenTRM", "trafficking", "victim", "MD/")
	code := webtest.Code(ana, path)
	form := her.Get("/page").OK().Says("Your page").Never("OpenTRM")
	seen := her.Do(http.MethodPost, "/page", url.Values{"code": {strings.ToUpper(code)}}).OK().Says("It goes on. Nothing has been decided yet.", "Number 1", "Applies", "Another office", "Take back")
	seen.Find(`(?s)trm-leave[^>]*>\s*(Close)`)
	seen.Never("Leave this page quickly", "OpenTRM", "trafficking", "victim", "Мария", "Фиктивна", "Moldova", "Macedonia", code)
	for _, member := range []string{"MD", "MK"} { // what is drawn by chance may have these letters side by side
		if drawn := regexp.MustCompile(`(name="(ticket|consent)"|nonce=)[^>]*`); strings.Contains(drawn.ReplaceAllString(seen.Body, ""), member) {
			t.Errorf("the page names %s:\n%s", member, seen.Body)
		}
	}
	back := webtest.Back(seen)
	// Asked once more she reads again what it is about; "keep" leads back, and nothing says that somebody will ask her.
	sure := her.Do(http.MethodPost, "/page/back", back).OK().Says("Take number 1 back?", "Another office", "Take back", "Keep", "Nothing more of it is passed on").Never("ask you")
	kept := her.Do(http.MethodPost, "/page", url.Values{"ticket": {sure.Find(`name="ticket" value="([^"]+)"`)}}).OK().Says("Number 1", "Applies")
	if kept.Body != seen.Body {
		t.Error("what she kept looks otherwise than before")
	}
	back.Set("sure", "yes")
	for range 2 {
		if to := her.Do(http.MethodPost, "/page/back", back).Is(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/page/back?lang=") {
			t.Errorf("it leads to %s", to)
		}
	}
	her.Get("/page/back?lang=en").OK().Says("Nothing more of it is passed on", "Your page").Never("ask you", "erase")
	her.Get("/page/off?lang=en").OK().Says("The page is off").Never("Your page")
	her.Do(http.MethodPost, "/page", url.Values{"code": {code}}).OK().Says("Earlier", "Taken back, nothing more is passed on").Never("Take back")
	first := url.Values{"ticket": back["ticket"], "consent": back["consent"]}
	her.Do(http.MethodPost, "/page/back", first).OK().Never("Take number 1 back?")
	ana.Get(path + "/page").OK().Says("She took a consent back on her page")
	never := her.Do(http.MethodPost, "/page", url.Values{"code": {"3es-4ft-5gv-6hw-7jx-8ky-9mm"}}).Is(http.StatusNotFound)
	ana.Post(path+"/page/off", nil)
	for what, a := range map[string]webtest.Answer{
		"off":    her.Do(http.MethodPost, "/page", url.Values{"code": {code}}),
		"slip":   her.Do(http.MethodPost, "/page", url.Values{"code": {"x"}}),
		"ticket": her.Do(http.MethodPost, "/page/off", back),
		"again":  her.Do(http.MethodPost, "/page", url.Values{"ticket": back["ticket"]}),
	} {
		if a.Status != never.Status || a.Body != never.Body {
			t.Errorf("%s: %d, and not as a code that never was", what, a.Status)
		}
	}
	for _, a := range []webtest.Answer{form, seen, never} {
		if a.Header.Get("Set-Cookie") != "" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %v", a.Header)
		}
	}
	if strings.Contains(w.Node.Logs.String(), code) {
		t.Error("the code stands in the log")
	}
	var last webtest.Answer
	for range 40 {
		last = her.Do(http.MethodPost, "/page", url.Values{"code": {"x"}})
	}
	last.Is(http.StatusServiceUnavailable)
	ana.Get(path + "/page").OK() // nobody else waits
}
