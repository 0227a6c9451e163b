package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// asking is a program that asks as somebody does, or as nobody where it has no token.
type asking struct {
	t     testing.TB
	h     http.Handler
	token string
}

// as signs somebody in and lets a program ask as her, with a handler of its own, which has its own limit of questions.
func as(t testing.TB, x *nodetest.Node, login string) *asking {
	return &asking{t: t, h: x.API.Handler(), token: x.SignIn(login)}
}

// do sends a request, a body of bytes as a file and any other as JSON; headers are names and values in turn.
func (q *asking) do(method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	q.t.Helper()
	b, file := body.([]byte)
	if !file && body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			q.t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(q.t.Context(), method, api.Prefix+path, bytes.NewReader(b))
	switch {
	case file:
		r.Header.Set("Content-Type", "application/octet-stream")
	case body != nil:
		r.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	q.h.ServeHTTP(w, r)
	return w
}

// id sends a request that must bring something about, and returns what its answer names.
func (q *asking) id(method, path string, body any, headers ...string) string {
	q.t.Helper()
	w := q.do(method, path, body, headers...)
	var got struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code/100 != 2 || got.ID == "" {
		q.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return got.ID
}

// decode reads the answer to a request that must be done.
func decode(t testing.TB, w *httptest.ResponseRecorder, v any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil || w.Code/100 != 2 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// digestOf writes the digest of a content as a header has it.
func digestOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// keyOf returns the message key of a refusal.
func keyOf(w *httptest.ResponseRecorder) string {
	var p struct{ Key string }
	_ = json.Unmarshal(w.Body.Bytes(), &p)
	return p.Key
}

// rows returns everything that a node keeps, but what is volatile: the rows of each table.
func rows(t testing.TB, x *nodetest.Node) map[string][]string {
	t.Helper()
	var b bytes.Buffer
	if err := x.DB.Dump(t.Context(), map[store.Class]io.Writer{store.Content: &b, store.Keys: &b}); err != nil {
		t.Fatal(err)
	}
	all, table := map[string][]string{}, ""
	for b.Len() > 0 {
		body := b.Next(int(binary.BigEndian.Uint32(b.Next(4))))
		n := binary.BigEndian.Uint32(body)
		switch kind, rest := string(body[4:4+n]), body[4+n:]; kind {
		case "table":
			n = binary.BigEndian.Uint32(rest)
			table = string(rest[4 : 4+n])
			all[table] = nil
		case "row":
			all[table] = append(all[table], string(rest))
		}
	}
	return all
}

// entries counts the entries of a node's log.
func entries(t testing.TB, x *nodetest.Node) int64 {
	t.Helper()
	report, err := x.VerifyLog(t.Context())
	if err != nil || !report.OK() {
		t.Fatalf("%+v, %v", report, err)
	}
	return report.Entries
}

// abroad is two nodes between which referrals go: two that have arrived at MK, one to a desk of MD without a node, of
// which the letter was printed.
type abroad struct {
	md, mk  *nodetest.Node
	file    id.Case
	arrived []id.Referral
	light   id.Referral
	letter  string // code of the letter
}

func sent(t testing.TB) *abroad {
	t.Helper()
	net := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	w := &abroad{md: net.Node("MD"), mk: net.Node("MK")}
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.md.Desk(desk.Desk{ID: "village", Kind: desk.Light, Realm: access.Assistance, Function: "desk.function.shelter"}, "", "")
	net.Run()
	ana := func() keyring.Bearer { return w.md.As("ana") }
	who := person.Person{
		Names: []person.Name{{
			Use: person.Registered, Script: "Latn", Language: "ro",
			Parts: []person.NamePart{{Kind: person.GivenName, Text: "Proba"}, {Kind: person.Surname, Text: "Fictitious"}},
		}},
		Birth: person.Say(person.Birth{Year: 1999, Margin: 1}), Age: person.Say(person.Adult), Sex: person.Say(person.Female),
		Citizenships: person.Say([]string{"MD"}), Languages: person.Say([]person.Language{{Tag: "ro", Reads: true}}),
		Documents: person.Without[[]person.Document](person.Unknown),
		Contacts: []person.Contact{{
			Way: person.Telephone, Address: "+15550100", Safety: person.Safe, Times: "10:00-12:00", MaySay: "demonstration",
		}},
	}
	file, err := w.md.Cases.Open(ctx, ana(), casefile.Opening{AgeClass: person.Adult, Person: &who})
	must(err)
	w.file = file.ID
	send := func(to id.Address, basis referral.Code) referral.At {
		t.Helper()
		categories := []consent.Code{"identity.birth", "identity.names", "languages", "needs"}
		given, err := w.md.Consents.Give(ctx, ana(), consent.Giving{Case: file.ID, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral}, Recipients: []id.Address{to},
			Categories: categories, Language: "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		}})
		must(err)
		row, err := w.md.Referrals.Draft(ctx, ana(), file.ID, referral.At{}, referral.Drafting{
			To: to, Kind: "specialised-service", Basis: basis, Consent: given.ID, Categories: categories,
			Expires: frame.At(net.Clock.Now()).Add(90 * 24 * time.Hour),
			Request: referral.Request{
				Needs: []referral.Code{"accommodation"}, Sex: "female", AgeClass: person.Adult, Languages: []string{"ro"},
				Urgency: referral.Normal, Risk: "high", Capacity: "one-place",
			},
			Facts: consent.Facts{Needs: []consent.Need{{Code: "accommodation", Urgency: "now"}}},
		})
		must(err)
		at := referral.At{Referral: row.ID}
		_, err = w.md.Referrals.Check(ctx, ana(), at)
		must(err)
		_, err = w.md.Referrals.Send(ctx, ana(), at, false)
		must(err)
		return at
	}
	for range 2 {
		w.arrived = append(w.arrived, send(id.Address{Member: "MK", Desk: "focal-point"}, "protocol").Referral)
	}
	light := send(id.Address{Member: "MD", Desk: "village"}, "consent")
	p, err := w.md.Referrals.Print(ctx, ana(), light)
	must(err)
	w.light, w.letter = light.Referral, p.Token
	net.Run()
	return w
}
