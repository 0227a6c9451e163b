package disclosure_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
)

// kingdom is the exact table of referrals in the United Kingdom in the first quarter of 2023 (internal/attack/testdata).
func kingdom(tb testing.TB) *disclosure.Cube {
	tb.Helper()
	f, err := os.Open("../attack/testdata/uk-nrm-2023q1.csv")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	dims := make([]disclosure.Dimension, 4)
	for i := range dims {
		dims[i].Name = rows[0][i]
		for _, r := range rows[1:] {
			if !slices.Contains(dims[i].Values, r[i]) {
				dims[i].Values = append(dims[i].Values, r[i])
			}
		}
	}
	c, err := disclosure.NewCube(dims...)
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range rows[1:] {
		at := make([]int, 4)
		for i := range at {
			at[i] = slices.Index(dims[i].Values, r[i])
		}
		if c.Counts[c.Index(at...)], err = strconv.ParseInt(r[4], 10, 64); err != nil {
			tb.Fatal(err)
		}
	}
	return c
}

func keyed(n int) []byte {
	k := sha256.Sum256([]byte(strconv.Itoa(n)))
	return k[:]
}

// TestRoundingKeepsItsWord: no small count is left in any cell or margin, everything adds up, what is not small is exact, and over twenty keys
// cells are off by at most 0.4 on average, and the total by at most five persons of 4,746.
func TestRoundingKeepsItsWord(t *testing.T) {
	c := kingdom(t)
	for _, b := range []int64{3, 5} {
		mean, worst, total, largest := 0.0, 0.0, int64(0), int64(0)
		ups := map[int]int{}
		const keys = 20
		for k := range keys {
			out, q, err := disclosure.Round(c, disclosure.Rounding{Base: b, Key: keyed(k)})
			if err != nil {
				t.Fatal(err)
			}
			for at, n := range out.Counts {
				if is := c.Counts[at]; n > 0 && n < b || is >= b && n != is || is == 0 && n != 0 || is < b && n > b {
					t.Fatalf("%d was published as %d", is, n)
				}
				if n == b && c.Counts[at] < b {
					ups[at]++
				}
			}
			for _, cell := range out.Cells() {
				if cell.Count > 0 && cell.Count < b {
					t.Fatalf("%v has %d", cell.Values, cell.Count)
				}
			}
			mean, worst = mean+q.Mean/keys, max(worst, q.Mean)
			total, largest = max(total, q.Total, -q.Total), max(largest, q.Most)
			again, _, err := disclosure.Round(c, disclosure.Rounding{Base: b, Key: keyed(k)})
			if err != nil || !cmp.Equal(again.Counts, out.Counts) {
				t.Fatal("asked twice, it says something else")
			}
		}
		both := 0
		for _, n := range ups {
			if n < keys {
				both++
			}
		}
		small := 0
		for _, n := range c.Counts {
			if n > 0 && n < b {
				small++
			}
		}
		t.Logf("base %d: mean error %.3f over %d keys, worst key %.3f; total at most %d off, a cell at most %d; of %d small cells %d went both ways", b, mean, keys, worst, total, largest, small, both)
		if most := map[int64]float64{3: 0.4, 5: 0.7}[b]; mean > most || worst > most*1.05 || total > 5 {
			t.Errorf("base %d: mean error %.3f, worst %.3f, total %d", b, mean, worst, total)
		}
		if both < small*8/10 {
			t.Errorf("only %d of %d small cells went both ways under other keys: the rule can be run backwards", both, small)
		}
	}
}

