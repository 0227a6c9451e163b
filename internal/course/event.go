package course

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Limits of an event (spec/referral.md 2).
const (
	MaxBytes  = 2048                 // of the canonical form
	MaxSeq    = 512                  // events of one side of one referral
	MaxCode   = 40                   // characters of a code
	MaxPoint  = 3650                 // days after the handover for which feedback can be given
	MaxExpiry = 180 * 24 * time.Hour // from at to expires
)

// Code is a word from a published list: lower-case letters, digits and single inner dashes. It is never
// free text; [Event.Known] compares it with the list.
type Code string

// Urgency decides which durations apply.
type Urgency string

// The urgencies.
const (
	Normal Urgency = "normal"
	Urgent Urgency = "urgent"
)

// Digest is the SHA-256 of an event's canonical bytes as 64 hexadecimal characters. It names the event.
type Digest string

// Mark names one event of a side: its number and its digest.
type Mark struct {
	Seq    int    `json:"seq"`
	Digest Digest `json:"digest"`
}

// Alternative is what a desk that declines offers instead: another desk, or a code that says why there
// is none. Exactly one of the two is set.
type Alternative struct {
	Desk id.Address `json:"desk,omitzero"`
	Code Code       `json:"code,omitempty"`
}

// Planned is when and at what kind of place she is to be met; never an address.
type Planned struct {
	At      frame.Time `json:"at"`
	Meeting Code       `json:"meeting"`
}

// Due overrides the profile's durations for one referral; what is left out stays as the profile says.
type Due struct {
	Acknowledge calendar.Period `json:"acknowledge,omitzero"`
	Decide      calendar.Period `json:"decide,omitzero"`
	Supply      calendar.Period `json:"supply,omitzero"`
	Plan        calendar.Period `json:"plan,omitzero"`
	Arrival     calendar.Period `json:"arrival,omitzero"`
}

// Event says that one side took one transition. It travels in the control part of an envelope, where the
// receiving node reads it, so it holds codes, identifiers and times, and nothing about the person.
//
// At, Happened and Planned tell; they order nothing.
type Event struct {
	Referral   id.Referral `json:"referral"`
	Side       Side        `json:"side"`
	Seq        int         `json:"seq"`            // 1, 2, 3 … within the side
	Prev       Digest      `json:"prev,omitempty"` // of the side's event before; none for the first
	Seen       Mark        `json:"seen,omitzero"`  // the other side's last event that the maker's state rested on
	Transition Transition  `json:"transition"`
	At         frame.Time  `json:"at"`            // the maker's wall clock
	Desk       id.Address  `json:"desk"`          // the desk of the side that took it, or that its node serves
	Via        Code        `json:"via,omitempty"` // how a desk without a node told it: letter, phone, light …

	To          id.Address  `json:"to,omitzero"`          // the desk that is asked
	Kind        Code        `json:"kind,omitempty"`       // what is asked for
	Urgency     Urgency     `json:"urgency,omitempty"`    //
	Basis       Code        `json:"basis,omitempty"`      // the legal basis of the rule row
	Consent     id.Consent  `json:"consent,omitempty"`    // under which it happens, or which is withdrawn
	Expires     frame.Time  `json:"expires,omitempty"`    // when the sender's node lets an undecided request expire
	Due         Due         `json:"due,omitzero"`         //
	Onward      bool        `json:"onward,omitempty"`     // she agreed to be passed on
	Continues   id.Referral `json:"continues,omitempty"`  // of sent: the referral this one follows; of completed: the one that follows
	Bundle      id.Thread   `json:"bundle,omitempty"`     // the thread in which the identity bundle will travel
	Reason      Code        `json:"reason,omitempty"`     //
	Alternative Alternative `json:"alternative,omitzero"` //
	Planned     Planned     `json:"planned,omitzero"`     //
	Happened    frame.Time  `json:"happened,omitempty"`   // when it took place, if not when it was written
	Point       int         `json:"point,omitempty"`      // of feedback: days after the handover
	Outcome     Code        `json:"outcome,omitempty"`    // of feedback and completed
}

