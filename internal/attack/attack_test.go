package attack_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/opentrm/opentrm/internal/attack"
)

// answers are a total and n others.
func answers(name string, n int) attack.Dimension {
	var all []string
	for i := range n {
		all = append(all, strconv.Itoa(i))
	}
	return attack.All(name, "all", all...)
}

// TestAttackFindsWhatTryingAllFinds: in small tables every table of whole numbers is tried. What only one number fits is recovered or unproved, and
// never said to be open; what is recovered is that number.
func TestAttackFindsWhatTryingAllFinds(t *testing.T) {
	recovered, unproved, open := 0, 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		rows, columns := 2+r.IntN(2), 2+r.IntN(2)
		truth := make([]int64, rows*columns)
		for i := range truth {
			truth[i] = r.Int64N(4)
		}
		tables, err := attack.New(answers("a", rows), answers("b", columns))
		if err != nil {
			t.Fatal(err)
		}
		var said []attack.Statement
		for a := -1; a < rows; a++ {
			for b := -1; b < columns; b++ {
				n := int64(0)
				for i, x := range truth {
					if (a < 0 || i/columns == a) && (b < 0 || i%columns == b) {
						n += x
					}
				}
				where := []string{name(a), name(b)}
				switch {
				case r.IntN(3) == 0:
				case n > 0 && n < 4 && r.IntN(2) == 0:
					said = append(said, attack.Between(1, 3, where...))
				case r.IntN(6) == 0:
					said = append(said, attack.Between(max(0, n-1), n+1, where...))
				default:
					said = append(said, attack.Exactly(n, where...))
				}
			}
		}
		for _, s := range said {
			if err := tables.State(s); err != nil {
				t.Fatal(err)
			}
		}
		report, err := tables.Run(t.Context(), 4, nil)
		if err != nil {
			t.Fatal(err)
		}
		if report.Against != nil {
			t.Fatalf("seed %d: the truth contradicts itself at %v", seed, report.Against)
		}
		only := tried(rows, columns, said)
		found := map[string]int64{}
		for _, f := range report.Recovered {
			found[f.String()] = f.Count
		}
		unsure := map[string]bool{}
		for _, f := range report.Unproved {
			unsure[f.String()] = true
		}
		numbers := map[string]bool{}
		for _, s := range said {
			if s.Low == s.High {
				numbers[s.Where[0]+", "+s.Where[1]] = true
			}
		}
		for where, x := range only {
			got, ok := found[where]
			switch {
			case ok && (x[0] != x[1] || got != x[0]):
				t.Errorf("seed %d: %s is said to be %d, and can be %d to %d", seed, where, got, x[0], x[1])
			case ok:
				recovered++
			case unsure[where]:
				unproved++
			case x[0] == x[1] && x[0] > 0 && x[0] < 4 && !numbers[where]:
				t.Errorf("seed %d: %s can only be %d and is said to be open", seed, where, x[0])
			case x[0] != x[1]:
				open++
			}
		}
	}
	t.Logf("%d recovered, %d open, %d unproved", recovered, open, unproved)
	if recovered < 100 || open < 100 || unproved > recovered/10 {
		t.Error("this tries nothing")
	}
}

func name(i int) string {
	if i < 0 {
		return "all"
	}
	return strconv.Itoa(i)
}

// tried returns the least and the most of each cell over all tables of whole numbers up to 12 that satisfy what is said.
func tried(rows, columns int, said []attack.Statement) map[string][2]int64 {
	out := map[string][2]int64{}
	cells := make([]int64, rows*columns)
	sum := func(where []string, upTo int) (n int64, whole bool) {
		whole = true
		for i := range cells {
			if (where[0] == "all" || where[0] == strconv.Itoa(i/columns)) && (where[1] == "all" || where[1] == strconv.Itoa(i%columns)) {
				if i < upTo {
					n += cells[i]
				} else {
					whole = false
				}
			}
		}
		return n, whole
	}
	var try func(at int)
	try = func(at int) {
		for _, s := range said {
			n, whole := sum(s.Where, at)
			if s.High >= 0 && n > s.High || whole && n < s.Low {
				return
			}
		}
		if at < len(cells) {
			for v := range int64(13) {
				cells[at] = v
				try(at + 1)
			}
			return
		}
		for a := -1; a < rows; a++ {
			for b := -1; b < columns; b++ {
				where := []string{name(a), name(b)}
				n, _ := sum(where, len(cells))
				x, ok := out[fmt.Sprintf("%s, %s", where[0], where[1])]
				if !ok {
					x = [2]int64{n, n}
				}
				out[fmt.Sprintf("%s, %s", where[0], where[1])] = [2]int64{min(x[0], n), max(x[1], n)}
			}
		}
	}
	try(0)
	return out
}

// TestTwoIntervalsThatMeetGiveACountAway: "1 to 4" in one table and "at least 4" in another are four persons, which neither of them published.
func TestTwoIntervalsThatMeetGiveACountAway(t *testing.T) {
	tables, err := attack.New(answers("a", 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []attack.Statement{attack.Between(1, 4, "0"), attack.Between(4, 9, "0"), attack.Exactly(2, "1"), attack.Between(0, 100, "1")} {
		if err := tables.State(s); err != nil {
			t.Fatal(err)
		}
	}
	report, err := tables.Run(t.Context(), 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Safe() || len(report.Recovered) != 1 || report.Recovered[0].String() != "0" || report.Recovered[0].Count != 4 {
		t.Errorf("found %v, unproved %v", report.Recovered, report.Unproved)
	}
}
