package directory_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
)

// told listens to who is given which task.
func (w *world) told() *[]string {
	var all []string
	w.Tell = func(_ context.Context, _ directory.Tx, kind string, _ id.Organisation, to id.Desk) error {
		all = append(all, kind+" "+string(to))
		return nil
	}
	return &all
}

// name writes a service into a plan of a desk.
func (w *world) name(o id.Organisation, service id.Service, desk id.Desk) error {
	entry := audit.Did(access.Console("MK"), access.PlanCase, "c")
	return store.Writer[directory.Tx](w.db)(w.t.Context(), entry, func(tx directory.Tx) error {
		return w.NamedIn(w.t.Context(), tx, o, service, desk)
	})
}

func (w *world) erasures(what string) []keyring.Erasure {
	w.t.Helper()
	var all []keyring.Erasure
	w.must(w.Read(w.t.Context(), func(tx directory.Tx) (err error) {
		all, err = tx.Erasures(w.t.Context())
		return err
	}))
	return slices.DeleteFunc(all, func(e keyring.Erasure) bool { return e.What != what })
}

// again repeats an erasure, as a restored node does.
func (w *world) again(do func(context.Context, directory.Tx, string) error, object string) {
	w.t.Helper()
	w.must(w.Write(w.t.Context(), audit.Did(access.Node("MK"), access.EraseDirectory, "again"), func(tx directory.Tx) error {
		return do(w.t.Context(), tx, object)
	}))
}

// What ended stays readable, is in no list, and goes into no plan; whose plans name it is told.
func TestWhatEndedIsShownAndGoesIntoNoPlan(t *testing.T) {
	w := newWorld(t)
	told := w.told()
	o := w.add("ana", "House")
	bed, law := o.Body.Services[0].ID, o.Body.Services[1].ID
	w.must(w.name(o.ID, bed, "other"))
	w.must(w.name(o.ID, bed, "other"))
	ana := w.people["ana"]
	on := func(p directory.Part, what, reason, day string) directory.Ending {
		return directory.Ending{Part: p, ID: what, Reason: reason, On: day}
	}
	for want, in := range map[string]directory.Ending{
		"part":   on("roof", string(bed), "closed", "2026-03-01"),
		"id":     on(directory.OneService, "", "closed", "2026-03-01"),
		"reason": on(directory.OneService, string(bed), "bored", "2026-03-01"),
		"on":     on(directory.OneService, string(bed), "closed", "2026-03-03"),
		"note":   {Part: directory.Whole, Reason: "closed", On: "2026-03-01", Note: "a\x00"},
	} {
		_, err := w.End(t.Context(), ana, o.ID, 1, in)
		if _, k, args := fault.Public(err); k != "directory.field" || args["field"] != want {
			t.Errorf("%+v: %v", in, err)
		}
	}
	for _, who := range []string{"sara", "vera"} {
		if _, err := w.End(t.Context(), w.people[who], o.ID, 1, on(directory.OneService, string(bed), "closed", "2026-02-28")); !fault.Is(err, fault.Denied) {
			t.Errorf("%s ends: %s", who, kind(err))
		}
	}
	w.must(w.Say(t.Context(), ana.Actor, o.ID, bed, directory.Free, w.said(o.ID, bed)))
	version, err := w.End(t.Context(), ana, o.ID, 1, on(directory.OneService, string(bed), "service-stopped", "2026-02-28"))
	w.must(err)
	if d := cmp.Diff([]string{"directory.ended other"}, *told); d != "" {
		t.Errorf("who is told (-want +got):\n%s", d)
	}
	got := w.show(o.ID)
	if e := got.EndOf(directory.OneService, string(bed)); e == nil || e.By != "ana" || e.On != "2026-02-28" || got.Capacity[0].Light != directory.Unknown || len(got.Body.Services) != 2 {
		t.Errorf("after the end: %+v", got)
	}
	for what, err := range map[string]error{
		"its light":      w.Say(t.Context(), ana.Actor, o.ID, bed, directory.Free, w.said(o.ID, bed)),
		"in a plan":      w.name(o.ID, bed, "shelter"),
		"ended again":    second(w.End(t.Context(), ana, o.ID, version, on(directory.OneService, string(bed), "closed", "2026-03-01"))),
		"the other one":  w.name(o.ID, law, "shelter"),
		"an old version": second(w.End(t.Context(), ana, o.ID, 1, on(directory.Whole, "", "closed", "2026-03-01"))),
		"no such place":  second(w.End(t.Context(), ana, o.ID, version, on(directory.PublicPlace, "x", "closed", "2026-03-01"))),
	} {
		want := map[string]string{"the other one": "ok", "an old version": "stale directory.stale", "no such place": "not-found fault.not-found"}[what]
		if want == "" {
			want = "conflict directory.over"
		}
		if kind(err) != want {
			t.Errorf("%s: %s", what, kind(err))
		}
	}
	b := got.Body // a change cannot bring it back, nor leave out what a plan names
	b.Services = []directory.Offer{}
	if _, err := w.Change(t.Context(), ana, o.ID, version, b, nil); kind(err) != "conflict directory.service.named" {
		t.Errorf("leaving out what a plan names: %s", kind(err))
	}
	b.Services = []directory.Offer{got.Body.Services[1]}
	_, err = w.Change(t.Context(), ana, o.ID, version, b, nil)
	w.must(err)
	if got = w.show(o.ID); len(got.Body.Services) != 2 || got.EndOf(directory.OneService, string(bed)) == nil {
		t.Errorf("a change took away what has ended: %+v", got.Body.Services)
	}
	list := func(f directory.Filter) int {
		all, err := w.List(t.Context(), ana.Actor, f)
		w.must(err)
		return len(all)
	}
	if list(directory.Filter{Code: "accommodation"}) != 0 || list(directory.Filter{Code: "accommodation", Ended: true}) != 1 || list(directory.Filter{Code: "legal"}) != 1 {
		t.Error("the list does not know what has ended")
	}
	_, err = w.End(t.Context(), w.people["nada"], o.ID, got.Version, on(directory.Whole, "", "closed", "2026-03-01"))
	w.must(err)
	got = w.show(o.ID)
	w.now = w.now.AddDate(2, 0, 0)
	if got = w.show(o.ID); !got.Over() || got.Confidential || got.Stale || list(directory.Filter{}) != 0 || list(directory.Filter{Ended: true}) != 1 {
		t.Errorf("the whole has ended: %+v", got)
	}
	if len(*told) != 3 {
		t.Errorf("told: %v", *told)
	}
	if _, err := w.Verify(t.Context(), ana.Actor, o.ID, got.Version); kind(err) != "conflict directory.over" {
		t.Errorf("confirming: %s", kind(err))
	}
	if _, err := w.Change(t.Context(), ana, o.ID, got.Version, b, nil); kind(err) != "conflict directory.over" {
		t.Errorf("changing: %s", kind(err))
	}
}

