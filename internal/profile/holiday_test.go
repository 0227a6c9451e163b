package profile_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// onDays returns the days off of one calendar in a year, those in the place of another marked, without those on weekends.
func onDays(s profile.Set, item string, year int) string {
	member, _, _ := strings.Cut(item, "/")
	var days []string
	for _, d := range s.DaysOff(id.Member(member), year) {
		t, err := time.Parse(time.DateOnly, string(d.Day))
		if err != nil || d.Calendar != item || t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
			continue
		}
		day := t.Format("01-02")
		if d.Substitute {
			day += "*"
		}
		if !slices.Contains(days, day) {
			days = append(days, day)
		}
	}
	return strings.Join(days, " ")
}

// TestDaysOff holds the rules of the eleven against the days on which nobody worked, or will: announced by a ministry, or in the
// printed calendars of these years. Weekends are left out; a star is a day in the place of a holiday.
func TestDaysOff(t *testing.T) {
	s := load(t)
	for _, c := range []struct {
		item string
		year int
		want string
	}{
		{"AL/calendar.public-holidays", 2026, "01-01 01-02 03-16* 03-23* 04-06* 04-13* 05-01 09-07* 11-23* 11-30* 12-01* 12-08 12-25"},
		{"AL/calendar.eid", 2026, "03-20 05-27"},
		{"AL/calendar.eid", 2027, "03-09 05-17*"},
		{"BA/calendar.fbih", 2017, "01-02 01-03* 03-01 05-01 05-02"}, // 1 January was a Sunday: ministry
		{"BA/calendar.fbih", 2022, "01-03* 03-01 05-02 05-03* 11-25"},
		{"BA/calendar.rs", 2022, "01-03* 05-02 05-09 11-21"},
		{"BA/calendar.rs", 2023, "01-02 01-09 05-01 05-02 05-09 11-21"}, // the first day was a Sunday and moves nowhere
		{"BA/calendar.bd", 2026, "01-01 01-02 03-09* 05-01"},
		{"BG/calendar.public-holidays", 2021, "01-01 03-03 04-30 05-03 05-04* 05-06 05-24 09-06 09-22 12-24 12-27* 12-28*"},
		{"BG/calendar.public-holidays", 2026, "01-01 03-03 04-10 04-13 05-01 05-06 05-25* 09-07* 09-22 12-24 12-25 12-28*"},
		{"HR/calendar.public-holidays", 2026, "01-01 01-06 04-06 05-01 06-04 06-22 08-05 11-18 12-25"},
		{"MD/calendar.public-holidays", 2027, "01-01 01-07 01-08 03-08 05-03 05-10 08-27 08-31"},
		{"ME/calendar.public-holidays", 2025, "01-01 01-02 05-01 05-02 05-21 05-22 07-14 07-15* 11-13 11-14"}, // 13 July was a Sunday: ministry
		{"ME/calendar.public-holidays", 2022, "01-03* 05-02 05-03* 05-23* 07-13 07-14 11-14 11-15*"},
		{"MK/calendar.public-holidays", 2022, "01-07 04-25 05-02* 05-24 08-02 09-08 10-11 10-24* 12-08"},
		{"MK/calendar.public-holidays", 2024, "01-01 01-08* 05-01 05-06 05-24 08-02 09-09* 10-11 10-23 12-09*"},
		{"MK/calendar.eid", 2025, "03-31*"},
		{"RO/calendar.public-holidays", 2026, "01-01 01-02 01-06 01-07 04-10 04-13 05-01 06-01 11-30 12-01 12-25"},
		{"RS/calendar.public-holidays", 2017, "01-02 01-03* 02-15 02-16 04-14 04-17 05-01 05-02"},
		{"RS/calendar.public-holidays", 2021, "01-01 01-07 02-15 02-16 04-30 05-03 05-04* 11-11"}, // 2 May was a Sunday and Easter
		{"RS/calendar.public-holidays", 2026, "01-01 01-02 01-07 02-16 02-17* 04-10 04-13 05-01 11-11"},
		{"SI/calendar.public-holidays", 2026, "01-01 01-02 04-06 04-27 05-01 06-25 12-25"},
		{"XK/calendar.public-holidays", 2018, "01-01 01-02 02-19* 04-02 04-09 05-01 05-09 12-25 01-08*"},
		{"XK/calendar.eid", 2027, "03-09 05-17*"},
	} {
		want := strings.Fields(c.want)
		slices.Sort(want)
		if got := strings.Fields(onDays(s, c.item, c.year)); !slices.Equal(got, want) {
			t.Errorf("%s in %d:\n\t%v, want\n\t%v", c.item, c.year, got, want)
		}
	}
}

