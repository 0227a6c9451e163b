package stats

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/sorting"
)

// What is kept from small numbers in what the office of a coordinator sees.
const (
	fewest = 5  // no class has fewer persons, whatever the profile says
	small  = 20 // a year with fewer tells nothing but how many there were
	step   = 5  // numbers are rounded to
	years  = 10 // as many are shown, the last ones
)

// Rest is the class in which those stand together that are too few, or beside too few, to be told.
const Rest = "rest"

// Untold is a number that is not told.
const Untold = -1

// Shown is what may be seen of the facts of this node: in years, by form, by sex and by age. Nobody can be recognised in it, unless it is Exact.
type Shown struct {
	Exact bool // for a statistician: every number as it is, and the year that goes on too
	Least int  // a class has as many persons at least
	Small int  // a year with fewer has no classes
	Years []ShownYear
	Ages  []ShownAge // of all years together; none: too few to tell
}

// ShownYear is one year.
type ShownYear struct {
	Year  int
	All   int // Untold: there are some, and too few
	Forms []Counting
	Sexes []Counting // Class and Count only
}

// ShownAge is one age, the youngest first.
type ShownAge struct {
	Age          Age
	Female, Male int
}

// Shown counts facts for whoever may see figures. Who may read facts sees exact numbers. For everybody else only years that are over are counted; classes with
// fewer than Least are put together with others into [Rest], which always has two classes or more and Least persons or more; every number is rounded
// to five, so that a fact that comes later moves a number rarely and never by one.
//
// It fails with [fault.Denied] if who may not see figures.
func (s *Service) Shown(ctx context.Context, who access.Actor) (Shown, error) {
	on := access.Resource{Noun: "fact", Realm: access.Assistance}
	if err := access.Check(who, access.ShowFact, on); err != nil {
		return Shown{}, err
	}
	now := s.Now().UTC().Year()
	out := Shown{Exact: access.Check(who, access.ReadFact, on) == nil, Least: max(fewest, s.Least()), Small: small}
	last := now - 1
	if out.Exact {
		last = now
	}
	var all []Alike
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = alike(ctx, tx, now-years, last)
		return err
	})
	if err != nil {
		return Shown{}, err
	}
	out.count(all)
	return out, nil
}

// count makes what is shown of facts.
func (out *Shown) count(all []Alike) {
	type year struct {
		all          int
		forms, sexes map[string]int
	}
	by := map[int]*year{}
	for _, a := range all {
		y := by[a.Year]
		if y == nil {
			y = &year{0, map[string]int{}, map[string]int{}}
			by[a.Year] = y
		}
		y.all += a.Count
		forms, gap := a.classes("form")
		if len(forms) > 1 {
			forms = []string{Mixed}
		}
		y.forms[first(forms, gap)] += a.Count
		sexes, gap := a.classes("sex")
		y.sexes[first(sexes, gap)] += a.Count
	}
	for _, n := range slices.Sorted(maps.Keys(by)) {
		y := by[n]
		shown := ShownYear{Year: n, All: y.all}
		switch {
		case out.Exact:
			shown.Forms, shown.Sexes = listed(y.forms), listed(y.sexes)
		case y.all < out.Least:
			shown.All = Untold
		default:
			shown.All = round(y.all)
			if y.all >= max(out.Small, 2*out.Least) {
				shown.Forms, shown.Sexes = together(y.forms, out.Least), together(y.sexes, out.Least)
			}
		}
		out.Years = append(out.Years, shown)
	}
	for _, fine := range []bool{true, false} {
		if out.Ages = out.ages(all, fine); out.Ages != nil {
			return
		}
	}
}

// first is the one class; what is not known is one class too, for whatever reason.
func first(classes []string, gap string) string {
	if gap != "" {
		return Unknown
	}
	return classes[0]
}

func listed(counts map[string]int) []Counting {
	var out []Counting
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, Counting{Class: class, Count: counts[class]})
	}
	return out
}

func round(n int) int { return (n + step/2) / step * step }

// together puts classes with fewer than least together with the next larger ones. If then nothing is left to be told apart, nothing is told apart.
func together(counts map[string]int, least int) []Counting {
	all := slices.DeleteFunc(listed(counts), func(c Counting) bool { return c.Count == 0 })
	sorting.Stable(all, func(a, b Counting) int { return cmp.Compare(a.Count, b.Count) })
	rest, sum := 0, 0
	for rest < len(all) && (all[rest].Count < least || rest > 0 && (rest < 2 || sum < least)) {
		sum += all[rest].Count
		rest++
	}
	if rest == len(all) {
		return nil
	}
	out := all[rest:]
	for i := range out {
		out[i].Count = round(out[i].Count)
	}
	sorting.By(out, func(a, b Counting) int { return cmp.Compare(a.Class, b.Class) })
	if rest > 0 {
		out = append(out, Counting{Class: Rest, Count: round(sum)})
	}
	return out
}

// ages counts women and men by age, finely where every fact tells so much; nil if a number would be too small.
func (out *Shown) ages(all []Alike, fine bool) []ShownAge {
	rungs := []Age{Child, Adult}
	if fine {
		rungs = []Age{Age0to11, Age12to17, Age18to24, Age25to40, Age41}
	}
	counts := make([]ShownAge, len(rungs))
	total := 0
	for i, age := range rungs {
		counts[i].Age = age
	}
	for _, a := range all {
		if a.Age == "" || Gap(a.Age) || a.Sex != Female && a.Sex != Male {
			continue
		}
		at := slices.Index(rungs, a.Age)
		if !fine {
			at = 1
			if a.Age.Minor() {
				at = 0
			}
		}
		if at < 0 {
			return nil // a fact tells only that she was a child, or an adult
		}
		total += a.Count
		if a.Sex == Female {
			counts[at].Female += a.Count
		} else {
			counts[at].Male += a.Count
		}
	}
	if total == 0 || !out.Exact && total < out.Small {
		return nil
	}
	for i := range counts {
		for _, n := range []*int{&counts[i].Female, &counts[i].Male} {
			if out.Exact {
				continue
			}
			if *n > 0 && *n < out.Least {
				return nil
			}
			*n = round(*n)
		}
	}
	return counts
}
