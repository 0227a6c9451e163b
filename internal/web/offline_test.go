package web_test

import (
	"context"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// The lines between a browser and the node.
const (
	whole  = iota
	broken // nothing arrives
	deaf   // what is asked arrives and is done, and the answer is lost
	forged // what is answered was not signed like that
)

// field is a browser of a first responder and a line to her node that can break.
type field struct {
	t    *testing.T
	w    *webtest.World
	base string
	line atomic.Int32
	ctx  context.Context
}

const fieldPhrase = "Сина планина, пет јаболка 7"

func inTheField(t *testing.T) *field {
	t.Helper()
	f := &field{t: t, ctx: browser(t), w: webtest.Open(t)}
	if err := chromedp.Do(f.ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	f.w.Node.Join(f.w.Node.As("ana").Desk, "fana", access.FirstResponder, "ana")
	f.w.Node.Join(f.w.Node.As("ana").Desk, "mira", access.CaseManager, "ana")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case f.line.Load() == broken:
			panic(http.ErrAbortHandler)
		case f.line.Load() == deaf && r.Method == http.MethodPost:
			f.w.Handler.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case f.line.Load() == forged && r.Method == http.MethodPost:
			rec := httptest.NewRecorder()
			f.w.Handler.ServeHTTP(rec, r)
			w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
			w.WriteHeader(rec.Code)
			_, _ = w.Write([]byte(strings.Replace(rec.Body.String(), `"outcome\":\"opened`, `"outcome\":\"beside`, 1)))
			return
		}
		f.w.Handler.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	f.base = s.URL
	return f
}

func (f *field) do(actions ...chromedp.Action[chromedp.Void]) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		f.t.Fatal(err)
	}
}

