package store_test

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// keepImports keeps what imports need, as one of [keeps].
func keepImports(ctx context.Context, t *testing.T, tx *store.Tx) error {
	run := intake.Run{ID: "r1", Kind: intake.Cases, Source: "register", User: "ana", Desk: "shelter", Dry: true, Reading: []byte("{}"), Began: huge, Taken: 1, Known: 2, Refused: 3}
	next := run
	next.ID, next.Dry = "r2", false
	for _, r := range []intake.Run{run, next} {
		if err := tx.AddIntakeRun(ctx, r); err != nil {
			return err
		}
	}
	next.Ended, next.Taken, next.Known, next.Refused = huge, 4, 5, 6
	if err := tx.SetIntakeRun(ctx, next); err != nil {
		return err
	}
	all, err := tx.IntakeRuns(ctx, "", 10)
	if err != nil {
		return err
	}
	same(t, "runs", all, []intake.Run{next, run})
	if older, err := tx.IntakeRuns(ctx, "r2", 10); err != nil || len(older) != 1 {
		t.Errorf("before the second: %v %v", older, err)
	}
	if _, err := tx.IntakeRun(ctx, "r3"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such run: %v", err)
	}
	if err := tx.AddIntakeRow(ctx, []byte{1}, []byte{2}); err != nil {
		return err
	}
	if b, err := tx.IntakeRow(ctx, []byte{1}); err != nil || string(b) != "\x02" {
		t.Errorf("the row says %x %v", b, err)
	}
	if _, err := tx.IntakeRow(ctx, []byte{2}); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such row: %v", err)
	}
	a := stats.Published{Digest: []byte{1}, Collection: "one", Year: 2016, Codes: []string{"female", "", "a|b", ""}}
	b, c := a, a
	b.Digest, c.Collection = []byte{0xff}, "two"
	for _, p := range []stats.Published{b, a, c} {
		if fresh, err := tx.AddPublished(ctx, p); err != nil || !fresh {
			t.Errorf("%v was there: %v", p, err)
		}
		if has, err := tx.HasPublished(ctx, p.Collection, p.Digest); err != nil || !has {
			t.Errorf("%v is not there: %v", p, err)
		}
	}
	other := a
	other.Year = 2017
	if fresh, err := tx.AddPublished(ctx, other); err != nil || fresh {
		t.Errorf("the same record twice: %v", err)
	}
	if has, err := tx.HasPublished(ctx, "two", b.Digest); err != nil || has {
		t.Errorf("of another collection: %v", err)
	}
	var got []stats.Published
	err = tx.EachPublished(ctx, "one", func(p stats.Published) bool { got = append(got, p); return true })
	same(t, "records", got, []stats.Published{a, b})
	return err
}
