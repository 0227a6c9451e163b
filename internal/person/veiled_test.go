package person_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/veil"
)

// A name that nobody has taken apart makes the keys of the same name in its parts, in either order and in another script.
func TestAWholeNameIsKnownAsItsParts(t *testing.T) {
	name := func(use person.NameUse, parts ...person.NamePart) person.Name {
		return person.Name{Use: use, Parts: parts}
	}
	of := func(names ...person.Name) []veil.Person {
		return person.Person{Names: names, Birth: person.Say(person.Birth{Year: 1999, Month: 4, Day: 12}), Citizenships: person.Say([]string{"MD"})}.Veiled()
	}
	apart := name(person.Registered, person.NamePart{Kind: person.GivenName, Text: "Jelena"}, person.NamePart{Kind: person.Surname, Text: "Izmislena"})
	want := veil.OfPerson(of(apart)[0])
	if len(want) < 5 {
		t.Fatalf("%d keys", len(want))
	}
	for _, whole := range []string{"Jelena Izmislena", " Јелена  Измислена "} {
		got := of(name(person.Registered, person.NamePart{Kind: person.WholeName, Text: whole}))
		if len(got) != 1 {
			t.Fatalf("%q: %+v", whole, got)
		}
		keys := veil.OfPerson(got[0])
		if len(keys) != len(want) {
			t.Fatalf("%q makes %d keys, want %d", whole, len(keys), len(want))
		}
		for i := range keys {
			if keys[i] != want[i] {
				t.Errorf("%q: key %d is another", whole, i)
			}
		}
	}
	both := of(name(person.Alias, person.NamePart{Kind: person.GivenName, Text: "Druga"}, person.NamePart{Kind: person.Surname, Text: "Primer"}), apart, name(person.Former, person.NamePart{Kind: person.WholeName, Text: "Јелена Измислена"}))
	if len(both) != 2 || both[0].Given != "Jelena" {
		t.Errorf("%+v", both)
	}
	if got := of(); len(got) != 0 {
		t.Errorf("nobody is %+v", got)
	}
}
