package store_test

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

type sealedRows interface {
	raw
	PutRow(ctx context.Context, r keyring.SealedRow) error
	Rows(ctx context.Context, c id.Case, kind string) ([]keyring.SealedRow, error)
	DropRows(ctx context.Context, c id.Compartment) error
	ManifestMatches(ctx context.Context, c id.Case) (bool, error)
}

func row(c id.Case, r id.Record, version int64, body string) keyring.SealedRow {
	return keyring.SealedRow{ID: r, Case: c, Compartment: "k-" + id.Compartment(c), Kind: "note", Version: version, At: 1, By: "ana", Body: []byte(body)}
}

func TestRowsAreChangedOnlyFromTheirLastVersion(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		put := func(r keyring.SealedRow) error {
			return store.Writer[sealedRows](db)(ctx, did("x").In(r.Case), func(tx sealedRows) error { return tx.PutRow(ctx, r) })
		}
		for _, c := range []struct {
			name string
			row  keyring.SealedRow
			kind fault.Kind
			ok   bool
		}{
			{"new", row("c1", "r1", 1, "a"), 0, true},
			{"new again", row("c1", "r1", 1, "b"), fault.Stale, false},
			{"skipped", row("c1", "r1", 3, "b"), fault.Stale, false},
			{"next", row("c1", "r1", 2, "b"), 0, true},
			{"old", row("c1", "r1", 2, "c"), fault.Stale, false},
			{"moved to another case", row("c2", "r1", 3, "c"), fault.Stale, false},
			{"of no case", row("", "r2", 1, "c"), fault.Invalid, false},
		} {
			if err := put(c.row); (err == nil) != c.ok || err != nil && !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

func TestAChangedCaseIsNamedInTheLog(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[sealedRows](db)
		two := func(tx sealedRows) error {
			if err := tx.PutRow(ctx, row("c1", "r1", 1, "a")); err != nil {
				return err
			}
			return tx.PutRow(ctx, row("c2", "r2", 1, "a"))
		}
		assertFault(t, "one case unnamed", write(ctx, did("x").In("c1"), two), fault.Internal, "store.case.unnamed")
		err := write(ctx, did("x").In("c1"), func(tx sealedRows) error {
			if err := tx.Also(did("y").In("c2")); err != nil {
				return err
			}
			return two(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, _ := logged(t, db)
		if len(entries) != 2 || entries[0].Manifest == "" || entries[0].Manifest == entries[1].Manifest {
			t.Errorf("the log of two changed cases: %v", entries)
		}
	})
}

func TestARowPutBackToAnOlderStateIsSeen(t *testing.T) {
	attacks := map[string]string{
		"an older body":    "UPDATE sealed_row SET body = 'older' WHERE id = 'r1'",
		"an older version": "UPDATE sealed_row SET version = 1 WHERE id = 'r1'",
		"a row gone":       "DELETE FROM sealed_row WHERE id = 'r1'",
		"a row added":      "INSERT INTO sealed_row SELECT 'r9', case_id, compartment_id, kind, version, created, updated, author, digest, body FROM sealed_row WHERE id = 'r1'",
		"another space":    "UPDATE sealed_row SET compartment_id = 'k-c2' WHERE id = 'r1'",
		"another manifest": "UPDATE case_manifest SET manifest = 'x' WHERE case_id = 'c1'",
		"another place":    "UPDATE case_manifest SET place = (SELECT place FROM case_manifest WHERE case_id = 'c2') WHERE case_id = 'c1'",
		"no manifest":      "DELETE FROM case_manifest WHERE case_id = 'c1'",
	}
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		db := storetest.Open(t, c)
		write, read := store.Writer[sealedRows](db), store.Reader[sealedRows](db)
		put := func(r keyring.SealedRow) error {
			return write(ctx, did("x").In(r.Case), func(tx sealedRows) error { return tx.PutRow(ctx, r) })
		}
		matches := func(c id.Case) (ok bool) {
			t.Helper()
			if err := read(ctx, func(tx sealedRows) (err error) {
				ok, err = tx.ManifestMatches(ctx, c)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return ok
		}
		for _, r := range []keyring.SealedRow{row("c1", "r1", 1, "a"), row("c1", "r1", 2, "b"), row("c1", "r2", 1, "c"), row("c2", "r3", 1, "d")} {
			if err := put(r); err != nil {
				t.Fatal(err)
			}
		}
		if !matches("c1") || !matches("c2") || !matches("c-empty") {
			t.Fatal("untouched cases do not match the log")
		}
		for name, query := range attacks {
			undo := fault.New(fault.Conflict, "test.undo")
			err := write(ctx, did("x"), func(tx sealedRows) error {
				if err := tx.Exec(ctx, query); err != nil {
					return err
				}
				if ok, err := tx.ManifestMatches(ctx, "c1"); err != nil || ok {
					t.Errorf("%s: the case still matches the log (%v)", name, err)
				}
				if name != "an older body" { // a change does not read every body again; opening does
					if err := tx.PutRow(ctx, row("c1", "r5", 1, "e")); !fault.Is(err, fault.Conflict) {
						t.Errorf("%s: a change on top of it was taken: %v", name, err)
					}
				}
				return undo
			})
			if !fault.Is(err, fault.Conflict) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if !matches("c1") {
			t.Fatal("the attacks were not undone")
		}
		// An entry about the case that changes nothing must not make a rolled-back state the true one.
		err := write(ctx, did("x"), func(tx sealedRows) error { return tx.Exec(ctx, attacks["an older version"]) })
		if err != nil {
			t.Fatal(err)
		}
		if err := write(ctx, did("x").In("c1"), func(sealedRows) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if matches("c1") {
			t.Error("an entry without a change washed a rolled-back row")
		}
	})
}

func TestDroppingACompartmentLeavesTheOthers(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[sealedRows](db)
		err := write(ctx, did("x").In("c1"), func(tx sealedRows) error {
			other := row("c1", "r2", 1, "b")
			other.Compartment = "other"
			if err := tx.PutRow(ctx, row("c1", "r1", 1, "a")); err != nil {
				return err
			}
			return tx.PutRow(ctx, other)
		})
		if err != nil {
			t.Fatal(err)
		}
		drop := func(tx sealedRows) error { return tx.DropRows(ctx, "k-c1") }
		assertFault(t, "dropped without a name", write(ctx, did("x"), drop), fault.Internal, "store.case.unnamed")
		if err := write(ctx, did("x").In("c1"), drop); err != nil {
			t.Fatal(err)
		}
		err = write(ctx, audit.Entry(did("x")), func(tx sealedRows) error {
			all, err := tx.Rows(ctx, "c1", "")
			if len(all) != 1 || all[0].ID != "r2" {
				t.Errorf("left are %v", all)
			}
			if ok, err := tx.ManifestMatches(ctx, "c1"); !ok || err != nil {
				t.Errorf("the rest does not match the log: %v", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
