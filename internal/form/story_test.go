package form_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/person"
)

// told is the story of a form: what is said first, what then lacks, what is said when it is asked, and who reads what of it.
type told struct {
	form, by string
	about    string
	said     map[string]string // answers as JSON; one of the four answers without a value by its code
	lacks    []string          // questions that keep it from being finished
	hidden   map[string]string // answers that do not go together with what was said: each keeps it from being finished
	then     map[string]string // what is said when it is asked for
	unseen   map[string][]string
}

// stories has one for each form of domain 10.3 that is kept as a form. What F4 asks is kept as a consent: [TestTheStoryOfTheConsentForm].
func stories() []told {
	return []told{
		{
			form: "F1", by: "iva", about: "somebody whose age nobody knows is found at a border by night; she is not asked what happened to her",
			said: map[string]string{
				"found-on": `{"year":2026,"month":11,"day":22}`, "found-where": `"border"`, "found-country": `"MD"`, "found-by": `"border-police"`,
				"language": `"ro"`, "interpreter": `"yes"`, "sex": `"female"`, "medical-now": "unknown", "told-rights": `"no"`,
			},
			lacks:  []string{"age", "safe-now"},
			hidden: map[string]string{"told-by": `"nobody"`},
			then:   map[string]string{"age": "unknown", "safe-now": `"yes"`},
			unseen: map[string][]string{"sonja": nil},
		},
		{
			form: "F2", by: "ana", about: "before a return the risks are assessed by both sides; whether she harms herself is not asked now",
			said: map[string]string{
				"assessed-on": `{"year":2026,"month":11,"day":23}`, "trigger": `"before-return"`, "assessor": `"Vera Demonstrativa"`,
				"factor-whereabouts": `"yes"`, "factor-self-harm": "unsafe-to-ask", "factor-debt": "declined", "grade-origin": `"high"`,
			},
			lacks: []string{"conclusion"},
			then: map[string]string{
				"conclusion": `"wait"`, "signed-origin": `"Vera Demonstrativa"`, "signed-destination": `"Ivo Izmislen"`,
			},
			unseen: map[string][]string{"sonja": nil},
		},
		{
			form: "F3", by: "sonja", about: "what she needs and wants is written down with her by who helps her, and ends with what was done",
			said: map[string]string{
				"urgency": `"now"`, "own-wishes": `"to see her sister"`, "course": `"running"`, "agreed": `"yes"`, "agreed-by": `"herself"`,
			},
			lacks:  []string{"needs"},
			hidden: map[string]string{"actual-end": `{"year":2026,"month":11,"day":23}`},
			then:   map[string]string{"needs": `["accommodation","legal"]`, "health": "declined"},
			unseen: map[string][]string{"ana": {}},
		},
		{
			form: "F5", by: "ana", about: "she agrees that a desk in Skopje hears of her, which can take her only in part",
			said: map[string]string{
				"to-country": `"MK"`, "to-desk": `"MK/focal-point"`, "type": `"specialised-service"`, "basis": `"consent"`, "consent-ref": `"demo"`,
				"shared": `["languages","needs"]`, "handling": `"desk-only"`, "capacity": `"in-part"`, "conditions": `"one bed"`,
			},
			lacks:  []string{"urgency"},
			then:   map[string]string{"urgency": `"urgent"`},
			unseen: map[string][]string{"sonja": nil},
		},
		{
			form: "F6", by: "ana", about: "a girl who may be a child wants to go home, and asked for asylum: both are asked before anything is planned",
			said: map[string]string{
				"wish": `"go"`, "decided-on": `{"year":2026,"month":11,"day":0}`, "risk-ref": `"demo"`, "documents": `["passport"]`, "fit": "not-asked",
			},
			lacks:  []string{"asylum", "age"},
			then:   map[string]string{"asylum": `"yes"`, "age": "unknown", "best-interests": `"guardianship authority, demo 1/2026"`},
			unseen: map[string][]string{"sonja": {"age", "best-interests", "fit"}},
		},
		{
			form: "F7", by: "ana", about: "she has arrived, and does not want that anybody tells more about her",
			said:   map[string]string{"arrived": `"yes"`, "arrived-on": `{"year":2026,"month":11,"day":23}`, "met-by": `"the centre"`, "safe": "unknown"},
			lacks:  []string{"may-tell"},
			hidden: map[string]string{"outcome": `"stable"`, "opinion": `"it is good here"`},
			then:   map[string]string{"may-tell": "declined"},
			unseen: map[string][]string{"sonja": nil},
		},
		{
			form: "F8", by: "ana", about: "she went to live with her sister, and what is kept of her is to be kept as long as the law says",
			said:   map[string]string{"reason": `"needs-met"`, "closed-on": `{"year":2026,"month":11,"day":23}`, "told-her": `"yes"`},
			lacks:  []string{"data"},
			hidden: map[string]string{"handed-to": `"another desk"`},
			then:   map[string]string{"data": `"retain"`},
			unseen: map[string][]string{"sonja": nil},
		},
	}
}

