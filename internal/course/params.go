package course

import (
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// ParamsOf reads the durations of referrals from one member to another out of the profile. A clock that the
// profile does not have, does not run.
//
// It fails as [profile.Set.Referral] does, but for a missing clock, and with [fault.Internal] without data of zones.
func ParamsOf(law profile.Set, from, to id.Member) (Params, error) {
	var p Params
	for _, c := range []struct {
		key            string
		normal, urgent *calendar.Period
	}{
		{"acknowledge", &p.Normal.Acknowledge, &p.Urgent.Acknowledge},
		{"decide", &p.Normal.Decide, &p.Urgent.Decide},
		{"supply", &p.Normal.Supply, &p.Urgent.Supply},
		{"plan", &p.Normal.Plan, &p.Urgent.Plan},
		{"arrival", &p.Normal.Arrival, &p.Urgent.Arrival},
		{"care", &p.Normal.Care, &p.Urgent.Care},
		{"close", &p.Normal.Close, &p.Urgent.Close},
	} {
		k, err := law.Referral(from, to, c.key)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return p, err
		}
		if !k.Starts() {
			continue
		}
		*c.normal = k.Length.Period()
		*c.urgent = *c.normal
		if k.Urgent != nil {
			*c.urgent = k.Urgent.Period()
		}
		if p.Ladder == nil {
			p.Ladder = ladderOf(k)
		}
	}
	for _, k := range law.Clocks() {
		n, err := strconv.Atoi(strings.TrimPrefix(k.Key, "feedback-"))
		if err == nil && strings.HasPrefix(k.Key, "feedback-") && k.Starts() {
			p.Feedback = append(p.Feedback, n)
		}
	}
	var err error
	if p.Sender, err = calendarOf(law, from); err != nil {
		return p, err
	}
	p.Receiver, err = calendarOf(law, to)
	return p, err
}

// Calendar returns the working days of a side.
func (p Params) Calendar(s Side) calendar.Calendar {
	if s == Sender {
		return p.Sender
	}
	return p.Receiver
}

// ladderOf reads the escalation of a clock, each step once.
func ladderOf(k profile.Clock) []Rung {
	var out []Rung
	for _, e := range k.Escalation {
		out = append(out, Rung{Step(e.To), e.AtPercent})
	}
	return out
}

func calendarOf(law profile.Set, m id.Member) (calendar.Calendar, error) {
	zone, err := law.Zone(m)
	if fault.Is(err, fault.NotFound) {
		zone, err = time.UTC, nil
	}
	return law.Calendar(m).In(zone), err
}
