package veil

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Seat is one member in a count: what it keeps from step to step.
type Seat struct {
	Of     id.Member
	Work   Secret // may rest with the node
	Held   Held   // opens nothing; empty before [StepCommit]
	Recall Recall // measured at home
}

// Turn is what a member says in a step, and the data that it sends with it, if any, and to whom.
type Turn struct {
	Message Message
	Data    []byte
	To      []id.Member
}

// Waits reports whether it is this member's turn.
func (p *Seat) Waits(r *Count) bool { return slices.Contains(r.Stage().Waits, p.Of) }

// Attended reports whether the step needs somebody of the office: to join, to prepare the records, to encrypt them. All
// others a node does by itself.
func Attended(step string) bool { return step == StepJoin || step == StepCommit || step == StepBatch }

// Turn does what is this member's turn. records is the secret that opens what it holds, and is needed where people attend
// except to join; elsewhere it is nil. What comes out MUST be kept and sent again as it is: a member says one thing in a step.
// A message of the tally tells a number, and nothing else of what it has found.
//
// It fails with [fault.Conflict] if it is not its turn or the run has ended, with [*Named] if somebody broke the count, with
// [fault.Unavailable] while something has not arrived, and with [fault.Invalid] if what it holds is not what records opens.
func (p *Seat) Turn(r *Count, records []byte, from Source) (t Turn, err error) {
	stage := r.Stage()
	if !p.Waits(r) {
		return Turn{}, fault.New(fault.Conflict, "veil.turn")
	}
	if len(r.Named) > 0 {
		return Turn{}, &r.Named[0]
	}
	if r.Ended() {
		return Turn{}, fault.New(fault.Conflict, "veil.ended")
	}
	t.Message = Message{Sheet: r.Sheet.Hash(), From: p.Of, Step: stage.Step}
	switch stage.Step {
	case StepCommit:
		t.Message, err = p.Work.Committing(&r.Sheet, p.Of, &p.Held, p.Recall)
	case StepDraw, StepChallenge:
		t.Message, err = p.Work.Opening(r, p.Of, stage.Step)
	case StepBatch:
		t.Data, t.Message, err = r.Batch(p.Of, p.Held, records)
	case StepMix:
		t.Data, t.Message, err = r.Mix(p.Of, p.Work, from)
	case StepUncover:
		t.Data, t.Message, err = r.Open(p.Of, p.Work, from)
	case StepResult:
		t.Message, _, err = r.Tally(p.Of, p.Work, from)
	}
	if t.Data != nil {
		roles, _ := r.Roles()
		t.To = append(slices.Clone(roles.Mixers), roles.Tally)
	}
	return t, err
}
