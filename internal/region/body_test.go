package region

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

const someRelease = "4zzv8b0m7c3kq2w9d5x1t6h8rg"

func somePlan() Plan {
	return Plan{
		Schema: planTag, Release: someRelease, Asker: "X-SEC", From: "2026-01", To: "2026-06", Questions: []string{"sex", "age"}, Base: 3,
		Members: []id.Member{"AL", "MD", "MK"}, Until: frame.Earliest + 1,
	}
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := frame.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func somePersons() Persons {
	return Persons{Run: someRelease, Members: []id.Member{"AL", "MD"}, Persons: 40, Low: 30, High: 55, Noise: 8, Epsilon: 1000}
}

func bodies(t testing.TB) [][]byte {
	t.Helper()
	plan, none := encoded(t, somePlan()), seal.Blob{}
	r := Release{Parts: []Part{{Member: "AL", Number: 1, Counts: make([]int64, 12)}, {Member: "MD", Number: 2, Counts: []int64{3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 12}}}}
	p := somePlan()
	result := r.compile(&p)
	result.Known = []Known{}
	var out [][]byte
	for _, b := range []body{
		{Step: ask, Release: someRelease, Plan: plan, Digest: none, Counts: []int64{}, Persons: none, Result: none},
		{Step: give, Release: someRelease, Plan: none, Digest: digest(plan), Number: 1, Counts: []int64{0, 3, 17}, Persons: none, Result: none},
		{Step: give, Release: someRelease, Plan: none, Digest: digest(plan), Number: 1000, Counts: []int64{mostCount - 1}, Persons: encoded(t, somePersons()), Result: none},
		{Step: decline, Release: someRelease, Plan: none, Digest: digest(plan), Counts: []int64{}, Persons: none, Reason: ByLaw, Result: none},
		{Step: told, Release: someRelease, Plan: none, Digest: digest(plan), Counts: []int64{}, Persons: none, Result: encoded(t, result)},
	} {
		out = append(out, encoded(t, b))
	}
	return out
}

func read(b []byte) error {
	_, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
	return err
}

// The page and the schema say the same as the program.
func TestSchemaOfBody(t *testing.T) {
	spectest.Compare(t, spectest.Form{Schema: "body-region", Texts: bodies(t), Read: read})
}

func FuzzBody(f *testing.F) {
	for _, b := range bodies(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
		if err != nil {
			return
		}
		if got := encoded(t, v); !bytes.Equal(got, b) {
			t.Errorf("%s is written again as %s", b, got)
		}
		if p, err := parsePlan(v.Plan); err == nil && len(p.cube().Counts) > MostCells {
			t.Error("a plan of more cells than there may be")
		}
		if r, err := parseResult(v.Result); err == nil {
			_, cells := r.Cells()
			sum := int64(0)
			for _, n := range r.Counts {
				sum += n
			}
			if cells[len(cells)-1].Count != sum {
				t.Error("a result that does not add up")
			}
		}
		_, _ = parsePersons(v.Persons)
	})
}
