package veil

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// two is an overlap of two members with sets of their own and common persons, played to its end.
type two struct {
	o             Overlap
	offers        [2][]byte
	backs, keptes [2][]byte
	sharedBy      [2]SharedPersons
	exact         [2]int
}

func playTwo(t testing.TB, epsilon, own, common int) two {
	t.Helper()
	w := newCounting(t.Name(), 5, 2)
	w.sheet.Strong, w.sheet.Weak, w.sheet.Epsilon, w.sheet.Widest = 1, 2, epsilon, 500
	p := two{o: Overlap{w.sheet, [2]id.Member{"AA", "AC"}}}
	var secrets [2][]byte
	for i := range 2 {
		var all []Entry
		for j := range own {
			all = append(all, person(1_000_000*(i+1)+j))
		}
		for j := range common {
			all = append(all, person(j))
		}
		secrets[i] = expand("test", 32, fmt.Append(nil, t.Name(), i))
		var err error
		if p.offers[i], err = p.o.Offer(p.o.Pair[i], all, secrets[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		var err error
		if p.backs[1-i], p.keptes[i], err = p.o.Return(p.offers[1-i], secrets[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		var err error
		if p.sharedBy[i], p.exact[i], err = p.o.Count(p.backs[i], p.keptes[i]); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// Two members come to the same number of persons whom both know, and it is the true one with the noise of both.
func TestOverlapOfTwo(t *testing.T) {
	const truth = 60
	p := playTwo(t, 5000, 50, truth)
	if p.sharedBy[0] != p.sharedBy[1] || p.exact[0] != p.exact[1] {
		t.Errorf("%+v and %+v", p.sharedBy[0], p.sharedBy[1])
	}
	if s := p.sharedBy[0]; !s.Publishable || s.Low > truth || s.High < truth || s.Persons < s.Low || s.Persons > s.High {
		t.Errorf("%+v, want %d", s, truth)
	}
	if noise := p.exact[0] - truth - 2*p.o.middle(); noise < -2*p.o.middle() || noise > 2*p.o.middle() {
		t.Errorf("noise of %d", noise)
	}
	t.Logf("%+v", p.sharedBy[0])
}

// An overlap that is too small for its noise is not published, and a set that is too small is not asked for.
func TestASmallOverlapIsNotPublished(t *testing.T) {
	if p := playTwo(t, 5000, 100, 0); p.sharedBy[0].Publishable || p.sharedBy[0].Persons != 0 {
		t.Errorf("%+v", p.sharedBy[0])
	}
	o := Overlap{newCounting(t.Name(), 5, 2).sheet, [2]id.Member{"AA", "AC"}}
	if _, err := o.Offer("AA", make([]Entry, SmallestSet-1), make([]byte, 32)); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if _, err := o.Offer("AB", make([]Entry, SmallestSet), make([]byte, 32)); fault.KindOf(err) != fault.Invalid {
		t.Error("a third member offers:", err)
	}
}

// What goes back is in another order: a member does not see which of its records are in common. And no name can be
// tested against what travels without the secret of the other.
func TestOverlapTellsNoRecord(t *testing.T) {
	p := playTwo(t, 5000, 50, 50)
	size := p.o.Sheet.Width() * PointSize
	same := 0
	for i := 0; i < len(p.backs[0]); i += size {
		if bytes.Equal(p.backs[0][i:i+size], p.keptes[1][i:i+size]) {
			same++
		}
	}
	if same > 5 {
		t.Errorf("%d records came back at their place", same)
	}
	key := uniformPoint(p.o.uniform("key", person(0).Strong[0]))
	own, other := p.o.factor(expand("test", 32, fmt.Append(nil, t.Name(), 0))), p.o.factor(expand("test", 32, fmt.Append(nil, t.Name(), 1)))
	once := key.Mul(&own)
	twice := once.Mul(&other)
	for _, b := range [][]byte{p.offers[1], p.backs[0], p.keptes[0]} {
		if bytes.Contains(b, once.Bytes()) || bytes.Contains(b, key.Bytes()) {
			t.Error("a name can be tested")
		}
	}
	if !bytes.Contains(p.backs[0], twice.Bytes()) || !bytes.Contains(p.keptes[0], twice.Bytes()) {
		t.Error("with both secrets it should be found: this test could not fail")
	}
}

// Sizes say which power of two holds a member's records, and no more.
func TestOverlapSizes(t *testing.T) {
	a, b := playTwo(t, 5000, 65, 40), playTwo(t, 5000, 80, 40)
	if len(a.offers[0]) != len(b.offers[0]) || len(a.backs[0]) != len(b.backs[1]) {
		t.Errorf("%d and %d bytes", len(a.offers[0]), len(b.offers[0]))
	}
}

func FuzzOverlap(f *testing.F) {
	o := Overlap{newCounting("fuzz", 5, 2).sheet, [2]id.Member{"AA", "AC"}}
	o.Sheet.Strong, o.Sheet.Weak, o.Sheet.Epsilon = 1, 0, 10_000
	n := SmallBatch + 4*o.middle()
	g := Base()
	f.Add(bytes.Repeat(g.Bytes(), n))
	f.Add(make([]byte, 32*n))
	f.Fuzz(func(t *testing.T, b []byte) {
		back, kept, err := o.Return(b, make([]byte, 32))
		if err != nil {
			return
		}
		if len(back) != len(b) || len(kept) != len(b) {
			t.Error("sizes")
		}
		if _, _, err := o.Count(back, kept); err != nil {
			t.Error(err)
		}
	})
}

// Both sides of an overlap of two together, for each element of either.
func BenchmarkOverlapPerElement(b *testing.B) {
	o := Overlap{newCounting("bench", 5, 2).sheet, [2]id.Member{"AA", "AC"}}
	o.Sheet.Strong, o.Sheet.Weak, o.Sheet.Epsilon = 3, 6, 10_000
	var all []Entry
	for i := range 128 {
		all = append(all, person(i))
	}
	elements := 2 * o.size(len(all)) * o.Sheet.Width()
	perCell(b, elements, func() {
		var offers [2][]byte
		var err error
		for i := range 2 {
			if offers[i], err = o.Offer(o.Pair[i], all, bytes.Repeat([]byte{byte(i)}, 32)); err != nil {
				b.Fatal(err)
			}
		}
		for i := range 2 {
			if _, _, err = o.Return(offers[1-i], bytes.Repeat([]byte{byte(i)}, 32)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(2*PointSize, "B/cell")
}
