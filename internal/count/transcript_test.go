package count

import (
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// Whatever is read as a transcript, checking it ends and says no more than was said.
func FuzzTranscript(f *testing.F) {
	p := Proposal{Scope: Scope{Annual, Registered, "2026-01-01", "2026-12-31"}, Members: members("AL", "BG", "MD", "RS"), Mixers: 2, Epsilon: 1000, Least: 5, Widest: 1000, Batch: 8, People: Shortest, Nodes: Shortest}
	sheet, err := p.sheet(someRun, "MK", frame.Earliest)
	if err != nil {
		f.Fatal(err)
	}
	text, err := sheet.Encode()
	if err != nil {
		f.Fatal(err)
	}
	key := seal.NewSign(nil)
	said, err := veil.Sign(&veil.Message{Sheet: sheet.Hash(), From: "MK", Step: veil.StepJoin}, key)
	if err != nil {
		f.Fatal(err)
	}
	b, err := frame.Encode(transcript{transcriptFormat, text, []Keys{{"MK", []seal.SignPublic{key.Public()}}}, []veil.Signed{said}, []seal.Blob{}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Verify(b)
		if err == nil && (v.Good() || v.Data) {
			t.Errorf("a run of which nobody has said more than one thing is good: %+v", v)
		}
	})
}
