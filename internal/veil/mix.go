package veil

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Mix is what one mixer makes of the records that it is given. It takes its key out of every cell and multiplies by a
// factor that only it knows, which one proof shows of all cells at once; then it gives every cell new randomness and
// every record a new place, twice, so that each half of the way can be shown without showing a whole one.
type Mix struct {
	Raised List   // multiplied, in the order in which they came
	Middle List   // in their first new order
	Out    List   // in their second
	Marker Point  // the marker of blank records, multiplied as well
	From   []byte // a commitment of each record of Raised: where in Middle it is
	To     []byte // and of each record of Middle: where in Out it is
	Proof  HopProof
}

// HopProof shows that one factor a and the mixer's key y were used in all cells of a mix. It is 160 bytes.
type HopProof struct {
	a, b      Point // a·G and a·y·G
	c, za, zb Scalar
}

// HopProofSize is the size of a [HopProof] in bytes.
const HopProofSize = 2*PointSize + 3*ScalarSize

// MixerKey returns the private half of a member's key for one run, which follows from its secret.
func MixerKey(secret []byte) Scalar { return HashToScalar("opentrm/count/1 mixer", secret) }

// hop is the fixed part of one mixer's work.
type hop struct {
	sheet  *Sheet
	of     id.Member
	own    Point // the mixer's key
	left   Point // what remains of the common key when its own is taken out
	before Point // the marker as it came
}

// context says which mix a proof or a commitment belongs to.
func (h *hop) context() []byte {
	return frame.Join([]byte("opentrm/count/1 mix"), h.sheet.Hash(), []byte(h.of), points(&h.own, &h.left, &h.before))
}

// route is the secret way of the records through one mixer.
type route struct {
	from, to []int  // of record i of the middle list: its place before and after
	seeds    []byte // of it: 32 bytes for the randomness of each half of the way
}

const (
	sideFrom = byte(iota)
	sideTo
)

func (r *route) seed(side byte, i int) []byte {
	at := (2*i + int(side)) * SeedSize
	return r.seeds[at : at+SeedSize]
}

// routeOf returns the way that follows from the secret for this input. Another input gives another way, so that a
// mixer that is asked twice gives nothing away.
func routeOf(bound []byte, records int) route {
	s := newStream("opentrm/count/1 route", bound)
	r := route{from: s.order(records), to: s.order(records)}
	r.seeds = make([]byte, 2*records*SeedSize)
	_, _ = s.Read(r.seeds)
	return r
}

// bind returns a secret for one input.
func bind(secret []byte, h *hop, in List) []byte {
	d := sha256.Sum256(in.Bytes)
	return expand("opentrm/count/1 bound", 64, frame.Join(secret, h.context(), d[:]))
}

// linked is the commitment to one half of the way of a record: side 0 of record i of the raised list, side 1 of record i of
// the middle one, and where it goes. Each record is bound to one place in the next list. Were the records of the middle list bound to
// where they came from instead, a mixer could let two come from one and be caught every fourth time only (Khazaei and
// Wikström 2013, "Randomized Partial Checking Revisited").
func linked(context []byte, side byte, i, place int, seed []byte) []byte {
	b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte{side}, uint32(i)), uint32(place))
	h := sha256.Sum256(frame.Join([]byte("opentrm/count/1 link"), context, b, seed))
	return h[:]
}

// fresh returns the randomness of cell k of a record whose seed is known.
func fresh(seed []byte, k int) Scalar {
	return HashToScalar("opentrm/count/1 fresh", seed, []byte{byte(k)})
}

// renew writes the record in with new randomness to out.
func renew(in, out []byte, seed []byte, width int, key *Point) error {
	all, err := cells(in, width)
	if err != nil {
		return err
	}
	out = out[:0]
	for k := range all {
		r := fresh(seed, k)
		u, v := MulBase(&r), key.Mul(&r)
		c := Cell{all[k].U.Add(&u), all[k].V.Add(&v)}
		out = c.Append(out)
	}
	return nil
}

