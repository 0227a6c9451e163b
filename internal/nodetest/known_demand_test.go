package nodetest_test

import (
	"bytes"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
)

// officer gives a member a desk of data protection with dana at it.
func (a asking) officer(m id.Member) {
	a.t.Helper()
	a.Node(m).Desk(desk.Desk{ID: "data", Kind: desk.AtNode, Realm: access.Office, Purpose: desk.DataProtection, Function: "desk.function.focal-point"}, "dana", access.DataProtectionOfficer)
}

// demands is what an officer of a member sees.
func (a asking) demands(m id.Member) (ours, theirs []lookup.Demand, left int) {
	a.t.Helper()
	ours, theirs, left, err := a.Node(m).Lookups.Demands(a.t.Context(), a.Node(m).As("dora").Actor)
	a.must(err)
	return ours, theirs, left
}

// asked lets ana of MK ask about somebody, and returns the question once it was put.
func (a asking) asked(given, family string) (casefile.Case, lookup.Question) {
	a.t.Helper()
	c, mine := a.file("MK", named("Latn", given, family, person.Birth{Year: 1999, Month: 4, Day: 12}))
	q := a.ask("MK", c.ID, mine.ID)
	a.Run()
	a.attend("MK")
	return c, a.question("MK", q)
}

// TestAnotherMembersOfficerDemandsOpenings: the officer of a holder draws, on her page, a query that another member asked there. The desk that asked opens it at its next sign-in; the
// answer is one word, and nothing of the person. Of a case that is erased the officer at home opens with her key what is kept of it, and nobody else does. A question about somebody
// else is found out, and what nobody opens is reported.
func TestAnotherMembersOfficerDemandsOpenings(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	ctx, mk, rs := t.Context(), a.Node("MK"), a.Node("RS")
	a.officer("MK")
	_, first := a.asked("Jelena", "Izmislena")
	if _, err := rs.Lookups.DemandOfOthers(ctx, rs.As("ana").Actor, 1); keyOf(err) == "" {
		t.Error("a case manager demands openings of others")
	}
	if body := a.page("RS", "oto", "GET", "/lookup-openings", nil); !strings.Contains(body, `value="others"`) {
		t.Errorf("the auditor of RS has nothing to draw: %s", body)
	}
	a.page("RS", "dora", "POST", "/lookup-openings", url.Values{"do": {"others"}, "many-others": {"5"}})
	ours, _, left := a.demands("RS")
	if len(ours) != 1 || left != 0 || ours[0].Member != "MK" || ours[0].ID != first.ID || ours[0].Found != lookup.Unopened {
		t.Fatalf("RS demands %+v, %d left", ours, left)
	}
	sent := a.Clock.Now()
	a.Run()
	if _, theirs, _ := a.demands("MK"); len(theirs) != 1 || theirs[0].Member != "RS" || len(tasks(t, mk, lookup.TaskOpen)) != 1 {
		t.Errorf("MK is demanded %+v", theirs)
	}
	a.attend("MK")
	if ours, _, _ := a.demands("RS"); ours[0].Found != lookup.OfHer || len(tasks(t, mk, lookup.TaskOpen)) != 0 {
		t.Errorf("RS hears %+v", ours)
	}
	if body := a.page("RS", "dora", "GET", "/lookup-openings", nil); !strings.Contains(body, "About the person of its case") || strings.Contains(body, "Izmislena") {
		t.Errorf("the officer of RS sees %s", body)
	}
	a.wordOnly("RS", sent)

	// A second one, which is erased before it is demanded: its desk has nothing left of it. Its officer has.
	gone, second := a.asked("Mira", "Druga")
	a.erase("MK", gone.ID)
	if n, err := rs.Lookups.DemandOfOthers(ctx, rs.As("dora").Actor, 5); err != nil || n != 1 {
		t.Fatalf("%d drawn: %v", n, err)
	}
	a.Run()
	a.attend("MK")
	if _, theirs, _ := a.demands("MK"); theirs[0].Found != lookup.Unopened {
		t.Errorf("of an erased case the desk has found %q", theirs[0].Found)
	}
	if len(tasks(t, mk, lookup.TaskUnseal)) != 1 {
		t.Error("nobody asks the desk of data protection")
	}
	for _, login := range []string{"ana", "oto", "dora"} {
		if out, err := mk.Lookups.Unseal(ctx, mk.As(login), second.ID); err == nil {
			t.Errorf("%s opens %+v", login, out)
		}
	}
	if body := a.page("MK", "dana", "GET", "/lookup-openings/"+string(second.ID), nil); !strings.Contains(body, "checked against the logs") || strings.Contains(body, "1999") {
		t.Errorf("the officer of MK sees %s", body)
	}
	a.Run()
	ours, _, _ = a.demands("RS")
	if i := slices.IndexFunc(ours, func(d lookup.Demand) bool { return d.ID == second.ID }); ours[i].Found != lookup.Filed {
		t.Errorf("RS hears %q", ours[i].Found)
	}
	a.keptSealed("MK", second.ID)
	a.falseAndLate()
}

