package duplicate_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
)

// known opens a case of a person.
func (o *shelter) known(who, given, family string, change func(*person.Person)) casefile.Case {
	o.t.Helper()
	p := person.Person{
		Names:     []person.Name{{Use: person.Registered, Parts: []person.NamePart{{Kind: person.GivenName, Text: given}, {Kind: person.Surname, Text: family}}, Script: "Latn"}},
		Birth:     person.Answer[person.Birth]{State: person.Given, Value: person.Birth{Year: 2000, Month: 1, Day: 2}},
		Age:       person.Without[person.AgeClass](person.NotAsked),
		Sex:       person.Without[person.Sex](person.NotAsked),
		Languages: person.Without[[]person.Language](person.NotAsked), Citizenships: person.Without[[]string](person.NotAsked),
		Documents: person.Without[[]person.Document](person.NotAsked), Contacts: []person.Contact{},
	}
	if change != nil {
		change(&p)
	}
	c, err := o.cases.Open(o.ctx, o.people[who], casefile.Opening{AgeClass: person.Adult, Person: &p})
	o.must(err)
	o.later()
	return o.row(c.ID)
}

func (o *shelter) row(c id.Case) (row casefile.Case) {
	o.t.Helper()
	o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) (err error) {
		row, err = tx.Case(o.ctx, c)
		return err
	}))
	return row
}

// merge says that two cases are of one person, and that the first is worked with.
func (o *shelter) merge(a, b casefile.Case) duplicate.Merge {
	o.t.Helper()
	m, err := o.twins.Merge(o.ctx, o.people["ana"], a.ID, a.Version, duplicate.New{Other: string(b.Reference), Version: b.Version, Keep: "this", Reason: "DEMO: one passport"})
	o.must(err)
	o.later()
	return m
}

func (o *shelter) note(c id.Case, text string) error {
	_, err := o.cases.Note(o.ctx, o.people["ana"], c, casefile.Note{Language: "en", Text: text})
	return err
}

// file is a case as it is read, without what says that it was opened.
func (o *shelter) file(c id.Case) string {
	o.t.Helper()
	f, err := o.cases.Show(o.ctx, o.people["ana"], c)
	o.must(err)
	f.Version = 0
	b, err := json.Marshal(f)
	o.must(err)
	return string(b)
}

// TestUndoneBothAreAsTheyWere: merged, one is worked with and the other is read and written by nobody; undone, both are exactly as they
// were, and what was written since stays where it was written, and is named.
func TestUndoneBothAreAsTheyWere(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	a, b := o.known("ana", "Demka", "Probna", nil), o.known("ana", "Demka", "Probnova", nil)
	o.must(o.note(a.ID, "DEMO: here"))
	o.must(o.note(b.ID, "DEMO: there"))
	before := map[id.Case]string{a.ID: o.file(a.ID), b.ID: o.file(b.ID)}

	x, err := o.twins.Compare(o.ctx, ana, a.ID, string(b.Reference))
	o.must(err)
	if x.Second || len(x.Differences) != 1 || x.Differences[0].Field != "names" || x.Differences[0].There != "Demka Probnova" || x.Here.Counts["note"] != 1 || x.There.Counts["person"] != 1 {
		t.Errorf("%+v", x)
	}
	m := o.merge(a, b)
	if m.State != duplicate.Merged || m.Survivor != a.ID || o.row(b.ID).State != casefile.Merged || o.row(b.ID).Into != a.ID {
		t.Errorf("%+v %+v", m, o.row(b.ID))
	}
	o.refused(o.note(b.ID, "DEMO"), fault.Conflict, "case.merged")
	_, err = o.cases.Close(o.ctx, ana, b.ID, o.row(b.ID).Version, casefile.Closure{Reason: "moved", Date: "2026-12-01", Action: "retain"})
	o.refused(err, fault.Conflict, "case.merged")
	o.refused(o.cases.Erase(o.ctx, ana.Actor, b.ID), fault.Conflict, "case.merged")
	if f, err := o.cases.Show(o.ctx, ana, b.ID); err != nil || len(f.Notes) != 1 || f.Into != a.ID {
		t.Errorf("%v %+v", err, f)
	}
	all, err := o.cases.List(o.ctx, ana.Actor, casefile.Filter{Limit: 10})
	o.must(err)
	if len(all) != 1 || all[0].ID != a.ID {
		t.Errorf("the list has %d: whoever counts cases counts her twice", len(all))
	}
	o.must(o.note(a.ID, "DEMO: since"))
	s, err := o.twins.Of(o.ctx, ana, b.ID)
	o.must(err)
	if s.Leads == nil || s.Leads.ID != a.ID || len(s.Merges) != 1 || s.Merges[0].Reference != a.Reference || s.Said[0].Reason != "DEMO: one passport" {
		t.Errorf("%+v", s)
	}

	_, err = o.twins.Undo(o.ctx, ana, m.ID, m.Version+1, "DEMO", false)
	o.refused(err, fault.Stale, "duplicate.stale")
	_, err = o.twins.Undo(o.ctx, ana, m.ID, m.Version, "", false)
	o.refused(err, fault.Invalid, "duplicate.field")
	u, err := o.twins.Undo(o.ctx, ana, m.ID, m.Version, "DEMO: two sisters", true)
	o.must(err)
	if len(u.Later) != 1 || u.Later[0].Kind != casefile.KindNote || u.State != duplicate.Undone {
		t.Errorf("%+v", u)
	}
	if got := o.file(b.ID); got != before[b.ID] {
		t.Errorf("the merged file is not as it was:\n%s\n%s", got, before[b.ID])
	}
	if f, err := o.cases.Show(o.ctx, ana, a.ID); err != nil || len(f.Notes) != 2 || f.Notes[0].Value.Text != "DEMO: here" {
		t.Errorf("%v %+v", err, f.Notes)
	}
	o.must(o.note(b.ID, "DEMO: goes on"))
	_, err = o.twins.Undo(o.ctx, ana, m.ID, m.Version+1, "DEMO", false)
	o.refused(err, fault.Conflict, "duplicate.state")
	if want := []duplicate.State{duplicate.Merged, duplicate.Undone}; !slices.Equal(o.told, want) {
		t.Errorf("told %v, want %v", o.told, want)
	}
	// Both files tell it, and the log names both, each time.
	for _, c := range []id.Case{a.ID, b.ID} {
		s, err := o.twins.Of(o.ctx, ana, c)
		o.must(err)
		if len(s.Said) != 2 || s.Said[0].Step != duplicate.StepUndone || s.Said[0].Later != 1 {
			t.Errorf("%+v", s.Said)
		}
	}
}

