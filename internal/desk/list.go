package desk

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Members returns who belongs, was proposed or has left at a desk.
//
// It fails with [fault.Denied] for actors that may not read desks, and with [fault.NotFound] if there is no such desk.
func (s *Service) Members(ctx context.Context, who access.Actor, desk id.Desk) ([]Membership, error) {
	if err := access.Check(who, access.ReadDesk, access.Resource{Noun: "desk", ID: string(desk), Realm: access.Office}); err != nil {
		return nil, err
	}
	var all []Membership
	err := s.Read(ctx, func(tx Tx) error {
		if _, err := tx.Desk(ctx, desk); err != nil {
			return err
		}
		var err error
		all, err = tx.Members(ctx, desk)
		return err
	})
	return all, err
}

// Duty returns the shifts of a desk that end after from, and the [Mark] of its whole roster, without which nobody replaces it.
//
// It fails with [fault.Denied] for actors that may not read desks, and with [fault.NotFound] if there is no such desk.
func (s *Service) Duty(ctx context.Context, who access.Actor, desk id.Desk, from frame.Time) ([]Shift, string, error) {
	if err := access.Check(who, access.ReadDesk, access.Resource{Noun: "desk", ID: string(desk), Realm: access.Office}); err != nil {
		return nil, "", err
	}
	var all []Shift
	err := s.Read(ctx, func(tx Tx) error {
		if _, err := tx.Desk(ctx, desk); err != nil {
			return err
		}
		var err error
		all, err = tx.Shifts(ctx, desk, 0)
		return err
	})
	mark := Mark(all)
	return slices.DeleteFunc(all, func(s Shift) bool { return s.To <= from }), mark, err
}
