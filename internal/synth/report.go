package synth

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/chance"
)

// Report says how well synthetic records serve and protect. It is made from the real records without noise: it is for the
// office that holds them, and not for publication.
type Report struct {
	Real      int      `json:"real"`      // records
	Synthetic int      `json:"synthetic"` // records
	Lengths   []Length `json:"lengths"`
	Nearest   Nearest  `json:"nearest"`
	Attacks   []Attack `json:"attacks,omitempty"`
}

// Length compares all combinations of so many values that are said in different columns.
type Length struct {
	Length     int     `json:"length"`
	Real       int     `json:"real"`        // different combinations among the real records
	Mean       float64 `json:"mean"`        // real records with each, on the average
	Error      float64 `json:"error"`       // by how many records the synthetic ones are off, on the average over those
	Kept       float64 `json:"errorOfKept"` // the same over those that some synthetic record has
	Suppressed float64 `json:"suppressed"`  // share of them that no synthetic record has
	Fabricated float64 `json:"fabricated"`  // share of the combinations of synthetic records that no real one has
}

// Nearest compares whole records. Distance is in how many columns two differ.
type Nearest struct {
	Alone      int     `json:"alone"`      // real records that are like no other
	AloneFound int     `json:"aloneFound"` // of these, those that some synthetic record is equal to
	Equal      float64 `json:"equal"`      // share of synthetic records that are equal to a real one
	Synthetic  float64 `json:"synthetic"`  // mean distance of a synthetic record to the nearest real one, of a sample
	Others     float64 `json:"others"`     // mean distance of a real record to the nearest other real one, of a sample
}

// mostReads is how many values are read at most to compare combinations of one length: with more columns, longer
// combinations are left out of the report.
const mostReads = 6_000_000_000

// Compare compares real and synthetic records of one domain.
func Compare(real, synthetic *Data) *Report {
	r := &Report{Real: real.rows, Synthetic: synthetic.rows}
	n := len(real.Domain.Columns)
	a, b := real.grouped(), synthetic.grouped()
	sets := 1.0
	for k := 1; k <= min(3, n); k++ {
		sets *= float64(n-k+1) / float64(k)
		if sets*float64(k)*float64(len(a.people)+len(b.people)) > mostReads {
			break
		}
		r.Lengths = append(r.Lengths, compare(real.Domain, a, b, k))
	}
	r.Nearest = near(real, synthetic)
	return r
}

// grouped is records with how often each is there, column by column.
type grouped struct {
	columns [][]uint16
	people  []int32
}

func (d *Data) grouped() (g grouped) {
	n := len(d.Domain.Columns)
	g.columns = make([][]uint16, n)
	at := map[string]int{}
	for i := range d.rows {
		row := d.Row(i)
		key := text(row)
		k, there := at[key]
		if !there {
			k = len(g.people)
			at[key] = k
			g.people = append(g.people, 0)
			for c, v := range row {
				g.columns[c] = append(g.columns[c], v)
			}
		}
		g.people[k]++
	}
	return g
}

// sums is what is counted about combinations.
type sums struct {
	real, synthetic, both int
	records, off, kept    int64
}

func (s *sums) take(n, m int32) {
	if m > 0 {
		s.synthetic++
	}
	if n > 0 {
		s.real++
		s.records += int64(n)
		s.off += int64(max(n-m, m-n))
		if m > 0 {
			s.both++
			s.kept += int64(max(n-m, m-n))
		}
	}
}

