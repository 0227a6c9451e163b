package search_test

import (
	"fmt"
	"math"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/search"
)

// BenchmarkLoad loads an index of a million invented records from the database into memory, as the first search of a
// signed-in person does, and says beside it how long reading the same rows takes alone: what nothing that is kept in this
// database could undercut. It fails over 3 s, and over 250 bytes a record in memory; it is for a machine that does
// nothing else.
func BenchmarkLoad(b *testing.B) {
	const records = 1_000_000
	w := newWorld(b)
	w.now = w.now.Add(time.Millisecond)
	c := w.open("ana", who("AB123456", "Demona Izmislena"))
	w.finds("ana", search.Query{Document: "AB123456"}, c.ID)
	if err := search.Fill(b.Context(), w.Service, w.people["ana"], records, func(i int) search.Record {
		return search.RecordOf(id.Case(fmt.Sprintf("019a0000-0000-7000-8000-%012d", i)), who(fmt.Sprintf("XX%07d", i),
			fmt.Sprintf("Izmislena%03d Demonova%04d", i%997, i%7919), fmt.Sprintf("Измислена%03d Татко%02d Демонова%04d", i%997, i%89, i%7919)))
	}, audit.Did(access.Node("MK"), access.MakeTask, "fill")); err != nil {
		b.Fatal(err)
	}
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
	began = time.Now()
	const asks = 100
	for range asks {
		w.finds("ana", search.Query{Name: "Demonova0001 Izmislena001", Born: "2010"})
	}
	b.ReportMetric(float64(n), "records")
	b.ReportMetric(best, "s/load")
	b.ReportMetric(used, "cpu-s/load")
	b.ReportMetric(limit, "s/read")
	b.ReportMetric(size, "B/record")
	b.ReportMetric(float64(time.Since(began).Microseconds())/asks, "µs/search")
	if n < records || best > 3 || size > 250 {
		b.Errorf("%d records in %.2f s, %.0f bytes each", n, best, size)
	}
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
