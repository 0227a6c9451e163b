package desk

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

// Span is a span of time: from From until before To.
type Span struct {
	From frame.Time `json:"from"`
	To   frame.Time `json:"to"`
}

// Gaps are the spans between two moments that no shift covers, in their order.
func Gaps(shifts []Shift, from, to frame.Time) []Span {
	all := slices.Clone(shifts)
	sorting.By(all, func(a, b Shift) int { return cmp.Compare(a.From, b.From) })
	var gaps []Span
	for _, s := range all {
		if s.From >= to {
			break
		}
		if s.From > from {
			gaps = append(gaps, Span{from, s.From})
		}
		from = max(from, s.To)
	}
	if from < to {
		gaps = append(gaps, Span{from, to})
	}
	return gaps
}

// Rhythm says how a shift comes again.
type Rhythm string

// The rhythms.
const (
	Once    Rhythm = "once"
	Daily   Rhythm = "daily"
	Working Rhythm = "working" // from Monday to Friday
	Weekly  Rhythm = "weekly"
)

// mostShifts is how many shifts a roster is given at once.
const mostShifts = 500

// Repeat returns a shift and those that follow it in a rhythm, by the clock on the wall of its zone, up to those that begin on the day of last.
//
// It fails with [fault.Invalid] for another rhythm or if it ends before it begins, and with [fault.TooLarge] if they are too many.
func Repeat(first Shift, every Rhythm, last time.Time, zone *time.Location) ([]Shift, error) {
	begin, end := first.From.Time().In(zone), first.To.Time().In(zone)
	if first.To <= first.From {
		return nil, fault.New(fault.Invalid, "desk.shift.span")
	}
	if every == Once {
		return []Shift{first}, nil
	}
	step := map[Rhythm]int{Daily: 1, Working: 1, Weekly: 7}[every]
	if step == 0 {
		return nil, fault.New(fault.Invalid, "desk.field").With("field", "repeat")
	}
	y, m, d := last.In(zone).Date()
	until := time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	var all []Shift
	for day := 0; ; day += step {
		at := begin.AddDate(0, 0, day)
		if !at.Before(until) {
			return all, nil
		}
		if every == Working && (at.Weekday() == time.Saturday || at.Weekday() == time.Sunday) {
			continue
		}
		if len(all) == mostShifts {
			return nil, fault.New(fault.TooLarge, "desk.shift.many")
		}
		next := first
		next.From, next.To = frame.At(at), frame.At(end.AddDate(0, 0, day))
		all = append(all, next)
	}
}

// Watch is who looks after a desk, and when nobody does.
type Watch struct {
	Desk    Desk      `json:"desk"`
	On      []id.User `json:"on" nullable:"false"` // on duty now
	Planned bool      `json:"planned"`             // somebody is on duty now or later
	Members int       `json:"members"`             // are told while nobody is on duty
	Gaps    []Span    `json:"gaps" nullable:"false"`
	Away    int       `json:"away"`   // are away now
	Nobody  bool      `json:"nobody"` // everybody who would be told is away, and nobody stands in
}

// Watches tells of each active desk that works at this node who is on duty there now, and when nobody is until a moment. It names users by
// their identifiers only.
//
// It fails with [fault.Denied] for actors that may not read desks.
func (s *Service) Watches(ctx context.Context, who access.Actor, until frame.Time) ([]Watch, error) {
	if err := access.Check(who, access.ReadDesk, access.Resource{Noun: "desk", Realm: access.Office}); err != nil {
		return nil, err
	}
	now := frame.At(s.Now())
	all := []Watch{}
	err := s.Read(ctx, func(tx Tx) error {
		all = all[:0]
		desks, err := tx.Desks(ctx)
		if err != nil {
			return err
		}
		for _, d := range desks {
			if d.State != Active || d.Kind != AtNode {
				continue
			}
			shifts, err := tx.Shifts(ctx, d.ID, now)
			if err != nil {
				return err
			}
			members, err := tx.Members(ctx, d.ID)
			if err != nil {
				return err
			}
			away, err := tx.Absences(ctx, d.ID, now)
			if err != nil {
				return err
			}
			planned := len(shifts) > 0
			shifts = Kept(shifts, away)
			w := Watch{Desk: d, On: append([]id.User{}, OnDuty(shifts, d.ID, now)...), Planned: planned, Gaps: []Span{}}
			for _, m := range members {
				if m.State != Granted {
					continue
				}
				if _, is := AwayAt(away, m.User, now); is {
					w.Away++
					continue
				}
				w.Members++
			}
			w.Nobody = w.Away > 0 && w.Members == 0
			if w.Planned {
				w.Gaps = append(w.Gaps, Gaps(shifts, now, until)...)
			}
			all = append(all, w)
		}
		return nil
	})
	return all, err
}
