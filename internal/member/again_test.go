package member_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// The bytes of a roster are not read again while nothing is new that stands beside them; written anew, they are.
func TestARosterWrittenAnewIsReadAnew(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		one := signed(t, first(t), "MD", "MK")
		other := signed(t, first(t), "MD")
		hash, err := one.Roster.Hash()
		if err != nil {
			t.Fatal(err)
		}
		for n, want := range []member.Held{
			{Signed: one, Hash: hash, Received: 1},
			{Signed: other, Hash: hash, Received: 2},
			{Signed: one, Hash: hash, Received: 2, Disputed: true},
			{Signed: other, Hash: "another", Received: 2, Disputed: true},
		} {
			entry := audit.Did(access.Node("MK"), "node.test", "roster")
			if err := store.Writer[member.Tx](db)(ctx, entry, func(tx member.Tx) error { return tx.SetRoster(ctx, want) }); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				err := store.Reader[member.Tx](db)(ctx, func(tx member.Tx) error {
					got, err := tx.Rosters(ctx, 2)
					if len(got) != 1 || len(got[0].Signed.Signatures) != len(want.Signed.Signatures) || got[0].Disputed != want.Disputed || got[0].Hash != want.Hash {
						t.Errorf("%d: %+v", n, got)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
