package desk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

func TestWhenNobodyIsOnDuty(t *testing.T) {
	shift := func(from, to frame.Time) Shift { return Shift{Desk: "d", User: "u", From: from, To: to} }
	for _, c := range []struct {
		name   string
		shifts []Shift
		gaps   []Span
	}{
		{"no roster", nil, []Span{{10, 100}}},
		{"all of it", []Shift{shift(0, 200)}, nil},
		{"two that meet", []Shift{shift(50, 100), shift(10, 50)}, nil},
		{"before, between and after", []Shift{shift(60, 90), shift(20, 50)}, []Span{{10, 20}, {50, 60}, {90, 100}}},
		{"one within another", []Shift{shift(0, 80), shift(20, 30)}, []Span{{80, 100}}},
		{"later than asked", []Shift{shift(100, 300)}, []Span{{10, 100}}},
	} {
		if d := cmp.Diff(c.gaps, Gaps(c.shifts, 10, 100)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// A shift comes again at the same hour by the clock on the wall, also over the night in which the clock is put forward.
func TestAShiftComesAgain(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Skopje")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, zone) }
	first := Shift{Desk: "d", User: "u", From: frame.At(at(26, 18)), To: frame.At(at(27, 8))} // a Thursday; the clock changes on the 29th
	for rhythm, days := range map[Rhythm][]int{Once: {26}, Daily: {26, 27, 28, 29, 30}, Working: {26, 27, 30}, Weekly: {26}} {
		all, err := Repeat(first, rhythm, at(30, 0), zone)
		if err != nil || len(all) != len(days) {
			t.Errorf("%s: %d of %d, %v", rhythm, len(all), len(days), err)
			continue
		}
		for i, day := range days {
			if all[i].From != frame.At(at(day, 18)) || all[i].To != frame.At(at(day+1, 8)) || all[i].User != "u" {
				t.Errorf("%s %d: from %v to %v", rhythm, i, all[i].From.Time().In(zone), all[i].To.Time().In(zone))
			}
		}
	}
	if _, err := Repeat(first, Daily, at(26, 0).AddDate(5, 0, 0), zone); !fault.Is(err, fault.TooLarge) {
		t.Errorf("five years of days: %v", err)
	}
	if _, err := Repeat(first, "yearly", at(30, 0), zone); !fault.Is(err, fault.Invalid) {
		t.Errorf("another rhythm: %v", err)
	}
	first.To = first.From
	if _, err := Repeat(first, Once, at(30, 0), zone); !fault.Is(err, fault.Invalid) {
		t.Errorf("no length: %v", err)
	}
}
