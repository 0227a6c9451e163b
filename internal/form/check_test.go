package form_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/person"
)

func say(v string) form.Answer { return person.Say(json.RawMessage(v)) }

// first is a good record of F1 in version 1.
func first() form.Record {
	return form.Record{Form: "F1", Version: 1, Answers: map[string]form.Answer{
		"found-on": say(`{"day":0,"month":11,"year":2026}`),
		"age":      say(`"child"`),
		"guardian": say(`"social work office"`),
		"safe-now": say(`"no"`),
	}}
}

func TestCheck(t *testing.T) {
	s, c := loaded(t)
	s, err := s.Add(c, national(t))
	if err != nil {
		t.Fatal(err)
	}
	mk := form.Edition{Member: "MK", Version: 1}
	for _, c := range []struct {
		name     string
		change   func(r *form.Record)
		key      string // of the failure, "" if there is none
		question string
	}{
		{"good", func(*form.Record) {}, "", ""},
		{"another version", func(r *form.Record) { r.Version = 2 }, "form.unknown", ""},
		{"another form", func(r *form.Record) { r.Form = "F9" }, "form.unknown", ""},
		{"unknown additions", func(r *form.Record) { r.Additions = form.Edition{Member: "RS", Version: 1} }, "form.unknown", ""},
		{"no such question", func(r *form.Record) { r.Answers["shoe-size"] = say(`38`) }, "form.answer", "shoe-size"},
		{"required", func(r *form.Record) { delete(r.Answers, "safe-now") }, "form.answer.required", "safe-now"},
		{"required, not sure", func(r *form.Record) { r.Answers["safe-now"] = person.Without[json.RawMessage](person.Unknown) }, "", ""},
		{"required, not asked", func(r *form.Record) { r.Answers["safe-now"] = person.Without[json.RawMessage](person.NotAsked) }, "", ""},
		{"not shown", func(r *form.Record) { r.Answers["age"] = say(`"adult"`) }, "form.answer.hidden", "guardian"},
		{"age unknown is the child path", func(r *form.Record) { r.Answers["age"] = person.Without[json.RawMessage](person.Unknown) }, "", ""},
		{"declined is not unknown", func(r *form.Record) { r.Answers["age"] = person.Without[json.RawMessage](person.Declined) }, "form.answer.hidden", "guardian"},
		{"several", func(r *form.Record) { r.Answers["means"] = say(`["threat","fraud"]`) }, "", ""},
		{"several, twice", func(r *form.Record) { r.Answers["means"] = say(`["threat","threat"]`) }, "form.answer", "means"},
		{"several, none", func(r *form.Record) { r.Answers["means"] = say(`[]`) }, "form.answer", "means"},
		{"several, unknown code", func(r *form.Record) { r.Answers["means"] = say(`["magic"]`) }, "form.answer", "means"},
		{"national question without the edition", func(r *form.Record) { r.Answers["mk.region"] = say(`"polog"`) }, "form.answer", "mk.region"},
		{"national question", func(r *form.Record) {
			r.Additions = mk
			r.Answers["mk.region"], r.Answers["mk.office"] = say(`"polog"`), say(`"Tetovo"`)
		}, "", ""},
		{"national condition", func(r *form.Record) {
			r.Additions = mk
			r.Answers["mk.region"], r.Answers["mk.office"] = say(`"skopje"`), say(`"Tetovo"`)
		}, "form.answer.hidden", "mk.office"},
	} {
		r := first()
		c.change(&r)
		err := s.Check(r)
		var f *fault.Error
		switch {
		case c.key == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.key != "" && (!errors.As(err, &f) || f.Kind != fault.Invalid || f.Key != c.key || c.question != "" && f.Args["question"] != c.question):
			t.Errorf("%s: %v, want %s %s", c.name, err, c.key, c.question)
		}
	}
}

