package casefile_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
)

// put is a text that was put to her by an interpreter to whom she agreed.
func put() casefile.Mediation {
	return casefile.Mediation{
		Text: "rights", On: "2026-11-23", Language: "ro", Mediator: "interpreter", Name: "Demo Interpreter", Agreed: "yes", ReadBack: true,
		Understood: "fully",
	}
}

func spoken() casefile.Interpreting {
	return casefile.Interpreting{
		Languages: []string{"ro", "ru"}, Needed: "yes", Sex: "female", Remote: "no", NotFrom: "nobody from Demovo",
		Unsafe: []casefile.Unsafe{{Name: "Петко Фиктивски", Why: "a cousin of him whom she fears"}},
	}
}

// TestWhoInterpretedIsRecordedForEachText: family, fellow victims, whom she refused and whom she fears are warned of, in whatever script
// the name is written, and recorded only with a reason.
func TestWhoInterpretedIsRecordedForEachText(t *testing.T) {
	o := born(t)
	ana, c, other := o.people["ana"], o.open(), o.open()
	_, err := o.cases.Interpret(o.ctx, ana, c.ID, 0, spoken())
	o.must(err)
	k, concerns, err := o.cases.Mediate(o.ctx, ana, c.ID, put())
	if err != nil || len(concerns) != 0 || k.Value.Name != "Demo Interpreter" {
		t.Fatalf("%+v, %v, %v", k, concerns, err)
	}
	for name, x := range map[string]struct {
		spoil func(*casefile.Mediation)
		want  casefile.Concern
		bars  bool
	}{
		"her family":        {func(m *casefile.Mediation) { m.Mediator = casefile.Family }, casefile.ByFamily, true},
		"a fellow victim":   {func(m *casefile.Mediation) { m.Mediator = casefile.Fellow }, casefile.ByFellow, true},
		"she did not agree": {func(m *casefile.Mediation) { m.Agreed = "no" }, casefile.NotAgreed, true},
		"whom she fears":    {func(m *casefile.Mediation) { m.Name = "FIKTIVSKI, Petko" }, casefile.ByUnsafe, true},
		"another language":  {func(m *casefile.Mediation) { m.Language = "en" }, casefile.OtherTongue, false},
		"hardly understood": {func(m *casefile.Mediation) { m.Understood = "hardly" }, casefile.NotGrasped, false},
	} {
		m := put()
		x.spoil(&m)
		_, got, err := o.cases.Mediate(o.ctx, ana, c.ID, m)
		if x.bars {
			o.refused(err, fault.Invalid, "case.mediate.why")
			m.Why = "DEMO: nobody else was there, and she was bleeding"
			_, got, err = o.cases.Mediate(o.ctx, ana, c.ID, m)
		}
		if err != nil || !slices.Equal(got, []casefile.Concern{x.want}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	m := put()
	m.Language = "ro-MD" // a region is no other language
	if _, got, err := o.cases.Mediate(o.ctx, ana, c.ID, m); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	m.Of = string(k.Record)
	_, _, err = o.cases.Mediate(o.ctx, ana, c.ID, m)
	o.must(err)
	_, _, err = o.cases.Mediate(o.ctx, ana, other.ID, m) // a text of another case
	o.refused(err, fault.Invalid, "case.mediate.of")
	for field, spoil := range map[string]func(*casefile.Mediation){
		"text":       func(m *casefile.Mediation) { m.Text = "poem" },
		"on":         func(m *casefile.Mediation) { m.On = "today" },
		"language":   func(m *casefile.Mediation) { m.Language = "" },
		"mediator":   func(m *casefile.Mediation) { m.Mediator = "" },
		"name":       func(m *casefile.Mediation) { m.Name = "" },
		"agreed":     func(m *casefile.Mediation) { m.Agreed = "" },
		"understood": func(m *casefile.Mediation) { m.Understood = "" },
	} {
		m := put()
		spoil(&m)
		if _, _, err := o.cases.Mediate(o.ctx, ana, c.ID, m); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", field, err)
		}
	}
	f, err := o.cases.Show(o.ctx, o.people["mira"], c.ID)
	o.must(err)
	if len(f.Mediations) != 9 || f.Needs.Value.NotFrom != "nobody from Demovo" {
		t.Errorf("the file has %d mediations and %+v", len(f.Mediations), f.Needs)
	}
	_, _, err = o.cases.Mediate(o.ctx, o.people["boris"], c.ID, put())
	o.refused(err, fault.Hidden, "")
}

// TestWhatSheNeedsToBeUnderstoodStandsOnce: what was changed since is not overwritten.
func TestWhatSheNeedsToBeUnderstoodStandsOnce(t *testing.T) {
	o := born(t)
	ana, c := o.people["ana"], o.open()
	first, err := o.cases.Interpret(o.ctx, ana, c.ID, 0, spoken())
	o.must(err)
	_, err = o.cases.Interpret(o.ctx, ana, c.ID, 0, spoken())
	o.refused(err, fault.Stale, "case.mediate.stale")
	o.now = o.now.Add(time.Hour)
	x := spoken()
	x.Sex, x.Unsafe = "no-preference", nil
	second, err := o.cases.Interpret(o.ctx, o.people["mira"], c.ID, first.Version, x)
	o.must(err)
	f, err := o.cases.Show(o.ctx, ana, c.ID)
	o.must(err)
	if second.Record != first.Record || f.Needs.Version != 2 || f.Needs.Value.Sex != "no-preference" {
		t.Errorf("%+v", f.Needs)
	}
	for field, spoil := range map[string]func(*casefile.Interpreting){
		"languages": func(x *casefile.Interpreting) { x.Languages = []string{"?"} },
		"needed":    func(x *casefile.Interpreting) { x.Needed = "" },
		"sex":       func(x *casefile.Interpreting) { x.Sex = "any" },
		"remote":    func(x *casefile.Interpreting) { x.Remote = "maybe" },
		"unsafe":    func(x *casefile.Interpreting) { x.Unsafe = []casefile.Unsafe{{Name: "."}} },
	} {
		x := spoken()
		spoil(&x)
		if _, err := o.cases.Interpret(o.ctx, ana, c.ID, 2, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