// compare compares the combinations of k columns.
func compare(d *Domain, a, b grouped, k int) Length {
	var sets [][]int
	var more func(set []int, from int)
	more = func(set []int, from int) {
		if len(set) == k {
			sets = append(sets, slices.Clone(set))
			return
		}
		for i := from; i < len(d.Columns); i++ {
			more(append(set, i), i+1)
		}
	}
	more(nil, 0)
	parts := runtime.GOMAXPROCS(0)
	found := make([]sums, parts)
	var wait sync.WaitGroup
	for part := range parts {
		wait.Go(func() {
			var left, right []int32
			for at := part; at < len(sets); at += parts {
				set, size := sets[at], 1
				for _, i := range set {
					size *= d.size(i) - 1
				}
				if size > 1<<22 {
					apart(d, a, b, set, &found[part])
					continue
				}
				left, right = slices.Grow(left[:0], size)[:size], slices.Grow(right[:0], size)[:size]
				clear(left)
				clear(right)
				a.tell(d, set, func(key uint64, n int32) { left[key] += n })
				b.tell(d, set, func(key uint64, n int32) { right[key] += n })
				for i, n := range left {
					found[part].take(n, right[i])
				}
			}
		})
	}
	wait.Wait()
	var all sums
	for _, s := range found {
		all.real += s.real
		all.synthetic += s.synthetic
		all.both += s.both
		all.records += s.records
		all.off += s.off
		all.kept += s.kept
	}
	share := func(n, of int) float64 { return float64(n) / float64(max(1, of)) }
	return Length{
		Length: k, Real: all.real, Mean: float64(all.records) / float64(max(1, all.real)), Error: float64(all.off) / float64(max(1, all.real)),
		Kept:       float64(all.kept) / float64(max(1, all.both)),
		Suppressed: share(all.real-all.both, all.real), Fabricated: share(all.synthetic-all.both, all.synthetic),
	}
}

// apart compares a set of columns whose combinations are too many for an array.
func apart(d *Domain, a, b grouped, set []int, s *sums) {
	left, right := map[uint64]int32{}, map[uint64]int32{}
	a.tell(d, set, func(key uint64, n int32) { left[key] += n })
	b.tell(d, set, func(key uint64, n int32) { right[key] += n })
	for key, n := range left {
		s.take(n, right[key])
	}
	for key, m := range right {
		if left[key] == 0 {
			s.take(0, m)
		}
	}
}

// tell tells of each group in which every column of the set says something.
func (g grouped) tell(d *Domain, set []int, yield func(key uint64, n int32)) {
groups:
	for k, n := range g.people {
		key := uint64(0)
		for _, i := range set {
			c := g.columns[i][k]
			if c == 0 {
				continue groups
			}
			key = key*uint64(d.size(i)-1) + uint64(c-1)
		}
		yield(key, n)
	}
}

// text returns a record as bytes, to be found by.
func text(row []uint16) string {
	b := make([]byte, 0, 2*len(row))
	for _, c := range row {
		b = append(b, byte(c), byte(c>>8))
	}
	return string(b)
}

// distinct returns how often each record is there.
func (d *Data) distinct() map[string]int {
	out := make(map[string]int, d.rows/4)
	for i := range d.rows {
		out[text(d.Row(i))]++
	}
	return out
}

// sampled is how many records are looked at for what takes time.
const sampled = 400

// near compares whole records.
func near(real, synthetic *Data) (n Nearest) {
	there, made := real.distinct(), synthetic.distinct()
	for row, count := range there {
		if count == 1 {
			n.Alone++
			if made[row] > 0 {
				n.AloneFound++
			}
		}
	}
	equal := 0
	for row, count := range made {
		if there[row] > 0 {
			equal += count
		}
	}
	n.Equal = float64(equal) / float64(max(1, synthetic.rows))
	s := chance.Keyed([chance.KeySize]byte{})
	for range sampled {
		n.Synthetic += float64(nearest(real, synthetic.Row(int(s.Below(uint64(synthetic.rows)))), -1)) / sampled
		i := int(s.Below(uint64(real.rows)))
		n.Others += float64(nearest(real, real.Row(i), i)) / sampled
	}
	return n
}

// nearest returns the distance of a record to the nearest of the data, but for one.
func nearest(d *Data, row []uint16, but int) int {
	best := len(row)
	for i := 0; i < d.rows && best > 0; i++ {
		if i == but {
			continue
		}
		far := 0
		for k, c := range d.Row(i) {
			if c != row[k] {
				if far++; far >= best {
					break
				}
			}
		}
		best = min(best, far)
	}
	return best
}

