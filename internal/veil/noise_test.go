package veil

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The noise has the distribution that is claimed: each number as often as the formula says, within five standard deviations.
func TestNoiseIsTwoSidedGeometric(t *testing.T) {
	const n = 200_000
	for _, v := range []struct{ sensitivity, epsilon int }{{1, 1000}, {3, 700}, {17, 2000}} {
		s := newStream("test", fmt.Append(nil, v))
		seen := map[int64]int{}
		beyond := 0
		for range n {
			k := s.noise(v.sensitivity, v.epsilon)
			seen[k]++
			if k > reach(v.sensitivity, v.epsilon) || -k > reach(v.sensitivity, v.epsilon) {
				beyond++
			}
		}
		alpha := math.Exp(-float64(v.epsilon) / float64(1000*v.sensitivity))
		for k := int64(-40); k <= 40; k++ {
			p := (1 - alpha) / (1 + alpha) * math.Pow(alpha, math.Abs(float64(k)))
			want, off := n*p, 5*math.Sqrt(n*p*(1-p))+3
			if got := float64(seen[k]); math.Abs(got-want) > off {
				t.Errorf("%v: %d came %v times, want %.0f ± %.0f", v, k, got, want, off)
			}
		}
		if beyond > n/20 {
			t.Errorf("%v: %d of %d beyond the reach", v, beyond, n)
		}
	}
}

// Bounds of a share, against the formula of Wilson (1927) with fractions.
func TestWilson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.Int64Range(0, MaxBatch*64).Draw(t, "of")
		found := rapid.Int64Range(0, of).Draw(t, "found")
		low, high := wilson(found, of)
		if of == 0 {
			if low != 0 || high != 1_000_000 {
				t.Fatal(low, high)
			}
			return
		}
		n, p, z2 := float64(of), float64(found)/float64(of), 3.8416
		middle, half := (p+z2/(2*n))/(1+z2/n), math.Sqrt(z2)/(1+z2/n)*math.Sqrt(p*(1-p)/n+z2/(4*n*n))
		off := 2 + 1e6/float64(20_000*of+76_832) // one unit of the root that is cut
		if math.Abs(float64(low)-1e6*(middle-half)) > off || math.Abs(float64(high)-1e6*(middle+half)) > off {
			t.Fatalf("%d of %d: %d to %d, want %.1f to %.1f", found, of, low, high, 1e6*(middle-half), 1e6*(middle+half))
		}
	})
}

// The number is corrected by what keys miss: with nine of ten pairs found, 90 links that are seen stand for 100.
func TestCorrectedByRecall(t *testing.T) {
	for _, v := range []struct{ records, persons, recall, want int64 }{
		{1000, 910, 900_000, 900}, {1000, 910, 1_000_000, 910}, {1000, 1000, 500_000, 1000}, {1000, 910, 0, 0}, {100, 120, 900_000, 120},
	} {
		if got := corrected(v.records, v.persons, v.recall); got != v.want {
			t.Errorf("%+v: %d", v, got)
		}
	}
}

// What is too small, or leaves too much open, is not told as a number: only its interval is.
func TestTooSmallOrTooWideIsNotPublished(t *testing.T) {
	w := newCounting(t.Name(), 5, 2)
	w.sheet.Widest = 200
	good := Recall{900, 1000}
	for _, v := range []struct {
		name   string
		f      Found
		recall Recall
		why    string
	}{
		{"large", Found{Records: 5000, Persons: 4000, In: []int{3000, 600, 300, 100}}, good, ""},
		{"nobody", Found{In: []int{0, 0, 0, 0}}, good, WhySmall},
		{"few", Found{Records: 9, Persons: 5, In: []int{1, 4, 0, 0}}, good, WhySmall},
		{"noise", Found{Records: 40, Persons: 30, In: []int{20, 10, 0, 0}}, good, WhyWide},
		{"no recall", Found{Records: 5000, Persons: 4000, In: []int{3000, 600, 300, 100}}, Recall{}, WhySmall},
		{"little recall", Found{Records: 5000, Persons: 3000, In: []int{1000, 2000, 0, 0}}, Recall{10, 30}, WhySmall},
	} {
		for seed := range 20 {
			p := v.f.publish(&w.sheet, v.recall, []byte{byte(seed)})
			if p.Publishable != (v.why == "") || v.why == WhySmall && p.Why == "" || v.why == WhyWide && p.Why == "" {
				t.Errorf("%s: %+v", v.name, p)
			}
			if !p.Publishable && (p.Persons != 0 || p.Records != 0 || p.In != nil) {
				t.Errorf("%s: a number is told: %+v", v.name, p)
			}
			if p.Publishable && (p.Low > p.Persons || p.Persons > p.High) {
				t.Errorf("%s: %d is outside of %d to %d", v.name, p.Persons, p.Low, p.High)
			}
			m := Message{Sheet: w.sheet.Hash(), From: "AA", Step: StepResult, Result: &Result{make([]byte, 32), p}}
			if _, err := m.Encode(); err != nil {
				t.Errorf("%s: %+v cannot be said: %v", v.name, p, err)
			}
		}
	}
}

// A group of persons below the least is not told, and no number comes without noise.
func TestSmallCellsAreKeptBack(t *testing.T) {
	w := newCounting(t.Name(), 5, 2)
	f := Found{Records: 5000, Persons: 4003, In: []int{3500, 500, 3, 0}}
	same := 0
	for seed := range 100 {
		p := f.publish(&w.sheet, Recall{900, 1000}, []byte{byte(seed)})
		if !p.Publishable {
			t.Fatalf("%+v", p)
		}
		for _, n := range p.In {
			if n >= 0 && n < int64(w.sheet.Least) {
				t.Errorf("%d is told", n)
			}
		}
		if p.In[0] == 3500 {
			same++
		}
	}
	if same > 60 {
		t.Errorf("%d of 100 without noise", same)
	}
}

