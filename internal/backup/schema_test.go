package backup

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// TestSchemas compares the schema that spec/backup.md publishes with the manifests that are written here.
func TestSchemas(t *testing.T) {
	s, err := jsonschema.NewCompiler().Compile("../../spec/schema/backup-manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	content := Manifest{
		Format: 1, Class: Content, Member: "MK", Pair: string(id.Random[id.Thread](id.Maker{})), Created: 1, Signer: seal.NewSign(nil).Public().ID(),
	}
	keys := content
	keys.Class, keys.Expires, keys.Recovery = Keys, content.Created.Add(KeysKept), seal.NewKEM(nil).Public().ID()
	for _, m := range []Manifest{content, keys} {
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		b, err := frame.Encode(m)
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
			t.Errorf("%s: %v", m.Class, err)
		}
		if fits(bytes.Replace(b, []byte(`"class":"`), []byte(`"class":"x`), 1)) == nil {
			t.Errorf("%s: another class fits", m.Class)
		}
	}
}
