package veil

import (
	"encoding/binary"
	"slices"
)

// wireVersion is the first byte of all that is sent or kept for a lookup (spec/veil-lookup.md 5).
const wireVersion = 1

// What is sent or kept, by its second byte.
const (
	wireQuery   = 'Q'
	wireAnswer  = 'A'
	wireAsking  = 'B'
	wireGroup   = 'G'
	wireShare   = 'K'
	wireDeal    = 'D'
	wirePart    = 'S'
	wireReveal  = 'R'
	wireDealing = 'P'
	wireMend    = 'M'
	wireValue   = 'V'
	wireOpening = 'O'
	wirePage    = 'T'
)

// reader takes apart what was sent. After a first failure everything is empty, and the failure is told at the end.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(field string) {
	if r.err == nil {
		r.err = malformed(field)
	}
	r.b = nil
}

func (r *reader) take(n int) []byte {
	if len(r.b) < n {
		r.fail("length")
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() uint8    { return r.take(1)[0] }
func (r *reader) uint16() uint16 { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }

func (r *reader) place() uint8 {
	p := r.byte()
	if r.err == nil && (p == 0 || p > MostHolders) {
		r.fail("place")
	}
	return p
}

func (r *reader) places() []uint8 {
	n := int(r.byte())
	if n > MostHolders {
		r.fail("places")
		return nil
	}
	out := slices.Clone(r.take(n))
	if r.err == nil && !validPlaces(out) {
		r.fail("places")
	}
	return out
}

func (r *reader) points(n int) []Point {
	if r.err != nil || len(r.b) < n*PointSize {
		r.fail("length")
		return nil
	}
	out := make([]Point, n)
	for i := range out {
		var err error
		if out[i], err = ParsePoint(r.take(PointSize)); err != nil {
			r.err, r.b = err, nil
			return nil
		}
	}
	return out
}

func (r *reader) scalar() Scalar {
	s, err := ParseScalar(r.take(ScalarSize))
	if err != nil && r.err == nil {
		r.err, r.b = err, nil
	}
	return s
}

func (r *reader) scalars(n int) []Scalar {
	out := make([]Scalar, n)
	for i := range out {
		out[i] = r.scalar()
	}
	return out
}

// beginning returns a reader behind version and kind.
func beginning(b []byte, kind byte) *reader {
	r := &reader{b: b}
	if h := r.take(2); r.err == nil && (h[0] != wireVersion || h[1] != kind) {
		r.fail("version")
	}
	return r
}

// end returns the failure, which is one as well if anything is left.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("length")
	}
	return r.err
}

func appendPoints(b []byte, p []Point) []byte {
	for i := range p {
		b = p[i].Append(b)
	}
	return b
}

// Append appends the query to b.
func (q *Query) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, wireVersion, wireQuery), q.Epoch)
	return appendPoints(binary.BigEndian.AppendUint16(b, uint16(len(q.Elements))), q.Elements)
}

// ParseQuery reads a query. It fails with [fault.Invalid] if it is none, if the elements are not a multiple of [PersonKeys] or more than
// [MostBlinded], or if two are the same: nobody asks twice in one query, and who does wants to learn how often.
func ParseQuery(b []byte) (Query, error) {
	r := beginning(b, wireQuery)
	q := Query{Epoch: r.uint32()}
	q.Elements = r.points(r.count())
	if r.err == nil && repeated(q.Elements) {
		r.fail("elements")
	}
	return q, r.end()
}

func (r *reader) count() int {
	n := int(r.uint16())
	if r.err == nil && (n == 0 || n > MostBlinded || n%PersonKeys != 0) {
		r.fail("elements")
	}
	return n
}

func repeated(p []Point) bool {
	seen := make(map[[PointSize]byte]bool, len(p))
	for i := range p {
		b := [PointSize]byte(p[i].Bytes())
		if seen[b] {
			return true
		}
		seen[b] = true
	}
	return false
}