func second(_ int64, err error) error { return err }

// A confidential place is destroyed with its key, and a backup of the time before gives it back neither.
func TestAConfidentialPlaceIsDestroyed(t *testing.T) {
	w := newWorld(t)
	ana := w.people["ana"]
	two := []directory.Place{place(hidden), place("Друго")}
	o, err := w.Add(t.Context(), ana, body("House"), two)
	w.must(err)
	content, keys := w.dumped()
	all, err := w.Confidential(t.Context(), ana, o.ID)
	w.must(err)
	version, err := w.End(t.Context(), ana, o.ID, 1, directory.Ending{Part: directory.HiddenPlace, ID: all[0].ID, Reason: "unsafe", On: "2026-03-01"})
	w.must(err)
	left, err := w.Confidential(t.Context(), ana, o.ID)
	w.must(err)
	if len(left) != 1 || left[0].Address.Line1 != "Друго" {
		t.Fatalf("what is left: %+v", left)
	}
	if _, err := w.End(t.Context(), ana, o.ID, version, directory.Ending{Part: directory.HiddenPlace, ID: all[0].ID, Reason: "unsafe", On: "2026-03-01"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("again: %s", kind(err))
	}
	gone := w.erasures(directory.ErasedPlaces)
	if len(gone) != 1 {
		t.Fatalf("%d erasures", len(gone))
	}
	w.again(w.PlacesAgainIn, gone[0].ID) // what was sealed since is not meant
	if left, err = w.Confidential(t.Context(), ana, o.ID); err != nil || len(left) != 1 {
		t.Errorf("the erasure took what came later: %+v, %v", left, err)
	}
	// Who has no key ends all of them.
	if _, err := w.End(t.Context(), w.people["nada"], o.ID, version, directory.Ending{Part: directory.HiddenPlace, Reason: "closed", On: "2026-03-01"}); err != nil {
		t.Fatal(err)
	}
	if w.show(o.ID).Confidential {
		t.Error("there are confidential places still")
	}
	// The backup of the time before.
	r := w.restored(content, keys)
	if back, err := r.Confidential(t.Context(), ana, o.ID); err != nil || len(back) != 2 {
		t.Fatalf("the backup holds %+v, %v: this test would see nothing", back, err)
	}
	r.again(r.PlacesAgainIn, gone[0].ID)
	back, err := r.Confidential(t.Context(), ana, o.ID)
	r.must(err)
	var boxed bool
	r.must(r.Read(t.Context(), func(tx directory.Tx) error {
		row, err := tx.Organisation(t.Context(), o.ID)
		boxed = len(row.Box.Sealed) > 0
		return err
	}))
	if len(back) != 0 || r.show(o.ID).Confidential || boxed {
		t.Errorf("a restored node opens %+v", back)
	}
	for _, bad := range []string{"", "x", ".1", "x.y"} {
		if err := r.Write(t.Context(), audit.Did(access.Node("MK"), access.EraseDirectory, "again"), func(tx directory.Tx) error {
			return r.PlacesAgainIn(t.Context(), tx, bad)
		}); kind(err) != "invalid directory.field" {
			t.Errorf("%q: %s", bad, kind(err))
		}
	}
}

// What was entered in error and no plan names is erased by two.
func TestWhatNobodyNamesIsErasedByTwo(t *testing.T) {
	w := newWorld(t)
	told := w.told()
	ana, nada := w.people["ana"].Actor, w.people["nada"].Actor
	o := w.add("ana", "Error")
	if err := w.Erase(t.Context(), nada, o.ID, 1); kind(err) != "conflict directory.erasing.none" {
		t.Errorf("what nobody proposed: %s", kind(err))
	}
	if _, err := w.ProposeErase(t.Context(), w.people["sara"].Actor, o.ID, 1, "double"); !fault.Is(err, fault.Denied) {
		t.Errorf("another desk: %s", kind(err))
	}
	if _, err := w.ProposeErase(t.Context(), ana, o.ID, 1, " "); kind(err) != "invalid directory.field" {
		t.Errorf("for no reason: %s", kind(err))
	}
	v, err := w.ProposeErase(t.Context(), ana, o.ID, 1, "double")
	w.must(err)
	if got := w.show(o.ID); got.Erasing == nil || got.Erasing.By != "ana" || len(*told) != 1 {
		t.Errorf("after the proposal: %+v, %v", got, *told)
	}
	if err := w.Erase(t.Context(), ana, o.ID, v); kind(err) != "denied directory.same-person" {
		t.Errorf("the same person: %s", kind(err))
	}
	v, err = w.KeepIt(t.Context(), nada, o.ID, v)
	w.must(err)
	if _, err := w.KeepIt(t.Context(), nada, o.ID, v); kind(err) != "conflict directory.erasing.none" {
		t.Errorf("kept twice: %s", kind(err))
	}
	v, err = w.ProposeErase(t.Context(), ana, o.ID, v, "double")
	w.must(err)
	if _, err := w.ProposeErase(t.Context(), nada, o.ID, v, "double"); kind(err) != "conflict directory.erasing" {
		t.Errorf("proposed twice: %s", kind(err))
	}
	named := w.add("ana", "Named")
	w.must(w.name(named.ID, named.Body.Services[0].ID, "other"))
	if _, err := w.ProposeErase(t.Context(), ana, named.ID, 1, "double"); kind(err) != "conflict directory.named" {
		t.Errorf("what a plan names: %s", kind(err))
	}
	if err := w.Erase(t.Context(), nada, o.ID, v-1); kind(err) != "stale directory.stale" {
		t.Errorf("an old version: %s", kind(err))
	}
	w.must(w.Erase(t.Context(), nada, o.ID, v))
	if _, err := w.Show(t.Context(), ana, o.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is there: %s", kind(err))
	}
	gone := w.erasures(directory.ErasedWhole)
	if len(gone) != 1 || gone[0].ID != string(o.ID) {
		t.Fatalf("erasures: %+v", gone)
	}
	w.again(w.EraseAgainIn, gone[0].ID)
	if content, _ := w.dumped(); bytes.Contains(content, []byte(`"Error"`)) {
		t.Error("the record is in a dump")
	}
	// A plan that names it between the two keeps it.
	v, err = w.ProposeErase(t.Context(), ana, w.add("ana", "Late").ID, 1, "double")
	w.must(err)
	all, err := w.List(t.Context(), ana, directory.Filter{Text: "Late"})
	w.must(err)
	w.must(w.name(all[0].ID, all[0].Body.Services[0].ID, "other"))
	if err := w.Erase(t.Context(), nada, all[0].ID, v); kind(err) != "conflict directory.named" {
		t.Errorf("named since: %s", kind(err))
	}
}

// A desk that takes over a case is told of the services that the other desk's plans may name.
func TestWhoTakesOverAPlanIsToldToo(t *testing.T) {
	w := newWorld(t)
	told := w.told()
	o := w.add("ana", "House")
	bed := o.Body.Services[0].ID
	w.must(w.name(o.ID, bed, "other"))
	for range 2 {
		w.must(store.Writer[naming](w.db)(t.Context(), audit.Did(access.Console("MK"), access.PlanCase, "c"), func(tx naming) error {
			return tx.NameServicesToo(t.Context(), "other", "shelter")
		}))
	}
	_, err := w.End(t.Context(), w.people["ana"], o.ID, 1, directory.Ending{Part: directory.OneService, ID: string(bed), Reason: "closed", On: "2026-03-01"})
	w.must(err)
	if d := cmp.Diff([]string{"directory.ended other", "directory.ended shelter"}, *told); d != "" {
		t.Errorf("who is told (-want +got):\n%s", d)
	}
}

type naming interface {
	NameServicesToo(ctx context.Context, from, to id.Desk) error
}
