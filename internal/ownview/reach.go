package ownview

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Reach is whom she can call; without a number, nobody.
type Reach struct {
	Day     string
	Night   string
	Through bool // not the desk that cares for her, but the one that coordinates it and passes on what she needs
}

// reach says whom she can call: the desk that cares for her, and where that must not be said the one that coordinates it. A number of
// a house in which people live is never said: not even hers, because who looks for her may look over her shoulder.
func reach(own, coordinating directory.Line) Reach {
	for i, l := range []directory.Line{own, coordinating} {
		if l.Hidden || l.Day+l.Night == "" {
			continue
		}
		r := Reach{Day: l.Day, Night: l.Night, Through: i > 0}
		if r.Night == r.Day {
			r.Night = ""
		}
		return r
	}
	return Reach{}
}

// reachIn reads whom she can call. It stands in no capsule: the number is the one of today.
func (s *Service) reachIn(ctx context.Context, tx Tx, v View) (Reach, error) {
	file, err := tx.Case(ctx, v.Case)
	if err != nil {
		return Reach{}, err
	}
	own, d, err := s.lineIn(ctx, tx, file.Desk)
	if err != nil {
		return Reach{}, err
	}
	coordinating, _, err := s.lineIn(ctx, tx, d.Coordinator)
	return reach(own, coordinating), err
}

// lineIn is where a desk is called; nowhere if it is closed, or of the prosecution.
func (s *Service) lineIn(ctx context.Context, tx Tx, at id.Desk) (directory.Line, desk.Desk, error) {
	d, err := tx.Desk(ctx, at)
	if fault.Is(err, fault.NotFound) {
		return directory.Line{}, d, nil
	}
	if err != nil || d.Realm == access.Prosecution || d.State != desk.Active {
		return directory.Line{}, d, err
	}
	l, err := directory.LineIn(ctx, tx, d, s.now())
	return l, d, err
}

// functionIn is what a desk does, by its sheet. Of the prosecution nothing is said.
func (s *Service) functionIn(ctx context.Context, tx Tx, at id.Address) (string, error) {
	if at.Member == s.Member {
		d, err := tx.Desk(ctx, at.Desk)
		if err != nil || d.Realm == access.Prosecution {
			return "", err
		}
		return d.Function, nil
	}
	held, err := member.SheetOf(ctx, tx, at.Member)
	if err != nil {
		return "", err
	}
	for _, d := range held.Signed.Sheet.Desks {
		if d.ID == at.Desk && d.Realm != access.Prosecution {
			return d.Function, nil
		}
	}
	return "", nil
}
