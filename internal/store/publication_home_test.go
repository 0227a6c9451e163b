package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// What an office keeps to itself is replaced and deleted by whoever has read it as it stands, and by nobody else.
func TestWhatIsKeptAtHome(t *testing.T) {
	db := storetest.New(t, time.Now)
	first := publication.Home{ID: "b", Kind: publication.Progress, Body: []byte(`{"a":"Ж"}`), By: "ana", At: huge, Version: 1}
	second := publication.Home{ID: "a", Kind: publication.Measure, Body: []byte(`{}`), By: "vera", At: huge + 1, Version: 1}
	err := store.Writer[publication.HomeTx](db)(t.Context(), did("home"), func(tx publication.HomeTx) error {
		ctx := context.WithoutCancel(t.Context())
		for _, h := range []publication.Home{second, first} {
			if err := tx.AddHome(ctx, h); err != nil {
				return err
			}
		}
		all, err := tx.Homes(ctx, 10)
		same(t, "what is kept", all, []publication.Home{first, second})
		if err != nil {
			return err
		}
		changed := first
		changed.Body, changed.By, changed.At = []byte(`{"a":"b"}`), "vera", huge+2
		if err := tx.SetHome(ctx, changed); err != nil {
			return err
		}
		if err := tx.SetHome(ctx, changed); !fault.Is(err, fault.Stale) {
			t.Errorf("changed twice: %v", err)
		}
		changed.Version = 2
		got, err := tx.Home(ctx, "b")
		same(t, "what was changed", got, changed)
		if err != nil {
			return err
		}
		if err := tx.DropHome(ctx, "b", 1); !fault.Is(err, fault.Stale) {
			t.Errorf("deleted as it stood before: %v", err)
		}
		if err := tx.DropHome(ctx, "b", 2); err != nil {
			return err
		}
		if _, err := tx.Home(ctx, "b"); !fault.Is(err, fault.NotFound) {
			t.Errorf("deleted: %v", err)
		}
		some, err := tx.Homes(ctx, 1)
		same(t, "what is left", some, []publication.Home{second})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
