package nodetest_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// saved is a backup of a node.
type saved struct{ content, keys bytes.Buffer }

func (c *counting) save(m id.Member) *saved {
	c.t.Helper()
	b := &saved{}
	_, err := c.Node(m).Backups.Make(c.t.Context(), nodetest.Console(m), &b.content, &b.keys)
	c.must(err)
	return b
}

func (c *counting) restore(m id.Member, b *saved) {
	c.t.Helper()
	c.Node(m).Restore(backup.From{Content: bytes.NewReader(b.content.Bytes()), Keys: bytes.NewReader(b.keys.Bytes())})
}

// until lets the run go on until all members, or those of a step who are asked, have said something in it.
func (c *counting) until(run, step string) {
	c.t.Helper()
	for range 60 {
		c.Run()
		c.Clock.Advance(time.Minute)
		c.Run()
		st := c.at(c.members[0], run)
		if st.End != count.Going {
			c.t.Fatalf("over before %s: %s %v", step, st.End, st.Blamed())
		}
		if steps := st.Plan.Steps(); st.Stage.Step == "" || st.Stage.At > slices.Index(steps, step) {
			return
		}
		for _, m := range c.members {
			c.people(m, run)
		}
		c.Clock.Advance(time.Hour)
	}
	c.t.Fatalf("%s was not reached", step)
}

// end lets the run go on until it is over at all members that know of it, which may take until somebody is named for silence.
func (c *counting) end(run string) {
	c.t.Helper()
	for range 50 {
		c.Run()
		over := true
		for _, m := range c.members {
			st, err := c.Node(m).Counts.Show(c.t.Context(), c.Node(m).As("cora").Actor, run)
			if fault.Is(err, fault.NotFound) {
				over = false
				continue
			}
			c.must(err)
			if st.End == count.Going && st.Ours {
				if err := c.tryPeople(m, run, st.Stage.Step); err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
					c.t.Fatal(err)
				}
			}
			over = over && st.End != count.Going
		}
		if over {
			return
		}
		c.Clock.Advance(24 * time.Hour)
	}
	for _, m := range c.members {
		st, err := c.Node(m).Counts.Show(c.t.Context(), c.Node(m).As("cora").Actor, run)
		c.t.Logf("%s: %v, %q at %+v, said %v, blamed %v", m, err, st.End, st.Stage, st.Said, st.Blamed())
	}
	c.t.Fatal("not over")
}

// tryPeople does what people are asked for, as they would who do not know that their node was restored.
func (c *counting) tryPeople(m id.Member, run, step string) error {
	ctx, x := c.t.Context(), c.Node(m)
	switch step {
	case veil.StepJoin:
		for _, login := range []string{"cora", "dora"} {
			if err := x.Counts.Agree(ctx, x.As(login).Actor, run); err != nil {
				return err
			}
		}
	case veil.StepCommit:
		_, err := x.Counts.Prepare(ctx, x.As("ana"), run, &veil.Recall{Found: 100, Of: 100})
		return err
	case veil.StepBatch:
		_, err := x.Counts.Encrypt(ctx, x.As("ana"), run)
		return err
	}
	return nil
}

// quick is a proposal whose steps are over soon.
func (c *counting) quick() count.Proposal {
	p := c.proposal()
	p.People, p.Nodes = 2*24*time.Hour, 24*time.Hour
	return p
}

func (c *counting) spent(m id.Member) int64 {
	c.t.Helper()
	l, err := c.Node(m).Counts.Ledger(c.t.Context(), c.Node(m).As("dora").Actor)
	c.must(err)
	return l.Spent
}

// said returns what everybody has heard of a run, with how many different things each member said in each step.
func (c *counting) said(run string) map[string]int {
	c.t.Helper()
	heard := map[string]bool{}
	times := map[string]int{}
	for _, m := range c.members {
		c.must(store.Reader[count.Tx](c.Node(m).DB)(c.t.Context(), func(tx count.Tx) error {
			all, err := tx.CountSaid(c.t.Context(), run)
			for _, s := range all {
				x, err := veil.ParseMessage(s.Text)
				if err != nil {
					return err
				}
				if !heard[string(s.Text)] {
					heard[string(s.Text)] = true
					times[fmt.Sprintf("%s %s", x.From, x.Step)]++
				}
			}
			return err
		}))
	}
	return times
}

