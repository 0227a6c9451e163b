package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestWhatIsKeptIsFoundAgain: holds, proposals and what may be due come back from the database as they were kept, narrowed to a
// realm and a desk, in order and page by page.
func TestWhatIsKeptIsFoundAgain(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	at := frame.At(now)
	in := func(fn func(tx retention.Tx)) {
		t.Helper()
		err := store.Writer[retention.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx retention.Tx) error {
			fn(tx)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	same := func(want, got any, err error) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Error(err, d)
		}
	}
	held := retention.Hold{ID: "h1", Case: "c1", Reference: "k7m-4qt-2x9", Desk: "shelter", Realm: access.Assistance, Ground: "order", Office: true, Placed: at, By: "dora", Version: 1}
	wall := held
	wall.ID, wall.Case, wall.Desk, wall.Realm = "h2", "c2", "occpo", access.Prosecution
	in(func(tx retention.Tx) {
		for _, h := range []retention.Hold{held, wall} {
			if err := tx.AddHolding(ctx, h); err != nil {
				t.Fatal(err)
			}
		}
		got, err := tx.Holding(ctx, "h1")
		same(held, got, err)
		of, err := tx.HoldingsOf(ctx, "c1")
		same([]retention.Hold{held}, of, err)
		for _, c := range []struct {
			realm access.Realm
			desk  id.Desk
			after id.Record
			want  int
		}{{access.Assistance, "", "", 1}, {access.Assistance, "shelter", "", 1}, {access.Assistance, "clinic", "", 0}, {access.Assistance, "", "h1", 0}, {access.Prosecution, "occpo", "", 1}} {
			if all, err := tx.Holdings(ctx, c.realm, c.desk, c.after, 10); err != nil || len(all) != c.want {
				t.Errorf("%+v: %d, %v", c, len(all), err)
			}
		}
		lifted := held
		lifted.Lifted, lifted.LiftedBy, lifted.Because = at, "dora", "decided"
		if err := tx.SetHolding(ctx, lifted); err != nil {
			t.Fatal(err)
		}
		if err := tx.SetHolding(ctx, lifted); !fault.Is(err, fault.Stale) {
			t.Errorf("changed twice: %v", err)
		}
		lifted.Version++
		got, err = tx.Holding(ctx, "h1")
		same(lifted, got, err)
		if of, err = tx.HoldingsOf(ctx, "c1"); err != nil || len(of) != 0 {
			t.Errorf("a lifted hold holds: %v, %v", of, err)
		}
		if _, err = tx.Holding(ctx, "h3"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a hold of no case: %v", err)
		}
	})

	item := retention.Item{What: retention.Case, ID: "c1", Reference: "k7m-4qt-2x9", Desk: "shelter", Class: "case-file", Event: at, Over: at, Version: 3}
	p := retention.Purge{ID: "p1", Realm: access.Assistance, State: retention.Proposed, Digest: "d", Maker: "dora", Made: at, Items: []retention.Item{item}, Left: []retention.Left{}, Version: 1}
	in(func(tx retention.Tx) {
		if err := tx.AddPurge(ctx, p); err != nil {
			t.Fatal(err)
		}
		got, err := tx.Purge(ctx, "p1")
		same(p, got, err)
		p.State, p.Second, p.Ended, p.Left = retention.Done, "nada", at, []retention.Left{{Item: item, Reason: retention.LeftHeld}}
		if err := tx.SetPurge(ctx, p); err != nil {
			t.Fatal(err)
		}
		p.Version++
		got, err = tx.Purge(ctx, "p1")
		same(p, got, err)
		for state, want := range map[retention.State]int{"": 1, retention.Done: 1, retention.Proposed: 0} {
			if all, err := tx.Purges(ctx, access.Assistance, "", state, 10); err != nil || len(all) != want {
				t.Errorf("%q: %d, %v", state, len(all), err)
			}
		}
		if all, err := tx.Purges(ctx, access.Prosecution, "occpo", "", 10); err != nil || len(all) != 0 {
			t.Errorf("across the wall: %v, %v", all, err)
		}
	})
	alone := store.Writer[retention.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx retention.Tx) error {
		p := p
		p.Second = p.Maker
		return tx.SetPurge(ctx, p)
	})
	if !fault.Is(alone, fault.Internal) && !fault.Is(alone, fault.Invalid) && !fault.Is(alone, fault.Conflict) {
		t.Errorf("the database takes a purge of one person alone: %v", alone)
	}

	in(func(tx retention.Tx) {
		for i, c := range []casefile.Case{
			{ID: "c1", Desk: "shelter", Realm: access.Assistance, State: casefile.Closed, Closed: at.Add(time.Hour)},
			{ID: "c2", Desk: "clinic", Realm: access.Assistance, State: casefile.Closed, Closed: at},
			{ID: "c3", Desk: "clinic", Realm: access.Assistance, State: casefile.Open},
			{ID: "c4", Desk: "occpo", Realm: access.Prosecution, State: casefile.Closed, Closed: at},
			{ID: "c5", Desk: "shelter", Realm: access.Assistance, State: casefile.Closed, Status: "not-identified", Closed: at},
		} {
			c.Reference, c.Person, c.AgeClass, c.Opened = id.Reference("r"+string(c.ID)), id.Person("p"+string(c.ID)), person.Adult, at
			if err := tx.AddCase(ctx, c); err != nil {
				t.Fatal(i, err)
			}
		}
		refused := false
		ids := func(realm access.Realm, desk id.Desk, since frame.Time, after id.Case) (out []id.Case) {
			all, err := tx.ClosedCases(ctx, realm, desk, "not-identified", refused, since, after, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				out = append(out, c.ID)
			}
			return out
		}
		same([]id.Case{"c2", "c1"}, ids(access.Assistance, "", 0, ""), nil)
		same([]id.Case{"c1"}, ids(access.Assistance, "", at, "c2"), nil)
		same([]id.Case{"c2"}, ids(access.Assistance, "clinic", 0, ""), nil)
		same([]id.Case{"c4"}, ids(access.Prosecution, "occpo", 0, ""), nil)
		refused = true
		same([]id.Case{"c5"}, ids(access.Assistance, "", 0, ""), nil)
		for _, th := range []message.Thread{
			{ID: "t1", Desk: "shelter", Realm: access.Assistance, Last: at},
			{ID: "t2", Desk: "shelter", Realm: access.Assistance, Last: at.Add(-time.Hour)},
			{ID: "t3", Desk: "shelter", Realm: access.Assistance, Last: at, Referral: "r1"},
			{ID: "t4", Desk: "shelter", Realm: access.Assistance, Last: at, Erased: true},
			{ID: "t5", Desk: "occpo", Realm: access.Prosecution, Last: at},
		} {
			th.Peer, th.Reference, th.Made, th.Version = id.Address{Member: "MD", Desk: "x"}, "ref", at, 1
			if err := tx.AddThread(ctx, th); err != nil {
				t.Fatal(err)
			}
		}
		free := func(realm access.Realm, desk id.Desk, since frame.Time, after id.Thread) (out []id.Thread) {
			all, err := tx.FreeThreads(ctx, realm, desk, since, after, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, th := range all {
				out = append(out, th.ID)
			}
			return out
		}
		same([]id.Thread{"t2", "t1"}, free(access.Assistance, "", 0, ""), nil)
		same([]id.Thread{"t1"}, free(access.Assistance, "shelter", at.Add(-time.Hour), "t2"), nil)
		same([]id.Thread{"t5"}, free(access.Prosecution, "occpo", 0, ""), nil)
	})

	// Records with a period of their own, and cases from before there were spaces for them.
	for _, c := range []keyring.Compartment{
		{ID: "s1", Case: "c1", Class: "screening", Saved: at},
		{ID: "s2", Case: "c2", Class: "screening", Saved: at},
		{ID: "s3", Case: "c3", Class: "screening", Saved: at},
		{ID: "s4", Case: "c4", Class: "screening", Saved: at},
		{ID: "h5", Case: "c5"},
	} {
		c.State, c.Sealed, c.Created = keyring.Open, []byte("x"), at
		err := store.Writer[keyring.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x").In(c.Case), func(tx keyring.Tx) error {
			if err := tx.AddCompartment(ctx, c); err != nil || c.Class != "" {
				return err
			}
			return tx.PutRow(ctx, keyring.SealedRow{ID: "f5", Case: c.Case, Compartment: c.ID, Kind: "form", Version: 1, At: at, By: "ana", Body: []byte("x")})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	in(func(narrow retention.Tx) {
		tx, ok := narrow.(interface {
			retention.Tx
			SetUnsorted(context.Context) error
			SetSorted(context.Context, id.Case) error
			Unsorted(context.Context, id.Case) (bool, error)
			UnsortedCases(context.Context, id.Case, int) ([]casefile.Case, error)
		})
		if !ok {
			t.Fatal("the transaction has not all of it")
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		closed := func(realm access.Realm, desk id.Desk, since frame.Time, after id.Compartment) (out []id.Compartment) {
			all, err := tx.SpacesOfClosed(ctx, "screening", realm, desk, since, after, 10)
			must(err)
			for _, c := range all {
				out = append(out, c.ID)
			}
			return out
		}
		same([]id.Compartment{"s2", "s1"}, closed(access.Assistance, "", 0, ""), nil)
		same([]id.Compartment{"s1"}, closed(access.Assistance, "", at, "s2"), nil)
		same([]id.Compartment{"s2"}, closed(access.Assistance, "clinic", 0, ""), nil)
		same([]id.Compartment{"s4"}, closed(access.Prosecution, "occpo", 0, ""), nil)

		must(tx.SetUnsorted(ctx))
		before, err := tx.Unsorted(ctx, "c5")
		same(true, before, err)
		apart, err := tx.Unsorted(ctx, "c1")
		same(false, apart, err)
		all, err := tx.UnsortedCases(ctx, "", 10)
		if err != nil || len(all) != 1 || all[0].ID != "c5" {
			t.Errorf("from before: %v, %v", all, err)
		}
		must(tx.SetSorted(ctx, "c5"))
		before, err = tx.Unsorted(ctx, "c5")
		same(false, before, err)
	})
}