// TestEveryKind tries values of each kind on a shipped question of it.
func TestEveryKind(t *testing.T) {
	s, _ := loaded(t)
	long := `"` + strings.Repeat("a", 201) + `"`
	for question, values := range map[string]struct{ good, bad []string }{
		"found-on": {
			[]string{`{"year":2026,"month":2,"day":28}`, `{"year":0,"month":2,"day":29}`, `{"year":2026,"month":0,"day":31}`, `{"year":2026,"month":0,"day":0}`},
			[]string{`{"year":2026,"month":2,"day":29}`, `{"year":0,"month":0,"day":0}`, `{"year":26,"month":1,"day":1}`, `{"year":2026,"month":13,"day":1}`, `{"year":2026,"month":1,"day":32}`, `{"year":2026,"hour":1}`, `"2026-02-28"`},
		},
		"found-by":      {[]string{`"police"`}, []string{`"unknown"`, `["police"]`, `true`, `"Police"`}},
		"interpreter":   {[]string{`"yes"`, `"no"`}, []string{`true`, `"maybe"`}},
		"found-country": {[]string{`"MK"`, `"XK"`}, []string{`"mk"`, `"MKD"`, `""`}},
		"language":      {[]string{`"sq"`, `"sr-Latn"`}, []string{`"x"`, `"Albanian language"`}},
		"finder":        {[]string{`"A"`}, []string{`""`, `" "`, `"a\nb"`, long, `1`, `null`, `"a" "b"`, ``}},
		"grounds":       {[]string{`"a\nb"`, long}, []string{`""`, `"\u0000"`}},
	} {
		for i, v := range slices.Concat(values.good, values.bad) {
			r := first()
			r.Answers = maps.Clone(r.Answers)
			r.Answers[question] = say(v)
			if err := s.Check(r); (err == nil) != (i < len(values.good)) {
				t.Errorf("%s %s: %v", question, v, err)
			}
		}
	}
}

// TestFourValues gives each of the four answers to every question of every form that is always asked, and reads them back as
// they are written: each is a value, and none is the same as another or as nothing.
func TestFourValues(t *testing.T) {
	s, _ := loaded(t)
	for _, f := range s.Newest() {
		written := map[string]bool{}
		for _, state := range []person.State{person.Unknown, person.NotAsked, person.Declined, person.UnsafeToAsk} {
			r := form.Record{Form: f.ID, Version: f.Version, Answers: map[string]form.Answer{}}
			for _, part := range f.Sections {
				for _, q := range part.Questions {
					if q.When == nil {
						r.Answers[q.ID] = person.Without[json.RawMessage](state)
					}
				}
			}
			raw, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var back form.Record
			if err := json.Unmarshal(raw, &back); err != nil {
				t.Fatal(err)
			}
			if err := s.Check(back); err != nil {
				t.Errorf("%s %s: %v", f.ID, state.Code(), err)
			}
			written[string(raw)] = true
			for id, a := range r.Answers {
				a.Value = json.RawMessage(`"x"`)
				r.Answers[id] = a
				if err := s.Check(r); !fault.Is(err, fault.Invalid) {
					t.Errorf("%s %s: a value beside %s: %v", f.ID, id, state.Code(), err)
				}
				break
			}
		}
		if len(written) != 4 {
			t.Errorf("%s: %d records, want 4", f.ID, len(written))
		}
	}
}

// TestNumber is for a kind that only additions use so far.
func TestNumber(t *testing.T) {
	s, c := loaded(t)
	a := withQuestion(t, func(q *form.Question) { q.Kind, q.List = form.Number, "" })
	a.Forms[0].Sections[0].Questions[1].When = nil
	s, err := s.Add(c, a)
	if err != nil {
		t.Fatal(err)
	}
	for v, good := range map[string]bool{`0`: true, `12`: true, `-1`: false, `1.5`: false, `"1"`: false, `1e12`: false} {
		r := first()
		r.Additions, r.Answers["mk.region"] = form.Edition{Member: "MK", Version: 1}, say(v)
		if err := s.Check(r); (err == nil) != good {
			t.Errorf("%s: %v", v, err)
		}
	}
}
