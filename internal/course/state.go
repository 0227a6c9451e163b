package course

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Thread is what a referral is before anything happens: its name and its two desks.
type Thread struct {
	Referral id.Referral
	Sender   id.Address
	Receiver id.Address
}

func (t Thread) desk(s Side) id.Address {
	if s == Sender {
		return t.Sender
	}
	return t.Receiver
}

// Standing says what became of an event in the state.
type Standing string

// The standings.
const (
	Counted    Standing = "counted"    // it was its maker's to take and it is part of the course of the referral
	LostStands Standing = "lost"       // it was its maker's to take, but an event of the other side that goes before it was made meanwhile
	Void       Standing = "void"       // what its maker had seen did not allow it
	Ahead      Standing = "ahead"      // it took effect on arrival although events before it are missing or in conflict
	Parked     Standing = "parked"     // events before it are missing or in conflict: it waits
	Conflicted Standing = "conflicted" // its place is disputed: see State.Conflicts
	Refused    Standing = "refused"    // malformed, of another referral, or of a member that is no party
)

// Entry is one event in the history of a referral.
type Entry struct {
	Digest   Digest
	Event    Event
	Standing Standing
}

// ConflictKind says which promise was broken.
type ConflictKind string

// The kinds of conflict.
const (
	Twin ConflictKind = "twin" // a side signed, or chained on, two different events with one number
	View ConflictKind = "view" // a side names an event of the other that is not the one held here
)

// Conflict is evidence that a side signed what cannot both be true. Both events are kept, neither counts.
type Conflict struct {
	Kind    ConflictKind
	Side    Side // whose event is disputed
	Seq     int
	Digests []Digest // the claims, in order
}

// Lost is an event that an event of the other side overtook: a task for both desks.
type Lost struct {
	Digest     Digest
	Side       Side
	Transition Transition
	By         Transition // what overtook it
}

// Place is the number of an event of a side.
type Place struct {
	Side Side
	Seq  int
}

// Report is one feedback given.
type Report struct {
	Point   int // days after the handover
	Outcome Code
}

// State is where a referral stands, as told by a set of events. Two nodes with the same events have equal
// states.
type State struct {
	Thread      Thread
	Status      Status
	Request     Event       // the sent event that counts; zero before
	Planned     Planned     // the last plan that counts
	Reason      Code        // of the end, or of the open question or the missed arrival
	Alternative Alternative // of a decline
	Outcome     Code        // of completed
	Reports     []Report    // feedback given, by point
	Arrived     bool        // the set holds a handover that counts; true even when the referral was ended since
	Frozen      bool        // there is a conflict: only protective transitions are possible, and people are alarmed
	Conflicts   []Conflict  // by side and number
	Lost        []Lost      // what both desks are to be told, in the order of the history
	Missing     []Place     // the first missing event of each side, if later ones are known: ask for it
	History     []Entry     // every event: effective ones in their order, then the others by side, number and digest

	last [2]Mark // per side: the highest number held
	base [2]Mark // per side: the last event that is complete with all that it rests on
}

func index(s Side) int {
	if s == Receiver {
		return 1
	}
	return 0
}

// Last returns the latest event of the transition that counts or lost; false if there is none.
func (s State) Last(t Transition) (Entry, bool) {
	for _, e := range slices.Backward(s.History) {
		if e.Event.Transition == t && (e.Standing == Counted || e.Standing == LostStands || e.Standing == Ahead) {
			return e, true
		}
	}
	return Entry{}, false
}

// Reached reports whether the transition was taken, whatever came after: for histories and statistics.
func (s State) Reached(t Transition) bool {
	_, ok := s.Last(t)
	return ok
}

// Stamp returns e as the next event of the side: with referral, number, predecessor and what was seen.
func (s State) Stamp(side Side, e Event) Event {
	own, other := s.last[index(side)], s.base[index(side.Other())]
	e.Referral, e.Side, e.Seq, e.Prev, e.Seen = s.Thread.Referral, side, own.Seq+1, own.Digest, other
	return e
}

