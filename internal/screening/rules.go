package screening

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Result is what a sheet suggests, which rule says so, and on which answers it rests.
type Result struct {
	Suggestion Suggestion `json:"suggestion"`
	Rule       string     `json:"rule"`       // the whole rule that was met; empty: none
	Rests      []string   `json:"rests"`      // dimensions that met it
	Verified   bool       `json:"verified"`   // every strength and rule that it rests on is verified; else it is not official
	Dimensions []Judged   `json:"dimensions"` // every one, in the order of the data
}

// Judged is one dimension: the rule that was met, by which answers, and what was answered at all.
type Judged struct {
	Dimension string         `json:"dimension"`
	Met       bool           `json:"met"`
	Rule      string         `json:"rule"`    // the first that was met; empty: none
	Because   []string       `json:"because"` // the indicators that met it
	Yes       []string       `json:"yes"`     // all that were answered with yes, the strongest first
	Counts    map[Answer]int `json:"counts"`  // of the indicators of the set, by answer
}

// Judge says what a sheet suggests. It is a function of the sheet and the data alone, and never a decision.
//
// It fails as [Data.ParseSheet] does for a sheet that cannot be right.
func (d Data) Judge(s Sheet) (Result, error) {
	if err := d.checkSheet(s); err != nil {
		return Result{}, err
	}
	out := Result{Suggestion: None, Rests: []string{}}
	set, met := d.In(s.Set), map[string]bool{}
	var rests []string // origins
	for _, m := range d.Dimensions {
		j, origins := d.dimension(m.Key, set, s.Answers)
		out.Dimensions, met[m.Key] = append(out.Dimensions, j), j.Met
		rests = append(rests, origins...)
	}
	for _, r := range d.WholeRules {
		if r.Suggestion.rank() <= out.Suggestion.rank() || !slices.Contains(r.Forms, s.Set) {
			continue
		}
		if on, ok := meets(r.Needs, met); ok {
			out.Suggestion, out.Rule, out.Rests = r.Suggestion, r.Key, on
		}
	}
	for _, r := range d.WholeRules {
		if r.Key == out.Rule || out.Rule == "" && slices.Contains(r.Forms, s.Set) {
			rests = append(rests, r.Origin)
		}
	}
	out.Verified = !slices.ContainsFunc(rests, func(o string) bool { return d.Of(o).Status != Verified })
	return out, nil
}

// dimension judges one dimension, and names the origins of what decided it: of the rule and the answers that met it, or
// of everything that was there and did not.
func (d Data) dimension(key string, set []Indicator, answers map[string]Answer) (Judged, []string) {
	j := Judged{Dimension: key, Because: []string{}, Yes: []string{}, Counts: map[Answer]int{}}
	var yes []Indicator
	var origins []string
	for _, i := range set {
		if i.Dimension != key {
			continue
		}
		a := answers[i.ID]
		if a == "" {
			a = NotAsked
		}
		j.Counts[a]++
		origins = append(origins, i.Origin)
		if a == Yes {
			yes = append(yes, i)
		}
	}
	sorting.Stable(yes, func(a, b Indicator) int { return b.Strength.rank() - a.Strength.rank() })
	for _, i := range yes {
		j.Yes = append(j.Yes, i.ID)
	}
	for _, r := range d.DimensionRules {
		if !strongEnough(r.Needs, yes) {
			continue
		}
		j.Met, j.Rule, j.Because = true, r.Key, slices.Clone(j.Yes[:len(r.Needs)])
		origins = []string{r.Origin}
		for _, i := range yes[:len(r.Needs)] {
			origins = append(origins, i.Origin)
		}
		return j, origins
	}
	for _, r := range d.DimensionRules {
		origins = append(origins, r.Origin)
	}
	return j, origins
}

// strongEnough reports whether there is for each need another yes at least as strong. Both stand strongest first.
func strongEnough(needs []Strength, yes []Indicator) bool {
	if len(yes) < len(needs) {
		return false
	}
	for n, need := range needs {
		if yes[n].Strength.rank() < need.rank() {
			return false
		}
	}
	return true
}

// meets returns the dimensions of each group that are met, and whether every group has one.
func meets(groups [][]string, met map[string]bool) ([]string, bool) {
	var on []string
	for _, group := range groups {
		some := false
		for _, m := range group {
			if met[m] {
				some = true
				on = append(on, m)
			}
		}
		if !some {
			return nil, false
		}
	}
	return on, true
}

// fits reports whether a set may be used for somebody of an age class: who may be a child is screened as a child.
func (d Data) fits(set string, age person.AgeClass) error {
	for _, s := range d.Sets {
		if s.Form == set && s.Age == person.Adult && age != person.Adult {
			return fault.New(fault.Conflict, "screening.set.child")
		}
	}
	return nil
}

// For returns the loaded sets that are for somebody of an age class: whoever may be a child is screened as a child.
func (d Data) For(age person.AgeClass) []Set { return d.sets(age, true) }

// Lacking returns the sets for the same persons that have no indicators yet. That nothing comes up in another set says nothing
// about what they are for, and whoever screens is told so.
func (d Data) Lacking(age person.AgeClass) []Set { return d.sets(age, false) }

func (d Data) sets(age person.AgeClass, loaded bool) []Set {
	var all []Set
	for _, s := range d.Sets {
		if (s.Age == person.Adult) == (age == person.Adult) && (len(d.In(s.Form)) > 0) == loaded {
			all = append(all, s)
		}
	}
	return all
}

// Apart reports whether a disagreement, if there is one, differs from what the answers suggest.
//
// It fails with [fault.Invalid] if it does not.
func Apart(s Sheet, r Result) error {
	if s.Disagreement != nil && s.Disagreement.Suggestion == r.Suggestion {
		return fault.New(fault.Invalid, "screening.disagreement.same")
	}
	return nil
}
