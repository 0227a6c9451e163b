package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/stats"
)

// lister asks for lists as somebody does.
type lister struct {
	t     *testing.T
	h     http.Handler
	token string
}

// page asks for one page and returns its items as they are written, and the cursor of the next one.
func (l *lister) page(path, after string, limit int) (items []string, next string) {
	l.t.Helper()
	r := httptest.NewRequest("GET", api.Prefix+path+"?limit="+fmt.Sprint(limit)+"&after="+url.QueryEscape(after), nil)
	r.Header.Set("Authorization", "Bearer "+l.token)
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, r)
	var got struct {
		Items []json.RawMessage `json:"items"`
		Next  string            `json:"next"`
		Entry []json.RawMessage `json:"entry"` // FHIR: two for each referral
		Link  []struct{ URL string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		l.t.Fatalf("%s: %d %.200s", path, w.Code, w.Body)
	}
	for _, i := range got.Items {
		items = append(items, string(i))
	}
	for pair := range slices.Chunk(got.Entry, 2) {
		items = append(items, string(slices.Concat(pair...)))
	}
	for _, link := range got.Link {
		u, err := url.Parse(link.URL)
		if err != nil {
			l.t.Fatal(err)
		}
		got.Next = u.Query().Get("after")
	}
	return items, got.Next
}

// inPages returns the paths of the description whose answer comes in pages.
func inPages(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all, path := map[string]bool{}, ""
	for line := range bytes.Lines(b) {
		switch s := strings.TrimRight(string(line), "\r\n"); {
		case strings.HasPrefix(s, "  /"):
			path = strings.TrimSuffix(strings.TrimSpace(s), ":")
		case strings.TrimSpace(s) == "name: after":
			all[path] = true
		}
	}
	return all
}

// listed is a network in which every list has something in it, and the values of the parameters of their paths.
func listed(t *testing.T) (*nodetest.Node, map[string]string) {
	t.Helper()
	net := nodetest.New(t, nodetest.At("MK"), nodetest.At("MD"))
	mk, ctx := net.Node("MK"), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ana := func() (id.User, id.Desk) { b := mk.As("ana"); return b.User, b.Desk }
	user, at := ana()
	mk.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, State: desk.Active, Function: "shelter"}, "mira", access.CaseManager)
	mk.Join(at, "nina", access.CaseManager, "ana")
	for range 2 {
		mk.SignIn("ana")
	}
	// Lists whose own order is by something else than the identifier that their cursor holds get items until the two differ.
	differs := func(keys []string) bool { return !slices.IsSorted(keys) }
	for n := 0; ; n++ {
		all, err := mk.Signin.List(ctx, mk.As("ada").Actor)
		must(err)
		var keys []string
		for _, a := range all {
			keys = append(keys, string(a.ID))
		}
		if differs(keys) {
			break
		}
		mk.User(fmt.Sprint("user", n))
	}
	for range 3 { // kept and not used, and opened by nobody below
		c, err := mk.Cases.Open(ctx, mk.As("ana"), casefile.Opening{AgeClass: person.Adult})
		must(err)
		_, err = mk.Restrictions.Place(ctx, mk.As("ana").Actor, string(c.Reference), restriction.Saying{Code: "accuracy", Words: "an invented reason"})
		must(err)
	}
	var files []casefile.Case
	for range 3 {
		c, err := mk.Cases.Open(ctx, mk.As("ana"), casefile.Opening{AgeClass: person.Adult})
		must(err)
		files = append(files, c)
		_, err = mk.Homecomings.Propose(ctx, mk.As("ana"), c.ID, "MD")
		must(err)
		_, err = mk.Conferences.Call(ctx, mk.As("ana"), c.ID, conference.Calling{
			Purpose: "plan", Meets: 1, Agenda: []conference.Item{{Title: "DEMO", Category: "needs"}},
		})
		must(err)
		_, err = mk.Retention.Hold(ctx, mk.As("ana").Actor, string(c.Reference), retention.Holding{Ground: "order", Words: "an invented order"})
		must(err)
	}
	for {
		_, err := mk.Consents.Give(ctx, mk.As("ana"), consent.Giving{Case: files[0].ID, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral},
			Recipients: []id.Address{{Member: "MD", Desk: "focal-point"}}, Categories: []consent.Code{"identity.names"},
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
			Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
		}})
		must(err)
		net.Clock.Advance(time.Second)
		all, err := mk.Consents.List(ctx, mk.As("ana").Actor, files[0].ID)
		must(err)
		var keys []string
		for _, c := range all {
			keys = append(keys, string(c.ID))
		}
		if len(keys) > 2 && differs(keys) {
			break
		}
	}
	var written message.Message
	for n := range 4 { // two threads, one of them with three letters
		d := message.Draft{To: id.Address{Member: "MD", Desk: "focal-point"}, Language: "en", Text: "x", Basis: "cets-197-11"}
		if n > 1 {
			d.Thread = written.Thread
		}
		m, err := mk.Messages.Compose(ctx, mk.As("ana"), d)
		must(err)
		written = m
	}
	var told publication.Kept
	for range 3 {
		k, err := mk.Publications.Publish(ctx, mk.As("ana"), publication.Draft{Kind: publication.Practice, Body: []byte(`{"conditions":[{"lang":"en","text":"x"}],"evidence":"described","problem":[{"lang":"en","text":"x"}],"steps":[{"what":[{"lang":"en","text":"x"}]}],"title":[{"lang":"en","text":"x"}]}`)})
		must(err)
		told = k
	}
	for range 2 {
		k, err := mk.Publications.Correct(ctx, mk.As("ana"), publication.Change{
			ID: told.Record.ID, Version: told.Record.Version, Body: told.Record.Body, Reason: "mistake",
		})
		must(err)
		told = k
	}
	runs(t, mk)
	net.Run()
	now := frame.At(net.Clock.Now())
	filled(t, mk, files[0].ID, now)
	span := func(from, to int) desk.Shift {
		return desk.Shift{Desk: at, User: user, From: now.Add(time.Duration(from) * time.Hour), To: now.Add(time.Duration(to) * time.Hour)}
	}
	_, err := mk.Desks.Schedule(ctx, mk.As("ada").Actor, at, desk.Mark(nil), now, []desk.Shift{span(9, 12), span(1, 3), span(4, 6)})
	must(err)
	return mk, map[string]string{
		"{user}": string(user), "{desk}": string(at), "{case}": string(files[0].ID), "{member}": "MD",
		"{thread}": string(written.Thread), "{publication}": string(told.Record.ID),
	}
}

