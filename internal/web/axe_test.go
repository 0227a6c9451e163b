package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/web/asset"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// policy is stricter than what the node will send: a page that breaks it breaks the test.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// browser starts Chromium, or skips the test where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("OPENTRM_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path == "" {
			path, _ = exec.LookPath(name)
		}
	}
	if path == "" {
		t.Skip("no Chromium: set OPENTRM_CHROMIUM to its path")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("headless", true),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("no-first-run", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("js-flags", "--no-opt,--no-maglev")) // a page does not live long enough for what it costs to optimise its scripts
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	complain(t, ctx)
	return ctx
}

// complain fails the test when the browser finds that a page breaks its policy, or that a script of it fails.
func complain(t *testing.T, ctx context.Context) {
	t.Helper()
	said := heard(t, ctx)
	t.Cleanup(func() {
		for range len(said) {
			t.Error(<-said)
		}
	})
}

// heard hears what a window says of pages that break their policy and of scripts that fail. See TestWhatBreaksThePolicyIsHeard.
func heard(t *testing.T, ctx context.Context) <-chan string {
	t.Helper()
	said := make(chan string, 100)
	err := chromedp.Listen(ctx, func(event any) {
		what := ""
		switch e := event.(type) {
		case *cdplog.EventEntryAdded:
			if e.Entry.Source == cdplog.EntrySourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
				what = e.Entry.URL + ": " + e.Entry.Text
			}
		case *runtime.EventExceptionThrown:
			what = e.ExceptionDetails.URL + ": " + e.ExceptionDetails.Text
		}
		if what != "" {
			select {
			case said <- what:
			default:
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// serve serves the sample page of each language under /<tag> with the policy.
func serve(t *testing.T) string {
	t.Helper()
	assets, err := asset.Load()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(asset.Prefix, assets)
	for _, tag := range []lang.Tag{"en", "mk", lang.Pseudo, lang.Mirror} {
		page := webtest.Sample(t, tag)
		mux.Handle("/"+string(tag), headers(templ.Handler(page)))
	}
	mux.Handle("/leave", headers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!DOCTYPE html><title>left</title>")
	})))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}

// look sets the width of the screen and light or dark.
func look(ctx context.Context, width int64, scheme string) error {
	return chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// runAxe, with the rules, gives one line for each broken rule, and how many rules passed.
const runAxe = `axe.run(document, {runOnly: %s, resultTypes: ['violations']}).then(r => [String(r.passes.length)].concat(
	r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ': ' + n.failureSummary))))`

func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skip("no axe-core: run npm ci in internal/web/axe")
	}
	ctx := browser(t)
	url := serve(t)
	for _, tag := range []lang.Tag{"en", "mk", lang.Mirror} {
		for _, width := range []int64{320, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				name := fmt.Sprintf("%s-%d-%s", tag, width, scheme)
				t.Run(name, func(t *testing.T) {
					if err := look(ctx, width, scheme); err != nil {
						t.Fatal(err)
					}
					if err := chromedp.Do(ctx, chromedp.Navigate(url+"/"+string(tag))); err != nil {
						t.Fatal(err)
					}
					if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(axe)+";true")); err != nil {
						t.Fatal(err)
					}
					// A language that only tests know is no language to axe.
					if tag == lang.Mirror {
						if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.lang = "ar"; true`)); err != nil {
							t.Fatal(err)
						}
					}
					examine(t, ctx, name, allRules)
					wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
					if err != nil {
						t.Fatal(err)
					}
					if int64(wide) > width {
						t.Errorf("the page is %d pixels wide: it scrolls sideways", wide)
					}
					if dir := os.Getenv("OPENTRM_SCREENS"); dir != "" {
						picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
						if err == nil {
							err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
						}
						if err != nil {
							t.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// The script runs under the policy: the error summary has the focus, and three Escapes leave the page so that
// the way back does not lead to it.
func TestLeaveQuickly(t *testing.T) {
	ctx := browser(t)
	url := serve(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(url+"/leave"), chromedp.Navigate(url+"/en")); err != nil {
		t.Fatal(err)
	}
	focused, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement === document.querySelector('[data-error-summary]')`))
	if err != nil || !focused {
		t.Errorf("the error summary has no focus: %v", err)
	}
	before, err := chromedp.Run(ctx, chromedp.Evaluate[int](`history.length`))
	if err != nil {
		t.Fatal(err)
	}
	press := `for (let i = 0; i < 3; i++) document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'})); document.documentElement.className`
	class, err := chromedp.Run(ctx, chromedp.Evaluate[string](press))
	if err != nil || !strings.Contains(class, "trm-gone") {
		t.Fatalf("three Escapes did not blank the page: %q %v", class, err)
	}
	wait := `new Promise(done => { const look = () => document.title === 'left' ? done(history.length) : requestAnimationFrame(look); look() })`
	for {
		after, err := chromedp.Run(ctx, chromedp.Evaluate[int](wait, chromedp.EvalAwaitPromise))
		if err == nil {
			if after != before {
				t.Errorf("the page left stays in the history: %d entries, then %d", before, after)
			}
			return
		}
		if ctx.Err() != nil {
			t.Fatal("the page was never left")
		}
	}
}
