package course_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/course"
)

// BenchmarkFold folds a referral that was closed, and what its digests take of that.
func BenchmarkFold(b *testing.B) {
	sender, receiver := upTo(b, course.Closed)
	talk(sender, receiver)
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s := sender.state(); s.Status != course.Closed {
				b.Fatal(s.Status)
			}
		}
	})
	b.Run("digests", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, e := range sender.held {
				if _, err := e.Digest(); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
