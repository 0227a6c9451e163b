package consent

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

var rewrite = flag.Bool("rewrite-vectors", false, "write spec/testdata/consent anew")

const vectors = "../../spec/testdata/consent"

// judge is what a receiver does with a bundle before anything is stored.
func judge(b []byte, keys []seal.SignPublic, to id.Address, now frame.Time) (Bundle, error) {
	out, err := ParseBundle(b)
	if err != nil {
		return out, err
	}
	if err := out.Extract.Verify(keys, to, now); err != nil {
		return out, err
	}
	return out, out.Within(out.Extract.Extract)
}

func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("../../spec/schema", name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fits(t *testing.T, s *jsonschema.Schema, b []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// vector is a file of spec/testdata/consent: lines of name and value.
type vector map[string]string

// key reads the key that a signature is held against.
func (v vector) key(t *testing.T) []seal.SignPublic {
	t.Helper()
	var key seal.SignPublic
	if err := key.UnmarshalText([]byte(v["public"])); err != nil {
		t.Fatal(err)
	}
	return []seal.SignPublic{key}
}

func (v vector) to(t *testing.T) id.Address {
	t.Helper()
	to, err := id.ParseAddress(v["recipient"])
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func (v vector) time(t *testing.T, name string) frame.Time {
	t.Helper()
	at, err := strconv.ParseInt(v[name], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return frame.Time(at)
}

// judges say for each kind of vector in which member its text stands, which schema it fits and what becomes of it: what is
// written anew from what was read, or why it is refused.
var judges = map[string]struct {
	member, schema, inner string // inner: the schema is for this member of the text
	read                  func(*testing.T, vector) (any, error)
}{
	"bundle": {"bundle", "bundle.json", "", func(t *testing.T, v vector) (any, error) {
		return judge([]byte(v["bundle"]), v.key(t), v.to(t), v.time(t, "now"))
	}},
	"record": {"record", "consent-record.json", "record", func(_ *testing.T, v vector) (any, error) {
		return ParseRecord([]byte(v["record"]))
	}},
	"override": {"override", "", "", func(_ *testing.T, v vector) (any, error) {
		return ParseReason([]byte(v["override"]))
	}},
	"approval": {"approval", "", "", func(_ *testing.T, v vector) (any, error) {
		return ParseApproval([]byte(v["approval"]))
	}},
	"extract": {"extract", "consent-extract.json", "", func(t *testing.T, v vector) (any, error) {
		var e SignedExtract
		if err := frame.Decode([]byte(v["extract"]), MaxRecord, &e); err != nil {
			return nil, err
		}
		return e, e.Verify(v.key(t), v.to(t), v.time(t, "now"))
	}},
	"receipt": {"receipt", "consent-receipt.json", "", func(t *testing.T, v vector) (any, error) {
		s, err := ParseRecord([]byte(v["record"]))
		if err != nil {
			return nil, err
		}
		c := rowOf(s.Record)
		if c.State = State(v["state"]); c.State == Withdrawn {
			c.Withdrawn = v.time(t, "withdrawn")
		}
		return ReceiptOf(id.Member(v["member"]), s.Record, c), nil
	}},
}

// rowOf is the row of a consent that has just been given.
func rowOf(r Record) Consent {
	return Consent{
		ID: r.Consent, Origin: TakenHere, State: Given, Purposes: r.Purposes, Recipients: r.Recipients, Categories: r.Categories,
		ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Given: r.ObtainedAt,
	}
}

func TestVectors(t *testing.T) {
	if *rewrite {
		writeVectors(t)
		writeSigned(t)
	}
	paths, err := filepath.Glob(filepath.Join(vectors, "*"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v := vector{}
		for line := range strings.Lines(string(b)) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			v[name] = value
		}
		kind, ok := judges[v["kind"]]
		if !ok || v["must"] != "accept" && v["must"] != "refuse" {
			t.Fatalf("%s: kind %q, must %q", path, v["kind"], v["must"])
		}
		kinds[v["kind"]+" "+v["must"]]++
		in := []byte(v[kind.member])
		out, err := kind.read(t, v)
		if v["must"] == "refuse" {
			if _, got, _ := fault.Public(err); err == nil || got != v["key"] {
				t.Errorf("%s: got %v, want %s", path, err, v["key"])
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if again, err := frame.Encode(out); err != nil || !bytes.Equal(again, in) {
			t.Errorf("%s is written anew as %s, %v", path, again, err)
		}
		if kind.inner != "" {
			var members map[string]json.RawMessage
			if err := json.Unmarshal(in, &members); err != nil {
				t.Fatal(err)
			}
			in = members[kind.inner]
		}
		if kind.schema != "" {
			if err := fits(t, schema(t, kind.schema), in); err != nil {
				t.Errorf("%s: schema: %v", path, err)
			}
		}
	}
	for kind := range judges {
		if kinds[kind+" accept"] == 0 || kinds[kind+" refuse"] == 0 && kind != "receipt" { // nobody reads a receipt
			t.Errorf("%s: %d vectors to accept, %d to refuse", kind, kinds[kind+" accept"], kinds[kind+" refuse"])
		}
	}
}

func writeVectors(t *testing.T) {
	raw, _ := hex.DecodeString(strings.Repeat("07", 32))
	node, err := seal.ParseSignPrivate(raw)
	if err != nil {
		t.Fatal(err)
	}
	p, photo, facts, _ := planted()
	text, err := node.Public().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	make := func(codes, content []Code, change func(*Bundle)) string {
		e := Extract{
			Form: ExtractForm, Consent: "0123456789abcdefghjkmnpqr0", Issuer: "MD", Recipient: receiver, Purposes: []Purpose{ForReferral},
			Categories: codes, Basis: "consent", ValidTo: start + 1000, Issued: start,
		}
		signed, err := e.Sign(node.Sign)
		if err != nil {
			t.Fatal(err)
		}
		b := Bundle{Form: BundleForm, Extract: signed, Content: Select(p, photo, facts, content)}
		if change != nil {
			change(&b)
		}
		out, err := frame.Encode(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	var all []Code
	for _, c := range Categories() {
		all = append(all, c.Code)
	}
	few := []Code{"identity.names", "needs"}
	whole := make(few, few, nil)
	for name, v := range map[string]struct{ what, key, bundle, to, now string }{
		"bundle-all":        {"every category consented to", "", make(all, all, nil), receiver.String(), "5"},
		"bundle-few":        {"two categories", "", whole, receiver.String(), "5"},
		"bundle-none-there": {"consented to, and not known", "", make(few, []Code{"needs"}, nil), receiver.String(), "5"},
		"refuse-exceeds":    {"a birth date that was not consented to", "consent.exceeds", make(few, []Code{"identity.birth", "needs"}, nil), receiver.String(), "5"},
		"refuse-unknown":    {"a member that nobody knows", "consent.exceeds", strings.Replace(whole, `"content":{`, `"content":{"diary":"x",`, 1), receiver.String(), "5"},
		"refuse-altered":    {"a category added after signing", "consent.extract.signature", make(few, few, func(b *Bundle) { b.Extract.Categories = []Code{"family", "identity.names", "needs"} }), receiver.String(), "5"},
		"refuse-other-desk": {"for another desk", "consent.extract.recipient", whole, "RS/focal-point", "5"},
		"refuse-over":       {"after its end", "consent.extract.over", whole, receiver.String(), "1000"},
		"refuse-onward":     {"may be passed on", "consent.extract.field", make(few, few, func(b *Bundle) { b.Extract.Onward = true }), receiver.String(), "5"},
		"refuse-other-form": {"another form", "consent.bundle.form", make(few, few, func(b *Bundle) { b.Form = "opentrm/bundle/2" }), receiver.String(), "5"},
		"refuse-alias-as-name": {"a name used during exploitation under the registered names", "consent.bundle.field", make(few, few, func(b *Bundle) {
			b.Content.Names = []person.Name{{Use: person.Exploitation, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: "planted"}}}}
		}), receiver.String(), "5"},
		"refuse-not-in-form": {"not canonical", "frame.not-canonical", strings.Replace(whole, `{`, `{ `, 1), receiver.String(), "5"},
	} {
		must := "accept"
		if v.key != "" {
			must = "refuse\nkey: " + v.key
		}
		later, _ := strconv.ParseInt(v.now, 10, 64)
		now := strconv.FormatInt(int64(start)+later, 10)
		writeVector(t, name, "kind: bundle\nmust: "+must+"\nwhat: "+v.what+"\npublic: "+string(text)+"\nrecipient: "+v.to+"\nnow: "+now+"\nbundle: "+v.bundle)
	}
}

func writeVector(t *testing.T, name, body string) {
	t.Helper()
	if err := os.MkdirAll(vectors, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(vectors, name), []byte("spec: consent 1.0.0\n"+body+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
