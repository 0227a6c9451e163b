package intake

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

// builder puts the values of one row where they belong.
type builder struct {
	who   person.Person
	e     *entry
	m     Mapping
	parts []person.NamePart
	post  []string // lines of the address
	docs  []person.Document
	state person.State // of documents of which the table says why there is none
}

// put takes what one column says.
func (b *builder) put(c planned, values []string, state person.State) {
	given := state == person.Given
	one := ""
	if given {
		one = values[0]
	}
	switch {
	case strings.HasPrefix(c.Field, said):
		b.e.said = append(b.e.said, casefile.Stated{Field: strings.TrimPrefix(c.Field, said), Answer: person.Answer[[]string]{State: state, Value: values}})
	case strings.HasPrefix(c.Field, "name."):
		b.name(c.Field, one)
	case strings.HasPrefix(c.Field, "document."):
		b.document(c.Field, one, state)
	case c.Field == "contact.post" && given:
		b.post = append(b.post, one)
	case strings.HasPrefix(c.Field, "contact."):
		b.contact(c.Field, one)
	case c.Field == "note" && given:
		b.e.notes = append(b.e.notes, casefile.Note{Language: b.m.Language, Text: one})
	case c.Field == "asylum":
		b.e.opening.Asylum = one == "yes"
		if !given { // nothing follows from it, but whoever opens the case must see that nobody knows
			b.e.said = append(b.e.said, casefile.Stated{Field: "asylum", Answer: person.Answer[[]string]{State: state}})
		}
	case c.Field == "origins" && given:
		b.e.opening.Origins = values
	default:
		b.answer(c, values, one, state)
	}
}

// answer takes what answers one question about the person.
func (b *builder) answer(c planned, values []string, one string, state person.State) {
	switch c.Field {
	case "birth":
		b.who.Birth.State = state
		if state == person.Given {
			b.who.Birth.Value, _ = date(c.Date, one)
		}
	case "age":
		b.who.Age = person.Answer[person.AgeClass]{State: state, Value: person.AgeClass(one)}
	case "sex":
		b.who.Sex = person.Answer[person.Sex]{State: state, Value: person.Sex(one)}
	case "citizenships":
		b.who.Citizenships = person.Answer[[]string]{State: state, Value: values}
	case "languages":
		b.who.Languages.State = state
		for _, tag := range values {
			b.who.Languages.Value = append(b.who.Languages.Value, person.Language{Tag: tag})
		}
	}
}

// name takes a part of her name. A part that is missing is left out; why, has no place there.
func (b *builder) name(field, s string) {
	kind := map[string]person.PartKind{
		"name.given": person.GivenName, "name.patronymic": person.Patronymic, "name.surname": person.Surname, "name.whole": person.WholeName,
	}[field]
	switch {
	case s == "":
	case kind == person.WholeName:
		b.who.Names = append(b.who.Names, person.Name{Use: b.m.Use, Script: script(s), Parts: []person.NamePart{{Kind: kind, Text: s}}})
	default:
		b.parts = append(b.parts, person.NamePart{Kind: kind, Text: s})
	}
}

func (b *builder) document(field, number string, state person.State) {
	kind := strings.TrimPrefix(field, "document.")
	if kind == "residence" {
		kind = "residence-permit"
	}
	if state == person.Given {
		b.docs = append(b.docs, person.Document{Type: kind, Number: number, Held: "not-known"})
		return
	}
	b.state = state
}

// contact takes a way of reaching her. A table does not tell whether it is safe, so nobody may use it before she was asked.
func (b *builder) contact(field, address string) {
	if address == "" {
		return
	}
	way := map[string]person.Way{
		"contact.telephone": person.Telephone, "contact.email": person.Email, "contact.messenger": person.Messenger, "contact.post": person.Post,
	}[field]
	b.who.Contacts = append(b.who.Contacts, person.Contact{Way: way, Address: address, Safety: person.SafetyUnknown})
}

// end puts together what several columns say, and checks the whole.
func (b *builder) end() error {
	if len(b.parts) > 0 {
		all := ""
		for _, p := range b.parts {
			all += p.Text
		}
		b.who.Names = append(b.who.Names, person.Name{Use: b.m.Use, Script: script(all), Parts: b.parts})
	}
	if b.who.Documents.State = b.state; len(b.docs) > 0 {
		b.who.Documents = person.Say(b.docs)
	}
	b.contact("contact.post", strings.Join(b.post, ", "))
	o := &b.e.opening
	slices.Sort(o.Origins)
	if o.Asylum && len(o.Origins) == 0 {
		o.Origins = []string{casefile.OriginUnknown} // then nothing leaves at all
	}
	sorting.Stable(b.e.said, func(a, c casefile.Stated) int { return strings.Compare(a.Field, c.Field) })
	b.e.named = len(b.who.Names) > 0 || len(b.docs) > 0
	o.Person = &b.who
	_, err := b.who.Encode()
	return err
}

// script is the script that a name is written in, by its first letter that tells.
func script(s string) string {
	for _, r := range s {
		switch {
		case r >= 'Ͱ' && r <= 'Ͽ':
			return "Grek"
		case r >= 'Ѐ' && r <= 'ӿ':
			return "Cyrl"
		case r >= '؀' && r <= 'ۿ':
			return "Arab"
		}
	}
	return "Latn"
}