// TestASecondPersonSaysSoToo: where another desk was told of a search for her, one person alone merges nothing; who proposed it is no
// second, and what the second refuses stays as it was.
func TestASecondPersonSaysSoToo(t *testing.T) {
	o := born(t)
	a, b := o.open("ana"), o.open("ana")
	o.hidden = true
	m := o.merge(a, b)
	if m.State != duplicate.Proposed || o.row(b.ID).State != casefile.Open {
		t.Errorf("%+v", m)
	}
	_, err := o.twins.Merge(o.ctx, o.people["ana"], b.ID, b.Version, duplicate.New{Other: string(a.Reference), Version: a.Version, Keep: "this", Reason: "DEMO"})
	o.refused(err, fault.Conflict, "duplicate.already")
	_, err = o.twins.Confirm(o.ctx, o.people["ana"], m.ID, m.Version, true, "DEMO")
	o.refused(err, fault.Conflict, "duplicate.second")
	_, err = o.twins.Confirm(o.ctx, o.people["clara"], m.ID, m.Version, true, "DEMO")
	o.refused(err, fault.Hidden, "")
	_, err = o.twins.Confirm(o.ctx, o.people["anja"], m.ID, m.Version+1, true, "DEMO")
	o.refused(err, fault.Stale, "")
	no, err := o.twins.Confirm(o.ctx, o.people["anja"], m.ID, m.Version, false, "DEMO: not sure")
	o.must(err)
	if no.State != duplicate.Refused || o.row(b.ID).State != casefile.Open {
		t.Errorf("%+v", no)
	}
	again := o.merge(a, b)
	yes, err := o.twins.Confirm(o.ctx, o.people["anja"], again.ID, again.Version, true, "DEMO: sure")
	o.must(err)
	if yes.State != duplicate.Merged || yes.Second != "anja" || o.row(b.ID).Into != a.ID {
		t.Errorf("%+v", yes)
	}
}

