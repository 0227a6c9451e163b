package message

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// TestSchemas compares the schemas that spec/message.md publishes with what is written here.
func TestSchemas(t *testing.T) {
	letter := wire{formatTag, id.Random[id.Message](id.Maker{}), id.Random[id.Thread](id.Maker{}), "sr-Latn", "dva\nreda"}
	if err := letter.check(); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"message-letter": letter,
		"body-message":   body{Message: letter.ID, Referral: ""},
	} {
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
		if fits(bytes.Replace(b, []byte(letter.ID), []byte("x"), 1)) == nil {
			t.Errorf("%s takes any identifier", name)
		}
	}
}
