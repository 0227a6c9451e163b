package referral

import (
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
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

func (p Params) calendar(s Side) calendar.Calendar {
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

// Expires returns when a request to a desk of a member that is drafted now expires, as the profile says for the two
// members; at the latest, and where the profile starts no such clock, after [MaxExpiry].
func (s *Service) Expires(to id.Member) frame.Time {
	now, law := s.now(), s.Law()
	last := now.Add(MaxExpiry)
	k, err := law.Referral(s.Member, to, "expire")
	if err != nil {
		return last
	}
	zone, err := law.Zone(s.Member)
	if err != nil {
		zone = time.UTC
	}
	at, err := profile.Deadline(k, now, false, zone, law.Calendar(s.Member))
	if err != nil {
		return last
	}
	return min(at, last)
}

// pair is who refers to whom.
type pair struct{ from, to id.Member }

func (s *Service) paramsOf(r Row) (Params, error) {
	p := pair{r.Peer.Member, s.Member}
	if r.Side == Sender {
		p = pair{s.Member, r.Peer.Member}
	}
	return profile.Remember(s.Law(), p, func(law profile.Set) (Params, error) { return ParamsOf(law, p.from, p.to) })
}

func (s *Service) clocksOf(r Row, st State, seen Observed) ([]Clock, error) {
	p, err := s.paramsOf(r)
	if err != nil {
		return nil, err
	}
	return Clocks(st, p, seen), nil
}

// clockOf makes the clock of a task that no event started.
func clockOf(k Clock, ladder []Rung) task.Clock {
	c, whole := task.Clock{Due: k.Due}, k.Due-k.Start
	for _, r := range ladder {
		c.Chain = append(c.Chain, task.Rung{Step: stepOf(r.Step), At: k.Start + whole*frame.Time(r.Percent)/100})
	}
	return c
}
