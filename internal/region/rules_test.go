package region

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

func key(err error) string {
	_, k, _ := fault.Public(err)
	return k
}

// TestPlan: what a plan may be and what it may not.
func TestPlan(t *testing.T) {
	if _, err := parsePlan(encoded(t, somePlan())); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Plan){
		"another form":          func(p *Plan) { p.Schema = "opentrm/region-plan/2" },
		"no release":            func(p *Plan) { p.Release = "x" },
		"no asker":              func(p *Plan) { p.Asker = "" },
		"months backwards":      func(p *Plan) { p.From, p.To = p.To, "2026-05" },
		"no month":              func(p *Plan) { p.From = "2026-13" },
		"an early year":         func(p *Plan) { p.From = "1989-12" },
		"another base":          func(p *Plan) { p.Base = 4 },
		"no question":           func(p *Plan) { p.Questions = []string{} },
		"a question twice":      func(p *Plan) { p.Questions = []string{"sex", "sex"} },
		"questions out of line": func(p *Plan) { p.Questions = []string{"age", "sex"} },
		"too many cells":        func(p *Plan) { p.Questions = []string{"form", "citizenship", "status", "registrar"} },
		"one member":            func(p *Plan) { p.Members = p.Members[:1] },
		"members out of line":   func(p *Plan) { p.Members = []id.Member{"MK", "AL"} },
		"a member twice":        func(p *Plan) { p.Members = []id.Member{"AL", "AL"} },
		"no end":                func(p *Plan) { p.Until = 0 },
	} {
		p := somePlan()
		change(&p)
		if _, err := parsePlan(encoded(t, p)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryFactHasAPlace: whatever a fact says, it is counted once, and what says nothing is unknown.
func TestEveryFactHasAPlace(t *testing.T) {
	p := somePlan()
	p.Questions = []string{"sex", "form", "registrar"}
	months, err := p.span()
	if err != nil {
		t.Fatal(err)
	}
	c := p.cube()
	n := int64(0)
	for _, sex := range []stats.Sex{stats.Female, stats.Male, stats.OtherSex, stats.Unknown, stats.NotAsked, stats.Declined, stats.Unsafe, ""} {
		for _, forms := range [][]stats.Form{{stats.Sexual}, {stats.Other3}, {stats.Labour, stats.Begging}, {stats.Declined}, {}} {
			p.add(c, months, stats.Fact{Month: stats.MonthOf(2026, 6), Sex: sex, Forms: forms, Registrar: stats.NGO})
			n++
			p.add(c, months, stats.Fact{Month: stats.MonthOf(2026, 7), Sex: sex, Forms: forms})
		}
	}
	sum, unsaid := int64(0), int64(0)
	for at, k := range c.Counts {
		sum += k
		if at/len(c.Dimensions[2].Values)%len(c.Dimensions[1].Values) == len(c.Dimensions[1].Values)-1 {
			unsaid += k
		}
	}
	if sum != n || unsaid != 16 {
		t.Errorf("%d of %d are counted, %d of 16 without a form", sum, n, unsaid)
	}
}

// TestContributions: the same twice changes nothing, a number is given once, a correction keeps what was before, and what has small counts or small changes is
// refused.
func TestContributions(t *testing.T) {
	p := somePlan()
	table := func(first, second int64) []int64 { return append([]int64{first, second}, make([]int64, 10)...) }
	r := Release{Away: []Away{{"MK", ByLaw, 1}}}
	for _, c := range []struct {
		number int64
		counts []int64
		want   string
		parts  int
	}{
		{1, table(10, 3), "", 1},
		{1, table(10, 3), "", 1},
		{1, table(10, 6), "region.number", 1},
		{2, table(12, 3), "region.unprotected", 1}, // two more
		{2, table(9, 3), "region.unprotected", 1},  // one fewer
		{2, table(10, 2), "region.unprotected", 1},
		{2, table(10, 3)[:11], "region.unprotected", 1},
		{3, table(16, 0), "", 2}, // before the second
		{2, table(13, 3), "", 3},
	} {
		err := r.take(&p, Part{Member: "MK", Number: c.number, Counts: c.counts})
		if got := key(err); (err == nil) != (c.want == "") || err != nil && got != c.want || len(r.Parts) != c.parts {
			t.Errorf("%d %v: %v, %d parts", c.number, c.counts[:2], err, len(r.Parts))
		}
	}
	if last := r.latest("MK"); last.Number != 3 || len(r.Away) != 0 {
		t.Errorf("%+v stands; away: %v", last, r.Away)
	}
}

// TestNobodyIsGuessed: the region is the sum of those who gave; the others are named, with no count, and a count of persons is shown only if it is of just those
// who gave and nobody tells another.
func TestNobodyIsGuessed(t *testing.T) {
	p, persons := somePlan(), somePersons()
	other := persons
	other.Persons++
	r := Release{Away: []Away{{"MK", NoData, 1}}, Parts: []Part{
		{Member: "AL", Number: 1, Counts: slices.Repeat([]int64{3}, 12), Persons: encoded(t, persons)}, {Member: "MD", Number: 1, Counts: slices.Repeat([]int64{4}, 12)},
	}}
	check := func(want bool) Result {
		t.Helper()
		out := r.compile(&p)
		out.Known = []Known{}
		if _, err := parseResult(encoded(t, out)); err != nil {
			t.Fatal(err)
		}
		if (out.Persons != nil) != want || (out.Caveat == "") != want {
			t.Errorf("%+v, %q", out.Persons, out.Caveat)
		}
		return out
	}
	out := check(true)
	if !slices.Equal(out.Counts, slices.Repeat([]int64{7}, 12)) || out.Members[2].State != Declined || out.Members[2].Reason != NoData || len(out.Members[2].Counts) != 0 {
		t.Errorf("%+v", out)
	}
	spoilt := out
	spoilt.Counts = slices.Repeat([]int64{9}, 12)
	if _, err := parseResult(encoded(t, spoilt)); err == nil {
		t.Error("a region that is not the sum of its members is taken")
	}
	r.Parts[1].Persons = encoded(t, other)
	check(false) // they tell two things
	r.Parts[1].Persons = r.Parts[0].Persons
	check(true)
	r.Away = nil
	if out := check(true); out.Members[2].State != Missing {
		t.Errorf("%+v", out.Members[2])
	}
	r.Parts = append(r.Parts, Part{Member: "MK", Number: 1, Counts: make([]int64, 12)})
	check(false) // it is not of all of them
}

// TestTheRegionIsAttackedAsAWhole: tables that are safe alone are not beside a table of overlapping months, of other questions, or beside what a member has published.
func TestTheRegionIsAttackedAsAWhole(t *testing.T) {
	half, quarter := somePlan(), somePlan()
	quarter.To = "2026-03"
	ages := somePlan()
	ages.Questions = []string{"age"}
	table := func(n ...int64) []int64 { return append(n, make([]int64, 12-len(n))...) }
	one := func(p *Plan, m id.Member, series ...[]int64) shown { return shown{p, m, series} }
	for name, c := range map[string]struct {
		all   []shown
		known []Known
		safe  bool
	}{
		"two members":                     {[]shown{one(&half, "AL", table(3, 9)), one(&half, "MD", table(0, 30))}, nil, true},
		"a quarter far below":             {[]shown{one(&quarter, "AL", table(20)), one(&half, "AL", table(40))}, nil, true},
		"a quarter just below":            {[]shown{one(&quarter, "AL", table(20)), one(&half, "AL", table(21))}, nil, false},
		"a quarter of another":            {[]shown{one(&quarter, "MD", table(20)), one(&half, "AL", table(21))}, nil, true},
		"corrected to just above":         {[]shown{one(&quarter, "AL", table(20)), one(&half, "AL", table(14), table(21))}, nil, false},
		"fewer by other questions":        {[]shown{one(&ages, "AL", []int64{22, 0, 0}), one(&half, "AL", table(10, 0, 0, 10))}, nil, true},
		"a sum that a member published":   {[]shown{one(&half, "AL", table(10, 0, 0, 3))}, []Known{{"AL", []string{"total", "0-17"}, 12, 12}, {"AL", []string{"other", "0-17"}, 0, 0}, {"AL", []string{"unknown", "0-17"}, 0, 0}}, false},
		"a sum of the region, of one":     {[]shown{one(&half, "AL", table(10, 0, 0, 3)), one(&half, "MD", table(50, 0, 0, 50, 0, 0, 50, 0, 0, 50))}, []Known{{"", []string{"male", "0-17"}, 52, 52}}, false},
		"what says nothing new":           {[]shown{one(&half, "AL", table(10, 0, 0, 3))}, []Known{{"AL", []string{"total", "0-17"}, 10, 40}}, true},
		"what contradicts what was given": {[]shown{one(&half, "AL", table(10))}, []Known{{"AL", []string{"female", "0-17"}, 11, 11}}, false},
	} {
		found, err := siege(t.Context(), c.all, c.known)
		if err != nil || found.Safe() != c.safe {
			t.Errorf("%s: %v %+v", name, err, found)
		}
	}
	if _, err := siege(t.Context(), []shown{one(&half, "AL", table(10))}, []Known{{"AL", []string{"nobody", "0-17"}, 1, 1}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("something is known of no cell: %v", err)
	}
}
