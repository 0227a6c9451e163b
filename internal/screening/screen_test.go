package screening_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// shelter is a node on a real database with a few people.
type shelter struct {
	t          *testing.T
	ctx        context.Context
	now        time.Time
	db         *store.DB
	keys       *keyring.Service
	cases      *casefile.Service
	screenings *screening.Service
	people     map[string]keyring.Bearer
	public     map[id.User][]byte
}

// accounts gives the public keys of the people of the test, who have no accounts.
type accounts struct {
	keyring.Tx
	public map[id.User][]byte
}

func (a accounts) UserKEM(_ context.Context, u id.User) ([]byte, error) { return a.public[u], nil }

func born(t *testing.T) *shelter {
	t.Helper()
	o := &shelter{
		t: t, ctx: t.Context(), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		people: map[string]keyring.Bearer{}, public: map[id.User][]byte{},
	}
	now := func() time.Time { return o.now }
	o.db = storetest.New(t, now)
	ids := id.Maker{Now: now}
	write := store.Writer[keyring.Tx](o.db)
	o.keys = &keyring.Service{
		Secret: keyring.NewSecret(seal.NewKey(nil)), Write: func(ctx context.Context, e audit.Entry, fn func(keyring.Tx) error) error {
			return write(ctx, e, func(tx keyring.Tx) error { return fn(accounts{tx, o.public}) })
		},
		Read: store.Reader[keyring.Tx](o.db), Now: now, IDs: ids, Node: "MK",
	}
	o.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](o.db), Read: store.Reader[casefile.Tx](o.db), Now: now, IDs: ids, Member: "MK", Keys: o.keys,
		Persons: &person.Service{Write: store.Writer[person.Tx](o.db), Read: store.Reader[person.Tx](o.db), Now: now, IDs: ids, Keys: o.keys},
	}
	o.screenings = &screening.Service{Cases: o.cases}
	var officers []id.User
	for _, name := range []string{"olga", "oto", "ora"} {
		officers = append(officers, o.hire(name, access.DataProtectionOfficer, "").User)
	}
	o.must(o.keys.Enrol(o.ctx, access.Console("MK"), officers))
	o.found("emergency", desk.Emergency, "erna", access.CaseManager)
	o.found("hold", desk.LegalHold, "hana", access.CaseManager)
	o.found("shelter", desk.Ordinary, "ana", access.CaseManager)
	o.found("clinic", desk.Ordinary, "boris", access.ServiceProvider)
	o.found("prosecution", desk.Ordinary, "petar", access.Prosecutor)
	return o
}

func (o *shelter) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *shelter) hire(name string, role access.Role, at id.Desk) keyring.Bearer {
	k := &seal.UserKeys{KEM: seal.NewKEM(nil), Sign: seal.NewSign(nil)}
	by := keyring.NewBearer(access.Actor{User: id.User(name), Role: role, Desk: at, Realm: access.RealmOf(role), Member: "MK"}, k)
	o.people[name], o.public[id.User(name)] = by, k.KEM.Public().Bytes()
	return by
}

func (o *shelter) found(at id.Desk, purpose desk.Purpose, first string, role access.Role) {
	o.t.Helper()
	o.hire(first, role, at)
	o.must(o.keys.Found(o.ctx, access.Console("MK"), keyring.Founding{
		Desk: desk.Desk{
			ID: at, Organisation: "demo", Kind: desk.AtNode, Realm: access.RealmOf(role), Sector: desk.Unsaid(access.RealmOf(role)), Purpose: purpose,
			Function: "desk.function.shelter", Zone: "Europe/Skopje",
		},
		First: id.User(first), Role: role,
	}))
}

func (o *shelter) open(age person.AgeClass) casefile.Case {
	o.t.Helper()
	c, err := o.cases.Open(o.ctx, o.people["ana"], casefile.Opening{AgeClass: age})
	o.must(err)
	return c
}

// refused fails the test unless err is a fault of that kind.
func (o *shelter) refused(err error, kind fault.Kind) {
	o.t.Helper()
	if !fault.Is(err, kind) {
		o.t.Errorf("got %v, want %v", err, kind)
	}
}

