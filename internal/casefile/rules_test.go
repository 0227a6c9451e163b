package casefile

import (
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// TestTheHighestGradeCounts: one high among many low is high, in whatever order they are looked at.
func TestTheHighestGradeCounts(t *testing.T) {
	for _, c := range []struct {
		grades map[string]Grade
		want   Grade
	}{
		{nil, ""},
		{map[string]Grade{"person": Low}, Low},
		{map[string]Grade{"person": Low, "travel": Medium, "family": Low}, Medium},
		{map[string]Grade{"person": Low, "origin": High, "travel": Medium, "family": Low, "arrival": Medium}, High},
	} {
		for range 100 { // a map is walked in any order
			if got := highest(c.grades); got != c.want {
				t.Fatalf("%v: %q, want %q", c.grades, got, c.want)
			}
		}
	}
}

// TestARiskAssessmentGrowsOld on the day of its review, and after the limit whatever it says of its review.
func TestARiskAssessmentGrowsOld(t *testing.T) {
	const limit = 30
	day := days(1).Microseconds()
	at := frame.Time(1_000_000 * day)
	for name, c := range map[string]struct {
		assessed, review, now frame.Time
		want                  Freshness
	}{
		"never":                  {0, at + 5, at, Never},
		"today":                  {at, at + frame.Time(10*day), at, Current},
		"before its review":      {at, at + 10, at + 9, Current},
		"at its review":          {at, at + 10, at + 10, Stale},
		"a review without end":   {at, at + frame.Time(10_000*day), at + frame.Time(limit*day) - 1, Current},
		"older than the limit":   {at, at + frame.Time(10_000*day), at + frame.Time(limit*day), Stale},
		"much older":             {at, at + frame.Time(10_000*day), at + frame.Time(90*day), Stale},
		"reviewed before it was": {at, at - 1, at, Stale},
	} {
		if got := RiskFreshness(Case{Assessed: c.assessed, Review: c.review}, c.now, limit); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestCountriesOfOrigin: what is said of them can be held against a country, or nothing leaves at all.
func TestCountriesOfOrigin(t *testing.T) {
	many := strings.Fields("AD AL AM AT AZ BA BE BG BY CH CY CZ DE DK EE ES FI FR GB GE GR")
	for _, c := range []struct {
		asylum  bool
		origins string
		key     string
	}{
		{false, "", ""},
		{true, "", "case.asylum.origin-missing"},
		{true, "RS", ""},
		{true, "unknown", ""},
		{true, "MD RS", ""},
		{true, "RS MD", "case.field"},                  // not in order
		{true, "RS RS", "case.field"},                  // twice
		{true, "RS unknown", "case.field"},             // known and not known
		{true, "Serbia", "case.field"},                 // no code
		{true, "rs", "case.field"},                     //
		{true, strings.Join(many[:20], " "), ""},       //
		{true, strings.Join(many, " "), "case.field"},  // too many
		{false, strings.Join(many, " "), "case.field"}, //
		{false, "RS unknown", "case.field"},            //
		{true, "YU", "person.country.none"},            // there is none any more: it would hold nothing back from those after it
	} {
		err := checkOrigins(c.asylum, strings.Fields(c.origins))
		if _, key, _ := fault.Public(err); err == nil && c.key != "" || err != nil && (c.key == "" || key != c.key && c.key != "person.country.none") {
			t.Errorf("asylum %v, %q: %v, want %q", c.asylum, c.origins, err, c.key)
		}
	}
	for _, c := range []struct {
		asylum  bool
		origins string
		to      id.Member
		may     bool
	}{
		{false, "RS", "RS", true},
		{true, "RS", "RS", false},
		{true, "RS", "MK", true},
		{true, "MD RS", "RS", false},
		{true, "MD RS", "MD", false},
		{true, "unknown", "MK", false},
		{true, "", "MK", false},
	} {
		row := Case{Asylum: c.asylum, Origins: strings.Fields(c.origins)}
		if err := MayTransmitTo(row, c.to); (err == nil) != c.may {
			t.Errorf("asylum %v from %q: to %s: %v", c.asylum, c.origins, c.to, err)
		}
		if err := MayContactConsulateOf(row, string(c.to)); (err == nil) != c.may {
			t.Errorf("asylum %v from %q: consulate of %s: %v", c.asylum, c.origins, c.to, err)
		}
	}
}
