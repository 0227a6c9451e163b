package publication

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// TestSchemas compares the schemas that spec/publication.md publishes with what is written here.
func TestSchemas(t *testing.T) {
	key := seal.NewSign(nil)
	r := Record{
		Format: 1, ID: id.Random[id.Publication](id.Maker{}), Kind: Conclusion, Version: 1, Member: "MK", Desk: "coordinator", Seq: 7,
		Created: 1, Body: json.RawMessage(`{"title":"x"}`),
	}
	own, err := frame.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	k, err := sign(r, &Person{Role: "coordinator", Key: key.Public(), Signature: key.Sign(seal.DomainConclusion, own)}, key)
	if err != nil {
		t.Fatal(err)
	}
	greeting := body{Ask: true, Have: []Mark{{"MD", 0}, {"MK", 7}}, Records: []Signed{k.Signed}}
	if err := greeting.check(); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"publication": k.Signed, "body-publication": greeting} {
		b, err := frame.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		s, err := jsonschema.NewCompiler().Compile("../../spec/schema/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		fits := func(b []byte) error {
			x, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			return s.Validate(x)
		}
		if err := fits(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if fits(append(bytes.TrimSuffix(b, []byte("}")), []byte(`,"name":"x"}`)...)) == nil {
			t.Errorf("%s is not closed", name)
		}
		if fits(bytes.Replace(b, []byte(`"version":1`), []byte(`"version":0`), 1)) == nil {
			t.Errorf("%s takes a version 0", name)
		}
	}
}
