package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// hasty is the node with pages that lock after so many seconds instead of a quarter of an hour.
func hasty(t *testing.T, w *webtest.World, seconds *atomic.Value) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		r.Header.Del("Accept-Encoding") // what is changed here has to be read
		w.Handler.ServeHTTP(rec, r)
		after, _ := seconds.Load().(string)
		rec.Header().Del("Content-Length")
		for name, values := range rec.Header() {
			for _, v := range values {
				if name == "Refresh" {
					v = strings.Replace(v, "900;", after+";", 1)
				}
				rw.Header().Add(name, v)
			}
		}
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write([]byte(strings.Replace(rec.Body.String(), `data-idle="900"`, `data-idle="`+after+`"`, 1)))
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s.URL
}

// TestAPageWarnsBeforeItLocks, goes on for whoever says so, and hands what stands in its form to the node before it locks.
func TestAPageWarnsBeforeItLocks(t *testing.T) {
	ctx := browser(t)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	w := webtest.Open(t)
	path := webtest.Opened(t, w.As("ana"))
	var seconds atomic.Value
	seconds.Store("900")
	base := hasty(t, w, &seconds)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	do := func(all ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, all...); err != nil {
			t.Fatal(err)
		}
	}
	text := func() string {
		t.Helper()
		s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + " " + document.body.innerText`))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	enter(t, ctx, base, "ana")
	axe, err := os.ReadFile(filepath.Join("axe", "node_modules", "axe-core", "axe.min.js"))
	sound := func(name string) {
		t.Helper()
		if err != nil {
			return // examined where axe-core is installed
		}
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(axe)+";true")); err != nil {
			t.Fatal(err)
		}
		examine(t, ctx, name, allRules)
		if dir := os.Getenv("OPENTRM_SCREENS"); dir != "" {
			if picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
				_ = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
			}
		}
	}
	// A slow machine gets longer, until there is time to type and to press the button.
	stayed := false
	for after := 4; after < 300 && !stayed; after *= 4 {
		seconds.Store(strconv.Itoa(after))
		do(chromedp.Navigate(base + path + "/note"))
		began := time.Now()
		keyIn(t, ctx, `#text`, "She called at noon.")
		do(chromedp.WaitVisible(`[data-idle] button, #passphrase`))
		if s := text(); !strings.Contains(s, "This page locks soon") {
			t.Logf("after %d seconds there is no warning: %s", after, s)
			continue
		}
		there, err := chromedp.Run(ctx, chromedp.Evaluate[*spot](control(`[data-idle] button`)))
		if err != nil || there == nil {
			continue
		}
		do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent(kb.Tab))
		if came, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement.matches('[data-idle] button')`)); err != nil || !came {
			t.Logf("Tab does not come to the button that stays: %v", err)
			continue
		}
		do(chromedp.KeyEvent(" "))
		if err := chromedp.Do(ctx, chromedp.WaitNotVisible(`[data-idle] button`), chromedp.WaitVisible(`[data-idle] button, #passphrase`)); err != nil {
			t.Fatal(err)
		}
		s := text()
		stayed = strings.HasPrefix(s, path+"/note ") && time.Since(began) > time.Duration(after)*time.Second
		t.Logf("with %d seconds, after %v: %.40q", after, time.Since(began), s)
	}
	if !stayed {
		t.Fatal("the page locks although she stays")
	}
	do(chromedp.WaitVisible(`#passphrase`))
	if s := text(); !strings.HasPrefix(s, "/lock ") || !strings.Contains(s, "is kept for one hour") || strings.Contains(s, "noon") {
		t.Errorf("the lock page: %s", s)
	}
	seconds.Store("900")
	do(chromedp.EmulateViewport(360, 800))
	keyIn(t, ctx, "#login", "ana")
	keyIn(t, ctx, "#passphrase", phrase("ana")+kb.Enter)
	do(chromedp.WaitVisible(`button[name=kept]`))
	if s := text(); !strings.Contains(s, "She called at noon.") {
		t.Errorf("what came back: %s", s)
	}
	sound("kept")
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('[data-idle]').hidden = false; true`)); err != nil {
		t.Fatal(err)
	}
	sound("idle")
	tap(t, ctx, `button[name=kept]`)
	do(chromedp.WaitNotPresent(`button[name=kept]`), chromedp.Navigate(base+path))
	if s := text(); strings.Count(s, "She called at noon.") != 1 {
		t.Errorf("the case: %s", s)
	}
}
