package count_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/veil"
)

// TestCountsRest: runs are found the newest first, and those that go on the oldest first; what was said and sent rests once; a run's own secrets, its parts and
// what it spent go when they are dropped, and those of no other run.
func TestCountsRest(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	write := func(fn func(tx count.RunTx) error) error {
		return store.Writer[count.RunTx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), fn)
	}
	must := func(fn func(tx count.RunTx) error) {
		t.Helper()
		if err := write(fn); err != nil {
			t.Fatal(err)
		}
	}
	is := func(what string, want any, find func(ctx context.Context, tx count.RunTx) (any, error)) {
		t.Helper()
		err := store.Reader[count.RunTx](db)(ctx, func(tx count.RunTx) error {
			got, err := find(ctx, tx)
			if d := cmp.Diff(want, got, cmp.Comparer(func(a, b seal.Signature) bool { return a == b })); d != "" {
				t.Errorf("%s: %s", what, d)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	at := func(age int) frame.Time { return frame.At(now.Add(-time.Duration(age) * time.Hour)) }
	over, going := count.Row{ID: "over", Heard: at(3), Value: []byte(`1`)}, count.Row{ID: "going", Going: true, Heard: at(2), Value: []byte(`2`)}
	fresh := count.Row{ID: "fresh", Going: true, Heard: at(1), Value: []byte(`3`)}
	for _, r := range []count.Row{fresh, over, going} {
		must(func(tx count.RunTx) error { return tx.SetCountRun(ctx, r) })
		if err := write(func(tx count.RunTx) error { return tx.SetCountRun(ctx, r) }); !fault.Is(err, fault.Stale) {
			t.Errorf("a run that is there is begun again: %v", err)
		}
	}
	over.Version, going.Version, fresh.Version = 1, 1, 1
	is("all", []count.Row{fresh, going}, func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountRuns(ctx, 2) })
	is("those that go on", []count.Row{going, fresh}, func(ctx context.Context, tx count.RunTx) (any, error) { return tx.GoingCountRuns(ctx, 10) })
	going.Going = false
	must(func(tx count.RunTx) error { return tx.SetCountRun(ctx, going) })
	going.Version = 2
	is("one", going, func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountRun(ctx, "going") })
	is("none", count.Row{ID: "none"}, func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountRun(ctx, "none") })
	is("those that still go on", []count.Row{fresh}, func(ctx context.Context, tx count.RunTx) (any, error) { return tx.GoingCountRuns(ctx, 10) })

	said := veil.Signed{Text: []byte(`{}`)}
	said.Signature = seal.NewSign(rand.Reader).Sign(seal.DomainCount, said.Text)
	part := count.Part{Run: "fresh", Digest: "d", Number: 0, From: "RS", Step: "batch", Size: 3, Bytes: []byte("ab")}
	next := part
	next.Number, next.Bytes = 1, []byte("c")
	own := count.Own{
		Run: "fresh", Work: []byte("w"), Held: []byte("h"), Records: 5, Recall: veil.Recall{}, Desk: "office",
		Box: keyring.Box{Generation: 2, Sealed: []byte("b")}, Secret: []byte("s"),
	}
	must(func(tx count.RunTx) error {
		for range 2 {
			if err := tx.AddCountSaid(ctx, "fresh", "d", "RS", "join", said); err != nil {
				return err
			}
			for _, p := range []count.Part{next, part} {
				if err := tx.AddCountPart(ctx, p); err != nil {
					return err
				}
			}
		}
		if err := tx.AddCountOwn(ctx, own); err != nil {
			return err
		}
		if err := tx.AddCountSpent(ctx, "over", 2026, 400); err != nil {
			return err
		}
		return tx.AddCountSpent(ctx, "fresh", 2026, 300)
	})
	is("what was said", []veil.Signed{said}, func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountSaid(ctx, "fresh") })
	parts := func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountParts(ctx, "fresh", "d") }
	is("parts", []count.Part{part, next}, parts)
	is("what was sent", []string{"d"}, func(ctx context.Context, tx count.RunTx) (any, error) {
		return tx.CountSent(ctx, "fresh", "RS", "batch")
	})
	is("own", own, func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountOwn(ctx, "fresh") })
	spent := func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountSpent(ctx, 2026) }
	is("spent", int64(700), spent)
	is("spent in a year without any", int64(0), func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountSpent(ctx, 2025) })
	share := count.Share{
		Run: "fresh", Desk: "shelter", Number: 1, Merged: true, After: "c1", Files: 7, Done: true,
		Handed: keyring.Handed{Desk: "office", Pair: "k", Sealed: []byte("x")}, Body: []byte("y"),
	}
	bare := share
	bare.Handed, bare.Body = keyring.Handed{Desk: "office"}, nil
	earlier := bare
	earlier.Number, earlier.Merged, earlier.Done = 0, false, false
	must(func(tx count.RunTx) error {
		whole := earlier
		whole.Handed, whole.Body = share.Handed, share.Body
		if err := tx.AddCountShare(ctx, share); err != nil {
			return err
		}
		return tx.AddCountShare(ctx, whole)
	})
	if err := write(func(tx count.RunTx) error { return tx.AddCountShare(ctx, share) }); !fault.Is(err, fault.Conflict) {
		t.Errorf("a part is kept twice: %v", err)
	}
	shares := func(ctx context.Context, tx count.RunTx) (any, error) { return tx.CountShares(ctx, "fresh") }
	is("parts of desks", []count.Share{earlier, bare}, shares)
	is("a part of a desk", share, func(ctx context.Context, tx count.RunTx) (any, error) {
		return tx.CountShare(ctx, "fresh", "shelter", 1)
	})
	must(func(tx count.RunTx) error { return tx.DropCountShares(ctx, "fresh") })
	is("parts of desks after they were dropped", []count.Share{}, shares)
	must(func(tx count.RunTx) error {
		if err := tx.DropCountOwn(ctx, "fresh"); err != nil {
			return err
		}
		if err := tx.DropCountParts(ctx, "fresh"); err != nil {
			return err
		}
		return tx.DropCountSpent(ctx, "fresh")
	})
	is("parts of what is dropped", []count.Part{}, parts)
	is("spent by the other", int64(400), spent)
	err := store.Reader[count.RunTx](db)(ctx, func(tx count.RunTx) error {
		_, err := tx.CountOwn(ctx, "fresh")
		return err
	})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("its own secrets after they were dropped: %v", err)
	}
}
