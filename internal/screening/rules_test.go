package screening_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/screening"
)

// sheet answers the indicators that it names with yes.
func sheet(set string, yes ...string) screening.Sheet {
	s := screening.Sheet{
		Form: screening.SheetForm, Set: set, Version: 1, Answers: map[string]screening.Answer{}, Observed: []string{},
	}
	for _, i := range yes {
		s.Answers[i] = screening.Yes
	}
	return s
}

func judge(t testing.TB, s screening.Sheet) screening.Result {
	t.Helper()
	r, err := shipped(t).Judge(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestADimensionIsMetByItsRule(t *testing.T) {
	for _, c := range []struct {
		set, dimension, yes, rule, because string
	}{
		{"adult-labour", "coercion-destination", "5.1 5.3", "two-strong", "5.1 5.3"},
		{"adult-labour", "coercion-destination", "5.15 5.4", "strong-and-other", "5.4 5.15"},
		{"adult-labour", "coercion-destination", "5.9 5.4 5.8", "strong-and-other", "5.4 5.8"},
		{"adult-labour", "coercion-destination", "5.5 5.6 5.7", "three-medium", "5.5 5.6 5.7"},
		{"adult-labour", "coercion-destination", "5.15 5.6 5.7", "two-medium-and-weak", "5.6 5.7 5.15"},
		{"adult-labour", "coercion-destination", "5.6 5.7", "", ""},
		{"adult-labour", "coercion-destination", "5.1", "", ""},
		{"adult-labour", "coercion-destination", "5.15 5.6", "", ""},
		{"adult-labour", "vulnerability-recruitment", "3.15 3.16", "", ""},
		{"adult-labour", "vulnerability-recruitment", "3.1 3.15 3.16", "", ""},
		{"adult-labour", "deceptive-recruitment", "1.1 1.10", "strong-and-other", "1.1 1.10"},
		{"child-labour", "deceptive-recruitment", "1.1 1.10", "two-strong", "1.1 1.10"},
	} {
		r := judge(t, sheet(c.set, strings.Fields(c.yes)...))
		i := slices.IndexFunc(r.Dimensions, func(j screening.Judged) bool { return j.Dimension == c.dimension })
		j := r.Dimensions[i]
		if j.Met != (c.rule != "") || j.Rule != c.rule || strings.Join(j.Because, " ") != c.because || len(j.Yes) != len(strings.Fields(c.yes)) {
			t.Errorf("%s %s: %+v", c.set, c.yes, j)
		}
	}
}

func TestTheWholeIsJudgedByItsRule(t *testing.T) {
	for _, c := range []struct {
		set, yes   string
		suggestion screening.Suggestion
		rule       string
		rests      string
	}{
		{"adult-labour", "", screening.None, "", ""},
		{"adult-labour", "1.1 2.2 4.1", screening.None, "", ""},
		{"adult-labour", "4.1 4.2", screening.LookCloser, "any-dimension", "exploitation"},
		{"adult-labour", "4.1 4.2 1.1 1.2", screening.LookCloser, "any-dimension", "deceptive-recruitment exploitation"},
		{"adult-labour", "4.1 4.2 1.1 1.2 5.1 5.2", screening.Indicated, "adult-means", "exploitation deceptive-recruitment coercion-destination"},
		{"adult-labour", "4.1 4.2 2.1 2.2 5.1 5.2", screening.Indicated, "adult-means", "exploitation coercive-recruitment coercion-destination"},
		{"adult-labour", "4.1 4.2 3.1 3.2 3.3 6.1 6.2 6.3", screening.Indicated, "adult-vulnerability", "exploitation vulnerability-recruitment vulnerability-destination"},
		{"adult-labour", "1.1 1.2 5.1 5.2", screening.LookCloser, "any-dimension", "deceptive-recruitment coercion-destination"},
		{"child-labour", "4.1 4.2", screening.Indicated, "child-exploitation", "exploitation"},
		{"child-labour", "5.1 5.2", screening.LookCloser, "any-dimension", "coercion-destination"},
	} {
		r := judge(t, sheet(c.set, strings.Fields(c.yes)...))
		if r.Suggestion != c.suggestion || r.Rule != c.rule || strings.Join(r.Rests, " ") != c.rests {
			t.Errorf("%s %s: %s %s %v", c.set, c.yes, r.Suggestion, r.Rule, r.Rests)
		}
		if r.Verified {
			t.Errorf("%s %s: it rests on strengths that nobody has verified, and is shown as official", c.set, c.yes)
		}
	}
}

// TestOnlyVerifiedIsOfficial: with every origin verified a result is official, and one that is not takes it away.
func TestOnlyVerifiedIsOfficial(t *testing.T) {
	d := shipped(t)
	verified := func(but string) screening.Data {
		out := d
		out.Origins = maps.Clone(d.Origins)
		for name, o := range out.Origins {
			if o.Status = screening.Verified; name == but {
				o.Status = screening.Secondary
			}
			out.Origins[name] = o
		}
		return out
	}
	for _, c := range []struct {
		but, yes string
		want     bool
	}{
		{"", "4.1 4.2", true},
		{"", "", true},
		{"delphi-labour", "4.1 4.2", false},
		{"delphi-labour", "", false},
		{"delphi-dimension", "4.1 4.2", false},
		{"project", "4.1 4.2", false},
		{"project", "4.1 4.2 1.1 1.2 5.1 5.2", true}, // does not rest on it
		{"vulnerability-reading", "4.1 4.2 3.1 3.2 3.3 6.1 6.2 6.3", false},
		{"unodc-general", "4.1 4.2", true},
	} {
		r, err := verified(c.but).Judge(sheet("adult-labour", strings.Fields(c.yes)...))
		if err != nil || r.Verified != c.want {
			t.Errorf("without %q, %q: %v, %v", c.but, c.yes, r.Verified, err)
		}
	}
}

func TestOnlyYesCounts(t *testing.T) {
	for _, a := range []screening.Answer{screening.No, screening.NotSure, screening.NotAsked, screening.Declined, screening.Unsafe} {
		s := sheet("adult-labour")
		for _, i := range shipped(t).In("adult-labour") {
			s.Answers[i.ID] = a
		}
		r := judge(t, s)
		if r.Suggestion != screening.None {
			t.Errorf("%s leads to %s", a, r.Suggestion)
		}
		total := 0
		for _, j := range r.Dimensions {
			total += j.Counts[a]
		}
		if total != 67 {
			t.Errorf("%s is counted %d times", a, total)
		}
	}
}

func TestObservationsWeighNothing(t *testing.T) {
	d := shipped(t)
	for i := range reflect.TypeFor[screening.Observation]().NumField() {
		if name := reflect.TypeFor[screening.Observation]().Field(i).Name; name == "Strength" || name == "Weight" {
			t.Errorf("an observation has a %s", name)
		}
	}
	s := sheet("adult-labour", "4.1")
	before := judge(t, s)
	for _, o := range d.Observations {
		s.Observed = append(s.Observed, o.ID)
	}
	slices.Sort(s.Observed)
	if diff := cmp.Diff(before, judge(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestASetThatIsNotLoadedJudgesNothing(t *testing.T) {
	for _, set := range []string{"adult-sexual", "child-sexual"} {
		if _, err := shipped(t).Judge(sheet(set)); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", set, err)
		}
	}
}

// TestMoreYesNeverLowers: whatever was answered, another yes leaves every dimension met that was, and the suggestion where
// it was or higher.
func TestMoreYesNeverLowers(t *testing.T) {
	d := shipped(t)
	answers := []screening.Answer{"", screening.Yes, screening.No, screening.NotSure, screening.NotAsked, screening.Declined, screening.Unsafe}
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SampledFrom([]string{"adult-labour", "child-labour"}).Draw(t, "set")
		s := sheet(set)
		for _, i := range d.In(set) {
			if a := rapid.SampledFrom(answers).Draw(t, i.ID); a != "" {
				s.Answers[i.ID] = a
			}
		}
		before, err := d.Judge(s)
		if err != nil {
			t.Fatal(err)
		}
		more := s
		more.Answers = maps.Clone(s.Answers)
		for range rapid.IntRange(1, 5).Draw(t, "more") {
			more.Answers[rapid.SampledFrom(d.In(set)).Draw(t, "another yes").ID] = screening.Yes
		}
		after, err := d.Judge(more)
		if err != nil {
			t.Fatal(err)
		}
		rank := func(x screening.Suggestion) int { return slices.Index(screening.Suggestions(), x) }
		if rank(after.Suggestion) < rank(before.Suggestion) {
			t.Fatalf("%s became %s", before.Suggestion, after.Suggestion)
		}
		for i, j := range before.Dimensions {
			if j.Met && !after.Dimensions[i].Met {
				t.Fatalf("%s is met no more", j.Dimension)
			}
		}
	})
}
