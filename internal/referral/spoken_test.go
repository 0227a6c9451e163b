package referral

import (
	"testing"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
)

// TestHowSheIsSpokenToKeepsWithinTheConsent tells a desk what she needs in order to be understood, under every choice of categories, and
// takes away what somebody wrote into the draft himself.
func TestHowSheIsSpokenToKeepsWithinTheConsent(t *testing.T) {
	needs := casefile.Interpreting{
		Languages: []string{"sq"}, Needed: "yes", Sex: "female", Remote: "no", NotFrom: "DEMO", Unsafe: []casefile.Unsafe{{Name: "Zlatko Izmislen", Why: "DEMO"}},
		Aid: "DEMO",
	}
	own := Drafting{Request: Request{Interpreter: &Interpreter{}}, Facts: consent.Facts{Interpreting: &consent.Interpreting{}, Unsafe: []consent.Unsafe{{Name: "Demona"}}}}
	for _, x := range []struct {
		name             string
		needs            casefile.Interpreting
		categories       []consent.Code
		codes, words, by bool
	}{
		{"both", needs, []consent.Code{"languages", "risk.summary"}, true, true, true},
		{"languages", needs, []consent.Code{"languages", "needs"}, true, true, false},
		{"risks", needs, []consent.Code{"risk.summary"}, false, false, true},
		{"neither", needs, []consent.Code{"identity.names"}, false, false, false},
		{"nobody has asked her", casefile.Interpreting{}, []consent.Code{"languages", "risk.summary"}, false, false, false},
		{"no words", casefile.Interpreting{Needed: "no", Sex: "not-asked", Remote: "not-asked"}, []consent.Code{"languages", "risk.summary"}, true, false, false},
	} {
		in := own
		in.Categories = x.categories
		got := spoken(in, x.needs)
		if (got.Request.Interpreter != nil) != x.codes || (got.Facts.Interpreting != nil) != x.words || len(got.Facts.Unsafe) > 0 != x.by {
			t.Errorf("%s: codes %v, words %v, who must not %v", x.name, got.Request.Interpreter, got.Facts.Interpreting, got.Facts.Unsafe)
		}
		if i := got.Request.Interpreter; i != nil && (i.Apart != (x.words || x.by) || i.Aid != x.words) {
			t.Errorf("%s: %+v", x.name, *i)
		}
		covered := consent.Content{Facts: got.Facts}.Categories()
		for _, c := range covered {
			if c != categoryLanguages && c != categoryRisk {
				t.Errorf("%s: what is told belongs to %s", x.name, c)
			}
		}
	}
}
