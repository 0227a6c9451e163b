package directory

import (
	"context"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// shelter is the function of a desk at which people live.
const shelter = "desk.function.shelter"

// DeskTx reads the records that the desks of an organisation keep.
type DeskTx interface {
	// Organisations returns records in the order of identifiers.
	Organisations(ctx context.Context, after id.Organisation, limit int) ([]Row, error)
	// Desk returns one; [fault.NotFound] if there is none.
	Desk(ctx context.Context, d id.Desk) (desk.Desk, error)
}

// Line is where a desk is called.
type Line struct {
	Day    string // number of the record that the desk keeps; "": none
	Night  string // of its contact out of hours, E.164; "": none
	Hidden bool   // people live where it is, or that may be: a number would lead whoever looks for her to an address
}

// LineIn returns in the caller's transaction where a desk is called. It is hidden if the desk is a shelter, or if a record that the desks of
// its organisation keep in the same realm has confidential places or a service at which people live: one number may ring in both houses.
//
// It fails with [fault.Internal] if a row is broken, and as the storage fails.
func LineIn(ctx context.Context, tx DeskTx, of desk.Desk, now frame.Time) (Line, error) {
	l := Line{Night: of.OutOfHours, Hidden: of.Function == shelter}
	err := ofDesk(ctx, tx, of, now, func(r Row, o Organisation) {
		l.Hidden = l.Hidden || len(r.Sealed) > 0
		for _, s := range o.Body.Services {
			l.Hidden = l.Hidden || s.Code == accommodation
		}
		if r.Desk == of.ID && l.Day == "" {
			l.Day = o.Body.Phone
		}
	})
	if l.Hidden {
		l.Day, l.Night = "", ""
	}
	return l, err
}

// ofDesk calls do with each record that stands and that a desk of the same organisation and realm keeps, in the order of identifiers. Nothing was
// said in it of room.
func ofDesk(ctx context.Context, tx DeskTx, of desk.Desk, now frame.Time, do func(Row, Organisation)) error {
	return standing(ctx, tx, now, func(keeper desk.Desk, r Row, o Organisation) error {
		if together(keeper, of) {
			do(r, o)
		}
		return nil
	})
}

// together reports whether what one desk keeps is of the organisation of another: it is the same one, in the same realm.
func together(keeper, of desk.Desk) bool {
	return keeper.Organisation == of.Organisation && keeper.Realm == of.Realm
}

// standing calls do with each record that stands and the desk that keeps it, in the order of identifiers. Nothing was said in it of room.
func standing(ctx context.Context, tx DeskTx, now frame.Time, do func(desk.Desk, Row, Organisation) error) error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	keepers, after := map[id.Desk]desk.Desk{}, id.Organisation("")
	for {
		rows, err := tx.Organisations(ctx, after, pageMax)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.ID
			k, known := keepers[r.Desk]
			if !known {
				if k, err = tx.Desk(ctx, r.Desk); err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
				keepers[r.Desk] = k // one that is not there any more has no name
			}
			if k.ID == "" {
				continue
			}
			o, err := view(r, nil, now, d)
			if err == nil && !o.Over() {
				err = do(k, r, o)
			}
			if err != nil {
				return err
			}
		}
		if len(rows) < pageMax {
			return nil
		}
	}
}
