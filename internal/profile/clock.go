package profile

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Referral returns the clock with that key for referrals between two members: what the pair agreed, else the
// network's. A national referral has the same member twice.
//
// It fails with [fault.NotFound] and "profile.clock" if there is none.
func (s Set) Referral(from, to id.Member, key string) (Clock, error) {
	for _, p := range s.network.Pairs {
		if p.From == from && p.To == to && p.Clock.Key == key && p.Clock.Starts() {
			return p.Clock, nil
		}
	}
	if c, ok := find(s.network.Clocks, key); ok {
		return c, nil
	}
	return Clock{}, fault.New(fault.NotFound, "profile.clock").With("clock", key)
}

// Shown is a clock of national law as it is displayed.
type Shown struct {
	Clock    Clock  // the length to display
	National *Clock // what the country's profile says; nil if it says nothing
	Minimum  bool   // Clock is the network's minimum, because the national one is missing or not usable
}

// Starts reports whether the clock may be started: a minimum that stands in for national law may not.
func (s Shown) Starts() bool { return !s.Minimum && s.Clock.Starts() }

// National returns the clock of a country's law as it is to be displayed. While the country's own is missing or
// not usable, that is the network's clock named in until_confirmed, or of the same key: for the reflection
// period the convention's minimum of 30 days. Only [Shown.Starts] says whether it may be started.
//
// It fails with [fault.NotFound] and "profile.clock" if there is neither.
func (s Set) National(m id.Member, key string) (Shown, error) {
	own, has := find(s.countries[m].Clocks, key)
	fallback := key
	if has {
		if own.Origin.Usable() {
			return Shown{Clock: own, National: &own}, nil
		}
		if own.UntilConfirmed != "" {
			fallback = own.UntilConfirmed
		}
	}
	shown := Shown{Minimum: true}
	if has {
		shown.National = &own
	}
	var ok bool
	if shown.Clock, ok = find(s.network.Clocks, fallback); !ok {
		return Shown{}, fault.New(fault.NotFound, "profile.clock").With("clock", key)
	}
	return shown, nil
}

// Clocks returns every clock of the network, in the order of the file.
func (s Set) Clocks() []Clock { return slices.Clone(s.network.Clocks) }

// Deadline returns the moment at which a clock started at start has run out.
//
// Hours are elapsed time. Days and working days begin with the day after the start, as seen in zone, and end with
// the last moment of the last of them, which is midnight there. Months end with the day of the same number, or the
// last day of a shorter month. The urgent length counts if urgent is set and the clock has one. A day of which it is not sure that
// nobody works counts as a working day, so that whoever has to act is told early; where the clock gives a least time, it does not,
// so that nobody has too little.
//
// It fails with [fault.Conflict] and "profile.clock.unverified" if the clock is law that nobody has confirmed, or was
// superseded, and with [fault.Invalid] and "profile.clock.zone" without a zone.
func Deadline(c Clock, start frame.Time, urgent bool, zone *time.Location, cal calendar.Calendar) (frame.Time, error) {
	if !c.Starts() {
		return 0, fault.New(fault.Conflict, "profile.clock.unverified").With("clock", c.Key)
	}
	if zone == nil {
		return 0, fault.New(fault.Invalid, "profile.clock.zone").With("clock", c.Key)
	}
	l := c.Length
	if urgent && c.Urgent != nil {
		l = *c.Urgent
	}
	if c.AtLeast {
		cal = cal.Longest()
	}
	return l.After(start, zone, cal), nil
}

// Ends returns the moment at which a clock of the work inside one member has run out, counted from start in its zone
// and its calendar.
//
// It fails with [fault.NotFound] and "profile.clock" if there is none, and as [Deadline] and [Set.Zone].
func (s Set) Ends(m id.Member, key string, start frame.Time) (frame.Time, error) {
	c, err := s.Referral(m, m, key)
	if err != nil {
		return 0, err
	}
	zone, err := s.Zone(m)
	if fault.Is(err, fault.NotFound) {
		zone, err = time.UTC, nil
	}
	if err != nil {
		return 0, err
	}
	return Deadline(c, start, false, zone, s.Calendar(m))
}

// After returns the moment at which the length, counted from start, is over. See [Deadline] for how.
func (l Length) After(start frame.Time, zone *time.Location, cal calendar.Calendar) frame.Time {
	if l.Unit == Hours {
		return start.Add(time.Duration(l.N) * time.Hour)
	}
	year, month, day := start.Time().In(zone).Date()
	switch l.Unit {
	case Months:
		first := time.Date(year, month+time.Month(l.N), 1, 0, 0, 0, 0, zone)
		days := time.Date(first.Year(), first.Month()+1, 0, 12, 0, 0, 0, time.UTC).Day()
		year, month, day = first.Year(), first.Month(), min(day, days)
	case WorkingDays:
		for left := l.N; left > 0; {
			day++
			if cal.Works(time.Date(year, month, day, 12, 0, 0, 0, time.UTC)) {
				left--
			}
		}
	default:
		day += l.N
	}
	return frame.At(time.Date(year, month, day+1, 0, 0, 0, 0, zone))
}

// At returns the moment at which a clock that runs from start to deadline has run that part of its length, for
// reminders and steps of the escalation; 100 is the deadline.
func At(start, deadline frame.Time, percent int) frame.Time {
	span := deadline.Sub(start)
	return start.Add(span/100*time.Duration(percent) + span%100*time.Duration(percent)/100)
}

func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.ToLower(d.String()) == name {
			return d, true
		}
	}
	return 0, false
}

func find(clocks []Clock, key string) (Clock, bool) {
	for _, c := range clocks {
		if c.Key == key {
			return c, true
		}
	}
	return Clock{}, false
}

// Period is the length as a clock counts it; a month is thirty days.
func (l Length) Period() calendar.Period {
	switch l.Unit {
	case Hours:
		return calendar.Period{N: l.N, Unit: calendar.Hour}
	case WorkingDays:
		return calendar.Period{N: l.N, Unit: calendar.WorkingDay}
	case Months:
		return calendar.Period{N: 30 * l.N, Unit: calendar.Day}
	default:
		return calendar.Period{N: l.N, Unit: calendar.Day}
	}
}
