package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// Texts of pictures that lie on one another, stand outside of their picture, or are smaller than anybody reads.
const muddled = `[...document.querySelectorAll('svg.trm-chart')].flatMap((svg) => {
	const box = svg.getBoundingClientRect(), found = []
	const texts = [...svg.querySelectorAll('text')].map((t) => ({ said: t.textContent, r: t.getBoundingClientRect() })).filter((t) => t.said.trim() !== '')
	texts.forEach((a, i) => {
		if (a.r.left < box.left - 1 || a.r.right > box.right + 1 || a.r.top < box.top - 1 || a.r.bottom > box.bottom + 1) found.push(svg.getAttribute('aria-labelledby') + ': outside: ' + a.said)
		if (a.r.height < 10) found.push('small: ' + a.said + ' ' + a.r.height)
		for (const b of texts.slice(i + 1)) {
			const x = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left), y = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top)
			if (x > 1.5 && y > 5) found.push(svg.getAttribute('aria-labelledby') + ': ' + a.said + ' lies on ' + b.said)
		}
	})
	return found
})`

// TestACoordinatorReadsTheMapOnATelephone: from home by the keyboard to the figures, in the light and in the dark, on the narrowest telephone too: axe finds
// nothing, nothing scrolls sideways, no text of a picture lies on another in any language, and no case and nobody is named.
func TestACoordinatorReadsTheMapOnATelephone(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skip("no axe-core: run npm ci in internal/web/axe")
	}
	w := webtest.Pair(t)
	screens(w, webtest.Opened(t, w.As("ana"))) // makes what there is to count
	n := w.Node
	year := n.Net.Clock.Now().Year()
	var all []stats.Fact
	for i := range 900 {
		all = append(all, stats.Fact{
			ID: id.Random[id.Fact](id.Maker{}), Month: stats.MonthOf(year-1-i%8, 5), Sex: []stats.Sex{stats.Female, stats.Male}[i%2],
			Age:   []stats.Age{stats.Age0to11, stats.Age12to17, stats.Age18to24, stats.Age25to40, stats.Age41}[i%5],
			Forms: []stats.Form{[]stats.Form{stats.Sexual, stats.Labour, stats.Begging, stats.Marriage, stats.Criminality, stats.Organs, stats.Unknown}[i%7]}, Citizenship: stats.National, Status: stats.Identified, Registrar: stats.NGO,
		})
	}
	if err := n.Facts.Add(t.Context(), n.As("ana").Actor, all); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t)
	base := "http://" + n.PeopleAddress()
	speak(t, ctx, base, "en")
	read := func(name string) {
		t.Helper()
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(axe)+";true")); err != nil {
			t.Fatal(err)
		}
		for _, v := range []view{{320, "light", allRules}, {320, "dark", contrast}, {360, "light", allRules}, {360, "dark", contrast}} {
			if err := look(ctx, v.width, v.scheme); err != nil {
				t.Fatal(err)
			}
			at := fmt.Sprintf("%s at %d, %s", name, v.width, v.scheme)
			examine(t, ctx, at, v.rules)
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
			if err != nil || int64(wide) > v.width {
				t.Errorf("%s: %d pixels wide %v", at, wide, err)
			}
			found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](muddled))
			if err != nil || len(found) > 0 {
				t.Errorf("%s: %q %v", at, found, err)
			}
			if dir := os.Getenv("OPENTRM_SCREENS"); dir != "" {
				picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", filepath.Base(name), v.width, v.scheme)), picture, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	enter(t, ctx, base, "cora")
	keys := &hands{t: t, ctx: ctx}
	keys.to("/figures")
	keys.press("\r")
	keys.comes("/figures")
	read("figures")
	for _, path := range []string{"/figures/published", "/figures/referral", "/figures/forms", "/figures/ages", "/figures/origin"} {
		visit(t, ctx, base+path)
		read(path)
	}
	for login, role := range map[string]access.Role{"stela": access.Statistician, "sena": access.Secretariat} {
		n.User(login, role)
		enter(t, ctx, base, login)
		visit(t, ctx, base+"/figures")
		read("figures of " + string(role))
	}
	enter(t, ctx, base, "cora")
	if err := look(ctx, 320, "light"); err != nil {
		t.Fatal(err)
	}
	for _, tag := range n.Texts.Tags() {
		speak(t, ctx, base, string(tag))
		for _, path := range []string{"/figures", "/figures/published"} {
			visit(t, ctx, base+path)
			found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](muddled))
			if err != nil || len(found) > 0 {
				t.Errorf("%s in %s: %q %v", path, tag, found, err)
			}
			drawn, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll('svg.trm-chart title').length`))
			if err != nil || drawn < 4 {
				t.Errorf("%s in %s: %d pictures %v", path, tag, drawn, err)
			}
		}
	}
	if p := w.As("cora").Get("/figures").OK().Says("1–4").Never("Demona"); p.Header.Get("Content-Security-Policy") == "" {
		t.Error("no policy stands against what a page brings along")
	}
}
