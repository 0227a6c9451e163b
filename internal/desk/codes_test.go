package desk_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/lang"
)

// TestTheListsOfDesksAreWhatIsShown holds the codes that a second country reads against the words of the screens, and the competences
// against the kinds of referral.
func TestTheListsOfDesksAreWhatIsShown(t *testing.T) {
	lists := func(name string) map[string][]string {
		t.Helper()
		b, err := os.ReadFile("../../spec/schema/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Lists map[string][]string `json:"lists"`
		}
		if err := json.Unmarshal(b, &file); err != nil {
			t.Fatal(err)
		}
		return file.Lists
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, key := range texts.Keys(lang.English) {
		if strings.HasPrefix(key, "desk.function.") {
			shown = append(shown, key)
		}
	}
	slices.Sort(shown)
	codes := lists("desk-codes.json")
	if len(shown) == 0 || !slices.Equal(codes["function"], shown) {
		t.Errorf("the list says %q, the screens know %q", codes["function"], shown)
	}
	if kinds := lists("referral-codes.json")["kind"]; len(kinds) == 0 || !slices.Equal(codes["competence"], kinds) {
		t.Errorf("the list says %q, the kinds of referral are %q", codes["competence"], kinds)
	}
}
