package store_test

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Arguments out of order are what the rewriter is for: by default SQLite counts them as they appear.
func TestArgumentsGoWhereTheirNumberSays(t *testing.T) {
	type raw interface {
		settings
		Exec(ctx context.Context, query string, args ...any) error
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := store.Writer[raw](db)(ctx, did("x"), func(tx raw) error {
			return tx.Exec(ctx, "INSERT INTO setting (value, name) VALUES ($2, $1)", "name", []byte("value"))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = store.Reader[settings](db)(ctx, func(tx settings) error {
			v, err := tx.Setting(ctx, "name")
			if string(v) != "value" {
				t.Errorf("name holds %q", v)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
