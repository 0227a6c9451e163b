package casefile

import (
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/consent"
)

// TestWhatAnotherProgramTellsCanBeKept: codes that are not known here say nothing, what is too long is cut, and a name of no words is nobody.
func TestWhatAnotherProgramTellsCanBeKept(t *testing.T) {
	long := strings.Repeat("ж", 2000)
	many := make([]consent.Unsafe, 30)
	for i := range many {
		many[i] = consent.Unsafe{Name: "Demona " + long, Why: long}
	}
	for name, x := range map[string]struct {
		codes Interpreting
		facts consent.Facts
		none  bool
	}{
		"nothing":       {none: true},
		"codes alone":   {codes: Interpreting{Needed: "yes", Sex: "any", Remote: "no"}},
		"unknown codes": {codes: Interpreting{Needed: "perhaps", Sex: "x", Remote: ""}},
		"long words":    {facts: consent.Facts{Interpreting: &consent.Interpreting{Languages: make([]string, 0), NotFrom: long, Aid: long}}},
		"many":          {facts: consent.Facts{Unsafe: many}},
		"no words":      {facts: consent.Facts{Unsafe: []consent.Unsafe{{Name: "…", Why: "x"}}}},
	} {
		got, err := told(x.codes, x.facts)
		if err != nil || (got == nil) != x.none {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		if got == nil {
			continue
		}
		if err := got.Check(); err != nil {
			t.Errorf("%s: %+v cannot be kept: %v", name, got, err)
		}
		if x.codes.Needed == "yes" && got.Needed != "yes" || len(x.facts.Unsafe) > 20 && len(got.Unsafe) != 20 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
