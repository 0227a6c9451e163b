package nodetest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// ran is a count as a process of the chaos knows it.
type ran struct {
	Run    string
	End    count.End
	Step   string
	Said   []string // who said what, and how often something else
	Sent   bool     // this member's records were sent
	Result string
	Named  []string
}

// counted tells the counts that a node knows.
func counted(ctx context.Context, n *node.Node) (out []ran, spent int64, err error) {
	office := access.Actor{User: "chaos", Role: access.NationalCoordinator, Realm: access.Office, Member: n.Member}
	all, err := n.Counts.List(ctx, office, 50)
	if err != nil {
		return nil, 0, err
	}
	for i := range all {
		st := &all[i]
		r := ran{Run: st.ID, End: st.End, Step: st.Stage.Step, Sent: slices.Contains(st.Said, veil.StepBatch)}
		if st.Result != nil {
			r.Result = fmt.Sprintf("%+v", *st.Result)
		}
		for _, o := range st.Blamed() {
			r.Named = append(r.Named, fmt.Sprintf("%s for %s in %s", o.Member, o.For, o.Step))
		}
		err := store.Reader[count.Tx](n.DB)(ctx, func(tx count.Tx) error {
			said, err := tx.CountSaid(ctx, st.ID)
			r.Said = nil
			for _, s := range said {
				m, err := veil.ParseMessage(s.Text)
				if err != nil {
					return err
				}
				r.Said = append(r.Said, string(m.From)+" "+m.Step)
			}
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		out = append(out, r)
	}
	l, err := n.Counts.Ledger(ctx, office)
	return out, l.Spent, err
}

// counters are the staff of a node that counts persons with others.
type counters struct {
	*people
	persons []int
}

// turn does what is in front of them: cases, a proposal, and what is theirs in counts.
func (p *counters) turn(ctx context.Context) (int, error) {
	did, err := p.work(ctx)
	if err != nil && ctx.Err() == nil {
		p.failed(err)
		err = nil
	}
	p.acts.Add(int64(did))
	return 0, err // with a pause after each turn: five processes share the machine
}

func (p *counters) work(ctx context.Context) (int, error) {
	shelter, err1 := p.as(ctx, "shelter")
	coordinator, err2 := p.as(ctx, "coordinator")
	dpo, err3 := p.as(ctx, "dpo")
	if err := errors.Join(err1, err2, err3); err != nil {
		return 0, err
	}
	files, err := p.n.Cases.List(ctx, shelter.Actor, casefile.Filter{Limit: 200})
	if err != nil {
		return 0, err
	}
	if len(files) < len(p.persons) {
		who := invented(p.persons[len(files)], p.n.Member[0]%2 == 0)
		_, err := p.n.Cases.Open(ctx, shelter, casefile.Opening{AgeClass: person.Adult, Person: &who})
		return 1, err
	}
	runs, err := p.n.Counts.List(ctx, coordinator.Actor, 50)
	if err != nil {
		return 0, err
	}
	if int64(len(runs)) < p.proposes.Load() {
		day := p.n.Config.Now().UTC()
		run, err := p.n.Counts.Propose(ctx, coordinator.Actor, count.Proposal{
			Scope:   count.Scope{Purpose: count.Annual, Definition: count.Registered, From: day.AddDate(-1, 0, 0).Format(time.DateOnly), To: day.AddDate(0, 0, 1).Format(time.DateOnly)},
			Members: p.members, Mixers: 2, Epsilon: 1000, Least: 5, Widest: 1000, Batch: veil.SmallBatch, People: 5 * 24 * time.Hour, Nodes: 2 * 24 * time.Hour,
		})
		if err != nil {
			return 0, err
		}
		return 1, p.n.Counts.Agree(ctx, dpo.Actor, run)
	}
	did := 0
	for i := range runs {
		st := &runs[i]
		if !st.Ours {
			continue
		}
		did++
		var err error
		switch st.Stage.Step {
		case veil.StepJoin:
			for _, who := range []access.Actor{coordinator.Actor, dpo.Actor} {
				if !slices.ContainsFunc(st.Voices, func(v count.Voice) bool { return v.User == who.User }) {
					err = errors.Join(err, p.n.Counts.Agree(ctx, who, st.ID))
				}
			}
		case veil.StepCommit:
			_, err = p.n.Counts.Prepare(ctx, shelter, st.ID, &veil.Recall{Found: 100, Of: 100})
		case veil.StepBatch:
			_, err = p.n.Counts.Encrypt(ctx, shelter, st.ID)
		}
		if err != nil {
			return did, err
		}
	}
	return did, nil
}

// countRuns asks all processes for one count, and fails if any two disagree about what nobody may say twice.
func (w *weather) countRuns(run string) map[seat]ran {
	w.t.Helper()
	out, heard := map[seat]ran{}, map[string]int{}
	for _, at := range w.seats() {
		for _, r := range w.say(at, order{Do: "rest?"}).Runs {
			if r.Run != run && run != "" {
				continue
			}
			if out[at].Run == "" {
				out[at] = r
			}
			times := map[string]int{}
			for _, what := range r.Said {
				if times[what]++; times[what] > heard[what] {
					heard[what] = times[what]
				}
			}
		}
	}
	for what, times := range heard {
		if times > 1 && run != "" {
			w.t.Errorf("%s: %d different things", what, times)
		}
	}
	return out
}

// Five nodes, each a process of its own, count together while processes are killed without notice, lines are cut, envelopes are lost, doubled, delayed
// and overtaken, and clocks are wrong: the count ends with one number, the same at all, and nobody is named.
func TestProcessesThatAreKilledCountTogether(t *testing.T) {
	w := newWeather(t, 20261130)
	w.found(demo.Plan{Members: []id.Member{"AL", "BG", "MD", "MK", "RS"}, Outbound: []id.Member{"RS"}, Mailbox: []id.Member{"MD"}})
	for i, at := range w.seats() {
		w.lives[at].Persons = []int{100 + i, 0}
		w.skewed(at)
		w.start(at)
	}
	run, kills := w.count(func(round int) {
		if round == 100 {
			w.sayAll(order{Do: "calm"}) // it has been bad for long enough
		}
		if round%4 != 3 || round > 100 {
			return
		}
		at := w.seats()[w.rnd.IntN(len(w.lives))]
		w.kill(at)
		w.pass(200 * time.Millisecond)
		w.skewed(at)
		w.start(at)
	})
	first := w.countRuns(run)
	for at, r := range first {
		if r.End != count.Counted || r.Result == "" || len(r.Named) > 0 || r.Result != first["AL"].Result {
			t.Errorf("%s: %q %s, named %v", at, r.End, r.Result, r.Named)
		}
	}
	t.Logf("%d kills: %s", kills, first["AL"].Result)
	w.end()
}

// count lets a member propose a count and lets it go on until it is over everywhere, with what each does in between. It returns the run and how many
// processes were killed.
func (w *weather) count(each func(round int)) (run string, kills int) {
	w.t.Helper()
	was := w.kills
	w.say("AL", order{Do: "propose", N: 1})
	for round := range 400 {
		w.pass(600 * time.Millisecond)
		each(round)
		w.say("AL", order{Do: "propose", N: 1})
		all := w.countRuns("")
		over := 0
		for _, r := range all {
			if r.Run != "" && r.Run == all["AL"].Run && r.End != count.Going {
				over++
			}
		}
		if over == len(w.lives) {
			return all["AL"].Run, w.kills - was
		}
	}
	w.t.Fatalf("not over: %+v", w.countRuns(""))
	return "", 0
}