// Attack is an attempt to tell, of persons some of whose records were used, whether each of them was.
type Attack struct {
	By        string  `json:"by"`        // what is looked at: "record", "pairs" or "nearest"
	AUC       float64 `json:"auc"`       // how often somebody whose record was used looks more like it than somebody whose was not; a guess has a half
	Error     float64 `json:"error"`     // standard error of the AUC of a guess
	Advantage float64 `json:"advantage"` // how much more of those used than of the others are named, at the best threshold
}

// targets is how many persons of either kind are attacked.
const targets = 1000

// Assail splits the records at random into those that are used and those that are not, makes synthetic records of the first, and attacks:
// some of both kinds are drawn, and whoever attacks has their whole records, the synthetic records, and the rest of the unused
// ones to compare with. That is more than anybody outside has. It returns nothing if there are too few records.
func Assail(data *Data, from [chance.KeySize]byte, synthesise func(*Data) (*Data, error)) ([]Attack, error) {
	m := min(targets, data.rows/8)
	if m < 20 {
		return nil, nil
	}
	s := chance.Keyed(from)
	order := make([]int, data.rows)
	for i := range order {
		o := int(s.Below(uint64(i + 1)))
		order[i] = order[o]
		order[o] = i
	}
	pick := func(rows []int) *Data {
		out := &Data{Domain: data.Domain, rows: len(rows)}
		for _, i := range rows {
			out.codes = append(out.codes, data.Row(i)...)
		}
		return out
	}
	half := data.rows / 2
	used, rest := pick(order[:half]), pick(order[half+m:])
	in, out := pick(order[:m]), pick(order[half:half+m])
	made, err := synthesise(used)
	if err != nil {
		return nil, err
	}
	counts := [2]map[string]int{made.distinct(), rest.distinct()}
	odds := func(a, b, n, o int) float64 {
		return math.Log((float64(a)+0.5)/float64(n+1)) - math.Log((float64(b)+0.5)/float64(o+1))
	}
	columns, others := made.byColumn(), rest.byColumn()
	pairs := func(row []uint16) (sum float64) {
		for j := range row {
			for i := range j {
				a, b := both(columns[i], columns[j], row[i], row[j]), both(others[i], others[j], row[i], row[j])
				sum += odds(a, b, made.rows, rest.rows)
			}
		}
		return sum
	}
	var attacks []Attack
	for _, a := range []struct {
		by    string
		score func(row []uint16) float64
	}{
		{"record", func(row []uint16) float64 {
			return odds(counts[0][text(row)], counts[1][text(row)], made.rows, rest.rows)
		}},
		{"nearest", func(row []uint16) float64 { return float64(nearest(rest, row, -1) - nearest(made, row, -1)) }},
		{"pairs", pairs},
	} {
		if a.by == "pairs" && len(data.Domain.Columns) > 12 { // too long to look at
			continue
		}
		members, strangers := make([]float64, m), make([]float64, m)
		for i := range m {
			members[i], strangers[i] = a.score(in.Row(i)), a.score(out.Row(i))
		}
		attacks = append(attacks, judge(a.by, members, strangers))
	}
	return attacks, nil
}

// both counts the rows that have x in one column and y in the other.
func both(a, b []uint16, x, y uint16) (n int) {
	for row, c := range a {
		if c == x && b[row] == y {
			n++
		}
	}
	return n
}

func judge(by string, members, strangers []float64) Attack {
	m, n := float64(len(members)), float64(len(strangers))
	wins := 0.0
	for _, a := range members {
		for _, b := range strangers {
			switch {
			case a > b:
				wins++
			case a == b:
				wins += 0.5
			}
		}
	}
	out := Attack{By: by, AUC: wins / (m * n), Error: math.Sqrt((m + n + 1) / (12 * m * n))}
	for _, at := range slices.Concat(members, strangers) {
		hit, false_ := 0.0, 0.0
		for _, a := range members {
			if a >= at {
				hit += 1 / m
			}
		}
		for _, b := range strangers {
			if b >= at {
				false_ += 1 / n
			}
		}
		out.Advantage = max(out.Advantage, hit-false_)
	}
	return out
}
