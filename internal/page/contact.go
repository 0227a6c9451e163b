package page

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/person"
)

// Card is the safe-contact card as it stands before everything by which she may be called, written to or visited: by which way,
// when, who else may answer, what may be said, the code word, and what must never be. It holds no number and no address.
type Card struct {
	Version int64
	Ways    []Contact
	Reach   string // path at which the number or address of a way is asked for, with a slash at its end; "": it is not given here
}

// Contact is one way on the card. What is not known to be safe is never offered.
type Contact struct {
	Index int
	Safe  bool
	Tag   Tag
	Rows  []Row
}

// Safe reports whether the card has a way that may be used.
func (c Card) Safe() bool {
	for _, w := range c.Ways {
		if w.Safe {
			return true
		}
	}
	return false
}

// CardAt opens the safe-contact card of a case; it has no way where nobody was recorded. Nil: the reader is shown no card and no
// number of anybody.
//
// It fails as [person.Service.SafeContact].
func (v *Visit) CardAt(persons *person.Service, c id.Case) (*person.Card, error) {
	if c == "" || !May(v.By.Actor, access.ReadPerson) {
		return nil, nil
	}
	card, err := persons.SafeContact(v.R.Context(), v.By, c)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	return &card, nil
}

// Behind puts the card before the form; nil leaves it as it is.
func (v *Visit) Behind(f Form, c *person.Card) Form {
	if c != nil {
		card := v.CardOf(*c)
		f.Card = &card
	}
	return f
}

// CardOf says the card in words.
func (v *Visit) CardOf(c person.Card) Card {
	card := Card{Version: c.Version}
	for _, e := range c.Entries {
		card.Ways = append(card.Ways, v.ContactOf(e))
	}
	return card
}

// ContactOf says one way of the card in words.
func (v *Visit) ContactOf(e person.Entry) Contact {
	c := Contact{Index: e.Index, Safe: e.Safety == person.Safe, Tag: Tag{Text: v.Word("person.safety.", string(e.Safety)), Tone: Late}}
	if c.Safe {
		c.Tag.Tone = Good
	}
	c.Rows = []Row{{Key: Key("person.way"), Value: v.Word("person.way.", string(e.Way))}}
	for _, x := range []struct{ key, said string }{
		{"never", e.Never}, {"times", e.Times}, {"answerer", e.Answerer}, {"may-say", e.MaySay}, {"code-word", e.CodeWord},
	} {
		if x.said != "" {
			c.Rows = append(c.Rows, Row{Key: Key("person." + x.key), Value: Plain(x.said)})
		}
	}
	voice := Key("web.no")
	if e.Voice {
		voice = Key("web.yes")
	}
	c.Rows = append(c.Rows, Row{Key: Key("person.voice"), Value: voice})
	return c
}

// The controls by which a form says that the card was read, and which.
const (
	cardField = "card"
	readField = "card-read"
)

// Unread returns what keeps a form from being taken whose card was not read, or has changed since; nothing if it was read.
func (v *Visit) Unread(c *person.Card) []Error {
	switch {
	case c == nil:
	case v.Field(readField) == "" || v.Field(cardField) == "":
		return []Error{{Field: readField, Text: Key("person.contact.card-first")}}
	case v.Field(cardField) != strconv.FormatInt(c.Version, 10):
		return []Error{{Field: readField, Text: Key("person.contact.card-old")}}
	}
	return nil
}

// readBox is where somebody says that she has read the card and keeps to it. It is never ticked beforehand.
func readBox(p *lang.Printer, errors []Error) Checkboxes {
	return Checkboxes{Field: Field{ID: readField, Label: Key("person.card.read"), Error: ErrorAt(errors, readField)}, Choices: []Choice{{Value: "yes", Text: Key("person.card.read.do")}}}
}
