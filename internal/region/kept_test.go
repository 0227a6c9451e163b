package region_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestReleasesRest: releases are found the newest first; a release and the ledger are replaced only by who has read what stands.
func TestReleasesRest(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	write := func(fn func(tx region.RowTx) error) error {
		return store.Writer[region.RowTx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), fn)
	}
	set := func(want bool, r region.Row) {
		t.Helper()
		if err := write(func(tx region.RowTx) error { return tx.SetRegion(ctx, r) }); (err == nil) != want || err != nil && !fault.Is(err, fault.Stale) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	set(true, region.Row{ID: "a", Heard: 1, Value: []byte("one")})
	set(true, region.Row{ID: "b", Heard: 2, Value: []byte("two")})
	set(false, region.Row{ID: "a", Heard: 1, Value: []byte("again")})
	set(true, region.Row{ID: "a", Heard: 1, Value: []byte("three"), Version: 1})
	set(false, region.Row{ID: "a", Heard: 1, Value: []byte("late"), Version: 1})
	ledger := func(want bool, value string, version int64) {
		t.Helper()
		err := write(func(tx region.RowTx) error { return tx.SetRegionLedger(ctx, []byte(value), version) })
		if (err == nil) != want || err != nil && !fault.Is(err, fault.Stale) {
			t.Errorf("%s: %v", value, err)
		}
	}
	ledger(true, "first", 0)
	ledger(false, "other", 0)
	ledger(true, "second", 1)
	ledger(false, "late", 1)
	err := store.Reader[region.RowTx](db)(ctx, func(tx region.RowTx) error {
		all, err := tx.Regions(ctx, 5)
		if err != nil {
			return err
		}
		one, err := tx.Regions(ctx, 1)
		if err != nil {
			return err
		}
		none, err := tx.Region(ctx, "c")
		if err != nil {
			return err
		}
		value, version, err := tx.RegionLedger(ctx)
		got := []any{all, one, none, string(value), version}
		a, b := region.Row{ID: "a", Heard: 1, Value: []byte("three"), Version: 2}, region.Row{ID: "b", Heard: 2, Value: []byte("two"), Version: 1}
		if d := cmp.Diff([]any{[]region.Row{b, a}, []region.Row{b}, region.Row{ID: "c"}, "second", int64(2)}, got); d != "" {
			t.Error(d)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