// run mixes. The same call gives the same bytes.
func (h *hop) run(in List, secret []byte) (Mix, error) {
	n, w := in.Records(), in.Width
	bound := bind(secret, h, in)
	y, a := MixerKey(secret), HashToScalar("opentrm/count/1 factor", bound)
	b := a.Mul(&y)
	minus := b.Neg()
	m := Mix{Raised: in.empty(), Middle: in.empty(), Out: in.empty(), Marker: h.before.Mul(&a)}
	err := each(n, func(i int) error {
		all, err := cells(in.record(i), w)
		if err != nil {
			return err
		}
		out := m.Raised.record(i)[:0]
		for k := range all {
			c := Cell{all[k].U.Mul(&a), MulTwo(&a, &all[k].V, &minus, &all[k].U)}
			out = c.Append(out)
		}
		return nil
	})
	if err != nil {
		return Mix{}, err
	}
	r := routeOf(bound, n)
	context := h.context()
	m.From, m.To = make([]byte, n*sha256.Size), make([]byte, n*sha256.Size)
	err = each(n, func(i int) error {
		copy(m.From[r.from[i]*sha256.Size:], linked(context, sideFrom, r.from[i], i, r.seed(sideFrom, i)))
		copy(m.To[i*sha256.Size:], linked(context, sideTo, i, r.to[i], r.seed(sideTo, i)))
		if err := renew(m.Raised.record(r.from[i]), m.Middle.record(i), r.seed(sideFrom, i), w, &h.left); err != nil {
			return err
		}
		return renew(m.Middle.record(i), m.Out.record(r.to[i]), r.seed(sideTo, i), w, &h.left)
	})
	if err != nil {
		return Mix{}, err
	}
	sums, seed, err := h.sums(in, m.Raised)
	if err != nil {
		return Mix{}, err
	}
	m.Proof, err = h.prove(bound, seed, a, b, &m.Marker, sums)
	return m, err
}

// weighed are the sums over all cells before and after, each cell with its weight.
type weighed struct{ u, v, raisedU, raisedV Point }

// sums reads both lists and returns their sums, and what their weights follow from.
func (h *hop) sums(in, raised List) (weighed, []byte, error) {
	weights := newWeigher("opentrm/count/1 hop", h.context(), in.Bytes, raised.Bytes)
	s, err := sumLists(in, raised, weights, func(i int) int { return i }, in.Records())
	return s, weights.seed[:], err
}

// sumLists returns the weighed sums of the first n records of after and of those records of before that match says belong to them.
func sumLists(before, after List, weights *weigher, match func(i int) int, n int) (weighed, error) {
	w := before.Width
	const some = 64
	parts := make([]weighed, (n+some-1)/some)
	err := each(len(parts), func(j int) error {
		from := j * some
		count := min(some, n-from)
		var p [4][]Point
		for i := from; i < from+count; i++ {
			x, err := cells(before.record(match(i)), w)
			if err != nil {
				return err
			}
			z, err := cells(after.record(i), w)
			if err != nil {
				return err
			}
			for k := range x {
				p[0], p[1], p[2], p[3] = append(p[0], x[k].U), append(p[1], x[k].V), append(p[2], z[k].U), append(p[3], z[k].V)
			}
		}
		r := weights.first(from*w, count*w)
		parts[j] = weighed{SumPublic(r, p[0]), SumPublic(r, p[1]), SumPublic(r, p[2]), SumPublic(r, p[3])}
		return nil
	})
	sum := weighed{Identity(), Identity(), Identity(), Identity()}
	for i := range parts {
		sum = weighed{sum.u.Add(&parts[i].u), sum.v.Add(&parts[i].v), sum.raisedU.Add(&parts[i].raisedU), sum.raisedV.Add(&parts[i].raisedV)}
	}
	return sum, err
}

const tagHop = "opentrm/count/1 hop proof"

