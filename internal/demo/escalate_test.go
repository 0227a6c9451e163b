package demo

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// TestSilenceReachesTheOtherCoordinator: nobody at the receiving desk can be told and nobody acts. The clock climbs to
// deputy and coordinator, and then to the coordinator of the other member, once, with a reference and an age. The
// other way round it is the same.
func TestSilenceReachesTheOtherCoordinator(t *testing.T) {
	ctx, clock := t.Context(), &Clock{}
	w, err := Found(ctx, Plan{
		Dir: filepath.Join(t.TempDir(), "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0", Now: clock.Now, Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	}()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.Settle(ctx))
	texts, err := lang.Load()
	must(err)
	var s *teller
	tasks := func(c *Country, side referral.Side, kind string) (all []task.Task) {
		t.Helper()
		must(store.Reader[task.Tx](c.Node.DB)(ctx, func(tx task.Tx) (err error) {
			all, err = tx.OpenTasks(ctx, string(s.at.Referral)+"."+string(side), kind)
			return err
		}))
		return all
	}
	silence := func(silent, other *Country, side referral.Side, clockName string) {
		t.Helper()
		if got := tasks(other, side.Other(), referral.TaskEscalated); len(got) != 0 {
			t.Fatalf("%s was told before anybody was late", other.Member)
		}
		for range 3 {
			clock.Skip(24 * time.Hour)
			must(w.Settle(ctx))
		}
		waits := tasks(silent, side, "referral."+clockName)
		if len(waits) != 1 || waits[0].Step != task.Abroad || waits[0].Deputy == "" || waits[0].Coordinator == "" {
			t.Fatalf("%s did not climb: %+v", silent.Member, waits)
		}
		told := tasks(other, side.Other(), referral.TaskEscalated)
		if len(told) != 1 || told[0].Reference != waits[0].Reference || told[0].Coordinator == "" {
			t.Fatalf("%s has %+v", other.Member, told)
		}
		var said []envelope.EscalationBody
		must(store.Reader[exchange.Tx](other.Node.DB)(ctx, func(tx exchange.Tx) error {
			rows, err := tx.InSince(ctx, silent.Member, 0, "", 500)
			said = nil
			for _, in := range rows {
				if in.Kind != envelope.Escalation {
					continue
				}
				e, err := envelope.Parse(in.Bytes)
				must(err)
				c, err := e.OpenControl(other.Node.Keys().Controls()[0])
				must(err)
				b, err := c.Escalation()
				must(err)
				if in.Content || c.FromDesk != "" || c.Consent != "" {
					t.Errorf("more than a reference and an age left: %+v", c)
				}
				if b.Clock == clockName && b.Referral == s.at.Referral {
					said = append(said, b)
				}
			}
			return err
		}))
		want := []envelope.EscalationBody{{Referral: s.at.Referral, Clock: clockName, Since: waits[0].Made, Due: waits[0].Due}}
		if d := cmp.Diff(want, said); d != "" {
			t.Errorf("what left %s (-want +got):\n%s", silent.Member, d)
		}
	}
	for _, way := range [][2]id.Member{{"MD", "MK"}, {"MK", "MD"}} {
		s = &teller{
			w: w, t: &trace{out: io.Discard, say: texts.Printer(lang.English), begin: time.Now()}, from: w.Countries[way[0]],
			to: w.Countries[way[1]], basis: protocol,
		}
		must(s.found(ctx))
		must(s.request(ctx))
		silence(s.to, s.from, referral.Receiver, "acknowledge")
		must(s.moves(ctx, "demo.acknowledge", s.to, referral.Acknowledged, func(r *referral.Service, by keyring.Bearer) error {
			_, err := r.Acknowledge(ctx, by, s.at)
			return err
		}))
		if got := tasks(s.from, referral.Sender, referral.TaskEscalated); len(got) != 0 {
			t.Errorf("the other side has spoken, and %d tasks are open", len(got))
		}
	}
}
