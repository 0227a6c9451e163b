package web_test

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// growing makes a case of a child with everything that the path of one holds, and gives its page and that of her guardian.
func growing(w *webtest.World) (path, guardian string) {
	w.T.Helper()
	ana := w.As("ana")
	a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"child"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
	path = strings.TrimSuffix(a.Header.Get("Location"), "/person") + "/childhood"
	sent := func(to string, f url.Values, days ...string) string {
		for _, d := range days {
			f.Set(d+"-day", "1")
			f.Set(d+"-month", map[bool]string{true: "5", false: "3"}[d == "review"])
			f.Set(d+"-year", "2026")
		}
		return ana.Post(path+to, f).OK().Body
	}
	sent("/guardians", url.Values{"name": {"Demo Mother"}, "relation": {"mother"}}, "from")
	sent("/told", url.Values{"about": {"plan"}, "language": {"ro"}, "read-back": {"yes"}, "how": {"spoken"}, "answer": {"refuses"}, "words": {"DEMO: not yet"}}, "on")
	sent("/interests", url.Values{
		"weight": {"determination"}, "about": {"placement"}, "body": {"panel"}, "name": {"DEMO panel"}, "part": {"DEMO social worker"},
		"heard": {"in-her-words"}, "views": {"DEMO: with her sister"}, "weighed": {"views", "safety"}, "grounds": {"DEMO"}, "result": {"DEMO: with her sister"},
		"signer-body": {"DEMO chair"}, "signer-guardian": {"Demo Mother"},
	}, "on", "review")
	sent("/ages", url.Values{"turn": {"disputed"}, "who": {"DEMO border police"}, "why": {"DEMO: looks older"}}, "on")
	sent("/ages", url.Values{"turn": {"assessed"}, "who": {"DEMO doctor"}, "method": {"social"}, "youngest": {"16"}, "oldest": {"19"}, "agrees": {"yes"}, "guardian": {"Demo Mother"}}, "on")
	sent("/notices", url.Values{"body": {"other"}, "name": {"DEMO consulate"}, "how": {"letter"}})
	return path, ana.Get(path).OK().Find(`href="(` + path + `/guardians/[^"]+)/conflict"`)
}
