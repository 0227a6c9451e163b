package web_test

import (
	"fmt"
	escape "html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// world is one real node with its pages.
type world struct {
	t  testing.TB
	mk *nodetest.Node
	h  http.Handler
	n  int // people who came so far: each comes from a network of her own
}

// somebody opens pages as a browser would, with its cookies.
type somebody struct {
	w       *world
	cookies map[string]string
	set     []*http.Cookie // by the last answer
	lang    string
	from    string
}

// answer is a page as it came.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
	path   string
}

func open(t testing.TB) *world {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MK"))
	mk := n.Node("MK")
	return &world{t: t, mk: mk, h: mk.Handler()}
}

// as is somebody who has signed in.
func (w *world) as(login string) *somebody {
	w.t.Helper()
	p := w.stranger()
	p.cookies["__Host-trm"] = w.mk.SignIn(login)
	return p
}

func (w *world) stranger() *somebody {
	w.n++
	return &somebody{w: w, cookies: map[string]string{}, from: fmt.Sprintf("10.%d.%d.1:4000", w.n/256, w.n%256)}
}

func (p *somebody) do(method, path string, form url.Values, change ...func(*http.Request)) answer {
	p.w.t.Helper()
	r := httptest.NewRequest(method, "https://mk.example"+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = p.from
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://mk.example")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if p.lang != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-trm-lang", Value: p.lang})
	}
	for name, value := range p.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, c := range change {
		c(r)
	}
	rec := httptest.NewRecorder()
	p.w.h.ServeHTTP(rec, r)
	p.set = rec.Result().Cookies()
	for _, c := range p.set {
		if c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		} else {
			p.cookies[c.Name] = c.Value
		}
	}
	return answer{t: p.w.t, status: rec.Code, header: rec.Header(), body: rec.Body.String(), path: path}
}

func (p *somebody) get(path string) answer { p.w.t.Helper(); return p.do(http.MethodGet, path, nil) }

// post sends a form and follows to the page that it leads to.
func (p *somebody) post(path string, form url.Values) answer {
	p.w.t.Helper()
	a := p.do(http.MethodPost, path, form)
	for a.status == http.StatusSeeOther {
		a = p.get(a.header.Get("Location"))
	}
	return a
}

// ok fails the test unless the page came.
func (a answer) ok() answer {
	a.t.Helper()
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		a.t.Fatalf("%s: %d\n%s", a.path, a.status, a.text())
	}
	return a
}

func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d instead of %d\n%s", a.path, a.status, status, a.text())
	}
	return a
}

// text is what a reader sees.
func (a answer) text() string {
	b := a.body
	if _, main, ok := strings.Cut(b, "<main"); ok {
		b = main
	}
	b = regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString("<main"+b, " ")
	return escape.UnescapeString(regexp.MustCompile(`\s+`).ReplaceAllString(b, " "))
}

func (a answer) says(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if !strings.Contains(a.text(), w) {
			a.t.Errorf("%s does not say %q:\n%s", a.path, w, a.text())
		}
	}
	return a
}

func (a answer) never(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			a.t.Errorf("%s has %q", a.path, w)
		}
	}
	return a
}

// find returns the first group of an expression in the page.
func (a answer) find(expr string) string {
	a.t.Helper()
	m := regexp.MustCompile(expr).FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("%s has no %s:\n%s", a.path, expr, a.body)
	}
	return escape.UnescapeString(m[1])
}

// staff are people of every role, one each, with the login "x-" and the role.
func (w *world) staff() []access.Role {
	w.t.Helper()
	var roles []access.Role
	for _, r := range access.Roles() {
		if access.Combine([]access.Role{r}) != nil {
			continue // no role of a person with an account
		}
		roles = append(roles, r)
		login := "x-" + string(r)
		if realm := access.RealmOf(r); realm == access.Office {
			w.mk.User(login, r)
		} else {
			w.mk.Desk(desk.Desk{ID: id.Desk("desk-" + string(r)), Kind: desk.AtNode, Realm: realm, Function: "desk.function.shelter"}, login, r)
		}
	}
	return roles
}

func (w *world) deskOf(slug id.Desk) desk.Desk {
	return desk.Desk{ID: slug, Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}
}
