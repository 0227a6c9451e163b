package envelope

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Side tells the two ends of a thread apart: who opened it and who answers.
type Side string

// The sides.
const (
	Opener   Side = "a"
	Answerer Side = "b"
)

// Other returns the opposite side.
func (s Side) Other() Side {
	if s == Opener {
		return Answerer
	}
	return Opener
}

// PerEpoch is how many places one side of one thread has in each epoch of its node's log; maxSeq bounds all of them.
// A node that was restored and does not know yet which places it had taken goes on with the first of its new epoch,
// which nothing needs to be before (spec/envelope.md 8).
const (
	PerEpoch = 1 << 20
	maxSeq   = 1 << 40
)

// Begins reports whether a place is the first of an epoch, and so waits for none before it.
func Begins(seq int64) bool { return seq%PerEpoch == 1 }

// Control is what the receiving node may know unattended: codes and identifiers, no free text, nothing
// about the person. Every field is always written; empty means none.
type Control struct {
	Kind       Kind            `json:"kind"`
	FromDesk   id.Desk         `json:"from_desk"`
	ToDesk     id.Desk         `json:"to_desk"`
	Realm      access.Realm    `json:"realm"` // of the sending desk
	Thread     id.Thread       `json:"thread"`
	Side       Side            `json:"side"`
	Seq        int64           `json:"seq"`       // 1, 2, … within thread and side; after a restore from a multiple of 2^20 on; 0 for kinds without a sequence
	Prev       id.Envelope     `json:"prev"`      // the envelope before it of this side
	Replaces   id.Envelope     `json:"replaces"`  // an envelope that was refused and is sealed anew in its place
	Immediate  bool            `json:"immediate"` // takes effect whatever is missing before it
	Consent    id.Consent      `json:"consent"`
	Basis      string          `json:"basis"` // legal basis, code
	Rule       string          `json:"rule"`  // key of the rule row that permits it
	Categories []string        `json:"categories"`
	Urgency    string          `json:"urgency"`
	Risk       string          `json:"risk"`
	Onward     bool            `json:"onward"` // she agreed to be passed on, under a consent that the receiver takes
	Until      frame.Time      `json:"until"`  // when its effect ends; 0: with the thread
	Bundle     id.Thread       `json:"bundle"` // the thread in which the identity bundle will travel
	Body       json.RawMessage `json:"body"`   // an object, closed per kind
}

// Unruled stands in the place of a rule row in what is protective and no row permits.
const Unruled = "protective"

// Protective reports whether an envelope does nothing but end or take back: it takes effect on arrival and has no content.
// It needs no rule row, and it reaches the node whatever has become of the desks: what a change of law or of a desk's
// sector forbids is to go on with her, not to stop.
func (c Control) Protective(content bool) bool { return c.Immediate && !content }

// Check reports whether c could be the control of an envelope; content says whether it has one.
//
// It fails with [fault.NotFound] "exchange.kind.unknown" for a kind that this program does not know, and
// with [fault.Invalid] and the name of the field that is wrong.
func (c Control) Check(content bool) error {
	bad := func(field string) error {
		return fault.New(fault.Invalid, "exchange.control.field").With("field", field)
	}
	t, ok := TraitsOf(c.Kind)
	if !ok {
		return fault.New(fault.NotFound, "exchange.kind.unknown")
	}
	if err := c.checkPlace(t); err != "" {
		return bad(err)
	}
	switch {
	case t.Desks != desk(c.FromDesk) || !t.Desks && c.FromDesk != "":
		return bad("from_desk")
	case t.Desks != desk(c.ToDesk) || !t.Desks && c.ToDesk != "":
		return bad("to_desk")
	case t.Desks != slices.Contains([]access.Realm{access.Assistance, access.Prosecution, access.Office}, c.Realm) || !t.Desks && c.Realm != "":
		return bad("realm")
	case t.Content == Always && !content || t.Content == Never && content:
		return bad("content")
	case t.Immediate == Always && !c.Immediate || t.Immediate == Never && c.Immediate:
		return bad("immediate")
	case c.Consent != "" && !random(c.Consent):
		return bad("consent")
	case t.Ruled && (!code(c.Basis) || !code(c.Rule)) || !t.Ruled && (c.Basis != "" || c.Rule != ""):
		return bad("basis")
	case c.Categories == nil || len(c.Categories) > 64 || !slices.IsSorted(c.Categories) ||
		slices.ContainsFunc(c.Categories, func(s string) bool { return !code(s) }) ||
		len(slices.Compact(slices.Clone(c.Categories))) != len(c.Categories):
		return bad("categories")
	case c.Urgency != "" && !code(c.Urgency):
		return bad("urgency")
	case c.Risk != "" && !code(c.Risk):
		return bad("risk")
	case c.Until < 0:
		return bad("until")
	case c.Bundle != "" && (c.Kind != Referral || !random(c.Bundle) || c.Bundle == c.Thread):
		return bad("bundle")
	case len(c.Body) < 2 || c.Body[0] != '{':
		return bad("body")
	}
	return nil
}

// checkPlace returns the name of a wrong field of the place in the thread, and "" if none is.
func (c Control) checkPlace(t Traits) string {
	switch {
	case c.Replaces != "" && !hexes(string(c.Replaces), 64):
		return "replaces"
	case !t.Sequenced:
		if c.Thread != "" || c.Side != "" || c.Seq != 0 || c.Prev != "" {
			return "thread"
		}
	case !random(c.Thread):
		return "thread"
	case c.Side != Opener && c.Side != Answerer:
		return "side"
	case c.Seq < 1 || c.Seq > maxSeq:
		return "seq"
	case c.Seq == 1 && c.Prev != "" || !Begins(c.Seq) && !hexes(string(c.Prev), 64) || c.Prev != "" && !hexes(string(c.Prev), 64):
		return "prev"
	}
	return ""
}

// encode returns the canonical control.
func (c Control) encode(content bool) ([]byte, error) {
	if err := c.Check(content); err != nil {
		return nil, err
	}
	b, err := frame.Encode(c)
	if err == nil && len(b) > MaxText {
		err = fault.New(fault.TooLarge, "exchange.too-large")
	}
	return b, err
}

// parseControl reads a canonical control.
func parseControl(b []byte, content bool) (Control, error) {
	var c Control
	if err := frame.Decode(b, MaxText, &c); err != nil {
		return Control{}, err
	}
	return c, c.Check(content)
}

// IsCode reports whether s is a code (spec/envelope.md 3).
func IsCode(s string) bool { return code(s) }

// code reports whether s can be a code: lower-case letters, digits and inner single dashes, in parts
// joined by single dots, at most 64 characters.
func code(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || part[0] == '-' || part[len(part)-1] == '-' || strings.Contains(part, "--") {
			return false
		}
		for i := range len(part) {
			if c := part[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

func desk(d id.Desk) bool {
	_, err := id.ParseDesk(string(d))
	return err == nil
}

func random[T id.Text](s T) bool {
	_, err := id.ParseRandom[T](string(s))
	return err == nil
}
