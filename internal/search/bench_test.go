package search_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// BenchmarkLoad loads an index of a million invented records from the database into memory, as the first search of a
// signed-in person does, and says beside it how long reading the same rows takes alone: what nothing that is kept in this
// database could undercut. Then it looks for names with slips, and says how much of the processor one search takes. It fails over 3 s, over 250 bytes
// a record in memory and over 15 ms a search; it is for a machine that does nothing else.
func BenchmarkLoad(b *testing.B) {
	w := newWorld(b)
	w.fill(*records, search.MaxSegment)
	best, used := math.Inf(1), math.Inf(1)
	for b.Loop() {
		w.Close()
		runtime.GC()
		began, cpu := time.Now(), processor(b)
		w.finds("ana", search.Query{Document: "XX0654321"})
		best, used = min(best, time.Since(began).Seconds()), min(used, processor(b)-cpu)
	}
	n, bytes := w.Held()
	size := float64(bytes) / float64(n)
	began := time.Now()
	w.must(search.ReadAll(b.Context(), w.Service, w.people["ana"]))
	limit := time.Since(began).Seconds()
	const asks = 20
	runtime.GC()
	cpu := processor(b)
	hits := 0
	for i := range asks { // of each word a letter is another one
		given, family := invented(i*31%997, 2), invented(i*31*7919%200_003, 4)
		hits += search.Looks(b, w.Service, search.Query{Name: given[:1] + "e" + given[2:] + " " + family[:5] + "x" + family[6:], Born: "1999"})
	}
	each := (processor(b) - cpu) / asks * 1000
	b.ReportMetric(float64(n), "records")
	b.ReportMetric(best, "s/load")
	b.ReportMetric(used, "cpu-s/load")
	b.ReportMetric(limit, "s/read")
	b.ReportMetric(size, "B/record")
	b.ReportMetric(each, "cpu-ms/search")
	if n < *records || best > 3 || size > 250 || each > 15 || hits == 0 {
		b.Errorf("%d records in %.2f s, %.0f bytes each, %.1f ms a search, %d found", n, best, size, each, hits)
	}
}

var records = flag.Int("records", 1_000_000, "how many records a benchmark puts into the index")

// invented returns a word of so many syllables that nobody is called, another one for each number.
func invented(n, syllables int) string {
	w := ""
	for range syllables {
		w += string("bdfgklmnprstvz"[n%14]) + string("aeiou"[n/14%5])
		n = n/70 + n%70*31
	}
	return w
}

// fill puts that many invented records into the index of ana's desk, so many in a segment.
func (w *world) fill(records, segment int) {
	w.t.Helper()
	w.now = w.now.Add(time.Millisecond)
	c := w.open("ana", who("AB123456", "Demona Izmislena"))
	w.finds("ana", search.Query{Document: "AB123456"}, c.ID)
	w.must(search.Fill(w.t.Context(), w.Service, w.people["ana"], records, segment, func(i int) search.Record {
		x := who(fmt.Sprintf("XX%07d", i), invented(i%997, 2)+" "+invented(i*7919%200_003, 4), invented(i%997, 2)+" "+invented(i%89, 3)+" "+invented(i*7919%200_003, 4)+"a")
		x.Sex, x.Citizenships = person.Say(person.Female), person.Say([]string{"MK"})
		x.Contacts = []person.Contact{{Way: person.Telephone, Address: fmt.Sprintf("07%07d", i), Safety: person.Safe}}
		return search.RecordOf(fold.Newest(), id.Case(fmt.Sprintf("019a0000-0000-7000-8000-%012d", i)), x)
	}, audit.Did(access.Node("MK"), access.MakeTask, "fill")))
}

// BenchmarkRotate gives an index of a million invented records new keys. It says how long that took, how long the longest of
// its transactions held up whoever else writes, what the process wrote to files and connections, and how much memory it had
// at most beyond what it had before.
func BenchmarkRotate(b *testing.B) {
	w := newWorld(b)
	w.fill(*records, search.MaxSegment)
	w.Close()
	for b.Loop() {
		debug.FreeOSMemory()
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			b.Log(err)
		}
		before, wrote := status(b, "status", "VmHWM:"), status(b, "io", "wchar:")
		began, cpu := time.Now(), processor(b)
		var longest time.Duration
		steps, left, from := 0, int64(1), id.Index("")
		for ; left > 0; steps++ {
			step := time.Now()
			var err error
			from, left, err = w.Rotate(b.Context(), w.people["ana"], from)
			w.must(err)
			longest = max(longest, time.Since(step))
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/rotation")
		b.ReportMetric(longest.Seconds(), "s/longest-step")
		b.ReportMetric(float64(steps), "steps")
		b.ReportMetric(processor(b)-cpu, "cpu-s/rotation")
		b.ReportMetric((status(b, "io", "wchar:")-wrote)/1e6, "MB-written")
		b.ReportMetric((status(b, "status", "VmHWM:")-before)/1e3, "MB-memory")
	}
	w.finds("ana", search.Query{Document: "AB123456"}, mustNewest(w))
}

// BenchmarkRefold folds 2,000 cases anew by a second version of the fold, 250 at a time, as the interface does: each is opened and has
// an entry of its own. What a case costs does not depend on how many there are; the index around them has as many records as asked for.
func BenchmarkRefold(b *testing.B) {
	w := newWorld(b)
	const cases = 2000
	for i := range cases {
		w.open("ana", who("", fmt.Sprintf("Sofeia N%04d", i)))
	}
	w.fill(*records, search.MaxSegment)
	w.Folds = next(b)
	began := time.Now()
	var longest time.Duration
	last := began
	put, _ := w.refold("ana", 250, func(search.Refolding) { longest, last = max(longest, time.Since(last)), time.Now() })
	took := time.Since(began).Seconds()
	if put < cases {
		b.Fatalf("%d of %d", put, cases)
	}
	b.ReportMetric(took, "s/refold")
	b.ReportMetric(float64(put)/took, "cases/s")
	b.ReportMetric(longest.Seconds(), "s/longest-step")
}

// mustNewest returns the newest case of ana's desk.
func mustNewest(w *world) id.Case {
	var out id.Case
	w.must(w.Read(w.t.Context(), func(tx search.Tx) error {
		all, err := tx.CasesAt(w.t.Context(), "shelter", "", casefile.Filter{Limit: 1})
		if err == nil {
			out = all[0].ID
		}
		return err
	}))
	return out
}

// status reads a number of what the kernel says of this process.
func status(b *testing.B, file, name string) float64 {
	b.Helper()
	all, err := os.ReadFile(filepath.Join("/proc/self", file))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(all), name)
	n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// processor returns the processor time that the process has used, in seconds.
func processor(b *testing.B) float64 {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
