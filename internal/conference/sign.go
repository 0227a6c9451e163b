package conference

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// Answer is what a seat said to a text, over the whole text and what else stands here.
type Answer struct {
	Seat      int64           `json:"seat"`
	By        id.User         `json:"by"`
	Desk      id.Desk         `json:"desk"`
	At        frame.Time      `json:"at"`
	Reply     Reply           `json:"reply"`
	Dissent   string          `json:"dissent,omitempty"` // she signs that this was decided, and was of another opinion: why
	Reason    string          `json:"reason,omitempty"`  // she refuses: code
	Note      string          `json:"note,omitempty"`
	Signer    seal.SignPublic `json:"signer"`
	Signature seal.Signature  `json:"signature"`
}

// Check reports whether the answer can stand, whatever it was given to.
//
// It fails with [fault.Invalid]: "conference.field" and the field that is wrong.
func (a Answer) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case a.By == "" || a.Desk == "" || a.At <= 0:
		return bad("by")
	case a.Reply != Signed && a.Reply != Refused:
		return bad("reply")
	case !person.Text(a.Dissent, 2000) || a.Dissent != "" && a.Reply != Signed:
		return bad("dissent")
	case (a.Reply == Refused) != d.Has(ListRefusal, a.Reason), a.Reply == Signed && a.Reason != "":
		return bad("reason")
	case !person.Text(a.Note, 2000):
		return bad("note")
	}
	return nil
}

// signed is a text with an answer to it, as it is signed: the answer's own signature left empty.
type signed struct {
	Text   Text   `json:"text"`
	Answer Answer `json:"answer"`
}

func message(x Text, a Answer) ([]byte, error) {
	a.Signature = seal.Signature{}
	return frame.Encode(signed{x, a})
}

// sign completes an answer of the bearer's to a text.
func sign(by keyring.Bearer, x Text, a Answer) (Answer, error) {
	if err := a.Check(); err != nil {
		return a, err
	}
	var err error
	if a.Signer, err = by.Signer(); err != nil {
		return a, err
	}
	msg, err := message(x, a)
	if err != nil {
		return a, err
	}
	a.Signature, err = by.Sign(seal.DomainConference, msg)
	return a, err
}

// verify reports whether answers hold: each of another person, at another desk, with another key, of a seat of the text, over the same text.
//
// It fails with [fault.Invalid] "conference.signature".
func verify(x Text, answers []Answer) error {
	wrong := fault.New(fault.Invalid, "conference.signature")
	for i, a := range answers {
		part, ok := x.part(a.Seat)
		if !ok || part.Desk != a.Desk || a.At < x.At || a.Check() != nil {
			return wrong
		}
		msg, err := message(x, a)
		if err != nil {
			return err
		}
		if err := a.Signer.Verify(seal.DomainConference, msg, a.Signature); err != nil {
			return fault.Wrap(fault.Invalid, "conference.signature", err)
		}
		for _, other := range answers[:i] {
			if other.Seat == a.Seat || other.By == a.By || other.Desk == a.Desk || other.Signer.ID() == a.Signer.ID() {
				return wrong
			}
		}
	}
	return nil
}

// hers fails unless every answer was signed with the key that the node knows as that of who is said to have given it.
//
// It fails with [fault.Conflict] "conference.key" and the seat.
func hers(ctx context.Context, tx Tx, answers []Answer) error {
	for _, a := range answers {
		known, err := tx.SignKey(ctx, a.By)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err != nil || !slices.Equal(known, a.Signer.Bytes()) {
			return fault.New(fault.Conflict, "conference.key").With("seat", decimal(a.Seat))
		}
	}
	return nil
}

// Sheet is what lies before a seat: a copy of what may be shown to it, and what it said.
type Sheet struct {
	Conference id.Conference `json:"conference"`
	Seat       int64         `json:"seat"`
	Place      string        `json:"place,omitempty"`
	Agenda     []Item        `json:"agenda"`
	Said       []Said        `json:"said"`
	Text       *Text         `json:"text,omitempty"`
	Answer     *Answer       `json:"answer,omitempty"`
}

// Check reports whether the sheet can be kept.
//
// It fails with [fault.Invalid].
func (x Sheet) Check() error {
	switch {
	case x.Conference == "" || x.Seat < 1:
		return bad("seat")
	case x.Answer != nil && x.Text == nil:
		return bad("text")
	}
	return nil
}

func (x Sheet) of() id.Conference { return x.Conference }

// Protocol is a text with everything that was said to it: settled, or dropped because it was changed.
type Protocol struct {
	Text    Text     `json:"text"`
	Answers []Answer `json:"answers"`
	Settled bool     `json:"settled"` // it took effect
}

// Check reports whether the protocol can be kept.
//
// It fails with [fault.Invalid].
func (x Protocol) Check() error {
	if err := x.Text.Check(); err != nil {
		return err
	}
	return verify(x.Text, x.Answers)
}

func (x Protocol) of() id.Conference { return x.Text.Conference }