// prove shows a·G, b·G, b·G = a·(key), marker' = a·marker, U' = a·U and V' = a·V - b·U.
func (h *hop) prove(bound, seed []byte, a, b Scalar, raised *Point, s weighed) (HopProof, error) {
	random := newStream("opentrm/count/1 nonce", bound, seed)
	ka, err := NewScalar(random)
	if err != nil {
		return HopProof{}, err
	}
	kb, err := NewScalar(random)
	if err != nil {
		return HopProof{}, err
	}
	minus := kb.Neg()
	p := HopProof{a: MulBase(&a), b: MulBase(&b)}
	t := [6]Point{MulBase(&ka), MulBase(&kb), h.own.Mul(&ka), h.before.Mul(&ka), s.u.Mul(&ka), MulTwo(&ka, &s.v, &minus, &s.u)}
	p.c = h.question(seed, &p, raised, &t)
	ca, cb := p.c.Mul(&a), p.c.Mul(&b)
	p.za, p.zb = ka.Add(&ca), kb.Add(&cb)
	return p, nil
}

func (h *hop) question(seed []byte, p *HopProof, raised *Point, t *[6]Point) Scalar {
	return HashToScalar(tagHop, h.context(), seed, points(&p.a, &p.b, raised, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5]))
}

// holds reports whether m.Proof shows what [hop.prove] says about in and m.
func (h *hop) holds(in List, m *Mix) (bool, error) {
	s, seed, err := h.sums(in, m.Raised)
	if err != nil {
		return false, err
	}
	p, n, minus, g := &m.Proof, m.Proof.c.Neg(), m.Proof.zb.Neg(), Base()
	two := func(z Scalar, base, image *Point) Point { return SumPublic([]Scalar{z, n}, []Point{*base, *image}) }
	t := [6]Point{
		two(p.za, &g, &p.a), two(p.zb, &g, &p.b), two(p.za, &h.own, &p.b), two(p.za, &h.before, &m.Marker), two(p.za, &s.u, &s.raisedU),
		SumPublic([]Scalar{p.za, minus, n}, []Point{s.v, s.u, s.raisedV}),
	}
	c := h.question(seed, p, &m.Marker, &t)
	return c.Equal(&p.c), nil
}

// shown is what a mixer shows of its way: of each record of the middle list one half.
type shown struct {
	places []int
	seeds  []byte
}

// openingSize is the size of what is shown of one record.
const openingSize = 4 + SeedSize

// open returns what the mixer shows when asked by bits.
func (h *hop) open(in List, secret []byte, bits []bool) []byte {
	r := routeOf(bind(secret, h, in), len(bits))
	out := make([]byte, 0, len(bits)*openingSize)
	for i, to := range bits {
		place, side := r.from[i], sideFrom
		if to {
			place, side = r.to[i], sideTo
		}
		out = append(binary.BigEndian.AppendUint32(out, uint32(place)), r.seed(side, i)...)
	}
	return out
}

// parseOpening reads what a mixer shows of so many records.
//
// It fails with [fault.Invalid] unless b has 36 bytes for each, and each place is one of the list.
func parseOpening(b []byte, records int) (shown, error) {
	if len(b) != records*openingSize {
		return shown{}, malformed("opening")
	}
	s := shown{make([]int, records), make([]byte, 0, records*SeedSize)}
	for i := range records {
		at := b[i*openingSize : (i+1)*openingSize]
		place := binary.BigEndian.Uint32(at)
		if int64(place) >= int64(records) {
			return shown{}, malformed("place")
		}
		s.places[i], s.seeds = int(place), append(s.seeds, at[4:]...)
	}
	return s, nil
}

