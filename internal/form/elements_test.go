package form_test

import (
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/person"
)

// TestElementsSayWhatIsRecorded: which elements of article 3 of the Palermo Protocol are written down, without a word on what she is. Of
// a child, and of whom nobody knows to be an adult, no means is needed. "Not sure" records nothing. Who does not see every answer is told
// nothing of it, and help is given whatever it says.
func TestElementsSayWhatIsRecorded(t *testing.T) {
	o := born(t)
	o.join("iva", access.IdentificationAuthority)
	c := o.open()
	acts, means, purpose := `["recruitment"]`, `["deception","threat"]`, `["forced-labour"]`
	for name, x := range map[string]struct {
		said map[string]string
		want form.Elements
	}{
		"an adult, all three":      {map[string]string{"age": `"adult"`, "acts": acts, "means": means, "exploitation": purpose}, form.Elements{Act: true, Means: true, Purpose: true, MeansNeeded: true}},
		"an adult without a means": {map[string]string{"age": `"adult"`, "acts": acts, "exploitation": purpose}, form.Elements{Act: true, Purpose: true, MeansNeeded: true}},
		"a child":                  {map[string]string{"age": `"child"`, "acts": acts, "exploitation": purpose}, form.Elements{Act: true, Purpose: true}},
		"of unknown age":           {map[string]string{"age": "unknown", "exploitation": purpose}, form.Elements{Purpose: true}},
		"nobody asked her age":     {map[string]string{"means": means}, form.Elements{Means: true}},
		"not sure of anything":     {map[string]string{"age": `"adult"`, "acts": "unknown", "means": "declined", "exploitation": "unsafe-to-ask"}, form.Elements{MeansNeeded: true}},
		"nothing":                  {nil, form.Elements{}},
	} {
		r := form.Record{Form: "F1", Version: 1, Answers: map[string]form.Answer{}}
		for q, a := range x.said {
			r.Answers[q] = spoken(a)
		}
		e, err := o.forms.Fill(o.ctx, o.people["iva"], c.ID, filling(r, false))
		o.must(err)
		got := o.read("ana", c.ID, e.Record)
		if got.Elements == nil || *got.Elements != x.want {
			t.Errorf("%s: %+v, want %+v", name, got.Elements, x.want)
		}
		if seen := o.read("sonja", c.ID, e.Record); seen.Elements != nil {
			t.Errorf("%s: who sees no answer about it is told %+v", name, seen.Elements)
		}
		_, err = o.cases.Serve(o.ctx, o.people["ana"], c.ID, "", 0, casefile.Delivery{Service: "legal", Provider: "Demo office", From: "2026-11-23"}) // whatever is recorded
		o.must(err)
	}
	other := form.Record{Form: "F8", Version: 1, Answers: map[string]form.Answer{"details": person.Without[json.RawMessage](person.Declined)}}
	e, err := o.forms.Fill(o.ctx, o.people["ana"], c.ID, filling(other, false))
	o.must(err)
	if got := o.read("ana", c.ID, e.Record); got.Elements != nil {
		t.Errorf("of a form that does not ask for them: %+v", got.Elements)
	}
}
