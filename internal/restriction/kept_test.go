package restriction_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestWhatIsKeptIsFoundAgain: restrictions come back from the database as they were kept, one in force for a case, narrowed to a realm and
// a desk, page by page; a reason holds for one person.
func TestWhatIsKeptIsFoundAgain(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	at := frame.At(now)
	in := func(fn func(tx restriction.Tx)) {
		t.Helper()
		err := store.Writer[restriction.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx restriction.Tx) error {
			fn(tx)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	same := func(want, got any, err error) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Error(err, d)
		}
	}
	one := restriction.Restriction{ID: "r1", Case: "c1", Reference: "k7m-4qt-2x9", Desk: "shelter", Realm: access.Assistance, Ground: "accuracy", Placed: at, By: "ana", Version: 1}
	wall, other := one, one
	wall.ID, wall.Case, wall.Desk, wall.Realm = "r2", "c2", "occpo", access.Prosecution
	other.ID, other.Case, other.Desk = "r3", "c3", "focal-point"
	in(func(tx restriction.Tx) {
		for _, r := range []restriction.Restriction{one, wall, other} {
			if err := tx.AddRestriction(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		got, err := tx.RestrictionOf(ctx, "c1")
		same(one, got, err)
		all, err := tx.Restrictions(ctx, access.Assistance, "", "", 50)
		same([]restriction.Restriction{one, other}, all, err)
		all, err = tx.Restrictions(ctx, access.Assistance, "", "r1", 50)
		same([]restriction.Restriction{other}, all, err)
		all, err = tx.Restrictions(ctx, access.Prosecution, "occpo", "", 50)
		same([]restriction.Restriction{wall}, all, err)
		all, err = tx.Restrictions(ctx, access.Prosecution, "shelter", "", 50)
		same([]restriction.Restriction{}, all, err)

		if err := tx.SetRestrictionReason(ctx, "r1", "ana", 7); err != nil {
			t.Fatal(err)
		}
		if err := tx.SetRestrictionReason(ctx, "r1", "ana", 9); err != nil {
			t.Fatal(err)
		}
	})
	in(func(tx restriction.Tx) {
		until, err := tx.RestrictionReason(ctx, "r1", "ana")
		same(frame.Time(9), until, err)
		until, err = tx.RestrictionReason(ctx, "r1", "vera")
		same(frame.Time(0), until, err)
		one.Noticed, one.NoticedBy, one.Notice = at-1, "vera", "safe-way"
		one.Told, one.ToldBy, one.How, one.Lifted, one.LiftedBy, one.Because = at, "ana", "in-person", at, "dora", "confirmed"
		if err := tx.SetRestriction(ctx, one); err != nil {
			t.Fatal(err)
		}
		if err := tx.SetRestriction(ctx, one); !fault.Is(err, fault.Stale) {
			t.Errorf("an old version: %v", err)
		}
		one.Version++
		got, err := tx.Restriction(ctx, "r1")
		same(one, got, err)
		if _, err := tx.RestrictionOf(ctx, "c1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("lifted: %v", err)
		}
	})
	again := one
	again.ID = "r4"
	in(func(tx restriction.Tx) {
		if err := tx.AddRestriction(ctx, again); err != nil {
			t.Fatal(err)
		}
	})
	in(func(tx restriction.Tx) {
		all, err := tx.(interface {
			RestrictionsOf(context.Context, id.Case) ([]restriction.Restriction, error)
		}).RestrictionsOf(ctx, "c1")
		if err != nil || len(all) != 2 || all[0].ID != "r1" || all[1].ID != "r4" {
			t.Errorf("all of the case, lifted too: %+v, %v", all, err)
		}
	})
	again.ID = "r5"
	err := store.Writer[restriction.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx restriction.Tx) error {
		return tx.AddRestriction(ctx, again)
	})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("two of one case in force: %v", err)
	}
}
