package profile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestIdentificationModels holds the shipped models of the eleven countries: two statuses, police, prosecutors, a centre, teams.
func TestIdentificationModels(t *testing.T) {
	s := load(t)
	const today = "2026-11-29"
	for _, c := range []struct {
		member         id.Member
		status, people string
		bodies         string
		rows           int
		together       bool
	}{
		{"AL", "presumed", "adults", "police other-authority", 1, true},
		{"AL", "formally-identified", "adults", "police other-authority", 1, true},
		{"BA", "formally-identified", "adults", "police prosecutor", 2, false},
		{"BG", "presumed", "children", "ngo-informal other-authority", 1, false},
		{"BG", "formally-identified", "adults", "prosecutor other-authority", 1, false},
		{"HR", "formally-identified", "adults", "police multidisciplinary-team", 1, true},
		{"HR", "formally-identified", "children", "police multidisciplinary-team", 1, true},
		{"XK", "formally-identified", "children", "police other-authority", 1, true},
		{"MD", "formally-identified", "adults", "police other-authority ngo-informal", 2, false},
		{"ME", "formally-identified", "adults", "multidisciplinary-team", 1, false},
		{"MK", "formally-identified", "adults", "multidisciplinary-team", 1, false},
		{"RO", "formally-identified", "adults", "other-authority", 1, false},
		{"RO", "formally-identified", "children", "other-authority", 1, false},
		{"RS", "formally-identified", "adults", "dedicated-centre", 1, false},
		{"RS", "formally-identified", "children", "other-authority", 1, false},
		{"SI", "formally-identified", "adults", "police", 1, false},
	} {
		a, err := s.Deciders(c.member, c.status, profile.People(c.people), today)
		if err != nil || strings.Join(a.Bodies, " ") != c.bodies || len(a.Rows) != c.rows || a.Rows[0].Together != c.together {
			t.Errorf("%s %s %s: %+v, %v; want %s", c.member, c.status, c.people, a, err, c.bodies)
		}
		if a.Verified || len(a.Unconfirmed) != c.rows {
			t.Errorf("%s %s: a description of the law counts as verified, or nobody is asked to confirm it: %v", c.member, c.status, a.Unconfirmed)
		}
		for _, r := range a.Rows {
			if !r.Sure {
				t.Errorf("%s %s is not sure to hold today", c.member, r.Key)
			}
			if r.Origin.Description != (r.Origin.Status == profile.Verified) {
				t.Errorf("%s %s rests on a description and does not say so", c.member, r.Key)
			}
		}
	}
	for _, m := range s.Members() {
		want := 1
		if m == "AL" || m == "BG" {
			want = 2 // potential and official, informal and formal
		}
		if got := s.Decided(m); len(got) != want {
			t.Errorf("%s decides on %v, want %d", m, got, want)
		}
		for _, status := range s.Statuses() {
			a, err := s.Deciders(m, status, profile.Adults, today)
			if err != nil || (len(a.Bodies) > 0) != slices.Contains(s.Decided(m), status) {
				t.Errorf("%s %s: %v, %v", m, status, a.Bodies, err)
			}
			if len(a.Bodies) == 0 && a.Verified {
				t.Errorf("%s %s: nobody is verified to decide", m, status)
			}
			again, err := s.Who(m, profile.Review, status, profile.Adults, today)
			if err != nil || len(again.Bodies) > 0 {
				t.Errorf("%s: a review of %s that no source names: %v, %v", m, status, again.Bodies, err)
			}
		}
	}
	for m, want := range map[id.Member]string{"SI": "anyone", "HR": "first-responder", "MK": "mobile-team", "AL": "police social-services", "MD": ""} {
		a, err := s.Who(m, profile.Detect, "", profile.Adults, today)
		if err != nil || strings.Join(a.Bodies, " ") != want {
			t.Errorf("%s: signs are noticed by %v, %v; want %s", m, a.Bodies, err, want)
		}
	}
	for name, c := range map[string]struct {
		member     id.Member
		status, on string
		key        string
	}{
		"no profile": {"ZZ", "presumed", today, "profile.member"},
		"no status":  {"AL", "guilty", today, "profile.identification.status"},
		"no day":     {"AL", "presumed", "2026-02-30", "profile.identification.day"},
	} {
		if _, err := s.Deciders(c.member, c.status, profile.Adults, profile.Date(c.on)); !fault.Is(err, fault.Invalid) || keyOf(err) != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIdentificationOfAPeriod: who decided depends on the day, and where the source leaves a day open, so does the answer.
func TestIdentificationOfAPeriod(t *testing.T) {
	d := demo(t) // every row confirmed
	for _, c := range []struct {
		member   id.Member
		on       profile.Date
		bodies   string
		verified bool
	}{
		{"ME", "2026-01-01", "multidisciplinary-team", true},
		{"ME", "2024-12-31", "multidisciplinary-team", true},
		{"ME", "2024-12-30", "multidisciplinary-team court", false}, // the team or, as earlier, a conviction
		{"MK", "2021-12-31", "", false},                             // the team was not there yet
		{"MK", "2022-01-01", "multidisciplinary-team", false},       // since 2022 or 2023
		{"MK", "2023-12-30", "multidisciplinary-team", false},
		{"MK", "2023-12-31", "multidisciplinary-team", true},
		{"SI", "2010-01-01", "police", false}, // nobody says since when
	} {
		a, err := d.Deciders(c.member, "formally-identified", profile.Adults, c.on)
		if err != nil || strings.Join(a.Bodies, " ") != c.bodies || a.Verified != c.verified {
			t.Errorf("%s on %s: %v verified %v, %v; want %s, %v", c.member, c.on, a.Bodies, a.Verified, err, c.bodies, c.verified)
		}
		if len(a.Unconfirmed) > 0 {
			t.Errorf("%s on %s: %v cannot be confirmed any further", c.member, c.on, a.Unconfirmed)
		}
	}
}

// TestUnverifiedIdentificationIsNoAnswer is the last rule of design 6 for who identifies: shown with its doubt until a named
// administrator confirms it, and confirming one row opens that row.
func TestUnverifiedIdentificationIsNoAnswer(t *testing.T) {
	s := load(t)
	a, err := s.Deciders("BA", "formally-identified", profile.Adults, "2026-11-29")
	if err != nil || a.Verified || len(a.Bodies) != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	for i, key := range slices.Clone(a.Unconfirmed) {
		if s, _, err = profile.Confirm(s, key, "amra", "2026-11-29"); err != nil {
			t.Fatal(err)
		}
		again, err := s.Deciders("BA", "formally-identified", profile.Adults, "2026-11-29")
		if err != nil || again.Verified != (i == 1) || !cmp.Equal(again.Unconfirmed, a.Unconfirmed[i+1:]) {
			t.Errorf("after %s: %+v, %v", key, again, err)
		}
	}
	for _, m := range s.Members() {
		a, err := s.Deciders(m, "formally-identified", profile.Adults, "2026-11-29")
		if err != nil || a.Verified != (m == "BA") {
			t.Errorf("%s: verified %v, %v", m, a.Verified, err)
		}
	}
	if _, _, err := profile.Confirm(s, "ME/identification.formal-conviction", "jelena", "2026-11-29"); !fault.Is(err, fault.Conflict) {
		t.Errorf("what held once was confirmed: %v", err)
	}
}