// follows reports whether what was shown is as the mixer had committed to, and leads from list to list.
func (h *hop) follows(m *Mix, bits []bool, s shown) (bool, error) {
	context := h.context()
	for _, side := range []byte{sideFrom, sideTo} {
		var at []int // records of the middle list that are shown on this side
		taken := make([]bool, len(bits))
		for i, to := range bits {
			if to != (side == sideTo) {
				continue
			}
			place, seed := s.places[i], s.seeds[i*SeedSize:(i+1)*SeedSize]
			commitment, as := m.From[place*sha256.Size:(place+1)*sha256.Size], linked(context, side, place, i, seed)
			if side == sideTo {
				commitment, as = m.To[i*sha256.Size:(i+1)*sha256.Size], linked(context, side, i, place, seed)
			}
			if taken[place] || !bytes.Equal(as, commitment) {
				return false, nil
			}
			taken[place], at = true, append(at, i)
		}
		ok, err := h.renewed(m, side, at, s)
		if !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// renewed reports whether each record at one side is the one that is said to belong to it, with the randomness of its seed.
func (h *hop) renewed(m *Mix, side byte, at []int, s shown) (bool, error) {
	w := m.Middle.Width
	before, after := List{w, nil}, List{w, nil}
	for _, i := range at {
		if side == sideFrom {
			before.Bytes, after.Bytes = append(before.Bytes, m.Raised.record(s.places[i])...), append(after.Bytes, m.Middle.record(i)...)
		} else {
			before.Bytes, after.Bytes = append(before.Bytes, m.Middle.record(i)...), append(after.Bytes, m.Out.record(s.places[i])...)
		}
	}
	weights := newWeigher("opentrm/count/1 renewed", h.context(), before.Bytes, after.Bytes, s.seeds)
	sum, err := sumLists(before, after, weights, func(i int) int { return i }, len(at))
	if err != nil {
		return false, err
	}
	var r Scalar
	all := weights.first(0, len(at)*w)
	for j, i := range at {
		for k := range w {
			f := fresh(s.seeds[i*SeedSize:(i+1)*SeedSize], k)
			f = f.Mul(&all[j*w+k])
			r = r.Add(&f)
		}
	}
	u, v := MulBase(&r), h.left.Mul(&r)
	u, v = sum.u.Add(&u), sum.v.Add(&v)
	return u.Equal(&sum.raisedU) && v.Equal(&sum.raisedV), nil
}

// Append appends the form in which m travels to out.
func (m *Mix) Append(out []byte) []byte {
	out = append(append(append(out, m.Raised.Bytes...), m.Middle.Bytes...), m.Out.Bytes...)
	out = append(append(m.Marker.Append(out), m.From...), m.To...)
	p := &m.Proof
	return p.zb.Append(p.za.Append(p.c.Append(p.b.Append(p.a.Append(out)))))
}

// MixSize returns the size in bytes of a mix of so many records.
func MixSize(sheet *Sheet, records int) int {
	return records*(3*sheet.Width()*CellSize+2*sha256.Size) + PointSize + HopProofSize
}

// ParseMix reads a mix of so many records. That its cells are points is seen when its proof is checked.
//
// It fails with [fault.Invalid] unless b has the size that follows, and its marker and proof are points and scalars.
func ParseMix(sheet *Sheet, records int, b []byte) (Mix, error) {
	if records < 1 || len(b) != MixSize(sheet, records) {
		return Mix{}, malformed("mix")
	}
	n := records * sheet.Width() * CellSize
	take := func(n int) []byte {
		part := b[:n:n]
		b = b[n:]
		return part
	}
	m := Mix{Raised: List{sheet.Width(), take(n)}, Middle: List{sheet.Width(), take(n)}, Out: List{sheet.Width(), take(n)}}
	var err error
	point := func(p *Point) {
		if err == nil {
			*p, err = ParsePoint(take(PointSize))
		}
	}
	scalar := func(s *Scalar) {
		if err == nil {
			*s, err = ParseScalar(take(ScalarSize))
		}
	}
	point(&m.Marker)
	if err == nil {
		m.From, m.To = take(records*sha256.Size), take(records*sha256.Size)
	}
	point(&m.Proof.a)
	point(&m.Proof.b)
	scalar(&m.Proof.c)
	scalar(&m.Proof.za)
	scalar(&m.Proof.zb)
	return m, err
}

// OpeningBytes returns how many bytes what a mixer shows of so many records has.
func OpeningBytes(records int) int { return records * openingSize }
