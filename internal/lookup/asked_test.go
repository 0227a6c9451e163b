package lookup

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/spectest"
	"github.com/opentrm/opentrm/internal/veil"
)

func askedBodies(t testing.TB) [][]byte {
	t.Helper()
	q, officer := id.Random[id.Lookup](id.Maker{}), "00112233445566778899aabbccddeeff"
	none := []byte{}
	var out [][]byte
	for _, b := range []asked{
		{Step: stepQuery, Question: q, Class: Asking, Officer: officer, Data: []byte("a query")},
		{Step: stepQuery, Question: q, Class: Enrolling, Officer: officer, Data: []byte("a query")},
		{Step: stepAnswer, Question: q, Data: []byte("an answer")},
		{Step: stepRefused, Question: q, Code: "officer", Data: none},
		{
			Step: stepAsk, Question: q, Officer: officer, About: AboutPerson, Purpose: "protection", Basis: "cets-197-11", Realm: access.Assistance,
			Desk: "focal-point", Epoch: 1, Data: make([]byte, veil.PersonKeys*veil.TagSize),
		},
		{
			Step: stepAsk, Question: q, Officer: officer, About: "phone", Purpose: "investigation", Basis: "mla-treaty", Realm: access.Prosecution,
			Desk: "prosecution", Epoch: 7, Data: make([]byte, veil.PersonKeys*veil.TagSize),
		},
		{Step: stepSpoken, Question: q, Thread: id.Random[id.Thread](id.Maker{}), Data: none},
		{Step: stepDemand, Question: q, Data: make([]byte, 32)},
		{Step: stepOpened, Question: q, Code: string(OfAnother), Data: make([]byte, 32)},
	} {
		raw, err := frame.Encode(b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

// The page and the schema say the same as the program.
func TestSchemaOfAsked(t *testing.T) {
	spectest.Compare(t, spectest.Form{
		Schema: "body-question", Texts: askedBodies(t),
		Read: func(b []byte) error {
			_, err := parseAsked(envelope.Control{Body: json.RawMessage(b)})
			return err
		},
	})
}

func FuzzAsked(f *testing.F) {
	for _, b := range askedBodies(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseAsked(envelope.Control{Body: json.RawMessage(b)})
		if err != nil {
			return
		}
		if got, err := frame.Encode(v); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s is written again as %s", b, got)
		}
	})
}
