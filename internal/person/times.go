package person

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Timing is what can be said of a moment by the times at which a way of contact was called safe.
type Timing int

// The timings. Times are written in words, and what is not understood wholly is [TimesUnclear]: nobody is told that a moment is safe by
// a sentence of which half was read.
const (
	TimesUnclear  Timing = iota // somebody has to read and compare
	TimesOut                    // not at this time
	TimesIn                     // at this time of this day
	TimesInAnyDay               // at this time; no day of the week is named
)

var hours = regexp.MustCompile(`^([0-9]{1,2})(?:[:.]([0-9]{2}))?[-–—]([0-9]{1,2})(?:[:.]([0-9]{2}))?$`)

// dashes are written with and without blanks around them.
var dashes = regexp.MustCompile(`\s*[-–—]\s*`)

// TimingOf compares a moment, by the clock of where the times were written, with those times: "10:00-12:00", "Mon-Fri 9-12, 14:30-16:00",
// "sat 10-12". Day finds the day of the week that a word means.
func TimingOf(times string, at time.Time, day func(word string) (time.Weekday, bool)) Timing {
	var days []time.Weekday
	said, in, named, fresh := false, false, false, true
	for _, word := range strings.FieldsFunc(dashes.ReplaceAllString(strings.ToLower(times), "-"), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' }) {
		if m := hours.FindStringSubmatch(word); m != nil {
			from, to := minute(m[1], m[2]), minute(m[3], m[4])
			if from < 0 || to <= from { // a night reaches into another day: somebody has to read that
				return TimesUnclear
			}
			now := at.Hour()*60 + at.Minute()
			in = in || from <= now && now < to && (len(days) == 0 || slices.Contains(days, at.Weekday()))
			said, fresh = true, true
			continue
		}
		if fresh { // days after hours begin anew
			if said && len(days) == 0 {
				return TimesUnclear // "10-12 mon": of which hours is it the day?
			}
			days, fresh = nil, false
		}
		first, last, span := strings.Cut(word, "-")
		a, ok := day(first)
		if !ok {
			return TimesUnclear
		}
		b := a
		if span {
			if b, ok = day(last); !ok {
				return TimesUnclear
			}
		}
		for d := a; ; d = (d + 1) % 7 {
			days = append(days, d)
			if d == b {
				break
			}
		}
		named = true
	}
	switch {
	case !said || !fresh: // days without hours
		return TimesUnclear
	case !in:
		return TimesOut
	case named:
		return TimesIn
	}
	return TimesInAnyDay
}

// minute is the minute of the day, -1 where there is none such.
func minute(hour, minute string) int {
	h, err := strconv.Atoi(hour)
	if err != nil {
		return -1
	}
	m := 0
	if minute != "" {
		if m, err = strconv.Atoi(minute); err != nil {
			return -1
		}
	}
	if h > 24 || m > 59 || h == 24 && m > 0 {
		return -1
	}
	return h*60 + m
}
