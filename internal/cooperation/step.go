package cooperation

import (
	"slices"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

const (
	recordTag = "opentrm/cooperation-record/1"
	noteTag   = "opentrm/cooperation-note/1"
)

// Step is something that one side does about a request and tells the other.
type Step string

// The steps of the side that asks, and those of the side that was asked.
const (
	Ask      Step = "request"  // the record of the request
	Dispatch Step = "dispatch" // documents went by the official channel
	Withdraw Step = "withdraw" // nothing is asked any more

	Receipt   Step = "receipt"   // the request is here, and who has it
	Decision  Step = "decision"  // with a code of [Decisions]
	Execution Step = "execution" // with a code of [Executions]
	Answer    Step = "answer"    // what came of it went by the official channel, or is said in words
)

// Decisions returns the codes of a decision.
func Decisions() []string { return []string{"recognised", "partly", "postponed", "refused"} }

// Executions returns the codes of an execution.
func Executions() []string { return []string{"done", "partly", "impossible"} }

// Channels returns the official channels by which documents go.
func Channels() []string {
	return []string{"central-authority", "direct", "ejn", "eurojust", "siena", "interpol", "selec", "diplomatic", "courier", "other"}
}

// Owner returns the side that takes a step.
func (s Step) Owner() envelope.Side {
	switch s {
	case Ask, Dispatch, Withdraw:
		return envelope.Opener
	}
	return envelope.Answerer
}

func steps() []Step { return []Step{Ask, Dispatch, Withdraw, Receipt, Decision, Execution, Answer} }

// codes are the codes that a step may have.
func (s Step) codes() []string {
	switch s {
	case Decision:
		return Decisions()
	case Execution:
		return Executions()
	}
	return []string{""}
}

// State is how a request stands.
type State string

// The states.
const (
	Draft      State = "draft"
	Sent       State = "sent"
	Received   State = "received"
	Postponed  State = "postponed"
	Recognised State = "recognised"
	Refused    State = "refused"
	Executed   State = "executed"
	Answered   State = "answered"
	Withdrawn  State = "withdrawn"
	Erased     State = "erased" // nothing of it is kept
)

// States returns every state, in this order.
func States() []State {
	return []State{Draft, Sent, Received, Postponed, Recognised, Refused, Executed, Answered, Withdrawn, Erased}
}

// Over reports whether nothing follows.
func (s State) Over() bool { return slices.Contains([]State{Refused, Answered, Withdrawn, Erased}, s) }

// StateOf returns how a request stands after these events. Those of one side are in the order in which that side took them, which both
// nodes know; how the two sides lie between each other does not matter.
func StateOf(events []Event) State {
	has := map[Step]bool{}
	decided := ""
	for _, e := range events {
		if has[e.Step] = true; e.Step == Decision {
			decided = e.Code
		}
	}
	switch {
	case has[Answer]:
		return Answered
	case has[Withdraw]:
		return Withdrawn
	case decided == "refused":
		return Refused
	case has[Execution]:
		return Executed
	case decided == "recognised", decided == "partly":
		return Recognised
	case decided == "postponed":
		return Postponed
	case has[Receipt]:
		return Received
	case has[Ask]:
		return Sent
	}
	return Draft
}

// Next returns the steps that a side may take now.
func Next(kind string, state State, side envelope.Side) []Step {
	if side == envelope.Opener {
		switch {
		case state == Draft:
			return []Step{Ask}
		case state.Over():
			return nil
		}
		return []Step{Dispatch, Withdraw}
	}
	switch state {
	case Sent:
		return []Step{Receipt}
	case Received:
		if kind == Spontaneous {
			return []Step{Answer} // nobody decides about what was not asked
		}
		return []Step{Decision}
	case Postponed:
		return []Step{Decision}
	case Recognised:
		return []Step{Execution}
	case Executed:
		return []Step{Answer}
	}
	return nil
}

// body is the body of a control of the kind: spec/cooperation.md 1.
type body struct {
	Step Step   `json:"step"`
	Kind string `json:"kind"`
	Code string `json:"code"`
	Day  string `json:"day"`
	Due  string `json:"due"` // with a request
}

// parseBody reads the body of a control strictly.
//
// It fails with [fault.Invalid].
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	switch {
	case !slices.Contains(steps(), b.Step):
		return body{}, envelope.WrongBody("step")
	case !slices.Contains(profile.RequestKinds(), b.Kind):
		return body{}, envelope.WrongBody("kind")
	case !slices.Contains(b.Step.codes(), b.Code):
		return body{}, envelope.WrongBody("code")
	case !day(b.Day):
		return body{}, envelope.WrongBody("day")
	case b.Due != "" && (b.Step != Ask || !day(b.Due)):
		return body{}, envelope.WrongBody("due")
	}
	return b, nil
}

