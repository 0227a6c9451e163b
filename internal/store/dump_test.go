package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// fill writes something of every type of column into both classes, and something volatile.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	write := store.Writer[sealedRows](db)
	for i := range 40 {
		err := write(ctx, did(fmt.Sprint(i)).In("c1"), func(tx sealedRows) error {
			body := strings.Repeat("\x00\xff'\n", i)
			if err := tx.SetSetting(ctx, fmt.Sprint("Čakovec-", i), []byte(body)); err != nil {
				return err
			}
			return tx.PutRow(ctx, row("c1", id.Record(fmt.Sprintf("r%04d", i)), 1, body))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := write(ctx, did("more"), func(tx sealedRows) error {
		for _, q := range []string{
			"INSERT INTO audit_seen VALUES ('RS', 1, 'n', 1, true), ('RS', 2, '', -1, false)",
			"INSERT INTO lease VALUES ('volatile', 'a', 1)",
		} {
			if err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func dump(t *testing.T, db *store.DB) (content, keys []byte) {
	t.Helper()
	var c, k bytes.Buffer
	if err := db.Dump(t.Context(), map[store.Class]io.Writer{store.Content: &c, store.Keys: &k}); err != nil {
		t.Fatalf("dump: %v", err)
	}
	return c.Bytes(), k.Bytes()
}

// A dump of either engine loads into either engine and is dumped again as the same bytes.
func TestDumpsTravelBetweenEngines(t *testing.T) {
	storetest.Run(t, func(t *testing.T, source *store.DB) {
		fill(t, source)
		storetest.Run(t, func(t *testing.T, target *store.DB) {
			content, keys := dump(t, source)
			if bytes.Contains(content, []byte("Čakovec")) || !bytes.Contains(keys, []byte("Čakovec")) {
				t.Error("settings belong to the archive of keys, and to no other")
			}
			if bytes.Contains(content, []byte("volatile")) || bytes.Contains(keys, []byte("volatile")) {
				t.Error("a dump holds what is volatile")
			}
			if err := target.Load(t.Context(), bytes.NewReader(content), bytes.NewReader(keys)); err != nil {
				t.Fatalf("load: %v", err)
			}
			content2, keys2 := dump(t, target)
			if !bytes.Equal(content, content2) || !bytes.Equal(keys, keys2) {
				t.Error("what was loaded is dumped differently")
			}
			a, n := logged(t, source)
			b, m := logged(t, target)
			if len(a) != len(b) || n != m || n != 41 {
				t.Errorf("%d entries and %d leaves became %d and %d", len(a), n, len(b), m)
			}
			err := store.Writer[sealedRows](target)(t.Context(), did("after").In("c1"), func(tx sealedRows) error {
				return tx.PutRow(t.Context(), row("c1", "later", 1, "x"))
			})
			if err != nil {
				t.Errorf("the loaded node cannot go on: %v", err)
			}
			err = target.Load(t.Context(), bytes.NewReader(content))
			assertFault(t, "loading twice", err, fault.Conflict, "store.load.not-empty")
		})
	})
}

func TestADumpIsWholeOrRefused(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		source := storetest.OpenSQLite(t, nil)
		fill(t, source)
		content, keys := dump(t, source)
		flipped := bytes.Clone(content)
		flipped[len(flipped)/2] ^= 1
		for name, in := range map[string][]byte{
			"empty":        {},
			"cut in half":  content[:len(content)/2],
			"without end":  content[:len(content)-1],
			"with more":    append(bytes.Clone(content), 0),
			"altered":      flipped,
			"of no class":  bytes.Replace(keys, []byte("\x04keys"), []byte("\x04what"), 1),
			"other table":  bytes.Replace(keys, []byte("setting"), []byte("session"), 1),
			"other column": bytes.Replace(keys, []byte("\x05value"), []byte("\x05valve"), 1),
			"huge record":  binary.BigEndian.AppendUint32(nil, 1<<31),
		} {
			err := db.Load(t.Context(), bytes.NewReader(in))
			if !fault.Is(err, fault.Invalid) && !(name == "huge record" && fault.Is(err, fault.TooLarge)) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := db.Load(t.Context(), bytes.NewReader(keys), bytes.NewReader(content[:len(content)-1])); !fault.Is(err, fault.Invalid) {
			t.Errorf("a half pair: %v", err)
		}
		if err := db.Load(t.Context(), bytes.NewReader(content), bytes.NewReader(keys)); err != nil {
			t.Errorf("refused loads left something behind: %v", err)
		}
		err := db.Dump(t.Context(), map[store.Class]io.Writer{store.Volatile: io.Discard})
		assertFault(t, "a dump of what is volatile", err, fault.Invalid, "store.dump.class")
	})
}

// Every table that the schema makes has a class, and the engines have the same tables.
func TestTablesHaveAClass(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var declared []string
		for _, c := range []store.Class{store.Content, store.Keys, store.Volatile} {
			declared = append(declared, db.Tables(c)...)
		}
		slices.Sort(declared)
		real, err := db.RealTables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		real = slices.DeleteFunc(real, func(s string) bool { return strings.HasPrefix(s, "goose_") })
		slices.Sort(real)
		if !slices.Equal(declared, real) {
			t.Errorf("declared %v\nreal     %v", declared, real)
		}
		if !slices.Contains(db.Tables(store.Keys), "compartment") || !slices.Contains(db.Tables(store.Volatile), "session") {
			t.Error("keys are not in the archive that is thrown away, or sessions are in one")
		}
	})
}

func FuzzLoad(f *testing.F) {
	db := storetest.OpenSQLite(f, nil)
	var good bytes.Buffer
	if err := db.Dump(context.Background(), map[store.Class]io.Writer{store.Keys: &good}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 8, 0, 0, 0, 4, 'h', 'e', 'a', 'd'})
	f.Fuzz(func(t *testing.T, in []byte) {
		err := db.Load(t.Context(), bytes.NewReader(in))
		if err == nil && !bytes.Equal(in, good.Bytes()) {
			t.Errorf("a stream that is no dump was taken: %q", in)
		}
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) && !fault.Is(err, fault.Conflict) {
			t.Errorf("refused with %v", err)
		}
	})
}

// A change is repeated when PostgreSQL asks for it, and not for ever.
func TestSerialisationFailuresAreRepeated(t *testing.T) {
	db := storetest.Open(t, storetest.Postgres(t))
	ctx := t.Context()
	const fail = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$"
	for _, c := range []struct{ failures, runs int }{{3, 4}, {100, 8}} {
		runs := 0
		err := store.Writer[raw](db)(ctx, did("x"), func(tx raw) error {
			runs++
			if runs <= c.failures {
				return tx.Exec(ctx, fail)
			}
			return tx.SetSetting(ctx, "a", nil)
		})
		if runs != c.runs || (err == nil) != (c.failures < 8) {
			t.Errorf("%d failures: run %d times, %v", c.failures, runs, err)
		}
		if err != nil {
			assertFault(t, "too many failures", err, fault.Unavailable, "store.serialisation")
		}
	}
	if _, size := logged(t, db); size != 1 {
		t.Errorf("%d leaves for one change", size)
	}
}

func TestHealthTellsWhatIsWrong(t *testing.T) {
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		db := storetest.Open(t, c)
		h, err := db.Health(t.Context(), store.Whole)
		if err != nil {
			t.Fatal(err)
		}
		if h.Engine != db.Engine() || h.Version == "" || h.Schema == 0 || h.Bytes == 0 {
			t.Errorf("health is %+v", h)
		}
		keys := map[string]bool{}
		for _, f := range h.Findings {
			keys[f.Key] = f.Bad
		}
		if db.Engine() == store.SQLite && (len(h.Findings) != 0 || h.Place != filepath.Dir(c.Path)) {
			t.Errorf("a new file in %s has findings: %v", h.Place, h.Findings)
		}
		if _, told := keys["store.health.owner"]; told {
			t.Error("the application's own login is taken for the owner")
		}
		if db.Engine() == store.Postgres {
			if bad, told := keys["store.health.volume"]; !told || bad || h.Place != "" {
				t.Errorf("nobody is asked about the encryption of the volume, which is at %q", h.Place)
			}
			h, err := storetest.Open(t, ownedByItsNode(t)).Health(t.Context(), store.Little)
			if err != nil || !slices.ContainsFunc(h.Findings, func(f store.Finding) bool { return f.Key == "store.health.owner" }) {
				t.Errorf("the owner's login went unnoticed: %v, %v", h.Findings, err)
			}
			asked := slices.ContainsFunc(h.Findings, func(f store.Finding) bool { return f.Key == "store.health.volume" })
			if asked == (h.Place != "") || strings.Contains(storetest.Server(t), "host=/") && !filepath.IsAbs(h.Place) {
				t.Errorf("a login that may know where the database rests is told %q, and somebody is asked: %t", h.Place, asked)
			}
		}
	})
}
