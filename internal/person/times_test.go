package person_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/person"
)

// TestWhetherItIsSafeNow: a moment is called safe only by times that were understood wholly.
func TestWhetherItIsSafeNow(t *testing.T) {
	monday := time.Date(2026, 3, 2, 11, 4, 0, 0, time.UTC)
	day := func(word string) (time.Weekday, bool) {
		i := strings.Index("sunmontuewedthufrisat", word)
		return time.Weekday(i / 3), i >= 0 && len(word) == 3
	}
	for _, x := range []struct {
		times string
		at    time.Time
		want  person.Timing
	}{
		{"10:00-12:00", monday, person.TimesInAnyDay},
		{"10.00 – 12", monday, person.TimesInAnyDay},
		{"10:00-11:04", monday, person.TimesOut},
		{"11:04-12:00", monday, person.TimesInAnyDay},
		{"9-10, 14:30-16:00", monday, person.TimesOut},
		{"Mon-Fri 10-12", monday, person.TimesIn},
		{"mon - fri 10-12", monday.AddDate(0, 0, 5), person.TimesOut},
		{"sat-mon 10-12", monday, person.TimesIn},
		{"mon wed 10-12; fri 8-9", monday.AddDate(0, 0, 4), person.TimesOut},
		{"mon wed 10-12; fri 8-9", monday.AddDate(0, 0, 2), person.TimesIn},
		{"10-12 mon", monday, person.TimesUnclear},
		{"mon 10-12 fri", monday, person.TimesUnclear},
		{"10:00-12:00, never when he is there", monday, person.TimesUnclear},
		{"not 10-12", monday, person.TimesUnclear},
		{"22:00-2:00", monday, person.TimesUnclear},
		{"mornings", monday, person.TimesUnclear},
		{"10-25", monday, person.TimesUnclear},
		{"10:75-12", monday, person.TimesUnclear},
		{"", monday, person.TimesUnclear},
	} {
		if got := person.TimingOf(x.times, x.at, day); got != x.want {
			t.Errorf("%q at %v: %v, want %v", x.times, x.at, got, x.want)
		}
	}
}
