package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/signin"
)

// described is what the description says of repeating a route.
type described struct {
	match, once, digest, binary bool
	repeat, leaves              string
}

// descriptions reads the description, route by route.
func descriptions(t *testing.T) map[string]described {
	t.Helper()
	b, err := api.Description(texts(t))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]described{}
	var name string
	var d described
	for line := range bytes.Lines(b) {
		key, value, _ := strings.Cut(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(string(line)), "- ")), ": ")
		switch key {
		case "operationId":
			name, d = value, described{}
		case "name":
			d.match = d.match || value == "If-Match"
			d.once = d.once || value == "Idempotency-Key"
			d.digest = d.digest || value == "Content-Digest"
		case "application/octet-stream:":
			d.binary = true
		case "x-repeat":
			d.repeat = strings.Trim(value, `"`)
		case "x-repeat-leaves":
			d.leaves = strings.Trim(value, `"`)
		}
		if name != "" {
			all[name] = d
		}
	}
	return all
}

// TestWritingRouteIsSafeToRepeat: each names the version at which what it changes was read, or takes an idempotency key, or
// says in words what a repetition does. No reason stands where none is needed.
func TestWritingRouteIsSafeToRepeat(t *testing.T) {
	all := descriptions(t)
	for _, r := range api.Routes() {
		d, ok := all[r.ID]
		if !ok {
			t.Fatalf("%s is not described", r.ID)
		}
		writes := r.Method != http.MethodGet
		switch {
		case !writes && (d.once || d.match || r.Repeat != ""):
			t.Errorf("%s only reads: it needs no version, no key and no reason", r.ID)
		case writes && !d.match && !d.once && r.Repeat == "":
			t.Errorf("%s takes neither If-Match nor an idempotency key, and does not say what a repetition does", r.ID)
		case (d.match || d.once) && r.Repeat != "":
			t.Errorf("%s says what a repetition does, and needs not: take it out", r.ID)
		case r.Repeat == "" && r.Leaves != "":
			t.Errorf("%s says what a repetition leaves, and not what it does", r.ID)
		}
		if d.repeat != r.Repeat || d.leaves != r.Leaves {
			t.Errorf("%s: %q %q is described, %q %q is meant", r.ID, d.repeat, d.leaves, r.Repeat, r.Leaves)
		}
		if d.once && d.binary && writes && !d.digest {
			t.Errorf("%s takes a file under a key that is not bound to its content", r.ID)
		}
	}
}

// again is one way of asking a route that takes neither version nor key.
type again struct {
	method, path string
	body         any
	by           *asking
	refused      string // message key of the answer to the repetition; empty: it is answered as the first
	secret       bool   // the answers differ, by what is told once
}