// Field names a field that belongs to some transitions only, as written in JSON.
type Field string

// The fields that belong to some transitions only.
const (
	FieldTo          Field = "to"
	FieldKind        Field = "kind"
	FieldUrgency     Field = "urgency"
	FieldBasis       Field = "basis"
	FieldConsent     Field = "consent"
	FieldExpires     Field = "expires"
	FieldDue         Field = "due"
	FieldOnward      Field = "onward"
	FieldContinues   Field = "continues"
	FieldBundle      Field = "bundle"
	FieldReason      Field = "reason"
	FieldAlternative Field = "alternative"
	FieldPlanned     Field = "planned"
	FieldHappened    Field = "happened"
	FieldPoint       Field = "point"
	FieldOutcome     Field = "outcome"
	FieldVia         Field = "via"
)

// present lists the transition fields that are set.
func (e Event) present() []Field {
	var fs []Field
	for _, f := range []struct {
		name Field
		set  bool
	}{
		{FieldTo, e.To != id.Address{}},
		{FieldKind, e.Kind != ""},
		{FieldUrgency, e.Urgency != ""},
		{FieldBasis, e.Basis != ""},
		{FieldConsent, e.Consent != ""},
		{FieldExpires, e.Expires != 0},
		{FieldDue, e.Due != Due{}},
		{FieldOnward, e.Onward},
		{FieldContinues, e.Continues != ""},
		{FieldBundle, e.Bundle != ""},
		{FieldReason, e.Reason != ""},
		{FieldAlternative, e.Alternative != Alternative{}},
		{FieldPlanned, e.Planned != Planned{}},
		{FieldHappened, e.Happened != 0},
		{FieldPoint, e.Point != 0},
		{FieldOutcome, e.Outcome != ""},
		{FieldVia, e.Via != ""},
	} {
		if f.set {
			fs = append(fs, f.name)
		}
	}
	return fs
}

// Parse reads the canonical bytes of an event and checks it ([Event.Check]). It verifies no
// signature: what comes from outside is read with [Signed.Open].
//
// It fails with [fault.TooLarge] beyond [MaxBytes], and with [fault.Invalid] if b is not exactly what
// [Event.Bytes] writes or the event is malformed.
func Parse(b []byte) (Event, error) {
	var e Event
	if err := frame.Decode(b, MaxBytes, &e); err != nil {
		return Event{}, err
	}
	if err := e.Check(); err != nil {
		return Event{}, err
	}
	return e, nil
}

// Bytes returns the canonical form of the event: what is signed, hashed and sent.
//
// It fails as [Event.Check] does, and with [fault.TooLarge] beyond [MaxBytes].
func (e Event) Bytes() ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	b, err := frame.Encode(e)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxBytes {
		return nil, fault.New(fault.TooLarge, "frame.too-large")
	}
	return b, nil
}

// Digest returns the name of the event. It fails as [Event.Bytes] does.
func (e Event) Digest() (Digest, error) {
	b, err := e.Bytes()
	if err != nil {
		return "", err
	}
	return DigestOf(b), nil
}

// DigestOf names the event that has these canonical bytes.
func DigestOf(canonical []byte) Digest {
	sum := sha256.Sum256(canonical)
	return Digest(hex.EncodeToString(sum[:]))
}

// Check tells whether the event is well formed, belongs to an owner on its side, and carries the fields of
// its transition and no others. Whether the state allowed it is another question ([State.Admit]).
//
// It fails with [fault.Invalid]: "referral.event.transition" for an unknown or local transition,
// "referral.event.owner" on the wrong side, "referral.event.needs" and "referral.event.field" for a field
// that is missing or out of place, "referral.event.form" for a field in the wrong form; the last three
// name the field.
func (e Event) Check() error {
	r, ok := ruleOf(e.Transition)
	if !ok || e.Transition.Local() {
		return fault.New(fault.Invalid, "referral.event.transition")
	}
	if e.Side != Sender && e.Side != Receiver {
		return malformed("side")
	}
	if !slices.Contains(r.owner.Sides(), e.Side) {
		return fault.New(fault.Invalid, "referral.event.owner").With("transition", string(e.Transition))
	}
	has := e.present()
	for _, f := range r.needs {
		if !slices.Contains(has, f) {
			return fault.New(fault.Invalid, "referral.event.needs").With("field", string(f))
		}
	}
	for _, f := range has {
		if !slices.Contains(r.needs, f) && !slices.Contains(r.may, f) {
			return fault.New(fault.Invalid, "referral.event.field").With("field", string(f))
		}
	}
	if err := e.checkChain(); err != nil {
		return err
	}
	return e.checkFields()
}

