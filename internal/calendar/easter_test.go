package calendar_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
)

// Both Easters as they were and will be kept: from the calendars of the churches. In some years they are the same day.
func TestBothEasters(t *testing.T) {
	for _, tt := range []struct {
		year              int
		western, orthodox string
	}{
		{1900, "1900-04-15", "1900-04-22"},
		{1954, "1954-04-18", "1954-04-25"}, // where the rule for a full moon that falls too late decides
		{1981, "1981-04-19", "1981-04-26"}, // and here again
		{2000, "2000-04-23", "2000-04-30"},
		{2019, "2019-04-21", "2019-04-28"},
		{2021, "2021-04-04", "2021-05-02"},
		{2024, "2024-03-31", "2024-05-05"},
		{2025, "2025-04-20", "2025-04-20"},
		{2026, "2026-04-05", "2026-04-12"},
		{2027, "2027-03-28", "2027-05-02"},
		{2028, "2028-04-16", "2028-04-16"},
		{2029, "2029-04-01", "2029-04-08"},
		{2030, "2030-04-21", "2030-04-28"},
		{2031, "2031-04-13", "2031-04-13"},
		{2032, "2032-03-28", "2032-05-02"},
		{2033, "2033-04-17", "2033-04-24"},
		{2034, "2034-04-09", "2034-04-09"},
		{2035, "2035-03-25", "2035-04-29"},
		{2049, "2049-04-18", "2049-04-25"},
		{2076, "2076-04-19", "2076-04-26"},
		{2100, "2100-03-28", "2100-05-02"}, // the Julian calendar falls one day further behind
	} {
		if got := calendar.Easter(tt.year).Format(time.DateOnly); got != tt.western {
			t.Errorf("western Easter of %d is %s, want %s", tt.year, got, tt.western)
		}
		if got := calendar.OrthodoxEaster(tt.year).Format(time.DateOnly); got != tt.orthodox {
			t.Errorf("orthodox Easter of %d is %s, want %s", tt.year, got, tt.orthodox)
		}
	}
	for year := 1900; year <= 2199; year++ {
		for name, day := range map[string]time.Time{"western": calendar.Easter(year), "orthodox": calendar.OrthodoxEaster(year)} {
			if day.Weekday() != time.Sunday || day.Year() != year {
				t.Errorf("%s Easter of %d is %v", name, year, day)
			}
		}
	}
}

// A day in doubt shortens no period and is told of, where it lies in one and somebody would work on it.
func TestDoubt(t *testing.T) {
	c := calendar.Calendar{Weekend: []time.Weekday{time.Saturday, time.Sunday}, Holidays: []string{"2027-03-10"}, Doubted: []string{"2027-03-09", "2027-03-13"}}
	at := func(day string) time.Time {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return d.Add(10 * time.Hour)
	}
	one := calendar.Period{N: 1, Unit: calendar.WorkingDay}
	if got := c.After(at("2027-03-08"), one); got != at("2027-03-09") {
		t.Errorf("a day in doubt was passed over: %v", got)
	}
	if got := c.Longest().After(at("2027-03-08"), one); got != at("2027-03-11") {
		t.Errorf("the longest period ends on %v", got)
	}
	for _, tt := range []struct {
		from, to string
		want     bool
	}{
		{"2027-03-08", "2027-03-09", true},
		{"2027-03-08", "2027-03-20", true},
		{"2027-03-09", "2027-03-20", false}, // the day of the start is not counted, and the 13th is a Saturday
		{"2027-03-01", "2027-03-08", false},
	} {
		if got := c.Doubtful(at(tt.from), at(tt.to)); len(got) == 1 != tt.want || len(got) > 1 {
			t.Errorf("doubt between %s and %s: %v", tt.from, tt.to, got)
		}
	}
	if len(c.Longest().Doubtful(at("2027-03-01"), at("2027-03-20"))) > 0 {
		t.Error("the longest period is in doubt")
	}
}
