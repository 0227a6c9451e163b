package member

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Listed is a desk of the network with its address.
type Listed struct {
	Address id.Address `json:"address"`
	Desk    Desk       `json:"desk"`
}

// Directory returns the desks of every member as their newest sheets list them, in the order of members and desks. Whether there is room is
// said by [Service.Room].
// Members whose sheet is disputed, or of whom none is held, have no desks here.
//
// It fails with [fault.Denied] if who may not read members. A node of no network has an empty directory.
func (s *Service) Directory(ctx context.Context, who access.Actor) ([]Listed, error) {
	if err := access.Check(who, access.ReadMember, access.Resource{Noun: "member", Realm: access.Office}); err != nil {
		return nil, err
	}
	var all []Listed
	err := s.Read(ctx, func(tx Tx) error {
		all = nil
		held, err := InForce(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range held.Signed.Roster.Members {
			sheet, err := SheetOf(ctx, tx, m.ID)
			if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
				continue
			}
			if err != nil {
				return err
			}
			for _, d := range sheet.Signed.Sheet.Desks {
				d.Sector = d.Body()
				l := Listed{Address: id.Address{Member: m.ID, Desk: d.ID}, Desk: d}
				if s.Room != nil {
					if l.Desk.Capacity, err = s.Room(ctx, tx, l, sheet.Signed.Sheet.Created); err != nil {
						return err
					}
				}
				all = append(all, l)
			}
		}
		return nil
	})
	return all, err
}
