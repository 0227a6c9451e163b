package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// settings is what the tests here need kept.
type settings interface {
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

func did(object string) audit.Entry {
	return audit.Did(access.Node("MK"), "node.test", object)
}

func set(ctx context.Context, write func(context.Context, audit.Entry, func(settings) error) error, name, value string) error {
	return write(ctx, did(name), func(tx settings) error { return tx.SetSetting(ctx, name, []byte(value)) })
}

// logged returns the entries of the log of db and the size of its tree.
func logged(t *testing.T, db *store.DB) ([]audit.Entry, int64) {
	t.Helper()
	var all []audit.Entry
	var size int64
	err := store.Reader[audit.Reader](db)(t.Context(), func(tx audit.Reader) error {
		heads, err := tx.AuditHeads(t.Context())
		if err != nil || len(heads) == 0 {
			return err
		}
		size = heads[len(heads)-1].Size
		kept, err := tx.AuditPayloads(t.Context(), 0, 1<<62, 100_000)
		for _, p := range kept {
			e, err := audit.ParseEntry(p.Data)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		return err
	})
	if err != nil {
		t.Fatalf("read the log: %v", err)
	}
	return all, size
}

func TestAChangeAndItsEntryAreOne(t *testing.T) {
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		now := time.Date(2026, 11, 23, 12, 0, 0, 123_456_789, time.UTC)
		c.Now = func() time.Time { return now }
		db := storetest.Open(t, c)
		ctx := t.Context()
		write, read := store.Writer[settings](db), store.Reader[settings](db)
		if err := set(ctx, write, "a", "1"); err != nil {
			t.Fatal(err)
		}
		refused := fault.New(fault.Conflict, "test.no")
		err := write(ctx, did("b"), func(tx settings) error {
			if err := tx.SetSetting(ctx, "b", nil); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Fatalf("the failure of a change became %v", err)
		}
		err = write(ctx, audit.Entry{}, func(tx settings) error { return tx.SetSetting(ctx, "c", nil) })
		if !fault.Is(err, fault.Invalid) {
			t.Fatalf("a change without a reason: %v", err)
		}
		err = read(ctx, func(tx settings) error {
			if v, err := tx.Setting(ctx, "a"); err != nil || string(v) != "1" {
				t.Errorf("a is %q, %v", v, err)
			}
			for _, name := range []string{"b", "c"} {
				if _, err := tx.Setting(ctx, name); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s was kept although its change failed: %v", name, err)
				}
			}
			if err := tx.SetSetting(ctx, "d", nil); !fault.Is(err, fault.Internal) {
				t.Errorf("a snapshot took a change: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, size := logged(t, db)
		if len(entries) != 1 || size != 1 || entries[0].Object != "a" || entries[0].Time != frame.At(now) {
			t.Errorf("the log of one change is %v, %d leaves", entries, size)
		}
	})
}
