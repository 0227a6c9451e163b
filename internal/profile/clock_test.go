package profile_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/profile"
)

func at(t testing.TB, zone, local string) frame.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", local, loc)
	if err != nil {
		t.Fatal(err)
	}
	return frame.At(when)
}

func TestDeadlines(t *testing.T) {
	cal := calendar.Calendar{Weekend: []time.Weekday{time.Saturday, time.Sunday}, Holidays: []string{"2027-01-01", "2027-01-07"}}
	for _, c := range []struct {
		name, zone, start, want string
		n                       int
		unit                    profile.Unit
	}{
		{"hours are elapsed time", "Europe/Skopje", "2026-11-23 18:30", "2026-11-24 18:30", 24, profile.Hours},
		{"hours through the night the clocks go forward", "Europe/Skopje", "2027-03-27 18:00", "2027-03-28 19:00", 24, profile.Hours},
		{"hours through the night the clocks go back", "Europe/Skopje", "2026-10-24 18:00", "2026-10-25 17:00", 24, profile.Hours},
		{"the day of the start is not counted", "Europe/Chisinau", "2026-11-23 00:01", "2026-11-24 00:00", 0, profile.Days},
		{"days end at midnight", "Europe/Chisinau", "2026-11-23 18:30", "2026-12-24 00:00", 30, profile.Days},
		{"days over the change of clocks", "Europe/Sofia", "2026-10-20 09:00", "2026-11-20 00:00", 30, profile.Days},
		{"working days over a weekend", "Europe/Skopje", "2026-11-20 17:00", "2026-11-26 00:00", 3, profile.WorkingDays},
		{"working days from a Saturday", "Europe/Skopje", "2026-11-21 12:00", "2026-11-26 00:00", 3, profile.WorkingDays},
		{"working days over holidays", "Europe/Belgrade", "2026-12-31 12:00", "2027-01-07 00:00", 3, profile.WorkingDays},
		{"a holiday of one year", "Europe/Belgrade", "2027-01-06 12:00", "2027-01-09 00:00", 1, profile.WorkingDays},
		{"months", "Europe/Tirane", "2026-11-15 12:00", "2027-02-16 00:00", 3, profile.Months},
		{"months into a shorter month", "Europe/Tirane", "2026-11-30 12:00", "2027-03-01 00:00", 3, profile.Months},
		{"a year", "Europe/Tirane", "2026-11-30 12:00", "2027-12-01 00:00", 12, profile.Months},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		clock := profile.Clock{Key: "x", Length: profile.Length{N: c.n, Unit: c.unit}, Origin: profile.Origin{Status: profile.Verified}}
		got, err := profile.Deadline(clock, at(t, c.zone, c.start), false, zone, cal)
		if err != nil || got != at(t, c.zone, c.want) {
			t.Errorf("%s: %v (%v), want %s", c.name, got.Time().In(zone), err, c.want)
		}
	}
}

