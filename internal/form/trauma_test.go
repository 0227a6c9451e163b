package form_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
)

// Nobody has to tell what hurts her so that a form can be sent: not in any version that ever shipped, and not because a
// country says so.
func TestNoTraumaQuestionIsRequired(t *testing.T) {
	s, c := loaded(t)
	touching := map[string]int{}
	for _, newest := range s.Newest() {
		for version := int64(1); version <= newest.Version; version++ {
			f, err := s.Form(newest.ID, version, form.Edition{})
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range f.Sections {
				for _, q := range part.Questions {
					if q.Trauma {
						touching[f.ID]++
					}
					if q.Trauma && q.Required {
						t.Errorf("%s %d: %s touches trauma and is required", f.ID, version, q.ID)
					}
				}
				added := func(trauma, required bool) form.Additions {
					a := national(t)
					q := a.Forms[0].Sections[0].Questions[0]
					q.Trauma, q.Required = trauma, required
					a.Forms[0].Form, a.Forms[0].Version = f.ID, f.Version
					a.Forms[0].Sections = []form.Added{{Section: part.ID, Questions: []form.Question{q}}}
					return a
				}
				for _, tt := range []struct{ trauma, required bool }{{true, true}, {true, false}, {false, true}, {false, false}} {
					found, err := s.LintAdditions(c, added(tt.trauma, tt.required))
					if err != nil {
						t.Fatal(err)
					}
					refused := slices.Contains(found, form.Finding{Form: f.ID, Question: "mk.region", Rule: "trauma"})
					if refused != (tt.trauma && tt.required) {
						t.Errorf("%s, %s: an addition that is %+v: %v", f.ID, part.ID, tt, found)
					}
				}
				if _, err := s.Add(c, added(true, true)); !fault.Is(err, fault.Invalid) {
					t.Errorf("%s, %s: added all the same: %v", f.ID, part.ID, err)
				}
			}
		}
	}
	// These ask of it, so that the above is not true of nothing.
	if got := slices.Sorted(maps.Keys(touching)); !slices.Equal(got, []string{"F1", "F2", "F3", "F6"}) {
		t.Errorf("questions that touch trauma stand in %v", got)
	}

	// A record says nothing of any of them and is taken.
	r := first()
	f, err := s.Form(r.Form, r.Version, form.Edition{})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range f.Sections {
		for _, q := range part.Questions {
			if q.Trauma {
				delete(r.Answers, q.ID)
			}
		}
	}
	if err := s.Check(r); err != nil {
		t.Errorf("without an answer that hurts: %v", err)
	}
}
