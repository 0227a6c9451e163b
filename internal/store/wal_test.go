package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

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