// TestWhatProtectsHerIsThereBefore: nothing that protects her in the file that is put aside is lost by merging.
func TestWhatProtectsHerIsThereBefore(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	refuse := func(a, b casefile.Case, key string) {
		t.Helper()
		_, err := o.twins.Merge(o.ctx, ana, a.ID, a.Version, duplicate.New{Other: string(b.Reference), Version: b.Version, Keep: "this", Reason: "DEMO"})
		o.refused(err, fault.Conflict, key)
	}
	plain := o.known("ana", "Demka", "Probna", nil)
	asked, err := o.cases.Open(o.ctx, ana, casefile.Opening{AgeClass: person.Adult, Asylum: true, Origins: []string{"RS"}})
	o.must(err)
	refuse(plain, asked, "duplicate.asylum")
	child, err := o.cases.Open(o.ctx, ana, casefile.Opening{})
	o.must(err)
	refuse(plain, child, "duplicate.age")
	danger := o.known("ana", "Demka", "Probna", func(p *person.Person) {
		p.Contacts = append(p.Contacts, person.Contact{Way: person.Telephone, Address: "+389 00 000", Safety: person.Unsafe, Answerer: "DEMO"})
	})
	refuse(plain, danger, "duplicate.contact")
	o.busy = fault.New(fault.Conflict, "duplicate.busy")
	refuse(danger, plain, "duplicate.busy")
	o.busy = nil
	_, err = o.twins.Merge(o.ctx, ana, plain.ID, plain.Version, duplicate.New{Other: string(danger.Reference), Version: danger.Version, Keep: "other", Reason: "DEMO"})
	o.must(err) // the other way round everything is there
	if o.row(plain.ID).Into != danger.ID {
		t.Error("the wrong one is worked with")
	}
	refuse(o.row(danger.ID), o.row(plain.ID), "duplicate.closed")
	third := o.open("ana")
	refuse(third, o.row(danger.ID), "duplicate.chain")

	for name, n := range map[string]duplicate.New{
		"with herself":  {Other: string(third.Reference), Version: third.Version, Keep: "this", Reason: "DEMO"},
		"with nobody":   {Other: "nobody", Version: 1, Keep: "this", Reason: "DEMO"},
		"no reason":     {Other: string(danger.Reference), Version: o.row(danger.ID).Version, Keep: "other"},
		"keeps neither": {Other: string(danger.Reference), Version: o.row(danger.ID).Version, Reason: "DEMO"},
	} {
		if _, err := o.twins.Merge(o.ctx, ana, third.ID, third.Version, n); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.twins.Merge(o.ctx, ana, third.ID, third.Version, duplicate.New{Other: string(danger.Reference), Version: 77, Keep: "other", Reason: "DEMO"})
	o.refused(err, fault.Stale, "duplicate.stale")
	elsewhere := o.open("clara")
	_, err = o.twins.Merge(o.ctx, ana, third.ID, third.Version, duplicate.New{Other: string(elsewhere.Reference), Version: 1, Keep: "this", Reason: "DEMO"})
	o.refused(err, fault.Invalid, "duplicate.other") // as if it were not there
	_, err = o.twins.Compare(o.ctx, ana, third.ID, string(elsewhere.Reference))
	o.refused(err, fault.Invalid, "duplicate.other")
	file := o.open("petar")
	_, err = o.twins.Merge(o.ctx, o.people["petar"], file.ID, file.Version, duplicate.New{Other: string(third.Reference), Version: 1, Keep: "this", Reason: "DEMO"})
	o.refused(err, fault.Denied, "")
}

// TestAMergeWidensNoConsent: what she agreed to in one file permits nothing in the other, before and after.
func TestAMergeWidensNoConsent(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	a, b := o.open("ana"), o.open("ana")
	give := func(c casefile.Case) (consent.Consent, error) {
		return o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForCriminal}, Categories: []consent.Code{"needs"},
			Recipients: []id.Address{{Member: "MK", Desk: "prosecution"}}, Language: "en", How: consent.Written,
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		}})
	}
	of, err := give(b)
	o.must(err)
	m := o.merge(a, b)
	release := casefile.Releasing{Case: a.ID, To: "prosecution", Consent: of.ID, Category: "victim", Handling: "evidence-allowed"}
	_, err = o.cases.ByConsent(o.ctx, ana, release)
	o.refused(err, fault.Conflict, "consent.not-live")
	_, err = give(b)
	o.refused(err, fault.Conflict, "consent.case-closed")
	for c, n := range map[id.Case]int{a.ID: 0, b.ID: 1} {
		all, err := o.consents.List(o.ctx, ana.Actor, c)
		o.must(err)
		if len(all) != n || n == 1 && (all[0].Compartment != of.Compartment || all[0].State != consent.Given) {
			t.Errorf("%+v", all)
		}
	}
	_, err = o.twins.Undo(o.ctx, ana, m.ID, m.Version, "DEMO", false)
	o.must(err)
	release.Case = b.ID
	_, err = o.cases.ByConsent(o.ctx, ana, release)
	o.must(err)
}

