package referral_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/referral"
)

// vector is a file of spec/testdata/referral: "name: value" lines. Package course has those of events.
type vector map[string]string

func (v vector) get(name string) string { return v[name] }

func TestVectors(t *testing.T) {
	paths, err := filepath.Glob("../../spec/testdata/referral/*")
	if err != nil {
		t.Fatal(err)
	}
	kinds, n := map[string]func(*testing.T, vector){"request": requestVector, "words": wordsVector}, 0
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
		if check := kinds[v.get("kind")]; check != nil {
			n++
			t.Run(filepath.Base(path), func(t *testing.T) { check(t, v) })
		}
	}
	if n < 10 {
		t.Errorf("only %d vectors", n)
	}
}

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
// say what order needs have, that a question is answered once, and which characters are control characters: those the code alone refuses.
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
	beyond := v.get("what") == "needs out of order" || v.get("what") == "a question that is answered twice" || v.get("what") == "a control character that is no line end"
	read, readErr := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if fits := readErr == nil && s.Validate(read) == nil; fits != (err == nil || beyond) {
		t.Errorf("the schema takes it: %v", fits)
	}
}