// log counts what was recorded about a case, by action.
func (o *shelter) log(c id.Case) map[access.Action]int {
	o.t.Helper()
	s := &audit.Service{Write: store.Writer[audit.Reader](o.db), Now: func() time.Time { return o.now }}
	all, _, err := s.Entries(o.ctx, access.Actor{User: "aleks", Role: access.Auditor, Realm: access.Office, Member: "MK"}, 0, 0)
	o.must(err)
	out := map[access.Action]int{}
	for _, l := range all {
		if l.Entry.Case == c {
			out[l.Entry.Action]++
		}
	}
	return out
}

// TestScreeningIsADatedSeriesOfTheCase: every screening is kept with who, when, answers, version and what came out, and
// making and opening it stands in the log.
func TestScreeningIsADatedSeriesOfTheCase(t *testing.T) {
	o := born(t)
	c, ana := o.open(person.Adult), o.people["ana"]
	first := sheet("adult-labour", "4.1")
	_, err := o.screenings.Screen(o.ctx, ana, c.ID, first)
	o.must(err)
	o.now = o.now.AddDate(0, 0, 3)
	second := sheet("adult-labour", "4.1", "4.2", "1.1", "1.2", "5.1", "5.2")
	second.Answers["2.1"], second.Observed = screening.Unsafe, []string{"g5"}
	kept, err := o.screenings.Screen(o.ctx, ana, c.ID, second)
	o.must(err)
	all, shut, err := o.screenings.List(o.ctx, ana, c.ID)
	o.must(err)
	if len(all) != 2 || shut != 0 || all[1].Record != kept.Record {
		t.Fatalf("%d screenings, %d closed", len(all), shut)
	}
	x := all[1].Value
	if x.By != "ana" || x.Desk != "shelter" || x.Case != c.ID || !x.At.Time().Equal(o.now) || all[1].By != "ana" {
		t.Errorf("kept as %+v", x)
	}
	if diff := cmp.Diff(second, x.Sheet); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(judge(t, second), x.Result); diff != "" || x.Result.Suggestion != screening.Indicated {
		t.Errorf("%s %s", x.Result.Suggestion, diff)
	}
	if all[0].Value.Result.Suggestion != screening.None {
		t.Errorf("the first became %s", all[0].Value.Result.Suggestion)
	}
	actions := o.log(c.ID)
	want := map[access.Action]int{access.OpenCase: 1, access.ScreenCase: 2, access.ReadCase: 1}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

// TestDisagreementStandsBesideTheSuggestion: neither overwrites the other, and there is none without a reason.
func TestDisagreementStandsBesideTheSuggestion(t *testing.T) {
	o := born(t)
	c, ana := o.open(person.Adult), o.people["ana"]
	s := sheet("adult-labour", "4.1")
	for _, x := range []screening.Disagreement{
		{Suggestion: screening.Indicated},
		{Suggestion: screening.Indicated, Reason: " \n"},
		{Suggestion: screening.None, Reason: "the same"},
		{Suggestion: "not-a-victim", Reason: "x"},
	} {
		s.Disagreement = &x
		_, err := o.screenings.Screen(o.ctx, ana, c.ID, s)
		o.refused(err, fault.Invalid)
	}
	s.Disagreement = &screening.Disagreement{Suggestion: screening.Indicated, Reason: "she could not speak freely"}
	_, err := o.screenings.Screen(o.ctx, ana, c.ID, s)
	o.must(err)
	all, _, err := o.screenings.List(o.ctx, ana, c.ID)
	o.must(err)
	x := all[0].Value
	if len(all) != 1 || x.Result.Suggestion != screening.None || x.Sheet.Disagreement == nil || *x.Sheet.Disagreement != *s.Disagreement {
		t.Errorf("kept as %+v", all)
	}
}

// TestScreeningDeniesNoHelp: after a screening that suggests nothing the case stands as before, in its row too, and every
// service can be given.
func TestScreeningDeniesNoHelp(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open(person.Adult)
	before, err := o.cases.Show(o.ctx, ana, c.ID)
	o.must(err)
	_, err = o.screenings.Screen(o.ctx, ana, c.ID, sheet("adult-labour"))
	o.must(err)
	f, err := o.cases.Show(o.ctx, ana, c.ID)
	o.must(err)
	if diff := cmp.Diff(before, f); diff != "" {
		t.Errorf("the file and the row of the case (-before +after):\n%s", diff)
	}
	_, err = o.cases.Serve(o.ctx, ana, c.ID, "", 0, casefile.Delivery{Service: "accommodation", Provider: "Demo shelter", From: "2026-11-23"})
	o.must(err)
}

func TestScreeningIsOfTheDeskThatHoldsTheCase(t *testing.T) {
	o := born(t)
	c, ana, s := o.open(person.Adult), o.people["ana"], sheet("adult-labour", "4.1")
	_, err := o.screenings.Screen(o.ctx, ana, c.ID, s)
	o.must(err)
	for _, who := range []string{"boris", "petar", "erna"} {
		_, err := o.screenings.Screen(o.ctx, o.people[who], c.ID, s)
		o.refused(err, fault.Hidden)
		all, _, err := o.screenings.List(o.ctx, o.people[who], c.ID)
		o.refused(err, fault.Hidden)
		if len(all) != 0 {
			t.Errorf("%s reads %v", who, all)
		}
		_, err = o.screenings.Screen(o.ctx, o.people[who], "no-such-case", s)
		o.refused(err, fault.Hidden)
	}
	_, err = o.cases.Close(o.ctx, ana, c.ID, c.Version, casefile.Closure{Reason: "needs-met", Date: "2026-11-23", Action: "retain"})
	o.must(err)
	_, err = o.screenings.Screen(o.ctx, ana, c.ID, s)
	o.refused(err, fault.Conflict)
	if all, _, err := o.screenings.List(o.ctx, ana, c.ID); err != nil || len(all) != 1 {
		t.Errorf("after closure %d, %v", len(all), err)
	}
}

// TestWhoMayBeAChildIsScreenedAsAChild: a set for adults asks for means that do not matter where a child is exploited.
func TestWhoMayBeAChildIsScreenedAsAChild(t *testing.T) {
	o := born(t)
	for age, adults := range map[person.AgeClass]bool{person.Adult: true, person.Child: false, person.AgeUnknown: false} {
		c := o.open(age)
		_, err := o.screenings.Screen(o.ctx, o.people["ana"], c.ID, sheet("child-labour", "4.1"))
		o.must(err)
		_, err = o.screenings.Screen(o.ctx, o.people["ana"], c.ID, sheet("adult-labour", "4.1"))
		if adults {
			o.must(err)
		} else {
			o.refused(err, fault.Conflict)
		}
	}
}

// TestScreeningIsSealed: neither reason nor answers stand in the database in clear, and erasing the case ends them.
func TestScreeningIsSealed(t *testing.T) {
	o := born(t)
	c, ana := o.open(person.Adult), o.people["ana"]
	s := sheet("adult-labour", "4.1")
	s.Disagreement = &screening.Disagreement{Suggestion: screening.LookCloser, Reason: "PLANTED-REASON"}
	kept, err := o.screenings.Screen(o.ctx, ana, c.ID, s)
	o.must(err)
	o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) error {
		row, err := tx.Row(o.ctx, kept.Record)
		if err != nil {
			return err
		}
		for _, word := range []string{"PLANTED", "adult-labour", "look-closer", "suggestion"} {
			if bytes.Contains(row.Body, []byte(word)) {
				t.Errorf("the row says %s", word)
			}
		}
		return nil
	}))
	_, err = o.cases.Close(o.ctx, ana, c.ID, c.Version, casefile.Closure{Reason: "needs-met", Date: "2026-11-23", Action: "erase"})
	o.must(err)
	o.must(o.cases.Erase(o.ctx, ana.Actor, c.ID))
	_, _, err = o.screenings.List(o.ctx, ana, c.ID)
	o.refused(err, fault.NotFound)
}
