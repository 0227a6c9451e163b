package directory_test

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// The addresses go to the other desk when it takes them, and the desk that had them opens them no more.
func TestAnotherDeskKeepsARecordAndItsAddresses(t *testing.T) {
	w := newWorld(t)
	told := w.told()
	o := w.add("ana", "House")
	ana, sara := w.people["ana"], w.people["sara"]
	for _, to := range []string{"", "nowhere", "shelter", "justice"} {
		if _, err := w.HandOver(t.Context(), ana, o.ID, 1, id.Desk(to)); kind(err) != "invalid directory.field" {
			t.Errorf("to %q: %s", to, kind(err))
		}
	}
	if _, err := w.HandOver(t.Context(), sara, o.ID, 1, "other"); !fault.Is(err, fault.Denied) {
		t.Errorf("who does not keep it: %s", kind(err))
	}
	if _, err := w.HandOver(t.Context(), keyring.NewBearer(ana.Actor, nil), o.ID, 1, "other"); !fault.Is(err, fault.Locked) {
		t.Errorf("without keys: %s", kind(err))
	}
	v, err := w.HandOver(t.Context(), ana, o.ID, 1, "other")
	w.must(err)
	if got := w.show(o.ID); got.Moving == nil || got.Moving.To != "other" || got.Desk != "shelter" || !slices.Equal(*told, []string{"directory.move other"}) {
		t.Errorf("while it is asked: %+v, %v", got, *told)
	}
	// Before it takes over, the other desk opens nothing, and nothing confidential changes.
	if _, err := w.Confidential(t.Context(), sara, o.ID); !fault.Is(err, fault.Denied) {
		t.Errorf("before it takes over: %s", kind(err))
	}
	given := []directory.Place{place("Ново")}
	if _, err := w.Change(t.Context(), ana, o.ID, v, w.show(o.ID).Body, &given); kind(err) != "conflict directory.moving" {
		t.Errorf("changing the places meanwhile: %s", kind(err))
	}
	if _, err := w.HandOver(t.Context(), ana, o.ID, v, "other"); kind(err) != "conflict directory.moving" {
		t.Errorf("twice: %s", kind(err))
	}
	if _, err := w.TakeOver(t.Context(), ana, o.ID, v); kind(err) != "conflict directory.moving.none" {
		t.Errorf("the desk that asks takes it over: %s", kind(err))
	}
	for _, who := range []string{"vera", "nada"} {
		if _, err := w.Stay(t.Context(), w.people[who].Actor, o.ID, v); !fault.Is(err, fault.Denied) {
			t.Errorf("%s answers: %s", who, kind(err))
		}
	}
	v, err = w.Stay(t.Context(), sara.Actor, o.ID, v) // it says no
	w.must(err)
	if _, err := w.TakeOver(t.Context(), sara, o.ID, v); kind(err) != "conflict directory.moving.none" {
		t.Errorf("after it said no: %s", kind(err))
	}
	v, err = w.HandOver(t.Context(), ana, o.ID, v, "other")
	w.must(err)
	before, keys := w.dumped()
	if _, err := w.TakeOver(t.Context(), sara, o.ID, v-1); kind(err) != "stale directory.stale" {
		t.Errorf("an old version: %s", kind(err))
	}
	w.must(w.keys.Rotate(t.Context(), sara, "other")) // her desk has new keys since it was asked
	v, err = w.TakeOver(t.Context(), sara, o.ID, v)
	w.must(err)
	all, err := w.Confidential(t.Context(), sara, o.ID)
	w.must(err)
	if got := w.show(o.ID); len(all) != 1 || all[0].Address.Line1 != hidden || got.Desk != "other" || got.Moving != nil || got.Version != v {
		t.Fatalf("after it took over: %+v, %+v", got, all)
	}
	if _, err := w.Confidential(t.Context(), ana, o.ID); !fault.Is(err, fault.Denied) {
		t.Errorf("the desk that kept it: %s", kind(err))
	}
	liar := ana
	liar.Desk = "other"
	if _, err := w.Confidential(t.Context(), liar, o.ID); !fault.Is(err, fault.Hidden) {
		t.Errorf("who has only the keys of before: %s", kind(err))
	}
	// A restored backup of the time before does not give the addresses back to the desk that kept them.
	r := w.restored(before, keys)
	if all, err := r.Confidential(t.Context(), ana, o.ID); err != nil || len(all) != 1 {
		t.Fatalf("%v, %v: this test would see nothing", all, err)
	}
	for _, e := range w.erasures(directory.ErasedPlaces) {
		r.again(r.PlacesAgainIn, e.ID)
	}
	if all, err := r.Confidential(t.Context(), ana, o.ID); err != nil || len(all) != 0 {
		t.Errorf("a restored node opens %+v, %v", all, err)
	}
}

// What has nothing confidential needs no keys.
func TestARecordWithoutAddressesIsHandedOver(t *testing.T) {
	w := newWorld(t)
	o, err := w.Add(t.Context(), w.people["ana"], body("Clinic"), nil)
	w.must(err)
	v, err := w.HandOver(t.Context(), w.people["ana"], o.ID, 1, "other")
	w.must(err)
	v, err = w.TakeOver(t.Context(), w.people["sara"], o.ID, v)
	w.must(err)
	_, err = w.Change(t.Context(), w.people["sara"], o.ID, v, w.show(o.ID).Body, nil)
	w.must(err)
	if got := w.show(o.ID); got.Desk != "other" {
		t.Errorf("%+v", got)
	}
}
