package demo

import (
	"math/rand/v2"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

// Facts draws the nameless facts of a member: every figure published for it comes out exactly when they are
// counted (data/README.md says how). The same seed gives the same facts in the same order, which is no order
// of detection.
//
// It fails with [fault.NotFound] if there are no figures for the member.
func Facts(member id.Member, seed *rand.ChaCha8) ([]stats.Fact, error) {
	figures, err := ReadFigures(member)
	if err != nil {
		return nil, err
	}
	cells, err := figures.solve()
	if err != nil {
		return nil, err
	}
	rnd := rand.New(seed)
	var facts []stats.Fact
	for _, at := range order {
		for range cells[at] {
			facts = append(facts, stats.Fact{
				ID:    id.Random[id.Fact](id.Maker{Rand: seed}),
				Month: stats.MonthOf(FiguresYear, 1+rnd.IntN(12)), Sex: at.sex, Age: at.age,
				Citizenship: pick(rnd, stats.National, stats.National, stats.National, stats.Region, stats.Third, stats.Unknown),
				Status:      pick(rnd, stats.Identified, stats.Identified, stats.Identified, stats.Presumed),
				Registrar:   pick(rnd, stats.Police, stats.Police, stats.Border, stats.SocialService, stats.NGO, stats.Inspectorate),
			})
		}
	}
	rnd.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	figures.assignForms(facts)
	rnd.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	return facts, nil
}

// pick draws one; what stands more often is drawn more often.
func pick[T any](rnd *rand.Rand, of ...T) T { return of[rnd.IntN(len(of))] }

// assignForms lays the forms, one after the other, round the circle of victims: nobody gets one twice, nobody
// gets two while another has none.
func (f *Figures) assignForms(facts []stats.Fact) {
	if len(facts) == 0 {
		return
	}
	at := 0
	for _, c := range f.countForms(len(facts)) {
		for range c.span.most {
			i := at % len(facts)
			facts[i].Forms = append(facts[i].Forms, c.form)
			at++
		}
	}
	for i := range facts {
		if facts[i].Forms == nil {
			facts[i].Forms = []stats.Form{stats.Unknown}
		}
	}
}

// countForms fixes every "<5" among the forms: each starts at its least, and while victims are left without
// a form the smallest grows. No form can have more victims than there are.
func (f *Figures) countForms(victims int) []counted {
	fixed := make([]counted, len(f.forms))
	sum := 0
	for i, c := range f.forms {
		n := min(c.span.least, victims)
		fixed[i] = counted{c.form, span{n, n}}
		sum += n
	}
	for sum < victims {
		grow := -1
		for i, c := range f.forms {
			if fixed[i].span.most < min(c.span.most, victims) && (grow < 0 || fixed[i].span.most < fixed[grow].span.most) {
				grow = i
			}
		}
		if grow < 0 {
			break
		}
		fixed[grow].span.least++
		fixed[grow].span.most++
		sum++
	}
	return fixed
}

// order lists the inner cells of the table, the two of a sex together.
var order = [...]cell{
	{stats.Female, stats.Child},
	{stats.Female, stats.Adult},
	{stats.Male, stats.Child},
	{stats.Male, stats.Adult},
	{stats.OtherSex, stats.Child},
	{stats.OtherSex, stats.Adult},
	{stats.Unknown, stats.Child},
	{stats.Unknown, stats.Adult},
	{stats.Unknown, stats.Unknown},
}

// solution is a table that meets every figure, and how far it is from what is preferred.
type solution struct {
	cells   map[cell]int
	unknown int // people of unknown sex
	small   int // squared distances of each "<5" from 2
	free    int // squared distances of unpublished cells from independence, times the total squared
}

func (s solution) better(than solution) bool {
	if than.cells == nil || s.unknown != than.unknown {
		return than.cells == nil || s.unknown < than.unknown
	}
	if s.small != than.small {
		return s.small < than.small
	}
	return s.free < than.free
}

// solve finds the inner cells: controlled rounding by trying every table that the figures allow, of which
// there are few, because a total is checked as soon as all its parts are there.
func (f *Figures) solve() (map[cell]int, error) {
	var best solution
	f.try(0, map[cell]int{}, &best)
	if best.cells == nil {
		return nil, fault.New(fault.Internal, "demo.figures.contradict")
	}
	return best.cells, nil
}

func (f *Figures) try(i int, cells map[cell]int, best *solution) {
	if i == len(order) {
		if s, ok := f.judge(cells); ok && s.better(*best) {
			s.cells = make(map[cell]int, len(cells))
			for at, n := range cells {
				s.cells[at] = n
			}
			*best = s
		}
		return
	}
	at := order[i]
	allowed := f.allowed(at)
	for n := allowed.least; n <= allowed.most; n++ {
		cells[at] = n
		if f.fits(i, cells) {
			f.try(i+1, cells, best)
		}
	}
	delete(cells, at)
}

// allowed is what an inner cell may be: as published; a handful of unknown sex, of whom nothing is published;
// none of what nothing at all is published of; anything up to the total for the rest.
func (f *Figures) allowed(at cell) span {
	if s, ok := f.cells[at]; ok {
		return s
	}
	switch {
	case at.age == stats.Unknown, at.sex == stats.OtherSex:
		return span{}
	case at.sex == stats.Unknown:
		return span{0, 4}
	}
	return span{0, f.cells[cell{}].most}
}

// fits reports whether the cells up to the i-th keep every total within reach, and meet those complete.
func (f *Figures) fits(i int, cells map[cell]int) bool {
	for total, s := range f.cells {
		if total.sex != "" && total.age != "" {
			continue
		}
		sum, complete := 0, true
		for j, at := range order {
			if (total.sex == "" || total.sex == at.sex) && (total.age == "" || total.age == at.age) {
				sum += cells[at]
				complete = complete && j <= i
			}
		}
		if sum > s.most || complete && sum < s.least {
			return false
		}
	}
	return true
}

// judge measures a complete table.
func (f *Figures) judge(cells map[cell]int) (solution, bool) {
	s := solution{}
	total := sum(cells, cell{})
	for at, published := range f.cells {
		n := sum(cells, at)
		if n < published.least || n > published.most {
			return s, false
		}
		if published.small() {
			s.small += (n - 2) * (n - 2)
		}
	}
	for _, at := range order {
		if at.sex == stats.Unknown {
			s.unknown += cells[at]
		} else if _, published := f.cells[at]; !published {
			d := cells[at]*total - sum(cells, cell{sex: at.sex})*sum(cells, cell{age: at.age})
			s.free += d * d
		}
	}
	return s, true
}

// sum adds the inner cells that a place of the table, or a total, stands for.
func sum(cells map[cell]int, of cell) int {
	n := 0
	for at, v := range cells {
		if (of.sex == "" || of.sex == at.sex) && (of.age == "" || of.age == at.age) {
			n += v
		}
	}
	return n
}
