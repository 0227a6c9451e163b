package engine_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

const (
	logBlock = 4096
	logFrame = 24 + logBlock // as SQLite sees one
)

// Whatever SQLite writes to a log where it sees it is read there, also by a connection that comes later, and a frame that is
// added touches no block of what was there.
func TestTheLogIsWhatSQLiteWrote(t *testing.T) {
	noise := make([]byte, 1<<16)
	for i, r := 0, rand.New(rand.NewPCG(1, 3)); i < len(noise); i++ {
		noise[i] = byte(r.Uint32())
	}
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 3))
		var disk, want vfsutil.SliceFile
		log := engine.LogFile(&disk)
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
			if len(b) >= logBlock { // SQLite leaves the end of each page at zero
				clear(b[len(b)-24:])
			}
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
					write(make([]byte, []int{24, logFrame}[r.IntN(2)]), 32+r.Int64N(frames)*logFrame)
				}
			case 2:
				check(log, "at once")
			case 3: // another connection
				if err := log.Sync(0); err != nil {
					t.Fatal(err)
				}
				check(engine.LogFile(&disk), "by another")
				if r.IntN(2) == 0 {
					log = engine.LogFile(&disk)
				}
			case 4:
				if err := log.Sync(0); err != nil {
					t.Fatal(err)
				}
				kept := bytes.Clone(disk)
				write(make([]byte, 24), 32+frames*logFrame)
				write(make([]byte, logBlock), 32+frames*logFrame+24)
				frames++
				if _, err := log.Size(); err != nil { // which hands it on
					t.Fatal(err)
				}
				at := int(frames) * logBlock
				if !bytes.Equal(disk[:at], kept[:min(at, len(kept))]) || len(kept) > at+logBlock && !bytes.Equal(disk[at+logBlock:], kept[at+logBlock:]) {
					t.Fatalf("seed %d: frame %d touched another block", seed, frames)
				}
			case 5:
				size := 32 + r.Int64N(frames+1)*logFrame
				if err := log.Truncate(size); err != nil {
					t.Fatal(err)
				}
				want = want[:min(size, int64(len(want)))]
				frames = min(frames, (size-32)/logFrame)
			default:
				for range 1 + r.IntN(90) {
					off := 32 + frames*logFrame
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
		check(engine.LogFile(&disk), "afterwards")
	}
}

// A page in whose end SQLite has written something has no room for the header of its frame: it is refused, not mangled.
func TestAPageWithoutRoomIsRefused(t *testing.T) {
	var disk vfsutil.SliceFile
	log := engine.LogFile(&disk)
	page := make([]byte, logBlock)
	for _, at := range []int{logBlock - 24, logBlock - 1} {
		clear(page)
		page[at-1] = 1 // which is the last of its own only if at is the first of the header
		want := at > logBlock-24
		if _, err := log.WriteAt(make([]byte, 24), 32); err != nil {
			t.Fatal(err)
		}
		if _, err := log.WriteAt(page, 32+24); (err != nil) != want {
			t.Errorf("a page that is used up to byte %d: %v", at, err)
		}
	}
}
