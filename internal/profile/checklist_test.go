package profile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

func standings(t testing.TB, s profile.Set, lapsed []profile.Confirmation) map[string]profile.Line {
	t.Helper()
	lines, err := s.Checklist("MK", lapsed)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]profile.Line{}
	for _, l := range lines {
		all[l.Key] = l
	}
	return all
}

// TestChecklist: what a national administrator has to confirm is everything on which nothing may rest yet and that concerns her
// country, and nothing else; what she confirmed stands there with her name, and what changed since is asked again.
func TestChecklist(t *testing.T) {
	s := load(t)
	open := standings(t, s, nil)
	for key, want := range map[string]bool{
		"MK/value.eu-member":                          true,
		"MK/identification.formal":                    true, // a description
		"network/rule.home.authority":                 true,
		"network/rule.non-eu-eu.authority":            true,
		"network/basis.national-law":                  true,
		"network/basis.explicit-consent":              false, // no rule for what is sent from there has it
		"network/rule.eu-non-eu.authority":            false, // sent from the Union
		"network/refusal.eu-non-eu.authority.consent": false,
		"network/basis.vital-interests":               false, // read in the law itself
		"network/clock.acknowledge":                   false, // an agreement that runs anyway
		"network/clock.reflection":                    false, // read
		"AL/value.eu-member":                          false,
	} {
		if l, has := open[key]; has != want || has && l.Standing != profile.Open {
			t.Errorf("%s is on the list: %v %+v, want %v", key, has, l, want)
		}
	}
	unusable := 0
	for _, i := range s.Items() {
		if strings.HasPrefix(i.Key, "MK/") && !i.Origin.Usable() {
			unusable++
			if _, has := open[i.Key]; !has {
				t.Errorf("%s is not on the list", i.Key)
			}
		}
	}
	if unusable < 10 {
		t.Fatalf("only %d items of MK are open", unusable)
	}

	const key = "MK/identification.formal"
	confirmed, c, err := profile.Confirm(s, key, "jana", "2026-11-29")
	if err != nil {
		t.Fatal(err)
	}
	after := standings(t, confirmed, nil)
	if l := after[key]; len(after) != len(open) || l.Standing != profile.Done || l.Origin.ConfirmedBy != "jana" || l.Origin.ConfirmedOn != "2026-11-29" {
		t.Errorf("%d lines of %d; %+v", len(after), len(open), l)
	}
	c.Digest = "of something else"
	changed, lapsed := profile.Apply(s, []profile.Confirmation{c})
	if l := standings(t, changed, lapsed)[key]; l.Standing != profile.Lapsed || l.Before.By != "jana" {
		t.Errorf("it changed since she confirmed it: %+v", l)
	}
	for _, l := range standings(t, demo(t), nil) {
		if l.Standing != profile.Done || !l.Origin.Fictitious {
			t.Errorf("a demonstration: %+v", l)
		}
	}
	if _, err := s.Checklist("ZZ", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a list for nobody: %v", err)
	}
	lines, err := s.Checklist("ME", nil)
	if err != nil || slices.ContainsFunc(lines, func(l profile.Line) bool { return l.Key == "ME/identification.formal-conviction" }) {
		t.Errorf("what held once is asked of her: %v", err)
	}
}

// TestNationalTimeLimits holds the shipped clocks against the table of national time limits (domain 3.6): what was read may start,
// what is background knowledge is displayed as the convention's minimum and never starts.
func TestNationalTimeLimits(t *testing.T) {
	s := load(t)
	read, guessed := true, false
	for _, c := range []struct {
		member, key  string
		shortest     profile.Length
		longest      int
		starts       bool
		startingWith string
	}{
		{"BG", "reflection", profile.Length{N: 30, Unit: profile.Days}, 0, read, "formally-identified"},
		{"BG", "child-notification", profile.Length{N: 24, Unit: profile.Hours}, 0, read, "child-found"},
		{"SI", "reflection", profile.Length{N: 3, Unit: profile.Months}, 6, guessed, ""},
		{"MK", "reflection", profile.Length{N: 2, Unit: profile.Months}, 2, guessed, ""},
		{"AL", "reflection", profile.Length{N: 3, Unit: profile.Months}, 0, guessed, ""},
		{"ME", "reflection", profile.Length{N: 90, Unit: profile.Days}, 90, guessed, ""},
		{"RO", "reflection", profile.Length{N: 30, Unit: profile.Days}, 90, read, ""},
		{"HR", "reflection", profile.Length{N: 60, Unit: profile.Days}, 90, guessed, ""},
		{"XK", "reflection", profile.Length{N: 30, Unit: profile.Days}, 90, guessed, ""},
	} {
		shown, err := s.National(idOf(c.member), c.key)
		if err != nil || shown.National == nil {
			t.Errorf("%s %s: %+v, %v", c.member, c.key, shown, err)
			continue
		}
		own := *shown.National
		if own.Length != c.shortest || !own.Legal || (own.Longest != nil) != (c.longest > 0) || own.Longest != nil && own.Longest.N != c.longest {
			t.Errorf("%s %s lasts %+v to %+v", c.member, c.key, own.Length, own.Longest)
		}
		if shown.Starts() != c.starts || own.Starts() != c.starts || shown.Minimum == c.starts {
			t.Errorf("%s %s starts: %v", c.member, c.key, shown.Starts())
		}
		if !c.starts && shown.Clock.Length != (profile.Length{N: 30, Unit: profile.Days}) {
			t.Errorf("%s %s is displayed as %+v, not as the minimum of the convention", c.member, c.key, shown.Clock.Length)
		}
		if c.startingWith != "" && own.Start != c.startingWith {
			t.Errorf("%s %s begins with %s", c.member, c.key, own.Start)
		}
	}
	confirmed := s
	for key, days := range map[string]int{"crisis-accommodation": 30, "safe-housing": 90} { // a report of another country describes them
		if _, err := s.National("SI", key); !fault.Is(err, fault.NotFound) {
			t.Errorf("a description of %s is law: %v", key, err)
		}
		var err error
		if confirmed, _, err = profile.Confirm(confirmed, "SI/clock."+key, "ana", "2026-11-29"); err != nil {
			t.Fatal(err)
		}
		if shown, err := confirmed.National("SI", key); err != nil || !shown.Starts() || shown.Clock.Length != (profile.Length{N: days, Unit: profile.Days}) {
			t.Errorf("%s, confirmed: %+v, %v", key, shown, err)
		}
	}
	if c, err := s.Referral("MK", "MK", "reintegration-follow-up"); err != nil || c.Length != (profile.Length{N: 12, Unit: profile.Months}) {
		t.Errorf("follow-up after return: %+v, %v", c, err)
	}
}