// js evaluates what gives a text, and waits for it.
func (f *field) js(script string, args ...any) string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, time.Minute)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(async () => String(await (async () => {`+fmt.Sprintf(script, args...)+`})()))()`, chromedp.EvalAwaitPromise))
	if err != nil {
		f.t.Fatalf("%s: %v", script, err)
	}
	return got
}

// wants waits until the page shows something, by a selector.
func (f *field) wants(selector string) {
	f.t.Helper()
	f.do(chromedp.WaitVisible(selector))
}

// tap presses a control by keyboard.
func (f *field) tap(selector string) {
	f.t.Helper()
	tap(f.t, f.ctx, selector)
}

func (f *field) open(path string) {
	f.t.Helper()
	f.do(chromedp.Navigate(f.base + path))
}

// before runs a script in every page of this tab, before its own.
func (f *field) before(script string) {
	f.t.Helper()
	f.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// tab goes on in a new tab; what was in the old one is gone.
func (f *field) tab() {
	f.t.Helper()
	ctx, cancel := chromedp.NewContext(f.ctx)
	f.t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		f.t.Fatal(err)
	}
	f.do(chromedp.Navigate("about:blank"))
	f.ctx = ctx
}

func (f *field) prepare() {
	f.t.Helper()
	if tag := os.Getenv("OPENTRM_SCREENS_LANG"); tag != "" {
		speak(f.t, f.ctx, f.base, tag)
	}
	enter(f.t, f.ctx, f.base, "fana")
	f.open("/offline")
	f.wants("#chosen")
	f.looks("offline-prepare")
	keyIn(f.t, f.ctx, "#chosen", fieldPhrase)
	keyIn(f.t, f.ctx, "#again", fieldPhrase+kb.Enter)
	f.wants("[data-unlock]")
	f.js(`await navigator.serviceWorker.ready; await caches.open('opentrm-offline')`)
}

func (f *field) unlock(phrase string) {
	f.t.Helper()
	keyIn(f.t, f.ctx, "#passphrase", phrase+kb.Enter)
}

// write begins a draft, or goes on with the first one, and waits until it is kept.
func (f *field) write(press, way string) {
	f.t.Helper()
	f.tap(press)
	keyIn(f.t, f.ctx, "#q-safe-way", way)
	f.wants("[data-say=kept]")
	f.tap("[data-fill] button[type=submit]")
	f.wants("[data-list] li")
}

// dump is everything that lies in the browser, as text: bytes as hexadecimal digits.
func (f *field) dump() string {
	f.t.Helper()
	return f.js(`
		const db = await new Promise((ok) => { const q = indexedDB.open('opentrm-offline'); q.onsuccess = () => ok(q.result) })
		const all = []
		for (const s of db.objectStoreNames) all.push(await new Promise((ok) => { const q = db.transaction(s).objectStore(s).getAll(); q.onsuccess = () => ok(q.result) }))
		db.close()
		return JSON.stringify(all, (k, v) => v instanceof Uint8Array ? [...v].map((b) => b.toString(16).padStart(2, '0')).join('') : v)`)
}

// looks lets axe look at a state of the page on a telephone, and takes a picture where one is asked for.
func (f *field) looks(name string) {
	f.t.Helper()
	axe, err := os.ReadFile(filepath.Join("axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return // the other screens say that it is not there
	}
	if err := look(f.ctx, 320, "light"); err != nil {
		f.t.Fatal(err)
	}
	f.js(`%s; return window.axe !== undefined`, axe)
	examine(f.t, f.ctx, name, allRules)
	if got := f.js(`return document.documentElement.scrollWidth`); got != "320" {
		f.t.Errorf("%s is %s pixels wide", name, got)
	}
	if dir := os.Getenv("OPENTRM_SCREENS"); dir != "" {
		picture, err := chromedp.Run(f.ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
		}
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

type keptThere struct {
	Device, User, Member, Salt string
	Draft                      string
	Version                    int64
	Sealed                     string
}

func (f *field) kept() (d keptThere, drafts []keptThere) {
	f.t.Helper()
	var all [2][]keptThere
	if err := json.Unmarshal([]byte(f.dump()), &all); err != nil {
		f.t.Fatal(err)
	}
	if len(all[0]) == 1 {
		d = all[0][0]
	}
	return d, all[1]
}

func (f *field) nothingLeft() {
	f.t.Helper()
	if d, drafts := f.kept(); d.Salt != "" || len(drafts) != 0 {
		f.t.Errorf("left on the device: %+v, %d drafts", d, len(drafts))
	}
}

// cases opens what the node has of the drafts, oldest first: what stands there of how she may be reached.
func (f *field) cases() (ways []string, first id.Case, record form.Entry) {
	f.t.Helper()
	by := f.w.Node.As("fana")
	all, err := f.w.Node.Cases.List(f.t.Context(), by.Actor, casefile.Filter{Limit: 99})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range all {
		forms, _, err := f.w.Node.Forms.List(f.t.Context(), by, c.ID)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, e := range forms {
			x, err := f.w.Node.Forms.Read(f.t.Context(), by, c.ID, e.Record)
			if err != nil {
				f.t.Fatal(err)
			}
			var way string
			_ = json.Unmarshal(x.Answers["safe-way"].Value, &way)
			ways, first, record = append(ways, way), c.ID, e
		}
	}
	return ways, first, record
}

const begin = `[data-begin][data-form=F1]`

// A first responder prepares her browser, works without a network, closes the tab, comes back to it, and sends: what she wrote is at the node,
// and has left the device. Nobody reads it there before.
func TestADraftIsWrittenWithoutANetwork(t *testing.T) {
	f := inTheField(t)
	f.before(`if (crypto.subtle) {
		const real = crypto.subtle.importKey.bind(crypto.subtle)
		crypto.subtle.importKey = (form, raw, kind, ...rest) => {
			if (kind === 'HKDF') sessionStorage.setItem('share', [...raw].map((b) => b.toString(16).padStart(2, '0')).join(''))
			return real(form, raw, kind, ...rest)
		}
	}`)
	f.prepare()
	share := f.js(`return sessionStorage.getItem('share')`)

	// What is put aside is the empty page and what it is made of.
	aside := f.js(`return (await (await caches.open('opentrm-offline')).keys()).map((r) => new URL(r.url).pathname).join(' ')`)
	for _, path := range strings.Fields(aside) {
		if path != "/offline/form" && !strings.HasPrefix(path, "/asset/") {
			t.Errorf("put aside: %s", path)
		}
	}
	if len(strings.Fields(aside)) != 13 || f.js(`return (await caches.keys()).join()`) != "opentrm-offline" {
		t.Errorf("put aside: %s", aside)
	}

	f.looks("offline-locked")
	f.line.Store(broken)
	f.open("/offline/form")
	f.unlock("Сина планина, пет јаболка 8")
	f.wants("[data-say=wrong]")
	f.unlock(fieldPhrase)
	f.wants("[data-say=empty]")
	f.write(begin, "crvena demo kapija")

	f.tab()
	f.open("/offline/form")
	f.unlock(fieldPhrase)
	f.wants("[data-list] li")
	f.looks("offline-list")
	f.tap("[data-open]")
	f.wants("#q-safe-way")
	if got := f.js(`return document.querySelector('#q-safe-way').value`); got != "crvena demo kapija" {
		t.Errorf("it says %q", got)
	}
	f.looks("offline-fill")
	f.tap("[data-fill] button[type=submit]")
	f.wants("[data-list] li")
	f.write("[data-open]", "zelena demo kapija")
	dump := f.dump()
	for _, word := range []string{"demo", "kapija", "safe-way", "F1", fieldPhrase} {
		if strings.Contains(dump, word) || strings.Contains(dump, hex.EncodeToString([]byte(word))) {
			t.Errorf("%q lies there in clear", word)
		}
	}
	readAsSpecified(t, f, share, "zelena demo kapija")

	// The node is not reached: nothing changes. It is reached, and knows nobody: she has to sign in first.
	f.tap("[data-send]")
	f.wants("[data-say=unreached]")
	f.line.Store(whole)
	f.w.Node.Net.Clock.Advance(20 * time.Minute)
	f.tap("[data-send]")
	f.wants("[data-say=signin]")
	if ways, _, _ := f.cases(); len(ways) != 0 {
		t.Errorf("the node has %q", ways)
	}
	enter(t, f.ctx, f.base, "fana")
	f.open("/offline/form")
	f.unlock(fieldPhrase)
	f.wants("[data-list] li")

	// Whoever sits on the line changes a word of the answer: the device keeps its copy.
	f.line.Store(forged)
	f.tap("[data-send]")
	f.wants("[data-say=unsigned]")
	if _, drafts := f.kept(); len(drafts) != 1 {
		t.Errorf("%d drafts are left", len(drafts))
	}

	// The answer is lost: the device keeps its copy. Her deputy goes on, she does too: both versions are shown, and both are kept.
	f.line.Store(deaf)
	f.tap("[data-send]")
	f.wants("[data-say=unreached]")
	f.line.Store(whole)
	ways, c, record := f.cases()
	if len(ways) != 1 || ways[0] != "zelena demo kapija" {
		t.Fatalf("the node has %q", ways)
	}
	_, err := f.w.Node.Forms.Save(t.Context(), f.w.Node.As("mira"), c, record.Record, record.Version, form.Filling{
		Schema: form.FillingName, Language: "ro", Record: form.Record{Form: record.Form, Version: record.FormVersion, Additions: record.Additions, Answers: map[string]form.Answer{
			"safe-way": {State: person.Given, Value: json.RawMessage(`"zuta demo kapija"`)},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.write("[data-open]", "plava demo kapija")
	f.tap("[data-send]")
	f.wants("[data-outcome=beside] a")
	f.looks("offline-sent")
	if _, drafts := f.kept(); len(drafts) != 0 {
		t.Errorf("%d drafts are left", len(drafts))
	}
	both := f.js(`return document.querySelector('[data-outcome=beside] a').pathname`)
	f.open(both)
	f.wants("table")
	if said := f.js(`return document.querySelector('table').innerText`); !strings.Contains(said, "plava demo kapija") || !strings.Contains(said, "zuta demo kapija") {
		t.Errorf("side by side: %s", said)
	}
	if ways, _, _ = f.cases(); len(ways) != 2 {
		t.Errorf("the node has %q", ways)
	}
}

// readAsSpecified opens what lies on the device with the share, the passphrase and spec/offline.md alone.
func readAsSpecified(t *testing.T, f *field, share, way string) {
	t.Helper()
	d, drafts := f.kept()
	salt, _ := hex.DecodeString(d.Salt)
	raw, _ := hex.DecodeString(share)
	second, err := pbkdf2.Key(sha256.New, fieldPhrase, salt, 600_000, 32)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := hkdf.Key(sha256.New, raw, second, string(frame.JoinText("opentrm/offline-key/1", d.Member, d.User, d.Device)), 32)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	if len(drafts) != 1 {
		t.Fatalf("%d drafts", len(drafts))
	}
	sealed, _ := hex.DecodeString(drafts[0].Sealed)
	place := frame.JoinText("opentrm/offline-draft/1", d.Device, d.User, drafts[0].Draft, fmt.Sprint(drafts[0].Version))
	plain, err := key.Open(place, sealed)
	if err != nil {
		t.Fatal(err)
	}
	x, err := device.ParseSent(plain)
	if err != nil || x.Fields["q-safe-way"][0] != way || string(x.Draft) != drafts[0].Draft || x.Version != drafts[0].Version {
		t.Errorf("%v: %s", err, plain)
	}
	if _, err := key.Open(frame.JoinText("opentrm/offline-draft/1", d.Device, d.User, drafts[0].Draft, fmt.Sprint(drafts[0].Version+1)), sealed); err == nil {
		t.Error("it opens as another version")
	}
}

// Ten drafts and no more; the key goes after a quarter of an hour; the drafts go after 72 hours, and by order.
func TestADeviceKeepsLittleAndNotForLong(t *testing.T) {
	f := inTheField(t)
	f.before(`{
		const real = Date.now
		Date.now = () => real() + Number(localStorage.getItem('later') || 0) * 60e3
	}`)
	f.prepare()
	f.unlock(fieldPhrase)
	f.wants("[data-say=empty]")
	for i := range 10 {
		f.write(begin, fmt.Sprintf("demo %d", i))
	}
	if got := f.js(`const b = document.querySelector('%s'); b.click(); return b.disabled + ' ' + document.querySelector('[data-fill]').hidden`, begin); got != "true true" {
		t.Errorf("the eleventh draft: %s", got)
	}
	f.wants("[data-say=many]")
	if _, drafts := f.kept(); len(drafts) != 10 {
		t.Errorf("%d drafts", len(drafts))
	}
	if got := f.js(`return document.querySelector('[data-left]').innerText`); got != "71 hours left" {
		t.Errorf("it says %q", got)
	}

	// Fourteen minutes are nothing; sixteen lock the page, and nothing of a draft stays on it.
	f.js(`localStorage.setItem('later', '14'); document.dispatchEvent(new Event('visibilitychange'))`)
	f.wants("[data-list] li")
	f.js(`localStorage.setItem('later', '16'); document.dispatchEvent(new Event('visibilitychange'))`)
	f.wants("[data-unlock]")
	if got := f.js(`return document.querySelectorAll('[data-list] li, [data-fields] *').length`); got != "0" {
		t.Errorf("%s parts of drafts are left on the page", got)
	}

	// A second window writes nothing.
	first := f.ctx
	ctx, cancel := chromedp.NewContext(f.ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	f.ctx = ctx
	f.open("/offline/form")
	f.wants("[data-when=elsewhere]")
	cancel()
	f.ctx = first

	// After 72 hours, without a network and without anybody who unlocks.
	f.line.Store(broken)
	f.js(`localStorage.setItem('later', String(72 * 60 + 1))`)
	f.open("/offline/form")
	f.wants("[data-say=time]")
	f.nothingLeft()
	f.js(`localStorage.removeItem('later')`)
	f.line.Store(whole)
	f.open("/offline/form") // the node is told that nothing is left
	f.wants("[data-say=time]")
	f.open("/offline/form")
	f.wants("[data-when=none]")

	// By order of a colleague, at the first contact, which is any page that she opens.
	f.prepare()
	f.unlock(fieldPhrase)
	f.wants("[data-say=empty]")
	f.write(begin, "demo by order")
	f.line.Store(broken)
	ana := f.w.As("ana")
	d, _ := f.kept()
	ana.Get("/offline").OK().Says("fana")
	ana.Post("/offline/devices/"+d.Device, nil).OK().Says("It is ordered that the device is discarded.", "not heard yet")
	f.open("/offline/form")
	f.unlock(fieldPhrase)
	f.wants("[data-list] li") // it has not heard of it, and nobody can make it
	f.line.Store(whole)
	f.open("/signin")
	f.wants("[data-say=order]")
	f.nothingLeft()
	if got := f.js(`return (await caches.keys()).length + ' ' + (await navigator.serviceWorker.getRegistrations()).length`); got != "0 0" {
		t.Errorf("caches and workers left: %s", got)
	}
	ana.Get("/offline").OK().Says("Nothing is left")
}