// Record is what the desk that is asked learns by the envelope: spec/cooperation.md 3.
type Record struct {
	Schema       string      `json:"schema"`
	Thread       id.Thread   `json:"thread"`
	Kind         string      `json:"kind"`
	Instrument   string      `json:"instrument"`
	From         Office      `json:"from"`
	To           Office      `json:"to"`
	Language     string      `json:"language"`
	Answers      []string    `json:"answers"`
	Confidential bool        `json:"confidential"`
	Urgent       bool        `json:"urgent"`
	Due          string      `json:"due,omitempty"`
	Handling     string      `json:"handling"` // the strictest of the request
	Links        []id.Thread `json:"links"`
	Digest       string      `json:"digest"`               // SHA-256 of the canonical request, lower-case hexadecimal
	Conditions   string      `json:"conditions,omitempty"` // on the use of the facts
	Facts        []Fact      `json:"facts"`                // of unasked information, where the instrument lets them through
	Document     *Request    `json:"document,omitempty"`   // where a pair of members lets it through
}

// recordOf returns the record of a request as an instrument lets it travel.
func recordOf(r Request, by profile.Instrument) (Record, error) {
	digest, err := r.Digest()
	if err != nil {
		return Record{}, err
	}
	x := Record{
		Schema: recordTag, Thread: r.Thread, Kind: r.Kind, Instrument: r.Instrument, From: r.From, To: r.To, Language: r.Language, Answers: r.Answers,
		Confidential: r.Confidential != "", Urgent: r.Urgent != "", Due: r.Due, Handling: r.Strictest(), Links: r.Links, Digest: digest, Facts: []Fact{},
	}
	switch {
	case by.May(profile.CarriesDocuments):
		outward := r.Outward()
		x.Document = &outward
	case r.Kind == Spontaneous && by.May(profile.CarriesSpontaneous):
		x.Facts, x.Conditions = r.Outward().Facts, r.Conditions
	}
	return x, nil
}

// Digest names a request: SHA-256 of its canonical form, in lower-case hexadecimal.
//
// It fails as [frame.Encode].
func (r Request) Digest() (string, error) {
	b, err := r.Canonical()
	if err != nil {
		return "", err
	}
	defer clear(b)
	return envelope.Digest(b), nil
}

// check reports whether a record is of the form, and carries no more than one sort of content.
func (x Record) check() error {
	if x.Schema != recordTag {
		return wrong("schema")
	}
	if err := head(x.Thread, x.Kind, x.From, x.To, x.Language, x.Answers, x.Due, x.Links); err != nil {
		return err
	}
	switch {
	case !said(x.Instrument, 64):
		return wrong("instrument")
	case !slices.Contains(Handlings(), x.Handling):
		return wrong("handling")
	case !lowerHex(x.Digest):
		return wrong("digest")
	case !person.Text(x.Conditions, maxText):
		return wrong("conditions")
	case len(x.Facts) > 0 && (x.Kind != Spontaneous || x.Document != nil):
		return wrong("facts")
	}
	if slices.ContainsFunc(x.Facts, func(f Fact) bool { return f.Release != "" }) {
		return wrong("release")
	}
	if x.Document != nil {
		if err := x.Document.Check(); err != nil {
			return err
		}
		if sum, err := x.Document.Digest(); err != nil || sum != x.Digest || x.Document.Thread != x.Thread || len(x.Document.Releases()) > 0 {
			return wrong("document")
		}
	}
	return every(x.Facts, "facts")
}

// parseRecord reads a record strictly.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func parseRecord(b []byte) (Record, error) {
	var x Record
	if err := frame.Decode(b, maxWire, &x); err != nil {
		return Record{}, err
	}
	return x, x.check()
}

// Note is what one side says with a step: spec/cooperation.md 4.
type Note struct {
	Schema    string    `json:"schema"`
	Thread    id.Thread `json:"thread"`
	Step      Step      `json:"step"`
	Channel   string    `json:"channel,omitempty"`   // of a dispatch or an answer
	Reference string    `json:"reference,omitempty"` // by which it is found in that channel, or at that authority
	Digest    string    `json:"digest,omitempty"`    // SHA-256 of what went, lower-case hexadecimal
	Language  string    `json:"language,omitempty"`  // of the text
	Text      string    `json:"text,omitempty"`
}

func (n Note) check() error {
	if _, err := id.ParseRandom[id.Thread](string(n.Thread)); err != nil {
		return wrong("thread")
	}
	sends := n.Step == Dispatch || n.Step == Answer
	switch {
	case n.Schema != noteTag:
		return wrong("schema")
	case !slices.Contains(steps(), n.Step) || n.Step == Ask:
		return wrong("step")
	case n.Channel != "" && !sends || n.Channel != "" && !slices.Contains(Channels(), n.Channel), n.Step == Dispatch && n.Channel == "":
		return wrong("channel")
	case !person.Text(n.Reference, maxLine), n.Step == Dispatch && n.Reference == "":
		return wrong("reference")
	case n.Digest != "" && !lowerHex(n.Digest):
		return wrong("digest")
	case !person.Text(n.Text, maxText), n.Step == Answer && n.Channel == "" && n.Text == "":
		return wrong("text")
	case (n.Text != "") != (n.Language != "") || n.Language != "" && !person.Tag(n.Language):
		return wrong("language")
	}
	return nil
}

// parseNote reads a note strictly.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func parseNote(b []byte) (Note, error) {
	var n Note
	if err := frame.Decode(b, maxWire, &n); err != nil {
		return Note{}, err
	}
	return n, n.check()
}
