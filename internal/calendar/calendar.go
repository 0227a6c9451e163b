// Package calendar counts hours, days and working days as a country counts them.
package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Unit is what a period counts.
type Unit string

// The units. An hour is 60 minutes whatever the civil clock does; a day ends at the same civil time.
const (
	Hour       Unit = "hour"
	Day        Unit = "day"
	WorkingDay Unit = "working-day"
)

// Period is a length of time as a profile states it. The zero value means that no clock runs.
type Period struct {
	N    int  `json:"n"`
	Unit Unit `json:"unit"`
}

const maxPeriod = 10_000

// Well reports whether a clock can run for p.
func (p Period) Well() bool {
	return p.N >= 1 && p.N <= maxPeriod && (p.Unit == Hour || p.Unit == Day || p.Unit == WorkingDay)
}

// Calendar is what a side calls a day. The zero value is UTC with no day off; a profile says otherwise.
type Calendar struct {
	Zone     *time.Location // nil: UTC
	Weekend  []time.Weekday
	Holidays []string // civil dates, "2026-01-07"
	Doubted  []string // civil dates of which it is not sure that nobody works; a period counts them as days of work
}

func (c Calendar) local(t time.Time) time.Time {
	if c.Zone == nil {
		return t.UTC()
	}
	return t.In(c.Zone)
}

// Works reports whether the civil date of t is a working day.
func (c Calendar) Works(t time.Time) bool {
	return !slices.Contains(c.Weekend, t.Weekday()) && !slices.Contains(c.Holidays, t.Format(time.DateOnly))
}

// In returns the calendar in a time zone.
func (c Calendar) In(zone *time.Location) Calendar {
	c.Zone = zone
	return c
}

// Longest returns the calendar by which a period is never too short: nobody works on the days in doubt.
func (c Calendar) Longest() Calendar {
	c.Holidays, c.Doubted = slices.Concat(c.Holidays, c.Doubted), nil
	return c
}

// Doubtful returns the days in doubt after the civil date of from and not after that of to, but for those of a weekend or a
// holiday: a period of working days between them would end otherwise if nobody worked on one of these.
func (c Calendar) Doubtful(from, to time.Time) []string {
	first, last := c.local(from).Format(time.DateOnly), c.local(to).Format(time.DateOnly)
	var all []string
	for _, day := range c.Doubted {
		if t, err := time.Parse(time.DateOnly, day); err == nil && first < day && day <= last && c.Works(t) {
			all = append(all, day)
		}
	}
	return all
}

// maxIdle bounds the search for a working day, so that a calendar without any ends somewhere: a deadline that
// comes too early is noticed, one that never comes is not.
const maxIdle = 60

// After returns the end of the period that begins at t. Working days begin at t if its civil date is one, else
// at the start of the next that is; each ends at the same civil time on the working day after it.
func (c Calendar) After(t time.Time, p Period) time.Time {
	switch p.Unit {
	case Hour:
		return t.Add(time.Duration(p.N) * time.Hour)
	case Day:
		return c.local(t).AddDate(0, 0, p.N).UTC()
	case WorkingDay:
		l := c.local(t)
		if !c.Works(l) {
			y, m, d := l.Date()
			l = c.seek(time.Date(y, m, d, 0, 0, 0, 0, l.Location()))
		}
		for range p.N {
			l = c.seek(l)
		}
		return l.UTC()
	default:
		return t
	}
}

// The years for which a holiday of every year is written out.
const (
	firstYear = 2024
	lastYear  = 2064
)

// Of makes a calendar of how a profile writes one: weekdays by their English names, holidays as civil dates, or as month and
// day ("01-07") of every year.
func Of(zone *time.Location, weekend, holidays []string) Calendar {
	out := Calendar{Zone: zone}
	for d := time.Sunday; d <= time.Saturday; d++ {
		for _, w := range weekend {
			if strings.EqualFold(d.String(), w) {
				out.Weekend = append(out.Weekend, d)
			}
		}
	}
	for _, h := range holidays {
		if len(h) == len(time.DateOnly) {
			out.Holidays = append(out.Holidays, h)
			continue
		}
		for y := firstYear; y < lastYear; y++ {
			out.Holidays = append(out.Holidays, strconv.Itoa(y)+"-"+h)
		}
	}
	return out
}

// seek returns the same civil time on the next working day.
func (c Calendar) seek(t time.Time) time.Time {
	for range maxIdle {
		if t = t.AddDate(0, 0, 1); c.Works(t) {
			break
		}
	}
	return t
}
