package audit

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// MaxPayload is the length in bytes up to which an entry may be recorded. Only Sealed can be long.
const MaxPayload = 16 << 10

// Verb says what kind of thing an entry records.
type Verb string

// The verbs.
const (
	VerbDid Verb = "did" // something was changed, or tried
	VerbSaw Verb = "saw" // something was shown
)

// Entry records who did or saw what, why and with which outcome. It holds identifiers and codes, and
// never a name or words somebody wrote: those are sealed to the data-protection desk, in Sealed.
type Entry struct {
	Time     frame.Time    `json:"time"`
	Verb     Verb          `json:"verb"`
	Action   access.Action `json:"action"`
	Object   string        `json:"object,omitempty"` // opaque identifier of what was touched
	User     id.User       `json:"user,omitempty"`   // empty if the node, a peer or the person acted
	Role     access.Role   `json:"role"`
	Desk     id.Desk       `json:"desk,omitempty"`
	Member   id.Member     `json:"member"`             // whose node she uses; of a peer, the peer
	Purpose  string        `json:"purpose,omitempty"`  // code
	Case     id.Case       `json:"case,omitempty"`     // opaque
	Manifest string        `json:"manifest,omitempty"` // hash of the case's version manifest after the write, hex
	Outcome  string        `json:"outcome"`            // code: OutcomeDone, or the kind of the fault
	Sealed   []byte        `json:"sealed,omitempty"`   // free text and search terms, sealed to the data-protection desk
}

// OutcomeDone is the outcome of what succeeded. What failed has the name of its fault kind.
const OutcomeDone = "done"

// Did returns an entry: who performed action on the object with that opaque identifier.
func Did(who access.Actor, action access.Action, object string) Entry {
	return entry(VerbDid, who, action, object)
}

// Saw returns an entry: who was shown, by action, the object with that opaque identifier.
func Saw(who access.Actor, action access.Action, object string) Entry {
	return entry(VerbSaw, who, action, object)
}

func entry(verb Verb, who access.Actor, action access.Action, object string) Entry {
	return Entry{
		Verb: verb, Action: action, Object: object, Outcome: OutcomeDone,
		User: who.User, Role: who.Role, Desk: who.Desk, Member: who.Member,
	}
}

// For returns e with the purpose code set.
func (e Entry) For(purpose string) Entry { e.Purpose = purpose; return e }

// In returns e with the case set.
func (e Entry) In(c id.Case) Entry { e.Case = c; return e }

// Leaving returns e with the hash of the case's version manifest after the write, in hex.
func (e Entry) Leaving(manifest string) Entry { e.Manifest = manifest; return e }

// With returns e with free text or search terms, sealed to the data-protection desk.
func (e Entry) With(sealed []byte) Entry { e.Sealed = sealed; return e }

// At returns e with the time set.
func (e Entry) At(t frame.Time) Entry { e.Time = t; return e }

// Ended returns e with the outcome of err: OutcomeDone for nil, else the name of its fault kind.
func (e Entry) Ended(err error) Entry {
	e.Outcome = OutcomeDone
	if err != nil {
		e.Outcome = fault.KindOf(err).String()
	}
	return e
}

// Payload returns the canonical bytes of e (spec/audit-log.md, section 2).
//
// It fails with [fault.Invalid] if e has no time, verb, action, role, member or outcome, or holds text
// that is no code or identifier, and with [fault.TooLarge] beyond [MaxPayload].
func (e Entry) Payload() ([]byte, error) {
	if e.Time <= 0 || e.Action == "" || e.Role == "" || e.Member == "" || e.Outcome == "" || e.Verb != VerbDid && e.Verb != VerbSaw {
		return nil, fault.New(fault.Invalid, "audit.entry.incomplete")
	}
	if e.Time >= frame.MaxInt {
		return nil, fault.New(fault.Invalid, "audit.entry.incomplete")
	}
	// Written straight in canonical form, as no value needs an escape; [ParseEntry] holds it against
	// package frame.
	b := make([]byte, 0, 320+base64.StdEncoding.EncodedLen(len(e.Sealed)))
	for _, f := range [...]struct{ name, value string }{
		{"action", string(e.Action)},
		{"case", string(e.Case)},
		{"desk", string(e.Desk)},
		{"manifest", e.Manifest},
		{"member", string(e.Member)},
		{"object", e.Object},
		{"outcome", e.Outcome},
		{"purpose", e.Purpose},
		{"role", string(e.Role)},
	} {
		if !opaque(f.value) {
			return nil, fault.New(fault.Invalid, "audit.entry.text")
		}
		b = field(b, f.name, f.value)
	}
	if !opaque(string(e.User)) {
		return nil, fault.New(fault.Invalid, "audit.entry.text")
	}
	b = field(b, "sealed", base64.StdEncoding.EncodeToString(e.Sealed))
	b = append(b, `,"time":`...)
	b = strconv.AppendInt(b, int64(e.Time), 10)
	b = field(b, "user", string(e.User))
	b = field(b, "verb", string(e.Verb))
	b = append(b, '}')
	if len(b) > MaxPayload {
		return nil, fault.New(fault.TooLarge, "audit.entry.too-large")
	}
	return b, nil
}

// field appends a name and a value that needs no escape; an empty value is left out.
func field(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	lead := byte(',')
	if len(b) == 0 {
		lead = '{'
	}
	b = append(b, lead, '"')
	b = append(b, name...)
	b = append(b, '"', ':', '"')
	b = append(b, value...)
	return append(b, '"')
}

// opaque reports whether s can be a code or an identifier: printable ASCII without blanks, at most 128
// bytes. It keeps sentences and most names out of a log that is kept for ever.
func opaque(s string) bool {
	if len(s) > 128 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return true
}

// ParseEntry reads what [Entry.Payload] wrote.
//
// It fails with [fault.Invalid] or [fault.TooLarge] for anything else.
func ParseEntry(b []byte) (Entry, error) {
	var e Entry
	if err := frame.Decode(b, MaxPayload, &e); err != nil {
		return Entry{}, err
	}
	again, err := e.Payload()
	if err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(again, b) {
		return Entry{}, fault.New(fault.Invalid, "audit.entry.form")
	}
	return e, nil
}