// TestEveryYearHasItsDaysOff: in each year from 2025 to 2035 every member has days off with words, a day in the place of another is
// one on which people would have worked, and the days that an authority announces are there and are never said to be sure.
func TestEveryYearHasItsDaysOff(t *testing.T) {
	s := load(t)
	for _, m := range s.Members() {
		weekend := s.Weekend(m)
		if !slices.Equal(weekend, []time.Weekday{time.Saturday, time.Sunday}) && !slices.Equal(weekend, []time.Weekday{time.Sunday, time.Saturday}) {
			t.Errorf("%s rests on %v", m, weekend)
		}
		for year := 2025; year <= 2035; year++ {
			holidays, moved := map[string]bool{}, map[string]bool{}
			announced := 0
			for _, d := range s.DaysOff(m, year) {
				at, err := time.Parse(time.DateOnly, string(d.Day))
				if err != nil || at.Year() != year || d.Text == "" {
					t.Errorf("%s %d: %+v", m, year, d)
				}
				place := string(d.Day) + d.Region
				if d.Substitute {
					if slices.Contains(weekend, at.Weekday()) || moved[place] {
						t.Errorf("%s: %s is in the place of another, and nobody works on it anyway", m, d.Day)
					}
					moved[place] = true
				} else {
					holidays[place] = true
				}
				if d.Announced {
					announced++
					if d.Usable {
						t.Errorf("%s: %s is sure before it is announced", m, d.Day)
					}
				}
			}
			for place := range maps.Keys(moved) {
				if holidays[place] {
					t.Errorf("%s: %s is a holiday and in the place of another", m, place)
				}
			}
			if len(holidays) < 10 {
				t.Errorf("%s has %d holidays in %d", m, len(holidays), year)
			}
			if has := m == "AL" || m == "MK" || m == "XK"; has != (announced > 0) {
				t.Errorf("%s has %d days in %d that an authority announces", m, announced, year)
			}
		}
		if p, _ := s.Country(m); len(p.Calendars) == 0 {
			t.Errorf("%s has no calendar", m)
		} else {
			for _, c := range p.Calendars {
				if c.Announced && c.Origin.Status != profile.Unverified {
					t.Errorf("%s/%s: an announcement that nobody made is %s", m, c.Key, c.Origin.Status)
				}
			}
		}
	}
	if got := s.DaysOff("ZZ", 2027); len(got) != 0 {
		t.Errorf("a country that is none: %v", got)
	}
}

// TestAnUnconfirmedHolidayDelaysNoClock: a holiday that nobody confirmed counts as a day of work where somebody has to act, and
// as a day off where the person has a least time; the clock says so. When it is confirmed nobody works on it.
func TestAnUnconfirmedHolidayDelaysNoClock(t *testing.T) {
	s := load(t)
	decide, err := s.Referral("MK", "AL", "decide")
	if err != nil {
		t.Fatal(err)
	}
	const calendarOfAL = "AL/calendar.public-holidays"
	start := at(t, "Europe/Tirane", "2026-11-26 10:00") // a Thursday: Friday, Monday and Tuesday follow, 30 November and 1 December in the place of two holidays
	zone, err := s.Zone("AL")
	if err != nil {
		t.Fatal(err)
	}
	deadline := func(c profile.Clock, cal calendar.Calendar) frame.Time {
		t.Helper()
		due, err := profile.Deadline(c, start, false, zone, cal)
		if err != nil {
			t.Fatal(err)
		}
		return due
	}
	due := deadline(decide, s.Calendar("AL"))
	if want := at(t, "Europe/Tirane", "2026-12-02 00:00"); due != want {
		t.Errorf("unconfirmed: due on %v, want %v", due.Time(), want.Time())
	}
	if got := s.Calendar("AL").In(zone).Doubtful(start.Time(), due.Time()); !slices.Equal(got, []string{"2026-11-30", "2026-12-01"}) {
		t.Errorf("in doubt: %v", got)
	}
	least := profile.Clock{Key: "least", AtLeast: true, Length: decide.Length, Origin: profile.Origin{Status: profile.Verified}}
	if got, want := deadline(least, s.Calendar("AL")), at(t, "Europe/Tirane", "2026-12-04 00:00"); got != want {
		t.Errorf("a least time ends on %v, want %v", got.Time(), want.Time())
	}
	confirmed, _, err := profile.Confirm(s, calendarOfAL, "besa", "2026-11-01")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := deadline(decide, confirmed.Calendar("AL")), at(t, "Europe/Tirane", "2026-12-04 00:00"); got != want {
		t.Errorf("confirmed: due on %v, want %v", got.Time(), want.Time())
	}
	if got := confirmed.Calendar("AL").Doubtful(start.Time(), start.Add(20*24*time.Hour).Time()); len(got) != 0 {
		t.Errorf("confirmed, and in doubt: %v", got)
	}
	lines, err := s.Checklist("AL", nil)
	if err != nil || !slices.ContainsFunc(lines, func(l profile.Line) bool { return l.Key == calendarOfAL }) ||
		!slices.ContainsFunc(lines, func(l profile.Line) bool { return l.Key == "AL/calendar.eid" }) {
		t.Errorf("the calendars are not on the checklist: %v", err)
	}
}

