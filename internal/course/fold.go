package course

import (
	"cmp"
	"slices"

	"github.com/opentrm/opentrm/internal/sorting"
)

// node is an event while it is being folded.
type node struct {
	Entry
	past [2]int // how many events of sender and receiver its maker had seen, its own included up to the one before
}

// fold is the work of [Fold]. Places are counted from 1; index 0 is the sender.
type fold struct {
	thread   Thread
	at       [2]map[int][]*node // what is held at each place
	rest     []*node            // what is on no place: refused
	disputed [2]map[int]bool
	order    []*node // effective events in the canonical order
	done     [2]int  // how many of each side are effective
	all      board   // everything of the order that was judged
	state    State
}

// Fold returns the state that a set of verified events tells. Order and repetition of the events do not
// matter. The signatures must have been verified; whatever else is wrong with an event is found here and
// shown in its standing, so that one bad event cannot hide the others.
//
// The rules are those of spec/referral.md 4 to 6: chains, causal order, judgement, precedence.
func Fold(t Thread, events []Event) State {
	all := make([]Entry, len(events))
	for i, e := range events {
		d, _ := e.Digest() // none: it is refused
		all[i] = Entry{Event: e, Digest: d}
	}
	return FoldAll(t, all)
}

// FoldAll is [Fold] of events whose digests are known; empty of what is not well formed.
func FoldAll(t Thread, events []Entry) State {
	f := fold{thread: t, state: State{Thread: t, Status: Draft}, all: newBoard()}
	for i := range f.at {
		f.at[i], f.disputed[i] = map[int][]*node{}, map[int]bool{}
	}
	f.place(events)
	f.findTwins()
	f.findViews()
	f.arrange()
	f.judge()
	f.finish()
	return f.state
}

// place puts every well-formed event of this thread on its place, once.
func (f *fold) place(events []Entry) {
	seen, odd := map[Digest]bool{}, map[Event]bool{}
	for _, e := range events {
		if seen[e.Digest] || odd[e.Event] {
			continue
		}
		if e.Digest == "" {
			odd[e.Event] = true
		} else {
			seen[e.Digest] = true
		}
		n := &node{Entry: Entry{Event: e.Event, Digest: e.Digest, Standing: Parked}}
		if n.Digest == "" || !f.thread.fits(n.Event) {
			n.Standing = Refused
			f.rest = append(f.rest, n)
			continue
		}
		i := index(n.Event.Side)
		f.at[i][n.Event.Seq] = append(f.at[i][n.Event.Seq], n)
	}
	for i := range f.at {
		for _, at := range f.at[i] {
			sorting.By(at, byPlace)
		}
	}
}

// byPlace orders events that have no order among themselves: by side, number and digest. Two refused events may
// have no digest; then every field that could differ is compared through their text.
func byPlace(a, b *node) int {
	return cmp.Or(
		cmp.Compare(index(a.Event.Side), index(b.Event.Side)), cmp.Compare(a.Event.Seq, b.Event.Seq),
		cmp.Compare(a.Digest, b.Digest), cmp.Compare(raw(a.Event), raw(b.Event)),
	)
}

// findTwins finds places that a side has filled, or chained on, in two ways.
func (f *fold) findTwins() {
	for i := range f.at {
		if f.single(i) {
			continue
		}
		claims := map[int][]Digest{}
		for seq, at := range f.at[i] {
			for _, n := range at {
				claims[seq] = append(claims[seq], n.Digest)
				if n.Event.Prev != "" {
					claims[seq-1] = append(claims[seq-1], n.Event.Prev)
				}
			}
		}
		for seq, ds := range claims {
			slices.Sort(ds)
			if ds = slices.Compact(ds); len(ds) > 1 {
				f.dispute(Twin, i, seq, ds)
			}
		}
	}
}

// single reports whether a side has one event on each place, and none that chains on another than the one held.
func (f *fold) single(i int) bool {
	for seq, at := range f.at[i] {
		if before := f.at[i][seq-1]; len(at) > 1 || at[0].Event.Prev != "" && len(before) > 0 && before[0].Digest != at[0].Event.Prev {
			return false
		}
	}
	return true
}

// findViews finds events that name another event of the other side than the one held, where that one is not
// disputed itself. A named event that is not held yet is no conflict: it is missing.
func (f *fold) findViews() {
	type view struct {
		side, seq int
		digests   []Digest
	}
	var found []view
	for i := range f.at {
		for seq, at := range f.at[i] {
			for _, n := range at {
				held := f.at[1-i][n.Event.Seen.Seq]
				if f.disputed[i][seq] || len(held) != 1 || f.disputed[1-i][n.Event.Seen.Seq] || held[0].Digest == n.Event.Seen.Digest {
					continue
				}
				ds := []Digest{held[0].Digest, n.Event.Seen.Digest}
				slices.Sort(ds)
				found = append(found, view{i, seq, ds})
			}
		}
	}
	for _, v := range found { // after the search, so that one finding cannot hide another
		f.dispute(View, v.side, v.seq, v.digests)
	}
}

