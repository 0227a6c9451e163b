package nodetest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/veil"
)

// counting is a network whose members count together. Each has a coordinator, Cora, beside Dora, who protects data, and Ana, who has cases.
type counting struct {
	*nodetest.Net
	t       *testing.T
	members []id.Member
	known   map[int]bool                  // persons that somebody has a case of
	asked   map[string]map[id.Member]bool // whose desks had a task for a step, due at its end
	records int
}

func newCounting(t *testing.T, members ...id.Member) *counting {
	t.Helper()
	n := lookups(t, members...)
	for _, m := range members {
		n.Node(m).User("cora", access.NationalCoordinator)
	}
	return &counting{Net: n, t: t, members: members, known: map[int]bool{}, asked: map[string]map[id.Member]bool{}}
}

// invented is a person who is not, as one office writes her: every second one in the other script.
func invented(n int, cyrillic bool) person.Person {
	latin, other := []string{"Ba", "Do", "Li", "Ma", "Ne", "Ro", "Su", "Ta", "Vi", "Zo"}, []string{"Ба", "До", "Ли", "Ма", "Не", "Ро", "Су", "Та", "Ви", "Зо"}
	script, from := "Latn", latin
	if cyrillic {
		script, from = "Cyrl", other
	}
	given, family := from[n%10]+from[n/10%10]+from[(n+3)%10], from[(n/10+5)%10]+from[(n+7)%10]+from[n/7%10]
	return person.Person{
		Names:    []person.Name{{Use: person.Registered, Script: script, Parts: []person.NamePart{{Kind: person.GivenName, Text: given}, {Kind: person.Surname, Text: family}}}},
		Birth:    person.Say(person.Birth{Year: 1960 + n%40, Month: 1 + n%12, Day: 13 + n%15}),
		Contacts: []person.Contact{},
	}
}

// plant opens cases of invented persons at a member.
func (c *counting) plant(m id.Member, persons ...int) {
	c.t.Helper()
	for _, p := range persons {
		who := invented(p, m[0]%2 == 0)
		if _, err := c.Node(m).Cases.Open(c.t.Context(), c.Node(m).As("ana"), casefile.Opening{AgeClass: person.Adult, Person: &who}); err != nil {
			c.t.Fatal(err)
		}
		c.known[p] = true
		c.records++
	}
}

func (c *counting) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// proposal is as small as tests can bear; nodes of people refuse it.
func (c *counting) proposal() count.Proposal {
	day := c.Clock.Now().UTC()
	return count.Proposal{
		Scope:   count.Scope{Purpose: count.Annual, Definition: count.Registered, From: day.AddDate(-1, 0, 0).Format(time.DateOnly), To: day.Format(time.DateOnly)},
		Members: c.members, Mixers: 2, Epsilon: 1000, Least: 5, Widest: 1000, Batch: veil.SmallBatch, People: 5 * 24 * time.Hour, Nodes: 2 * 24 * time.Hour,
	}
}

// propose lets the first member propose a run and agree to it.
func (c *counting) propose(p count.Proposal) string {
	c.t.Helper()
	first := c.Node(c.members[0])
	run, err := first.Counts.Propose(c.t.Context(), first.As("cora").Actor, p)
	c.must(err)
	c.must(first.Counts.Agree(c.t.Context(), first.As("dora").Actor, run))
	return run
}

func (c *counting) at(m id.Member, run string) count.State {
	c.t.Helper()
	st, err := c.Node(m).Counts.Show(c.t.Context(), c.Node(m).As("cora").Actor, run)
	c.must(err)
	return st
}

