package person

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/fault"
)

// Limits of lists and texts, so that a person fits in [MaxSize] and on a screen.
const (
	maxList  = 20
	maxText  = 200
	maxLong  = 1000
	oldest   = 1900
	farthest = 2200
)

func bad(field string) error { return fault.New(fault.Invalid, "person.field").With("field", field) }

func tooLarge() error { return fault.New(fault.TooLarge, "person.too-large") }

// Check reports whether p could be written.
//
// It fails with [fault.Invalid] and the name of the field that is wrong: a value where no answer was
// given, a given answer without one, a code that does not exist, a date that cannot be.
func (p Person) Check() error {
	if p.ID == "" || !plain(string(p.ID), 64) {
		return bad("person")
	}
	if p.Names == nil || len(p.Names) > maxList {
		return bad("names")
	}
	for _, n := range p.Names {
		if err := n.check(); err != nil {
			return err
		}
	}
	if err := p.Birth.Value.check(p.Birth.State); err != nil {
		return err
	}
	if !fits(p.Age.State, p.Age.Value != "") || p.Age.Value != "" && p.Age.Value != Child && p.Age.Value != Adult {
		return bad("age")
	}
	if !fits(p.Sex.State, p.Sex.Value != "") || p.Sex.Value != "" && !slices.Contains([]Sex{Female, Male, Other}, p.Sex.Value) {
		return bad("sex")
	}
	c := p.Citizenships.Value
	if !fits(p.Citizenships.State, len(c) > 0) || len(c) > maxList || repeated(c) ||
		len(c) > 1 && slices.Contains(c, Stateless) || !all(c, func(s string) bool { return s == Stateless || Country(s) }) {
		return bad("citizenships")
	}
	if err := p.checkLanguages(); err != nil {
		return err
	}
	if err := p.checkDocuments(); err != nil {
		return err
	}
	if p.Contacts == nil || len(p.Contacts) > maxList {
		return bad("contacts")
	}
	for _, c := range p.Contacts {
		if err := c.check(); err != nil {
			return err
		}
	}
	if !plain(string(p.Photo), 64) {
		return bad("photo")
	}
	return nil
}

// Stateless stands in the place of a country.
const Stateless = "stateless"

// fits reports whether a value is there exactly when an answer was given.
func fits(s State, there bool) bool { return slices.Contains(States(), s) && (s == Given) == there }

func (n Name) check() error {
	switch {
	case !slices.Contains([]NameUse{Registered, Former, Alias, Nickname, Exploitation}, n.Use):
		return bad("names.use")
	case len(n.Parts) == 0 || len(n.Parts) > maxList:
		return bad("names.parts")
	case len(n.Script) != 4 || !letters(n.Script) || n.Script[0] < 'A' || n.Script[0] > 'Z' || n.Script[1:] != strings.ToLower(n.Script[1:]):
		return bad("names.script")
	case n.Language != "" && !Tag(n.Language):
		return bad("names.language")
	}
	for _, p := range n.Parts {
		if !slices.Contains([]PartKind{GivenName, Patronymic, Surname, Suffix, WholeName}, p.Kind) {
			return bad("names.kind")
		}
		if p.Text == "" || !line(p.Text, maxText) {
			return bad("names.text")
		}
	}
	return nil
}

func (b Birth) check(s State) error {
	if !fits(s, b != Birth{}) {
		return bad("birth")
	}
	if s != Given {
		return nil
	}
	switch {
	case b.Year < oldest || b.Year > farthest:
		return bad("birth.year")
	case b.Month < 0 || b.Month > 12:
		return bad("birth.month")
	case b.Day < 0 || b.Day > 31 || b.Day > 0 && b.Month == 0:
		return bad("birth.day")
	case b.Day > 0 && time.Date(b.Year, time.Month(b.Month), b.Day, 0, 0, 0, 0, time.UTC).Day() != b.Day:
		return bad("birth.day")
	case b.Margin < 0 || b.Margin > 30 || b.Margin > 0 && b.Day > 0:
		return bad("birth.margin")
	}
	return nil
}

func (p Person) checkLanguages() error {
	l := p.Languages.Value
	if !fits(p.Languages.State, len(l) > 0) || len(l) > maxList || !all(l, func(x Language) bool { return Tag(x.Tag) }) {
		return bad("languages")
	}
	return nil
}

func (p Person) checkDocuments() error {
	d := p.Documents.Value
	if !fits(p.Documents.State, len(d) > 0) || len(d) > maxList {
		return bad("documents")
	}
	types := []string{"passport", "identity-card", "birth-certificate", "residence-permit", "asylum-card", "other"}
	held := []string{"by-her", "with-us", "by-authority", "by-exploiter", "lost", "not-known"}
	for _, x := range d {
		switch {
		case !slices.Contains(types, x.Type):
			return bad("documents.type")
		case x.Country != "" && !Country(x.Country):
			return bad("documents.country")
		case !line(x.Number, maxText):
			return bad("documents.number")
		case x.Expires != "" && !Day(x.Expires):
			return bad("documents.expires")
		case !slices.Contains(held, x.Held):
			return bad("documents.held")
		}
	}
	return nil
}

func (c Contact) check() error {
	switch {
	case !slices.Contains([]Way{Telephone, TextSMS, Messenger, Email, Post, Visit, ThroughTP}, c.Way):
		return bad("contacts.way")
	case c.Address == "" || !Text(c.Address, maxLong):
		return bad("contacts.address")
	case !slices.Contains([]Safety{Safe, Unsafe, SafetyUnknown}, c.Safety):
		return bad("contacts.safety")
	case !Text(c.Answerer, maxLong):
		return bad("contacts.answerer")
	case !Text(c.Times, maxLong):
		return bad("contacts.times")
	case !Text(c.MaySay, maxLong):
		return bad("contacts.may_say")
	case !Text(c.Never, maxLong):
		return bad("contacts.never")
	case !line(c.CodeWord, maxText):
		return bad("contacts.code_word")
	case c.Voice && c.Safety != Safe:
		return bad("contacts.voice")
	}
	return nil
}

func all[T any](list []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !ok(x) })
}

func repeated(list []string) bool {
	s := slices.Sorted(slices.Values(list))
	return len(slices.Compact(s)) != len(list)
}

func letters(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

// Tag reports whether s has the form of a BCP 47 language tag: letters and digits in groups of up to
// eight, with dashes between.
func Tag(s string) bool {
	if len(s) < 2 || len(s) > 35 {
		return false
	}
	for i, part := range strings.Split(s, "-") {
		if part == "" || len(part) > 8 || i == 0 && (len(part) < 2 || len(part) > 3 || !letters(part)) ||
			strings.IndexFunc(part, func(r rune) bool { return !letters(string(r)) && (r < '0' || r > '9') }) >= 0 {
			return false
		}
	}
	return true
}

// Day reports whether s is a day, yyyy-mm-dd.
func Day(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}

// Text reports whether s is text of at most limit characters without control characters but line ends
// and tabs.
func Text(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && strings.IndexFunc(s, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || overrides(r)
	}) < 0
}

// overrides reports whether r changes the direction of what follows it, by which one text can be shown
// as another.
func overrides(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

func line(s string, limit int) bool { return Text(s, limit) && !strings.ContainsAny(s, "\n\t") }

func plain(s string, limit int) bool {
	return len(s) <= limit && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
