package veil

import (
	"io"
	"slices"
)

// Run is one run in which holders make a secret together, or refresh its shares. What is dealt in one run means nothing in another.
type Run struct {
	ID      [16]byte // drawn by whoever calls for the run
	Epoch   uint32
	Round   uint32  // 0 makes a new secret; above it, refreshes to this round the shares of the round before
	Holders []uint8 // who takes part, by place, rising
}

// refreshes reports whether the secret stays.
func (r *Run) refreshes() bool { return r.Round > 0 }

func (r *Run) has(place uint8) bool { return slices.Contains(r.Holders, place) }

// valid reports whether the places are between [FewestHolders] and [MostHolders] many, in range and rising.
func (r *Run) valid() bool { return validPlaces(r.Holders) }

func validPlaces(places []uint8) bool {
	if len(places) < FewestHolders || len(places) > MostHolders {
		return false
	}
	before := uint8(0)
	for _, p := range places {
		if p <= before || p > MostHolders {
			return false
		}
		before = p
	}
	return true
}

// second is a generator of which nobody knows the logarithm: a commitment by both hides what it commits to, so that nobody can choose her part by
// what the others have dealt.
func second() Point { return HashToGroup("opentrm/veil-commit/1", []byte("second generator")) }

// Dealing is the secret state of one dealer in a run, kept sealed until the run is over, and then destroyed.
type Dealing struct {
	Run    Run
	Place  uint8
	value  polynomial
	hiding polynomial // none where shares are refreshed
}

// Deal is what a dealer tells all. In a run for a new secret, commitments to the coefficients of two polynomials in one; where shares are refreshed,
// the points of the coefficients without the constant, which is zero.
type Deal struct {
	Dealer      uint8
	Commitments []Point
}

// Part is what a dealer tells one holder.
type Part struct {
	Dealer, Holder uint8
	value, hiding  Scalar
}

// Reveal is what a dealer tells all when it is settled who has dealt well: the points of the coefficients of her first polynomial.
type Reveal struct {
	Dealer      uint8
	Commitments []Point
}

// NewDealing draws what a holder deals in a run. It fails with [fault.Invalid] if the run is not well formed or she is not of it, and if
// random does.
func NewDealing(random io.Reader, run Run, place uint8) (*Dealing, error) {
	if !run.valid() || !run.has(place) {
		return nil, malformed("run")
	}
	d := &Dealing{Run: run, Place: place}
	var err error
	if d.value, err = newPolynomial(random, Threshold); err != nil {
		return nil, err
	}
	if run.refreshes() {
		d.value[0] = Scalar{}
		return d, nil
	}
	d.hiding, err = newPolynomial(random, Threshold)
	return d, err
}

// Deal returns what all are told.
func (d *Dealing) Deal() Deal {
	out := Deal{Dealer: d.Place, Commitments: d.value.commit()}
	if d.Run.refreshes() {
		out.Commitments = out.Commitments[1:]
		return out
	}
	h := second()
	for i := range out.Commitments {
		p := h.Mul(&d.hiding[i])
		out.Commitments[i] = out.Commitments[i].Add(&p)
	}
	return out
}

// Part returns what a holder is told.
func (d *Dealing) Part(holder uint8) Part {
	p := Part{Dealer: d.Place, Holder: holder, value: d.value.at(uint64(holder))}
	if !d.Run.refreshes() {
		p.hiding = d.hiding.at(uint64(holder))
	}
	return p
}

// Reveal returns what all are told in the second half of a run for a new secret.
func (d *Dealing) Reveal() Reveal { return Reveal{Dealer: d.Place, Commitments: d.value.commit()} }

// Holds reports whether what a dealer told a holder is what she told all.
func (r *Run) Holds(d *Deal, p *Part) bool {
	if d.Dealer != p.Dealer || !r.has(p.Holder) || !r.has(d.Dealer) || len(d.Commitments) != r.commitments() {
		return false
	}
	if r.refreshes() {
		at := powers(uint64(p.Holder), Threshold)
		told, own := SumPublic(at[1:], d.Commitments), MulBase(&p.value)
		return p.hiding.IsZero() && told.Equal(&own)
	}
	told, h, base := committedAt(d.Commitments, uint64(p.Holder)), second(), Base()
	own := MulTwo(&p.value, &base, &p.hiding, &h)
	return told.Equal(&own)
}

