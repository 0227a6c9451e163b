package careplan

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// Status is how a step stands.
type Status string

// The statuses.
const (
	Proposed     Status = "proposed"      // she has not been asked
	Agreed       Status = "agreed"        // by her
	UnderWay     Status = "under-way"     //
	Delivered    Status = "delivered"     //
	NotAvailable Status = "not-available" // for a reason that is counted
	Declined     Status = "declined"      // by her; nobody asks why, and it stays offered
	Stopped      Status = "stopped"       // for a reason
)

// Statuses returns every status in the order above.
func Statuses() []Status {
	return []Status{Proposed, Agreed, UnderWay, Delivered, NotAvailable, Declined, Stopped}
}

// Next returns the statuses to which a step can turn; none is left once it was delivered or stopped. docs/states-plan.md draws them.
// What she has not agreed to does not go on, and what she has declined is offered to her again before anything is done.
func Next(s Status) []Status {
	switch s {
	case Proposed:
		return []Status{Agreed, Declined, NotAvailable, Stopped}
	case Agreed:
		return []Status{UnderWay, Delivered, NotAvailable, Declined, Stopped}
	case UnderWay:
		return []Status{Delivered, NotAvailable, Declined, Stopped}
	case NotAvailable:
		return []Status{Agreed, Declined, Stopped}
	case Declined:
		return []Status{Agreed, Stopped}
	}
	return nil
}

// Turns reports whether a step turns from one status to another.
func Turns(from, to Status) bool { return slices.Contains(Next(from), to) }

// Open reports whether something may still come of a step.
func (s Status) Open() bool { return len(Next(s)) > 0 }

// Hers reports whether a step is gone through with her: something may come of it if she wants. What nobody has to give is not.
func (s Status) Hers() bool { return s.Open() && s != NotAvailable }

// answer is what she said to a plan of so many steps, of which she agrees to so many.
func answer(agreed, steps int) Answer {
	switch {
	case agreed == 0:
		return AgreedNone
	case agreed < steps:
		return AgreedPart
	}
	return AgreedAll
}

// reviewed reports whether a plan that was gone through on a day is looked at again on another, soon enough.
func reviewed(on, review string, longest int64) bool {
	if !person.Day(review) || review <= on {
		return false
	}
	first, err := time.Parse(time.DateOnly, on)
	last, err2 := time.Parse(time.DateOnly, review)
	return err == nil && err2 == nil && !last.After(first.AddDate(0, 0, int(longest)))
}

// Standing says whose plan it is.
type Standing string

// The standings. Everything but agreed is shown as a warning.
const (
	NoPlan     Standing = "none"      // there is no open step
	Unasked    Standing = "unasked"   // nobody has gone through it with her
	Changed    Standing = "changed"   // something was added to it after she was asked
	Waits      Standing = "waits"     // she was asked about some of it
	Refused    Standing = "refused"   // she agrees to nothing of it
	PartAgreed Standing = "partly"    // she agrees to some of it
	Unguarded  Standing = "unguarded" // a child agrees to it, and nobody who decides with her does
	AllAgreed  Standing = "agreed"    // she agrees to all of it
)

// Stands says how a plan stands, by its steps and by the last time that somebody went through it.
func Stands(steps []casefile.Kept[Step], last *Agreement) Standing {
	open, agreed := 0, 0
	changed, waits := false, false
	for _, k := range steps {
		if !k.Value.Status().Hers() {
			continue
		}
		open++
		if k.Value.Agreed() {
			agreed++
		} else if last != nil && !slices.Contains(last.Steps, k.Record) {
			changed = true
		} else if last != nil && slices.Contains(last.Waiting, k.Record) {
			waits = true
		}
	}
	switch {
	case open == 0:
		return NoPlan
	case last == nil || last.Answer == NotAsked:
		return Unasked
	case changed:
		return Changed
	case waits:
		return Waits
	case agreed == 0:
		return Refused
	case agreed < open:
		return PartAgreed
	}
	return AllAgreed
}

// hers are the steps that are gone through with her, in the order in which they were written.
func hers(steps []casefile.Kept[Step]) []id.Record {
	out := []id.Record{}
	for _, k := range steps {
		if k.Value.Status().Hers() {
			out = append(out, k.Record)
		}
	}
	return out
}