// Append appends the answer to b.
func (a *Answer) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, wireVersion, wireAnswer), a.Epoch)
	b = append(binary.BigEndian.AppendUint32(b, a.Round), a.Place)
	b = appendPoints(binary.BigEndian.AppendUint16(b, uint16(len(a.Elements))), a.Elements)
	return a.Proof.Append(b)
}

// ParseAnswer reads an answer; [Group.Proves] judges it. It fails with [fault.Invalid] if it is none.
func ParseAnswer(b []byte) (Answer, error) {
	r := beginning(b, wireAnswer)
	a := Answer{Epoch: r.uint32(), Round: r.uint32(), Place: r.place()}
	a.Elements = r.points(r.count())
	proof, err := parseDLEQ(r.take(DLEQSize))
	if err != nil && r.err == nil {
		r.err = err
	}
	a.Proof = proof
	return a, r.end()
}

// Append appends the asking to b, which must be sealed before it rests.
func (a *Asking) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, wireVersion, wireAsking), a.Epoch)
	b = binary.BigEndian.AppendUint16(b, uint16(len(a.keys)))
	for i := range a.keys {
		b = a.blinds[i].Append(prefixed(b, a.keys[i].Bytes()))
	}
	return b
}

// ParseAsking reads what was kept of a query. It fails with [fault.Invalid] if it is none.
func ParseAsking(b []byte) (Asking, error) {
	r := beginning(b, wireAsking)
	a := Asking{Epoch: r.uint32()}
	for range r.count() {
		if r.err != nil {
			break
		}
		o := r.opening()
		a.keys, a.blinds = append(a.keys, o.Key), append(a.blinds, o.Blind)
	}
	return a, r.end()
}

func (r *reader) opening() Opening {
	k, err := ParseKey(r.take(int(r.uint16())))
	if err != nil && r.err == nil {
		r.err, r.b = err, nil
	}
	o := Opening{k, r.scalar()}
	if r.err == nil && o.Blind.IsZero() {
		r.fail("blind")
	}
	return o
}

// Append appends the opening to b, which must be sealed before it rests.
func (o *Opening) Append(b []byte) []byte {
	return o.Blind.Append(prefixed(append(b, wireVersion, wireOpening), o.Key.Bytes()))
}

// ParseOpening reads an opening. It fails with [fault.Invalid] if it is none.
func ParseOpening(b []byte) (Opening, error) {
	r := beginning(b, wireOpening)
	o := r.opening()
	return o, r.end()
}

// Append appends the group to b.
func (g *Group) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, wireVersion, wireGroup), g.Epoch)
	b = append(binary.BigEndian.AppendUint32(b, g.Round), uint8(len(g.Holders)))
	return appendPoints(append(b, g.Holders...), g.Commitments)
}

// ParseGroup reads a group. It fails with [fault.Invalid] if it is none.
func ParseGroup(b []byte) (*Group, error) {
	r := beginning(b, wireGroup)
	g := &Group{Epoch: r.uint32(), Round: r.uint32(), Holders: r.places()}
	g.Commitments = r.points(Threshold)
	return g, r.end()
}

// Append appends the share to b, which must be sealed before it rests.
func (s *Share) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, wireVersion, wireShare), s.Epoch)
	return s.secret.Append(append(binary.BigEndian.AppendUint32(b, s.Round), s.Place))
}

// ParseShare reads a share. It fails with [fault.Invalid] if it is none.
func ParseShare(b []byte) (*Share, error) {
	r := beginning(b, wireShare)
	s := &Share{Epoch: r.uint32(), Round: r.uint32(), Place: r.place(), secret: r.scalar()}
	return s, r.end()
}

func appendRun(b []byte, run *Run) []byte {
	b = append(b, run.ID[:]...)
	b = binary.BigEndian.AppendUint32(b, run.Epoch)
	b = append(binary.BigEndian.AppendUint32(b, run.Round), uint8(len(run.Holders)))
	return append(b, run.Holders...)
}

