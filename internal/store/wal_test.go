package store_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

const (
	logBlock = 4096
	logGroup = (2 + 168) * logBlock // two copies of headers and the pages of 168 frames
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

// Whatever SQLite writes to a log where it sees it is read there, also by a connection that comes later, and what was synced
// outlives the loss of either copy of the headers that was written since.
func TestTheLogIsWhatSQLiteWrote(t *testing.T) {
	noise := make([]byte, 1<<16)
	for i, r := 0, rand.New(rand.NewPCG(1, 3)); i < len(noise); i++ {
		noise[i] = byte(r.Uint32())
	}
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 3))
		var disk, want vfsutil.SliceFile
		log, second := store.LogFile(&disk), store.LogFile(&disk)
		frames := int64(0)
		check := func(log vfs.File, when string) {
			t.Helper()
			size, err := log.Size()
			if err != nil || size < int64(len(want)) {
				t.Fatalf("seed %d, %s: %d bytes of %d, %v", seed, when, size, len(want), err)
			}
			got := make([]byte, len(want))
			if n, err := log.ReadAt(got, 0); n != len(got) || err != nil && err != io.EOF {
				t.Fatalf("seed %d, %s: read %d of %d: %v", seed, when, n, len(got), err)
			}
			if !bytes.Equal(got, want) {
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("seed %d, %s: read something else at %d of %d", seed, when, i, len(got))
					}
				}
			}
		}
		write := func(b []byte, off int64) {
			t.Helper()
			copy(b, noise[r.IntN(len(noise)-len(b)+1):])
			if n, err := log.WriteAt(b, off); n != len(b) || err != nil {
				t.Fatal(n, err)
			}
			if _, err := want.WriteAt(b, off); err != nil {
				t.Fatal(err)
			}
		}
		write(make([]byte, 32), 0)
		for range 60 {
			switch r.IntN(12) {
			case 0: // from the beginning again
				write(make([]byte, 32), 0)
				frames = 0
			case 1: // a frame once more, or its head alone
				if frames > 0 {
					write(make([]byte, []int{24, 24 + 4096}[r.IntN(2)]), 32+r.Int64N(frames)*(24+4096))
				}
			case 2:
				check(log, "at once")
			case 3: // another connection
				if err := log.Sync(0); err != nil {
					t.Fatal(err)
				}
				check(store.LogFile(&disk), "by another")
				switch r.IntN(3) {
				case 0:
					log = store.LogFile(&disk)
				case 1: // which has written before, and read
					log, second = second, log
				}
			case 4:
				if err := log.Sync(0); err != nil {
					t.Fatal(err)
				}
				kept, before := bytes.Clone(disk), bytes.Clone(want)
				off := 32 + frames*(24+4096)
				write(make([]byte, 24), off) // a frame whose commit is cut off
				write(make([]byte, 4096), off+24)
				if off < int64(len(before)) { // its page lies over an old one, whose header no longer fits it
					copy(before[off+24:], want[off+24:off+24+4096])
				}
				if _, err := log.Size(); err != nil { // which hands it on
					t.Fatal(err)
				}
				for at := 0; at < len(disk); at += logGroup { // a copy of headers that is torn is one that has changed
					for i := at; i < min(at+2*logBlock, len(disk)); i += logBlock {
						if i >= len(kept) || !bytes.Equal(disk[i:i+logBlock], kept[i:i+logBlock]) {
							torn := vfsutil.SliceFile(bytes.Clone(disk))
							copy(torn[i:i+logBlock], bytes.Repeat([]byte{0x5a}, logBlock))
							now := want
							want = before
							check(store.LogFile(&torn), "torn")
							want = now
						}
					}
				}
				frames++
			case 5:
				size := 32 + r.Int64N(frames+1)*(24+4096)
				if err := log.Truncate(size); err != nil {
					t.Fatal(err)
				}
				want = want[:min(size, int64(len(want)))]
				frames = min(frames, (size-32)/(24+4096))
			default:
				for range 1 + r.IntN(90) {
					off := 32 + frames*(24+4096)
					write(make([]byte, 24), off)
					write(make([]byte, 4096), off+24)
					frames++
				}
			}
		}
		check(log, "at last")
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		check(store.LogFile(&disk), "afterwards")
	}
}

