package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// raw is a change that may run any statement.
type raw interface {
	settings
	audit.Tx
	Exec(ctx context.Context, query string, args ...any) error
	Record(ctx context.Context, entry audit.Entry) (audit.Ref, error)
	Also(entry audit.Entry) error
	OnCommit(f func())
	AuditBlocks(ctx context.Context, at []audit.Place) ([][]byte, error)
}

func TestRefusalsAreToldApart(t *testing.T) {
	const row = "INSERT INTO sealed_row (id, case_id, compartment_id, kind, version, created, updated, author, digest, body) VALUES "
	cases := []struct {
		name, query, key string
		kind             fault.Kind
	}{
		{"unique", "INSERT INTO setting (name, value) SELECT name, value FROM setting", "store.unique", fault.Conflict},
		{"foreign key", "INSERT INTO desk_shift VALUES ('nowhere', 'u', 1, 2)", "store.foreign-key", fault.Conflict},
		{"check", row + "('r', 'c', 'k', 'note', 0, 1, 1, '', '', '')", "store.check", fault.Invalid},
		{"not null", "UPDATE setting SET value = NULL", "store.check", fault.Invalid},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[raw](db)
		if err := set(ctx, store.Writer[settings](db), "a", "1"); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			err := write(ctx, did("x"), func(tx raw) error { return tx.Exec(ctx, c.query) })
			assertFault(t, c.name, err, c.kind, c.key)
		}
		if _, size := logged(t, db); size != 1 {
			t.Errorf("refused changes left %d leaves", size-1)
		}
	})
}

func assertFault(t *testing.T, what string, err error, kind fault.Kind, key string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != kind || e.Key != key {
		t.Errorf("%s: got %v, want %v %s", what, err, kind, key)
	}
}

func TestASwallowedErrorFailsTheChange(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := store.Writer[raw](db)(ctx, did("x"), func(tx raw) error {
			_ = tx.Exec(ctx, "INSERT INTO nowhere VALUES (1)")
			return nil
		})
		if !fault.Is(err, fault.Internal) {
			t.Errorf("got %v", err)
		}
		if err := set(ctx, store.Writer[settings](db), "a", "1"); err != nil {
			t.Errorf("the next change: %v", err)
		}
	})
}

