package link

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// kept keeps stages in memory, and breaks off after so many.
type kept struct {
	stages map[string][]byte
	left   int
	off    func()
}

func (k *kept) Load(stage string) []byte { return k.stages[stage] }

func (k *kept) Save(stage string, found []byte) error {
	k.stages[stage] = found
	if k.left--; k.left == 0 {
		k.off()
	}
	return nil
}

// What was broken off goes on where it was and finds the same; a stage that was not written to its end is compared again.
func TestABrokenOffComparisonGoesOn(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	columns, rows, _ := registers(r, 800)
	run := func(ctx context.Context, k Keep) (*Result, error) {
		table := New(columns)
		for _, row := range rows {
			table.Add(row)
		}
		return Run(ctx, table, Least{Review: .1, Join: .5, Keep: k}, func(string, int, int) {})
	}
	want, err := run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithCancel(t.Context())
	k := &kept{stages: map[string][]byte{}, left: 3, off: off}
	if _, err := run(ctx, k); !errors.Is(err, context.Canceled) || len(k.stages) != 3 {
		t.Fatalf("%v after %d stages", err, len(k.stages))
	}
	for name, b := range k.stages {
		k.stages[name] = b[:len(b)-1]
		break
	}
	k.left = 0
	got, err := run(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Cluster, want.Cluster) || !slices.Equal(got.Pairs, want.Pairs) || got.Compared != want.Compared || len(want.Pairs) < 200 {
		t.Errorf("%d pairs of %d compared, want %d of %d", len(got.Pairs), got.Compared, len(want.Pairs), want.Compared)
	}
	done := len(k.stages) - 2 // the third was spoilt and saved again
	if -k.left != done {
		t.Errorf("%d stages were compared after the break, want %d", -k.left, done)
	}
}

// Bytes of a stage are taken only as they were written.
func FuzzKept(f *testing.F) {
	f.Add(stage{}.bytes())
	f.Add(stage{compared: 7, found: []scored{{pair: 1<<32 | 2, bits: 3.5}}}.bytes())
	spoilt := stage{compared: 7, found: []scored{{pair: 1<<32 | 2, bits: 3.5}}}.bytes()
	spoilt[9] ^= 1
	f.Add(spoilt)
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := load(&kept{stages: map[string][]byte{"s": b}}, "s")
		if ok && string(s.bytes()) != string(b) {
			t.Errorf("%x is read as %v", b, s)
		}
	})
}