// repetitions are requests to every route that says what a repetition does.
func repetitions(t *testing.T, w *abroad) map[string]again {
	t.Helper()
	nobody := func() *asking { return &asking{t: t, h: w.md.API.Handler()} }
	_, link, err := w.md.Signin.Invite(t.Context(), w.md.As("ada").Actor, signin.Invitee{Login: "late", Name: "Late", Language: "ro", Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	w.md.Join(w.md.As("ana").Desk, "leaver", access.CaseManager, "ana")
	there := w.mk.As("ana").Desk
	digest, _ := w.md.Texts.Digest("mk", "letter")
	return map[string]again{
		"session.sign-in": {
			method: "POST", path: "/sessions", by: nobody(), secret: true,
			body: map[string]string{"login": "ana", "passphrase": "ana likes 7 purple teapots"},
		},
		"session.act":      {method: "PUT", path: "/sessions/current/place", by: as(t, w.md, "ana"), body: api.Place{Role: w.md.As("ana").Role, Desk: w.md.As("ana").Desk}},
		"profile.state":    {method: "PUT", path: "/profile/retention/case-file", by: as(t, w.md, "ada"), body: map[string]any{"n": 60, "unit": "months", "source": "an invented law", "citation": "article 1"}},
		"text.review":      {method: "PUT", path: "/texts/mk/letter/review", by: as(t, w.md, "ada"), body: map[string]any{"digest": digest, "reviewer": "DEMO: Petko Fiktivski, interpreter", "on": "2026-03-02"}},
		"session.sign-out": {method: "DELETE", path: "/sessions/current", by: as(t, w.md, "leaver"), refused: "signin.over"},
		"user.enrol": {
			method: "POST", path: "/enrolments", by: nobody(), refused: "signin.link",
			body: map[string]string{"link": link, "passphrase": "late likes 7 purple teapots"},
		},
		"exchange.export": {method: "POST", path: "/courier", by: as(t, w.md, "ada"), secret: true},
		"exchange.test":   {method: "POST", path: "/members/MK/test", by: as(t, w.md, "ada"), secret: true}, // it says how long it took
		"audit.verify":    {method: "POST", path: "/audit/verification", by: as(t, w.md, "oto"), secret: true},
		"referral.open":   {method: "POST", path: "/referrals/" + string(w.arrived[0]) + "/opening?desk=" + string(there), by: as(t, w.mk, "ana")},
		"referral.reply": {
			method: "POST", path: "/replies", by: nobody(), refused: "fault.not-found",
			body: map[string]string{"token": w.letter, "transition": "accepted"},
		},
	}
}

// TestARepetitionDoesWhatItsRouteSays repeats each request of which it is said what a repetition does: but for the entry in
// the log and the sign-in that are named, everything that the node keeps is as before.
func TestARepetitionDoesWhatItsRouteSays(t *testing.T) {
	w := sent(t)
	all := repetitions(t, w)
	sessions := func() (n int) {
		for _, login := range []string{"ana", "leaver"} {
			list, err := w.md.Signin.Sessions(t.Context(), w.md.As("ada").Actor, w.md.As(login).User)
			if err != nil {
				t.Fatal(err)
			}
			n += len(list)
		}
		return n
	}
	for _, line := range api.Routes() {
		if line.Repeat == "" {
			continue
		}
		t.Run(line.ID, func(t *testing.T) {
			r, ok := all[line.ID]
			if !ok {
				t.Fatal("nobody has tried it")
			}
			delete(all, line.ID)
			at := w.md
			if line.ID == "referral.open" {
				at = w.mk
			}
			first := r.by.do(r.method, r.path, r.body)
			if first.Code/100 != 2 {
				t.Fatalf("the first: %d %s", first.Code, first.Body)
			}
			signed := 0
			if line.ID == "session.sign-in" {
				signed = sessions()
			}
			before, logged := rows(t, at), entries(t, at)
			second := r.by.do(r.method, r.path, r.body)
			after := rows(t, at)
			switch {
			case r.refused != "":
				if keyOf(second) != r.refused {
					t.Errorf("the repetition: %d %s, want %s", second.Code, second.Body, r.refused)
				}
			case second.Code != first.Code || !r.secret && second.Body.String() != first.Body.String():
				t.Errorf("first %d %.300s, then %d %.300s", first.Code, first.Body, second.Code, second.Body)
			}
			var left []string
			for table := range after {
				if line.ID == "audit.verify" && table == "setting" {
					continue // where the newest verdict takes the place of the one before
				}
				if !strings.HasPrefix(table, "audit_") && !slices.Equal(before[table], after[table]) {
					left = append(left, fmt.Sprintf("%d rows in %s", len(after[table])-len(before[table]), table))
				}
			}
			for range entries(t, at) - logged {
				left = append(left, "log entry")
			}
			if line.ID == "session.sign-in" && sessions() == signed+1 {
				left = append(left, "sign-in")
			}
			if got := strings.Join(left, ", "); got != line.Leaves {
				t.Errorf("it leaves %q, and says %q", got, line.Leaves)
			}
		})
	}
	for name := range all {
		t.Errorf("%s is tried and says nothing of a repetition", name)
	}
}
