package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	urgent    = "urgent" // code of urgency in a control
	boxUse    = "thread"
	maxWire   = 4*MaxText + 1<<10 // of a letter in its canonical form
	formatTag = "opentrm/message/1"
)

// wire is the content of an envelope of kind message, and the form in which a copy is kept.
type wire struct {
	Schema   string     `json:"schema"`
	ID       id.Message `json:"id"`
	Thread   id.Thread  `json:"thread"`
	Language string     `json:"language"`
	Text     string     `json:"text"`
}

// body is the body of a control of kind message.
type body struct {
	Message  id.Message  `json:"message"`
	Referral id.Referral `json:"referral"`
}

// check reports whether w could be a letter.
func (w wire) check() error {
	wrong := func(field string) error { return fault.New(fault.Invalid, "message.field").With("field", field) }
	if w.Schema != formatTag {
		return wrong("schema")
	}
	if _, err := id.ParseRandom[id.Message](string(w.ID)); err != nil {
		return wrong("id")
	}
	if _, err := id.ParseRandom[id.Thread](string(w.Thread)); err != nil {
		return wrong("thread")
	}
	if !language(w.Language) {
		return wrong("language")
	}
	if len(w.Text) > MaxText {
		return fault.New(fault.TooLarge, "message.too-long")
	}
	if !text(w.Text) {
		return wrong("text")
	}
	return nil
}

// parseLetter reads the content of a message strictly.
func parseLetter(b []byte) (wire, error) {
	var w wire
	if err := frame.Decode(b, maxWire, &w); err != nil {
		return wire{}, err
	}
	return w, w.check()
}

// parseOwn reads the content of m, of which the control names the identifier and the thread.
func parseOwn(b []byte, m Message) (wire, error) {
	w, err := parseLetter(b)
	if err == nil && (w.ID != m.ID || w.Thread != m.Thread) {
		err = fault.New(fault.Invalid, "message.field").With("field", "id")
	}
	return w, err
}

// parseBody reads the body of a control of kind message strictly.
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	if _, err := id.ParseRandom[id.Message](string(b.Message)); err != nil {
		return body{}, err
	}
	if b.Referral != "" {
		if _, err := id.ParseRandom[id.Referral](string(b.Referral)); err != nil {
			return body{}, err
		}
	}
	return b, nil
}

// language reports whether s has the form of a BCP 47 tag.
func language(s string) bool {
	if len(s) > 35 {
		return false
	}
	for i, part := range strings.Split(s, "-") {
		if len(part) == 0 || len(part) > 8 || i == 0 && (len(part) < 2 || len(part) > 3) {
			return false
		}
		for _, c := range []byte(part) {
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

// text reports whether s is words: UTF-8 without control characters but line ends and tabs, and not blank.
func text(s string) bool {
	if !utf8.ValidString(s) || strings.TrimSpace(s) == "" {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// moved returns m after a receipt for its envelope, or after it expired here; changed is false if it tells
// nothing new. What was opened stays opened.
func moved(m Message, step exchange.Moved, now frame.Time) (_ Message, changed bool) {
	next := m
	switch step.Out.State {
	case exchange.OutOpened:
		next.State, next.Opened = Opened, now
		if step.Receipt != nil {
			next.Opened = step.Receipt.Receipt.At
		}
	case exchange.OutRefused:
		next.State = Refused
		if step.Receipt != nil {
			next.Code = string(step.Receipt.Receipt.Refusal)
		}
	case exchange.OutExpired:
		next.State = Expired
	default:
		return m, false
	}
	if next.State == m.State || m.State == Erased || m.State == Opened && next.State != Refused {
		return m, false
	}
	return next, true
}

// fits reports whether an arrival belongs to the end t of its thread: it comes from the other end, on the
// other side.
func fits(t Thread, from id.Address, side envelope.Side) bool {
	return t.Peer == from && side == t.Side.Other()
}

// field is the place of a kept copy.
func (s *Service) field(m Message) seal.Field {
	return seal.Field{
		Node: string(s.Member), Table: "message", Row: string(m.ID), Column: "body",
		Compartment: end(m.Thread, m.Desk), Version: 1,
	}
}

// end names one end of a thread.
func end(t id.Thread, d id.Desk) string { return string(t) + "/" + string(d) }

// resource describes an end of a thread.
func (t Thread) resource() access.Resource {
	return access.Resource{Noun: "message", ID: string(t.ID), Realm: t.Realm, Desk: t.Desk}
}
