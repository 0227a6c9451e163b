package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
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
		do(chromedp.Navigate(base + unlockPage))
		keyIn(t, ctx, `#passphrase`, phrase("ana"))
		tap(t, ctx, add)
		do(chromedp.WaitVisible(`form[data-passkey=make]`))
		keyIn(t, ctx, `#name`, "Telephone of ana")
		tap(t, ctx, `form[data-passkey=make] button`)
	}

	// A device that gives nothing to open with is refused, and nothing is kept.
	out := authenticator(t, ctx, false)
	enter(t, ctx, base, "ana")
	prove()
	do(chromedp.WaitVisible(`[data-when=closed]`))
	out()
	ana.Get(unlockPage).OK().Says("You have no passkey yet")

	authenticator(t, ctx, true)
	do(chromedp.Navigate(base + unlockPage))
	keyIn(t, ctx, `#passphrase`, "this is not it at all")
	tap(t, ctx, add)
	do(chromedp.WaitVisible(`.govuk-error-summary`))
	says("is not right")
	prove()
	do(chromedp.WaitVisible(`form[action^="/me/unlock/passkeys/"]`))
	says("Telephone of ana")
	// The same device is not taken twice.
	prove()
	do(chromedp.WaitVisible(`[data-when=taken]`))

	do(chromedp.Navigate(base + "/me"))
	tap(t, ctx, `main form[action="/signout"] button`)
	do(chromedp.WaitVisible(`#login`))
	tap(t, ctx, `a[href^="/signin/passkey"]`)
	tap(t, ctx, `form[data-passkey=use] button`)
	do(chromedp.WaitVisible(`a[href="/me"]`), chromedp.Navigate(base+path))
	says("She likes <b>tea</b>.")

	// Removed on another device, it opens nothing, and its session is over.
	name := ana.Get(unlockPage).OK().Find(`action="(/me/unlock/passkeys/[^"]+)"`)
	w.As("ada").Do(http.MethodPost, name, url.Values{"do": {"remove"}}).Is(http.StatusNotFound)
	ana.Post(name, url.Values{"do": {"remove"}}).OK().Says("opens nothing any more", "You have no passkey yet")
	do(chromedp.Navigate(base+path), chromedp.WaitVisible(`#passphrase`))
	do(chromedp.Navigate(base + "/signin/passkey?back=" + url.QueryEscape(path)))
	tap(t, ctx, `form[data-passkey=use] button`)
	do(chromedp.WaitVisible(`.govuk-error-summary`))
	says("opens nothing here")
	if s := w.Node.Logs.String(); strings.Contains(s, phrase("ana")) {
		t.Error("the log holds a passphrase")
	}
}

const unlockPage = "/me/unlock"

// codeOf is what an app shows that shares the secret.
func codeOf(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	m := hmac.New(sha1.New, raw)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(now.Unix()/30)))
	h := m.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(h[h[19]&15:])&0x7fffffff%1000000)
}