func (r *Run) commitments() int {
	if r.refreshes() {
		return Threshold - 1
	}
	return Threshold
}

// reveals reports whether what a dealer revealed is what she told a holder, who may show what that was.
func (r *Run) reveals(v *Reveal, p *Part) bool {
	told, own := committedAt(v.Commitments, uint64(p.Holder)), MulBase(&p.value)
	return v.Dealer == p.Dealer && told.Equal(&own)
}

// Complaint says that a dealer told a holder nothing, or something else than all.
type Complaint struct{ Dealer, By uint8 }

// Cheat names who broke a run, and how.
type Cheat struct {
	Place uint8
	How   string // one of the constants below
}

// Ways of breaking a run.
const (
	DealtNothing  = "dealt-nothing"  // no deal, or one of another form
	DealtFalsely  = "dealt-falsely"  // complained of, and did not show that it was right; or complained of by more than can be lying
	RevealedOther = "revealed-other" // another polynomial than was dealt
)

// Record is all that was told to all in a run. Everybody makes the same of it; that all have the same is shown by [Board].
type Record struct {
	Run        Run
	Deals      map[uint8]Deal
	Complaints []Complaint
	Shown      []Part           // what dealers showed to all, because somebody complained
	Reveals    map[uint8]Reveal // in a run for a new secret
	Accused    []Part           // what holders showed to all, because a dealer revealed something else
	Opened     []Part           // what holders showed to all of a dealer who revealed something else or nothing
}

// Settle returns who has dealt well, and who has not. It fails with nothing: who did not deal is named.
func (r *Record) Settle() (well []uint8, cheats []Cheat) {
	for _, dealer := range r.Run.Holders {
		d, ok := r.Deals[dealer]
		if !ok || d.Dealer != dealer || len(d.Commitments) != r.Run.commitments() {
			cheats = append(cheats, Cheat{dealer, DealtNothing})
			continue
		}
		by := map[uint8]bool{}
		for _, c := range r.Complaints {
			if c.Dealer == dealer && r.Run.has(c.By) && c.By != dealer {
				by[c.By] = true
			}
		}
		bad := len(by) >= Threshold // so many cannot lie, by what the threshold stands for
		for holder := range by {
			bad = bad || !slices.ContainsFunc(r.Shown, func(p Part) bool {
				return p.Dealer == dealer && p.Holder == holder && r.Run.Holds(&d, &p)
			})
		}
		if bad {
			cheats = append(cheats, Cheat{dealer, DealtFalsely})
			continue
		}
		well = append(well, dealer)
	}
	return well, cheats
}

// Unrevealed returns of which dealers the holders must show what they were told, because they revealed nothing or something else.
func (r *Record) Unrevealed() []uint8 {
	if r.Run.refreshes() {
		return nil
	}
	var out []uint8
	well, _ := r.Settle()
	for _, dealer := range well {
		v, ok := r.Reveals[dealer]
		bad := !ok || v.Dealer != dealer || len(v.Commitments) != Threshold
		for _, p := range r.Accused {
			d := r.Deals[dealer]
			bad = bad || p.Dealer == dealer && r.Run.Holds(&d, &p) && !r.Run.reveals(&v, &p)
		}
		if bad {
			out = append(out, dealer)
		}
	}
	return out
}