func (f *fold) dispute(kind ConflictKind, side, seq int, ds []Digest) {
	f.disputed[side][seq] = true
	for _, n := range f.at[side][seq] {
		n.Standing = Conflicted
	}
	f.state.Conflicts = append(f.state.Conflicts, Conflict{kind, [2]Side{Sender, Receiver}[side], seq, ds})
}

// arrange finds the events that are complete with everything they rest on, and their canonical order: the
// sender's events in turn, and before each of them every event of the receiver whose maker had not seen it.
// So whatever precedes an event of the receiver in this order is exactly what its maker had seen.
func (f *fold) arrange() {
	var seen [2]int // per side: the highest number of the other side that its effective events have seen
	for f.take(1, &seen) || f.take(0, &seen) {
	}
}

func (f *fold) take(i int, seen *[2]int) bool {
	seq := f.done[i] + 1
	at := f.at[i][seq]
	if len(at) != 1 || f.disputed[i][seq] || at[0].Event.Seen.Seq > f.done[1-i] {
		return false
	}
	n := at[0]
	seen[i] = max(seen[i], n.Event.Seen.Seq)
	n.past[i], n.past[1-i] = seq-1, seen[i]
	f.done[i] = seq
	f.order = append(f.order, n)
	return true
}

// judge decides of each effective event whether what its maker had seen allowed it. Everything in an event's
// past stands before it in the order, so its judgement is final.
func (f *fold) judge() {
	for k, n := range f.order {
		b := &f.all
		if n.past[0]+n.past[1] < k { // it had not seen everything that stands before it
			some := f.board(k, n.past)
			b = &some
		}
		err := permitted(b.checked(n.Event.Transition), b.arrived, n.Event.Transition)
		if err != nil || n.Event.Transition == Feedback && n.Event.Point <= b.point {
			n.Standing = Void
		} else {
			n.Standing = Counted
			f.all.lay(n)
		}
	}
}

// board is the course of a referral while events are laid on it.
type board struct {
	progress Status // ends left aside
	arrived  bool
	point    int // the last feedback given
	ends     map[Status]*node
	request  *node
	plan     *node
	asked    *node // the open question or the missed arrival
	outcome  *node
	accepted *node
	reports  []Report
}

func newBoard() board { return board{progress: Draft, ends: map[Status]*node{}} }

// board lays the first k events of the order that are within the past.
func (f *fold) board(k int, past [2]int) board {
	b := newBoard()
	for _, n := range f.order[:k] {
		if n.Standing == Counted && n.Event.Seq <= past[index(n.Event.Side)] {
			b.lay(n)
		}
	}
	return b
}

// lay puts a judged event on the board. An event of the receiver always finds the status it was judged on. One
// of the sender may find that the receiver has gone on meanwhile: then it stays in the history and moves nothing.
func (b *board) lay(n *node) {
	t := n.Event.Transition
	switch t {
	case EnteredInError, WithdrawnByPerson, Revoked, Declined, Expired, Closed:
		b.ends[t] = n
		return
	case Feedback:
		b.point = n.Event.Point
		b.reports = append(b.reports, Report{n.Event.Point, n.Event.Outcome})
	case Completed:
		b.outcome = n
	case InformationRequested, NotArrived:
		b.asked = n
	case Accepted:
		b.accepted = n
	case HandedOver:
		b.arrived = true
	case Sent:
		b.request = n
	}
	if permitted(b.open(t), false, t) != nil {
		return
	}
	b.progress = t
	if t == HandoverPlanned {
		b.plan = n
	}
}

// open is the progress, taking a draft as checked where it is sent: what came before is the sender's alone.
func (b *board) open(t Transition) Status {
	if b.progress == Draft && t == Sent {
		return Checked
	}
	return b.progress
}

// checked is the status for the judgement of t.
func (b *board) checked(t Transition) Status {
	if s := b.status(); s != Draft {
		return s
	}
	return b.open(t)
}

// status is the precedence of spec/referral.md 6.
func (b *board) status() Status {
	for _, end := range []Status{EnteredInError, WithdrawnByPerson, Closed} {
		if b.ends[end] != nil {
			return end
		}
	}
	if !b.arrived {
		for _, end := range []Status{Revoked, Declined, Expired} {
			if b.ends[end] != nil {
				return end
			}
		}
	}
	return b.progress
}
