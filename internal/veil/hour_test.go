package veil

import (
	"encoding/hex"
	"testing"

	"github.com/opentrm/opentrm/internal/id"
)

// hourly is a member whose node is up one hour a day, with what has reached it.
type hourly struct {
	part  Seat
	said  []Signed
	data  map[string][]byte
	own   []Signed // what it has said, sent again and again
	sends map[string][]byte
	tells []id.Member
}

func (h *hourly) source(d *Data) []byte { return h.data[hex.EncodeToString(d.Digest)] }

// A count goes on among nodes that are up one hour a day, never two at once, over a network that loses two messages of five,
// doubles one in five and keeps some for days. All end with the same run, and whoever has the data verifies it.
func TestACountAmongNodesUpAnHourADay(t *testing.T) {
	w := newCounting(t.Name(), 7, 4)
	want := w.plant(1, []int{0, 1}, []int{1, 2, 3}, []int{0, 1, 2, 3, 4, 5, 6})
	chance := newStream("test", []byte(t.Name()))
	nodes := map[id.Member]*hourly{}
	for _, m := range w.sheet.Members {
		held, err := Hold(&w.sheet, w.people[m], w.inner[m])
		if err != nil {
			t.Fatal(err)
		}
		nodes[m] = &hourly{part: Seat{m, w.secret[m], held, w.recall[m]}, data: map[string][]byte{}, sends: map[string][]byte{}}
	}
	deliver := func(from, to *hourly) {
		for _, i := range chance.order(len(from.own)) { // out of order
			for chance.bernoulli(1, 5) { // doubled
				to.said = append(to.said, from.own[i])
			}
			if chance.bernoulli(3, 5) { // else lost
				to.said = append(to.said, from.own[i])
			}
		}
		for digest, b := range from.sends {
			for _, m := range from.tells {
				if m == to.part.Of && chance.bernoulli(3, 5) {
					to.data[digest] = b
				}
			}
		}
	}
	day := 0
	for finished := 0; finished < len(nodes); day++ {
		if day > 200 {
			t.Fatal("the count does not end")
		}
		finished = 0
		for _, i := range chance.order(len(nodes)) {
			h := nodes[w.sheet.Members[i]]
			for _, m := range w.sheet.Members { // what lay waiting for it
				deliver(nodes[m], h)
			}
			r := Gather(w.sheet, h.said, w.key)
			if len(r.Named) > 0 {
				t.Fatal(r.Named)
			}
			if r.Stage().Step == "" {
				finished++
				continue
			}
			if !h.part.Waits(r) {
				continue
			}
			turn, err := h.part.Turn(r, w.inner[h.part.Of], h.source)
			if err != nil {
				continue // something has not arrived yet
			}
			s, err := Sign(&turn.Message, w.keys[h.part.Of])
			if err != nil {
				t.Fatal(err)
			}
			h.own, h.said = append(h.own, s), append(h.said, s)
			if turn.Data != nil {
				digest := hex.EncodeToString(turn.Message.Data.Digest)
				h.sends[digest], h.data[digest], h.tells = turn.Data, turn.Data, turn.To
			}
		}
	}
	var first *Message
	for _, h := range nodes {
		r := Gather(w.sheet, h.said, w.key)
		roles, _ := r.Roles()
		m, ok := r.Said(StepResult, roles.Tally)
		if !ok {
			t.Fatal("no result")
		}
		if first == nil {
			first = &m
		} else if string(first.Result.Last) != string(m.Result.Last) || first.Result.Published.High != m.Result.Published.High {
			t.Errorf("%+v and %+v", first.Result, m.Result)
		}
		if h.part.Of == roles.Tally {
			if found, err := r.Recount(h.source, h.part.Work.Recount()); err != nil || found.Persons != want {
				t.Errorf("%+v, want %d persons: %v", found, want, err)
			}
		}
	}
	t.Logf("%d members, 4 mixers: done on day %d", len(nodes), day)
}
