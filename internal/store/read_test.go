package store_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Whoever reads after another reads over the same connection; one that is still open is not waited for.
func TestReadersShareWhatIsOpen(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		read := store.Reader[settings](db)
		reading := func(within func()) {
			t.Helper()
			err := read(t.Context(), func(settings) error {
				if within != nil {
					within()
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 9 {
			reading(nil)
		}
		if n := db.Idle(); n != 1 {
			t.Errorf("%d connections for one who reads nine times", n)
		}
		reading(func() { reading(func() { reading(nil) }) })
		if n := db.Idle(); n != 3 {
			t.Errorf("%d connections after three at once", n)
		}
	})
}
