package web_test

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
)

// TestADeskSaysAfterARestoreThatAConsentStillStands: her desk finds the question among its tasks and answers it on a page of
// its own, with how it knows; another desk does not learn that there is one.
func TestADeskSaysAfterARestoreThatAConsentStillStands(t *testing.T) {
	w := open(t)
	w.mk.Desk(w.deskOf("shelter"), "mira", access.CaseManager)
	w.mk.Desk(w.deskOf("clinic"), "sara", access.CaseManager)
	who := person.Person{
		Names: []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Zvezda"}}}},
		Birth: person.Say(person.Birth{Year: 1990, Month: 4}), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"MK"}),
		Languages: person.Say([]person.Language{{Tag: "ro"}}), Documents: person.Without[[]person.Document](person.UnsafeToAsk),
		Contacts: []person.Contact{{Way: person.Messenger, Address: "zvezda-safe", Safety: person.Safe}},
	}
	file, err := w.mk.Cases.Open(t.Context(), w.mk.As("mira"), casefile.Opening{Person: &who})
	if err != nil {
		t.Fatal(err)
	}
	given := make([]id.Consent, 2)
	for i := range given {
		c, err := w.mk.Consents.Give(t.Context(), w.mk.As("mira"), consent.Giving{Case: file.ID, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral},
			Recipients: []id.Address{{Member: "MK", Desk: "clinic"}}, Categories: []consent.Code{"identity.names"},
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
			Language:  "ro", Interpreter: "I. Fictitious", How: consent.Written,
		}})
		if err != nil {
			t.Fatal(err)
		}
		given[i] = c.ID
	}
	first, second := "/consents/"+string(given[0]), "/consents/"+string(given[1])
	w.as("mira").get(first).ok().says("Nothing has to be said about this consent").never("It still stands")
	var content, keys bytes.Buffer
	if _, err := w.mk.Backups.Make(t.Context(), nodetest.Console("MK"), &content, &keys); err != nil {
		t.Fatal(err)
	}
	w.mk.Net.Clock.Advance(time.Hour)
	w.mk.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	w.mk.Net.Run()
	w.mk.Net.Clock.Advance(11 * time.Minute)
	w.mk.Net.Run()
	w.h = w.mk.Handler()

	mira := w.as("mira")
	mira.get("/tasks").ok().says("Ask her whether her consent still stands").find(`href="(` + first + `)"`)
	mira.get("/cases/"+string(file.ID)).ok().says("To be asked again", "Say whether this consent still stands")
	mira.get(first).ok().says("Does this consent still stand?", "She may have taken this consent back", "She takes it back")
	hidden := w.as("sara").get(first).is(http.StatusNotFound)
	if missing := w.as("sara").get(first + "x").is(http.StatusNotFound); hidden.text() != missing.text() {
		t.Error("another desk can tell a hidden consent from a missing one")
	}
	w.as("sara").do(http.MethodPost, first, url.Values{"how": {"on-paper"}}).is(http.StatusNotFound)
	mira.post(first, nil).is(http.StatusUnprocessableEntity).says("It still stands")
	mira.post(first, url.Values{"how": {"asked-again"}}).ok().says("It is recorded that the consent still stands", "In force")
	mira.get(first).ok().says("Nothing has to be said about this consent").never("It still stands")
	mira.post("/cases/"+string(file.ID)+"/consents/"+string(given[1])+"/withdraw", nil).ok().says("Withdrawn").never("To be asked again")
	mira.post(second, url.Values{"how": {"asked-again"}}).is(http.StatusConflict)
	mira.get("/tasks").ok().never("Ask her whether her consent still stands")
}