func malformed(field string) error {
	return fault.New(fault.Invalid, "referral.event.form").With("field", field)
}

func (e Event) checkChain() error {
	switch {
	case !WellRandom(e.Referral, false):
		return malformed("referral")
	case e.Seq < 1 || e.Seq > MaxSeq:
		return malformed("seq")
	case (e.Seq == 1) != (e.Prev == "") || e.Prev != "" && !e.Prev.well():
		return malformed("prev")
	case e.Seen != Mark{} && (e.Seen.Seq < 1 || e.Seen.Seq > MaxSeq || !e.Seen.Digest.well()):
		return malformed("seen")
	case e.At <= 0 || e.At >= frame.MaxInt:
		return malformed("at")
	case !WellAddress(e.Desk):
		return malformed("desk")
	}
	return nil
}

func (e Event) checkFields() error {
	for _, f := range []struct {
		name string
		code Code
	}{
		{"via", e.Via},
		{"kind", e.Kind},
		{"basis", e.Basis},
		{"reason", e.Reason},
		{"outcome", e.Outcome},
		{"alternative", e.Alternative.Code},
		{"planned", e.Planned.Meeting},
	} {
		if f.code != "" && !f.code.Well() {
			return malformed(f.name)
		}
	}
	switch {
	case e.To != id.Address{} && (!WellAddress(e.To) || e.To == e.Desk):
		return malformed("to")
	case e.Urgency != "" && e.Urgency != Normal && e.Urgency != Urgent:
		return malformed("urgency")
	case !WellRandom(e.Consent, true):
		return malformed("consent")
	case !WellRandom(e.Continues, true) || e.Continues == e.Referral:
		return malformed("continues")
	case !WellRandom(e.Bundle, true):
		return malformed("bundle")
	case e.Expires != 0 && (e.Expires <= e.At || e.Expires > e.At.Add(MaxExpiry)):
		return malformed("expires")
	case e.Alternative != Alternative{} && !e.Alternative.well():
		return malformed("alternative")
	case e.Planned != Planned{} && (e.Planned.At <= 0 || e.Planned.At >= frame.MaxInt || e.Planned.Meeting == ""):
		return malformed("planned")
	case e.Happened < 0 || e.Happened >= frame.MaxInt:
		return malformed("happened")
	case e.Point < 0 || e.Point > MaxPoint:
		return malformed("point")
	}
	for _, p := range []calendar.Period{e.Due.Acknowledge, e.Due.Decide, e.Due.Supply, e.Due.Plan, e.Due.Arrival} {
		if p != (calendar.Period{}) && !p.Well() {
			return malformed("due")
		}
	}
	return nil
}

func (a Alternative) well() bool {
	if a.Code != "" {
		return a.Desk == id.Address{}
	}
	return WellAddress(a.Desk)
}

func (d Digest) well() bool {
	b, err := hex.DecodeString(string(d))
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == string(d)
}

// Well reports whether the code has the form of a desk's name, which is the form of a code.
func (c Code) Well() bool {
	if len(c) > MaxCode {
		return false
	}
	_, err := id.ParseDesk(string(c))
	return err == nil
}

// WellAddress reports whether an address has the form of one.
func WellAddress(a id.Address) bool {
	back, err := id.ParseAddress(a.String())
	return err == nil && back == a
}

// WellRandom reports whether an identifier has the form of a random one, or is empty where it may be.
func WellRandom[T id.Text](s T, mayBeEmpty bool) bool {
	if s == "" {
		return mayBeEmpty
	}
	_, err := id.ParseRandom[T](string(s))
	return err == nil
}
