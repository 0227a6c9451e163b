package lang

import (
	"math"
	"testing"

	"golang.org/x/text/language"
)

// TestPluralsOfAnyLanguage asks for languages that a node may add: each counts by its own rule, and one without a rule as English does.
func TestPluralsOfAnyLanguage(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		tag  string
		n    int
		want string
	}{
		{"fa", 0, "one"},
		{"cy", 0, "zero"},
		{"cy", 3, "few"},
		{"cy", 6, "many"},
		{"it", 3_000_000, "many"},
		{"it", 3_000_001, "other"},
		{"mk", 11, "other"},
		{"mk", 111, "other"},
		{"sr-Latn-ME", 5_000_021, "one"},
		{"pt", 0, "one"},
		{"pt-PT", 0, "other"},
		{"ja", 1, "other"},
		{"pl", -2, "few"},
		{"pl", math.MinInt, "many"}, // ends in 08
		{"tlh", 1, "one"},
		{"tlh", 2, "other"},
	} {
		if got := c.pluralsOf(language.MustParse(tt.tag)).form(tt.n); got != tt.want {
			t.Errorf("%s: %d needs %q, want %q", tt.tag, tt.n, got, tt.want)
		}
	}
}
