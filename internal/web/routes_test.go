package web_test

import (
	"bytes"
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/web"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

var update = flag.Bool("update", false, "write docs/routes.md anew")

func actor(r access.Role) access.Actor {
	a := access.Actor{User: "u", Role: r, Realm: access.RealmOf(r), Member: "MK", Session: "s"}
	if a.Realm != access.Office {
		a.Desk = id.Desk("d")
	}
	return a
}

func roles() []access.Role {
	var all []access.Role
	for _, r := range access.Roles() {
		if access.Combine([]access.Role{r}) == nil {
			all = append(all, r)
		}
	}
	return all
}

// docs/routes.md says which role reaches which page; it is made from the map and the policies.
func TestRoutesAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Who reaches which page\n\nMade by `go test ./internal/web -run TestRoutesAreDocumented -update` from the maps in `internal/web*/routes.go` and the policies\n" +
		"of `internal/access`. A role that does not reach a page is refused before anything is read. Which records a role reaches there is in\n" +
		"[access.md](access.md).\n\n| page | action | roles |\n|---|---|---|\n")
	for _, r := range web.Routes() {
		if (r.Action == "") == (r.Public == "") {
			t.Errorf("%s names neither or both of an action and a reason to be public", r.Pattern)
		}
		who := "anybody: " + r.Public
		if r.Action != "" {
			var names []string
			for _, role := range roles() {
				if page.May(actor(role), r.Action) {
					names = append(names, string(role))
				}
			}
			if who = strings.Join(names, ", "); len(names) == len(roles()) {
				who = "everybody signed in"
			}
			if who == "" {
				t.Errorf("nobody reaches %s", r.Pattern)
			}
		}
		b.WriteString("| `" + r.Pattern + "` | " + string(r.Action) + " | " + who + " |\n")
	}
	path := filepath.Join("..", "..", "docs", "routes.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(held), b.String()); d != "" {
		t.Errorf("docs/routes.md is old: run with -update\n%s", d)
	}
}

// TestTheTourIsOfEveryRole: docs/tour has a day for each role, called by the words in which she reads it on every page, and each day shows pictures that
// are there. That the home of each role is one of them is asked by everyRole.
func TestTheTourIsOfEveryRole(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	days := tour(t)
	for _, role := range append(roles(), access.LightDesk) {
		name := strings.ToLower(texts.Printer("en").Text("access.role." + string(role)))
		at := slices.IndexFunc(days, func(d day) bool { return strings.Contains(strings.ToLower(d.who), name) })
		if at < 0 {
			t.Errorf("docs/tour/README.md leads to no day of %q", name)
			continue
		}
		if n := len(days[at].pictures); n < 2 {
			t.Errorf("the day of %q has %d pictures", name, n)
		}
	}
	for _, d := range days {
		for _, p := range d.pictures {
			if b, err := os.ReadFile(filepath.Join("..", "..", "docs", "screens", "en", p+".png")); err != nil || !bytes.HasPrefix(b, []byte("\x89PNG")) {
				t.Errorf("the day of %q shows %s, which is no picture: %v", d.who, p, err)
			}
		}
	}
}

// day is one of docs/tour: whose, and which screens it shows.
type day struct {
	who      string
	pictures []string
}

// tour reads the days to which the first page of docs/tour leads.
func tour(t *testing.T) (days []day) {
	t.Helper()
	dir := filepath.Join("..", "..", "docs", "tour")
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\| \[([^\]]+)\]\(([a-z-]+\.md)\) \|`).FindAllStringSubmatch(string(text), -1) {
		d := day{who: m[1]}
		text, err := os.ReadFile(filepath.Join(dir, m[2]))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range regexp.MustCompile(`screens/en/([a-z0-9-]+)\.png`).FindAllStringSubmatch(string(text), -1) {
			d.pictures = append(d.pictures, p[1])
		}
		days = append(days, d)
	}
	return days
}

var wild = regexp.MustCompile(`\{[a-z]+\}`)

// Every role asks for every page: who may not is told so, before anything else; who is not signed in is shown the
// way in.
func TestEveryRouteAsksWhoMay(t *testing.T) {
	w := webtest.Open(t)
	for _, role := range w.Staff() {
		login := "x-" + string(role)
		for _, r := range web.Routes() {
			if r.Action == "" {
				continue
			}
			method, path, _ := strings.Cut(r.Pattern, " ")
			path = wild.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "no-such-thing")
			a := w.As(login).Do(method, path, url.Values{})
			may := page.May(actor(role), r.Action)
			if refused := a.Status == http.StatusForbidden; !may && !refused {
				t.Errorf("%s as %s: %d although the policies refuse %s", r.Pattern, role, a.Status, r.Action)
			}
			if a.Status >= 500 {
				t.Errorf("%s as %s: %d", r.Pattern, role, a.Status)
			}
			if role != access.Administrator {
				continue
			}
			a = w.Stranger().Do(method, path, url.Values{})
			if to := a.Header.Get("Location"); a.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/lock") {
				t.Errorf("%s by a stranger: %d to %q", r.Pattern, a.Status, to)
			}
		}
	}
}
