package page

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
	Tag   Tag   // what it is safe to do, never only that it is safe
	Clock Msg   // what time it is where the times were written; says nothing where none were
	Now   Tag   // what the times say of that
	Rows  []Row // what must be known before anything else
	Words []Row // what is said to whom; folded, because others may look on
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
		card.Ways = append(card.Ways, v.ContactOf(e, c.Of))
	}
	return card
}

// ContactOf says one way of the card in words. Its times are by the clock of a member; empty: of this node.
func (v *Visit) ContactOf(e person.Entry, by id.Member) Contact {
	c := Contact{Index: e.Index, Safe: e.Safety == person.Safe, Tag: Tag{Text: v.Word("person.safety.", string(e.Safety)), Tone: Late}}
	if c.Safe {
		c.Tag = Tag{Text: Key("person.safe." + deed(e.Way)), Tone: Good}
		v.timed(&c, e.Times, v.Site.Zone(id.Member(Or(string(by), string(v.Site.Member)))))
	}
	c.Rows = []Row{{Key: Key("person.way"), Value: v.Word("person.way.", string(e.Way))}}
	say := func(to *[]Row, key, said string) {
		if said != "" {
			*to = append(*to, Row{Key: Key("person." + key), Value: Plain(said)})
		}
	}
	say(&c.Rows, "never", e.Never)
	say(&c.Rows, "times", e.Times)
	say(&c.Rows, "answerer", e.Answerer)
	say(&c.Words, "may-say", e.MaySay)
	say(&c.Words, "code-word", e.CodeWord)
	voice := Key("web.no")
	if e.Voice {
		voice = Key("web.yes")
	}
	c.Rows = append(c.Rows, Row{Key: Key("person.voice"), Value: voice})
	return c
}

// deed is what one does who uses a way.
func deed(w person.Way) string {
	switch w {
	case person.Telephone:
		return "call"
	case person.Visit:
		return "visit"
	case person.ThroughTP:
		return "through"
	}
	return "write"
}

// timed says whether it is a safe time now by times that somebody wrote down, with the day and the hour where that was.
func (v *Visit) timed(c *Contact, times string, zone *time.Location) {
	if times == "" {
		return
	}
	now := v.Site.Now().In(zone)
	c.Clock = Key("person.now", "day", v.P.Weekday(now.Weekday()), "when", v.P.DateTime(now, zone))
	switch person.TimingOf(times, now, v.weekday) {
	case person.TimesIn:
		c.Now = Tag{Text: Key("person.now.in"), Tone: Good}
	case person.TimesInAnyDay:
		c.Now = Tag{Text: Key("person.now.day"), Tone: Waiting}
	case person.TimesOut:
		c.Now = Tag{Text: Key("person.now.out"), Tone: Late}
	default:
		c.Now = Tag{Text: Key("person.now.compare"), Tone: Waiting}
	}
}

// DayWord names a day of the week in one word: without the article that some languages put before it.
func DayWord(p *lang.Printer, d time.Weekday) string {
	name := p.Weekday(d)
	return name[strings.LastIndex(name, " ")+1:]
}

// weekday finds a day of the week by its name, or by three letters and more of its beginning, in the language of the reader; or by its
// whole name in the language of whoever wrote it, where it means no other day in any other.
func (v *Visit) weekday(word string) (time.Weekday, bool) {
	word = strings.ToLower(strings.TrimSuffix(word, "."))
	if utf8.RuneCountInString(word) < 3 {
		return 0, false
	}
	named := func(p *lang.Printer, is func(name, word string) bool) (found []time.Weekday) {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if is(strings.ToLower(DayWord(p, d)), word) {
				found = append(found, d)
			}
		}
		return found
	}
	all := named(v.P, strings.HasPrefix)
	if len(all) == 0 {
		for _, t := range v.Site.Texts.Tags() {
			all = append(all, named(v.Site.Texts.Printer(t), func(name, word string) bool { return name == word })...)
		}
		slices.Sort(all)
		all = slices.Compact(all)
	}
	if len(all) != 1 {
		return 0, false
	}
	return all[0], true
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
