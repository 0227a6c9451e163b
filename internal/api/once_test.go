package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
)

// same fails unless what a repetition was answered is what the first was.
func same(t *testing.T, first, second *httptest.ResponseRecorder) {
	t.Helper()
	if first.Code/100 != 2 || second.Code != first.Code || second.Body.String() != first.Body.String() || second.Header().Get("ETag") != first.Header().Get("ETag") {
		t.Errorf("first %d %.400s, then %d %.400s", first.Code, first.Body, second.Code, second.Body)
	}
}

// unchanged fails if a node keeps anything else than before.
func unchanged(t *testing.T, x *nodetest.Node, do func()) {
	t.Helper()
	before, logged := rows(t, x), entries(t, x)
	do()
	after := rows(t, x)
	for table := range after {
		if !strings.HasPrefix(table, "audit_") && !slices.Equal(before[table], after[table]) {
			t.Errorf("%s has changed", table)
		}
	}
	if n := entries(t, x) - logged; n != 0 {
		t.Errorf("%d entries more in the log", n)
	}
}

// TestAKeyIsAnsweredOnce asks every kind of thing twice under one key: the second request is answered as the first, and
// changes nothing.
func TestAKeyIsAnsweredOnce(t *testing.T) {
	w := sent(t)
	x, ctx := w.md, t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	x.Desk(desk.Desk{ID: "data", Kind: desk.AtNode, Realm: access.Office, Purpose: desk.DataProtection, Function: "desk.function.focal-point"}, "dana", access.DataProtectionOfficer)
	x.Desk(desk.Desk{ID: "emergency", Kind: desk.AtNode, Realm: access.Assistance, Purpose: desk.Emergency, Function: "desk.function.shelter"}, "erna", access.CaseManager)
	erna, now := x.As("erna"), frame.At(x.Net.Clock.Now())
	_, err := x.Desks.Schedule(ctx, x.As("ada").Actor, erna.Desk, desk.Mark(nil), now, []desk.Shift{{Desk: erna.Desk, User: erna.User, From: now, To: now.Add(8 * time.Hour)}})
	must(err)
	at := string(x.As("ana").Desk)
	open := func() string {
		c, err := x.Cases.Open(ctx, x.As("ana"), casefile.Opening{AgeClass: person.Adult})
		must(err)
		return string(c.ID)
	}
	user := func(login string) string { return string(x.User(login)) }
	joined, proposed := user("joined"), user("proposed")
	x.Join(id.Desk(at), "joined", access.CaseManager, "ana")
	must(x.Desks.Propose(ctx, x.As("ada").Actor, id.Desk(at), id.User(proposed), access.CaseManager))
	accounts, err := x.Signin.List(ctx, x.As("ada").Actor)
	must(err)
	var print id.Key
	for _, a := range accounts {
		if a.ID == id.User(proposed) {
			print = a.Fingerprint
		}
	}
	signed, err := x.Signin.SignIn(ctx, "joined", "joined likes 7 purple teapots", "127.0.0.0")
	must(err)
	file := open()
	lost, err := x.Devices.Prepare(ctx, x.As("ana"))
	must(err)
	for _, c := range []struct {
		who, method, path string
		body              any
		headers           []string
		gone              bool // the answer holds content or a secret and is not told twice
	}{
		{who: "ada", method: "POST", path: "/users", body: map[string]any{"login": "new", "name": "N", "language": "ro", "zone": "UTC"}},
		{who: "ada", method: "POST", path: "/users/" + user("lost") + "/invitation"},
		{who: "ada", method: "DELETE", path: "/users/" + user("gone")},
		{who: "ada", method: "DELETE", path: "/users/" + joined + "/sessions/" + string(signed.Session.ID)},
		{who: "ada", method: "POST", path: "/desks", body: map[string]any{
			"desk": "annex", "kind": "node", "realm": "assistance", "sector": "authority", "organisation": "office", "first": user("first"), "role": "case-manager",
			"said": map[string]any{"function": "shelter", "zone": "UTC"},
		}},
		{who: "ada", method: "POST", path: "/desks/" + at + "/members", body: map[string]any{"user": user("asked"), "role": "case-manager"}},
		{who: "ana", method: "PUT", path: "/desks/" + at + "/members/" + proposed, body: map[string]any{"fingerprint": print}},
		{who: "joined", method: "PUT", path: "/sessions/current/passphrase", body: map[string]string{"passphrase": "joined likes 7 purple teapots", "new": "joined likes 9 yellow kettles"}},
		{who: "ana", method: "DELETE", path: "/desks/" + at + "/members/" + joined},
		{who: "ana", method: "POST", path: "/desks/" + at + "/keys"},
		{who: "ana", method: "POST", path: "/desks/" + at + "/intake"},
		{who: "ana", method: "POST", path: "/desks/" + at + "/rewrap?limit=1"},
		{who: "oto", method: "POST", path: "/keys/shares", body: map[string]any{"to": x.As("ada").User}},
		{who: "ada", method: "POST", path: "/keys/drill"},
		{who: "dora", method: "POST", path: "/keys/paper", gone: true},
		{who: "ana", method: "POST", path: "/devices/" + string(lost.ID) + "/discard"},
		{who: "ada", method: "POST", path: "/sheet"},
		{who: "ada", method: "PUT", path: "/members/MK/block", body: map[string]any{"reason": "keys"}},
		{who: "ada", method: "DELETE", path: "/members/MK/block"},
		{who: "ada", method: "POST", path: "/keys/node/checkpoint"},

		{who: "ana", method: "POST", path: "/cases", body: map[string]any{"age_class": "child", "origins": []string{"MD"}}},
		{who: "ana", method: "POST", path: "/cases/" + file + "/notes", body: map[string]any{"language": "ro", "text": "she called"}},
		{who: "ana", method: "POST", path: "/cases/" + file + "/attachments", body: []byte("%PDF-1.7 fictitious"), headers: []string{"File-Name", "letter.pdf", "Content-Digest", digestOf("%PDF-1.7 fictitious")}},
		{who: "ana", method: "POST", path: "/cases/" + file + "/keys?limit=1"},
		{who: "erna", method: "POST", path: "/cases/" + file + "/emergency", body: map[string]any{"reason": "missing-person", "words": "she has not come home"}},
		{who: "ana", method: "POST", path: "/messages", body: map[string]any{"to": id.Address{Member: "MK", Desk: "focal-point"}, "language": "ro", "text": "hello", "basis": "cets-197-11"}},
		{who: "ana", method: "POST", path: "/publications", body: map[string]any{"kind": "practice", "valid_from": now, "content": practice()}},
		{who: "ana", method: "POST", path: "/referrals/" + string(w.arrived[1]) + "/withdrawal"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			q := as(t, x, c.who)
			headers := append([]string{"Idempotency-Key", c.method + c.path}, c.headers...)
			first := q.do(c.method, c.path, c.body, headers...)
			unchanged(t, x, func() {
				second := q.do(c.method, c.path, c.body, headers...)
				if !c.gone {
					same(t, first, second)
				} else if first.Code/100 != 2 || keyOf(second) != "api.once.gone" {
					t.Errorf("first %d %s, then %d %s", first.Code, first.Body, second.Code, second.Body)
				}
			})
		})
	}
}

