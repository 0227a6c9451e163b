package casefile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// decided is one decision of a body, or of several together, in a country.
func decided(m id.Member, status, bodies string) casefile.Decision {
	all := strings.Split(bodies, "+")
	d := casefile.Decision{Status: status, Body: all[0], Name: "Demo body", Country: m, Basis: "Demo law 1", Date: "2026-11-20"}
	if len(all) > 1 {
		d.With = all[1:]
	}
	return d
}

// TestIdentificationModels is one story for each way in which the countries identify, told by their profiles alone: who
// decides is recorded as competent, who does not is refused once the rule is confirmed, and before that nothing is refused.
func TestIdentificationModels(t *testing.T) {
	o := born(t)
	ana, adult := o.people["ana"], o.open()
	child, err := o.cases.Open(o.ctx, ana, casefile.Opening{}) // of unknown age, which is the path of children
	o.must(err)
	shipped := o.law
	confirmed := profile.Fictitious(shipped, "demo", "2026-11-01")
	for _, c := range []struct {
		model        string
		member       id.Member
		status       string
		who          casefile.Case
		right, wrong string
	}{
		{"police", "SI", "formally-identified", adult, "police", "ngo-informal"},
		{"police", "MD", "formally-identified", adult, "police", "court"},
		{"prosecutor", "BA", "formally-identified", adult, "prosecutor", "ngo-informal"},
		{"centre", "RS", "formally-identified", adult, "dedicated-centre", "other-authority"},
		{"centre, a child", "RS", "formally-identified", child, "other-authority", "dedicated-centre"},
		{"team", "MK", "formally-identified", adult, "multidisciplinary-team", "police"},
		{"team, no longer the court", "ME", "formally-identified", adult, "multidisciplinary-team", "court"},
		{"team with the police", "HR", "formally-identified", adult, "police+multidisciplinary-team", "police"},
		{"team with the police, a child", "HR", "formally-identified", child, "multidisciplinary-team+police", "multidisciplinary-team"},
		{"police with an advocate", "XK", "formally-identified", adult, "police+other-authority", "police"},
		{"agency", "RO", "formally-identified", adult, "other-authority", "ngo-informal"},
		{"two statuses, the first", "BG", "presumed", adult, "ngo-informal", "prosecutor"},
		{"two statuses, the second", "BG", "formally-identified", adult, "prosecutor", "ngo-informal"},
		{"two statuses, the first", "AL", "presumed", adult, "other-authority+police", "ngo-informal"},
		{"two statuses, the second", "AL", "formally-identified", adult, "other-authority+police", "court"},
	} {
		name := string(c.member) + " " + c.model
		o.law = shipped
		for _, bodies := range []string{c.right, c.wrong} {
			k, err := o.cases.Decide(o.ctx, ana, c.who.ID, decided(c.member, c.status, bodies))
			if err != nil || k.Value.Standing != casefile.Unverified {
				t.Errorf("%s: nobody has confirmed the rule, and %s stands as %q, %v", name, bodies, k.Value.Standing, err)
			}
		}
		o.law = confirmed
		k, err := o.cases.Decide(o.ctx, ana, c.who.ID, decided(c.member, c.status, c.right))
		if err != nil || k.Value.Standing != casefile.Competent {
			t.Errorf("%s: %s stands as %q, %v", name, c.right, k.Value.Standing, err)
		}
		before, err := o.cases.Show(o.ctx, ana, c.who.ID)
		o.must(err)
		_, err = o.cases.Decide(o.ctx, ana, c.who.ID, decided(c.member, c.status, c.wrong))
		o.refused(err, fault.Invalid, "case.decide.incompetent")
		after, err := o.cases.Show(o.ctx, ana, c.who.ID)
		o.must(err)
		if len(after.Decisions) != len(before.Decisions) || after.Status != c.status {
			t.Errorf("%s: what was refused is in the file: %d decisions, %s", name, len(after.Decisions), after.Status)
		}
		_, err = o.cases.Serve(o.ctx, ana, c.who.ID, "", 0, lodging) // whatever was decided
		o.must(err)
	}
}

// TestADecisionOutsideEveryRuleIsKept: no rule names who decides, in a country of the network or outside it.
func TestADecisionOutsideEveryRuleIsKept(t *testing.T) {
	o := born(t)
	ana, c := o.people["ana"], o.open()
	o.law = profile.Fictitious(o.law, "demo", "2026-11-01")
	for _, d := range []casefile.Decision{decided("MK", "lost-contact", "police"), decided("AT", "formally-identified", "court")} {
		k, err := o.cases.Decide(o.ctx, ana, c.ID, d)
		if err != nil || k.Value.Standing != casefile.Unstated {
			t.Errorf("%s in %s stands as %q, %v", d.Status, d.Country, k.Value.Standing, err)
		}
	}
}

// TestADecisionIsDecidedAgain: on review or appeal, beside the first one, which keeps its words and its day.
func TestADecisionIsDecidedAgain(t *testing.T) {
	o := born(t)
	ana, c, other := o.people["ana"], o.open(), o.open()
	first := decided("SI", "not-identified", "police")
	first.Review = "2026-12-20"
	no, err := o.cases.Decide(o.ctx, ana, c.ID, first)
	o.must(err)
	o.now = o.now.Add(time.Hour)
	again := decided("SI", "formally-identified", "court")
	again.Of, again.Date = no.Record, "2026-11-22"
	yes, err := o.cases.Decide(o.ctx, ana, c.ID, again)
	o.must(err)
	if yes.Value.Standing != casefile.Unstated || yes.Value.Of != no.Record { // no source names who reviews in SI
		t.Errorf("decided again: %+v", yes.Value)
	}
	f, err := o.cases.Show(o.ctx, ana, c.ID)
	o.must(err)
	if len(f.Decisions) != 2 || f.Decisions[0].Value.Status != "not-identified" || f.Decisions[0].Value.Review != "2026-12-20" || f.Status != "formally-identified" {
		t.Errorf("the file has %+v, status %s", f.Decisions, f.Status)
	}
	for name, spoil := range map[string]func(*casefile.Decision){
		"earlier":         func(d *casefile.Decision) { d.Date = "2026-11-19" },
		"another country": func(d *casefile.Decision) { d.Country = "HR" },
	} {
		d := again
		spoil(&d)
		_, err := o.cases.Decide(o.ctx, ana, c.ID, d)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.cases.Decide(o.ctx, ana, other.ID, again)
	o.refused(err, fault.Invalid, "case.decide.of")
	claimed := decided("SI", "formally-identified", "police")
	claimed.Standing = casefile.Competent
	_, err = o.cases.Decide(o.ctx, ana, c.ID, claimed)
	o.refused(err, fault.Invalid, "case.field")
	for _, with := range [][]string{{"police"}, {"court", "court"}, {"prosecutor", "court"}, {"jury"}} {
		d := decided("SI", "formally-identified", "police")
		d.With = with
		_, err = o.cases.Decide(o.ctx, ana, c.ID, d)
		o.refused(err, fault.Invalid, "case.field")
	}
}
