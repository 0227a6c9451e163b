package person

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// fullAge is the age in years below which a person is a child (Convention on the Rights of the Child,
// article 1; CETS 197, article 4 d).
const fullAge = 18

// Class says whether p is a child on the day of now. A birth date decides where it can; where it cannot,
// what was stated or established decides; where nothing does, the class is unknown. An estimate that
// leaves it open is not overruled by a statement that she is an adult.
func Class(p Person, now time.Time) AgeClass {
	if b, ok := p.Birth.Is(); ok {
		first, last := b.span()
		switch {
		case !now.Before(last.AddDate(fullAge, 0, 0)):
			return Adult
		case now.Before(first.AddDate(fullAge, 0, 0)):
			return Child
		}
		if age, ok := p.Age.Is(); ok && age == Child {
			return Child
		}
		return AgeUnknown
	}
	if age, ok := p.Age.Is(); ok {
		return age
	}
	return AgeUnknown
}

// asSaid is p with what was said of her age when her case was opened, where nothing that is recorded says more: whoever leaves the date
// of birth empty has not taken back that she is an adult, nor that she is a child.
func (p Person) asSaid(class AgeClass) Person {
	if _, born := p.Birth.Is(); !born && p.Age.State == NotAsked && (class == Adult || class == Child) {
		p.Age = Say(class)
	}
	return p
}

// OfAge returns the first and the last day on which p can be 18, by her birth date; false if none is known. Until the last one she may be a
// child.
func OfAge(p Person) (first, last time.Time, known bool) {
	b, ok := p.Birth.Is()
	if !ok {
		return first, last, false
	}
	first, last = b.span()
	return first.AddDate(fullAge, 0, 0), last.AddDate(fullAge, 0, 0), true
}

// span returns the first and the last day on which she can have been born.
func (b Birth) span() (first, last time.Time) {
	from, to := time.January, time.December
	if b.Month > 0 {
		from, to = time.Month(b.Month), time.Month(b.Month)
	}
	first = time.Date(b.Year-b.Margin, from, max(b.Day, 1), 0, 0, 0, 0, time.UTC)
	last = time.Date(b.Year+b.Margin, to+1, 0, 0, 0, 0, 0, time.UTC)
	if b.Day > 0 {
		last = first
	}
	return first, last
}

// ChildPath reports whether the rules for children apply: a guardian or authority, assent, a
// best-interests note. Unknown age follows the child path (CETS 197, article 10(3)).
func ChildPath(c AgeClass) bool { return c != Adult }

// Card is the safe-contact card: everything that must stand before the eyes of whoever is about to
// call, write or visit. It holds no number and no address; those are given by [Service.Reach].
type Card struct {
	Version int64     // of the person record: proof that this card was shown
	Entries []Entry   // safe ways first, unsafe ones last
	Of      id.Member // by whose clock its times were written; empty: of this node
}

// Entry is one way on the card.
type Entry struct {
	Way      Way
	Index    int // of the contact in the person
	Safety   Safety
	Answerer string
	Times    string
	MaySay   string
	CodeWord string
	Voice    bool
	Never    string
}

// CardOf returns the safe-contact card of what is known of reaching her, as kept with that version.
func CardOf(contacts []Contact, version int64) Card {
	card := Card{Version: version}
	order := []Safety{Safe, SafetyUnknown, Unsafe}
	for _, safety := range order {
		for i, c := range contacts {
			if c.Safety == safety {
				card.Entries = append(card.Entries, Entry{c.Way, i, c.Safety, c.Answerer, c.Times, c.MaySay, c.CodeWord, c.Voice, c.Never})
			}
		}
	}
	return card
}

// Paper reports whether something may be given to her on paper. What lies at home is found by who lives there or comes there: no way by
// post, by a visit or through somebody may be other than safe, and somebody must have asked her.
func Paper(p Person) bool {
	if len(p.Contacts) == 0 {
		return false
	}
	return !slices.ContainsFunc(p.Contacts, func(c Contact) bool {
		return (c.Way == Post || c.Way == Visit || c.Way == ThroughTP) && c.Safety != Safe
	})
}

// Reachable returns a contact, if the card that was shown is the present one and the way may be used.
//
// It fails as [Service.Reach].
func Reachable(contacts []Contact, version int64, index int, shown int64) (Contact, error) {
	if shown == 0 {
		return Contact{}, fault.New(fault.Conflict, "person.contact.card-first")
	}
	if shown != version {
		return Contact{}, fault.New(fault.Stale, "person.contact.card-old")
	}
	if index < 0 || index >= len(contacts) {
		return Contact{}, fault.New(fault.NotFound, "person.contact.none")
	}
	switch c := contacts[index]; c.Safety {
	case Safe:
		return c, nil
	case Unsafe:
		return Contact{}, fault.New(fault.Denied, "person.contact.unsafe")
	default:
		return Contact{}, fault.New(fault.Denied, "person.contact.unknown")
	}
}

// Shown returns p without numbers and addresses, which are given by [Service.Reach] only.
func (p Person) Shown() Person {
	p.Contacts = slices.Clone(p.Contacts)
	for i := range p.Contacts {
		p.Contacts[i].Address = ""
	}
	return p
}
