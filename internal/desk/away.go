package desk

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Absence is somebody's holidays or illness at one desk: from when until when, and who of the desk stands in. It never says why.
type Absence struct {
	Desk    id.Desk    `json:"desk"`
	User    id.User    `json:"user"`
	From    frame.Time `json:"from"`
	To      frame.Time `json:"to"`
	StandIn id.User    `json:"stand_in,omitempty"` // empty: nobody
	By      id.User    `json:"by"`                 // who entered it
}

// longestAway is how long somebody is away at most; who is away longer says so again.
const longestAway = 366 * 24 * time.Hour

// AwayAt finds the absence of a user at a moment.
func AwayAt(all []Absence, user id.User, now frame.Time) (Absence, bool) {
	i := slices.IndexFunc(all, func(a Absence) bool { return a.User == user && a.From <= now && now < a.To })
	if i < 0 {
		return Absence{}, false
	}
	return all[i], true
}

// Present returns those of users who are there at a moment: who is away is replaced by who stands in, if that one is not away too.
func Present(users []id.User, all []Absence, now frame.Time) []id.User {
	var there []id.User
	for _, u := range users {
		if a, away := AwayAt(all, u, now); away {
			u = a.StandIn
			if _, also := AwayAt(all, u, now); also {
				u = ""
			}
		}
		if u != "" && !slices.Contains(there, u) {
			there = append(there, u)
		}
	}
	return there
}

// Kept returns the shifts as they are kept: what somebody away would have had is of who stands in, or of nobody.
func Kept(shifts []Shift, all []Absence) []Shift {
	var kept []Shift
	for _, s := range shifts {
		i := slices.IndexFunc(all, func(a Absence) bool { return a.User == s.User && a.From < s.To && s.From < a.To })
		if i < 0 {
			kept = append(kept, s)
			continue
		}
		a := all[i]
		parts := []Shift{
			{Desk: s.Desk, User: s.User, From: s.From, To: a.From},
			{Desk: s.Desk, User: a.StandIn, From: max(s.From, a.From), To: min(s.To, a.To)},
			{Desk: s.Desk, User: s.User, From: a.To, To: s.To},
		}
		for _, p := range parts {
			if _, also := AwayAt(all, p.User, p.From); p.From < p.To && p.User != "" && (p.User == s.User || !also) {
				kept = append(kept, p)
			}
		}
	}
	return kept
}

// check decides whether an absence can be entered at a desk with these members, beside those of others.
func (a Absence) check(members []Membership, others []Absence, now frame.Time) error {
	granted := func(u id.User) bool {
		return slices.ContainsFunc(members, func(m Membership) bool { return m.User == u && m.State == Granted })
	}
	stands := func(x Absence) bool { return x.User == a.StandIn && x.From < a.To && a.From < x.To }
	switch {
	case a.To <= a.From, a.To <= now, a.To.Sub(a.From) > longestAway:
		return fault.New(fault.Invalid, "desk.away.span")
	case !granted(a.User):
		return fault.New(fault.Invalid, "desk.shift.member")
	case a.StandIn != "" && (a.StandIn == a.User || !granted(a.StandIn) || slices.ContainsFunc(others, stands)):
		return fault.New(fault.Invalid, "desk.away.stand-in")
	}
	return nil
}

// Absences returns who is away from a desk and who will be, for those who keep its roster.
//
// It fails with [fault.Denied] for who keeps no roster there.
func (s *Service) Absences(ctx context.Context, who access.Actor, desk id.Desk) ([]Absence, error) {
	if err := access.Check(who, access.DutyDesk, access.Resource{Noun: "desk", ID: string(desk), Realm: who.Realm, Desk: desk}); err != nil {
		return nil, err
	}
	var all []Absence
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.Absences(ctx, desk, frame.At(s.Now()))
		return err
	})
	return all, err
}

// AwayNow returns who is away from a desk at this moment, for whoever sees what waits there. Who entered it is not said.
//
// It fails with [fault.Denied] for actors that may not read desks.
func (s *Service) AwayNow(ctx context.Context, who access.Actor, desk id.Desk) ([]Absence, error) {
	if err := access.Check(who, access.ReadDesk, access.Resource{Noun: "desk", ID: string(desk), Realm: access.Office}); err != nil {
		return nil, err
	}
	var all []Absence
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.Absences(ctx, desk, frame.At(s.Now()))
		return err
	})
	all = slices.DeleteFunc(all, func(a Absence) bool { return a.From > frame.At(s.Now()) })
	for i := range all {
		all[i].By = ""
	}
	return all, err
}

// Away says that somebody is away from a desk, and who stands in. It replaces what was said of her before.
//
// It fails with [fault.Denied], [fault.NotFound], and [fault.Invalid] "desk.away.span" for a time that is over, is none or is longer than a year,
// "desk.shift.member" for who is no member, and "desk.away.stand-in" for who cannot stand in.
func (s *Service) Away(ctx context.Context, who access.Actor, a Absence) error {
	if err := access.Check(who, access.DutyDesk, access.Resource{Noun: "desk", ID: string(a.Desk), Realm: who.Realm, Desk: a.Desk}); err != nil {
		return err
	}
	a.By = who.User
	return s.Write(ctx, audit.Did(who, access.DutyDesk, string(a.Desk)).For("away"), func(tx Tx) error {
		if _, err := tx.Desk(ctx, a.Desk); err != nil {
			return err
		}
		members, err := tx.Members(ctx, a.Desk)
		if err != nil {
			return err
		}
		now := frame.At(s.Now())
		others, err := tx.Absences(ctx, a.Desk, now)
		if err != nil {
			return err
		}
		if err := a.check(members, others, now); err != nil {
			return err
		}
		return tx.SetAbsence(ctx, a)
	})
}

// Back says that somebody is not away, or not any more.
//
// It fails with [fault.Denied], and [fault.NotFound] if nobody said that she is away.
func (s *Service) Back(ctx context.Context, who access.Actor, desk id.Desk, user id.User) error {
	if err := access.Check(who, access.DutyDesk, access.Resource{Noun: "desk", ID: string(desk), Realm: who.Realm, Desk: desk}); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.DutyDesk, string(desk)).For("back"), func(tx Tx) error {
		return tx.DropAbsence(ctx, desk, user)
	})
}
