package ownview_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestViewsAreFoundAgain: a view is found by its case and by its name while it is on, one of a case at a time; what changes in a case, in a
// consent, in a referral or among its openings makes it stale, also in a file that leads to that of the view, and a new capsule makes it
// fresh, unless something has changed meanwhile. Of one that is off, no name, key or capsule is left.
func TestViewsAreFoundAgain(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	at := frame.At(now)
	in := func(fn func(tx ownview.Tx)) {
		t.Helper()
		err := store.Writer[ownview.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx ownview.Tx) error {
			fn(tx)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	file := func(c, into id.Case) casefile.Case {
		return casefile.Case{ID: c, Reference: id.Reference(c), Person: id.Person(c), Desk: "shelter", Realm: access.Assistance, State: casefile.Open, Into: into, Version: 1}
	}
	one := ownview.View{ID: "v1", Case: "c1", Home: "c1", Lookup: "l1", Public: []byte("p1"), Capsule: []byte("k1"), Made: at, By: "ana", Stale: 1, Version: 1}
	two := one
	two.ID, two.Case, two.Home, two.Lookup = "v2", "c2", "c2", "l2"
	agreed := consent.Consent{ID: "n1", Case: "c1", Origin: consent.TakenHere, State: consent.Given, Version: 1}
	asked := referral.Row{ID: "r1", Desk: "shelter", Side: referral.Sender, Case: "c1", Status: referral.Sent, Version: 1}
	in(func(tx ownview.Tx) {
		for _, c := range []casefile.Case{file("c1", ""), file("c2", ""), file("c3", "c1")} {
			must(tx.AddCase(ctx, c))
		}
		led := file("c3", "c1")
		led.State = casefile.Merged
		must(tx.SetCase(ctx, led))
		must(tx.AddOwnView(ctx, one))
		must(tx.AddOwnView(ctx, two))
	})
	fresh := func() {
		t.Helper()
		in(func(tx ownview.Tx) {
			all, err := tx.StaleOwnViews(ctx, 10)
			must(err)
			for _, v := range all {
				v.Capsule = []byte("fresh")
				must(tx.SealOwnView(ctx, v))
			}
			if all, err := tx.StaleOwnViews(ctx, 10); err != nil || len(all) != 0 {
				t.Errorf("still stale: %+v, %v", all, err)
			}
		})
	}
	in(func(tx ownview.Tx) {
		got, err := tx.OwnView(ctx, "c1")
		if d := cmp.Diff(one, got); d != "" || err != nil {
			t.Error("a new one waits to be sealed:", d, err)
		}
		if got, err := tx.OwnViewAt(ctx, "l2"); err != nil || got.ID != "v2" {
			t.Errorf("by its name: %+v, %v", got, err)
		}
		for _, name := range []string{"", "l3"} {
			if _, err := tx.OwnViewAt(ctx, name); !fault.Is(err, fault.NotFound) {
				t.Errorf("by the name %q: %v", name, err)
			}
		}
	})
	fresh()
	opens := func(tx ownview.Tx) error {
		return tx.(audit.AlertTx).NoteAccess(ctx, audit.Access{User: "ana", Day: 20_000, Case: "c1", Role: access.CaseManager, Opened: 1})
	}
	for _, x := range []struct {
		what  string
		does  func(tx ownview.Tx) error
		stale bool
	}{
		{"a consent is given", func(tx ownview.Tx) error { return tx.AddConsent(ctx, agreed) }, true},
		{"it is withdrawn", func(tx ownview.Tx) error {
			c := agreed
			c.State = consent.Withdrawn
			return tx.SetConsent(ctx, c)
		}, true},
		{"a desk is asked", func(tx ownview.Tx) error { return tx.AddReferral(ctx, asked) }, true},
		{"nothing is said", func(tx ownview.Tx) error { return tx.SetReferral(ctx, asked) }, false},
		{"it accepts", func(tx ownview.Tx) error {
			r := asked
			r.Status, r.Version = referral.Accepted, 2
			return tx.SetReferral(ctx, r)
		}, true},
		{"somebody opens it", opens, true},
		{"and again", opens, false},
		{"her grade changes", func(tx ownview.Tx) error {
			c := file("c1", "")
			c.Grade = casefile.High
			return tx.SetCase(ctx, c)
		}, false},
		{"it is closed", func(tx ownview.Tx) error {
			c := file("c1", "")
			c.State, c.Version = casefile.Closed, 2
			return tx.SetCase(ctx, c)
		}, true},
		{"something happens in a file that leads there", func(tx ownview.Tx) error {
			c := agreed
			c.ID, c.Case = "n3", "c3"
			return tx.AddConsent(ctx, c)
		}, true},
	} {
		in(func(tx ownview.Tx) { must(x.does(tx)) })
		in(func(tx ownview.Tx) {
			all, err := tx.StaleOwnViews(ctx, 10)
			if got := len(all) == 1 && all[0].ID == "v1"; err != nil || got != x.stale || len(all) > 1 {
				t.Errorf("%s: %+v, %v", x.what, all, err)
			}
		})
		fresh()
	}
	in(func(tx ownview.Tx) {
		v, err := tx.OwnView(ctx, "c1")
		must(err)
		must(tx.AddConsent(ctx, consent.Consent{ID: "n4", Case: "c1", Origin: consent.TakenHere, State: consent.Given, Version: 1}))
		v.Capsule = []byte("late")
		must(tx.SealOwnView(ctx, v)) // v is of before
		if all, err := tx.StaleOwnViews(ctx, 10); err != nil || len(all) != 1 {
			t.Errorf("what changed meanwhile was lost: %+v, %v", all, err)
		}
	})
	var late []ownview.View
	in(func(tx ownview.Tx) {
		var err error
		late, err = tx.StaleOwnViews(ctx, 10)
		must(err)
	})
	must(store.Ephemeral[ownview.SealTx](db)(ctx, func(tx ownview.SealTx) error { return tx.SealOwnView(ctx, late[0]) }))
	in(func(tx ownview.Tx) {
		if all, err := tx.StaleOwnViews(ctx, 10); err != nil || len(all) != 0 {
			t.Errorf("what was sealed with nobody there is sealed again: %+v, %v", all, err)
		}
	})
	err := store.Writer[ownview.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx ownview.Tx) error {
		return tx.AddOwnView(ctx, ownview.View{ID: "v3", Case: "c1", Home: "c1", Lookup: "l3", Public: []byte{}, Capsule: []byte{}, Version: 1})
	})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("two of one case: %v", err)
	}
}

