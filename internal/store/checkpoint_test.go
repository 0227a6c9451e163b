package store_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// The log of an SQLite file is copied into the file beside whoever writes, and begins anew: it does not grow with what is
// written. While somebody reads what was there before, it cannot begin anew; the writer copies then, and goes on.
func TestTheLogIsCopiedBesideTheWriter(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	write, read := store.Writer[settings](db), store.Reader[settings](db)
	body := make([]byte, 200<<10) // fifty pages
	put := func(i int) {
		t.Helper()
		for k := 0; k < len(body); k += 1000 { // in each of them
			body[k] = byte(i)
		}
		if err := write(t.Context(), did("n"), func(tx settings) error {
			return tx.SetSetting(t.Context(), fmt.Sprint("n", i%7), body)
		}); err != nil {
			t.Fatal(err)
		}
	}
	pages := func() int64 {
		log, err := os.Stat(c.Path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return log.Size() / logBlock
	}
	for i := range 800 {
		put(i)
		db.Copied() // the copier has time, as in an office
	}
	if n := pages(); n > 3400 { // the writer would copy 4000
		t.Errorf("forty thousand pages were written; the log has room for %d", n)
	}
	err := read(t.Context(), func(tx settings) error {
		before, err := tx.Setting(t.Context(), "n0")
		if err != nil {
			return err
		}
		for i := 800; i < 920; i++ {
			put(i)
		}
		after, err := tx.Setting(t.Context(), "n0")
		if err == nil && !bytes.Equal(before, after) {
			t.Error("who reads sees what was written meanwhile")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 920; i < 960; i++ {
		put(i)
	}
	for i := 953; i < 960; i++ {
		err := read(t.Context(), func(tx settings) error {
			got, err := tx.Setting(t.Context(), fmt.Sprint("n", i%7))
			if err == nil && (len(got) != len(body) || got[0] != byte(i)) {
				t.Errorf("n%d holds %d bytes that begin with %d, want %d", i%7, len(got), got[0], byte(i))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// When nobody has it open any more, all of it is in the file: nothing is left in its log, wherever the copier and readers were.
func TestAClosedFileHoldsAllOfItself(t *testing.T) {
	c := storetest.SQLite(t)
	body := make([]byte, 200<<10)
	for round := range 6 {
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			for k := 0; k < len(body); k += 1000 {
				body[k] = byte(i)
			}
			name := fmt.Sprint("n", round, " ", i)
			if err := store.Writer[settings](db)(t.Context(), did("n"), func(tx settings) error {
				return tx.SetSetting(t.Context(), name, body)
			}); err != nil {
				t.Fatal(err)
			}
			if err := store.Reader[settings](db)(t.Context(), func(tx settings) error {
				_, err := tx.Setting(t.Context(), name)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if log, err := os.Stat(c.Path + "-wal"); err == nil && log.Size() > 0 {
			t.Errorf("round %d: %d blocks are left in the log", round, log.Size()/logBlock)
		}
	}
}
