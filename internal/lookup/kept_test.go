package lookup_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestAPieceIsKeptByItsVersion: a piece comes back as it was kept, and whoever knows another version of it changes nothing.
func TestAPieceIsKeptByItsVersion(t *testing.T) {
	ctx := t.Context()
	db := storetest.New(t, time.Now)
	set := func(p lookup.Piece) error {
		return store.Writer[lookup.PieceTx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx lookup.PieceTx) error { return tx.SetLookupPiece(ctx, p) })
	}
	is := func(want lookup.Piece) {
		t.Helper()
		err := store.Reader[lookup.PieceTx](db)(ctx, func(tx lookup.PieceTx) error {
			got, err := tx.LookupPiece(ctx, want.Name)
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	is(lookup.Piece{Name: "run"})
	for version, value := range []string{"one", "another"} {
		p := lookup.Piece{Name: "run", Value: []byte(value), Version: int64(version)}
		if err := set(p); err != nil {
			t.Fatal(err)
		}
		if err := set(p); !fault.Is(err, fault.Stale) {
			t.Errorf("version %d a second time: %v", version, err)
		}
		p.Version++
		is(p)
	}
	is(lookup.Piece{Name: "secret"})
}

// TestTheLogIsShortened: who asked how much is forgotten by the node's regular work once it is older than the profile of the network says, and not before;
// a profile that names no period, or one shorter than what quotas count, takes nothing that they need.
func TestTheLogIsShortened(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	law, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	days := law.Number("MK", "lookup-log-days")
	if days < 30 {
		t.Fatalf("the profile keeps the log for %d days", days)
	}
	s := &lookup.Service{
		Write: store.Writer[lookup.Tx](db), Read: store.Reader[lookup.Tx](db), Now: func() time.Time { return now }, Member: "MK", Law: func() profile.Set { return law },
	}
	const day = 24 * time.Hour
	kept := func() (ages []int) {
		t.Helper()
		err := store.Reader[lookup.FullTx](db)(ctx, func(tx lookup.FullTx) error {
			all, err := tx.LookupLog(ctx, 0, 100)
			for _, l := range all {
				ages = append(ages, int(now.Sub(l.At.Time())/day))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ages
	}
	period := int(days)
	err = store.Writer[lookup.FullTx](db)(ctx, audit.Did(access.Node("MK"), access.ContinueLookup, "MK"), func(tx lookup.FullTx) error {
		for _, age := range []int{0, 1, period - 1, period + 1, period + 90} {
			l := lookup.Logged{ID: id.Random[id.Lookup](id.Maker{}), Member: "RS", Officer: "o", Class: lookup.Asking, At: frame.At(now.Add(-time.Duration(age) * day)), Many: 1, Digest: []byte{}}
			if err := tx.AddLookupLog(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		law  profile.Set
		want []int
		did  int
	}{
		{profile.Set{}, []int{period + 90, period + 1, period - 1, 1, 0}, 0},
		{law, []int{period - 1, 1, 0}, 2},
		{law, []int{period - 1, 1, 0}, 0},
		{logFor(t, "1"), []int{1, 0}, 1},
	} {
		law = step.law
		n, err := s.Tend(ctx)
		if err != nil || n != step.did {
			t.Errorf("it did %d, not %d: %v", n, step.did, err)
		}
		if d := cmp.Diff(step.want, kept()); d != "" {
			t.Error(d)
		}
	}
}

// logFor is a network that keeps the log for so many days.
func logFor(t *testing.T, days string) profile.Set {
	t.Helper()
	p, err := profile.Parse([]byte(`{"schema": "opentrm/profile/1", "profile": "network", "version": 1, "values": [{"key": "lookup-log-days", "value": ` + days + `,
		"origin": {"source": "DEMO", "citation": "none", "status": "unverified"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := profile.NewSet([]profile.Profile{p})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
