package web_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestWhatBreaksThePolicyIsHeard: what every test in a browser listens for is heard, in the window that a test opens and in those of several people:
// each way in which a page can break the policy of the node, and a script that fails. A page that breaks nothing is not complained of.
func TestWhatBreaksThePolicyIsHeard(t *testing.T) {
	breaks := map[string]string{
		"inline script":     `<script>document.title = 'ran'</script>`,
		"handler":           `<p onclick="1" id="p">x</p><script type="module" src="/press.js"></script>`,
		"inline style":      `<style>p { color: red }</style>`,
		"style attribute":   `<p style="color: red">x</p>`,
		"foreign script":    `<script src="http://127.0.0.2:9/x.js"></script>`,
		"foreign picture":   `<img alt="" src="http://127.0.0.2:9/x.png">`,
		"foreign style":     `<link rel="stylesheet" href="http://127.0.0.2:9/x.css">`,
		"frame":             `<iframe src="/good"></iframe>`,
		"foreign call":      `<script type="module" src="/call.js"></script>`,
		"foreign form":      `<form action="http://127.0.0.2:9/" method="post"><button>x</button></form><script type="module" src="/send.js"></script>`,
		"base":              `<base href="http://127.0.0.2:9/">`,
		"script that fails": `<script type="module" src="/fails.js"></script>`,
	}
	mux := http.NewServeMux()
	page := func(path, body string) {
		mux.Handle(path, headers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title></head><body>%s</body></html>`, body)
		})))
	}
	for path, text := range map[string]string{
		"/fails.js": `throw new Error('it fails')`, "/call.js": `fetch('http://127.0.0.2:9/').catch(() => {})`,
		"/send.js": `document.forms[0].submit()`, "/press.js": `document.getElementById('p').click()`, "/fine.js": `document.title = 'fine'`,
	} {
		mux.Handle(path, headers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, text)
		})))
	}
	names := slices.Sorted(maps.Keys(breaks))
	for i, name := range names {
		page(fmt.Sprintf("/break/%d", i), breaks[name])
	}
	page("/good", `<p>good</p><script type="module" src="/fine.js"></script>`)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)

	first := browser(t)
	if err := chromedp.Do(first, chromedp.Navigate(s.URL+"/good")); err != nil { // complain of browser listens to it, and would fail the test
		t.Fatal(err)
	}
	other := func() context.Context {
		ctx, cancel := chromedp.NewContext(first, chromedp.WithNewBrowserContext())
		t.Cleanup(cancel)
		return ctx
	}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			ctx := other()
			said := heard(t, ctx)
			if err := chromedp.Do(ctx, chromedp.Navigate(s.URL+"/good")); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(ctx, chromedp.Navigate(fmt.Sprintf("%s/break/%d", s.URL, i))); err != nil {
				t.Fatal(err)
			}
			select {
			case what := <-said:
				if strings.Contains(what, "/good:") {
					t.Errorf("a page that breaks nothing is complained of: %s", what)
				}
				t.Log(what)
			case <-time.After(20 * time.Second):
				t.Error("nothing is heard")
			}
		})
	}
}