// spoken is one answer of a story.
func spoken(s string) form.Answer {
	for _, w := range form.Without() {
		if w.Code() == s {
			return person.Without[json.RawMessage](w)
		}
	}
	return say(s)
}

// TestTheStoryOfEachForm fills in every form as it is in life: begun with what is known, refused until what has to be known is, refused
// where two answers do not go together, finished, and read by each as far as it is hers to read.
func TestTheStoryOfEachForm(t *testing.T) {
	o := born(t)
	o.join("iva", access.IdentificationAuthority)
	c := o.open()
	var seen []string
	for _, s := range stories() {
		t.Run(s.form, func(t *testing.T) {
			o.t = t
			seen = append(seen, s.form)
			by := o.people[s.by]
			r := form.Record{Form: s.form, Version: 1, Answers: map[string]form.Answer{}}
			for q, a := range s.said {
				r.Answers[q] = spoken(a)
			}
			e, err := o.forms.Fill(o.ctx, by, c.ID, filling(r, false))
			o.must(err)
			problems, err := o.forms.Forms.Problems(r, true)
			o.must(err)
			var lacks []string
			for _, p := range problems {
				lacks = append(lacks, p.Question)
			}
			if !slices.Equal(lacks, s.lacks) {
				t.Errorf("it lacks %v, want %v", lacks, s.lacks)
			}
			for q, a := range s.then {
				r.Answers[q] = spoken(a)
			}
			for q, a := range s.hidden {
				r.Answers[q] = spoken(a)
				if err := o.forms.Forms.Check(r); err == nil {
					t.Errorf("%s is taken, though it was not to be asked", q)
				}
				delete(r.Answers, q)
			}
			e, err = o.forms.Save(o.ctx, by, c.ID, e.Record, e.Version, filling(r, true))
			o.must(err)
			if x := o.read(s.by, c.ID, e.Record); !x.Finished || !maps.EqualFunc(x.Answers, r.Answers, same) {
				t.Errorf("she reads of her own form %v", x.Answers)
			}
			for who, want := range s.unseen {
				x, err := o.forms.Read(o.ctx, o.people[who], c.ID, e.Record)
				o.must(err)
				got := slices.Sorted(maps.Keys(x.Answers))
				if want != nil && len(want) == 0 {
					want = slices.Sorted(maps.Keys(r.Answers))
				}
				if want != nil && !slices.Equal(got, want) {
					t.Errorf("%s reads %v, want %v", who, got, want)
				}
				if want == nil && !x.Withheld {
					t.Errorf("%s reads all of it: %v", who, got)
				}
			}
		})
	}
	o.t = t
	var shipped []string
	for _, f := range o.forms.Forms.Newest() {
		if f.Record == "" {
			shipped = append(shipped, f.ID)
		}
	}
	if slices.Sort(shipped); !slices.Equal(seen, slices.Compact(shipped)) {
		t.Errorf("stories of %v, forms %v", seen, shipped)
	}
}

func same(a, b form.Answer) bool {
	var x, y any
	return a.State == b.State && (json.Unmarshal(a.Value, &x) == nil) == (json.Unmarshal(b.Value, &y) == nil) && reflect.DeepEqual(x, y)
}
