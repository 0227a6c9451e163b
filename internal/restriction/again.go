package restriction

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// What a restore repeats of restrictions, beside what was erased: as they are called in the list (spec/backup.md 4).
const (
	KindPlaced = "restriction"
	KindEnded  = "restriction-end"
)

// groundRestored is the ground of a restriction of which a restored node knows only that there was one.
const groundRestored = "restored"

// mark remembers beside the erasures what happened to a restriction, by identifiers alone.
func (s *Service) mark(ctx context.Context, tx Tx, kind string, r Restriction) error {
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(r.ID) + "." + string(r.Case), What: kind, At: s.now()})
}

// PlaceAgainIn places in a restored node a restriction that its backup does not know.
//
// It fails with [fault.Invalid] for an object that [Service.Place] does not make, and as the storage fails.
func (s *Service) PlaceAgainIn(ctx context.Context, tx Tx, object string) error {
	restriction, c, ok := strings.Cut(object, ".")
	if !ok || restriction == "" || c == "" {
		return bad("restriction")
	}
	if _, err := tx.Restriction(ctx, id.Record(restriction)); !fault.Is(err, fault.NotFound) {
		return err // the backup knows it
	}
	row, err := tx.Case(ctx, id.Case(c))
	if fault.Is(err, fault.NotFound) || err == nil && row.State == casefile.Erased {
		return nil // not in this backup, or erased since
	}
	if err != nil {
		return err
	}
	if _, err := tx.RestrictionOf(ctx, row.ID); !fault.Is(err, fault.NotFound) {
		return err // an earlier one stands in its place
	}
	r := Restriction{
		ID: id.Record(restriction), Case: row.ID, Reference: row.Reference, Desk: row.Desk, Realm: row.Realm, Ground: groundRestored,
		Placed: s.now(), Version: 1,
	}
	if err := tx.AddRestriction(ctx, r); err != nil {
		return err
	}
	return s.changed(ctx, tx, r)
}

// EndAgainIn ends in a restored node a restriction that was lifted after its backup.
//
// It fails as [Service.PlaceAgainIn].
func (s *Service) EndAgainIn(ctx context.Context, tx Tx, object string) error {
	restriction, _, ok := strings.Cut(object, ".")
	if !ok || restriction == "" {
		return bad("restriction")
	}
	r, err := tx.Restriction(ctx, id.Record(restriction))
	if fault.Is(err, fault.NotFound) || err == nil && r.Lifted != 0 {
		return nil
	}
	if err != nil {
		return err
	}
	r.Lifted, r.Because = s.now(), groundRestored
	if err := tx.SetRestriction(ctx, r); err != nil {
		return err
	}
	return s.changed(ctx, tx, r)
}
