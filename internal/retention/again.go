package retention

import (
	"context"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// What a restore repeats of holds, beside what was erased: as they are called in the list (spec/backup.md 4).
const (
	KindHold = "hold"
	KindLift = "lift"
)

// groundRestored is the ground of a hold of which a restored node knows only that there was one.
const groundRestored = "restored"

// mark remembers beside the erasures that a hold was placed or lifted, so that a restore of an older backup does not lose it. It names
// the hold and the case, and nothing else.
func (s *Service) mark(ctx context.Context, tx Tx, kind string, h Hold) error {
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(h.ID) + "." + string(h.Case), What: kind, At: s.now()})
}

// HoldAgainIn places in a restored node a hold that its backup does not know. Its ground and its words are lost here until somebody
// reads them in the log of a witness or in her papers, so the office alone lifts it.
//
// It fails with [fault.Invalid] for an object that [Service.Hold] does not make, and as the storage fails.
func (s *Service) HoldAgainIn(ctx context.Context, tx Tx, object string) error {
	hold, c, ok := strings.Cut(object, ".")
	if !ok || hold == "" || c == "" {
		return bad("hold")
	}
	if _, err := tx.Holding(ctx, id.Record(hold)); !fault.Is(err, fault.NotFound) {
		return err // the backup knows it
	}
	row, err := tx.Case(ctx, id.Case(c))
	if fault.Is(err, fault.NotFound) || err == nil && row.State == casefile.Erased {
		return nil // not in this backup, or erased since
	}
	if err != nil {
		return err
	}
	return tx.AddHolding(ctx, Hold{
		ID: id.Record(hold), Case: row.ID, Reference: row.Reference, Desk: row.Desk, Realm: row.Realm, Ground: groundRestored,
		Office: row.Realm != access.Prosecution, Placed: s.now(), Version: 1,
	})
}

// LiftAgainIn ends in a restored node a hold that was lifted after its backup.
//
// It fails as [Service.HoldAgainIn].
func (s *Service) LiftAgainIn(ctx context.Context, tx Tx, object string) error {
	hold, _, ok := strings.Cut(object, ".")
	if !ok || hold == "" {
		return bad("hold")
	}
	h, err := tx.Holding(ctx, id.Record(hold))
	if fault.Is(err, fault.NotFound) || err == nil && h.Lifted != 0 {
		return nil
	}
	if err != nil {
		return err
	}
	h.Lifted, h.Because = s.now(), groundRestored
	return tx.SetHolding(ctx, h)
}

// settledSetting is the name under which it is kept up to which epoch of the log somebody has said that the holds of a realm and desk are whole.
func settledSetting(realm access.Realm, at id.Desk) string {
	return "retention.settled." + string(realm) + "." + string(at)
}

// UnsettledIn reports whether the node was restored and nobody has said since that the holds of a realm and desk are whole: what was
// placed after the newest list of the restore is not there, and nothing is purged until somebody has looked.
func (s *Service) UnsettledIn(ctx context.Context, tx Tx, realm access.Realm, at id.Desk) (bool, error) {
	head, err := tx.AuditHead(ctx)
	if err != nil || head.Epoch <= 1 {
		return false, err
	}
	raw, err := tx.Setting(ctx, settledSetting(realm, at))
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	said, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return false, fault.Wrap(fault.Internal, "retention.settled", err)
	}
	return said < head.Epoch, nil
}

// Settle says, after a restore, that the holds of the realm and desk of who are whole again: she has looked which were placed in the lost
// time. From then on what is due can be purged.
//
// It fails with [fault.Denied] for who may not, and [fault.Conflict] "retention.settled" if it was said already or nothing was restored.
func (s *Service) Settle(ctx context.Context, who access.Actor) error {
	realm, at, err := whole(who, access.ListRetention)
	if err != nil {
		return err
	}
	if err := access.Check(who, access.SettleRetention, access.Resource{Noun: "retention", Realm: realm, Desk: at}); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.SettleRetention, "holds"), func(tx Tx) error {
		open, err := s.UnsettledIn(ctx, tx, realm, at)
		if err != nil {
			return err
		}
		if !open {
			return fault.New(fault.Conflict, "retention.settled")
		}
		head, err := tx.AuditHead(ctx)
		if err != nil {
			return err
		}
		return tx.SetSetting(ctx, settledSetting(realm, at), strconv.AppendInt(nil, head.Epoch, 10))
	})
}

// whileSettled refuses a purge in a restored node whose holds nobody has looked through.
func (s *Service) whileSettled(ctx context.Context, tx Tx, p Purge) error {
	open, err := s.UnsettledIn(ctx, tx, p.Realm, p.Desk)
	if err == nil && open {
		return fault.New(fault.Conflict, "retention.restored")
	}
	return err
}
