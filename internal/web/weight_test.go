package web_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestTheFirstPageIsLight: what comes over the wire to a browser that has been here never before, for the way in and then for the home of
// each role, in Macedonian, which needs the fonts of both scripts: everything that is loaded, heads and all, and never more than 60 KB.
// Chromium counts it, so that nobody has to name what a page loads.
func TestTheFirstPageIsLight(t *testing.T) {
	ctx := browser(t)
	w := webtest.Open(t)
	base := "http://" + w.Node.PeopleAddress()
	var mu sync.Mutex
	loaded, bytes := map[network.RequestID]string{}, map[network.RequestID]float64{}
	if err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventResponseReceived:
			loaded[e.RequestID] = e.Response.URL
		case *network.EventLoadingFinished:
			bytes[e.RequestID] = e.EncodedDataLength
		}
	}); err != nil {
		t.Fatal(err)
	}
	fresh := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, network.ClearBrowserCache, struct{}{})
		return err
	})
	weigh := func(name, path string) {
		t.Helper()
		if err := chromedp.Do(ctx, fresh); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		clear(loaded)
		clear(bytes)
		mu.Unlock()
		visit(t, ctx, base+path)
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.fonts.ready.then(() => new Promise((r) => setTimeout(() => r(true), 300)))`, chromedp.EvalAwaitPromise)); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		total, kinds := 0.0, map[string]bool{}
		for of, n := range bytes {
			total += n
			for _, end := range []string{".css", ".js", ".woff2"} {
				kinds[end] = kinds[end] || strings.HasSuffix(loaded[of], end)
			}
		}
		for _, end := range []string{".css", ".js", ".woff2"} {
			if !kinds[end] {
				t.Errorf("%s: no %s was counted among %v", name, end, loaded)
			}
		}
		if total > 60_000 || total < 20_000 {
			t.Errorf("%s weighs %.0f bytes: %v", name, total, loaded)
		}
		t.Logf("%-28s %.0f bytes in %d answers", name, total, len(bytes))
	}
	speak(t, ctx, base, "mk")
	weigh("the way in", "/signin")
	for _, role := range w.Staff() {
		enter(t, ctx, base, "x-"+string(role))
		weigh("home of "+string(role), "/")
	}
}
