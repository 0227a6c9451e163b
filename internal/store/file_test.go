package store_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// A test binary run with childVariable set is a node that is about to be killed, or one of several that
// migrate at once; see TestMain.
const childVariable = "OPENTRM_STORE_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "write":
		child(writeForever)
	case "rekey":
		child(rekey)
	case "migrate":
		child(openOnce)
	default:
		os.Exit(m.Run())
	}
}

func child(run func(ctx context.Context, c store.Config) error) {
	key, err := hex.DecodeString(os.Getenv("KEY"))
	if err == nil {
		c := store.Config{Path: os.Getenv("FILE"), Key: key, URL: os.Getenv("URL"), Owner: os.Getenv("OWNER"), Rand: strings.NewReader(strings.Repeat("x", 1<<20))}
		err = run(context.Background(), c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// writeForever writes from several goroutines and prints each name once its change is acknowledged.
func writeForever(ctx context.Context, c store.Config) error {
	c.Rand = zeroes{} // salts do not matter here
	db, err := store.Open(ctx, c)
	if err != nil {
		return err
	}
	write := store.Writer[settings](db)
	acknowledged, failed := make(chan string), make(chan error)
	for g := range 6 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s-%d-%d", os.Getenv("ROUND"), g, i)
				if err := set(ctx, write, name, name); err != nil {
					failed <- err
					return
				}
				acknowledged <- name
			}
		}()
	}
	for {
		select {
		case name := <-acknowledged:
			fmt.Println(name)
		case err := <-failed:
			return err
		}
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func openOnce(ctx context.Context, c store.Config) error {
	db, err := store.Open(ctx, c)
	if err != nil {
		return err
	}
	return db.Close()
}

func command(t *testing.T, what string, c store.Config, more ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+what, "FILE="+c.Path, "KEY="+hex.EncodeToString(c.Key), "URL="+c.URL, "OWNER="+c.Owner)
	cmd.Env = append(cmd.Env, more...)
	cmd.Stderr = os.Stderr
	return cmd
}

// What was acknowledged is there after the process was killed at any moment, with its entry.
func TestNoAcknowledgedChangeIsLostWhenTheProcessIsKilled(t *testing.T) {
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		rounds := 4
		if os.Getenv("OPENTRM_LONG") != "" {
			rounds = 40
		}
		var names []string
		for round := range rounds {
			cmd := command(t, "write", c, "ROUND="+strconv.Itoa(round))
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for n := 0; lines.Scan(); n++ {
				names = append(names, lines.Text())
				if n == 20+37*round {
					if err := cmd.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = cmd.Wait() // it was killed
		}
		if len(names) < 20*rounds {
			t.Fatalf("only %d changes were acknowledged", len(names))
		}
		db := storetest.Open(t, c)
		err := store.Reader[settings](db)(t.Context(), func(tx settings) error {
			for _, name := range names {
				if _, err := tx.Setting(t.Context(), name); err != nil {
					t.Errorf("%s was acknowledged and is lost: %v", name, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, size := logged(t, db)
		if int64(len(entries)) != size || len(entries) < len(names) {
			t.Errorf("%d acknowledged, %d entries, %d leaves", len(names), len(entries), size)
		}
		h, err := db.Health(t.Context(), store.Whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range h.Findings {
			if f.Key == "store.health.integrity" {
				t.Errorf("after the kills: %s", f.Value)
			}
		}
		t.Logf("%d kills, %d acknowledged changes", rounds, len(names))
	})
}

func TestThreeProcessesMayMigrateAtOnce(t *testing.T) {
	storetest.RunEmpty(t, func(t *testing.T, c store.Config) {
		var all []*exec.Cmd
		for range 3 {
			cmd := command(t, "migrate", c)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			all = append(all, cmd)
		}
		for i, cmd := range all {
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		}
		if err := set(t.Context(), store.Writer[settings](storetest.Open(t, c)), "a", "1"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A node that grew up with every version of the program keeps what it wrote under each of them, and ends with the
// schema of one that was born today.
func TestEveryMigrationKeepsWhatIsThere(t *testing.T) {
	versions, err := store.Versions()
	if err != nil {
		t.Fatal(err)
	}
	const first = 2 // the log and the settings: what is needed to write at all
	storetest.RunEmpty(t, func(t *testing.T, c store.Config) {
		planted := 0
		for _, v := range versions[first-1:] {
			db := storetest.Open(t, c.UpTo(v))
			err := set(t.Context(), store.Writer[settings](db), fmt.Sprintf("under-%d", v), "Čakovec\x00\xff'")
			if err != nil {
				t.Fatalf("under schema %d: %v", v, err)
			}
			if v == beforeFewPages {
				if err := plant(t.Context(), db); err != nil {
					t.Fatalf("under schema %d: %v", v, err)
				}
				planted = 1
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		db := storetest.Open(t, c)
		entries, size := logged(t, db)
		dug(t, db)
		if want := len(versions) - first + 1 + planted; planted != 1 || len(entries) != want || size != int64(want) {
			t.Errorf("%d entries and %d leaves for %d changes", len(entries), size, want)
		}
		content, keys := dump(t, db)
		if n := bytes.Count(keys, []byte("under-")); n != len(versions)-first+1 {
			t.Errorf("%d settings are left of %d", n, len(versions)-first+1)
		}
		born := storetest.Open(t, storetest.Config(t))
		if err := born.Load(t.Context(), bytes.NewReader(content), bytes.NewReader(keys)); err != nil {
			t.Errorf("a node that was born today cannot take what it has: %v", err)
		}
		dug(t, born)
	})
}

func TestAFileOpensOnlyWithItsKey(t *testing.T) {
	c := storetest.SQLite(t)
	if err := openOnce(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	wrong := c
	wrong.Key = bytes.Repeat([]byte{7}, store.KeySize)
	err = openOnce(t.Context(), wrong)
	assertFault(t, "another key", err, fault.Denied, "store.file-key")
	if err != nil && strings.Contains(err.Error(), hex.EncodeToString(wrong.Key)) {
		t.Error("the failure tells the key")
	}
	wrong.Key = c.Key[:31]
	assertFault(t, "a short key", openOnce(t.Context(), wrong), fault.Invalid, "store.file-key.size")
	after, err := os.ReadFile(c.Path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a wrong key changed the file (%v)", err)
	}
	if err := openOnce(t.Context(), c); err != nil {
		t.Errorf("the right key afterwards: %v", err)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	good := storetest.SQLite(t)
	for name, c := range map[string]store.Config{
		"nothing":       {Rand: good.Rand},
		"both":          {Path: good.Path, Key: good.Key, URL: "postgres://x", Rand: good.Rand},
		"no randomness": {Path: good.Path, Key: good.Key},
		"no address":    {URL: "postgres://:password@:x", Rand: good.Rand},
	} {
		_, err := store.Open(t.Context(), c)
		assertFault(t, name, err, fault.Invalid, "store.config")
		if err != nil && strings.Contains(err.Error(), "password") {
			t.Errorf("%s: the failure tells the password: %v", name, err)
		}
	}
}

// Nothing that is written rests in clear: neither in the file nor in the write-ahead log nor in any other
// file beside them. A control file proves that the search would find it.
func TestNothingRestsInClear(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	const planted = "planted-name-that-must-not-be-found"
	write := store.Writer[settings](db)
	for i := range 50 {
		if err := set(t.Context(), write, planted+strconv.Itoa(i), strings.Repeat(planted, 500)); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Dir(c.Path)
	if err := os.WriteFile(filepath.Join(dir, "control"), []byte("x"+planted), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found, bytesRead []string
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		bytesRead = append(bytesRead, f.Name()+":"+strconv.Itoa(len(raw)))
		if bytes.Contains(raw, []byte(planted)) || bytes.Contains(raw, []byte("audit_payload")) || bytes.HasPrefix(raw, []byte("SQLite format")) {
			found = append(found, f.Name())
		}
		if info, err := f.Info(); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v (%v)", f.Name(), info.Mode(), err)
		}
	}
	if len(found) != 1 || found[0] != "control" {
		t.Errorf("found in %v of %v", found, bytesRead)
	}
	wal, err := os.Stat(c.Path + "-wal")
	if err != nil || wal.Size() == 0 {
		t.Errorf("the write-ahead log was not looked at: %v", err)
	}
}

// resident returns the memory of this process that is in use, in bytes: the engine keeps its own outside
// the heap of Go.
func resident(t *testing.T) int64 {
	t.Helper()
	debug.FreeOSMemory()
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skipf("the system does not say how much memory is in use: %v", err)
	}
	fields := strings.Fields(string(raw))
	total, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return (total - shared) * int64(os.Getpagesize())
}

func TestAnOpenDatabaseIsSmall(t *testing.T) {
	before := resident(t)
	db := storetest.OpenSQLite(t, time.Now)
	write, read := store.Writer[settings](db), store.Reader[settings](db)
	for i := range 500 {
		if err := set(t.Context(), write, strconv.Itoa(i), strings.Repeat("x", 8000)); err != nil {
			t.Fatal(err)
		}
		if err := read(t.Context(), func(tx settings) error { _, err := tx.Setting(t.Context(), "0"); return err }); err != nil {
			t.Fatal(err)
		}
	}
	used := resident(t) - before
	t.Logf("an open database in use holds %d KiB", used>>10)
	if used > 24<<20 {
		t.Errorf("an open database holds %d MiB", used>>20)
	}
}
