package nodetest_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/veil"
)

// second founds another desk at a member, where Sara has cases of persons.
func (c *counting) second(m id.Member, persons ...int) {
	c.t.Helper()
	x := c.Node(m)
	x.Desk(desk.Desk{ID: "second", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "sara", access.CaseManager)
	for _, p := range persons {
		who := invented(p, true)
		if _, err := x.Cases.Open(c.t.Context(), x.As("sara"), casefile.Opening{AgeClass: person.Adult, Person: &who}); err != nil {
			c.t.Fatal(err)
		}
		c.known[p] = true
	}
}

// prepared asks somebody at a member to prepare until what she began is over.
func (c *counting) prepared(m id.Member, run, login string, without ...id.Desk) count.Prepared {
	c.t.Helper()
	for {
		p, err := c.Node(m).Counts.Prepare(c.t.Context(), c.Node(m).As(login), run, &veil.Recall{Found: 100, Of: 100}, without...)
		c.must(err)
		if !p.Going {
			return p
		}
	}
}

// toCommit lets all members join, and returns the run where records are awaited.
func (c *counting) toCommit() string {
	c.t.Helper()
	run := c.propose(c.proposal())
	for range 6 {
		c.Run()
		c.Clock.Advance(time.Minute)
		for _, m := range c.members {
			if c.at(m, run).Stage.Step == veil.StepJoin {
				c.people(m, run)
			}
		}
	}
	return run
}

func (c *counting) shares(m id.Member, run string) (all []count.Share) {
	c.t.Helper()
	c.must(store.Reader[count.Tx](c.Node(m).DB)(c.t.Context(), func(tx count.Tx) error {
		parts, err := tx.CountShares(c.t.Context(), run)
		all = nil
		for _, p := range parts {
			p, err := tx.CountShare(c.t.Context(), run, p.Desk, p.Number)
			if err != nil {
				return err
			}
			all = append(all, p)
		}
		return err
	}))
	return all
}

// A member with two desks is counted whole: whom both know is one record, whom one knows is one, and the number that the tally finds before noise is
// exactly that of all persons of all desks. Nothing is committed to before the cases of both are there; each desk opens its own, and the other is
// never let into them; what rests between them is opened by nobody who has the database, and is gone when it was put together.
func TestAMemberWithSeveralDesksIsCountedWhole(t *testing.T) {
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	for i, m := range c.members {
		c.plant(m, 100+i, 0)
	}
	c.plant("MK", 1, 2)
	c.second("MK", 0, 2, 3) // 0 and 2 are known to both desks, 3 to this one alone
	run := c.toCommit()

	x := c.Node("MK")
	if p := c.prepared("MK", run, "ana"); p.Records != 0 || p.Files != 4 || !slices.Equal(p.Waits, []id.Desk{"second"}) {
		t.Fatalf("with the cases of one desk: %+v", p)
	}
	if st := c.at("MK", run); slices.Contains(st.Said, veil.StepCommit) || len(st.Desks) != 2 {
		t.Errorf("said %v, desks %+v", st.Said, st.Desks)
	}
	asked := func(login string) []string {
		var out []string
		all, err := x.Tasks.List(t.Context(), x.As(login).Actor, task.Filter{Object: run})
		c.must(err)
		for _, a := range all {
			out = append(out, a.Kind)
		}
		return out
	}
	c.Clock.Advance(time.Minute)
	c.Run()
	if got := asked("sara"); !slices.Equal(got, []string{count.TaskShare}) || len(asked("ana")) != 0 {
		t.Errorf("the second desk is asked for %v, the first for %v", got, asked("ana"))
	}
	if p := c.prepared("MK", run, "sara"); p.Records != 0 || p.Files != 3 || len(p.Waits) != 0 {
		t.Errorf("the second desk: %+v", p)
	}
	c.Clock.Advance(time.Minute)
	c.Run()
	if got := asked("ana"); !slices.Equal(got, []string{count.TaskPrepare}) || len(asked("sara")) != 0 {
		t.Errorf("the first desk is asked for %v, the second for %v", got, asked("sara"))
	}
	st := c.at("MK", run)
	rest := c.shares("MK", run)
	for _, n := range []int{0, 2, 3} {
		for _, cyrillic := range []bool{false, true} {
			for _, k := range veil.OfPerson(invented(n, cyrillic).Veiled()[0]) {
				for _, m := range st.Plan.Marks([]veil.Key{k}) {
					for _, p := range rest {
						if bytes.Contains(p.Body, m.Bytes[:]) || bytes.Contains(p.Handed.Sealed, m.Bytes[:]) || bytes.Contains(p.Body, k.Bytes()) {
							t.Errorf("%s rests so that it can be tested", k)
						}
					}
				}
			}
		}
	}
	if len(rest) != 4 { // of each desk its cases, and those that were merged into others
		t.Errorf("%d parts rest", len(rest))
	}
	for _, p := range rest {
		if p.Handed.Desk != st.Desk {
			t.Errorf("the part of %s is sealed to %s, and %s puts together", p.Desk, p.Handed.Desk, st.Desk)
		}
	}
	if p := c.prepared("MK", run, "ana"); p.Records != 5 { // 103, 0, 1, 2, 3
		t.Errorf("put together: %+v", p)
	}
	if left := c.shares("MK", run); len(left) != 0 {
		t.Errorf("%d parts are left", len(left))
	}
	// Who has the cases is who opened them: of each case the log names its own desk, and no other.
	cases, err := x.Cases.List(t.Context(), x.As("sara").Actor, casefile.Filter{Limit: 50})
	c.must(err)
	for _, cs := range cases {
		if _, err := x.Persons.Show(t.Context(), x.As("ana"), cs.ID); !fault.Is(err, fault.Hidden) {
			t.Errorf("the first desk reads a case of the second: %v", err)
		}
	}
	opened := map[id.Case]id.Desk{}
	for _, e := range c.logged("MK", "count") {
		opened[e.Case] = e.Desk
	}
	for _, cs := range cases {
		if opened[cs.ID] != "second" {
			t.Errorf("a case of the second desk was opened by %q", opened[cs.ID])
		}
	}
	if len(cases) != 3 || len(opened) != 7 {
		t.Errorf("%d cases at the second desk, and %d were opened", len(cases), len(opened))
	}
	e := c.watch(run, nil)
	f := c.found(run, e)
	if st := c.at("MK", run); st.End != count.Counted || f.Persons != len(c.known) || f.Records != len(c.members)*2+3 {
		t.Errorf("%s: found %d persons in %d records, want %d in %d", st.End, f.Persons, f.Records, len(c.known), len(c.members)*2+3)
	}
	t.Logf("%d persons at five members, one of them with two desks: found %d in %d records", len(c.known), f.Persons, f.Records)
}

// Where nobody of a desk can prepare its cases, another desk counts without it: only when it says so, that stands in the log, and everybody at the member sees it.
func TestADeskThatCannotIsLeftOutOnlyByName(t *testing.T) {
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	c.plant("MK", 1)
	c.second("MK", 2)
	run := c.toCommit()
	if p := c.prepared("MK", run, "ana", "third"); p.Records != 0 || !slices.Equal(p.Waits, []id.Desk{"second"}) {
		t.Errorf("without a desk that has nothing to do with it: %+v", p)
	}
	if p := c.prepared("MK", run, "ana", "second"); p.Records != 1 || len(p.Waits) != 0 {
		t.Errorf("without the second: %+v", p)
	}
	if st := c.at("MK", run); !slices.Equal(st.Left, []id.Desk{"second"}) {
		t.Errorf("left out: %v", st.Left)
	}
	if all := c.logged("MK", "without"); len(all) != 1 || all[0].Object != "second" {
		t.Errorf("of a desk that was left out the log says %+v", all)
	}
}

// logged returns the entries of the log of a member about a run that have a purpose.
func (c *counting) logged(m id.Member, purpose string) (out []audit.Entry) {
	c.t.Helper()
	x := c.Node(m)
	all, _, err := x.Audit.Entries(c.t.Context(), x.As("oto").Actor, 0, 1000)
	c.must(err)
	for _, e := range all {
		if e.Entry.Action == access.PrepareCount && e.Entry.Purpose == purpose {
			out = append(out, e.Entry)
		}
	}
	return out
}

// What the data-protection officer of a member allows bounds what it joins, and nothing else does: not what the profile proposes, nor what others allow.
func TestAMemberJoinsNoCountBeyondWhatItAllows(t *testing.T) {
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	ctx, x := t.Context(), c.Node("MK")
	if err := x.Counts.Allow(ctx, x.As("cora").Actor, 9000, "the coordinator"); !fault.Is(err, fault.Denied) {
		t.Errorf("the coordinator decides: %v", err)
	}
	c.must(x.Counts.Allow(ctx, x.As("dora").Actor, 1500, "decision 12/2026"))
	for i, wants := range []bool{true, false} { // each tells 1000
		run := c.propose(c.proposal())
		c.Run()
		c.must(x.Counts.Agree(ctx, x.As("cora").Actor, run))
		err := x.Counts.Agree(ctx, x.As("dora").Actor, run)
		if _, key, _ := fault.Public(err); wants && err != nil || !wants && key != "count.spent" {
			t.Errorf("count %d: %v", i+1, err)
		}
	}
	if got := c.spent("MK"); got != 1000 {
		t.Errorf("%d is spent", got)
	}
}
