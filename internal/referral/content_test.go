package referral_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/referral"
)

// requestVector: a request must read, write the same bytes and fit its schema, or be refused.
func requestVector(t *testing.T, v vector) {
	raw := []byte(v.get("request"))
	q, err := referral.ParseRequest(raw)
	contentVector(t, v, "referral-request", raw, err)
	if err != nil {
		return
	}
	if again, err := frame.Encode(q); err != nil || !bytes.Equal(again, raw) {
		t.Errorf("written again as %s, %v", again, err)
	}
}

// wordsVector: words must read and fit their schema, or be refused.
func wordsVector(t *testing.T, v vector) {
	raw := []byte(v.get("words"))
	_, err := referral.ParseWords(raw)
	contentVector(t, v, "referral-words", raw, err)
}

// contentVector compares how a content was read with what the vector and the published schema say. A schema cannot
// say what order needs have and which characters are control characters: those two the code alone refuses.
func contentVector(t *testing.T, v vector, name string, raw []byte, err error) {
	t.Helper()
	got := "accept"
	if err != nil {
		kind, key, _ := fault.Public(err)
		got = fmt.Sprintf("refuse %s %s", kind, key)
	}
	if got != v.get("must") {
		t.Fatalf("%s, want %s: %v", got, v.get("must"), err)
	}
	s, compileErr := jsonschema.NewCompiler().Compile("../../spec/schema/" + name + ".json")
	if compileErr != nil {
		t.Fatal(compileErr)
	}
	beyond := v.get("what") == "needs out of order" || v.get("what") == "a control character that is no line end"
	if fits := fitsSchema(t, s, raw) == nil; fits != (err == nil || beyond) {
		t.Errorf("the schema takes it: %v", fits)
	}
}
