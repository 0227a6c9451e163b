package webcase_test

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestADeskSaysAfterARestoreThatAConsentStillStands: her desk finds the question among its tasks and answers it on a page of
// its own, with how it knows; another desk does not learn that there is one.
func TestADeskSaysAfterARestoreThatAConsentStillStands(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(w.DeskOf("shelter"), "mira", access.CaseManager)
	w.Node.Desk(w.DeskOf("clinic"), "sara", access.CaseManager)
	who := person.Person{
		Names: []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Zvezda"}}}},
		Birth: person.Say(person.Birth{Year: 1990, Month: 4}), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"MK"}),
		Languages: person.Say([]person.Language{{Tag: "ro"}}), Documents: person.Without[[]person.Document](person.UnsafeToAsk),
		Contacts: []person.Contact{{Way: person.Messenger, Address: "zvezda-safe", Safety: person.Safe}},
	}
	file, err := w.Node.Cases.Open(t.Context(), w.Node.As("mira"), casefile.Opening{Person: &who})
	if err != nil {
		t.Fatal(err)
	}
	given := make([]id.Consent, 3)
	for i := range given {
		c, err := w.Node.Consents.Give(t.Context(), w.Node.As("mira"), consent.Giving{Case: file.ID, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral},
			Recipients: []id.Address{{Member: "MK", Desk: "clinic"}}, Categories: []consent.Code{"identity.names"},
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
			Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
		}})
		if err != nil {
			t.Fatal(err)
		}
		given[i] = c.ID
	}
	first, second := "/consents/"+string(given[0]), "/consents/"+string(given[1])
	w.As("mira").Get(first).OK().Says("Nothing has to be said about this consent").Never("It still stands")
	var content, keys bytes.Buffer
	if _, err := w.Node.Backups.Make(t.Context(), nodetest.Console("MK"), &content, &keys); err != nil {
		t.Fatal(err)
	}
	w.Node.Net.Clock.Advance(time.Hour)
	w.Node.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	w.Node.Net.Run()
	w.Node.Net.Clock.Advance(11 * time.Minute)
	w.Node.Net.Run()
	w.Handler = w.Node.Handler()

	mira := w.As("mira")
	mira.Get("/tasks").OK().Says("Ask her whether her consent still stands").Find(`href="(` + first + `)"`)
	mira.Get("/cases/"+string(file.ID)).OK().Says("To be asked again", "Say whether this consent still stands")
	mira.Get(first).OK().Says("Does this consent still stand?", "She may have taken this consent back", "She takes it back")
	hidden := w.As("sara").Get(first).Is(http.StatusNotFound)
	if missing := w.As("sara").Get(first + "x").Is(http.StatusNotFound); hidden.Text() != missing.Text() {
		t.Error("another desk can tell a hidden consent from a missing one")
	}
	w.As("sara").Do(http.MethodPost, first, url.Values{"how": {"on-paper"}}).Is(http.StatusNotFound)
	mira.Post(first, url.Values{"how": {"asked-again"}}).Is(http.StatusUnprocessableEntity).Says("Read the safe-contact card first", "Messenger").Never("zvezda-safe")
	asked := mira.Get(first).OK().Carded(url.Values{})
	mira.Post(first, asked).Is(http.StatusUnprocessableEntity).Says("It still stands")
	asked.Set("how", "asked-again")
	mira.Post(first, asked).OK().Says("It is recorded that the consent still stands", "In force")
	mira.Get(first).OK().Says("Nothing has to be said about this consent").Never("It still stands")
	// A paper of the lost time says the same of another one, to who has read the card; it is handed out only where it is safe.
	third := "/consents/" + string(given[2])
	mira.Post(third, url.Values{"how": {"on-paper"}}).Is(http.StatusUnprocessableEntity).Says("Read the safe-contact card first")
	mira.Get(third).OK().Says("A paper of the lost time or of afterwards says so", "If you cannot ask her and have no paper, leave it as it is: nothing leaves.")
	mira.Post(third, mira.Get(third).Carded(url.Values{"how": {"on-paper"}})).OK().Says("It is recorded that the consent still stands")
	mira.Get(third).OK().Says("Nothing has to be said about this consent")
	mira.Get(third + "/receipt").OK().Says("Ask her first whether it is safe to have this paper").Never("Zvezda")
	mira.Post("/cases/"+string(file.ID)+"/consents/"+string(given[1])+"/withdraw", nil).OK().Says("Withdrawn").Never("To be asked again")
	mira.Post(second, url.Values{"how": {"asked-again"}}).Is(http.StatusConflict)
	mira.Get("/tasks").OK().Never("Ask her whether her consent still stands")
}

// TestOnlySheSaysThatSomebodyElsesConsentStands: once she is 18, the page of a consent that her guardian gave says why it is open, and takes
// no paper for an answer.
func TestOnlySheSaysThatSomebodyElsesConsentStands(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(w.DeskOf("shelter"), "mira", access.CaseManager)
	mira, day := w.Node.As("mira"), w.Node.Net.Clock.Now().UTC().AddDate(-18, 0, 2)
	who := person.Person{Names: []person.Name{}, Birth: person.Say(person.Birth{Year: day.Year(), Month: int(day.Month()), Day: day.Day()}), Contacts: []person.Contact{}}
	file, err := w.Node.Cases.Open(t.Context(), mira, casefile.Opening{Person: &who})
	if err != nil {
		t.Fatal(err)
	}
	given, err := w.Node.Consents.Give(t.Context(), mira, consent.Giving{Case: file.ID, Record: consent.Record{
		GivenBy: consent.ByGuardian, Guardian: consent.Guardian{Name: "Demo Aunt"}, Assent: true, BestInterests: "DEMO", Capable: true,
		Purposes: []consent.Purpose{consent.ForReferral}, Recipients: []id.Address{{Member: "MK", Desk: "clinic"}}, Categories: []consent.Code{"identity.names"},
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := "/consents/" + string(given.ID)
	w.Node.Net.Clock.Advance(72 * time.Hour)
	w.As("mira").Get(path).OK().Says("Nothing has to be said about this consent") // nobody has opened her file since
	w.As("mira").Get("/cases/"+string(file.ID)+"/childhood").OK().Says("As an adult", "shared with nobody until she says herself that it stands")
	w.As("mira").Get(path).OK().Says("She has turned 18", "She was asked since she is 18").Never("A paper of the lost time", "restored from a backup")
	w.As("mira").Do(http.MethodPost, path, w.As("mira").Get(path).Carded(url.Values{"how": {"on-paper"}})).Is(http.StatusUnprocessableEntity).Says("only she can say that it stands")
	w.As("mira").Post(path, w.As("mira").Get(path).Carded(url.Values{"how": {"asked-again"}})).OK()
	w.As("mira").Get(path).OK().Says("Nothing has to be said about this consent")
}
