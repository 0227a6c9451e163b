package lookup_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lookup"
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