// people do at a member what is up to people.
func (c *counting) people(m id.Member, run string) {
	c.t.Helper()
	ctx, x := c.t.Context(), c.Node(m)
	st := c.at(m, run)
	if !st.Ours {
		return
	}
	if c.asked[st.Stage.Step] == nil {
		c.asked[st.Stage.Step] = map[id.Member]bool{}
	}
	kind := map[string]string{veil.StepJoin: count.TaskJoin, veil.StepCommit: count.TaskPrepare, veil.StepBatch: count.TaskEncrypt}[st.Stage.Step]
	if all, err := x.Tasks.List(ctx, x.As("ana").Actor, task.Filter{Kind: kind, Object: run}); err != nil {
		c.t.Fatal(err)
	} else if len(all) == 1 && all[0].Due == st.Plan.Until[st.Stage.At] {
		c.asked[st.Stage.Step][m] = true
	}
	switch st.Stage.Step {
	case veil.StepJoin:
		c.must(x.Counts.Agree(ctx, x.As("cora").Actor, run))
		c.must(x.Counts.Agree(ctx, x.As("dora").Actor, run))
	case veil.StepCommit:
		for going := true; going; {
			p, err := x.Counts.Prepare(ctx, x.As("ana"), run, &veil.Recall{Found: 100, Of: 100})
			c.must(err)
			going = p.Going
		}
	case veil.StepBatch:
		_, err := x.Counts.Encrypt(ctx, x.As("ana"), run)
		c.must(err)
	}
}

// play lets people and nodes go on until the run is over everywhere.
func (c *counting) play(run string) {
	c.t.Helper()
	for range 60 {
		c.Run()
		c.Clock.Advance(time.Minute)
		c.Run()
		over := true
		for _, m := range c.members {
			c.people(m, run)
			over = over && c.at(m, run).End != count.Going
		}
		if over {
			return
		}
		c.Clock.Advance(time.Hour)
	}
	c.t.Fatalf("not over: %+v", c.at(c.members[0], run).Stage)
}

// Members count the persons whom they know together, over envelopes between real nodes: a coordinator proposes, two people of each member agree, a
// desk prepares and encrypts, and the nodes do the rest. All come to the same result, and whoever has the data has checked it.
func TestNodesCountTogether(t *testing.T) {
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	for i, m := range c.members {
		c.plant(m, 100+i, 0)
	}
	c.plant("MK", 1)
	c.plant("RS", 1)
	run := c.propose(c.proposal())
	c.play(run)
	if asked := c.asked; len(asked[veil.StepCommit]) != 5 || len(asked[veil.StepBatch]) != 5 || len(asked[veil.StepJoin]) != 4 {
		t.Errorf("people were asked for %v", asked)
	}
	c.Clock.Advance(time.Minute)
	c.Run()
	for _, m := range c.members {
		if left, err := c.Node(m).Tasks.List(t.Context(), c.Node(m).As("ana").Actor, task.Filter{Object: run}); err != nil || len(left) > 0 {
			t.Errorf("%s is still asked for %+v: %v", m, left, err)
		}
	}
	var all []string
	checked := 0
	for _, m := range c.members {
		st := c.at(m, run)
		if st.End != count.Counted || st.Result == nil {
			t.Fatalf("%s: %s %+v %+v", m, st.End, st.Named, st.Accuse)
		}
		if st.Checked {
			checked++
		}
		all = append(all, fmt.Sprintf("%+v", *st.Result))
	}
	if slices.Sort(all); all[0] != all[len(all)-1] {
		t.Errorf("members have different results: %v", all)
	}
	if checked != 3 {
		t.Errorf("%d have checked everything, want two mixers and the tally", checked)
	}
	t.Logf("%d records of %d persons: %s", c.records, len(c.known), all[0])
}

// A member whose people do not prepare its records in time is named by all others, and nobody has a number. One that declines ends the run and is not
// named. Neither costs anything of the year.
func TestANodeThatStallsIsNamedAndOneThatDeclinesIsNot(t *testing.T) {
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	ctx := t.Context()
	run := c.propose(c.proposal())
	for range 8 {
		c.Run()
		for _, m := range c.members {
			if m != "RS" || c.at(m, run).Stage.Step == veil.StepJoin {
				c.people(m, run)
			}
		}
		c.Clock.Advance(24 * time.Hour)
	}
	for range 8 {
		c.Run()
		c.Clock.Advance(24 * time.Hour)
	}
	for _, m := range c.members {
		st := c.at(m, run)
		if st.End != count.Broken || st.Result != nil {
			t.Errorf("%s: %s %+v", m, st.End, st.Result)
		}
		if m != "RS" && !slices.ContainsFunc(st.Blamed(), func(o veil.Objection) bool {
			return o.Named == veil.Named{Member: "RS", Step: veil.StepCommit, For: veil.Silent}
		}) {
			t.Errorf("%s blames %v", m, st.Blamed())
		}
		if l, err := c.Node(m).Counts.Ledger(ctx, c.Node(m).As("dora").Actor); err != nil || l.Spent != 0 {
			t.Errorf("%s: %+v %v", m, l, err)
		}
	}
	again := c.propose(c.proposal())
	c.Run()
	c.must(c.Node("MD").Counts.Decline(ctx, c.Node("MD").As("dora").Actor, again))
	for range 3 {
		c.Run()
		c.Clock.Advance(time.Minute)
	}
	for _, m := range c.members {
		st := c.at(m, again)
		if st.End != count.Declined || !slices.Equal(st.Away, []id.Member{"MD"}) || len(st.Blamed()) > 0 {
			t.Errorf("%s: %s, away %v, blamed %v", m, st.End, st.Away, st.Blamed())
		}
	}
}

