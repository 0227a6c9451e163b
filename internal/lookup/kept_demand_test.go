package lookup_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
)

// TestDemandsRest: an opening is demanded once of a query between the same two; it is found by its side, by its question and when its time is over, and what was found and reported of
// it stays. What has to be opened by a desk is that of its questions alone; what can be drawn are queries of others that were answered and nobody has drawn.
func TestDemandsRest(t *testing.T) {
	k := newKeeping(t)
	q, other := draw[id.Lookup](), draw[id.Lookup]()
	ours := lookup.Demand{ID: q, Member: "RS", Side: lookup.Ours, Digest: []byte("one"), At: k.now.Add(-2 * time.Hour), Due: k.now.Add(-time.Hour)}
	theirs := lookup.Demand{ID: other, Member: "AL", Side: lookup.Theirs, Digest: []byte("two"), At: k.now.Add(-time.Hour), Due: k.now.Add(time.Hour)}
	add := func(d lookup.Demand, isNew bool) {
		t.Helper()
		k.must(func(ctx context.Context, tx lookup.FullTx) error {
			got, err := tx.AddLookupDemand(ctx, d)
			if got != isNew {
				t.Errorf("new: %v, want %v", got, isNew)
			}
			return err
		})
	}
	add(ours, true)
	add(theirs, true)
	again := ours
	again.Due = k.now.Add(9 * time.Hour)
	add(again, false)
	side := func(s lookup.Side) func(context.Context, lookup.FullTx) ([]lookup.Demand, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Demand, error) {
			return tx.LookupDemands(ctx, s, 10)
		}
	}
	due := func(ctx context.Context, tx lookup.FullTx) ([]lookup.Demand, error) {
		return tx.LookupDemandsDue(ctx, k.now, 10)
	}
	rests(k, []lookup.Demand{ours}, side(lookup.Ours))
	rests(k, []lookup.Demand{ours}, due)
	rests(k, []lookup.Demand{theirs}, func(ctx context.Context, tx lookup.FullTx) ([]lookup.Demand, error) {
		return tx.LookupDemandsOf(ctx, other)
	})

	row := lookup.Row{ID: string(other), Case: draw[id.Case](), Desk: "a", Class: lookup.Asking, State: string(lookup.Hidden), At: k.now, Value: []byte(`{}`), Version: 1}
	mine := row
	mine.ID, mine.Desk = string(q), "b"
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		if err := tx.AddLookup(ctx, row); err != nil {
			return err
		}
		return tx.AddLookup(ctx, mine)
	})
	demanded := func(at id.Desk) func(context.Context, lookup.FullTx) ([]lookup.Row, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) {
			return tx.LookupsDemanded(ctx, at, 10)
		}
	}
	rests(k, []lookup.Row{row}, demanded("a"))
	rests(k, nil, demanded("b")) // what is demanded of another member is not for a desk here

	ours.Reported = k.now
	theirs.Found, theirs.Ended = lookup.OfHer, k.now
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		if err := tx.SetLookupDemand(ctx, ours); err != nil {
			return err
		}
		return tx.SetLookupDemand(ctx, theirs)
	})
	rests(k, nil, due)
	rests(k, []lookup.Demand{theirs}, side(lookup.Theirs))
	rests(k, nil, demanded("a"))

	logged := lookup.Logged{ID: draw[id.Lookup](), Member: "RS", Officer: "o", Class: lookup.Asking, At: k.now, Many: 1, Digest: []byte("three")}
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		for _, change := range []func(*lookup.Logged){
			func(*lookup.Logged) {},
			func(l *lookup.Logged) { l.Member = "MK" },
			func(l *lookup.Logged) { l.Class = lookup.Enrolling },
			func(l *lookup.Logged) { l.ID, l.Refused = draw[id.Lookup](), "node" },
			func(l *lookup.Logged) { l.ID, l.Digest = q, []byte("one") },
		} {
			l := logged
			if change(&l); l.ID == q {
				l.Member = "RS"
			}
			if err := tx.AddLookupLog(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
	rests(k, []lookup.Logged{logged}, func(ctx context.Context, tx lookup.FullTx) ([]lookup.Logged, error) {
		return tx.LookupsToDemand(ctx, "MK", 10)
	})
	for digest, want := range map[string]bool{"three": true, "four": false} {
		rests(k, []bool{want}, func(ctx context.Context, tx lookup.FullTx) ([]bool, error) {
			return one(tx.LookupLogged(ctx, logged.ID, "RS", []byte(digest)))
		})
	}
	forgets(k, 1, func(ctx context.Context, tx lookup.FullTx) (int64, error) {
		return tx.ForgetLookupDemands(ctx, k.now.Add(-90*time.Minute))
	})
	rests(k, nil, side(lookup.Ours))
}

// TestOpeningsRest: what a query was made from is found by its question, and gone when its time is over.
func TestOpeningsRest(t *testing.T) {
	k := newKeeping(t)
	q := draw[id.Lookup]()
	kept := lookup.Kept{ID: q, Digest: []byte("one"), At: k.now, Box: keyring.Handed{Desk: id.Desk("data"), Pair: "p", Sealed: []byte("box")}, Sealed: []byte("sealed")}
	old := kept
	old.Digest, old.At = []byte("two"), k.now.Add(-time.Hour)
	first := func(ctx context.Context, tx lookup.FullTx) ([]int64, error) {
		at, err := tx.FirstLookupOpening(ctx)
		return []int64{int64(at)}, err
	}
	rests(k, []int64{0}, first)
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		if err := tx.AddLookupOpening(ctx, kept); err != nil {
			return err
		}
		return tx.AddLookupOpening(ctx, old)
	})
	all := func(ctx context.Context, tx lookup.FullTx) ([]lookup.Kept, error) { return tx.LookupOpenings(ctx, q) }
	rests(k, []lookup.Kept{old, kept}, all)
	rests(k, []int64{int64(old.At)}, first)
	forgets(k, 1, func(ctx context.Context, tx lookup.FullTx) (int64, error) { return tx.ForgetLookupOpenings(ctx, k.now) })
	rests(k, []lookup.Kept{kept}, all)
	rests(k, []desk.Desk{}, func(ctx context.Context, tx lookup.FullTx) ([]desk.Desk, error) { return tx.Desks(ctx) })
}

func forgets(k keeping, want int64, fn func(context.Context, lookup.FullTx) (int64, error)) {
	k.Helper()
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		n, err := fn(ctx, tx)
		if n != want {
			k.Errorf("%d forgotten, want %d", n, want)
		}
		return err
	})
}
