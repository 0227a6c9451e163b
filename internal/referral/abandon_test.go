package referral_test

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// TestAnAbandonedDraftIsGone: what was never sent is taken away without a key and told to the list of erasures; what was sent stays.
func TestAnAbandonedDraftIsGone(t *testing.T) {
	x := tell(t, "RS")
	ctx := t.Context()
	r, err := x.from.Draft(ctx, x.ana, x.file.ID, referral.At{}, x.drafting())
	x.must(err)
	abandon := func(of id.Referral) error {
		entry := audit.Did(access.Node("MK"), access.SweepRetention, string(of)).In(x.file.ID)
		return store.Writer[referral.Tx](x.from.db)(ctx, entry, func(tx referral.Tx) error {
			row, err := tx.Referral(ctx, of, x.ana.Desk)
			if err != nil {
				return err
			}
			return x.from.AbandonIn(ctx, tx, row)
		})
	}
	x.must(abandon(r.ID))
	x.must(store.Reader[referral.Tx](x.from.db)(ctx, func(tx referral.Tx) error {
		if _, err := tx.Referral(ctx, r.ID, x.ana.Desk); !fault.Is(err, fault.NotFound) {
			t.Errorf("it is still there: %v", err)
		}
		return nil
	}))
	x.must(store.Reader[keyring.Tx](x.from.db)(ctx, func(tx keyring.Tx) error {
		all, err := tx.Erasures(ctx)
		if !slices.ContainsFunc(all, func(e keyring.Erasure) bool { return e.What == referral.AbandonedKind }) {
			t.Errorf("the list of erasures does not name it: %v", all)
		}
		return err
	}))
	x.sent()
	if err := abandon(x.at.Referral); !fault.Is(err, fault.Conflict) {
		t.Errorf("one that was sent is taken away: %v", err)
	}
}