func (r *reader) run() Run {
	return Run{ID: [16]byte(r.take(16)), Epoch: r.uint32(), Round: r.uint32(), Holders: r.places()}
}

// Append appends the deal to b.
func (d *Deal) Append(b []byte) []byte {
	return appendPoints(append(b, wireVersion, wireDeal, d.Dealer, uint8(len(d.Commitments))), d.Commitments)
}

// ParseDeal reads a deal of a run. It fails with [fault.Invalid] if it is none of that run.
func (r *Run) ParseDeal(b []byte) (Deal, error) {
	x := beginning(b, wireDeal)
	d := Deal{Dealer: x.place()}
	if n := int(x.byte()); x.err == nil && n != r.commitments() {
		x.fail("commitments")
	}
	d.Commitments = x.points(r.commitments())
	return d, x.end()
}

// Append appends the part to b, which must be sealed to its holder unless it is shown to all.
func (p *Part) Append(b []byte) []byte {
	return p.hiding.Append(p.value.Append(append(b, wireVersion, wirePart, p.Dealer, p.Holder)))
}

// ParsePart reads a part; [Run.Holds] judges it. It fails with [fault.Invalid] if it is none.
func ParsePart(b []byte) (Part, error) {
	r := beginning(b, wirePart)
	p := Part{Dealer: r.place(), Holder: r.place(), value: r.scalar(), hiding: r.scalar()}
	return p, r.end()
}

// Append appends what was revealed to b.
func (v *Reveal) Append(b []byte) []byte {
	return appendPoints(append(b, wireVersion, wireReveal, v.Dealer), v.Commitments)
}

// ParseReveal reads what a dealer revealed. It fails with [fault.Invalid] if it is nothing.
func ParseReveal(b []byte) (Reveal, error) {
	r := beginning(b, wireReveal)
	v := Reveal{Dealer: r.place()}
	v.Commitments = r.points(Threshold)
	return v, r.end()
}

// Append appends the dealing to b, which must be sealed before it rests.
func (d *Dealing) Append(b []byte) []byte {
	b = append(appendRun(append(b, wireVersion, wireDealing), &d.Run), d.Place)
	for _, s := range slices.Concat(d.value, d.hiding) {
		b = s.Append(b)
	}
	return b
}

// ParseDealing reads what a dealer has kept. It fails with [fault.Invalid] if it is nothing that she can have kept.
func ParseDealing(b []byte) (*Dealing, error) {
	r := beginning(b, wireDealing)
	d := &Dealing{Run: r.run(), Place: r.place()}
	d.value = r.scalars(Threshold)
	if d.Run.refreshes() {
		if r.err == nil && !d.value[0].IsZero() {
			r.fail("scalar")
		}
	} else {
		d.hiding = r.scalars(Threshold)
	}
	if r.err == nil && !d.Run.has(d.Place) {
		r.fail("place")
	}
	return d, r.end()
}

// Append appends the mending to b.
func (m *Mend) Append(b []byte) []byte {
	return appendPoints(append(b, wireVersion, wireMend, m.Dealer), m.Commitments)
}

// ParseMend reads a mending; [Mending.Holds] judges it. It fails with [fault.Invalid] if it is none.
func ParseMend(b []byte) (Mend, error) {
	r := beginning(b, wireMend)
	m := Mend{Dealer: r.place()}
	m.Commitments = r.points(Threshold)
	return m, r.end()
}

// Append appends the value to b, which must be sealed to the holder whose share is mended.
func (v *Value) Append(b []byte) []byte {
	return v.value.Append(append(b, wireVersion, wireValue, v.Helper))
}

// ParseValue reads a value. It fails with [fault.Invalid] if it is none.
func ParseValue(b []byte) (Value, error) {
	r := beginning(b, wireValue)
	v := Value{Helper: r.place(), value: r.scalar()}
	return v, r.end()
}
