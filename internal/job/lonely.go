package job

import (
	"context"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/member"
)

// Lonely raises the alarm if the log has gone too long without a witnessed checkpoint, and says to Warn whether it has.
//
// It fails as the storage and Warn fail.
func (w *Witnessing) Lonely(ctx context.Context) error {
	var last frame.Time
	warn := false
	err := w.Read(ctx, func(tx Tx) error {
		held, err := tx.Rosters(ctx, pastRosters)
		if err != nil || len(held) == 0 {
			return err
		}
		current, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		others := current.Signed.Roster.Others(w.Self)
		c, _, err := audit.NewestWitnessed(ctx, tx, w.Self, others)
		last = c.Time
		if fault.Is(err, fault.NotFound) {
			last = held[len(held)-1].Received // a roster that came since begins no new time
		} else if err != nil {
			return err
		}
		_, warn = audit.Alone(last, frame.At(w.Now()), others)
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		err = nil // of no network yet
	}
	if err != nil {
		return err
	}
	if warn {
		w.Alarm(ctx, "audit.alone", nil)
	}
	if w.Warn == nil {
		return nil
	}
	return w.Warn(ctx, last, warn)
}
