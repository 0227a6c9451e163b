package web_test

import (
	"encoding/hex"
	"net/url"
	"os"
	"strings"
	"testing"
)

// A first responder who has a passkey prepares her browser with it, and her finger opens what she wrote without a network: no passphrase is
// asked for. Another passkey opens nothing, in the place of hers neither; the drafts of a passkey that was removed are discarded at the next contact.
func TestAPasskeyOpensDraftsWithoutANetwork(t *testing.T) {
	f := inTheField(t)
	f.base = strings.Replace(f.base, "127.0.0.1", "localhost", 1)
	f.before(`{
		const real = Date.now
		Date.now = () => real() + Number(localStorage.getItem('later') || 0) * 60e3
		const ask = navigator.credentials?.get.bind(navigator.credentials)
		if (ask) navigator.credentials.get = async (o) => {
			const signed = await ask(o)
			const got = signed.getClientExtensionResults().prf?.results?.first
			localStorage.setItem('output', [...new Uint8Array(got)].map((b) => b.toString(16).padStart(2, '0')).join(''))
			return signed
		}
	}`)
	if tag := os.Getenv("OPENTRM_SCREENS_LANG"); tag != "" {
		speak(t, f.ctx, f.base, tag)
	}
	enter(t, f.ctx, f.base, "fana")
	f.open("/offline")
	f.wants("#chosen")
	if got := f.js(`return document.querySelectorAll('[data-touch]').length`); got != "0" {
		t.Error("a passkey is offered to who has none")
	}
	f.w.Node.Notices.Address = f.base
	out := authenticator(t, f.ctx, true)
	f.open(unlockPage)
	keyIn(t, f.ctx, `#passphrase`, phrase("fana"))
	f.tap(`form[action="/me/unlock/prove"] button`)
	f.wants(`form[data-passkey=make]`)
	keyIn(t, f.ctx, `#name`, "Telephone of fana")
	f.tap(`form[data-passkey=make] button`)
	f.wants(`form[action^="/me/unlock/passkeys/"]`)
	prepare := func() {
		t.Helper()
		f.open("/offline")
		f.wants("[data-touch] button")
		f.looks("offline-prepare-passkey")
		f.tap("[data-touch] button")
		f.wants("[data-touch][data-when=touch] button")
		f.js(`await navigator.serviceWorker.ready; await caches.open('opentrm-offline')`)
	}
	unlock := func() {
		t.Helper()
		f.tap("[data-touch] button")
	}
	signedIn := f.js(`return localStorage.getItem('output')`)
	prepare()
	if got := f.js(`return localStorage.getItem('output')`); got == signedIn || len(got) != 64 {
		t.Error("what opens her keys at the node is asked for on the device")
	}
	f.looks("offline-locked-passkey")

	f.line.Store(broken)
	f.open("/offline/form")
	f.wants("[data-touch] button")
	if got := f.js(`return document.querySelector('[data-unlock]').hidden`); got != "true" {
		t.Error("a passphrase is asked for")
	}
	unlock()
	f.wants("[data-say=empty]")
	f.write(begin, "crvena demo kapija")
	f.js(`localStorage.setItem('later', '16'); document.dispatchEvent(new Event('visibilitychange'))`)
	f.wants("[data-touch] button")
	unlock()
	f.wants("[data-list] li")
	dump, output := f.dump(), f.js(`return localStorage.getItem('output')`)
	for _, word := range []string{"kapija", "safe-way", output} {
		if strings.Contains(dump, word) || strings.Contains(dump, hex.EncodeToString([]byte(word))) {
			t.Errorf("%q lies there in clear", word)
		}
	}

	// Without the key of the passkey nothing opens; with the key of another passkey in its place neither.
	f.tap("[data-do=lock]")
	f.js(`const real = navigator.credentials.get
		navigator.credentials.get = async (o) => {
			const signed = await real(o)
			const wrong = new Uint8Array(signed.getClientExtensionResults().prf.results.first)
			wrong[0] ^= 1
			return { rawId: signed.rawId, getClientExtensionResults: () => ({ prf: { results: { first: wrong.buffer } } }) }
		}`)
	unlock()
	f.wants("[data-say=untouched]")
	f.wants("[data-touch] button")
	out()
	f.open("/offline/form")
	authenticator(t, f.ctx, true)
	unlock()
	f.wants("[data-say=untouched]")
	if got := f.js(`return document.querySelectorAll('[data-list] li').length`); got != "0" {
		t.Error("another passkey opens the drafts")
	}
	if _, drafts := f.kept(); len(drafts) != 1 {
		t.Errorf("%d drafts are left", len(drafts))
	}

	// It is reached, and nothing was ordered: everything stays. The passkey is removed elsewhere: nothing is left.
	f.line.Store(whole)
	f.open("/offline/form")
	f.wants("[data-touch] button")
	fana := f.w.As("fana")
	name := fana.Get(unlockPage).OK().Find(`action="(/me/unlock/passkeys/[^"]+)"`)
	if _, drafts := f.kept(); len(drafts) != 1 {
		t.Errorf("%d drafts are left", len(drafts))
	}
	fana.Post(name, url.Values{"do": {"remove"}}).OK()
	f.open("/signin")
	f.wants("[data-say=order]")
	f.nothingLeft()
}
