package consent

import (
	"bytes"
	"encoding/hex"
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

func TestVectors(t *testing.T) {
	if *rewrite {
		writeVectors(t)
	}
	paths, err := filepath.Glob(filepath.Join(vectors, "*"))
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d vectors, %v", len(paths), err)
	}
	shape := schema(t, "bundle.json")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		field := map[string]string{}
		for line := range strings.Lines(string(b)) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			field[name] = value
		}
		var key seal.SignPublic
		if err := key.UnmarshalText([]byte(field["public"])); err != nil {
			t.Fatal(err)
		}
		to, err := id.ParseAddress(field["recipient"])
		if err != nil {
			t.Fatal(err)
		}
		now, err := strconv.ParseInt(field["now"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		in := []byte(field["bundle"])
		out, err := judge(in, []seal.SignPublic{key}, to, frame.Time(now))
		if field["must"] == "accept" {
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if again, err := out.Encode(); err != nil || !bytes.Equal(again, in) {
				t.Errorf("%s re-encodes to %s, %v", path, again, err)
			}
			if err := fits(t, shape, in); err != nil {
				t.Errorf("%s: schema: %v", path, err)
			}
			continue
		}
		if _, got, _ := fault.Public(err); err == nil || got != field["key"] {
			t.Errorf("%s: got %v, want %s", path, err, field["key"])
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
		body := "spec: consent 1.0.0\nkind: bundle\nmust: " + must + "\nwhat: " + v.what + "\npublic: " + string(text) + "\nrecipient: " + v.to + "\nnow: " + now + "\nbundle: " + v.bundle + "\n"
		if err := os.MkdirAll(vectors, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(vectors, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
