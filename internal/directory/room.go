package directory

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// RoomTx reads what was said of the room at the services of a desk.
type RoomTx interface {
	// Organisation returns one; [fault.NotFound] if there is none.
	Organisation(ctx context.Context, o id.Organisation) (Row, error)
	// LightsSince returns which services somebody has spoken of since a moment, by their organisation.
	LightsSince(ctx context.Context, since frame.Time) (map[id.Organisation][]Capacity, error)
	// Desk returns one; [fault.NotFound] if there is none.
	Desk(ctx context.Context, d id.Desk) (desk.Desk, error)
}

// Old reports whether what was said of room at one moment is too old to be believed at another: it counts as unknown.
//
// It fails with [fault.Internal] if the data of the program are broken.
func Old(said, now frame.Time) (bool, error) {
	d, err := Shipped()
	return (Capacity{Light: Free, Said: said}).shown(now, d.CapacityHours.Value).Light == Unknown, err
}

// RoomIn returns in the caller's transaction whether a desk has room, as the services say that its organisation gives: those in the records
// that its desks of the same realm keep. Of a desk that says what it can be asked for, only services of these kinds count; one that says nothing of it is asked
// for anything. Of one kind the best light counts, because a place in any house of the organisation is a place. Of several kinds the worst
// counts, because whoever asks for a bed learns nothing from free hours of a lawyer: she is asked to look twice, which costs a tick. What
// nobody has spoken of, too long ago or not any more, counts for nothing, and a desk of which nothing is left is [Unknown]. The light is all
// that is told: not which service said it, nor where.
//
// It fails with [fault.Internal] if a row is broken, and as the storage fails.
func RoomIn(ctx context.Context, tx RoomTx, of desk.Desk, now frame.Time) (Light, error) {
	d, err := Shipped()
	if err != nil {
		return Unknown, err
	}
	spoken, err := tx.LightsSince(ctx, now.Add(-time.Duration(d.CapacityHours.Value)*time.Hour))
	if err != nil {
		return Unknown, err
	}
	best := map[string]Light{}
	for o, said := range spoken {
		r, err := tx.Organisation(ctx, o)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return Unknown, err
		}
		if keeper, err := tx.Desk(ctx, r.Desk); err != nil || keeper.Organisation != of.Organisation || keeper.Realm != of.Realm {
			if err != nil && !fault.Is(err, fault.NotFound) {
				return Unknown, err
			}
			continue
		}
		whole, err := view(r, said, now, d)
		if err != nil {
			return Unknown, err
		}
		if whole.Over() {
			continue
		}
		for i, x := range whole.Body.Services {
			if len(of.Competence) == 0 || slices.Contains(of.Competence, x.Code) {
				best[x.Code] = better(best[x.Code], whole.Capacity[i].Light)
			}
		}
	}
	worst := Unknown
	for _, l := range best {
		if l != "" && (worst == Unknown || better(l, worst) == worst) {
			worst = l
		}
	}
	return worst, nil
}

// better returns the light of two that promises more; what is unknown promises nothing and says nothing. Neither known: "".
func better(a, b Light) Light {
	for _, l := range []Light{Free, Few, Full} {
		if a == l || b == l {
			return l
		}
	}
	return ""
}
