package nodetest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// Records may overtake on the line what says who is to have them. They are not refused, which would be for ever: the run would stand, and in the end name whom it waits
// for. They come again, and the count ends with a number and with nobody named.
func TestRecordsThatOvertakeTheDrawComeAgain(t *testing.T) {
	members := []id.Member{"AL", "BG", "MD", "MK", "RS"}
	c := newCounting(t, members...)
	for i, m := range members {
		c.plant(m, 100+i, 0)
	}
	run := c.propose(c.proposal())
	c.until(run, veil.StepJoin)
	first, others := members[0], members[1:]
	rest := func() {
		for range 5 {
			c.Run()
			c.Clock.Advance(10 * time.Minute)
		}
	}
	for _, m := range others {
		c.people(m, run)
	}
	rest()
	// The first is the last to commit, and only it hears what the others draw.
	for _, from := range others {
		for _, to := range others {
			c.Cut(from, to, true)
		}
	}
	c.people(first, run)
	rest()
	c.CutAll(true)
	st := c.at(first, run)
	at := slices.IndexFunc(st.Roles.Mixers, func(m id.Member) bool { return m != first })
	if st.Stage.Step != veil.StepBatch || at < 0 {
		t.Fatalf("at %+v with %+v", st.Stage, st.Roles)
	}
	mixer := st.Roles.Mixers[at]
	c.people(first, run)
	var waiting []exchange.Out
	c.must(store.Reader[exchange.Tx](c.Node(first).DB)(t.Context(), func(tx exchange.Tx) (err error) {
		waiting, err = tx.OutFor(t.Context(), mixer, "", 100)
		return err
	}))
	early := 0
	for _, o := range slices.Backward(waiting) { // the last first
		_, err := c.Node(mixer).Exchange.Receive(t.Context(), exchange.Pushed, o.Bytes)
		if fault.Is(err, fault.Unavailable) {
			early++
			continue
		}
		c.must(err)
	}
	if early == 0 {
		t.Fatalf("none of %d envelopes came too early", len(waiting))
	}
	c.CutAll(false)
	c.play(run)
	for _, m := range members {
		if st := c.at(m, run); st.End != count.Counted || st.Result == nil || len(st.Blamed()) > 0 {
			t.Errorf("%s: %q, %v is named", m, st.End, st.Blamed())
		}
	}
}
