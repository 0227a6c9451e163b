package store

import (
	"context"
	"math"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ region.Tx = (*Tx)(nil)

func regionOf(r rows.RegionRelease) region.Row {
	return region.Row{ID: r.ID, Heard: frame.Time(r.Heard), Value: r.Value, Version: r.Version}
}

// Region returns a regional release; one with version 0 if there is none.
func (tx *Tx) Region(ctx context.Context, release string) (region.Row, error) {
	r, err := tx.q.Region(ctx, release)
	if err = explain(err); fault.Is(err, fault.NotFound) {
		return region.Row{ID: release}, nil
	}
	return regionOf(r), err
}

// Regions returns regional releases, the newest first.
func (tx *Tx) Regions(ctx context.Context, limit int) ([]region.Row, error) {
	all, err := tx.q.Regions(ctx, rows.RegionsParams{Until: math.MaxInt64, Max: int32(limit)})
	out := make([]region.Row, len(all))
	for i, r := range all {
		out[i] = regionOf(r)
	}
	return out, explain(err)
}

// SetRegion keeps a regional release; [fault.Stale] if another version is stored.
func (tx *Tx) SetRegion(ctx context.Context, r region.Row) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	if r.Version == 0 {
		return regionStale(1, explain(tx.q.AddRegion(tx.ctx, rows.AddRegionParams{ID: r.ID, Heard: int64(r.Heard), Value: r.Value})))
	}
	n, err := tx.q.SetRegion(tx.ctx, rows.SetRegionParams{ID: r.ID, Value: r.Value, Version: r.Version})
	return regionStale(n, explain(err))
}

// RegionLedger returns what this member has given to regional releases, and its version; 0: nothing.
func (tx *Tx) RegionLedger(ctx context.Context) ([]byte, int64, error) {
	r, err := tx.q.RegionLedger(ctx)
	if err = explain(err); fault.Is(err, fault.NotFound) {
		return nil, 0, nil
	}
	return r.Value, r.Version, err
}

// SetRegionLedger keeps it; [fault.Stale] if another version is stored.
func (tx *Tx) SetRegionLedger(ctx context.Context, value []byte, version int64) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	if version == 0 {
		return regionStale(1, explain(tx.q.AddRegionLedger(tx.ctx, value)))
	}
	n, err := tx.q.SetRegionLedger(tx.ctx, rows.SetRegionLedgerParams{Value: value, Version: version})
	return regionStale(n, explain(err))
}

// regionStale says that another version is stored: somebody was faster.
func regionStale(n int64, err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(fault.Stale, "store.count.version", err)
	}
	if err == nil && n == 0 {
		return fault.New(fault.Stale, "store.count.version")
	}
	return err
}