// TestOneOfTwoAtOnceTakesEffect sends one request many times at the same moment.
func TestOneOfTwoAtOnceTakesEffect(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	q := as(t, x, "ana")
	before := len(rows(t, x)["case_file"])
	var all sync.WaitGroup
	answers := make([]*httptest.ResponseRecorder, 16)
	for i := range answers {
		all.Go(func() {
			answers[i] = q.do("POST", "/cases", map[string]any{"age_class": "adult"}, "Idempotency-Key", "one")
		})
	}
	all.Wait()
	if n := len(rows(t, x)["case_file"]) - before; n != 1 {
		t.Errorf("%d cases were opened", n)
	}
	bodies := map[string]bool{}
	for _, w := range answers {
		if w.Code == http.StatusCreated {
			bodies[w.Body.String()] = true
		} else if keyOf(w) != "api.once.unknown" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if len(bodies) != 1 {
		t.Errorf("%d different answers", len(bodies))
	}
}

// TestAKeyIsOfThePersonThePlaceAndTheRequest: nobody else is given an answer, and nothing else is answered with it.
func TestAKeyIsOfThePersonThePlaceAndTheRequest(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	x.Join(x.As("ana").Desk, "nina", access.CaseManager, "ana")
	x.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "ana", access.CaseManager)
	ana, nina := as(t, x, "ana"), as(t, x, "nina")
	home, away := api.Place{Role: access.FocalPoint, Desk: "focal-point"}, api.Place{Role: access.CaseManager, Desk: "shelter"}
	act := func(p api.Place) {
		t.Helper()
		if w := ana.do("PUT", "/sessions/current/place", p); w.Code/100 != 2 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	act(home)
	adult := map[string]any{"age_class": "adult"}
	first := ana.do("POST", "/cases", adult, "Idempotency-Key", "one")
	file := ana.id("POST", "/cases", adult, "Idempotency-Key", "one")
	if hers := nina.id("POST", "/cases", adult, "Idempotency-Key", "one"); hers == file {
		t.Error("a colleague with the same key is answered with a case that is not hers")
	}
	other := func(what string, w *httptest.ResponseRecorder) {
		t.Helper()
		if w.Code != http.StatusConflict || keyOf(w) != "api.once.other" {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	other("another body", ana.do("POST", "/cases", map[string]any{"age_class": "child"}, "Idempotency-Key", "one"))
	other("another route", ana.do("POST", "/cases/"+file+"/notes", map[string]any{"language": "ro", "text": "x"}, "Idempotency-Key", "one"))
	note := ana.id("POST", "/cases/"+file+"/notes", map[string]any{"language": "ro", "text": "x"}, "Idempotency-Key", "two")
	second := ana.id("POST", "/cases", adult)
	other("another case", ana.do("POST", "/cases/"+second+"/notes", map[string]any{"language": "ro", "text": "x"}, "Idempotency-Key", "two"))
	if note == "" {
		t.Fatal("no note")
	}
	told := ana.id("POST", "/publications", map[string]any{"kind": "practice", "valid_from": 1, "content": practice()})
	ana.do("POST", "/publications/"+told+"/withdrawal", map[string]any{"reason": "mistake"}, "Idempotency-Key", "three", "If-Match", `"7"`)
	other("another version", ana.do("POST", "/publications/"+told+"/withdrawal", map[string]any{"reason": "mistake"}, "Idempotency-Key", "three", "If-Match", `"1"`))
	act(away)
	other("another place", ana.do("POST", "/cases", adult, "Idempotency-Key", "one"))
	act(home)
	same(t, first, ana.do("POST", "/cases", adult, "Idempotency-Key", "one"))
	again := as(t, x, "ana") // another session of hers
	if w := again.do("PUT", "/sessions/current/place", home); w.Code/100 != 2 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	same(t, first, again.do("POST", "/cases", adult, "Idempotency-Key", "one"))
}

// TestAnAnswerIsForgottenAfterADay: also where nobody has swept yet.
func TestAnAnswerIsForgottenAfterADay(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MK"))
	x := net.Node("MK")
	ask := func() string {
		t.Helper()
		return as(t, x, "ana").id("POST", "/cases", map[string]any{}, "Idempotency-Key", "one")
	}
	first := ask()
	net.Clock.Advance(23 * time.Hour)
	if again := ask(); again != first {
		t.Error("forgotten too early")
	}
	net.Clock.Advance(2 * time.Hour)
	second := ask()
	if second == first {
		t.Error("remembered for more than a day")
	}
	if again := ask(); again != second {
		t.Error("a key that has come back is not remembered")
	}
}

// kept returns what rests of an answer.
func kept(t *testing.T, x *nodetest.Node, who id.User, key string) call.Answer {
	t.Helper()
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s", len(key), key))
	a, err := x.API.Answers.Kept(t.Context(), string(who), hex.EncodeToString(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestWhatRestsOfAnAnswerOpensForNobodyElse: the link of an account and the code of a letter are in no row.
func TestWhatRestsOfAnAnswerOpensForNobodyElse(t *testing.T) {
	w := sent(t)
	x := w.md
	var invited struct{ User, Link string }
	ada := as(t, x, "ada")
	decode(t, ada.do("POST", "/users", map[string]any{"login": "new", "name": "N", "language": "ro", "zone": "UTC"}, "Idempotency-Key", "one"), &invited)
	a := kept(t, x, x.As("ada").User, "one")
	if len(a.Response) < 40 || bytes.Contains(a.Response, []byte(invited.User)) || bytes.Contains(a.Response, []byte(invited.Link)) || invited.Link == "" {
		t.Errorf("%q rests of %+v", a.Response, invited)
	}
	own := func(b keyring.Bearer) error {
		_, err := b.OpenOwn(fmt.Appendf(nil, "%s:%s:%s", a.Actor, a.Key, a.Digest), a.Response[1:])
		return err
	}
	if err := own(x.As("ada")); err != nil {
		t.Errorf("she herself: %v", err)
	}
	if err := own(x.As("ana")); err == nil {
		t.Error("it opens for another")
	}
	ana := as(t, x, "ana")
	for _, path := range []string{"/letter", "/file"} {
		village := "/referrals/" + string(w.light) + path
		if first := ana.do("POST", village, nil, "Idempotency-Key", path); first.Code != http.StatusOK {
			t.Fatalf("%d %s", first.Code, first.Body)
		}
		if a := kept(t, x, x.As("ana").User, path); len(a.Response) != 1 {
			t.Errorf("%s: %q rests", path, a.Response)
		}
		if again := ana.do("POST", village, nil, "Idempotency-Key", path); keyOf(again) != "api.once.gone" {
			t.Errorf("%s: %d %s", path, again.Code, again.Body)
		}
	}
}

// TestAnAnswerIsKeptThoughTheCallerHasGone: that she did not hear it is what the key is for.
func TestAnAnswerIsKeptThoughTheCallerHasGone(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	in := &call.Deed{Session: call.Session{Authorization: "Bearer " + x.SignIn("ana")}, Once: call.Once{Key: "one"}}
	line := call.Route{ID: "case.open"}
	done := 0
	ask := func(ctx context.Context, gone func()) (*call.Made, error) {
		return call.Respond(ctx, &x.API.Site, line, in, func(context.Context, keyring.Bearer, *call.Deed) (*call.Made, error) {
			done++
			out := &call.Made{ETag: `"3"`}
			out.Body.ID, out.Body.Version = "made", 3
			gone()
			return out, nil
		})
	}
	ctx, gone := context.WithCancel(t.Context())
	if _, err := ask(ctx, gone); err != nil {
		t.Fatal(err)
	}
	out, err := ask(t.Context(), func() {})
	if err != nil || out.Body.ID != "made" || out.ETag != `"3"` || done != 1 {
		t.Errorf("done %d times, then %+v, %v", done, out, err)
	}
}

// TestARefusalStaysAndWhatIsNotKnownIsSaid: a refusal is what a key stands for; where nobody knows whether something was
// done it is not done again; who was not signed in asks again.
func TestARefusalStaysAndWhatIsNotKnownIsSaid(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	in := &call.Deed{Session: call.Session{Authorization: "Bearer " + x.SignIn("ana")}}
	for _, c := range []struct {
		name string
		err  error
		want string // message key of the repetition; empty: it is done
	}{
		{"a refusal", fault.New(fault.Denied, "access.denied"), "access.denied"},
		{"a fault of ours", fault.New(fault.Internal, "fault.internal"), "api.once.unknown"},
		{"a store that does not answer", fault.New(fault.Unavailable, "store.unavailable"), "api.once.unknown"},
		{"a pause", fault.Later("search.often"), ""},
		{"a session that has ended", fault.New(fault.Locked, "signin.over"), ""},
	} {
		in.Key = c.name
		ask := func(err error) error {
			_, err = call.Respond(t.Context(), &x.API.Site, call.Route{ID: "case.open"}, in, func(context.Context, keyring.Bearer, *call.Deed) (*call.Nothing, error) {
				return nil, err
			})
			return err
		}
		if err := ask(c.err); err == nil {
			t.Fatalf("%s: the first is done", c.name)
		}
		key := ""
		if err := ask(nil); err != nil {
			var p *call.Problem
			if !errors.As(err, &p) {
				_, key, _ = fault.Public(err)
			} else {
				key = p.Key
			}
		}
		if key != c.want {
			t.Errorf("%s: then %q, want %q", c.name, key, c.want)
		}
	}
}