// TestRoundingOverTime: what comes later of the same persons leaves what has not changed as it stands, and no change is small.
func TestRoundingOverTime(t *testing.T) {
	c := kingdom(t)
	r := rand.New(rand.NewPCG(4, 4))
	for _, b := range []int64{3, 5} {
		var ledger disclosure.Ledger
		ledger.Version = 1
		now := &disclosure.Cube{Dimensions: c.Dimensions, Counts: slices.Clone(c.Counts)}
		var before []int64
		for month := range 6 {
			round := disclosure.Rounding{Base: b, Key: keyed(1)}
			past := ledger.Of("persons")
			if len(past) > 0 {
				round.Past = &past[len(past)-1]
			}
			was := slices.Clone(now.Counts)
			for at := range now.Counts {
				if month > 0 && r.IntN(4) == 0 {
					now.Counts[at] = max(0, now.Counts[at]+r.Int64N(9)-3)
				}
			}
			out, q, err := disclosure.Round(now, round)
			if err != nil {
				t.Fatal(err)
			}
			for at, n := range out.Counts {
				if n > 0 && n < b {
					t.Fatalf("month %d: %d is published", month, n)
				}
				if month == 0 {
					continue
				}
				by := max(n-before[at], before[at]-n)
				if now.Counts[at] == was[at] && by != 0 || by > 0 && by < b && n != 0 && n != b {
					t.Fatalf("month %d: %d became %d, published as %d and %d", month, was[at], now.Counts[at], before[at], n)
				}
			}
			if q.Mean > 2 {
				t.Errorf("month %d: mean error %.2f", month, q.Mean)
			}
			t.Logf("base %d, month %d: %+v", b, month, q)
			before = slices.Clone(out.Counts)
			if err := ledger.Enter(disclosure.Released{Subject: "persons", Name: strconv.Itoa(month), Method: disclosure.Rounded, Base: b}, now, out.Cells(), round.Key); err != nil {
				t.Fatal(err)
			}
			kept, err := json.Marshal(ledger)
			if err != nil {
				t.Fatal(err)
			}
			ledger = disclosure.Ledger{}
			if err := json.Unmarshal(kept, &ledger); err != nil || ledger.Check() != nil {
				t.Fatal(err, ledger.Check())
			}
		}
		past := ledger.Of("persons")
		last := &past[len(past)-1]
		if _, _, err := disclosure.Round(now, disclosure.Rounding{Base: b, Key: keyed(2), Past: last}); !fault.Is(err, fault.Invalid) {
			t.Errorf("another key: %v", err)
		}
		if _, _, err := disclosure.Round(now, disclosure.Rounding{Base: 8 - b, Key: keyed(1), Past: last}); !fault.Is(err, fault.Invalid) {
			t.Errorf("another base: %v", err)
		}
		if err := ledger.Enter(*last, now, now.Cells(), keyed(1)); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
	}
}

// TestFoldShowsOfFewOnlyHowMany: a country with few persons keeps its total, and everything still adds up.
func TestFoldShowsOfFewOnlyHowMany(t *testing.T) {
	c, err := disclosure.NewCube(disclosure.Dimension{Name: "country", Values: []string{"A", "B"}}, disclosure.Dimension{Name: "sex", Values: []string{"f", "m"}})
	if err != nil {
		t.Fatal(err)
	}
	copy(c.Counts, []int64{7, 4, 90, 60})
	out, folded, err := c.Fold("country", 20, "not shown")
	if err != nil || !slices.Equal(folded, []string{"A"}) || !slices.Equal(out.Counts, []int64{0, 0, 11, 90, 60, 0}) {
		t.Errorf("%v %v %v", out, folded, err)
	}
	if _, _, err := c.Fold("town", 20, "not shown"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if _, _, err := c.Fold("country", 20, "f"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	same, folded, err := c.Fold("country", 5, "not shown")
	if err != nil || folded != nil || !slices.Equal(same.Counts, []int64{7, 4, 0, 90, 60, 0}) {
		t.Error("nothing was to be folded")
	}
}

func TestRoundingFails(t *testing.T) {
	c := kingdom(t)
	for _, r := range []disclosure.Rounding{{Base: 4, Key: keyed(1)}, {Base: 3, Key: []byte("short")}} {
		if _, _, err := disclosure.Round(c, r); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	c.Counts[3] = -1
	if _, _, err := disclosure.Round(c, disclosure.Rounding{Base: 3, Key: keyed(1)}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	for _, dims := range [][]disclosure.Dimension{nil, {{Name: "a"}}, {{Name: "a", Values: []string{"x", "x"}}}, {{Name: "a", Values: []string{"x"}}, {Name: "a", Values: []string{"x"}}}} {
		if _, err := disclosure.NewCube(dims...); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", dims, err)
		}
	}
	var wide []disclosure.Dimension // 390,625 inner cells, and 1,679,616 with all margins: of each the place in 256 tables would be kept
	for _, name := range strings.Split("abcdefgh", "") {
		wide = append(wide, disclosure.Dimension{Name: name, Values: strings.Split("12345", "")})
	}
	if _, err := disclosure.NewCube(wide...); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a table of eight dimensions: %v", err)
	}
	if c, err := disclosure.NewCube(wide[:7]...); err != nil || len(c.Counts) != 78_125 {
		t.Errorf("a table of seven dimensions: %v", err)
	}
}