// TestWhatWasReadIsNoDoubt: the calendars of which the text of the law was read are counted by, the others are not; a description
// of a law is no law.
func TestWhatWasReadIsNoDoubt(t *testing.T) {
	s := load(t)
	read := map[id.Member]bool{"BG": true, "MK": true, "RO": true, "RS": true}
	for _, m := range s.Members() {
		if got := slices.Contains(s.Calendar(m).Holidays, "2027-01-01"); got != read[m] {
			t.Errorf("%s: nobody works on 1 January 2027, for sure: %v", m, got)
		}
	}
	if c := s.Calendar("MK"); !slices.Contains(c.Doubted, "2027-03-09") || slices.Contains(c.Holidays, "2027-03-09") {
		t.Error("Eid al-Fitr of 2027 is sure before it is announced")
	}
	if c := demo(t).Calendar("MK"); !slices.Contains(c.Holidays, "2027-03-09") || len(c.Doubted) > 0 {
		t.Error("the demonstration, in which everything is confirmed, doubts something")
	}
}

// TestAHolidayOfARegionIsNoneOfTheCountry: a desk of Bosnia and Herzegovina does not say in which part it lies, so nobody is sure not to
// work but on the days that are free in each.
func TestAHolidayOfARegionIsNoneOfTheCountry(t *testing.T) {
	s := load(t)
	if c := s.Calendar("BA"); len(c.Holidays) > 0 {
		t.Errorf("one of the three laws was not read, and these days are sure: %v", c.Holidays)
	}
	all, _, err := profile.Confirm(s, "BA/calendar.fbih", "emir", "2026-11-01")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	c := all.Calendar("BA")
	for _, day := range c.Holidays {
		if strings.HasPrefix(day, "2028-") {
			got = append(got, day)
		}
	}
	if want := []string{"2028-01-01", "2028-01-02", "2028-05-01", "2028-05-02"}; !slices.Equal(got[:min(len(got), 1)], want[:1]) ||
		slices.ContainsFunc(want, func(d string) bool { return !slices.Contains(got, d) }) {
		t.Errorf("sure in 2028: %v", got)
	}
	for _, day := range []string{"2028-01-09", "2028-03-01", "2028-03-08", "2028-11-21"} {
		if !slices.Contains(c.Doubted, day) || slices.Contains(c.Holidays, day) {
			t.Errorf("%s is a holiday of one part and not in doubt", day)
		}
	}
}

func TestHolidaysAreExamined(t *testing.T) {
	base := func(h profile.Holiday) error {
		raw, err := json.Marshal(profile.Profile{Schema: profile.SchemaName, Code: profile.Network, Version: 1, Calendars: []profile.Calendar{{
			Key: "x", Holidays: []profile.Holiday{h}, Origin: profile.Origin{Source: "a law", Status: profile.Unverified},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = profile.Parse(raw)
		return err
	}
	for name, h := range map[string]profile.Holiday{
		"never":              {Text: "x"},
		"twice":              {Day: "01-01", Easter: profile.Western, Text: "x"},
		"no day":             {Day: "02-30", Text: "x"},
		"no rite":            {Easter: "northern", Text: "x"},
		"too far":            {Easter: profile.Western, Offset: 81, Text: "x"},
		"from no Easter":     {Day: "01-01", Offset: 1, Text: "x"},
		"no date":            {Dates: []profile.Date{"2027-3-9"}, Text: "x"},
		"no such substitute": {Day: "01-01", Substitute: "sometimes", Text: "x"},
		"no words":           {Day: "01-01"},
	} {
		if err := base(h); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := base(profile.Holiday{Day: "02-29", Text: "x"}); err != nil {
		t.Errorf("29 February: %v", err)
	}
}
