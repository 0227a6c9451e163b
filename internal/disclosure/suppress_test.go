package disclosure_test

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
)

// TestSuppressionHidesEverySmallCountAndShowsTheRest: no number that is shown is false, no small one is shown, and under another key other cells
// are hidden beside them.
func TestSuppressionHidesEverySmallCountAndShowsTheRest(t *testing.T) {
	c := kingdom(t)
	first := map[int]bool{}
	for k := range 2 {
		cells, err := disclosure.Suppress(c, disclosure.Suppression{Small: 5, Width: 1, Key: keyed(k)})
		if err != nil {
			t.Fatal(err)
		}
		is := c.Cells()
		filled, small, hidden, other := 0, 0, 0, 0
		for i, cell := range cells {
			if !slices.Equal(cell.Values, is[i].Values) || !cell.Hidden && cell.Count != is[i].Count {
				t.Fatalf("%v was %v", cell, is[i])
			}
			n := is[i].Count
			if n > 0 {
				filled++
			}
			if n > 0 && n < 5 {
				small++
				if !cell.Hidden {
					t.Errorf("%v is shown", cell)
				}
			}
			if cell.Hidden {
				hidden++
				if n == 0 {
					t.Errorf("nobody is hidden at %v", cell.Values)
				}
			}
			if k == 0 {
				first[i] = cell.Hidden
			} else if first[i] != cell.Hidden {
				other++
			}
		}
		t.Logf("%d of %d cells with somebody are hidden (%.1f %%), %d of them small", hidden, filled, 100*float64(hidden)/float64(filled), small)
		if k == 1 && other == 0 {
			t.Error("the key changes nothing")
		}
	}
	if _, err := disclosure.Suppress(c, disclosure.Suppression{Small: 1, Width: 3, Key: keyed(1)}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if _, err := disclosure.Suppress(c, disclosure.Suppression{Small: 5, Width: 3}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestALedgerThatIsDamagedIsRefused: whatever is wrong in the file, it is told before anything is computed from it.
func TestALedgerThatIsDamagedIsRefused(t *testing.T) {
	c, err := disclosure.NewCube(disclosure.Dimension{Name: "sex", Values: []string{"f", "m"}})
	if err != nil {
		t.Fatal(err)
	}
	copy(c.Counts, []int64{7, 40})
	whole := func() *disclosure.Ledger {
		l := &disclosure.Ledger{Version: 1}
		for _, method := range []string{disclosure.Rounded, disclosure.Suppressed} {
			if err := l.Enter(disclosure.Released{Subject: method, Name: "1", Method: method, Base: 3}, c, c.Cells(), keyed(1)); err != nil {
				t.Fatal(err)
			}
		}
		return l
	}
	if err := whole().Check(); err != nil {
		t.Fatal(err)
	}
	for i, spoil := range []func(l *disclosure.Ledger){
		func(l *disclosure.Ledger) { l.Version = 2 },
		func(l *disclosure.Ledger) { l.Releases[0].Counts = l.Releases[0].Counts[1:] },
		func(l *disclosure.Ledger) { l.Releases[0].Counts[0] = -1 },
		func(l *disclosure.Ledger) { l.Releases[0].Marks = l.Releases[0].Marks[1:] },
		func(l *disclosure.Ledger) { l.Releases[0].Marks[1] = nil },
		func(l *disclosure.Ledger) { l.Releases[0].Base = 4 },
		func(l *disclosure.Ledger) { l.Releases[0].Depth = 0 },
		func(l *disclosure.Ledger) { l.Releases[0].Method = "shaken" },
		func(l *disclosure.Ledger) { l.Releases[0].Dimensions = nil },
		func(l *disclosure.Ledger) { l.Releases[1].Cells = l.Releases[1].Cells[1:] },
		func(l *disclosure.Ledger) { l.Releases[1].Cells[0] = -2 },
		func(l *disclosure.Ledger) { l.Releases = append(l.Releases, l.Releases[0]) },
	} {
		l := whole()
		spoil(l)
		if err := l.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("spoilt in way %d: %v", i, err)
		}
	}
}
