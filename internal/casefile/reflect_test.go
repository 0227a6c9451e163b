package casefile_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

func granted(m id.Member, from, until string) casefile.Reflection {
	return casefile.Reflection{Country: m, Body: "Demo authority", Basis: "Demo act, article 3", From: from, Until: until, Informed: true}
}

// TestReflectionPeriod: the last day is the law's where somebody has confirmed the law, and the authority's before; a
// period shorter than the law or than the Convention is recorded and called so; one runs at a time; it is ended with a reason;
// no help is tied to it.
func TestReflectionPeriod(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	shipped := o.law
	confirmed := profile.Fictitious(shipped, "demo", "2026-11-01")
	for name, c := range map[string]struct {
		law    profile.Set
		in     casefile.Reflection
		until  string
		length casefile.ReflectionLength
	}{
		"the law is verified: 30 days after the first":                    {shipped, granted("BG", "2026-11-20", ""), "2026-12-20", casefile.AsLaw},
		"the authority gives more":                                        {shipped, granted("BG", "2026-11-20", "2027-02-20"), "2027-02-20", casefile.AsLaw},
		"less than the law":                                               {shipped, granted("BG", "2026-11-20", "2026-12-19"), "2026-12-19", casefile.BelowLaw},
		"the law is a guess, and the authority gives the least":           {shipped, granted("AL", "2026-11-20", "2026-12-20"), "2026-12-20", casefile.Unchecked},
		"the law is a guess, and the authority gives less than the least": {shipped, granted("AL", "2026-11-20", "2026-12-19"), "2026-12-19", casefile.BelowLeast},
		"somebody has confirmed three months":                             {confirmed, granted("AL", "2026-11-20", ""), "2027-02-20", casefile.AsLaw},
		"and 30 days are less than that":                                  {confirmed, granted("AL", "2026-11-20", "2026-12-20"), "2026-12-20", casefile.BelowLaw},
	} {
		o.law = c.law
		k, err := o.cases.Reflect(o.ctx, ana, o.open().ID, c.in)
		if err != nil || k.Value.Until != c.until || k.Value.Length != c.length {
			t.Errorf("%s: until %s, %s, %v, want %s, %s", name, k.Value.Until, k.Value.Length, err, c.until, c.length)
		}
	}
	o.law = shipped
	c := o.open().ID
	_, err := o.cases.Reflect(o.ctx, ana, c, granted("AL", "2026-11-20", ""))
	o.refused(err, fault.Invalid, "case.reflection.until") // nothing starts on a guess
	claimed := granted("BG", "2026-11-20", "")
	claimed.Length = casefile.AsLaw
	_, err = o.cases.Reflect(o.ctx, ana, c, claimed)
	o.refused(err, fault.Invalid, "case.field")
	_, err = o.cases.Reflect(o.ctx, ana, c, granted("BG", "2026-11-20", "2026-11-19"))
	o.refused(err, fault.Invalid, "case.field")
	_, err = o.cases.Reflect(o.ctx, o.people["petar"], c, granted("BG", "2026-11-20", ""))
	o.refused(err, fault.Hidden, "")

	o.reflected = nil
	k, err := o.cases.Reflect(o.ctx, ana, c, granted("BG", "2026-11-20", ""))
	o.must(err)
	_, err = o.cases.Reflect(o.ctx, ana, c, granted("BG", "2026-11-21", ""))
	o.refused(err, fault.Conflict, "case.reflection.runs")
	_, err = o.cases.EndReflection(o.ctx, ana, c, k.Record, k.Version+1, "2026-11-22", "cooperates")
	o.refused(err, fault.Stale, "")
	_, err = o.cases.EndReflection(o.ctx, ana, c, k.Record, k.Version, "2026-11-22", "removed")
	o.refused(err, fault.Invalid, "case.field")
	_, err = o.cases.EndReflection(o.ctx, ana, c, k.Record, k.Version, "2026-11-19", "cooperates")
	o.refused(err, fault.Invalid, "case.field")
	ended, err := o.cases.EndReflection(o.ctx, ana, c, k.Record, k.Version, "2026-11-22", "cooperates")
	if err != nil || ended.Value.Running() || ended.Value.Until != "2026-12-20" {
		t.Errorf("ended as %+v, %v", ended, err)
	}
	_, err = o.cases.EndReflection(o.ctx, ana, c, k.Record, ended.Version, "2026-11-23", "elapsed")
	o.refused(err, fault.Conflict, "case.reflection.ended")
	if len(o.reflected) != 2 || !o.reflected[0].Running() || o.reflected[1].Running() {
		t.Errorf("reminded of %+v", o.reflected)
	}
	o.now = o.now.Add(time.Hour)
	_, err = o.cases.Serve(o.ctx, ana, c, "", 0, lodging) // help goes on
	o.must(err)
	_, err = o.cases.Reflect(o.ctx, ana, c, granted("BG", "2026-11-23", ""))
	o.must(err)
	f, err := o.cases.Show(o.ctx, ana, c)
	if err != nil || len(f.Reflections) != 2 || f.Reflections[0].Value.Reason != "cooperates" {
		t.Errorf("the file says %+v, %v", f.Reflections, err)
	}
}
