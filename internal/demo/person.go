package demo

import (
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// Invented returns a person who is plainly nobody: her names mean "trial" and "invented" in the languages of
// the region, her telephone number is of a range kept free for fiction.
func Invented() person.Person {
	name := func(script, language, given, surname string) person.Name {
		return person.Name{
			Use: person.Registered, Script: script, Language: language,
			Parts: []person.NamePart{{Kind: person.GivenName, Text: given}, {Kind: person.Surname, Text: surname}},
		}
	}
	return person.Person{
		Names: []person.Name{
			name("Latn", "ro", "Proba", "Inventată-Demonstrație"),
			name("Cyrl", "mk", "Проба", "Измислена-Показ"),
		},
		Birth:        person.Say(person.Birth{Year: 1999, Margin: 1}),
		Age:          person.Say(person.Adult),
		Sex:          person.Say(person.Female),
		Citizenships: person.Say([]string{"MD"}),
		Languages:    person.Say([]person.Language{{Tag: "ro", Reads: true}, {Tag: "mk", Interpreter: true}}),
		Documents:    person.Without[[]person.Document](person.Unknown),
		Contacts: []person.Contact{{
			Way: person.Telephone, Address: "+15550100", Safety: person.Safe, Times: "10:00-12:00", MaySay: "demonstration",
		}},
	}
}

// risk is her assessment before the referral.
func risk(now frame.Time) casefile.Assessment {
	return casefile.Assessment{
		Trigger: "before-referral", With: true, Conclusion: "demonstration: safer away from where she was found",
		Factors: []casefile.Factor{{Code: "exploiter-knows-whereabouts", Found: "yes"}, {Code: "dependent-children", Found: "no"}},
		Grades:  map[string]casefile.Grade{"person": casefile.High, "travel": casefile.Low},
		Review:  now.Add(month),
	}
}

// shared is what she consents to: enough to meet and help her, not where she can be reached.
func shared() []consent.Code {
	return []consent.Code{"identity.birth", "identity.names", "languages", "needs", "risk.summary"}
}

// agreement is her consent to a referral to one desk, taken with an interpreter and read back.
func agreement(to id.Address) consent.Record {
	return consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral}, Recipients: []id.Address{to},
		Categories: shared(), Withheld: []consent.Withheld{{Category: "contact.safe", Reason: "fear-of-harm"}},
		Explained: consent.Explained{
			Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true,
		},
		Language: "ro", Interpreter: "Demo Interpreter", ReadBack: true, How: consent.Written,
	}
}