// TestWhatIsOffIsEmpty: a view that is off has no name, key or capsule, is found by none and never stale; an old version changes nothing; what
// she took back comes back as it was kept.
func TestWhatIsOffIsEmpty(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	at := frame.At(now)
	v := ownview.View{ID: "v1", Case: "c1", Home: "c1", Lookup: "l1", Public: []byte("p1"), Capsule: []byte("k1"), Made: at, By: "ana", Version: 1}
	w := ownview.Withdrawal{Consent: "n1", Case: "c1", View: "v1", At: at, Version: 1}
	err := store.Writer[ownview.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx ownview.Tx) error {
		if err := tx.AddOwnView(ctx, v); err != nil {
			return err
		}
		v.Lookup, v.Public, v.Capsule, v.Ended, v.End = "", []byte{}, []byte{}, at, ownview.Herself
		if err := tx.SetOwnView(ctx, v); err != nil {
			return err
		}
		if err := tx.SetOwnView(ctx, v); !fault.Is(err, fault.Stale) {
			t.Errorf("an old version: %v", err)
		}
		v.Capsule = []byte("late")
		if err := tx.SealOwnView(ctx, v); err != nil {
			return err
		}
		all, err := tx.OwnViews(ctx, "c1")
		if err != nil || len(all) != 1 || all[0].Lookup != "" || !bytes.Equal(all[0].Public, []byte{}) || !bytes.Equal(all[0].Capsule, []byte{}) || all[0].End != ownview.Herself {
			t.Errorf("left: %+v, %v", all, err)
		}
		if stale, err := tx.StaleOwnViews(ctx, 10); err != nil || len(stale) != 0 {
			t.Errorf("stale: %+v, %v", stale, err)
		}
		if named, err := tx.OwnViewNamed(ctx, "v1"); err != nil || named.End != ownview.Herself {
			t.Errorf("named: %+v, %v", named, err)
		}
		for _, find := range []func() (ownview.View, error){
			func() (ownview.View, error) { return tx.OwnView(ctx, "c1") }, func() (ownview.View, error) { return tx.OwnViewAt(ctx, "") },
			func() (ownview.View, error) { return tx.OwnViewAt(ctx, "l1") }, func() (ownview.View, error) { return tx.OwnViewNamed(ctx, "v2") },
		} {
			if found, err := find(); !fault.Is(err, fault.NotFound) {
				t.Errorf("found: %+v, %v", found, err)
			}
		}
		if err := tx.AddOwnWithdrawal(ctx, w); err != nil {
			return err
		}
		w.Confirmed, w.By, w.Outcome = at, "ana", ownview.Hers
		if err := tx.SetOwnWithdrawal(ctx, w); err != nil {
			return err
		}
		if err := tx.SetOwnWithdrawal(ctx, w); !fault.Is(err, fault.Stale) {
			t.Errorf("an old version: %v", err)
		}
		w.Version = 2
		got, err := tx.OwnWithdrawal(ctx, "n1")
		if d := cmp.Diff(w, got); d != "" || err != nil {
			t.Error(d, err)
		}
		if all, err := tx.OwnWithdrawals(ctx, "c1"); err != nil || len(all) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := tx.OwnWithdrawal(ctx, "n2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("none: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
