package region

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/attack"
	"github.com/opentrm/opentrm/internal/id"
)

// total stands for all answers to a question where something is known of a sum, and whole for all members.
const (
	total = "total"
	whole = "region"
)

// Known is what is public beside a regional release about the same persons: a count, or between which numbers it is.
type Known struct {
	Member id.Member `json:"member"` // empty: of the region
	Where  []string  `json:"where"`  // an answer to each question of the plan, or "total"
	Low    int64     `json:"low"`
	High   int64     `json:"high"` // the same: a number was published
}

// shown is what everybody can read of one table: what was published of its cells, the oldest first.
type shown struct {
	plan   *Plan
	member id.Member
	series [][]int64
}

// Examined is what an attack has found.
type Examined struct {
	Cells    int `json:"cells"`
	Open     int `json:"open"`     // cells of which no number is published and that could be small
	Given    int `json:"given"`    // small counts that are given away
	Unproved int `json:"unproved"` // cells of which it is not proved that they can be two numbers
	Against  int `json:"against"`  // cells at which what is public contradicts itself
	Tables   int `json:"tables"`   // that were attacked together
	Programs int `json:"programs"` // linear programs
}

// Safe reports whether nothing is given away.
func (e Examined) Safe() bool { return e.Given+e.Unproved+e.Against == 0 }

// siege attacks tables of members and months together, and what is known beside them. Known is about the last table.
//
// It fails as [attack.Tables.Run] does, and with [fault.Invalid] if something is known of no cell.
func siege(ctx context.Context, all []shown, known []Known) (Examined, error) {
	var names, members []string
	var spans []attack.Span
	small := int64(0)
	for _, s := range all {
		span, err := s.plan.span()
		if err != nil {
			return Examined{}, err
		}
		if !slices.ContainsFunc(spans, func(o attack.Span) bool { return o.Name == span.Name }) {
			spans = append(spans, span)
		}
		if !slices.Contains(members, string(s.member)) {
			members = append(members, string(s.member))
		}
		for _, q := range s.plan.Questions {
			if !slices.Contains(names, q) {
				names = append(names, q)
			}
		}
		small = max(small, s.plan.Base)
	}
	dims := []attack.Dimension{attack.All("member", whole, members...)}
	asked := cubeOf(names).Dimensions
	for _, d := range asked {
		dims = append(dims, attack.All(d.Name, total, d.Values...))
	}
	t, err := attack.New(append(dims, attack.Periods("months", spans...))...)
	if err != nil {
		return Examined{}, err
	}
	for _, s := range all {
		cells := s.plan.cube().Cells()
		for i := range s.series[0] {
			var numbers []int64
			for _, one := range s.series {
				numbers = append(numbers, one[i])
			}
			low, high := attack.Since(s.plan.Base, numbers...)
			where := []string{string(s.member)}
			for _, d := range asked {
				word := total
				if at := slices.Index(s.plan.Questions, d.Name); at >= 0 {
					word = d.Values[cells[i].Values[at]]
				}
				where = append(where, word)
			}
			if err := t.State(attack.Between(low, high, append(where, s.plan.From+"/"+s.plan.To)...)); err != nil {
				return Examined{}, err
			}
		}
	}
	of := all[len(all)-1].plan
	for _, k := range known {
		if len(k.Where) != len(of.Questions) || k.Low < 0 || k.High < k.Low {
			return Examined{}, wrong("known")
		}
		where := []string{string(k.Member)}
		if k.Member == "" {
			where[0] = whole
		}
		for _, d := range asked {
			word := total
			if at := slices.Index(of.Questions, d.Name); at >= 0 {
				word = k.Where[at]
			}
			where = append(where, word)
		}
		if err := t.State(attack.Between(k.Low, k.High, append(where, of.From+"/"+of.To)...)); err != nil {
			return Examined{}, wrong("known")
		}
	}
	r, err := t.Run(ctx, small, nil)
	if err != nil {
		return Examined{}, err
	}
	e := Examined{Cells: r.Cells, Open: r.Open, Given: len(r.Recovered), Unproved: len(r.Unproved), Tables: len(all), Programs: r.Programs}
	if r.Against != nil {
		e.Against = 1
	}
	return e, nil
}

// near reports whether two plans count persons of the same months.
func near(a, b *Plan) bool {
	x, err1 := a.span()
	y, err2 := b.span()
	return err1 == nil && err2 == nil && x.Overlaps(y)
}