// Conclude returns the group that the run has made, from the group before where shares were refreshed, and who cheated. Whoever dealt falsely is
// none of its holders; a dealer who dealt well and then revealed something else does not stop the run: what she dealt is put together from what the others have.
//
// It fails with [fault.Invalid] if fewer than [FewestHolders] remain, too few have shown what they were told, or the group before is none or of
// another round.
func (r *Record) Conclude(before *Group) (*Group, []Cheat, error) {
	well, cheats := r.Settle()
	if !r.Run.valid() || len(well) < FewestHolders {
		return nil, cheats, malformed("holders")
	}
	g := &Group{Epoch: r.Run.Epoch, Round: r.Run.Round, Commitments: make([]Point, Threshold)}
	for _, place := range r.Run.Holders { // who was away and dealt nothing holds a share all the same, of what the others have dealt her
		if !slices.Contains(cheats, Cheat{place, DealtFalsely}) {
			g.Holders = append(g.Holders, place)
		}
	}
	for i := range g.Commitments {
		g.Commitments[i] = Identity()
	}
	if r.Run.refreshes() {
		if before == nil || before.Epoch != g.Epoch || before.Round+1 != g.Round {
			return nil, cheats, malformed("round")
		}
		copy(g.Commitments, before.Commitments)
		for _, dealer := range well {
			for i, c := range r.Deals[dealer].Commitments {
				g.Commitments[i+1] = g.Commitments[i+1].Add(&c)
			}
		}
		return g, cheats, nil
	}
	unrevealed := r.Unrevealed()
	for _, dealer := range well {
		points := r.Reveals[dealer].Commitments
		if slices.Contains(unrevealed, dealer) {
			cheats = append(cheats, Cheat{dealer, RevealedOther})
			var ok bool
			if points, ok = r.rebuilt(dealer); !ok {
				return nil, cheats, malformed("opened")
			}
		}
		for i := range points {
			g.Commitments[i] = g.Commitments[i].Add(&points[i])
		}
	}
	g.Holders = slices.DeleteFunc(g.Holders, func(p uint8) bool { return slices.Contains(unrevealed, p) })
	if len(g.Holders) < FewestHolders || slices.ContainsFunc(g.Commitments, func(p Point) bool { return p.IsIdentity() }) {
		return nil, cheats, malformed("holders")
	}
	return g, cheats, nil
}

// rebuilt returns the points of the coefficients of a dealer's polynomial, from what holders have shown of it.
func (r *Record) rebuilt(dealer uint8) ([]Point, bool) {
	d := r.Deals[dealer]
	var xs []int
	var values []Scalar
	for _, p := range slices.Concat(r.Shown, r.Accused, r.Opened) {
		if p.Dealer == dealer && r.Run.Holds(&d, &p) && !slices.Contains(xs, int(p.Holder)) && len(xs) < Threshold {
			xs, values = append(xs, int(p.Holder)), append(values, p.value)
		}
	}
	if len(xs) < Threshold {
		return nil, false
	}
	return interpolated(xs, values).commit(), true
}

// interpolated returns the polynomial that has the values at the places.
func interpolated(xs []int, values []Scalar) polynomial {
	out := make(polynomial, len(xs))
	for i := range xs {
		// The product of (z - xj) over j ≠ i, divided by its value at xi.
		product, bottom := polynomial{ScalarOf(1)}, ScalarOf(1)
		si := ScalarOf(uint64(xs[i]))
		for j, xj := range xs {
			if j == i {
				continue
			}
			sj := ScalarOf(uint64(xj))
			next := make(polynomial, len(product)+1)
			for k := range product {
				m := product[k].Mul(&sj)
				next[k] = next[k].Sub(&m)
				next[k+1] = next[k+1].Add(&product[k])
			}
			product = next
			d := si.Sub(&sj)
			bottom = bottom.Mul(&d)
		}
		factor := bottom.Invert()
		factor = factor.Mul(&values[i])
		for k := range product {
			m := product[k].Mul(&factor)
			out[k] = out[k].Add(&m)
		}
	}
	return out
}

// Share returns the share of one holder of what the run has made: what she had before, where it was refreshed, and what everybody who
// dealt well has told her, or shown to all because she complained.
//
// It fails with [fault.Invalid] if something of that lacks or is false, or if she holds nothing.
func (r *Record) Share(g *Group, place uint8, told []Part, before *Share) (*Share, error) {
	s := &Share{Epoch: g.Epoch, Round: g.Round, Place: place}
	if r.Run.refreshes() {
		if before == nil || before.Place != place || before.Epoch != g.Epoch || before.Round+1 != g.Round {
			return nil, malformed("round")
		}
		s.secret = before.secret
	}
	well, _ := r.Settle()
	for _, dealer := range well {
		d := r.Deals[dealer]
		i, all := -1, slices.Concat(told, r.Shown)
		for k, p := range all {
			if p.Dealer == dealer && p.Holder == place && r.Run.Holds(&d, &p) {
				i = k
				break
			}
		}
		if i < 0 {
			return nil, malformed("part")
		}
		s.secret = s.secret.Add(&all[i].value)
	}
	if !s.Fits(g) {
		return nil, malformed("share")
	}
	return s, nil
}
