package store_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

var rekeySteps = []string{"begun", "copied", "changed", "closed", "flushed", "renamed"}

// rekey gives a file another key and kills itself at a step.
func rekey(ctx context.Context, c store.Config) error {
	key, err := hex.DecodeString(os.Getenv("NEXT"))
	if err != nil {
		return err
	}
	c.Rand = zeroes{}
	return rekeyed(ctx, c.At(func(step string) {
		if step == os.Getenv("STEP") {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {}
		}
	}), key)
}

func rekeyed(ctx context.Context, c store.Config, key []byte) error {
	a, err := store.Seize(ctx, c)
	if err != nil {
		return err
	}
	err = a.Rekey(ctx, key, func(db *store.DB) error { return set(ctx, store.Writer[settings](db), "changed", "PLANTED-NEW") })
	if e := a.Release(); err == nil {
		err = e
	}
	return err
}

// beside lists what lies in the directory of a file.
func beside(t *testing.T, path string) string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(filepath.Dir(path)), ".", func(name string, _ fs.DirEntry, err error) error {
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// A file that is given another key opens with exactly one of the two, whenever the process is killed; it holds the
// change exactly if it is the new one; nothing beside it can be read, and the next to open it cleans up.
func TestAFileKilledAtEachStepOfItsNewKeyOpensWithOne(t *testing.T) {
	for _, step := range rekeySteps {
		t.Run(step, func(t *testing.T) {
			c := storetest.SQLite(t)
			db := storetest.Open(t, c)
			if err := set(t.Context(), store.Writer[settings](db), "before", "PLANTED-OLD"); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			next := c
			next.Key = bytes.Repeat([]byte{9}, store.KeySize)
			cmd := command(t, "rekey", c, "NEXT="+hex.EncodeToString(next.Key), "STEP="+step)
			if err := cmd.Run(); err == nil || cmd.ProcessState.Exited() {
				t.Fatalf("the process was not killed: %v", err)
			}
			clear := func() {
				for _, name := range strings.Fields(beside(t, c.Path))[1:] {
					b, err := os.ReadFile(filepath.Join(filepath.Dir(c.Path), name))
					if err != nil || bytes.Contains(b, []byte("PLANTED")) || bytes.Contains(b, []byte("SQLite")) || bytes.Contains(b, []byte("setting")) {
						t.Errorf("%s can be read: %v", name, err)
					}
				}
			}
			clear()
			opens := func(c store.Config) bool {
				db, err := store.Open(t.Context(), c)
				if fault.Is(err, fault.Denied) {
					return false
				}
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = db.Close() }()
				err = store.Reader[settings](db)(t.Context(), func(tx settings) error {
					if _, err := tx.Setting(t.Context(), "before"); err != nil {
						t.Errorf("what was there is lost: %v", err)
					}
					_, err := tx.Setting(t.Context(), "changed")
					if (err == nil) != bytes.Equal(c.Key, next.Key) {
						t.Errorf("the change: %v", err)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				return true
			}
			old := opens(c)
			if fresh := opens(next); old == fresh || fresh != (step == "renamed") {
				t.Fatalf("it opens with the old key: %v, with the new: %v", old, fresh)
			}
			if all := beside(t, c.Path); strings.Contains(all, ".rekey") {
				t.Errorf("what was left over lies there: %s", all)
			}
			if old {
				if err := rekeyed(t.Context(), c, next.Key); err != nil {
					t.Fatalf("the next run: %v", err)
				}
			}
			if opens(c) || !opens(next) {
				t.Error("after the next run the new key does not open it alone")
			}
			clear()
		})
	}
}

// A file that is open somewhere is given no other key, and one that is being given a key is not opened.
func TestAFileInUseKeepsItsKey(t *testing.T) {
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		db := storetest.Open(t, c)
		if _, err := store.Seize(t.Context(), c); !isInUse(err) {
			t.Fatalf("while it is open: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		a, err := store.Seize(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if c.URL == "" {
			if _, err := store.Open(t.Context(), c); !isInUse(err) {
				t.Errorf("while it is held: %v", err)
			}
		}
		copied, all := int64(0), int64(-1)
		a.Progress = func(now, of int64) { copied, all = now, of }
		failed := fault.New(fault.Invalid, "store.config")
		if err := a.Rekey(t.Context(), bytes.Repeat([]byte{9}, store.KeySize), func(*store.DB) error { return failed }); !fault.Is(err, fault.Invalid) {
			t.Errorf("a change that fails: %v", err)
		}
		if c.URL == "" && (all <= 0 || copied != all) {
			t.Errorf("%d of %d bytes were copied, it is said", copied, all)
		}
		if err := a.Release(); err != nil {
			t.Error(err)
		}
		if err := set(t.Context(), store.Writer[settings](storetest.Open(t, c)), "a", "1"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func isInUse(err error) bool {
	_, key, _ := fault.Public(err)
	return key == "store.in-use"
}
