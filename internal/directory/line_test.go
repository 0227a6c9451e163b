package directory_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
)

// TestALineOfAHouseIsHidden: of a shelter, of an organisation that keeps confidential places or has people living with it, until that has ended;
// another organisation and another realm count for nothing.
func TestALineOfAHouseIsHidden(t *testing.T) {
	w := newWorld(t)
	of := desks.Desk{ID: "shelter", Organisation: "org", Realm: access.Assistance, Function: "desk.function.focal-point", OutOfHours: "+38920000001"}
	line := func(of desks.Desk, want directory.Line) {
		t.Helper()
		w.must(store.Reader[directory.DeskTx](w.db)(t.Context(), func(tx directory.DeskTx) error {
			got, err := directory.LineIn(t.Context(), tx, of, frame.At(w.now))
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			return err
		}))
	}
	hidden, night := directory.Line{Hidden: true}, directory.Line{Night: "+38920000001"}
	line(of, night)
	lawyers := body("Lawyers")
	lawyers.Services = lawyers.Services[1:]
	_, err := w.Add(t.Context(), w.people["ana"], lawyers, nil)
	w.must(err)
	open := directory.Line{Day: "+389 2 000 000", Night: "+38920000001"}
	line(of, open)
	house := of
	house.Function = "desk.function.shelter"
	line(house, hidden)
	other := of
	other.ID = "other" // the record is not its own
	line(other, night)
	living := body("Public house")
	living.Services = living.Services[:1]
	o, err := w.Add(t.Context(), w.people["sara"], living, nil)
	w.must(err)
	line(of, hidden)
	_, err = w.End(t.Context(), w.people["sara"], o.ID, 1, directory.Ending{Part: directory.Whole, Reason: "closed", On: "2026-03-01"})
	w.must(err)
	line(of, open)
	_, err = w.Add(t.Context(), w.people["sara"], lawyers, []directory.Place{place("Улица 1")}) // a service of nobody who lives there, at a place that is not told
	w.must(err)
	line(of, hidden)
	abroad, elsewhere := of, of
	abroad.Organisation, elsewhere.Realm = "another", access.Prosecution
	line(abroad, night)
	line(elsewhere, night)
}