// A node that is put back in the middle of a run to a backup from before it, whenever that is, says nothing twice, and nobody comes to a number that
// another has not: neither the same one under other noise nor one without its records. What it had told before is spent afterwards too, although the
// backup knows nothing of it, so that a member restored again and again does not tell more than it allows itself.
func TestANodeRestoredInARunSaysNothingTwice(t *testing.T) {
	for _, x := range []struct {
		name string
		when string // all have said this when the node is restored
		who  func(c *counting, run string) id.Member
		end  count.End // at all members; Going: any, but the same number
		cost int64     // that is spent at the node afterwards
	}{
		{"between commit and batch", veil.StepCommit, func(*counting, string) id.Member { return "MK" }, count.Declined, 0},
		{"the tally, before it counts", veil.StepBatch, func(c *counting, run string) id.Member { return c.at("AL", run).Roles.Tally }, count.Broken, 1000},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
			for i, m := range c.members {
				c.plant(m, 100+i, 0)
			}
			var backups []*saved
			for _, m := range c.members {
				backups = append(backups, c.save(m))
			}
			run := c.propose(c.quick())
			c.until(run, x.when)
			m := x.who(c, run)
			end := x.end
			if c.said(run)[string(m)+" "+veil.StepResult] > 0 {
				end = count.Going // it was quicker than the test: the number is out, and stays one
			}
			c.restore(m, backups[slices.Index(c.members, m)])
			c.end(run)
			for what, times := range c.said(run) {
				if times != 1 {
					t.Errorf("%s: %d different things", what, times)
				}
			}
			var results []string
			for _, other := range c.members {
				st := c.at(other, run)
				if st.Result != nil {
					results = append(results, fmt.Sprintf("%+v", *st.Result))
				}
				if end != count.Going && (st.End != end || st.Result != nil) {
					t.Errorf("%s: %s %+v, blamed %v", other, st.End, st.Result, st.Blamed())
				}
			}
			if slices.Sort(results); len(slices.Compact(results)) > 1 {
				t.Errorf("different numbers: %v", results)
			}
			if got := c.spent(m); got != x.cost {
				t.Errorf("%s was restored, and of its year is spent %d, want %d", m, got, x.cost)
			}
			t.Logf("%s: %s, blamed %v", m, c.at("AL", run).End, c.at("AL", run).Blamed())
		})
	}
}

// The tally is restored after it has told the number: the others have it, the tally has nothing left with which it could make another, and its year stays
// spent.
func TestATallyRestoredAfterItsResultTellsNoOther(t *testing.T) {
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	for i, m := range c.members {
		c.plant(m, 100+i, 0)
	}
	var backups []*saved
	for _, m := range c.members {
		backups = append(backups, c.save(m))
	}
	run := c.propose(c.quick())
	c.play(run)
	tally := c.at("AL", run).Roles.Tally
	want := fmt.Sprintf("%+v", *c.at(tally, run).Result)
	c.restore(tally, backups[slices.Index(c.members, tally)])
	c.end(run)
	for _, m := range c.members {
		st := c.at(m, run)
		if m != tally && st.End != count.Counted || (m != tally || st.Result != nil) && fmt.Sprintf("%+v", st.Result) != "&"+want {
			t.Errorf("%s: %s %+v, want %s", m, st.End, st.Result, want)
		}
	}
	for what, times := range c.said(run) {
		if times != 1 {
			t.Errorf("%s: %d different things", what, times)
		}
	}
	if got := c.spent(tally); got != 1000 {
		t.Errorf("of the year of the tally is spent %d", got)
	}
	t.Logf("%s was the tally: %s", tally, want)
}
