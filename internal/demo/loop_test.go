package demo_test

import (
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
)

// kept is the part of a database that a log and its checkpoints are in.
type kept interface {
	audit.Reader
	audit.Keeper
}

// TestLoopCloses: what is measured is the whole loop, and every stage is told with what it carried. Then a log that does not prove
// what it says ends the demonstration, whoever has countersigned what it was before.
func TestLoopCloses(t *testing.T) {
	clock := &demo.Clock{}
	w, err := demo.Found(t.Context(), demo.Plan{
		Dir: t.TempDir() + "/net", Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0", Now: clock.Now, Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if err := w.VerifyAll(t.Context()); !demo.Unverified(err) || !strings.Contains(err.Error(), "demo.verify.alone") {
		t.Errorf("before anybody has countersigned: %v", err)
	}
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
	var out strings.Builder
	if err := w.Proofs(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	// Whoever holds the key of MK's database slips in a checkpoint of a log that never was: a signed text, at another size.
	err = store.Writer[kept](w.Countries["MK"].Node.DB)(t.Context(), audit.Did(access.Node("MK"), access.OpenCase, "none"), func(tx kept) error {
		all, err := tx.AuditCheckpoints(t.Context(), audit.At(1, 0), audit.At(2, 0), 1)
		if err != nil {
			return err
		}
		return tx.AddAuditCheckpoint(t.Context(), audit.Checkpoint{At: all[0].At - 1, Note: all[0].Note, Time: all[0].Time})
	})
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := w.Proofs(t.Context(), &out); !demo.Unverified(err) || !strings.Contains(out.String(), "✗") || !strings.Contains(err.Error(), "demo.verify.failed") {
		t.Errorf("a log with a checkpoint of another: %v\n%s", err, &out)
	}
}
