package web_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/web/asset"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

var (
	toDo   = regexp.MustCompile(`(?s)<li class="govuk-task-list__item.*?</li>`)
	begins = regexp.MustCompile(`<a class="govuk-button govuk-button--secondary" href="([^"]+)"`)
	ways   = regexp.MustCompile(`href="(/[^"#]*)"`)
)

// busy gives somebody four tasks: one without a time, one due in a day, one that is late and one due in an hour.
func busy(w *webtest.World, role access.Role) {
	w.T.Helper()
	n, by := w.Node, w.Node.As("x-"+string(role)).Actor
	now := n.Net.Clock.Now()
	err := store.Writer[task.Tx](n.DB)(w.T.Context(), audit.Did(nodetest.Console(n.Member), access.MakeTask, "x"), func(tx task.Tx) error {
		for i, due := range []frame.Time{0, frame.At(now.Add(24 * time.Hour)), frame.At(now.Add(-48 * time.Hour)), frame.At(now.Add(time.Hour))} {
			kind, object := "desk.intake", "desk-first-responder"
			if i == 0 || i == 2 && by.Realm == access.Office { // a case, which the office does not reach
				kind, object = "case.plan", "c"
			}
			_, err := n.Tasks.AddIn(w.T.Context(), tx, task.New{
				Desk: cmp.Or(by.Desk, "desk-first-responder"), User: by.User, Realm: by.Realm, Kind: kind, Object: object, Reference: fmt.Sprintf("demo-%d", i), Clock: task.Clock{Due: due},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// made gives somebody a task of a desk.
func made(w *webtest.World, login string, x task.New) {
	w.T.Helper()
	n, by := w.Node, w.Node.As(login).Actor
	x.User, x.Realm, x.Desk = by.User, by.Realm, by.Desk
	err := store.Writer[task.Tx](n.DB)(w.T.Context(), audit.Did(nodetest.Console(n.Member), access.MakeTask, "x"), func(tx task.Tx) error {
		_, err := n.Tasks.AddIn(w.T.Context(), tx, x)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// TestWhatIsUrgentIsNotHidden: what is urgent comes before all that is late, takes every place of a home, and the line that leads to the
// rest says how much of it is urgent. The list begins with it, on whichever of its pages it would lie by its age.
func TestWhatIsUrgentIsNotHidden(t *testing.T) {
	w := webtest.Open(t)
	now := w.Node.Net.Clock.Now()
	at := func(after time.Duration) task.Clock { return task.Clock{Due: frame.At(now.Add(after))} }
	for i := range 60 {
		made(w, "ana", task.New{Kind: "desk.intake", Object: fmt.Sprintf("late-%d", i), Reference: fmt.Sprintf("late-%d", i), Clock: at(-time.Duration(i+1) * time.Hour)})
	}
	ana := w.As("ana")
	begun := len(begins.FindAllString(ana.Get("/").OK().Body, -1))
	if begun != 1 {
		t.Fatalf("%d things are begun beside what is late", begun)
	}
	for i, after := range []time.Duration{3, 1, 2, 4} {
		made(w, "ana", task.New{Kind: "desk.intake", Object: fmt.Sprintf("urgent-%d", i), Reference: fmt.Sprintf("urgent-%d", i), Urgent: true, Clock: at(after * time.Hour)})
		home := ana.Get("/").OK()
		shown := toDo.FindAllString(home.Body, -1)
		if !strings.Contains(shown[0], map[bool]string{true: "urgent-0", false: "urgent-1"}[i == 0]) {
			t.Errorf("of %d urgent tasks the first is %s", i+1, shown[0])
		}
		if n := len(regexp.MustCompile(`: urgent-\d`).FindAllString(strings.Join(shown, ""), -1)); n != min(i+1, 3) {
			t.Errorf("of %d urgent tasks a home shows %d", i+1, n)
		}
		if n := len(shown) + len(begins.FindAllString(home.Body, -1)); n != 3 {
			t.Errorf("a home has %d actions", n)
		}
		if i < 3 {
			home.Never("of them is urgent")
		} else {
			home.Says("1 of them is urgent.")
		}
	}
	shown := toDo.FindAllString(ana.Get("/tasks").OK().Body, -1)
	for i, want := range []string{"urgent-1", "urgent-2", "urgent-0", "urgent-3", "late-59"} {
		if !strings.Contains(shown[i], want) {
			t.Errorf("place %d of the list is %s", i, shown[i])
		}
	}
	next := ana.Get("/tasks").OK().Find(`href="(/tasks\?after=[^"]+)"`)
	if n := len(toDo.FindAllString(ana.Get(next).OK().Body, -1)); n < 14 {
		t.Errorf("the second page has %d tasks", n)
	}
}

// Each role finds on its home at most three actions: what is late first, then what is due soonest; and everything that the
// page leads to is hers to reach.
func TestEachRoleFindsWhatToDoNow(t *testing.T) {
	w := webtest.Open(t)
	pages := map[string]string{}
	for _, role := range w.Staff() {
		p := w.As("x-" + string(role))
		quiet := p.Get("/").OK()
		if n := len(begins.FindAllString(quiet.Body, -1)); n == 0 || n > 3 {
			t.Errorf("%s with nothing to do begins %d things", role, n)
		}
		busy(w, role)
		home := p.Get("/").OK()
		shown := toDo.FindAllString(home.Body, -1)
		if n := len(shown) + len(begins.FindAllString(home.Body, -1)); n > 3 {
			t.Errorf("%s has %d actions", role, n)
		}
		first := []string{"demo-2", "demo-3"}
		switch role {
		case access.Administrator:
			first = []string{`href="/diagnostics"`, "demo-2"} // that no backup is made comes before her tasks
		case access.NationalCoordinator:
			// She sees what is late at every desk, by the day on which it was asked for; what is hers is late since the same moment.
			first = []string{"2 March 2026|demo-2", "2 March 2026|demo-2"}
		}
		for i, want := range first {
			if len(shown) <= i || !slices.ContainsFunc(strings.Split(want, "|"), func(one string) bool { return strings.Contains(shown[i], one) }) {
				t.Errorf("%s: %s is not in place %d: %q", role, want, i, shown)
			}
		}
		if !strings.Contains(shown[0], "govuk-tag--red") || !strings.Contains(home.Body, " more tasks") {
			t.Errorf("%s is not told what is late, or that there is more", role)
		}
		for _, path := range ways.FindAllStringSubmatch(home.Body, -1) {
			if path[1] == "/leave" {
				continue // it ends the session
			}
			if a := p.Get(path[1]); a.Status != http.StatusOK && !strings.HasPrefix(path[1], asset.Prefix) {
				t.Errorf("the home of %s leads to %s: %d", role, path[1], a.Status)
			}
		}
		for _, tag := range []string{"en", "mk"} {
			p.Lang = tag
			pages["/"+string(role)+"/"+tag] = p.Get("/").OK().Body
		}
	}
	aboveTheFold(t, pages)
}

// aboveTheFold fails where an action of a page lies below the first screen of a telephone, or it scrolls sideways with its drawer open.
func aboveTheFold(t *testing.T, pages map[string]string) {
	t.Helper()
	assets, err := asset.Load()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(asset.Prefix, assets)
	for path, body := range pages {
		mux.Handle(path, headers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, body)
		})))
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 640)); err != nil {
		t.Fatal(err)
	}
	for path := range pages {
		if err := chromedp.Do(ctx, chromedp.Navigate(s.URL+path)); err != nil {
			t.Fatal(err)
		}
		at, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](`(() => {
			const all = [...document.querySelectorAll('main .govuk-task-list__item, main .trm-begin a')]
			const end = Math.max(...all.map((e) => e.getBoundingClientRect().bottom))
			document.querySelector('.trm-drawer').open = true
			return [all.length, end, document.documentElement.scrollWidth]
		})()`))
		if err != nil || at[0] == 0 || at[0] > 3 || at[1] > 640 || at[2] > 360 {
			t.Errorf("%s: %v actions end at %v of 640 pixels, %v wide %v", path, at[0], at[1], at[2], err)
		}
		if dir := os.Getenv("OPENTRM_SCREENS"); dir != "" {
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "home"+strings.ReplaceAll(path, "/", "-")+".png"), picture, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestAHolidayThatNobodyConfirmedIsNamed: as long as nobody has confirmed the calendar, home and tasks say which days of the next two weeks may be
// free of work and count as days of work; not before they come near, and not once it is confirmed.
func TestAHolidayThatNobodyConfirmedIsNamed(t *testing.T) {
	w := webtest.Open(t)
	net := w.Node.Net
	shipped, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	w.Node.Profile.Shipped = shipped // of a demonstration every calendar is confirmed
	net.Clock.Advance(time.Minute)
	net.Run()
	const says = "Nobody has confirmed that these are days without work"
	pages := func(check func(webtest.Answer)) {
		t.Helper()
		p := w.As("ana")
		check(p.Get("/").OK())
		check(p.Get("/tasks").OK())
	}
	pages(func(a webtest.Answer) { a.Never(says) })
	net.Clock.Advance(8 * 24 * time.Hour) // the 20th of March 2026 is ten days away
	pages(func(a webtest.Answer) { a.Says(says, "20 March 2026") })
	law := w.Node.Law()
	for _, i := range law.Items() {
		if i.Key == "MK/calendar.eid" {
			if err := w.Node.Profile.Confirm(t.Context(), w.Node.As("ada").Actor, i.Key, i.Digest); err != nil {
				t.Fatal(err)
			}
		}
	}
	net.Clock.Advance(time.Minute)
	net.Run()
	pages(func(a webtest.Answer) { a.Never(says) })
}