// The interval holds the true number in at least 95 of 100 cases, if recall is what was measured.
func TestTheIntervalHoldsTheNumber(t *testing.T) {
	w := newCounting(t.Name(), 5, 2)
	const truth, records, share = 4000, 5200, 0.8
	s, out := newStream("test", []byte("interval")), 0
	const times = 400
	for i := range times {
		links := 0 // of those that are to be found, each with probability 0.8
		for range records - truth {
			if s.bernoulli(4, 5) {
				links++
			}
		}
		var r Recall
		for range 300 {
			r.Of++
			if s.bernoulli(4, 5) {
				r.Found++
			}
		}
		f := Found{Records: records, Persons: records - links, In: []int{1000, 1000, 1000, 1000}}
		if p := f.publish(&w.sheet, r, fmt.Append(nil, i)); p.Low > truth || p.High < truth {
			out++
		}
	}
	if out > times/20 {
		t.Errorf("%d of %d intervals miss", out, times)
	}
	t.Logf("%d of %d intervals miss (true share of pairs found %v)", out, times, share)
}

// points of a few persons, as a tally sees them.
func bare(t *rapid.T, sheet *Sheet) [][PointSize]byte {
	var out [][PointSize]byte
	for range rapid.IntRange(1, 25).Draw(t, "records") {
		for k := range sheet.Width() {
			var p [PointSize]byte
			p[0], p[1] = byte(rapid.IntRange(0, 12).Draw(t, "value")), 1
			if k >= sheet.Strong {
				p[1] = 2
			}
			out = append(out, p)
		}
	}
	return out
}

// What is found depends neither on the order of records nor on that of keys; and one record more or less moves the number
// of persons by no more than the sheet says that the noise covers.
func TestFoundIsFreeOfOrderAndBounded(t *testing.T) {
	sheet := newCounting(t.Name(), 5, 2).sheet
	sheet.Strong, sheet.Weak = 1, 3
	w := sheet.Width()
	rapid.Check(t, func(t *rapid.T) {
		points := bare(t, &sheet)
		f := join(&sheet, points, [PointSize]byte{})
		n := len(points) / w
		var mixed [][PointSize]byte
		for _, i := range rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, "order") {
			record := slices.Clone(points[i*w : (i+1)*w])
			record[1], record[3] = record[3], record[1]
			mixed = append(mixed, record...)
		}
		if g := join(&sheet, mixed, [PointSize]byte{}); g.Persons != f.Persons || !slices.Equal(g.In, f.In) {
			t.Fatalf("%+v in one order, %+v in another", f, g)
		}
		less := join(&sheet, points[w:], [PointSize]byte{})
		if d := f.Persons - less.Persons; d > sheet.Sensitivity() || -d > sheet.Sensitivity() {
			t.Fatalf("one record moves the number by %d, the sheet says %d", d, sheet.Sensitivity())
		}
		moved := 0
		for i := range f.In {
			moved += max(f.In[i]-less.In[i], less.In[i]-f.In[i])
		}
		if moved > sheet.Sensitivity()+2 {
			t.Fatalf("one record moves the groups by %d", moved)
		}
	})
}

// The result is the same whatever the order of a member's records and keys, and whoever mixes.
func TestCountIsFreeOfOrderAndOfWhoMixes(t *testing.T) {
	var first *Found
	roles := map[string]bool{}
	for n := range 4 {
		w := newCounting(fmt.Sprint(t.Name(), n), 5, 2)
		w.plant(2, []int{0, 1}, []int{1, 2, 3}, []int{0, 4})
		order := newStream("test", []byte{byte(n)})
		for m, all := range w.people {
			var other []Entry
			for _, i := range order.order(len(all)) {
				e := all[i]
				slices.Reverse(e.Weak)
				other = append(other, e)
			}
			w.people[m] = other
		}
		if err := w.play(t); err != nil {
			t.Fatal(err)
		}
		r, _ := w.run().Roles()
		roles[fmt.Sprint(r)] = true
		if first == nil {
			first = &w.found
		} else if w.found.Persons != first.Persons || w.found.Records != first.Records || !slices.Equal(w.found.In, first.In) {
			t.Errorf("%+v, before %+v", w.found, *first)
		}
	}
	if len(roles) < 3 {
		t.Errorf("the same mixers each time: %v", roles)
	}
}

// The number that is published lies within its interval, and no group is told that noise alone can make, however little was counted.
func TestANumberLiesWithinItsInterval(t *testing.T) {
	sheet := newCounting(t.Name(), 5, 2).sheet
	sheet.Strong, sheet.Weak, sheet.Least, sheet.Widest = 3, 6, 5, 1000
	told := 0
	for i := range 2000 {
		f := Found{Records: 12, Persons: 7, In: []int{6, 0, 0, 1}}
		p := f.publish(&sheet, Recall{500, 500}, []byte{byte(i), byte(i >> 8)})
		if !p.Publishable {
			continue
		}
		told++
		if p.Persons < p.Low || p.Persons > p.High || p.Low < 1 {
			t.Errorf("%d: %d persons between %d and %d", i, p.Persons, p.Low, p.High)
		}
		for _, n := range p.In {
			if n != -1 && n < reach(sheet.Sensitivity()+2, sheet.Epsilon*tenthsIn/10) {
				t.Errorf("%d: a group of %d is told", i, n)
			}
		}
	}
	t.Logf("told in %d of 2000", told)
}
