package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew; sealing is random, so all of them change")

func keyOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	return ""
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func kem(t *testing.T, seed string) seal.KEMPrivate {
	t.Helper()
	k, err := seal.ParseKEMPrivate(unhex(t, seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// rosterOf lists members with one envelope key each.
func rosterOf(t *testing.T, keys string) member.Roster {
	t.Helper()
	var r member.Roster
	for entry := range strings.SplitSeq(keys, " ") {
		name, text, _ := strings.Cut(entry, "=")
		var key seal.SignPublic
		if err := key.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		r.Members = append(r.Members, member.Member{ID: id.Member(name), Keys: member.Keys{Envelope: []seal.SignPublic{key}}})
	}
	return r
}

func TestEnvelopeVectors(t *testing.T) {
	if *update {
		writeEnvelopes(t)
	}
	spectest.Vectors(t, "../../spec/testdata/envelope", judgeEnvelope)
}

func judgeEnvelope(t *testing.T, v spectest.Vector) error {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(v["envelope"])
	if err != nil {
		t.Fatal(err)
	}
	e, err := Parse(b)
	if err != nil {
		return err
	}
	if _, err := e.Verify(rosterOf(t, v["roster"])); err != nil {
		return err
	}
	c, err := e.OpenControl(kem(t, v["control-key"]))
	if err != nil {
		return err
	}
	var content []byte
	if e.HasContent() {
		if content, err = e.OpenContent(kem(t, v["content-key"])); err != nil {
			return err
		}
	}
	text, err := c.encode(e.HasContent())
	if err != nil {
		return err
	}
	if string(text) != v["control"] || hex.EncodeToString(content) != v["content"] || string(e.ID) != v["id"] {
		t.Fatalf("another meaning: %s %s", e.ID, text)
	}
	if !bytes.Equal(e.Bytes(), b) {
		t.Fatal("another form when written again")
	}
	return nil
}

func TestReceiptVectors(t *testing.T) {
	if *update {
		writeReceipts(t)
	}
	spectest.Vectors(t, "../../spec/testdata/receipt", judgeReceipt)
}

func judgeReceipt(t *testing.T, v spectest.Vector) error {
	t.Helper()
	r, err := ParseReceipt([]byte(v["receipt"]))
	if err != nil {
		return err
	}
	if err := r.Verify(rosterOf(t, v["roster"])); err != nil {
		return err
	}
	if got := Digest([]byte(v["receipt"])); got != v["digest"] {
		t.Fatalf("digest %s", got)
	}
	return nil
}

// save writes a vector. A reader must say why, or take it if that is empty.
func save(t *testing.T, dir, name, why string, judge func(*testing.T, spectest.Vector) error, v spectest.Vector) {
	t.Helper()
	err := judge(t, v)
	if got := keyOf(err); got != why {
		t.Fatalf("%s: %q, want %q: %v", name, got, why, err)
	}
	what := v["what"]
	spectest.Save(t, "../../spec/testdata/"+dir, name, what, err, v)
}

// seedOf makes test keys that everybody can make again.
func seedOf(name string) string { return hex.EncodeToString(spectest.Seed(name)) }

func signerOf(t testing.TB, name string) seal.SignPrivate {
	t.Helper()
	b, _ := hex.DecodeString(seedOf("sign " + name))
	k, err := seal.ParseSignPrivate(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rosterLine(t *testing.T, names ...string) string {
	t.Helper()
	var out []string
	for _, n := range names {
		text, err := signerOf(t, n).Public().MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n+"="+string(text))
	}
	return strings.Join(out, " ")
}