// runs begins three imports of a collection, and three of persons, and proposes three programs.
func runs(t *testing.T, x *nodetest.Node) {
	t.Helper()
	x.User("stela", access.Statistician)
	c, err := stats.CollectionCalled("ctdc-2018")
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{c.Year.Column}
	for _, k := range c.Columns {
		columns = append(columns, k.Column)
	}
	for range 3 {
		if _, err := x.Intake.Begin(t.Context(), x.As("stela").Actor, intake.Order{Kind: intake.Collection, Source: c.ID, Columns: columns}); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Intake.Begin(t.Context(), x.As("ana").Actor, intake.Order{Kind: intake.Cases, Columns: []string{"First Name"}}); err != nil {
			t.Fatal(err)
		}
		wanted := signin.Wanted{Name: "nightly", Desk: "focal-point", Purposes: []signin.Purpose{signin.Import}}
		if _, _, err := x.Signin.ProposeProgram(t.Context(), x.As("ada").Actor, wanted); err != nil {
			t.Fatal(err)
		}
	}
}

// refused asks for a page with a cursor that belongs elsewhere.
func (l *lister) refused(path, after string) {
	l.t.Helper()
	r := httptest.NewRequest("GET", api.Prefix+path, nil)
	q := r.URL.Query()
	q.Set("after", after)
	r.URL.RawQuery = q.Encode()
	r.Header.Set("Authorization", "Bearer "+l.token)
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, r)
	var p struct{ Kind, Key string }
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusUnprocessableEntity || p.Kind != "invalid" || p.Key != "api.cursor.other" {
		l.t.Errorf("%s with a cursor from elsewhere: %d %.200s", path, w.Code, w.Body)
	}
}

// TestWalkingAListPageByPageLosesNothing asks for every list as a whole and then in the smallest pages: both are the same. Then
// it goes on in a list with a cursor of another list, filter, person, place or node: each is refused.
func TestWalkingAListPageByPageLosesNothing(t *testing.T) {
	mk, values := listed(t)
	asks := map[string]string{ // who may read the list, where it is not the case manager
		"/users": "ada", "/audit/entries": "oto", "/collection-imports": "stela",
	}
	before, cursors := "", map[string]string{} // of another list; the first of each
	for _, pattern := range slices.Sorted(maps.Keys(inPages(t))) {
		t.Run(pattern, func(t *testing.T) {
			path, who := pattern, "ana"
			for name, value := range values {
				path = strings.ReplaceAll(path, name, value)
			}
			if asks[pattern] != "" {
				who = asks[pattern]
			}
			l := &lister{t: t, h: mk.API.Handler(), token: mk.SignIn(who)} // a handler of its own has its own limit of questions
			whole, _ := l.page(path, "", 200)
			if len(whole) < 2 {
				t.Fatalf("only %d items: the test shows nothing", len(whole))
			}
			whole = whole[:min(len(whole), 200)]
			step := 1 + len(whole)/50 // the door lets nobody ask a hundred times at once
			var walked []string
			for after, first := "", true; (first || after != "") && len(walked) < len(whole); first = false {
				var items []string
				items, after = l.page(path, after, step)
				if first {
					cursors[pattern] = after
				}
				if len(items) > step {
					t.Fatalf("%d items in a page of %d", len(items), step)
				}
				walked = append(walked, items...)
			}
			walked = walked[:min(len(walked), len(whole))]
			if !slices.Equal(walked, whole) {
				t.Errorf("in pages %d of %d:\n%.2000s\nas a whole:\n%.2000s", len(walked), len(whole), strings.Join(walked, "\n"), strings.Join(whole, "\n"))
			}
			if before != "" {
				l.refused(path, before)
			}
			before = cursors[pattern]
		})
	}
	l := &lister{t: t, h: mk.API.Handler(), token: mk.SignIn("ana")}
	l.refused("/referrals?status=sent", cursors["/referrals"])
	l.refused("/desks/shelter/duty", cursors["/desks/{desk}/duty"])
	(&lister{t: t, h: l.h, token: mk.SignIn("nina")}).refused("/cases", cursors["/cases"])
	md := mk.Net.Node("MD")
	(&lister{t: t, h: md.API.Handler(), token: md.SignIn("ana")}).refused("/tasks", cursors["/tasks"])
	mk.Join("shelter", "ana", access.CaseManager, "mira")
	if err := mk.Signin.Act(t.Context(), mk.As("ana").Actor, signin.Place{Role: access.CaseManager, Desk: "shelter"}); err != nil {
		t.Fatal(err)
	}
	l.refused("/tasks", cursors["/tasks"])
}
