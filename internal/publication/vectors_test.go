package publication

import (
	"bytes"
	"encoding/json"
	"flag"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew")

const vectors = "../../spec/testdata/publication"

const testTime = frame.Time(1772352000000000) // 2026-03-01T08:00:00Z

func signer(t testing.TB, name string) seal.SignPrivate {
	t.Helper()
	k, err := seal.ParseSignPrivate(spectest.Seed("sign " + name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// samples returns a first record, a withdrawn one, one that a person has signed, and one of a kind of a later version.
func samples(t *testing.T) []Signed {
	t.Helper()
	first := Record{
		Format: 1, ID: "0123456789abcdefghjkmnpqr0", Kind: Practice, Version: 1, Member: "MK", Desk: "coordinator", Seq: 7,
		Created: testTime, Body: json.RawMessage(`{"title":"Дом за жени"}`),
	}
	second := first
	second.Version, second.Previous, second.Seq, second.Withdrawn, second.Reason = 2, signed(t, first).Hash, 8, true, "out-of-date"
	said := first
	said.ID, said.Kind, said.Seq, said.ValidFrom = "zyxwvtsrqpnmkjhgfedcba9870", Conclusion, 9, testTime
	later := first
	later.ID, later.Kind, later.Seq, later.Body = "00000000000000000000000004", "atlas.page", 10, json.RawMessage(`{}`)
	return []Signed{signed(t, first).Signed, signed(t, second).Signed, signed(t, said).Signed, signed(t, later).Signed}
}

// signed signs a record as its node, a conclusion also as a person.
func signed(t *testing.T, r Record) Kept {
	t.Helper()
	var p *Person
	if r.Kind == Conclusion {
		own, err := frame.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		person := signer(t, "person")
		p = &Person{Role: "national-coordinator", Key: person.Public(), Signature: person.Sign(seal.DomainConclusion, own)}
	}
	k, err := sign(r, p, signer(t, string(r.Member)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestPublicationVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		text := []byte(v["publication"])
		s, err := Parse(text)
		if err != nil {
			return err
		}
		var roster member.Roster
		for line := range strings.SplitSeq(v["roster"], " ") {
			name, public, _ := strings.Cut(line, "=")
			var key seal.SignPublic
			if err := key.UnmarshalText([]byte(public)); err != nil {
				t.Fatal(err)
			}
			roster.Members = append(roster.Members, member.Member{ID: id.Member(name), Keys: member.Keys{Envelope: []seal.SignPublic{key}}})
		}
		if err := s.Verify(roster); err != nil {
			return err
		}
		k, err := keep(s)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(k.Bytes, text) || k.Hash != v["hash"] {
			t.Fatalf("another form when written again, or hash %s", k.Hash)
		}
		return nil
	})
}

func writeVectors(t *testing.T) {
	all := samples(t)
	var roster []string
	for _, m := range []string{"MD", "MK"} {
		key, err := signer(t, m).Public().MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		roster = append(roster, m+"="+string(key))
	}
	put := func(name, what string, failure error, text []byte) {
		v := spectest.Vector{"publication": string(text), "roster": strings.Join(roster, " ")}
		if failure == nil {
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			k, err := keep(s)
			if err != nil {
				t.Fatal(err)
			}
			v["hash"] = k.Hash
		}
		spectest.Save(t, vectors, name, what, failure, v)
	}
	written := func(v any) []byte {
		b, err := frame.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put("first", "the first version of a practice", nil, written(all[0]))
	put("withdrawn", "the second version withdraws it; previous is the hash in the vector first", nil, written(all[1]))
	put("conclusion", "a person and the node have signed", nil, written(all[2]))
	put("later-kind", "a kind of a later version is kept and passed on", nil, written(all[3]))

	// loose signs a record as it stands, as somebody with the node's key could.
	loose := func(change func(record map[string]any)) []byte {
		var r map[string]any
		d := json.NewDecoder(bytes.NewReader(written(all[1].Record)))
		d.UseNumber()
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		change(r)
		key := signer(t, "MK")
		sig, err := key.Sign(seal.DomainPublication, written(map[string]any{"record": r})).MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		return written(map[string]any{"record": r, "signature": string(sig), "signer": key.Public().ID()})
	}
	field := fault.New(fault.Invalid, "publication.field")
	fields := fault.New(fault.Invalid, "frame.fields")
	denied := fault.New(fault.Denied, "publication.signature")
	put("version", "a later version of the format", field, loose(func(r map[string]any) { r["v"] = 2 }))
	put("previous", "a second version that names none before it", field, loose(func(r map[string]any) { r["previous"] = "" }))
	put("withdrawn-at-once", "the first version is withdrawn", field, loose(func(r map[string]any) { r["version"], r["previous"] = 1, "" }))
	put("reason", "words for a reason", field, loose(func(r map[string]any) { r["reason"] = "She has left" }))
	put("body", "a list for a body", field, loose(func(r map[string]any) { r["body"] = []any{} }))
	put("unknown-field", "a name that is not in the schema", fields, loose(func(r map[string]any) { r["note"] = "" }))
	put("missing-field", "a name is left out", fields, loose(func(r map[string]any) { delete(r, "withdrawn") }))
	put("space", "a space at the end", fault.New(fault.Invalid, "frame.not-canonical"), append(written(all[0]), ' '))
	put("stranger", "an author whom the roster does not list", fault.New(fault.NotFound, "publication.author"), loose(func(r map[string]any) { r["member"] = "XX" }))
	put("other-author", "signed by MK in the name of MD", fault.New(fault.NotFound, "publication.author"), loose(func(r map[string]any) { r["member"] = "MD" }))
	bare := all[2]
	bare.Person = nil
	msg, err := bare.message()
	if err != nil {
		t.Fatal(err)
	}
	bare.Signature = signer(t, "MK").Sign(seal.DomainPublication, msg)
	put("conclusion-of-nobody", "a conclusion that no person has signed", denied, written(bare))
	put("person-put-in", "a signature of a person was put in after the node had signed", denied, written(Signed{
		Record: all[3].Record, Person: all[2].Person, Signer: all[3].Signer, Signature: all[3].Signature,
	}))
	bent := all[0]
	bent.Record.Seq++
	put("altered", "the place was changed after signing", denied, written(bent))
}
