package directory_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
)

// TestADeskHasRoomAsItsServicesSay: the best light of one kind of service, the worst of several kinds; only what the desk can be asked for, of
// its own organisation and realm, still given and said lately.
func TestADeskHasRoomAsItsServicesSay(t *testing.T) {
	w := newWorld(t)
	of := desks.Desk{ID: "shelter", Organisation: "org", Realm: access.Assistance}
	room := func(of desks.Desk, want directory.Light) {
		t.Helper()
		w.must(store.Reader[directory.RoomTx](w.db)(t.Context(), func(tx directory.RoomTx) error {
			got, err := directory.RoomIn(t.Context(), tx, of, frame.At(w.now))
			if got != want {
				t.Errorf("the desk says %q, want %q", got, want)
			}
			return err
		}))
	}
	one, two := w.add("ana", "House"), w.add("sara", "Second house")
	say := func(who string, o directory.Organisation, service int, l directory.Light) {
		t.Helper()
		bed := o.Body.Services[service].ID
		w.must(w.Say(t.Context(), w.people[who].Actor, o.ID, bed, l, w.said(o.ID, bed)))
	}
	room(of, directory.Unknown)
	say("ana", one, 0, directory.Full)
	room(of, directory.Full)
	say("sara", two, 0, directory.Unknown)
	room(of, directory.Full)
	say("ana", one, 1, directory.Free) // hours of a lawyer are no bed
	room(of, directory.Full)
	say("sara", two, 0, directory.Few)
	room(of, directory.Few)
	say("sara", two, 0, directory.Free)
	room(of, directory.Free)
	say("ana", one, 1, directory.Full)
	room(of, directory.Full)
	of.Competence = []string{"accommodation"}
	room(of, directory.Free)
	of.Competence = []string{"education"}
	room(of, directory.Unknown)

	of.Competence = nil
	abroad, elsewhere := of, of
	abroad.Organisation, elsewhere.Realm = "another", access.Prosecution
	room(abroad, directory.Unknown)
	room(elsewhere, directory.Unknown)

	_, err := w.End(t.Context(), w.people["ana"], one.ID, 1, directory.Ending{Part: directory.OneService, ID: string(one.Body.Services[1].ID), Reason: "closed", On: "2026-03-01"})
	w.must(err)
	room(of, directory.Free)
	_, err = w.End(t.Context(), w.people["sara"], two.ID, 1, directory.Ending{Part: directory.Whole, Reason: "closed", On: "2026-03-01"})
	w.must(err)
	room(of, directory.Full)

	d, err := directory.Shipped()
	w.must(err)
	said := frame.At(w.now)
	w.now = w.now.Add(time.Duration(d.CapacityHours.Value)*time.Hour - time.Second)
	room(of, directory.Full)
	w.now = w.now.Add(time.Second)
	room(of, directory.Unknown)
	if old, err := directory.Old(said, frame.At(w.now)); err != nil || !old {
		t.Errorf("a light of a sheet that is too old is believed: %v", err)
	}
	if old, err := directory.Old(said, frame.At(w.now.Add(-time.Second))); err != nil || old {
		t.Errorf("a light of a sheet that is young enough is not believed: %v", err)
	}
}
