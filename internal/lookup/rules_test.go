package lookup

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/veil"
)

// However an asker spreads queries over holders, no more are answered in a day than the network may ask.
func TestHoldersTogetherKeepTheQuotaOfTheNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(veil.FewestHolders, veil.MostHolders).Draw(t, "holders")
		q := Quota{Officer: 1 << 20, Node: 1 << 20, Network: rapid.IntRange(1, 500).Draw(t, "network")}
		answered, done := make([]int, n), 0
		for range 3 * q.Network {
			first := rapid.IntRange(0, n-1).Draw(t, "first")
			var by []int
			for i := range n {
				if h := (first + i) % n; len(by) < veil.Threshold && q.Within(Used{Holder: answered[h]}, 1, n) == nil {
					by = append(by, h)
				}
			}
			if len(by) < veil.Threshold {
				break
			}
			for _, h := range by {
				answered[h]++
			}
			done++
		}
		if done > q.Network+n { // rounding up gives each holder less than one more
			t.Fatalf("%d were answered, %d may be", done, q.Network)
		}
	})
}

func TestQuotaNamesWhoseItIs(t *testing.T) {
	q := Quota{Officer: 10, Node: 50, Network: 200}
	for who, u := range map[string]Used{"officer": {Officer: q.Officer}, "node": {Node: q.Node}, "holder": {Holder: q.Holder(5)}} {
		err := q.Within(u, 1, 5)
		if fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: %v", who, err)
		}
		if _, _, args := fault.Public(err); args["of"] != who {
			t.Errorf("%s: named %v", who, args)
		}
	}
	if err := q.Within(Used{Officer: q.Officer - 1, Node: q.Node - 1, Holder: q.Holder(5) - 1}, 1, 5); err != nil {
		t.Error(err)
	}
}

// A miss and a hit that is declined are the same at every moment: what the asker sees depends on the clock and on a message alone.
func TestAMissAndADeclinedHitAreTheSame(t *testing.T) {
	const due = frame.Time(1000)
	for now, want := range map[frame.Time]Answer{0: Waiting, 999: Waiting, 1000: NoAnswer, 2000: NoAnswer} {
		if got := Seen(now, due, false); got != want {
			t.Errorf("at %d: %s, want %s", now, got, want)
		}
		if got := Seen(now, due, true); got != Spoken {
			t.Errorf("at %d with a message: %s", now, got)
		}
	}
}

func TestTwoPeopleDecideToSpeakAndOneToBeSilent(t *testing.T) {
	for _, c := range []struct {
		speak, silent []id.User
		want          Verdict
	}{
		{nil, nil, Undecided},
		{[]id.User{"a"}, nil, Undecided},
		{[]id.User{"a", "a"}, nil, Undecided},
		{[]id.User{"a", "b"}, nil, Speak},
		{[]id.User{"a", "b", "c"}, []id.User{"d"}, BeSilent},
		{[]id.User{"a"}, []id.User{"a"}, BeSilent},
		{nil, []id.User{"a"}, BeSilent},
	} {
		if got := Decided(map[Verdict][]id.User{Speak: c.speak, BeSilent: c.silent}); got != c.want {
			t.Errorf("%v speak, %v are silent: %q, want %q", c.speak, c.silent, got, c.want)
		}
	}
}

// Which queries are to be opened cannot be foreseen: each pair of five comes about as often.
func TestDrawnQueriesAreDrawnEvenly(t *testing.T) {
	seen := map[string]int{}
	const rounds = 10_000
	for range rounds {
		d, err := Drawn(rand.Reader, 5, 2)
		if err != nil || len(d) != 2 || d[0] >= d[1] || !slices.IsSorted(d) {
			t.Fatal(d, err)
		}
		seen[fmt.Sprint(d)]++
	}
	for pair, n := range seen { // a thousand each; seven deviations are 210
		if n < 790 || n > 1210 || len(seen) != 10 {
			t.Errorf("%s came %d times of %d, of %d pairs", pair, n, rounds, len(seen))
		}
	}
	if d, err := Drawn(rand.Reader, 3, 10); err != nil || !slices.Equal(d, []int{0, 1, 2}) {
		t.Error(d, err)
	}
	if _, err := Drawn(bytes.NewReader(nil), 3, 1); err == nil {
		t.Error("nothing was drawn")
	}
}
