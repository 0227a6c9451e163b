package form_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/spectest"
)

// filled returns a filling of one of the shipped forms: with each question that is asked answered with an answer of its kind, and
// where it has none other, with one of the four that say none.
func filled(t testing.TB, s form.Set, f form.Form) form.Filling {
	t.Helper()
	r := form.Record{Form: f.ID, Version: f.Version, Answers: map[string]form.Answer{}}
	none := []person.State{person.Unknown, person.NotAsked, person.Declined, person.UnsafeToAsk}
	n := 0
	for _, part := range f.Sections {
		for _, q := range part.Questions {
			values := map[form.Kind]string{
				form.Text: `"DEMO"`, form.LongText: `"DEMO\nИзмислено"`, form.Date: `{"day":0,"month":2,"year":2020}`, form.YesNo: `"yes"`,
				form.Country: `"XK"`, form.Language: `"sr-Cyrl"`, form.Number: `3`,
			}
			for _, l := range f.Lists {
				if l.ID == q.List {
					values[form.Choice], values[form.Choices] = `"`+l.Choices[0].Code+`"`, `["`+l.Choices[0].Code+`"]`
				}
			}
			a := person.Say(json.RawMessage(values[q.Kind]))
			if n++; n%5 == 0 {
				a = person.Without[json.RawMessage](none[n/5%len(none)])
			}
			r.Answers[q.ID] = a
			problems, err := s.Problems(r, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems { // it was not to be asked after what was answered before
				if p.Key == "form.answer.hidden" {
					delete(r.Answers, p.Question)
				}
			}
		}
	}
	return form.Filling{Schema: form.FillingName, Record: r, Language: "sq", Interpreter: true, Finished: true}
}

// TestSchemaOfFilling compares the schema of a filled-in form with what is read here.
func TestSchemaOfFilling(t *testing.T) {
	s, _ := loaded(t)
	texts := [][]byte{[]byte(`{"additions":{"member":"MK","version":1},"answers":{"place":{"state":"given","value":"x"},"when":{"state":"declined"}},` +
		`"finished":false,"form":"F1","interpreter":false,"language":"sq","schema":"opentrm/form-filling/1","version":1}`)}
	for _, f := range s.Newest() {
		b, err := frame.Encode(filled(t, s, f))
		if err != nil {
			t.Fatal(err)
		}
		if err := spectest.Fits(spectest.Compiled(t, "form-filling"), b); err != nil {
			t.Errorf("%s: %v", f.ID, err)
		}
	}
	spectest.Compare(t, spectest.Form{
		Schema: "form-filling", Texts: texts, Read: func(b []byte) error { _, err := form.ParseFilling(b); return err },
	})
}

const fillings = "../../spec/testdata/filling"

// TestVectorsOfFilling runs spec/testdata/filling; -update writes it.
func TestVectorsOfFilling(t *testing.T) {
	s, c := loaded(t)
	s, err := s.Add(c, national(t))
	if err != nil {
		t.Fatal(err)
	}
	read := func(raw []byte) (form.Filling, error) {
		x, err := form.ParseFilling(raw)
		if err != nil {
			return x, err
		}
		if x.Finished {
			return x, s.Check(x.Record)
		}
		problems, err := s.Problems(x.Record, false)
		if err == nil && len(problems) > 0 {
			err = s.Check(x.Record)
		}
		return x, err
	}
	if *update {
		writeFillings(t, s, read)
	}
	spectest.Vectors(t, fillings, func(t *testing.T, v spectest.Vector) error {
		x, err := read([]byte(v["filling"]))
		if err != nil {
			return err
		}
		if again, err := frame.Encode(x); err != nil || string(again) != v["filling"] {
			t.Errorf("written again: %v %s", err, again)
		}
		if got := strconv.Itoa(len(x.Answers)); got != v["answered"] {
			t.Errorf("answered %s, want %s", got, v["answered"])
		}
		return nil
	})
}

func writeFillings(t *testing.T, s form.Set, read func([]byte) (form.Filling, error)) {
	save := func(name, what, text string) {
		x, err := read([]byte(text))
		v := spectest.Vector{"filling": text}
		if err == nil {
			v["answered"] = strconv.Itoa(len(x.Answers))
		}
		spectest.Save(t, fillings, name, what, err, v)
	}
	text := func(x form.Filling) string {
		b, err := frame.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, f := range s.Newest() {
		if f.Record != "" {
			continue // it is no filled-in form
		}
		save("finished-"+strings.ToLower(f.ID), "a finished "+f.ID, text(filled(t, s, f)))
		empty := form.Filling{Schema: form.FillingName, Record: form.Record{Form: f.ID, Version: f.Version, Answers: map[string]form.Answer{}}, Language: "mk"}
		save("draft-"+strings.ToLower(f.ID), "a draft of "+f.ID+" in which nothing is answered yet", text(empty))
	}
	f, err := s.Form("F1", 1, form.Edition{Member: "MK", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	x := filled(t, s, f)
	x.Additions = form.Edition{Member: "MK", Version: 1}
	x.Answers["mk.region"], x.Answers["mk.office"] = person.Say(json.RawMessage(`"polog"`)), person.Say(json.RawMessage(`"DEMO"`))
	save("additions", "with the questions of a member, which testdata/form/good adds", text(x))
	x.Answers["mk.region"] = person.Say(json.RawMessage(`"skopje"`))
	save("refuse-hidden", "an answer to a question that is asked in Polog only", text(x))
	delete(x.Answers, "mk.office")
	x.Additions.Version = 2
	save("refuse-additions", "additions that nobody has made", text(x))
	x.Additions, x.Version = form.Edition{}, 99
	save("refuse-version", "a version that was not shipped", text(x))

	f, err = s.Form("F2", 1, form.Edition{})
	if err != nil {
		t.Fatal(err)
	}
	good := text(filled(t, s, f))
	for _, c := range [][4]string{
		{"refuse-form", "no name of a form", `"F2"`, `"f2"`},
		{"refuse-schema", "another form of file", `form-filling/1`, `form-filling/2`},
		{"refuse-language", "no tag of a language", `"language":"sq"`, `"language":"Albanian language"`},
		{"refuse-name", "a name that the form does not have", `"finished"`, `"final"`},
		{"refuse-question", "an answer to no question", `"answers":{`, `"answers":{"zz":{"state":"declined"},`},
		{"refuse-twice", "a question answered twice", `"answers":{`, `"answers":{` + firstAnswer(t, good) + `,`},
		{"refuse-declined-with", "declined, and yet a value", `{"state":"declined"}`, `{"state":"declined","value":"x"}`},
		{"refuse-state", "no such answer", `{"state":"declined"}`, `{"state":"no-answer"}`},
		{"refuse-number", "a number that is not whole", `"version":1`, `"version":1.5`},
	} {
		spoilt := strings.Replace(good, c[2], c[3], 1)
		if spoilt == good {
			t.Fatal(c[0], " spoils nothing")
		}
		save(c[0], c[1], spoilt)
	}
	for _, c := range [][3]string{
		{"refuse-required", "finished, though what may not stay empty is empty", `"finished":true`},
		{"refuse-null", "answers that are no list", `"finished":false`},
	} {
		answers := `{}`
		if c[0] == "refuse-null" {
			answers = `null`
		}
		save(c[0], c[1], `{"answers":`+answers+`,`+c[2]+`,"form":"F1","interpreter":false,"language":"sq","schema":"opentrm/form-filling/1","version":1}`)
	}
}

func TestAFillingHasABound(t *testing.T) {
	blank := strings.Repeat(" ", form.MaxFilling)
	if _, err := form.ParseFilling([]byte(blank)); !fault.Is(err, fault.Invalid) {
		t.Errorf("as much as may be: %v", err)
	}
	if _, err := form.ParseFilling([]byte(blank + " ")); !fault.Is(err, fault.TooLarge) {
		t.Errorf("more: %v", err)
	}
}

// firstAnswer returns the text of the first answer of a filling.
func firstAnswer(t testing.TB, text string) string {
	t.Helper()
	_, rest, _ := strings.Cut(text, `"answers":{`)
	i := strings.Index(rest, `},"`)
	if i < 0 {
		t.Fatal("one answer only")
	}
	return rest[:i+1]
}
