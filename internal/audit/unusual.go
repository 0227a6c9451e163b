package audit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Access is what one user did with one case on one day (UTC), as far as the log says it.
type Access struct {
	User   id.User
	Day    int64 // since 1970
	Case   id.Case
	Role   access.Role
	Opened frame.Time // of the first opening of content on that day; 0: none
	Wrote  bool       // she did something in the case
}

// DayOf returns the day of a moment.
func DayOf(t frame.Time) int64 { return t.Time().Unix() / (24 * 60 * 60) }

// AccessOf returns what an entry says of one user and one case; false if it is about no case, by nobody, or of what
// was refused.
func AccessOf(e Entry) (Access, bool) {
	if e.User == "" || e.Case == "" || e.Outcome != OutcomeDone {
		return Access{}, false
	}
	if e.Verb == VerbSaw && e.Action == access.OpeningsCase {
		return Access{}, false // who asks who has looked has opened nothing
	}
	a := Access{User: e.User, Day: DayOf(e.Time), Case: e.Case, Role: e.Role}
	if e.Verb == VerbSaw {
		a.Opened = e.Time
	} else {
		a.Wrote = true
	}
	return a, true
}

// Limits are the numbers of the rules. They are data of the profile, with source and status; 0 turns a rule off.
type Limits struct {
	Hour      int64 // different cases within an hour, at least
	Day       int64 // different cases on a day, at least
	Unwritten int64 // different cases on a day in which she writes nothing, at least
	OffDuty   int64 // different cases on a day, far outside the duty of her desks, at least
	Far       int64 // hours from every span of their duty, more than which is far
	Times     int64 // and more than so many times what is usual for her
	History   int64 // days that tell what is usual
}

// Span is a span of duty of a desk: from From until before To.
type Span struct{ From, To frame.Time }

// RosterReach is how far around itself a span of duty speaks. Of a moment that is farther from every span nothing can be said: the
// roster was not kept then.
const RosterReach = 7 * 24 * time.Hour

// offDuty reports whether a moment is more than so many hours from every span of duty; false where there is no roster near it.
func offDuty(duty []Span, t frame.Time, hours int64) bool {
	near := RosterReach + 1
	for _, s := range duty {
		near = min(near, max(s.From.Sub(t), t.Sub(s.To), 0))
	}
	return near <= RosterReach && near > time.Duration(hours)*time.Hour
}

// Rule is a way in which openings are unusual.
type Rule string

// The rules.
const (
	ManyHour  Rule = "many-hour" // many different cases within an hour
	ManyDay   Rule = "many-day"  // many different cases on a day
	Unwritten Rule = "unwritten" // many different cases, and nothing written in them that day or in the days before
	OffDuty   Rule = "off-duty"  // far outside the duty of her desks
)

// Alert says that somebody opened cases in an unusual way: by which rule, in which time, and by which numbers. It names her by her
// identifier and function, and the cases by theirs. It accuses nobody: a person looks.
type Alert struct {
	User  id.User     `json:"user"`
	Role  access.Role `json:"role"`
	Rule  Rule        `json:"rule"`
	Day   int64       `json:"day"`
	Since frame.Time  `json:"since"` // first and last of these openings
	Until frame.Time  `json:"until"`
	Seen  int64       `json:"seen"`  // different cases
	Usual int64       `json:"usual"` // on a day on which she opens any, rounded up; 0: nothing is known
	Cases []id.Case   `json:"cases"` // at most [MostCases]
	Made  frame.Time  `json:"made"`
}

// MostCases is how many cases an alert names.
const MostCases = 50

