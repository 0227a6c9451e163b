package course

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/sorting"
)

// finish lays everything that counts, then what takes effect ahead of its turn, and writes the state down.
func (f *fold) finish() {
	b := f.all
	var ahead []*node
	for _, n := range f.waiting() {
		if n.Event.Transition.Protective() {
			n.Standing = Ahead
			ahead = append(ahead, n)
			if b.ends[n.Event.Transition] == nil {
				b.ends[n.Event.Transition] = n
			}
		}
	}
	s := &f.state
	s.Status, s.Arrived, s.Reports = b.status(), b.arrived, b.reports
	s.Frozen = len(s.Conflicts) > 0
	if b.request != nil {
		s.Request = b.request.Event
	}
	if b.plan != nil {
		s.Planned = b.plan.Event.Planned
	}
	if b.outcome != nil {
		s.Outcome = b.outcome.Event.Outcome
	}
	switch end := b.ends[s.Status]; {
	case end != nil:
		s.Reason, s.Alternative = end.Event.Reason, end.Event.Alternative
	case b.asked != nil && b.asked.Event.Transition == s.Status:
		s.Reason = b.asked.Event.Reason
	}
	f.findLost(b, ahead)
	f.write()
}

// waiting returns the placed events that are not effective, in order.
func (f *fold) waiting() []*node {
	var ns []*node
	for i := range f.at {
		for seq, at := range f.at[i] {
			if seq > f.done[i] {
				ns = append(ns, at...)
			}
		}
	}
	sorting.By(ns, byPlace)
	return ns
}

// findLost finds the accept that an end overtook, and the ends that a handover overtook.
func (f *fold) findLost(b board, ahead []*node) {
	lose := func(n *node, by Transition) {
		n.Standing = LostStands
		f.state.Lost = append(f.state.Lost, Lost{n.Digest, n.Event.Side, n.Event.Transition, by})
	}
	end := f.state.Status
	for _, n := range f.order {
		if n.Standing != Counted {
			continue
		}
		switch t := n.Event.Transition; {
		case t == Accepted && end.Ended() && end != Closed:
			known := func(x *node) bool {
				return x.Event.Transition == end && (x.Standing == Counted || x.Standing == Ahead) && x.knows(n)
			}
			if !slices.ContainsFunc(f.order, known) && !slices.ContainsFunc(ahead, known) {
				lose(n, end)
			}
		case b.arrived && (t == Revoked || t == Declined || t == Expired):
			lose(n, HandedOver)
		}
	}
}

// knows reports whether x was made with y in view.
func (x *node) knows(y *node) bool {
	if x.Event.Side == y.Event.Side {
		return y.Event.Seq < x.Event.Seq
	}
	return y.Event.Seq <= max(x.past[index(y.Event.Side)], x.Event.Seen.Seq)
}

// write puts down history, gaps, conflicts and heads.
func (f *fold) write() {
	s := &f.state
	waiting := f.waiting()
	sorting.By(f.rest, byPlace)
	for _, n := range slices.Concat(f.order, waiting, f.rest) {
		s.History = append(s.History, n.Entry)
	}
	sorting.By(s.Conflicts, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(index(a.Side), index(b.Side)), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Kind, b.Kind),
			slices.Compare(a.Digests, b.Digests))
	})
	needed := [2]int{} // the highest number that anything held rests on or is
	for _, n := range slices.Concat(f.order, waiting) {
		i := index(n.Event.Side)
		needed[i] = max(needed[i], n.Event.Seq)
		needed[1-i] = max(needed[1-i], n.Event.Seen.Seq)
		if n.Event.Seq > s.last[i].Seq {
			s.last[i] = Mark{n.Event.Seq, n.Digest}
		}
	}
	for i, side := range []Side{Sender, Receiver} {
		if k := f.done[i]; k > 0 {
			s.base[i] = Mark{k, f.at[i][k][0].Digest}
		}
		for seq := 1; seq <= needed[i]; seq++ {
			if len(f.at[i][seq]) == 0 {
				s.Missing = append(s.Missing, Place{side, seq})
				break
			}
		}
	}
}

// raw tells refused events apart, which have no canonical form.
func raw(e Event) string {
	b, err := json.Marshal(e)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