// wordOnly looks at what a member got since then: no envelope is longer than one with a word and a digest.
func (a asking) wordOnly(m id.Member, since time.Time) {
	a.t.Helper()
	ours, _, _ := a.demands(m)
	if ours[0].At.Time().Before(since.Add(-time.Hour)) || len(ours[0].Digest) != 32 {
		a.t.Errorf("%+v", ours[0])
	}
}

// erase erases a case of a member.
func (a asking) erase(m id.Member, c id.Case) {
	a.t.Helper()
	ctx, x := a.t.Context(), a.Node(m)
	shown, err := x.Cases.Show(ctx, x.As("ana"), c)
	a.must(err)
	_, err = x.Cases.Close(ctx, x.As("ana"), c, shown.Case.Version, casefile.Closure{Reason: "needs-met", Date: a.Clock.Now().Format(time.DateOnly), Action: "erase"})
	a.must(err)
	a.must(x.Cases.Erase(ctx, x.As("ana").Actor, c))
}

// keptSealed looks for names in the archive of a member, and lets a year pass: then nothing is kept.
func (a asking) keptSealed(m id.Member, q id.Lookup) {
	a.t.Helper()
	ctx, x := a.t.Context(), a.Node(m)
	var content, keys bytes.Buffer
	a.must(x.DB.Dump(ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	if !strings.Contains(content.String(), "lookup_opening") {
		a.t.Error("openings are in no archive")
	}
	for _, name := range []string{"mira", "Mira", "druga"} {
		if strings.Contains(content.String()+keys.String(), name) {
			a.t.Errorf("%q is readable in an archive", name)
		}
	}
}

// falseAndLate lets a desk ask about somebody who is not of its case, and another that never opens.
func (a asking) falseAndLate() {
	a.t.Helper()
	ctx, mk, rs := a.t.Context(), a.Node("MK"), a.Node("RS")
	c, q := a.asked("Vesna", "Treta")
	_, late := a.asked("Olga", "Cetvrta")
	a.forge(c, q)
	if n, err := rs.Lookups.DemandOfOthers(ctx, rs.As("oto").Actor, 5); err != nil || n != 2 {
		a.t.Fatalf("%d drawn: %v", n, err)
	}
	a.Run()
	mk.Stop() // nobody there opens anything in time
	a.Clock.Advance(40 * 24 * time.Hour)
	a.Run()
	ours, _, _ := a.demands("RS")
	for _, d := range ours {
		if (d.ID == q.ID || d.ID == late.ID) && (!d.Late(a.Now()) || d.Reported == 0) {
			a.t.Errorf("not reported: %+v", d)
		}
	}
	if told := one(a.t, rs, "alarm.lookup.unopened"); !strings.HasPrefix(told.Reference, "mk-") {
		a.t.Errorf("its coordinator is told of %q", told.Reference)
	}
	mk.Start()
	a.Run()
	a.attend("MK")
	ours, _, _ = a.demands("RS")
	found := map[id.Lookup]lookup.Finding{}
	for _, d := range ours {
		found[d.ID] = d.Found
	}
	if found[q.ID] != lookup.OfAnother || found[late.ID] != lookup.OfHer {
		a.t.Errorf("RS hears %v", found)
	}
	for _, x := range []*nodetest.Node{mk, rs} {
		if told := one(a.t, x, "alarm.lookup.misused"); !strings.HasPrefix(told.Reference, "mk-") {
			a.t.Errorf("%s is told of %q", x.Member, told.Reference)
		}
	}
	a.Clock.Advance(400 * 24 * time.Hour)
	a.Run()
	if ours, theirs, _ := a.demands("MK"); len(ours)+len(theirs) != 0 {
		a.t.Errorf("after a year there are %+v", theirs)
	}
	if _, err := mk.Lookups.Unseal(ctx, mk.As("dana"), q.ID); !fault.Is(err, fault.Hidden) {
		a.t.Errorf("after a year the officer opens it: %v", err)
	}
}

// forge makes it look as if the person of a case had always been somebody else than the question was about.
func (a asking) forge(c casefile.Case, q lookup.Question) {
	a.t.Helper()
	ctx, mk := a.t.Context(), a.Node("MK")
	kept, err := mk.Persons.Show(ctx, mk.As("ana"), c.ID)
	a.must(err)
	_, err = mk.Persons.Correct(ctx, mk.As("ana"), c.ID, kept.Version, named("Latn", "Sasvim", "Peta", person.Birth{Year: 1980, Month: 2, Day: 3}))
	a.must(err)
	a.must(store.Writer[lookup.FullTx](mk.DB)(ctx, audit.Did(access.Node("MK"), access.ContinueLookup, "forged"), func(tx lookup.FullTx) error {
		r, err := tx.Lookup(ctx, q.ID)
		if err != nil {
			return err
		}
		var x lookup.Question
		if err := frame.Decode(r.Value, 1<<20, &x); err != nil {
			return err
		}
		x.Record++
		if r.Value, err = frame.Encode(x); err != nil {
			return err
		}
		return tx.SetLookup(ctx, r)
	}))
}
