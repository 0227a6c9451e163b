// Package webtest opens the pages of real nodes as people do, and tells the stories that several areas of the pages begin with.
package webtest

import (
	"bytes"
	"fmt"
	escape "html"
	"io"
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

// World is one real node with its pages.
type World struct {
	T       testing.TB
	Node    *nodetest.Node
	Handler http.Handler

	came int // people who came so far: each comes from a network of her own
}

// Somebody opens pages as a browser would, with its cookies.
type Somebody struct {
	W       *World
	Cookies map[string]string
	Set     []*http.Cookie // by the last answer
	Lang    string         // chosen on her device
	From    string         // address of her network
}

// Answer is a page as it came.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Path   string // that was asked for

	t testing.TB
}

// At is the pages of a node.
func At(t testing.TB, n *nodetest.Node) *World { return &World{T: t, Node: n, Handler: n.Handler()} }

// Open is the pages of a new node in Skopje.
func Open(t testing.TB) *World {
	t.Helper()
	return At(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
}

// As is somebody who has signed in.
func (w *World) As(login string) *Somebody {
	w.T.Helper()
	p := w.Stranger()
	p.Cookies["__Host-trm"] = w.Node.SignIn(login)
	return p
}

// Stranger is somebody who has not.
func (w *World) Stranger() *Somebody {
	w.came++
	return &Somebody{W: w, Cookies: map[string]string{}, From: fmt.Sprintf("10.%d.%d.1:4000", w.came/256, w.came%256)}
}

// Do asks for a page, or sends a form, and follows nowhere.
func (p *Somebody) Do(method, path string, form url.Values, change ...func(*http.Request)) Answer {
	p.W.T.Helper()
	r := httptest.NewRequest(method, "https://mk.example"+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = p.From
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://mk.example")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if p.Lang != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-trm-lang", Value: p.Lang})
	}
	for name, value := range p.Cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, c := range change {
		c(r)
	}
	rec := httptest.NewRecorder()
	p.W.Handler.ServeHTTP(rec, r)
	p.Set = rec.Result().Cookies()
	for _, c := range p.Set {
		if c.MaxAge < 0 {
			delete(p.Cookies, c.Name)
		} else {
			p.Cookies[c.Name] = c.Value
		}
	}
	private(p.W.T, path, rec.Body.String())
	return Answer{t: p.W.T, Status: rec.Code, Header: rec.Header(), Body: rec.Body.String(), Path: path}
}

// private fails the test if a page asks for a passphrase under a name by which the node does not know that it must not keep it.
func private(t testing.TB, path, body string) {
	t.Helper()
	for rest, found := body, true; found; {
		if _, rest, found = strings.Cut(rest, `type="password"`); !found {
			return
		}
		at := len(body) - len(rest)
		tag := body[strings.LastIndex(body[:at], "<"):at]
		if !strings.Contains(tag, `name="passphrase"`) && !strings.Contains(tag, `name="again"`) && !strings.Contains(tag, `name="chosen"`) && !strings.Contains(tag, `name="new"`) {
			t.Errorf("%s asks for a secret by %s: package page must know the name", path, tag)
		}
	}
}

// Get asks for a page.
func (p *Somebody) Get(path string) Answer { p.W.T.Helper(); return p.Do(http.MethodGet, path, nil) }

// Raw sends a body of another kind, as a form with files is.
func (p *Somebody) Raw(method, path, media string, body []byte) Answer {
	p.W.T.Helper()
	return p.Do(method, path, nil, func(r *http.Request) {
		r.Header.Set("Content-Type", media)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	})
}

// Post sends a form and follows to the page that it leads to.
func (p *Somebody) Post(path string, form url.Values) Answer {
	p.W.T.Helper()
	a := p.Do(http.MethodPost, path, form)
	for a.Status == http.StatusSeeOther {
		a = p.Get(a.Header.Get("Location"))
	}
	return a
}

// OK fails the test unless the page came.
func (a Answer) OK() Answer {
	a.t.Helper()
	if a.Status != http.StatusOK && a.Status != http.StatusCreated {
		a.t.Fatalf("%s: %d\n%s", a.Path, a.Status, a.Text())
	}
	return a
}

// Is fails the test unless the page came with that status.
func (a Answer) Is(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: %d instead of %d\n%s", a.Path, a.Status, status, a.Text())
	}
	return a
}

// Text is what a reader sees.
func (a Answer) Text() string {
	b := a.Body
	if _, main, ok := strings.Cut(b, "<main"); ok {
		b = main
	}
	b = regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString("<main"+b, " ")
	return escape.UnescapeString(regexp.MustCompile(`\s+`).ReplaceAllString(b, " "))
}

// Says fails the test unless the page says all of it.
func (a Answer) Says(words ...string) Answer {
	a.t.Helper()
	for _, w := range words {
		if !strings.Contains(a.Text(), w) {
			a.t.Errorf("%s does not say %q:\n%s", a.Path, w, a.Text())
		}
	}
	return a
}

// Never fails the test if any of it stands in the page, seen or not.
func (a Answer) Never(words ...string) Answer {
	a.t.Helper()
	for _, w := range words {
		if strings.Contains(a.Body, w) {
			a.t.Errorf("%s has %q", a.Path, w)
		}
	}
	return a
}

// Find returns the first group of an expression in the page.
func (a Answer) Find(expr string) string {
	a.t.Helper()
	m := regexp.MustCompile(expr).FindStringSubmatch(a.Body)
	if m == nil {
		a.t.Fatalf("%s has no %s:\n%s", a.Path, expr, a.Body)
	}
	return escape.UnescapeString(m[1])
}

// Staff are people of every role, one each, with the login "x-" and the role.
func (w *World) Staff() []access.Role {
	w.T.Helper()
	var roles []access.Role
	for _, r := range access.Roles() {
		if access.Combine([]access.Role{r}) != nil {
			continue // no role of a person with an account
		}
		roles = append(roles, r)
		login := "x-" + string(r)
		if realm := access.RealmOf(r); realm == access.Office {
			w.Node.User(login, r)
		} else {
			w.Node.Desk(desk.Desk{ID: id.Desk("desk-" + string(r)), Kind: desk.AtNode, Realm: realm, Function: "desk.function.shelter"}, login, r)
		}
	}
	return roles
}

// DeskOf is a shelter at the node, to be founded.
func (w *World) DeskOf(slug id.Desk) desk.Desk {
	return desk.Desk{ID: slug, Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}
}

// Take opens the form of a step and sends it, as a browser would.
func (p *Somebody) Take(path, step string, form url.Values) Answer {
	p.W.T.Helper()
	a := p.Get(path + "/" + step).OK()
	if form == nil {
		form = url.Values{}
	}
	form.Set("version", a.Find(`name="version" value="([0-9]+)"`))
	return p.Post(path+"/"+step, a.Carded(form))
}

// Carded adds to a form that the safe-contact card of its page was read, if the page has one.
func (a Answer) Carded(form url.Values) url.Values {
	a.t.Helper()
	if strings.Contains(a.Body, `name="card"`) {
		form.Set("card", a.Find(`name="card" value="([0-9]+)"`))
		form.Set("card-read", "yes")
	}
	return form
}
