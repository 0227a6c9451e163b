package restriction_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestARestoredRestrictionIsPlacedOnce: what the backup knows, or has another of in its place, or has no case of, is passed over; what no
// restriction could have written is refused.
func TestARestoredRestrictionIsPlacedOnce(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	entry := audit.Did(access.Console("MK"), access.InitNode, "x")
	err := store.Writer[casefile.Tx](db)(ctx, entry, func(tx casefile.Tx) error {
		for _, c := range []id.Case{"c1", "c2"} {
			row := casefile.Case{ID: c, Person: id.Person("p-" + string(c)), AgeClass: "adult", Desk: "shelter", Realm: access.Assistance, Reference: id.Reference("k7m-4qt-" + string(c)), State: casefile.Open, Opened: frame.At(now), Owner: "ana", Version: 1}
			if err := tx.AddCase(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	s := &restriction.Service{Now: func() time.Time { return now }, Member: "MK"}
	again := func(object string, end bool) (err error) {
		t.Helper()
		_ = store.Writer[restriction.Tx](db)(ctx, entry, func(tx restriction.Tx) error {
			s.Changed = func(_ context.Context, _ restriction.Tx, _ restriction.Restriction) error { changed++; return nil }
			if end {
				err = s.EndAgainIn(ctx, tx, object)
			} else {
				err = s.PlaceAgainIn(ctx, tx, object)
			}
			return err
		})
		return err
	}
	for _, object := range []string{"", "r1", ".c1", "r1."} {
		if err := again(object, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is placed: %v", object, err)
		}
	}
	for _, object := range []string{"", "r1", ".c1"} {
		if err := again(object, true); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is ended: %v", object, err)
		}
	}
	for _, x := range []struct {
		object  string
		end     bool
		changes int
	}{
		{"r1.c1", false, 1},
		{"r1.c1", false, 1}, // the backup knows it
		{"r2.c1", false, 1}, // an earlier one stands in its place
		{"r3.c9", false, 1}, // no case of this backup
		{"r9.c1", true, 1},  // never placed here
		{"r1.c1", true, 2},
		{"r1.c1", true, 2},  // ended already
		{"r1.c1", false, 2}, // the backup knows that it was lifted
		{"r4.c2", false, 3},
	} {
		if err := again(x.object, x.end); err != nil || changed != x.changes {
			t.Errorf("%+v: %v, %d changes", x, err, changed)
		}
	}
}