// TestTheSearchShowsOne: merged, the search shows the file that is worked with, once, by whichever name she is sought; undone, two again.
// Two that are not of one person are not proposed again.
func TestTheSearchShowsOne(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	a, b := o.known("ana", "Demka", "Probna", nil), o.known("ana", "Demka", "Probna", nil)
	other := o.known("ana", "Izmislena", "Pokazna", nil)
	find := func() (out []id.Case) {
		t.Helper()
		f, err := o.finds.Find(o.ctx, ana, search.Query{Name: "Demka Probna"})
		o.must(err)
		for _, c := range f.Cards {
			out = append(out, c.Case.ID)
		}
		slices.Sort(out)
		return out
	}
	propose := func(c id.Case) (out []id.Case) {
		t.Helper()
		cards, err := o.twins.Candidates(o.ctx, ana, c)
		o.must(err)
		for _, x := range cards {
			out = append(out, x.Case.ID)
		}
		return out
	}
	if got := find(); !slices.Equal(got, []id.Case{a.ID, b.ID}) {
		t.Errorf("%v", got)
	}
	if got := propose(a.ID); !slices.Equal(got, []id.Case{b.ID}) {
		t.Errorf("proposed %v", got)
	}
	if got := propose(other.ID); len(got) != 0 {
		t.Errorf("proposed %v", got)
	}
	m := o.merge(a, b)
	if got := find(); !slices.Equal(got, []id.Case{a.ID}) {
		t.Errorf("merged: %v", got)
	}
	if got := append(propose(a.ID), propose(b.ID)...); len(got) != 0 {
		t.Errorf("proposed %v", got)
	}
	_, err := o.twins.Undo(o.ctx, ana, m.ID, m.Version, "DEMO: two people", true)
	o.must(err)
	if got := find(); !slices.Equal(got, []id.Case{a.ID, b.ID}) {
		t.Errorf("undone: %v", got)
	}
	if got := append(propose(a.ID), propose(b.ID)...); len(got) != 0 {
		t.Errorf("proposed again: %v", got)
	}
	third := o.known("ana", "Demka", "Probna", nil)
	o.must(o.twins.Apart(o.ctx, ana, third.ID, string(b.Reference), "DEMO: another mother"))
	if got := propose(third.ID); !slices.Equal(got, []id.Case{a.ID}) {
		t.Errorf("proposed %v", got)
	}
	_, err = o.twins.Candidates(o.ctx, o.people["clara"], a.ID)
	o.refused(err, fault.Hidden, "")

	// Merging them all the same takes two people.
	again := o.merge(o.row(a.ID), o.row(b.ID))
	if again.State != duplicate.Proposed {
		t.Errorf("%+v", again)
	}
	_, err = o.twins.Confirm(o.ctx, o.people["anja"], again.ID, again.Version, true, "DEMO: a clerk's error")
	o.must(err)
	if got := find(); !slices.Equal(got, []id.Case{a.ID, third.ID}) {
		t.Errorf("%v", got)
	}
}

// TestAMergedFileEndsWithTheOther: whoever erases her file erases what leads to it; new keys of either change
// nothing of the merge.
func TestAMergedFileEndsWithTheOther(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	a, b := o.open("ana"), o.open("ana")
	o.must(o.note(b.ID, "DEMO"))
	o.merge(a, b)
	for _, c := range []id.Case{a.ID, b.ID} {
		for left := 1; left > 0; {
			var err error
			left, err = o.cases.Rekey(o.ctx, ana, c, 10)
			o.must(err)
		}
	}
	if s, err := o.twins.Of(o.ctx, ana, b.ID); err != nil || s.Leads == nil || len(s.Said) != 1 {
		t.Errorf("%v %+v", err, s)
	}
	_, err := o.cases.Close(o.ctx, ana, a.ID, o.row(a.ID).Version, casefile.Closure{Reason: "needs-met", Date: "2026-12-01", Action: "erase"})
	o.must(err)
	held := fault.New(fault.Conflict, "retention.held")
	o.cases.Held = func(_ context.Context, _ casefile.Tx, c id.Case) error {
		if c == b.ID {
			return held
		}
		return nil
	}
	o.refused(o.cases.Erase(o.ctx, ana.Actor, a.ID), fault.Conflict, "retention.held") // what is needed of one keeps both
	o.cases.Held = nil
	o.must(o.cases.Erase(o.ctx, ana.Actor, a.ID))
	for _, c := range []id.Case{a.ID, b.ID} {
		if row := o.row(c); row.State != casefile.Erased || row.Into != "" {
			t.Errorf("%+v", row)
		}
		_, err := o.cases.Show(o.ctx, ana, c)
		o.refused(err, fault.NotFound, "")
	}
}