// Changes that wait together share a commit. Whatever one of them does, the others must be whole.
func TestChangesInOneGroupDoNotHarmEachOther(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write, read := store.Writer[raw](db), store.Reader[settings](db)
		cancelled, cancel := context.WithCancel(ctx)
		defer cancel()
		// The first change holds the turn until all others are on their way.
		started, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		var mu sync.Mutex
		durable := map[string]int{}
		told := func(tx raw, name string) {
			tx.OnCommit(func() {
				mu.Lock()
				defer mu.Unlock()
				durable[name]++
			})
		}
		wg.Go(func() {
			err := write(ctx, did("first"), func(tx raw) error {
				close(started)
				<-release
				told(tx, "first")
				return tx.SetSetting(ctx, "first", nil)
			})
			if err != nil {
				t.Errorf("first: %v", err)
			}
		})
		<-started
		const n = 60
		for i := range n {
			name := fmt.Sprintf("n%02d", i)
			wg.Go(func() {
				defer func() {
					if r := recover(); (r != nil) != (i%6 == 3) {
						t.Errorf("%s: recovered %v", name, r)
					}
				}()
				own := ctx
				if i%6 == 5 {
					own = cancelled
				}
				err := write(own, did(name), func(tx raw) error {
					told(tx, name)
					if err := tx.SetSetting(own, name, []byte(name)); err != nil {
						return err
					}
					switch i % 6 {
					case 1:
						return fault.New(fault.Conflict, "test.no")
					case 2:
						return tx.Exec(own, "INSERT INTO nowhere VALUES (1)")
					case 3:
						panic("broken")
					case 4:
						runtime.Goexit()
					case 5:
						cancel()
						return own.Err()
					}
					return nil
				})
				if (err == nil) != (i%6 == 0) {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		close(release)
		wg.Wait()
		err := read(ctx, func(tx settings) error {
			for i := range n {
				name := fmt.Sprintf("n%02d", i)
				_, err := tx.Setting(ctx, name)
				if (err == nil) != (i%6 == 0) {
					t.Errorf("%s: kept %v, should be %v", name, err == nil, i%6 == 0)
				}
				if n := durable[name]; n > 1 || (n == 1) != (i%6 == 0) {
					t.Errorf("%s: told %d times that it is durable", name, n)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, size := logged(t, db)
		if len(entries) != 1+n/6 || size != int64(1+n/6) {
			t.Errorf("%d entries and %d leaves for %d changes", len(entries), size, 1+n/6)
		}
	})
}

// A change that reads the log has what others appended before it written for that; if it then fails, whatever it appended
// itself, theirs stays and its own does not.
func TestAFailedChangeTakesNothingOfOthersOutOfTheLog(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[raw](db)
		want := 0
		for round := range 12 {
			started, release := make(chan struct{}), make(chan struct{})
			begun := sync.OnceFunc(func() { close(started) }) // a group that fails is tried again one by one
			var wg sync.WaitGroup
			good := func(name string, do func()) {
				want++
				if err := write(ctx, did(name), func(raw) error { do(); return nil }); err != nil {
					t.Errorf("round %d, %s: %v", round, name, err)
				}
			}
			wg.Go(func() { good("first", func() { begun(); <-release }) })
			<-started
			wg.Go(func() {
				err := write(ctx, did("undone"), func(tx raw) error {
					if _, err := tx.AuditBlocks(ctx, []audit.Place{audit.At(1, 0)}); err != nil {
						return err
					}
					for range 5 { // more than the others
						if _, err := tx.Record(ctx, did("undone")); err != nil {
							return err
						}
					}
					return fault.New(fault.Conflict, "test.no")
				})
				if !fault.Is(err, fault.Conflict) {
					t.Errorf("round %d, undone: %v", round, err)
				}
			})
			close(release)
			wg.Wait()
			good("last", func() {})
		}
		entries, size := logged(t, db)
		if len(entries) != want || size != int64(want) {
			t.Errorf("%d entries and %d leaves for %d changes", len(entries), size, want)
		}
		for _, e := range entries {
			if e.Object == "undone" {
				t.Error("what was undone is in the log")
			}
		}
	})
}

func TestRecordTellsTheLeafAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var ref audit.Ref
		err := store.Writer[raw](db)(ctx, did("own"), func(tx raw) (err error) {
			if err := tx.Also(did("also")); err != nil {
				return err
			}
			if ref, err = tx.Record(ctx, did("recorded")); err != nil {
				return err
			}
			return tx.SetSetting(ctx, "leaf", ref.Leaf[:])
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, _ := logged(t, db)
		var objects []string
		for _, e := range entries {
			objects = append(objects, e.Object)
		}
		if fmt.Sprint(objects) != "[recorded also own]" || ref.At.Index() != 0 || ref.Leaf == (audit.Leaf{}) {
			t.Errorf("the log has %v, the record is at %d", objects, ref.At.Index())
		}
	})
}

func TestTheLogCanOnlyGrow(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[raw](db)
		for i := range 20 { // more than a block
			if err := set(ctx, store.Writer[settings](db), fmt.Sprint(i), "x"); err != nil {
				t.Fatal(err)
			}
		}
		before, _ := logged(t, db)
		queries := []string{
			"UPDATE audit_head SET size = size - 1",
			"UPDATE audit_head SET epoch = 9",
			"DELETE FROM audit_head",
			"UPDATE audit_block SET hashes = ''",
			"DELETE FROM audit_block",
			"UPDATE audit_payload SET data = ''",
			"DELETE FROM audit_payload",
			"DROP TABLE audit_payload",
		}
		for _, table := range []string{"audit_checkpoint", "audit_cosignature", "audit_epoch", "audit_fork"} {
			queries = append(queries, "DELETE FROM "+table)
		}
		if db.Engine() == store.Postgres { // only there is the application somebody else than the owner
			for _, table := range []string{"head", "block", "payload", "checkpoint", "cosignature", "epoch", "fork", "erasing"} {
				queries = append(queries, "TRUNCATE audit_"+table, "ALTER TABLE audit_"+table+" DISABLE TRIGGER ALL", "DROP TABLE audit_"+table)
			}
			queries = append(queries,
				"UPDATE audit_checkpoint SET note = ''", "UPDATE audit_cosignature SET line = ''", "UPDATE audit_epoch SET note = ''",
				"DROP FUNCTION audit_head_grows() CASCADE", "DELETE FROM goose_db_version", "CREATE TABLE mine (a BIGINT)",
				"CREATE SCHEMA mine", "CREATE ROLE mine", "SET ROLE opentrm_owner", "COPY setting TO PROGRAM 'true'",
			)
		}
		fill := []string{
			"INSERT INTO audit_checkpoint VALUES (1, 1, 'n')", "INSERT INTO audit_cosignature VALUES (1, 'MK', 1, 'l')",
			"INSERT INTO audit_epoch VALUES (1, 'n')", "INSERT INTO audit_fork VALUES ('d', 'MK', 1, 'b')",
		}
		err := write(ctx, did("fill"), func(tx raw) error {
			for _, q := range fill {
				if err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range queries {
			err := write(ctx, did("x"), func(tx raw) error { return tx.Exec(ctx, q) })
			if q == "DROP TABLE audit_payload" && db.Engine() == store.SQLite {
				continue // there the program owns its file; who has the file can drop it whole
			}
			if !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %v", q, err)
			}
		}
		after, _ := logged(t, db)
		if db.Engine() == store.Postgres && len(after) != len(before)+1 {
			t.Errorf("%d entries became %d", len(before), len(after))
		}
	})
}

func TestOnlyTheErasingRoleDeletesPayloads(t *testing.T) {
	type eraser interface {
		audit.Eraser
		settings
		Exec(ctx context.Context, query string, args ...any) error
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, name := range []string{"a", "b"} {
			if err := set(ctx, store.Writer[settings](db), name, "1"); err != nil {
				t.Fatal(err)
			}
		}
		err := store.Eraser[eraser](db)(ctx, did("erase"), func(tx eraser) error {
			n, err := tx.EraseAuditPayloads(ctx, []audit.Place{audit.At(1, 0), audit.At(1, 7)})
			if n != 1 {
				t.Errorf("%d payloads erased, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, size := logged(t, db)
		if len(entries) != 2 || entries[0].Object != "b" || entries[1].Object != "erase" || size != 3 {
			t.Errorf("after erasing: %v, %d leaves", entries, size)
		}
		err = store.Writer[raw](db)(ctx, did("x"), func(tx raw) error { return tx.Exec(ctx, "DELETE FROM audit_payload") })
		if !fault.Is(err, fault.Denied) {
			t.Errorf("the right to erase outlived its change: %v", err)
		}
		for i := range 20 { // more than a block
			if err := set(ctx, store.Writer[settings](db), fmt.Sprint(i), "x"); err != nil {
				t.Fatal(err)
			}
		}
		for _, q := range []string{
			"DELETE FROM audit_head", "DELETE FROM audit_block", "UPDATE audit_block SET hashes = ''", "UPDATE audit_payload SET data = ''",
			"UPDATE audit_head SET size = size - 1",
		} {
			err := store.Eraser[eraser](db)(ctx, did("x"), func(tx eraser) error { return tx.Exec(ctx, q) })
			if !fault.Is(err, fault.Denied) {
				t.Errorf("who erases may also %s: %v", q, err)
			}
		}
	})
}

func TestALostConnectionIsReplaced(t *testing.T) {
	type breakable interface {
		settings
		Broken()
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := store.Writer[breakable](db)(ctx, did("a"), func(tx breakable) error {
			tx.Broken()
			return tx.SetSetting(ctx, "a", nil)
		})
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("a change on a lost connection: %v", err)
		}
		if err := set(ctx, store.Writer[settings](db), "b", "1"); err != nil {
			t.Errorf("the change after it: %v", err)
		}
	})
}

func TestARestartedServerIsFoundAgain(t *testing.T) {
	db := storetest.Open(t, storetest.Postgres(t))
	ctx := t.Context()
	write, read := store.Writer[settings](db), store.Reader[settings](db)
	for i := range 3 {
		name := fmt.Sprint(i)
		if err := set(ctx, write, name, name); err != nil {
			t.Errorf("write after %d restarts: %v", i, err)
		}
		for range 4 { // every reader
			err := read(ctx, func(tx settings) error { _, err := tx.Setting(ctx, name); return err })
			if err != nil {
				t.Errorf("read after %d restarts: %v", i, err)
			}
		}
		if err := db.Terminate(ctx, storetest.Server(t)); err != nil {
			t.Fatal(err)
		}
	}
	if _, size := logged(t, db); size != 3 {
		t.Errorf("%d leaves for 3 changes", size)
	}
}

func TestAClosedDatabaseSaysSo(t *testing.T) {
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		db := storetest.Open(t, c)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := set(t.Context(), store.Writer[settings](db), "a", "1"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("write: %v", err)
		}
		if err := store.Reader[settings](db)(t.Context(), func(settings) error { return nil }); !fault.Is(err, fault.Unavailable) {
			t.Errorf("read: %v", err)
		}
	})
}

func TestASnapshotStandsStill(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[settings](db)
		if err := set(ctx, write, "a", "1"); err != nil {
			t.Fatal(err)
		}
		err := store.Reader[settings](db)(ctx, func(tx settings) error {
			before, err := tx.Setting(ctx, "a")
			if err != nil {
				return err
			}
			if err := set(ctx, write, "a", "2"); err != nil {
				return err
			}
			after, err := tx.Setting(ctx, "a")
			if !bytes.Equal(before, after) {
				t.Errorf("a was %q and became %q in one snapshot", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestALeaseHasOneHolder(t *testing.T) {
	type leases interface {
		TakeLease(ctx context.Context, name, holder string, until frame.Time) (bool, error)
		DropLease(ctx context.Context, name, holder string) error
	}
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		now := frame.Time(1_700_000_000_000_000)
		c.Now = now.Time
		db := storetest.Open(t, c)
		take := func(holder string, until frame.Time) (ok bool) {
			t.Helper()
			err := store.Ephemeral[leases](db)(t.Context(), func(tx leases) (err error) {
				ok, err = tx.TakeLease(t.Context(), "deliver", holder, until)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !take("a", now+10) || take("b", now+20) || !take("a", now+5) {
			t.Error("a free lease is given once, and prolonged for its holder only")
		}
		if !take("a", now) || !take("b", now+10) || take("a", now+20) {
			t.Error("an expired lease is given to the next")
		}
		err := store.Ephemeral[leases](db)(t.Context(), func(tx leases) error { return tx.DropLease(t.Context(), "deliver", "a") })
		if err != nil || take("a", now+10) {
			t.Errorf("a dropped the lease of b: %v", err)
		}
		if _, size := logged(t, db); size != 0 {
			t.Errorf("leases left %d leaves", size)
		}
	})
}