// Local moves a referral that was not sent between draft and checked. A check rests on consent, rule row and
// capacity together; whatever changes in the draft afterwards takes it back to draft.
//
// It fails with [fault.Conflict] and "referral.transition" if the state does not allow it, and with
// [fault.Invalid] and "referral.event.transition" for a transition that is no local one.
func (s State) Local(t Transition) (State, error) {
	if !t.Local() {
		return s, fault.New(fault.Invalid, "referral.event.transition")
	}
	if err := May(s, Sender, t); err != nil {
		return s, err
	}
	s.Status = t
	return s, nil
}

// May tells whether the side could take the transition now. It knows nothing of who asks: package access does.
//
// It fails with [fault.Invalid] and "referral.event.transition" or "referral.event.owner" if the side never
// can, and with [fault.Conflict] and
//   - "referral.ended" if the referral is over;
//   - "referral.frozen" if a conflict must be cleared up between the desks first;
//   - "referral.gap" if events of the side itself are missing here;
//   - "referral.not-checked" if a draft is to be sent that was not checked;
//   - "referral.handed-over" if it is too late because she was handed over;
//   - "referral.already" if the referral stands there already;
//   - "referral.transition" if the status does not allow it otherwise.
func May(s State, side Side, t Transition) error {
	r, ok := ruleOf(t)
	if !ok {
		return fault.New(fault.Invalid, "referral.event.transition")
	}
	if !slices.Contains(r.owner.Sides(), side) {
		return fault.New(fault.Invalid, "referral.event.owner").With("transition", string(t))
	}
	if err := permitted(s.Status, s.Arrived, t); err != nil {
		return err
	}
	if t.Protective() {
		return nil
	}
	if s.Frozen {
		return fault.New(fault.Conflict, "referral.frozen")
	}
	for _, p := range s.Missing {
		if p.Side == side {
			return fault.New(fault.Conflict, "referral.gap")
		}
	}
	return nil
}

// permitted tells whether a transition is possible from a status. It is the rule by which events are judged.
func permitted(from Status, arrived bool, t Transition) error {
	r, _ := ruleOf(t)
	var err *fault.Error
	switch {
	case slices.Contains(r.from, from):
		return nil
	case from.Ended():
		err = fault.New(fault.Conflict, "referral.ended")
	case t == Sent && from == Draft:
		err = fault.New(fault.Conflict, "referral.not-checked")
	case arrived && (t == Revoked || t == Declined || t == Expired):
		err = fault.New(fault.Conflict, "referral.handed-over")
	case t == from:
		err = fault.New(fault.Conflict, "referral.already")
	default:
		err = fault.New(fault.Conflict, "referral.transition")
	}
	return err.With("status", string(from)).With("transition", string(t))
}

// Next returns the transitions that the side could take now, in the order of [Statuses].
func Next(s State, side Side) []Transition {
	return slices.DeleteFunc(Statuses(), func(t Transition) bool { return May(s, side, t) != nil })
}

// Admit tells whether e, made by [State.Stamp], may be signed and sent in this state.
//
// It fails as [Event.Check] and [May] do, with [fault.Invalid] and "referral.event.party" if its desks are
// not those of the thread, with [fault.Stale] and "referral.stale" if the state has moved since it was
// stamped, and with [fault.Conflict] and "referral.feedback.point" if feedback for that point or a later one
// was given.
func (s State) Admit(e Event) error {
	if err := e.Check(); err != nil {
		return err
	}
	if !s.Thread.fits(e) {
		return fault.New(fault.Invalid, "referral.event.party")
	}
	if again := s.Stamp(e.Side, e); again != e {
		return fault.New(fault.Stale, "referral.stale")
	}
	if err := May(s, e.Side, e.Transition); err != nil {
		return err
	}
	if e.Transition == Feedback && len(s.Reports) > 0 && e.Point <= s.Reports[len(s.Reports)-1].Point {
		return fault.New(fault.Conflict, "referral.feedback.point")
	}
	return nil
}

// fits reports whether the event belongs to the thread: its referral, its member, its desks.
func (t Thread) fits(e Event) bool {
	if e.Referral != t.Referral || e.Desk.Member != t.desk(e.Side).Member {
		return false
	}
	return e.Transition != Sent || e.Desk == t.Sender && e.To == t.Receiver
}
