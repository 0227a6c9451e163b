package referral

import (
	"time"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

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
	return profile.Remember(s.Law(), p, func(law profile.Set) (Params, error) { return course.ParamsOf(law, p.from, p.to) })
}

func (s *Service) clocksOf(r Row, st State, seen Observed) ([]Clock, error) {
	p, err := s.paramsOf(r)
	if err != nil {
		return nil, err
	}
	return course.Clocks(st, p, seen), nil
}

// clockOf makes the clock of a task that no event started.
func clockOf(k Clock, ladder []Rung) task.Clock {
	c, whole := task.Clock{Due: k.Due}, k.Due-k.Start
	for _, r := range ladder {
		c.Chain = append(c.Chain, task.Rung{Step: stepOf(r.Step), At: k.Start + whole*frame.Time(r.Percent)/100})
	}
	return c
}
