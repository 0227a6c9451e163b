package calendar_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
)

// The end of a period is the one that a person with a calendar on the wall would name.
func TestAfter(t *testing.T) {
	skopje, err := time.LoadLocation("Europe/Skopje")
	if err != nil {
		t.Fatal(err)
	}
	c := calendar.Of(skopje, []string{"Saturday", "sunday"}, []string{"01-07", "2026-03-09"})
	for _, tt := range []struct {
		name, from string
		p          calendar.Period
		want       string
	}{
		{"hours are 60 minutes while the clock goes forward", "2026-03-29T00:30+01:00", calendar.Period{N: 24, Unit: calendar.Hour}, "2026-03-30T01:30+02:00"},
		{"a day ends at the same civil time while the clock goes forward", "2026-03-28T12:00+01:00", calendar.Period{N: 1, Unit: calendar.Day}, "2026-03-29T12:00+02:00"},
		{"a working day passes over the weekend", "2026-03-13T15:00+01:00", calendar.Period{N: 1, Unit: calendar.WorkingDay}, "2026-03-16T15:00+01:00"},
		{"and over a holiday of one year", "2026-03-06T15:00+01:00", calendar.Period{N: 1, Unit: calendar.WorkingDay}, "2026-03-10T15:00+01:00"},
		{"and of every year", "2027-01-06T15:00+01:00", calendar.Period{N: 1, Unit: calendar.WorkingDay}, "2027-01-08T15:00+01:00"},
		{"what begins on a Saturday begins on Monday morning", "2026-03-14T15:00+01:00", calendar.Period{N: 2, Unit: calendar.WorkingDay}, "2026-03-18T00:00+01:00"},
		{"no clock runs", "2026-03-14T15:00+01:00", calendar.Period{}, "2026-03-14T15:00+01:00"},
	} {
		from, err := time.Parse("2006-01-02T15:04Z07:00", tt.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.After(from, tt.p).In(skopje).Format("2006-01-02T15:04Z07:00"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A calendar without a working day ends somewhere: too early is noticed, never is not.
func TestACalendarWithoutWorkEnds(t *testing.T) {
	never := calendar.Of(nil, []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}, nil)
	from := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	if got := never.After(from, calendar.Period{N: 1, Unit: calendar.WorkingDay}).Sub(from); got <= 0 || got > 365*24*time.Hour {
		t.Errorf("it ends after %s", got)
	}
}

func TestPeriodWell(t *testing.T) {
	for _, tt := range []struct {
		p    calendar.Period
		want bool
	}{
		{calendar.Period{}, false},
		{calendar.Period{N: 0, Unit: calendar.Day}, false},
		{calendar.Period{N: 3, Unit: "fortnight"}, false},
		{calendar.Period{N: 10_001, Unit: calendar.Hour}, false},
		{calendar.Period{N: 10_000, Unit: calendar.Hour}, true},
		{calendar.Period{N: 1, Unit: calendar.WorkingDay}, true},
	} {
		if got := tt.p.Well(); got != tt.want {
			t.Errorf("%+v: %t", tt.p, got)
		}
	}
}
