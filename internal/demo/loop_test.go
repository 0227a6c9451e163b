package demo_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
)

// TestLoopCloses: what is measured is the whole loop, and every stage is told with what it carried.
func TestLoopCloses(t *testing.T) {
	w, err := demo.Found(t.Context(), demo.Plan{Dir: t.TempDir() + "/net", Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := w.Loop(t.Context(), "MD", "MK")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 2 {
		stages, envelopes := 0, 0
		err := l.Once(t.Context(), func(s demo.Stage) {
			stages++
			envelopes += s.Envelopes
		})
		if err != nil || stages != 13 || envelopes != 13 {
			t.Fatalf("%d stages, %d envelopes, %v", stages, envelopes, err)
		}
	}
}
