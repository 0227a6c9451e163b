package referral

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// NotYet is a number of days that has not passed, because what ends it has not happened.
const NotYet = -1

// Pace is one referral without a reference: between whom, where it stands, and how many whole days of 24 hours passed from the moment it was sent until a
// person of the desk that was asked opened or answered it, decided, and had her; [NotYet] for what has not happened. The times are those that the desks
// wrote; one before the other of two clocks that disagree is 0.
type Pace struct {
	From, To                   id.Member
	Status                     Status
	Answer, Decision, Handover int
}

// Paces measures the referrals that who may watch. No reference, no content.
//
// It fails as the reading of referrals does. Who may watch nothing gets an empty list.
func (s *Service) Paces(ctx context.Context, who access.Actor) ([]Pace, error) {
	var out []Pace
	err := pages(Wanted{}, func(w Wanted) ([]Row, error) {
		page, err := s.seen(ctx, who, access.BoardReferral, w)
		if err != nil {
			return nil, err
		}
		var more []Pace
		err = s.Read(ctx, func(tx Tx) error {
			more = nil
			for _, r := range page {
				from, to := s.Member, r.Peer.Member
				if r.Side == Receiver {
					from, to = to, from
				}
				if r.Side == Receiver && from == to {
					continue // the other end is here too
				}
				st, _, err := s.stateIn(ctx, tx, r)
				if err != nil {
					return err
				}
				p := paceOf(st)
				p.From, p.To, p.Status = from, to, r.Status
				more = append(more, p)
			}
			return nil
		})
		out = append(out, more...)
		return page, err
	}, func(Row) error { return nil })
	return out, err
}

// paceOf measures the steps that count.
func paceOf(st State) Pace {
	p := Pace{Answer: NotYet, Decision: NotYet, Handover: NotYet}
	sent := st.Request.At
	if sent == 0 {
		return p
	}
	first := func(days *int, at frame.Time) {
		if n := max(int(at.Sub(sent)/(24*time.Hour)), 0); *days == NotYet || n < *days {
			*days = n
		}
	}
	for _, e := range st.History {
		if e.Standing != course.Counted || e.Event.Side != Receiver {
			continue
		}
		at := e.Event.At
		switch e.Event.Transition {
		case Accepted, Declined:
			first(&p.Decision, at)
			first(&p.Answer, at)
		case HandedOver:
			if e.Event.Happened != 0 {
				at = e.Event.Happened
			}
			first(&p.Handover, at)
		case Acknowledged, InformationRequested:
			first(&p.Answer, at)
		}
	}
	return p
}
