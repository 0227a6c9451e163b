package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// authenticator puts a passkey maker into the browser, and says how to take it out again.
func authenticator(t *testing.T, ctx context.Context, prf bool) (out func()) {
	t.Helper()
	var made webauthn.AuthenticatorID
	do := func(f func(context.Context, *chromedp.Target) error) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Func(f)); err != nil {
			t.Fatal(err)
		}
	}
	do(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		a, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, HasPrf: prf, AutomaticPresenceSimulation: true, IsUserVerified: true,
		}})
		if err == nil {
			made = a.AuthenticatorID
		}
		return err
	})
	return func() {
		t.Helper()
		do(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: made})
			return err
		})
	}
}

// TestAPasskeyOpensACase: from the link of an invitation to a case, in a browser with a passkey and later without.
func TestAPasskeyOpensACase(t *testing.T) {
	ctx := browser(t)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	w := webtest.Pair(t)
	_, port, _ := strings.Cut(w.Node.PeopleAddress(), ":")
	base := "http://localhost:" + port
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(unlockPage).OK().Says("do not work at this address").Never("data-passkey", "passkey.js")
	ana.Get("/signin/passkey").Is(http.StatusServiceUnavailable).Says("do not work at this address")
	w.Stranger().Get("/signin").OK().Never("with a passkey")
	w.Node.Notices.Address = base
	w.Stranger().Get("/signin").OK().Says("Sign in with a passkey").Never("passkey.js")

	do := func(all ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, all...); err != nil {
			t.Fatal(err)
		}
	}
	text := func() string {
		t.Helper()
		s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	says := func(want string) {
		t.Helper()
		if s := text(); !strings.Contains(s, want) {
			t.Errorf("the page does not say %q, but:\n%s", want, s)
		}
	}
	add := `form[action="/me/unlock/prove"] button`
	prove := func() {
		t.Helper()
		do(chromedp.Navigate(base+unlockPage), chromedp.SendKeys(`#passphrase`, phrase("ana")), chromedp.Click(add), chromedp.WaitVisible(`form[data-passkey=make]`),
			chromedp.SendKeys(`#name`, "Telephone of ana"), chromedp.Click(`form[data-passkey=make] button`))
	}

	// A device that gives nothing to open with is refused, and nothing is kept.
	out := authenticator(t, ctx, false)
	enter(t, ctx, base, "ana")
	prove()
	do(chromedp.WaitVisible(`[data-when=closed]`))
	out()
	ana.Get(unlockPage).OK().Says("You have no passkey yet")

	authenticator(t, ctx, true)
	do(chromedp.Navigate(base+unlockPage), chromedp.SendKeys(`#passphrase`, "this is not it at all"), chromedp.Click(add), chromedp.WaitVisible(`.govuk-error-summary`))
	says("is not right")
	prove()
	do(chromedp.WaitVisible(`form[action^="/me/unlock/passkeys/"]`))
	says("Telephone of ana")
	// The same device is not taken twice.
	prove()
	do(chromedp.WaitVisible(`[data-when=taken]`))

	do(chromedp.Navigate(base+"/me"), chromedp.Click(`form[action="/signout"] button`), chromedp.WaitVisible(`#login`), chromedp.Click(`a[href^="/signin/passkey"]`),
		chromedp.WaitVisible(`form[data-passkey=use] button`), chromedp.Click(`form[data-passkey=use] button`), chromedp.WaitVisible(`a[href="/me"]`),
		chromedp.Navigate(base+path))
	says("She likes <b>tea</b>.")

	// Removed on another device, it opens nothing, and its session is over.
	name := ana.Get(unlockPage).OK().Find(`action="(/me/unlock/passkeys/[^"]+)"`)
	w.As("ada").Do(http.MethodPost, name, url.Values{"do": {"remove"}}).Is(http.StatusNotFound)
	ana.Post(name, url.Values{"do": {"remove"}}).OK().Says("opens nothing any more", "You have no passkey yet")
	do(chromedp.Navigate(base+path), chromedp.WaitVisible(`#passphrase`))
	do(chromedp.Navigate(base+"/signin/passkey?back="+url.QueryEscape(path)), chromedp.WaitVisible(`form[data-passkey=use] button`), chromedp.Click(`form[data-passkey=use] button`), chromedp.WaitVisible(`.govuk-error-summary`))
	says("opens nothing here")
	if s := w.Node.Logs.String(); strings.Contains(s, phrase("ana")) {
		t.Error("the log holds a passphrase")
	}
}

const unlockPage = "/me/unlock"
