package nodetest_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/nodetest"
)

// TestTwoNodesFindEachOther builds a network and sees that rosters, sheets and checkpoints have travelled.
func TestTwoNodesFindEachOther(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	for _, x := range n.Nodes {
		s, err := x.Audit.Standing(t.Context(), x.As("oto").Actor, len(n.Nodes)-1)
		if err != nil {
			t.Fatal(err)
		}
		if s.Witnessed == 0 {
			t.Errorf("%s: the log is not witnessed: %+v\n%s", x.Member, s, x.Logs)
		}
	}
}
