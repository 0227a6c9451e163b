package web_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// onPaper finds what belongs on a screen only and would be on paper, in the medium that is shown: what is there to be pressed and what leads away.
const onPaper = `(() => {
	const out = []
	for (const e of document.querySelectorAll('nav, button, input[type=submit], .trm-header, .trm-language, .govuk-button, .govuk-skip-link, .govuk-pagination, .govuk-summary-list__actions, .trm-idle, .trm-filter, [data-leave]'))
		if (e.checkVisibility() && [...e.getClientRects()].some((r) => r.width > 1 && r.height > 1)) out.push(e.outerHTML.slice(0, 160))
	for (const e of document.querySelectorAll('a')) {
		const after = getComputedStyle(e, '::after').content
		if (after.includes('/')) out.push('the address ' + after)
	}
	return out
})()`

// bare fails the test where a page would print what is there to be pressed or to lead away, or addresses.
func bare(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	medium(t, ctx, "print")
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](onPaper))
	if err != nil {
		t.Fatal(err)
	}
	medium(t, ctx, "")
	for _, f := range found {
		t.Errorf("%s would be printed with %s", name, f)
	}
}

// TestWhatIsPrinted: the pages that people print, printed by Chromium with what it writes into margins, and read from the sheets: what is said is
// on them, and what is folded on the screen too; there is no menu, nothing to press, no way to leave quickly, not who is signed in and no
// address of a case. On what she takes with her, and on a letter, stands nothing but its own words: not the name of the program, not the title or the address
// that browsers print in a margin, and no word that is for whoever reads it out. A slip that may not be on paper leaves an empty sheet.
func TestWhatIsPrinted(t *testing.T) {
	ctx := browser(t)
	w := webtest.Pair(t)
	path := webtest.Opened(t, w.As("ana"))
	rares, sent := rare(w, path)
	all := slices.Concat(screens(w, path), rares)
	paper := webtest.Opened(t, w.As("ana"))
	all = append(all, screen{"own-code-paper", "ana", "/page/new"})
	sent["own-code-paper"] = after{form: map[string][]string{"case": {paper[len("/cases/"):]}, "lang": {"en"}}}
	base := "http://" + w.Node.PeopleAddress()
	for _, x := range []struct {
		name  string
		leave bool     // it leaves the house
		says  []string // on the sheets
		never []string // on the page and not on the sheets
	}{
		{"receipt", true, []string{"Adeverința consimțământului", "Vă puteți retrage consimțământul oricând", "Nu este nevoie de un motiv"}, []string{"Ask her first whether it is safe", "Read to her in", "native speaker"}},
		{"copy-shown", true, []string{"Мария Фиктивна"}, []string{"Who finds it learns who she is"}},
		{"letter-printed", true, []string{"Request to your desk", "Accommodation", "Shelter intake"}, []string{"Print the letter now"}},
		{"own-code-paper", true, []string{"Your page", "/page", "Spaces and dashes do not matter"}, []string{"can be printed", "kept nowhere"}},
		{"own-code", true, nil, []string{"Give her nothing on paper yet", "Адреса"}},
		{"register", false, []string{"Record of processing activities", "First identification", "Names in every script"}, nil},
		{"register-dpia", false, []string{"Likelihood, gravity, what remains", "Decision, date, signature, day of review"}, nil},
		{"case", false, []string{"Before any contact", "Nobody from Demovo", "10:00-12:00", "She likes <b>tea</b>."}, nil},
		{"timeline", false, []string{"What happened, the newest first", "Recovery and reflection period"}, nil},
		{"directory", false, []string{"Safe house", "Confirmed"}, nil},
		{"count-told", false, []string{"About 1,025 persons"}, nil},
		{"board", false, []string{"Longest wait since", "Moldova → North Macedonia"}, nil},
		{"cooperation-document", true, []string{"Mutual legal assistance", "DEMO article 165", "DEMO fact Ѓорѓи Љуба Щърба Γιώργος Ëngjëll Çelë Șțăîâ Đžšč ğışİ їєґ", "H2: not passed on"}, []string{"Printed from this page"}},
		{"docket", false, []string{"What comes next", "24 December 2026", "End of custody", "DEMO laboratory"}, []string{"Days as a calendar file"}},
		{"conference", false, []string{"Waits for signatures", "DEMO: her family"}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := all[slices.IndexFunc(all, func(s screen) bool { return s.name == x.name })]
			speak(t, ctx, base, "en")
			enter(t, ctx, base, s.login)
			stand(t, ctx, base, s, sent)
			bare(t, ctx, x.name)
			seen, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
			if err != nil {
				t.Fatal(err)
			}
			sheet := printed(t, ctx, x.leave)
			if dir := os.Getenv("OPENTRM_SHEETS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, x.name+".pdf"), sheet, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			paper := strings.Join(onSheets(t, sheet), "")
			t.Log(paper)
			for _, words := range x.says {
				if !strings.Contains(paper, squeezed(words)) {
					t.Errorf("the sheets do not say %q:\n%s", words, paper)
				}
			}
			never := append(x.never, "Leave this page quickly", "Menu", "Sign out", "/cases/", "/consents/", "Ana Demo")
			if x.leave {
				never = append(never, "OpenTRM", "http:", "What you open here is recorded")
			}
			for _, words := range never {
				if slices.Contains(x.never, words) && !strings.Contains(squeezed(seen), squeezed(words)) {
					t.Errorf("the page does not say %q either:\n%s", words, seen)
				}
				if strings.Contains(paper, squeezed(words)) {
					t.Errorf("%q is printed:\n%s", words, paper)
				}
			}
			if len(x.says) == 0 && paper != "" {
				t.Errorf("what may not be on paper is printed:\n%s", paper)
			}
		})
	}
}
