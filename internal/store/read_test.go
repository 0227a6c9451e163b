package store_test

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
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

// No method of a noun asks for it, and none begins a statement: that changes something where only reading is meant, behind the end of
// its transaction, or for who has gone.
func TestNoStatementIsBegunThatMayNot(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		note := func(ctx context.Context, tx *store.Tx) error {
			return tx.NoteAccess(ctx, audit.Access{User: "u", Day: 1, Case: "c", Role: "r", Opened: 1})
		}
		var over *store.Tx
		change := func(do func(tx *store.Tx) error) error {
			return store.Writer[*store.Tx](db)(ctx, did("x"), func(tx *store.Tx) error {
				over = tx
				return do(tx)
			})
		}
		if err := change(func(tx *store.Tx) error { return note(ctx, tx) }); err != nil {
			t.Fatal(err)
		}
		assertFault(t, "a change after its end", note(ctx, over), fault.Internal, "store.tx.over")
		_, err := over.Erased(ctx, "x", "y")
		assertFault(t, "reading after the end", err, fault.Internal, "store.tx.over")
		for what, read := range map[string]func(context.Context, func(*store.Tx) error) error{
			"a snapshot": store.Reader[*store.Tx](db), "a glance": store.Glance[*store.Tx](db),
		} {
			assertFault(t, what, read(ctx, func(tx *store.Tx) error { return note(ctx, tx) }), fault.Internal, "store.tx.read-only")
		}
		gone, leave := context.WithCancel(ctx)
		leave()
		err = change(func(tx *store.Tx) error { return note(gone, tx) })
		assertFault(t, "who has gone", err, fault.Unavailable, "store.unavailable")
	})
}
