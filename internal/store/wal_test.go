package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

const (
	logBlock = 4096
	logFrame = 24 + logBlock // as SQLite sees one
)

// copyFiles copies a database as it lies on the disk at this moment.
func copyFiles(t *testing.T, c store.Config) store.Config {
	t.Helper()
	there := c
	there.Path = filepath.Join(t.TempDir(), "copy.db")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(c.Path + end)
		if err == nil {
			err = os.WriteFile(there.Path+end, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return there
}

// setting reads a setting of a database.
func setting(t *testing.T, db *store.DB, name string) (got []byte) {
	t.Helper()
	err := store.Reader[settings](db)(t.Context(), func(tx settings) (err error) {
		got, err = tx.Setting(t.Context(), name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// SQLite need not fill the log up to the end of a block after each commit.
func TestACommitWritesNoFrameTwice(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	before := int64(0)
	for i := range 11 {
		if err := store.Writer[settings](db)(t.Context(), did("n"), func(tx settings) error {
			return tx.SetSetting(t.Context(), "n", []byte{byte(i)})
		}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			before = db.LogPages()
		}
	}
	// Each of the setting and of the payloads of the log.
	if pages := db.LogPages() - before; pages > 10*2 {
		t.Errorf("ten commits of one setting wrote %d pages", pages)
	}
}

// A log grows in steps: a commit that makes its file longer takes twice as long to become durable.
func TestALogGrowsInSteps(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	sizes := make(map[int64]bool)
	for i := range byte(40) {
		if err := store.Writer[settings](db)(t.Context(), did("n"), func(tx settings) error {
			return tx.SetSetting(t.Context(), "n", bytes.Repeat([]byte{i}, 70000))
		}); err != nil {
			t.Fatal(err)
		}
		log, err := os.Stat(c.Path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if log.Size() < (1+db.LogPages())*logBlock {
			t.Fatalf("%d bytes for %d pages", log.Size(), db.LogPages())
		}
		sizes[log.Size()] = true
	}
	if db.LogPages() < 600 || len(sizes) > 4 { // 3 MB in steps of one
		t.Errorf("a log of %d pages had %d sizes", db.LogPages(), len(sizes))
	}
}

// A power failure while a commit is written spoils any of its blocks. What was acknowledged before is there.
func TestATornCommitSpoilsNoneBefore(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	end := func() int64 { return (1 + db.LogPages()) * logBlock }
	for i := byte(1); i <= 12; i++ {
		before := end()
		if err := store.Writer[settings](db)(t.Context(), did("n"), func(tx settings) error {
			return tx.SetSetting(t.Context(), "n", bytes.Repeat([]byte{i}, 6000))
		}); err != nil {
			t.Fatal(err)
		}
		if i%3 != 0 {
			continue
		}
		if got := setting(t, storetest.Open(t, copyFiles(t, c)), "n")[0]; got != i {
			t.Fatalf("nothing torn after %d commits: %d", i, got)
		}
		for at := before; at < end(); at += logBlock {
			there := copyFiles(t, c)
			file, err := os.OpenFile(there.Path+"-wal", os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteAt(bytes.Repeat([]byte{0x5a}, logBlock/8), at+logBlock/2); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if got := setting(t, storetest.Open(t, there), "n")[0]; got != i-1 {
				t.Errorf("after %d commits, the last with block %d torn: %d", i, (at-before)/logBlock, got)
			}
		}
	}
}

// A file and its log that a program before the present layout left behind when it died are read before anything is added.
func TestALogOfAnEarlierProgramIsTakenOver(t *testing.T) {
	c := storetest.SQLite(t)
	c.Path = filepath.Join(t.TempDir(), "earlier.db")
	earlier, err := store.Earlier(t.Context(), c, "INSERT INTO setting (name, value) VALUES ('before', X'0102')")
	if err != nil {
		t.Fatal(err)
	}
	there, again, short, between := copyFiles(t, c), copyFiles(t, c), copyFiles(t, c), copyFiles(t, c)
	if err := earlier.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []store.Config{there, c} { // with its log, and as one that was closed
		if reserved, err := c.Reserved(); reserved != 0 || err != nil {
			t.Fatalf("%d bytes of a page are kept free already, %v", reserved, err)
		}
		for range 2 { // and opened again
			db := storetest.Open(t, c)
			if got := setting(t, db, "before"); !bytes.Equal(got, []byte{1, 2}) {
				t.Errorf("read %x", got)
			}
			if err := store.Writer[settings](db)(t.Context(), did("n"), func(tx settings) error {
				return tx.SetSetting(t.Context(), "after", bytes.Repeat([]byte{3}, 70000))
			}); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if reserved, err := c.Reserved(); reserved != 24 || err != nil {
				t.Errorf("%d bytes of a page are kept free, %v", reserved, err)
			}
		}
	}
	alone, err := store.Seize(t.Context(), again) // to be given another key
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(again.Path + "-wal"); !os.IsNotExist(err) {
		t.Errorf("the log is still there: %v", err)
	}
	if err := alone.Release(); err != nil {
		t.Fatal(err)
	}
	short.Key = short.Key[:31]
	if _, err := store.Seize(t.Context(), short); !fault.Is(err, fault.Invalid) {
		t.Errorf("a log and a key that is too short: %v", err)
	}
	// A log of a layout that this program does not read is not thrown away.
	log, err := os.ReadFile(between.Path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	log[0] ^= 1
	if err := os.WriteFile(between.Path+"-wal", log, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), between)
	if _, key, _ := fault.Public(err); key != "store.log.other" {
		t.Errorf("a log of another layout: %v", err)
	}
	if got, err := os.ReadFile(between.Path + "-wal"); err != nil || !bytes.Equal(got, log) {
		t.Errorf("the log has changed, %v", err)
	}
}

// Frames of the log are handed on together, wherever a commit ends within a block: another connection reads each
// commit as soon as it is acknowledged, and a copy of the files made at that moment has it too.
func TestWhatIsAcknowledgedHasLeftTheProcess(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	ctx := t.Context()
	write, read := store.Writer[settings](db), store.Reader[settings](db)
	r := rand.New(rand.NewPCG(1, 2))
	check := func(read func(string) ([]byte, error), name string, want []byte) {
		t.Helper()
		if got, err := read(name); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s: read %d bytes of %d, %v", name, len(got), len(want), err)
		}
	}
	for i := range 180 { // commits end all over a block
		name, body := fmt.Sprintf("n%d", i%7), bytes.Repeat([]byte{byte(i)}, r.IntN(9000))
		err := write(ctx, did(name), func(tx settings) error {
			for k := range r.IntN(4) {
				if err := tx.SetSetting(ctx, fmt.Sprintf("other%d-%d", i, k), []byte(name)); err != nil {
					return err
				}
			}
			return tx.SetSetting(ctx, name, body)
		})
		if err != nil {
			t.Fatal(err)
		}
		check(func(name string) (got []byte, err error) {
			err = read(ctx, func(tx settings) error {
				got, err = tx.Setting(ctx, name)
				return err
			})
			return got, err
		}, name, body)
		if i%60 != 59 {
			continue
		}
		there := copyFiles(t, c)
		other := storetest.Open(t, there)
		check(func(name string) (got []byte, err error) {
			err = store.Reader[settings](other)(ctx, func(tx settings) error {
				got, err = tx.Setting(ctx, name)
				return err
			})
			return got, err
		}, name, body)
	}
}

// The distance of frames that the file system counts with is that of the pages of this program.
func TestPagesAreOf4096Bytes(t *testing.T) {
	db := storetest.OpenSQLite(t, nil)
	if size, err := db.PageSize(t.Context()); err != nil || size != 4096 {
		t.Errorf("pages of %d bytes, %v", size, err)
	}
}

// Who finds a file of an earlier program that another one converts, uses and leaves with its log before she is alone with
// it takes it as it is by then.
func TestAFileIsConvertedOnce(t *testing.T) {
	c := storetest.SQLite(t)
	c.Path = filepath.Join(t.TempDir(), "earlier.db")
	earlier, err := store.Earlier(t.Context(), c, "INSERT INTO setting (name, value) VALUES ('before', X'0102')")
	if err != nil {
		t.Fatal(err)
	}
	if err := earlier.Close(); err != nil {
		t.Fatal(err)
	}
	found := 0
	db := storetest.Open(t, c.At(func(step string) {
		if step != "found" {
			return
		}
		found++
		other, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Writer[settings](other)(t.Context(), did("n"), func(tx settings) error {
			return tx.SetSetting(t.Context(), "after", []byte{3})
		}); err != nil {
			t.Fatal(err)
		}
		killed := copyFiles(t, c)
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		for _, end := range []string{"", "-wal"} {
			if err := os.Rename(killed.Path+end, c.Path+end); err != nil {
				t.Fatal(err)
			}
		}
	}))
	if got := setting(t, db, "after"); found != 1 || !bytes.Equal(got, []byte{3}) {
		t.Errorf("found %d times; what the other one has written is %x", found, got)
	}
}