// syncless is a file that tells what was written to it since it was synced last.
type syncless struct {
	vfsutil.SliceFile
	written []int64
}

func (s *syncless) WriteAt(p []byte, off int64) (int, error) {
	s.written = append(s.written, off/logBlock)
	return s.SliceFile.WriteAt(p, off)
}

func (s *syncless) Sync(vfs.SyncFlag) error {
	s.written = nil
	return nil
}

// Of the two copies of headers one is always durable: also after a process died between writing and syncing.
func TestOneCopyOfTheHeadersIsAlwaysDurable(t *testing.T) {
	var disk syncless
	for range 4 {
		log := store.LogFile(&disk)
		for frame := range int64(3) {
			if _, err := log.WriteAt(make([]byte, 24), 32+frame*(24+4096)); err != nil {
				t.Fatal(err)
			}
			if _, err := log.Size(); err != nil { // hands it on
				t.Fatal(err)
			}
			if slices.Contains(disk.written, 0) && slices.Contains(disk.written, 1) {
				t.Fatal("both copies were written without a sync")
			}
		}
		if len(disk.written) == 0 {
			t.Fatal("nothing was written")
		}
	}
}

// SQLite need not fill the log up to the end of a block after each commit.
func TestACommitWritesNoFrameTwice(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	size := func() int64 {
		log, err := os.Stat(c.Path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return log.Size() / logBlock
	}
	before := int64(0)
	for i := range 11 {
		if err := store.Writer[settings](db)(t.Context(), did("n"), func(tx settings) error {
			return tx.SetSetting(t.Context(), "n", []byte{byte(i)})
		}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			before = size()
		}
	}
	// Each of the setting, of the payloads and of the head of the log, and perhaps once the headers of another group.
	if pages := size() - before; pages > 10*3+2 {
		t.Errorf("ten commits of one setting wrote %d pages", pages)
	}
}

// A power failure while the headers of a commit are written spoils one copy of them. What was acknowledged before is in
// the other.
func TestATornCommitSpoilsNoneBefore(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	write := func(value byte) {
		t.Helper()
		if err := store.Writer[settings](db)(t.Context(), did("n"), func(tx settings) error {
			return tx.SetSetting(t.Context(), "n", []byte{value})
		}); err != nil {
			t.Fatal(err)
		}
	}
	for i := byte(1); i < 120; i++ { // more frames than a group has
		write(i)
		if i%20 != 0 {
			continue
		}
		found := make(map[byte]bool)
		log, err := os.Stat(c.Path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		last := (log.Size() - 1) / logGroup * logGroup // where the headers of the last group are
		for _, at := range []int64{last, last + logBlock} {
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
			other := storetest.Open(t, there)
			found[setting(t, other, "n")[0]] = true
		}
		if len(found) != 2 || !found[i] || !found[i-1] {
			t.Errorf("after %d commits, with either copy torn: %v", i, found)
		}
	}
}

// A log that a program before the present layout left behind when it died is read before anything is added.
func TestALogOfAnEarlierProgramIsTakenOver(t *testing.T) {
	c := storetest.SQLite(t)
	if err := storetest.Open(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	earlier, err := store.Earlier(t.Context(), c, "INSERT INTO setting (name, value) VALUES ('before', X'0102')")
	if err != nil {
		t.Fatal(err)
	}
	there, again, short := copyFiles(t, c), copyFiles(t, c), copyFiles(t, c)
	if err := earlier.Close(); err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, there)
	if got := setting(t, db, "before"); !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("read %x", got)
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
