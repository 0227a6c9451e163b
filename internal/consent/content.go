package consent

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
)

// check reports whether every member that is there has its form (spec/consent.md 4). Another country's program may have
// written it, and people are shown it, so it is looked at before it is sealed and before it is stored.
//
// It fails with [fault.Invalid]: "consent.bundle.field" and the member, and as [person.Person.Check].
func (c Content) check() error {
	p := person.Person{
		ID: "p", Birth: said(c.Birth), Age: person.Without[person.AgeClass](person.NotAsked), Sex: said(c.Sex),
		Citizenships: said(c.Citizenships), Languages: said(c.Languages), Documents: said(c.Documents),
		Contacts: append([]person.Contact{}, c.Contacts...),
	}
	for _, names := range [][]person.Name{c.Names, c.Aliases} {
		p.Names = append([]person.Name{}, names...)
		if err := p.Check(); err != nil {
			return err
		}
	}
	own := func(n person.Name) bool { return n.Use == person.Registered || n.Use == person.Former }
	wrong := ""
	switch {
	// A name of another use would be shared under the category of these.
	case slices.ContainsFunc(c.Names, func(n person.Name) bool { return !own(n) }):
		wrong = "names"
	case slices.ContainsFunc(c.Aliases, own):
		wrong = "aliases"
	case c.Photo != nil && (c.Photo.Type != "image/jpeg" && c.Photo.Type != "image/png" || len(c.Photo.Bytes) == 0):
		wrong = "photo"
	default:
		wrong = c.Facts.wrong()
	}
	if wrong != "" {
		return fault.New(fault.Invalid, "consent.bundle.field").With("field", wrong)
	}
	return nil
}

// said returns an answer, and that nobody was asked where there is none.
func said[T any](a *person.Answer[T]) person.Answer[T] {
	if a == nil {
		return person.Without[T](person.NotAsked)
	}
	return *a
}

// wrong returns the name of the first member that has not its form, and "" if none is.
func (f Facts) wrong() string {
	note := func(s string) bool { return person.Text(s, maxNote) }
	codes := func(all []string) bool {
		return all != nil && len(all) <= maxList && !slices.ContainsFunc(all, func(s string) bool { return !isCode(s) })
	}
	badNeeds := func(all []Need) bool {
		return len(all) > maxList || slices.ContainsFunc(all, func(n Need) bool { return !isCode(n.Code) || n.Urgency != "" && !isCode(n.Urgency) || !note(n.Note) })
	}
	badAccount := func(a *Account) bool { return a != nil && (!codes(a.Codes) || !note(a.Note)) }
	switch r := f.Risk; {
	case badNeeds(f.Needs):
		return "needs"
	case badNeeds(f.Health):
		return "health"
	case r != nil && (r.At < 0 || r.Grades == nil || !codes(r.Factors) || !note(r.Note)):
		return "risk"
	case badAccount(f.Exploitation):
		return "exploitation"
	case badAccount(f.Family):
		return "family"
	case badAccount(f.Journey):
		return "journey"
	case len(f.Children) > maxList || slices.ContainsFunc(f.Children, func(c Child) bool { return !isCode(c.Age) || !note(c.Note) }):
		return "children"
	case f.Legal != nil && (!isCode(f.Legal.Status) || !note(f.Legal.Note)):
		return "legal"
	case len(f.Services) > maxList || slices.ContainsFunc(f.Services, func(p Provision) bool {
		return !isCode(p.Code) || p.Since < 0 || p.Until < 0 || !note(p.Note)
	}):
		return "services"
	case f.Interpreting != nil && (f.Interpreting.Languages == nil || len(f.Interpreting.Languages) > maxList ||
		slices.ContainsFunc(f.Interpreting.Languages, func(l string) bool { return !person.Tag(l) }) || !note(f.Interpreting.NotFrom) || !note(f.Interpreting.Aid)):
		return "interpreting"
	case len(f.Unsafe) > maxList || slices.ContainsFunc(f.Unsafe, func(u Unsafe) bool { return u.Name == "" || !note(u.Name) || !note(u.Why) }):
		return "unsafe_interpreters"
	}
	if f.Risk != nil {
		for domain, grade := range f.Risk.Grades {
			if !isCode(domain) || !slices.Contains([]string{"low", "medium", "high"}, grade) {
				return "risk"
			}
		}
	}
	return ""
}