// Unusual returns the alerts about one day of one user. Rows are all that she did on that day and in the days before
// that tell what is usual, in any order. Duty is the roster of her desks around those days; empty where not all of them keep one, and
// then nothing is said of it.
func Unusual(rows []Access, day int64, duty []Span, l Limits) []Alert {
	days := map[int64][]Access{}
	wrote := map[id.Case]bool{}
	for _, r := range rows {
		if r.Day > day || r.Day < day-l.History {
			continue
		}
		wrote[r.Case] = wrote[r.Case] || r.Wrote
		if r.Opened != 0 {
			days[r.Day] = append(days[r.Day], r)
		}
	}
	if len(days[day]) == 0 {
		return nil
	}
	var out []Alert
	for _, rule := range []struct {
		rule  Rule
		floor int64
		pick  func([]Access) []Access
	}{
		{ManyHour, l.Hour, busiest},
		{ManyDay, l.Day, func(all []Access) []Access { return all }},
		{Unwritten, l.Unwritten, func(all []Access) []Access {
			return slices.DeleteFunc(slices.Clone(all), func(a Access) bool { return wrote[a.Case] })
		}},
		{OffDuty, l.OffDuty, func(all []Access) []Access {
			return slices.DeleteFunc(slices.Clone(all), func(a Access) bool { return !offDuty(duty, a.Opened, l.Far) })
		}},
	} {
		seen := rule.pick(days[day])
		before, active := 0, 0
		for d, all := range days {
			if d != day {
				before, active = before+len(rule.pick(all)), active+1
			}
		}
		n, usual := int64(len(seen)), int64(0)
		if active > 0 {
			usual = int64((before + active - 1) / active)
		}
		if rule.floor <= 0 || n < rule.floor || n <= l.Times*usual {
			continue
		}
		sorting.By(seen, byTime)
		a := Alert{User: seen[0].User, Role: seen[0].Role, Rule: rule.rule, Day: day, Since: seen[0].Opened, Until: seen[n-1].Opened, Seen: n, Usual: usual}
		for _, s := range seen[:min(n, MostCases)] {
			a.Cases = append(a.Cases, s.Case)
		}
		out = append(out, a)
	}
	return out
}

func byTime(a, b Access) int {
	return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.Case, b.Case))
}

// busiest returns those first openings of a day that fall into its busiest hour.
func busiest(all []Access) []Access {
	all = sorting.New(all, byTime)
	from, to, begin := 0, 0, 0
	for end := range all {
		for all[end].Opened.Sub(all[begin].Opened) > time.Hour {
			begin++
		}
		if end+1-begin > to-from {
			from, to = begin, end+1
		}
	}
	return all[from:to]
}

// AlertTx is what alerts need kept.
type AlertTx interface {
	// Watched returns the place up to which the log was looked through; 0 at the beginning.
	Watched(ctx context.Context) (Place, error)
	SetWatched(ctx context.Context, upto Place) error
	// NoteAccess adds what a says to what is kept of that user, day and case, and that somebody with her role opened it.
	NoteAccess(ctx context.Context, a Access) error
	// AccessSince returns what is kept of a user from a day on.
	AccessSince(ctx context.Context, user id.User, day int64) ([]Access, error)
	// ForgetAccess forgets what is kept of days before.
	ForgetAccess(ctx context.Context, day int64) error
	AlertReader
	// SetAlert keeps an alert, in place of one of the same user, rule and day.
	SetAlert(ctx context.Context, a Alert) error
}

// AlertReader reads alerts.
type AlertReader interface {
	// AlertsOn returns the alerts about a day of a user.
	AlertsOn(ctx context.Context, user id.User, day int64) ([]Alert, error)
	// Alerts returns the newest alerts, at most limit.
	Alerts(ctx context.Context, limit int) ([]Alert, error)
}

// Unusual shows the newest alerts about unusual openings, at most limit. The reading is recorded.
//
// It fails with [fault.Denied] if who may not read the log.
func (s *Service) Unusual(ctx context.Context, who access.Actor, limit int) ([]Alert, error) {
	if err := access.Check(who, access.ReadAudit, s.on()); err != nil {
		return nil, err
	}
	if limit < 1 || limit > MostEntries {
		limit = MostEntries
	}
	var all []Alert
	err := s.Write(ctx, Saw(who, access.ReadAudit, "alerts"), func(r Reader) (err error) {
		tx, ok := r.(AlertReader)
		if !ok {
			return fault.New(fault.Internal, "audit.wiring")
		}
		all, err = tx.Alerts(ctx, limit)
		return err
	})
	return all, err
}
