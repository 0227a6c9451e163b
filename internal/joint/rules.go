package joint

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	askTag    = "opentrm/joint-ask/1"
	answerTag = "opentrm/joint-answer/1"
	boxUse    = "joint"
	maxWire   = 1 << 20 // of a content in its canonical form
	maxNote   = 20000
)

// step says what an envelope of the kind is for.
type step string

const (
	ask    step = "ask"
	answer step = "answer"
	end    step = "end"
)

// body is the body of a control of the kind.
type body struct {
	Step     step        `json:"step"`
	Referral id.Referral `json:"referral"`
	About    id.Envelope `json:"about"` // the question that is answered or ended; empty in one
}

// asked is the content of an "ask": spec/joint.md 2.
type asked struct {
	Schema   string           `json:"schema"`
	Thread   id.Thread        `json:"thread"`
	Language string           `json:"language"` // of the words in it
	Joint    homecoming.Joint `json:"joint"`    // with one signature
}

// answered is the content of an "answer": spec/joint.md 3.
type answered struct {
	Schema     string                `json:"schema"`
	Thread     id.Thread             `json:"thread"`
	Assessment string                `json:"assessment"`          // SHA-256 of the canonical assessment, in lower-case hexadecimal
	Signature  *homecoming.Signature `json:"signature,omitempty"` // absent: it declines
	Reason     string                `json:"reason,omitempty"`    // code, if it declines
	Note       string                `json:"note,omitempty"`
	Language   string                `json:"language,omitempty"` // of the note
}

func wrong(field string) error { return fault.New(fault.Invalid, "joint.field").With("field", field) }

// parseBody reads the body of a control strictly.
//
// It fails with [fault.Invalid].
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	if _, err := id.ParseRandom[id.Referral](string(b.Referral)); err != nil {
		return body{}, err
	}
	if !slices.Contains([]step{ask, answer, end}, b.Step) {
		return body{}, envelope.WrongBody("step")
	}
	if b.Step == ask && b.About != "" || b.Step != ask && !lowerHex(string(b.About)) {
		return body{}, envelope.WrongBody("about")
	}
	return b, nil
}

func (w asked) check() error {
	switch {
	case w.Schema != askTag:
		return wrong("schema")
	case !person.Tag(w.Language):
		return wrong("language")
	case len(w.Joint.Signatures) != 1 || w.Joint.Assessment.Case != "":
		return wrong("joint")
	}
	if _, err := id.ParseRandom[id.Thread](string(w.Thread)); err != nil {
		return wrong("thread")
	}
	return w.Joint.Check()
}

// parseAsked reads the content of a question strictly.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func parseAsked(b []byte) (asked, error) {
	var w asked
	if err := frame.Decode(b, maxWire, &w); err != nil {
		return asked{}, err
	}
	return w, w.check()
}

func (w answered) check() error {
	d, err := homecoming.Shipped()
	if err != nil {
		return err
	}
	switch {
	case w.Schema != answerTag:
		return wrong("schema")
	case !lowerHex(w.Assessment):
		return wrong("assessment")
	case (w.Signature == nil) != (w.Reason != ""), w.Signature != nil && w.Signature.Member == "":
		return wrong("signature")
	case w.Reason != "" && !d.Has(homecoming.ListDecline, w.Reason):
		return wrong("reason")
	case !person.Text(w.Note, maxNote):
		return wrong("note")
	case (w.Note != "") != (w.Language != "") || w.Language != "" && !person.Tag(w.Language):
		return wrong("language")
	}
	if _, err := id.ParseRandom[id.Thread](string(w.Thread)); err != nil {
		return wrong("thread")
	}
	return nil
}

// parseAnswered reads the content of an answer strictly.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func parseAnswered(b []byte) (answered, error) {
	var w answered
	if err := frame.Decode(b, maxWire, &w); err != nil {
		return answered{}, err
	}
	return w, w.check()
}

// lowerHex reports whether s is a SHA-256 as [digest] and the names of envelopes write it.
func lowerHex(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// digest names an assessment.
func digest(a homecoming.Assessment) (string, error) {
	b, err := frame.Encode(a)
	if err != nil {
		return "", err
	}
	return envelope.Digest(b), nil
}

// field is the place of what is kept of a question. It names the envelope, so that an earlier assessment does not open as a later one.
func (s *Service) field(r Row) seal.Field {
	return seal.Field{
		Node: string(s.Member), Table: "joint", Row: string(r.ID) + "/" + string(r.Envelope), Column: "body", Compartment: r.object(), Version: 1,
	}
}

// moved returns r after a receipt for an envelope of ours, or after it expired; changed is false if it tells nothing new.
func moved(r Row, m exchange.Moved, now frame.Time) (_ Row, changed bool) {
	if r.State == Over {
		return r, false
	}
	mine := r.Side == envelope.Opener && m.Out.ID == r.Envelope && (r.State == Asked || r.State == Opened)
	back := r.Side == envelope.Answerer && m.Out.ID == r.Answer && (r.State == Signed || r.State == Declined)
	late := m.Receipt != nil && m.Receipt.Receipt.Refusal == envelope.PlaceTaken
	switch {
	case mine && m.Out.State == exchange.OutOpened && r.State == Asked:
		r.State, r.Opened = Opened, now
		if m.Receipt != nil {
			r.Opened = m.Receipt.Receipt.At
		}
	case mine && m.Out.State == exchange.OutRefused:
		r.State, r.Code = Refused, refusal(m)
	case mine && m.Out.State == exchange.OutExpired:
		r.State = Expired
	case back && m.Out.State == exchange.OutRefused && late:
		r.State, r.Code = Outdated, ""
	case back && m.Out.State == exchange.OutRefused:
		r.State, r.Code = Read, refusal(m)
	case back && m.Out.State == exchange.OutExpired:
		r.State = Read
	default:
		return r, false
	}
	return r, true
}

func refusal(m exchange.Moved) string {
	if m.Receipt == nil {
		return ""
	}
	return string(m.Receipt.Receipt.Refusal)
}
