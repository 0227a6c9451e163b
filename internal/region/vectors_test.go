package region

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/spectest"
)

const vectors = "../../spec/testdata/regional-release"

var update = flag.Bool("update", false, "write the vectors anew")

// again reads a text of a kind and writes it again.
func again(kind string, b []byte) ([]byte, error) {
	var v any
	var err error
	switch kind {
	case "body":
		v, err = parseBody(envelope.Control{Body: json.RawMessage(b)})
	case "plan":
		v, err = parsePlan(b)
	case "persons":
		v, err = parsePersons(b)
	case "result":
		v, err = parseResult(b)
	}
	if err != nil {
		return nil, err
	}
	return frame.Encode(v)
}

// TestVectors: the files of spec/ are taken and refused as they say.
func TestVectors(t *testing.T) {
	if *update {
		write(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		for _, kind := range []string{"body", "plan", "persons", "result"} {
			text, ok := v[kind]
			if !ok {
				continue
			}
			b, err := again(kind, []byte(text))
			if err == nil && string(b) != text {
				t.Fatalf("another form when written again: %s", b)
			}
			return err
		}
		t.Fatal("nothing to read")
		return nil
	})
}

func write(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(vectors); err != nil {
		t.Fatal(err)
	}
	put := func(kind, name, what string, text []byte, change func(map[string]any)) {
		t.Helper()
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		var failure error
		if change != nil {
			change(m)
			text = encoded(t, m)
			if _, failure = again(kind, text); failure == nil {
				t.Fatalf("%s%s is taken", kind, name)
			}
		}
		spectest.Save(t, vectors, kind+name, what, failure, spectest.Vector{kind: string(text)})
	}
	b := bodies(t)
	put("body", "-ask", "a plan", b[0], nil)
	put("body", "-give", "a table", b[1], nil)
	put("body", "-give-persons", "a table, with what a count of persons told", b[2], nil)
	put("body", "-decline", "why there is none", b[3], nil)
	put("body", "-told", "an edition", b[4], nil)
	put("body", "-number", "a table without a number", b[1], func(m map[string]any) { m["number"] = 0 })
	put("body", "-below", "fewer persons than none", b[1], func(m map[string]any) { m["counts"] = []any{-1} })
	put("body", "-two-steps", "a table with a plan", b[1], func(m map[string]any) { m["plan"] = "e30" })
	put("body", "-reason", "a reason that there is not", b[3], func(m map[string]any) { m["reason"] = "bored" })
	put("body", "-unknown-field", "a name that is not in the schema", b[3], func(m map[string]any) { m["person"] = "" })
	plan := encoded(t, somePlan())
	put("plan", "", "half a year by sex and age", plan, nil)
	put("plan", "-order", "questions out of their order", plan, func(m map[string]any) { m["questions"] = []any{"age", "sex"} })
	put("plan", "-base", "another base", plan, func(m map[string]any) { m["base"] = 4 })
	put("plan", "-months", "months that end before they begin", plan, func(m map[string]any) { m["to"] = "2025-12" })
	put("plan", "-alone", "one member", plan, func(m map[string]any) { m["members"] = []any{"MK"} })
	persons := encoded(t, somePersons())
	put("persons", "", "a number with its interval", persons, nil)
	put("persons", "-outside", "a number outside its interval", persons, func(m map[string]any) { m["persons"] = 56 })
	var told body
	if err := frame.Decode(b[4], mostText, &told); err != nil {
		t.Fatal(err)
	}
	first := func(m map[string]any) map[string]any { return m["members"].([]any)[0].(map[string]any) }
	put("result", "", "two of three members gave", told.Result, nil)
	put("result", "-sum", "a region that is not the sum of its members", told.Result, func(m map[string]any) { m["counts"].([]any)[0] = 9 })
	put("result", "-small", "a member with a small count", told.Result, func(m map[string]any) { first(m)["counts"].([]any)[0] = 2 })
	put("result", "-guessed", "a missing member with counts", told.Result, func(m map[string]any) { first(m)["state"] = "missing" })
	put("result", "-silent", "neither a count of persons nor the caveat", told.Result, func(m map[string]any) { m["caveat"] = "" })
	if _, err := again("result", []byte("{}")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
