package veil

import (
	"crypto/rand"
	"syscall"
	"testing"
)

// used returns the processor time of this process so far, in microseconds: beside others on the machine it says more than the clock.
func used(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec)
}

// What a lookup of one person costs: nine keys, one answer with its proof, its check, and putting three answers together. BenchmarkAnswer900 is
// the enrolment of a hundred persons; compare with RFC 9497 by other libraries in bench/.
func BenchmarkAsk(b *testing.B) {
	from := used(b)
	for b.Loop() {
		if _, _, err := Ask(rand.Reader, 1, jana()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((used(b)-from)/float64(b.N*PersonKeys), "cpu-µs/key")
}

func benchmarkAnswer(b *testing.B, groups int) {
	w := newWorld(b)
	q, _, err := Ask(rand.Reader, 1, make([][]Key, groups)...)
	if err != nil {
		b.Fatal(err)
	}
	from := used(b)
	for b.Loop() {
		if _, err := w.shares[1].Answer(rand.Reader, &q); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((used(b)-from)/float64(b.N*groups*PersonKeys), "cpu-µs/key")
}

func BenchmarkAnswer9(b *testing.B)   { benchmarkAnswer(b, 1) }
func BenchmarkAnswer900(b *testing.B) { benchmarkAnswer(b, 100) }

func benchmarkFinish(b *testing.B, groups int) {
	w := newWorld(b)
	all := make([][]Key, groups)
	for i := range all {
		all[i] = append(jana(), jana()[:2]...)
	}
	q, a, err := Ask(rand.Reader, 1, all...)
	if err != nil {
		b.Fatal(err)
	}
	var answers []Answer
	for place := uint8(1); place <= Threshold; place++ {
		made, err := w.shares[place].Answer(rand.Reader, &q)
		if err != nil {
			b.Fatal(err)
		}
		answers = append(answers, made)
	}
	from := used(b)
	for b.Loop() {
		if _, _, err := a.Finish(w.group, &q, answers); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((used(b)-from)/float64(b.N*groups*PersonKeys), "cpu-µs/key")
}

func BenchmarkFinish9(b *testing.B)   { benchmarkFinish(b, 1) }
func BenchmarkFinish900(b *testing.B) { benchmarkFinish(b, 100) }

func BenchmarkTag(b *testing.B) {
	o := Output{template: NamesBirth}
	for b.Loop() {
		o.Tag("MK", 1)
	}
}

func BenchmarkOfPerson(b *testing.B) {
	for b.Loop() {
		jana()
	}
}

// BenchmarkMakeSecret is a whole run of seven holders, all of them in this process.
func BenchmarkMakeSecret(b *testing.B) {
	for b.Loop() {
		newWorld(b)
	}
}
