package notify

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Hearing is who would be told at a desk now.
type Hearing struct {
	Desk    id.Desk
	Planned bool      // somebody is on duty now or later
	Meant   []id.User // on duty, or every member while nobody is
	Deaf    []id.User // of these, whom nothing reaches
}

// Hear returns for each open desk of this node who would be told of something now, and whom nothing would reach. A node
// without a way of telling counts every address that somebody has given.
//
// It fails with [fault.Denied].
func (s *Service) Hear(ctx context.Context, who access.Actor) ([]Hearing, error) {
	if err := access.Check(who, access.ListUser, access.Resource{Noun: "user", Realm: access.Office}); err != nil {
		return nil, err
	}
	var all []Hearing
	err := s.Read(ctx, func(tx Tx) error {
		desks, err := tx.Desks(ctx)
		if err != nil {
			return err
		}
		for _, d := range desks {
			if d.Kind != desk.AtNode || d.State == desk.Closed {
				continue
			}
			h, err := s.hear(ctx, tx, d.ID)
			if err != nil {
				return err
			}
			all = append(all, h)
		}
		return nil
	})
	return all, err
}

func (s *Service) hear(ctx context.Context, tx Tx, at id.Desk) (Hearing, error) {
	h := Hearing{Desk: at}
	shifts, err := tx.Shifts(ctx, at, frame.At(s.Now()))
	if err != nil {
		return h, err
	}
	h.Planned = len(shifts) > 0
	if h.Meant, err = s.meant(ctx, tx, at); err != nil {
		return h, err
	}
	for _, u := range h.Meant {
		set, browsers, err := ways(ctx, tx, u)
		if err != nil {
			return h, err
		}
		if !s.heard(set, browsers) {
			h.Deaf = append(h.Deaf, u)
		}
	}
	slices.Sort(h.Deaf)
	return h, nil
}

// heard reports whether anything would reach somebody.
func (s *Service) heard(set Setting, browsers []Browser) bool {
	offers := func(c Channel) bool { return len(s.Senders) == 0 || s.Offers(c) }
	return len(browsers) > 0 && offers(Push) ||
		slices.ContainsFunc(set.ways(), func(way Setting) bool { return way.Address != "" && offers(way.Channel) })
}

// meant finds whom a notice to a desk is for: who is on duty there, or else every member.
func (s *Service) meant(ctx context.Context, tx Tx, at id.Desk) ([]id.User, error) {
	now := frame.At(s.Now())
	shifts, err := tx.Shifts(ctx, at, now)
	if err != nil {
		return nil, err
	}
	away, err := tx.Absences(ctx, at, now)
	if err != nil {
		return nil, err
	}
	users := desk.Present(desk.OnDuty(shifts, at, now), away, now)
	if len(users) > 0 {
		return users, nil
	}
	members, err := tx.Members(ctx, at)
	for _, m := range members {
		if m.State == desk.Granted {
			users = append(users, m.User)
		}
	}
	return users, err
}
