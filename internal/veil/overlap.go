package veil

import (
	"encoding/binary"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// SmallestSet is how many records each of two members must have for their overlap to be asked for.
const SmallestSet = 100

// Overlap is what two members agree on before they ask how many persons both know.
type Overlap struct {
	Sheet Sheet        // whose members are more than these two, or these two alone
	Pair  [2]id.Member // ascending
}

// points32 is records of width points each, as they travel between the two.
type points32 struct {
	width int
	bytes []byte
}

func (l points32) size() int           { return l.width * PointSize }
func (l points32) records() int        { return len(l.bytes) / l.size() }
func (l points32) record(i int) []byte { return l.bytes[i*l.size() : (i+1)*l.size()] }

// sensitivity bounds how far the overlap moves when one record more or less is there: it joins at most so many
// persons, and each may be in the overlap or not because of it.
func (o *Overlap) sensitivity() int { return o.Sheet.Sensitivity() + 1 }

// middle is how many blank records of a pool a member puts in before noise. A draw of the noise goes beyond it, and is
// cut there, with a probability of e^-14, one in a million.
func (o *Overlap) middle() int {
	return (14_000*o.sensitivity() + o.Sheet.Epsilon - 1) / o.Sheet.Epsilon
}

// pool returns blank record number n of the pool of a member: of it the member puts in as many as its noise says, and the
// other all. So each sees the overlap with the noise of the other, and what both publish has the noise of both.
func (o *Overlap) pool(of id.Member, n int) []byte {
	return frame.Join([]byte("blank"), []byte(of), binary.BigEndian.AppendUint32(nil, uint32(n)))
}

// uniform returns the uniform string of a key or of a blank record, which is mapped to a point as [HashToGroup] does.
func (o *Overlap) uniform(kind string, b []byte) []byte {
	return expand("opentrm/overlap/1 point", uniformSize, frame.Join(o.Sheet.Hash(), []byte(o.Pair[0]), []byte(o.Pair[1]), []byte(kind), b))
}

// factor is the secret by which a member multiplies.
func (o *Overlap) factor(secret []byte) Scalar {
	return HashToScalar("opentrm/overlap/1 factor", frame.Join(secret, o.Sheet.Hash(), []byte(o.Pair[0]), []byte(o.Pair[1])))
}

// Offer returns what a member sends first: its records and blank ones, as points multiplied by its secret, in an order
// that follows from it. The same call gives the same bytes.
//
// It fails with [fault.Invalid] if it has fewer than [SmallestSet] records, more than [MaxBatch], or one with more keys than
// the sheet allows.
func (o *Overlap) Offer(of id.Member, entries []Entry, secret []byte) ([]byte, error) {
	if len(entries) < SmallestSet || len(entries) > MaxBatch || len(secret) < SeedSize || of != o.Pair[0] && of != o.Pair[1] {
		return nil, malformed("records")
	}
	other := o.Pair[0]
	if other == of {
		other = o.Pair[1]
	}
	random := newStream("opentrm/overlap/1 noise", secret, o.Sheet.Hash())
	own := max(0, min(int64(2*o.middle()), int64(o.middle())+random.noise(o.sensitivity(), o.Sheet.Epsilon)))
	width := o.Sheet.Width()
	total := o.size(len(entries))
	out, a := points32{width, make([]byte, total*width*PointSize)}, o.factor(secret)
	order := random.order(total)
	chosen := random.order(2 * o.middle())[:own]
	// fillIn fills in the uniform strings of one record.
	fillIn := func(i int, strings []byte) error {
		places := newStream("opentrm/overlap/1 places", secret, o.Sheet.Hash(), binary.BigEndian.AppendUint32(nil, uint32(i)))
		strong, weak := places.order(o.Sheet.Strong), places.order(o.Sheet.Weak)
		full := make([]bool, width)
		put := func(k int, kind string, key []byte) {
			copy(strings[k*uniformSize:], o.uniform(kind, key))
			full[k] = true
		}
		switch j := i - len(entries); {
		case j < 0:
			s, w := distinct(entries[i].Strong), distinct(entries[i].Weak)
			if len(s) > o.Sheet.Strong || len(w) > o.Sheet.Weak {
				return malformed("keys")
			}
			for n, key := range s {
				put(strong[n], "key", key)
			}
			for n, key := range w {
				put(o.Sheet.Strong+weak[n], "key", key)
			}
		case j < int(own):
			put(strong[0], "pool", o.pool(of, chosen[j]))
		case j < int(own)+2*o.middle():
			put(strong[0], "pool", o.pool(other, j-int(own)))
		}
		for k, is := range full {
			if !is { // nobody has it
				_, _ = places.Read(strings[k*uniformSize : (k+1)*uniformSize])
			}
		}
		return nil
	}
	err := each((total+together-1)/together, func(part int) error {
		from, to := part*together, min((part+1)*together, total)
		strings, texts := make([]byte, (to-from)*width*uniformSize), make([]byte, (to-from)*out.size())
		for i := from; i < to; i++ {
			if err := fillIn(i, strings[(i-from)*width*uniformSize:(i+1-from)*width*uniformSize]); err != nil {
				return err
			}
		}
		mapAll(texts, strings, &a)
		for i := from; i < to; i++ {
			copy(out.record(order[i]), texts[(i-from)*out.size():])
		}
		return nil
	})
	return out.bytes, err
}

// size is how many records an offer of n real ones has: as a batch, with room for both pools.
func (o *Overlap) size(n int) int { return o.Sheet.BatchSize(n) + 4*o.middle() }

// Return multiplies what the other member has offered by the own secret. What goes back to it is in a new order, so
// that it does not see which of its records are in common; what is kept is in the order that was offered.
//
// It fails with [fault.Invalid] unless offer is so many points as an offer has.
func (o *Overlap) Return(offer, secret []byte) (back, kept []byte, err error) {
	in := points32{o.Sheet.Width(), offer}
	n := in.records()
	if real := n - 4*o.middle(); len(offer) != n*in.size() || !o.Sheet.batchSize(real) {
		return nil, nil, malformed("offer")
	}
	a := o.factor(secret)
	there, here := points32{in.width, make([]byte, len(offer))}, points32{in.width, make([]byte, len(offer))}
	order := newStream("opentrm/overlap/1 order", secret, o.Sheet.Hash(), offer).order(n)
	copy(here.bytes, offer)
	err = each((n+together-1)/together, func(part int) error {
		from, to := part*together, min((part+1)*together, n)
		if err := multiplyAll(here.bytes[from*in.size():to*in.size()], &a); err != nil {
			return err
		}
		for i := from; i < to; i++ {
			copy(there.record(order[i]), here.record(i))
		}
		return nil
	})
	return there.bytes, here.bytes, err
}

// SharedPersons is what two members publish: how many persons both know, with the noise of both.
type SharedPersons struct {
	Publishable bool
	Why         string
	Persons     int64 // 0 if not publishable
	Low, High   int64
}

// Count compares what came back with what was kept. Both members come to the same. Exact is the number of persons in common
// and of blank records of both pools; it is for tests and tells its reader no more than the noise of the other allows.
//
// It fails with [fault.Invalid] unless both are so many points as an offer has.
func (o *Overlap) Count(back, kept []byte) (published SharedPersons, exact int, err error) {
	w := o.Sheet.Width()
	mine, theirs := points32{w, back}, points32{w, kept}
	for _, l := range []points32{mine, theirs} {
		if len(l.bytes) != l.records()*l.size() || !o.Sheet.batchSize(l.records()-4*o.middle()) {
			return SharedPersons{}, 0, malformed("return")
		}
	}
	exact = common(&o.Sheet, mine, theirs)
	n := int64(exact - 2*o.middle())
	off := 2 * reach(o.sensitivity(), o.Sheet.Epsilon)
	p := SharedPersons{Persons: n, Low: max(0, n-off), High: max(0, n+off)}
	switch {
	case n < int64(o.Sheet.Least):
		p.Why = WhySmall
	case off*1000 > n*int64(o.Sheet.Widest):
		p.Why = WhyWide
	}
	if p.Publishable = p.Why == ""; !p.Publishable {
		p.Persons = 0
	}
	return p, exact, nil
}

// common counts the persons of whom both lists have a record.
func common(sheet *Sheet, mine, theirs points32) int {
	var bare [][PointSize]byte
	for _, l := range []points32{mine, theirs} {
		for i := 0; i < len(l.bytes); i += PointSize {
			bare = append(bare, [PointSize]byte(l.bytes[i:]))
		}
	}
	parent, _ := unions(sheet, bare, func([][PointSize]byte) bool { return false })
	first := mine.records()
	side := map[int32]int{}
	for i := range parent {
		bit := 1
		if i >= first {
			bit = 2
		}
		side[rootOf(parent, int32(i))] |= bit
	}
	n := 0
	for _, bits := range side {
		if bits == 3 {
			n++
		}
	}
	return n
}