// TestACodeAfterThePassphrase: an administrator demands more than a passphrase, ana sets up a code before anything else, comes in with it
// and with a recovery code, and turns it off; all without a script.
func TestACodeAfterThePassphrase(t *testing.T) {
	w := webtest.Pair(t)
	ada := w.As("ada")
	ada.Get("/users").OK().Says("Who needs more than a passphrase")
	w.As("ana").Get("/demands").Is(http.StatusForbidden)
	role := string(w.Node.As("ana").Role)
	a := ada.Post("/demands", url.Values{"role": {role}}).OK().Says("It is saved")
	if !regexp.MustCompile(`value="` + role + `"[^>]* checked`).MatchString(a.Body) {
		t.Error("what is demanded is not shown")
	}
	ana := w.Stranger()
	sign := url.Values{"login": {"ana"}, "passphrase": {phrase("ana")}}
	if a := ana.Post("/signin", sign).OK().Says("Your role needs more than a passphrase"); a.Path != unlockPage {
		t.Errorf("led to %s", a.Path)
	}
	for _, path := range []string{"/", "/cases", "/me", "/me/notices"} {
		if at := ana.Get(path).Is(http.StatusSeeOther).Header.Get("Location"); at != unlockPage {
			t.Errorf("%s leads to %s", path, at)
		}
	}
	again := url.Values{"passphrase": {phrase("ana")}}
	set := func() (secret string, a webtest.Answer) {
		t.Helper()
		a = ana.Do(http.MethodPost, unlockPage+"/second/prove", again).OK().Says("Scan this picture", "Secret")
		return a.Find(`name="secret" value="([A-Z2-7]+)"`), a
	}
	secret, a := set()
	give := url.Values{"ticket": {a.Find(`name="ticket" value="([^"]+)"`)}, "secret": {secret}, "code": {"000000"}}
	ana.Do(http.MethodPost, unlockPage+"/second", give).Is(http.StatusForbidden).Says("This code is not right", "Scan this picture")
	give.Set("code", codeOf(t, secret, w.Node.Net.Clock.Now()))
	a = ana.Do(http.MethodPost, unlockPage+"/second", give).Is(http.StatusCreated).Says("Your recovery codes")
	recovery := a.Find(`<bdi>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})</bdi>`)
	ana.Get("/").OK().Never("needs more than a passphrase")
	if s := w.Node.Logs.String(); strings.Contains(s, secret) || strings.Contains(s, recovery) {
		t.Error("the log holds a secret")
	}

	ana = w.Stranger()
	a = ana.Do(http.MethodPost, "/signin", sign).OK().Says("Second step", "six digits").Never(phrase("ana"))
	if ana.Cookies["__Host-trm"] != "" {
		t.Fatal("the passphrase alone begins a session")
	}
	next := url.Values{"ticket": {a.Find(`name="ticket" value="([^"]+)"`)}, "code": {"123456"}}
	w.Stranger().Do(http.MethodPost, "/signin/code", next).Is(http.StatusConflict).Says("took too long")
	ana.Do(http.MethodPost, "/signin/code", next).Is(http.StatusForbidden).Says("This code is not right")
	next.Set("code", strings.ToLower(recovery))
	ana.Post("/signin/code", next).OK()
	ana.Get("/").OK()
	ana.Get(unlockPage).OK().Says("asks for a code", "Turn the code off")
	w.Node.Net.Clock.Advance(time.Minute)
	off := url.Values{"passphrase": {phrase("ana")}, "code": {"000000"}}
	ana.Do(http.MethodPost, unlockPage+"/second/off", off).Is(http.StatusForbidden).Says("This code is not right")
	off.Set("code", codeOf(t, secret, w.Node.Net.Clock.Now()))
	ana.Post(unlockPage+"/second/off", off).OK().Says("asks for no code any more")
}

// TestAPassphraseIsChanged on a page, without a script.
func TestAPassphraseIsChanged(t *testing.T) {
	w := webtest.Pair(t)
	ana, elsewhere := w.As("ana"), w.As("ana")
	const at, chosen = unlockPage + "/passphrase", "ana paints 8 silent barns"
	ana.Get(unlockPage).OK().Says("Change the passphrase")
	ana.Get(at).OK().Says("your other sessions end").Never("name=\"code\"")
	send := func(old, first, again string) webtest.Answer {
		return ana.Do(http.MethodPost, at, url.Values{"passphrase": {old}, "new": {first}, "again": {again}})
	}
	send(phrase("ana"), chosen, "ana paints 8 silent bars").Is(http.StatusUnprocessableEntity).Says("The two passphrases differ").Never(chosen)
	send(phrase("ana"), "too short", "too short").Is(http.StatusUnprocessableEntity).Says("14")
	send("this is not it at all", chosen, chosen).Is(http.StatusForbidden).Says("is not right").Never(chosen)
	if a := ana.Post(at, url.Values{"passphrase": {phrase("ana")}, "new": {chosen}, "again": {chosen}}).OK().Says("Your passphrase is changed"); !strings.HasPrefix(a.Path, unlockPage+"?") {
		t.Errorf("led to %s", a.Path)
	}
	if at := elsewhere.Get("/cases").Is(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(at, "/lock") {
		t.Errorf("another session of hers is led to %s", at)
	}
	w.Stranger().Do(http.MethodPost, "/signin", url.Values{"login": {"ana"}, "passphrase": {phrase("ana")}}).Is(http.StatusForbidden).Says("is not right")
	w.Stranger().Post("/signin", url.Values{"login": {"ana"}, "passphrase": {chosen}}).OK()
	if s := w.Node.Logs.String(); strings.Contains(s, chosen) {
		t.Error("the log holds the new passphrase")
	}
}
