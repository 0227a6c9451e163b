package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// everyone are the homes of the roles that no other screen shows, and what the roles that few hold see of a case, of a child and of a release.
func everyone(w *webtest.World, path, kid, release string) []screen {
	w.T.Helper()
	n := w.Node
	n.Join(n.As("ana").Desk, "svetla", access.ServiceProvider, "ana")
	n.Join(n.As("ana").Desk, "gordana", access.ChildGuardian, "ana")
	n.Join(n.As("petar").Desk, "pavle", access.PoliceLiaison, "petar")
	n.User("sekula", access.Secretariat)
	w.As("ana").Post("/duty/focal-point/away", leave(w, "vera", "ana")).OK()
	w.As("petar").Post("/duty/prosecution/away", leave(w, "petar", "")).OK()
	w.As("petar").Post("/duty/prosecution/away", leave(w, "pavle", "")).OK() // nobody is left there
	child := strings.TrimSuffix(kid, "/childhood")
	return []screen{
		{"home-case-manager", "vera", "/"},
		{"home-coordinator", "zoja", "/"},
		{"home-data-protection", "dora", "/"},
		{"home-guardian", "gordana", "/"},
		{"home-police", "pavle", "/"},
		{"home-prosecutor", "petar", "/"},
		{"home-provider", "svetla", "/"},
		{"home-secretariat", "sekula", "/"},
		{"figures-secretariat", "sekula", "/figures"},
		{"case-guardian", "gordana", child},
		{"child-as-guardian", "gordana", kid},
		{"case-provider", "svetla", path},
		{"cases-provider", "svetla", "/cases"},
		{"plan-provider", "svetla", path + "/plan"},
		{"releases-police", "pavle", "/releases"},
		{"release-police", "pavle", release},
	}
}

// leave says that somebody is away for two days, and who stands in.
func leave(w *webtest.World, who, in string) url.Values {
	w.T.Helper()
	f := url.Values{"away-who": {string(w.Node.As(who).User)}, "away-in": {""}}
	if in != "" {
		f.Set("away-in", string(w.Node.As(in).User))
	}
	for day, end := range map[string]string{"2": "from", "3": "to"} {
		f["away-"+end+"-day"], f["away-"+end+"-month"], f["away-"+end+"-year"] = []string{day}, []string{"3"}, []string{"2026"}
	}
	return f
}

// screened begins a screening of a case and leaves it, as it comes back to whoever goes on with it.
func screened(p *webtest.Somebody, path string) string {
	p.W.T.Helper()
	at := path + "/screenings/new"
	p.Do(http.MethodPost, at, url.Values{
		"asks": {"yes"}, "version": {p.Get(at).OK().Find(`name="version" value="([0-9]+)"`)}, "set": {"adult-labour"}, "sign-4.1": {"yes"}, "do": {"keep"},
	}).OK()
	return at
}

// everyRole fails where a role that people have finds no home among the screens, and where a home or its tasks lead somebody to what is not hers.
func everyRole(t *testing.T, w *webtest.World, all []screen) {
	t.Helper()
	shown, days := map[access.Role]bool{}, tour(t)
	for _, s := range all {
		if s.path == "/" && s.login != "" {
			shown[w.Node.As(s.login).Actor.Role] = true
			if !slices.ContainsFunc(days, func(d day) bool { return slices.Contains(d.pictures, s.name) }) {
				t.Errorf("docs/tour shows no %s", s.name)
			}
			p := w.As(s.login)
			for _, x := range toDo.FindAllString(p.Get("/").OK().Body+p.Get("/tasks").OK().Body, -1) {
				for _, to := range ways.FindAllStringSubmatch(x, -1) {
					if a := p.Get(to[1]); a.Status != http.StatusOK {
						t.Errorf("the home of %s leads to %s: %d", s.login, to[1], a.Status)
					}
				}
			}
		}
	}
	for _, r := range access.Roles() {
		if access.Combine([]access.Role{r}) == nil && !shown[r] {
			t.Errorf("the home of %s is not among the screens", r)
		}
	}
}
