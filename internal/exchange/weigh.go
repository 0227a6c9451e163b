package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/profile"
)

// Weigh asks the rule rows about a crossing, each end in the sector that the newest sheet of its member gives its desk. Both
// ends hold that sheet, signed by the member that answers for what it says. It is asked each time: a desk whose sector
// changed is judged under the new one. Between two desks of this member, one that is not listed has the sector in which it
// was founded here.
//
// It fails as Permit does, and with [fault.Denied] "exchange.desk.unlisted" if a sheet does not list the desk.
func (s *Service) Weigh(ctx context.Context, tx Tx, c Crossing) (row string, err error) {
	home := c.From.Member == s.Self && c.To.Member == s.Self
	if c.FromSector, err = sectorOf(ctx, tx, c.From, home); err != nil {
		return "", err
	}
	if c.ToSector, err = sectorOf(ctx, tx, c.To, home); err != nil {
		return "", err
	}
	return s.Permit(c)
}

func sectorOf(ctx context.Context, tx Tx, at id.Address, home bool) (profile.Sector, error) {
	held, err := member.SheetOf(ctx, tx, at.Member)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	if d, ok := held.Signed.Sheet.Find(at.Desk); ok {
		return d.Body(), nil
	}
	if home {
		d, err := tx.Desk(ctx, at.Desk)
		if !fault.Is(err, fault.NotFound) {
			return d.Sector, err
		}
	}
	return "", fault.New(fault.Denied, "exchange.desk.unlisted").With("desk", string(at.Desk))
}
