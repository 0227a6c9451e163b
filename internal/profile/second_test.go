package profile_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestASecondStepIsDemandedOnceItIsConfirmed: until then the value stands on the checklist of its country and demands nothing.
func TestASecondStepIsDemandedOnceItIsConfirmed(t *testing.T) {
	with := func(status string) profile.Set {
		t.Helper()
		var all []profile.Profile
		for _, name := range []string{"network", "MK"} {
			raw, err := os.ReadFile("data/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if name == "MK" {
				raw = []byte(strings.Replace(string(raw), `"values": [`, `"values": [{"key": "sign-in.second-step", "value": ["administrator", "weather", "auditor"], "origin": {"source": "an invented law", "citation": "article 1", `+status+`}},`, 1))
			}
			p, err := profile.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
		s, err := profile.NewSet(all)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := with(`"status": "unverified"`)
	lines, err := s.Checklist("MK", nil)
	if err != nil || !slices.ContainsFunc(lines, func(l profile.Line) bool {
		return l.Key == "MK/value.sign-in.second-step" && l.Standing == profile.Open
	}) {
		t.Errorf("it is not on the checklist: %v", err)
	}
	if got := s.SecondSteps("MK"); got != nil {
		t.Errorf("unconfirmed it demands %v", got)
	}
	s = with(`"status": "confirmed", "confirmed_by": "jana", "confirmed_on": "2026-11-23"`)
	if got, want := s.SecondSteps("MK"), []access.Role{access.Administrator, access.Auditor}; !slices.Equal(got, want) {
		t.Errorf("confirmed it demands %v, want %v", got, want)
	}
	if got := load(t).SecondSteps("MK"); got != nil {
		t.Errorf("the profile that is shipped demands %v", got)
	}
}