// TestUnverifiedLawStartsNoClock is the rule of docs/threats.md, law as data; what the network agreed runs all the same, so that no
// referral is silent.
func TestUnverifiedLawStartsNoClock(t *testing.T) {
	s := load(t)
	zone, err := s.Zone("AL")
	if err != nil {
		t.Fatal(err)
	}
	start := at(t, "Europe/Tirane", "2026-11-23 10:00")
	shown, err := s.National("AL", "reflection")
	if err != nil || shown.National == nil || !shown.Minimum || shown.Starts() || !shown.Clock.AtLeast || shown.Clock.Length != (profile.Length{N: 30, Unit: profile.Days}) {
		t.Fatalf("AL shows %+v, %v; want the convention's minimum of 30 days", shown, err)
	}
	if _, err := profile.Deadline(*shown.National, start, false, zone, s.Calendar("AL")); !fault.Is(err, fault.Conflict) {
		t.Errorf("an unverified period of law was started: %v", err)
	}
	confirmed, _, err := profile.Confirm(s, "AL/clock.reflection", "besa", "2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	shown, err = confirmed.National("AL", "reflection")
	if err != nil || shown.Minimum || !shown.Starts() || shown.Clock.Length != (profile.Length{N: 3, Unit: profile.Months}) {
		t.Fatalf("after it was confirmed AL shows %+v, %v", shown, err)
	}
	if got, err := profile.Deadline(shown.Clock, start, false, zone, s.Calendar("AL")); err != nil || got != at(t, "Europe/Tirane", "2027-02-24 00:00") {
		t.Errorf("three months end at %v, %v", got.Time(), err)
	}
	for _, m := range s.Members() {
		shown, err := s.National(m, "reflection")
		if err != nil || shown.Starts() != (m == "BG" || m == "RO") {
			t.Errorf("%s: the reflection clock starts: %v, %v; want only what was read", m, shown.Starts(), err)
		}
	}

	ack, err := s.Referral("MD", "MK", "acknowledge")
	if err != nil || ack.Origin.Usable() || !ack.Starts() {
		t.Fatalf("the agreed time for an answer does not start: %+v, %v", ack, err)
	}
	for urgent, hours := range map[bool]time.Duration{false: 24, true: 2} {
		if got, err := profile.Deadline(ack, start, urgent, zone, s.Calendar("MK")); err != nil || got != start.Add(hours*time.Hour) {
			t.Errorf("acknowledge, urgent %v: %v, %v", urgent, got.Time(), err)
		}
	}
	if _, err := profile.Deadline(ack, start, false, nil, calendar.Calendar{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a deadline without a zone: %v", err)
	}
	if _, err := s.Referral("MD", "MK", "nonsense"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a clock that does not exist: %v", err)
	}
}

// TestClocksOfReferral holds the shipped network clocks against spec/referral.md 7.
func TestClocksOfReferral(t *testing.T) {
	s := load(t)
	want := map[string][2]profile.Length{
		"acknowledge":  {{N: 24, Unit: profile.Hours}, {N: 2, Unit: profile.Hours}},
		"decide":       {{N: 3, Unit: profile.WorkingDays}, {N: 24, Unit: profile.Hours}},
		"arrival":      {{N: 24, Unit: profile.Hours}, {N: 24, Unit: profile.Hours}},
		"feedback-30":  {{N: 30, Unit: profile.Days}},
		"feedback-90":  {{N: 90, Unit: profile.Days}},
		"feedback-180": {{N: 180, Unit: profile.Days}},
		"feedback-365": {{N: 365, Unit: profile.Days}},
		"handover":     {{N: 0, Unit: profile.Hours}},
	}
	for key, lengths := range want {
		c, err := s.Referral("MD", "MK", key)
		if err != nil || c.Length != lengths[0] || c.Urgent != nil && *c.Urgent != lengths[1] || (c.Urgent == nil) != (lengths[1] == profile.Length{}) {
			t.Errorf("%s: %+v, %v", key, c, err)
		}
		if c.Legal || len(c.Escalation) == 0 {
			t.Errorf("%s is law, or nobody is told when it runs out", key)
		}
	}
}

func TestPairOverridesNetwork(t *testing.T) {
	origin := func(s profile.Status) profile.Origin {
		return profile.Origin{Source: "agreement", Citation: "art. 1", Status: s}
	}
	clock := func(n int, legal bool, s profile.Status) profile.Clock {
		return profile.Clock{Key: "acknowledge", Legal: legal, Start: "sent", Length: profile.Length{N: n, Unit: profile.Hours}, Text: "law.clock.acknowledge", Origin: origin(s)}
	}
	s, err := profile.NewSet([]profile.Profile{{
		Code: profile.Network, Clocks: []profile.Clock{clock(24, false, profile.Unverified)},
		Pairs: []profile.Pair{
			{From: "MK", To: "RS", Clock: clock(12, false, profile.Verified)},
			{From: "RS", To: "MK", Clock: clock(6, true, profile.Unverified)},
			{From: "RS", To: "ME", Clock: clock(6, false, profile.Superseded)},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to string
		want     int
	}{{"MK", "RS", 12}, {"RS", "MK", 24}, {"RS", "ME", 24}, {"MD", "MK", 24}} {
		if got, err := s.Referral(idOf(c.from), idOf(c.to), "acknowledge"); err != nil || got.Length.N != c.want {
			t.Errorf("%s to %s: %d hours, %v; want %d", c.from, c.to, got.Length.N, err, c.want)
		}
	}
}

// TestDeadlineProperties: a later start never ends earlier, more is never sooner, a deadline in days is a local
// midnight after the start, and the last working day is one.
func TestDeadlineProperties(t *testing.T) {
	s := load(t)
	members := s.Members()
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(members).Draw(t, "member")
		zone, err := s.Zone(m)
		if err != nil {
			t.Fatal(err)
		}
		cal := s.Calendar(m)
		unit := rapid.SampledFrom([]profile.Unit{profile.Hours, profile.Days, profile.WorkingDays, profile.Months}).Draw(t, "unit")
		l := profile.Length{N: rapid.IntRange(1, 400).Draw(t, "n"), Unit: unit}
		start := frame.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Add(time.Duration(rapid.Int64Range(0, 5*365*24*3600).Draw(t, "second")) * time.Second)
		later := start.Add(time.Duration(rapid.Int64Range(0, 40*24*3600).Draw(t, "later")) * time.Second)
		end := l.After(start, zone, cal)
		if end <= start {
			t.Fatalf("%v from %v ends before it starts: %v", l, start.Time(), end.Time())
		}
		if unit != profile.Months && l.After(later, zone, cal) < end {
			t.Fatalf("started later, ends earlier")
		}
		if (profile.Length{N: l.N + 1, Unit: unit}).After(start, zone, cal) <= end {
			t.Fatalf("one more ends no later")
		}
		if unit == profile.Hours {
			return
		}
		local := end.Time().In(zone)
		if h, m, sec := local.Clock(); h != 0 || m != 0 || sec != 0 {
			t.Fatalf("ends at %v, not at midnight", local)
		}
		if unit == profile.WorkingDays && !cal.Works(local.AddDate(0, 0, -1)) {
			t.Fatalf("the last working day is %v", local.AddDate(0, 0, -1))
		}
	})
}

func TestStepsOfEscalation(t *testing.T) {
	start := frame.At(time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC))
	deadline := start.Add(24 * time.Hour)
	for percent, want := range map[int]time.Duration{0: 0, 50: 12 * time.Hour, 75: 18 * time.Hour, 100: 24 * time.Hour, 150: 36 * time.Hour} {
		if got := profile.At(start, deadline, percent); got != start.Add(want) {
			t.Errorf("%d %% is %v after the start, want %v", percent, got.Sub(start), want)
		}
	}
}