// A member that sends other records than it has committed to is named by every mixer and the tally, which have the data, and all others hear it from
// them. The node that lies is a real one whose people have replaced what it held.
func TestANodeThatChangesItsRecordsIsNamed(t *testing.T) {
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	for i, m := range c.members {
		c.plant(m, i)
	}
	run := c.propose(c.proposal())
	liar, lied := id.Member(""), false
	for range 60 {
		c.Run()
		over := true
		for _, m := range c.members {
			st := c.at(m, run)
			if roles := st.Roles; roles.Tally != "" && liar == "" {
				liar = c.members[slices.IndexFunc(c.members, func(m id.Member) bool { return m != roles.Tally && !slices.Contains(roles.Mixers, m) })]
			}
			if m == liar && st.Ours && st.Stage.Step == veil.StepBatch && !lied {
				lied = true
				c.replace(m, run, st)
			}
			c.people(m, run)
			over = over && c.at(m, run).End != count.Going
		}
		if over {
			break
		}
		c.Clock.Advance(time.Hour)
	}
	want := veil.Named{Member: liar, Step: veil.StepBatch, For: veil.Changed}
	for _, m := range c.members {
		st := c.at(m, run)
		by := 0
		for _, o := range st.Blamed() {
			if o.Named != want {
				t.Errorf("%s blames %+v", m, o)
			}
			by++
		}
		if st.End != count.Broken || st.Result != nil || by == 0 {
			t.Errorf("%s: %s, %d blame %s", m, st.End, by, liar)
		}
		// Its records were sent: what the tally may have seen is spent, although nobody has a number.
		if l, err := c.Node(m).Counts.Ledger(t.Context(), c.Node(m).As("dora").Actor); err != nil || !slices.Contains(st.Said, veil.StepBatch) || l.Spent != 1000 {
			t.Errorf("%s has said %v, and of its year is spent %+v %v", m, st.Said, l, err)
		}
	}
	t.Logf("%s is named: %+v", liar, c.at(c.members[0], run).Blamed())
}

// replace puts other records in the place of those that a member has committed to, with the secret that opens them.
func (c *counting) replace(m id.Member, run string, st count.State) {
	c.t.Helper()
	ctx, x := c.t.Context(), c.Node(m)
	by := x.As("ana")
	inner := make([]byte, veil.SeedSize)
	held, err := veil.Hold(&st.Plan, []veil.Entry{{Strong: [][]byte{[]byte("somebody else")}}}, inner)
	c.must(err)
	c.must(store.Writer[count.Tx](x.DB)(ctx, audit.Did(by.Actor, access.PrepareCount, run), func(tx count.Tx) error {
		own, err := tx.CountOwn(ctx, run)
		if err != nil {
			return err
		}
		keys, err := x.Keyring.OpenDeskIn(ctx, tx, by, own.Desk)
		if err != nil {
			return err
		}
		key, _, err := keys.OpenBox("count", run, own.Box)
		if err != nil {
			return err
		}
		own.Held, own.Secret = held.Append(nil), key.Seal(frame.JoinText("opentrm/count-own/1", string(m), run), inner)
		if err := tx.DropCountOwn(ctx, run); err != nil {
			return err
		}
		return tx.AddCountOwn(ctx, own)
	}))
}
