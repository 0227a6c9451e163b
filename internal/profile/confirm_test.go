package profile_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

func idOf(s string) id.Member { return id.Member(s) }

func TestConfirm(t *testing.T) {
	s := load(t)
	before := s.Items()
	out, done, err := profile.Confirm(s, "MK/value.eu-member", "jana", "2026-11-23")
	if err != nil || done.Digest == "" || done.By != "jana" {
		t.Fatalf("%+v, %v", done, err)
	}
	if diff := cmp.Diff(before, s.Items()); diff != "" {
		t.Errorf("confirming changed the set it was given:\n%s", diff)
	}
	changed := 0
	for i, item := range out.Items() {
		if !cmp.Equal(item, before[i]) {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("confirming one item changed %d", changed)
	}
	for name, c := range map[string]struct {
		set  profile.Set
		key  string
		by   id.User
		on   profile.Date
		want fault.Kind
	}{
		"again":      {out, "MK/value.eu-member", "jana", "2026-11-23", fault.Conflict},
		"no item":    {s, "MK/value.nonsense", "jana", "2026-11-23", fault.NotFound},
		"by nobody":  {s, "MK/value.eu-member", "", "2026-11-23", fault.Invalid},
		"on no day":  {s, "MK/value.eu-member", "jana", "2026-13-23", fault.Invalid},
		"no such 30": {s, "MK/value.eu-member", "jana", "2026-02-30", fault.Invalid},
	} {
		if _, _, err := profile.Confirm(c.set, c.key, c.by, c.on); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}

	again, lapsed := profile.Apply(s, []profile.Confirmation{done})
	if diff := cmp.Diff(out.Items(), again.Items()); diff != "" || len(lapsed) != 0 {
		t.Errorf("applied again (%d lapsed):\n%s", len(lapsed), diff)
	}
	stale := done
	stale.Digest = "0000"
	gone := done
	gone.Key = "MK/value.nonsense"
	if _, lapsed := profile.Apply(s, []profile.Confirmation{stale, gone}); len(lapsed) != 2 {
		t.Errorf("a confirmation of other content holds: %v", lapsed)
	}
}

// TestFictitiousIsMarked: everything a demonstration runs on says that it is true of no country.
func TestFictitiousIsMarked(t *testing.T) {
	s := load(t)
	d := profile.Fictitious(s, "demo", "2026-11-23")
	if s.IsFictitious() || !d.IsFictitious() {
		t.Errorf("shipped fictitious %v, demonstration fictitious %v", s.IsFictitious(), d.IsFictitious())
	}
	for _, item := range d.Items() {
		if item.Origin.Status == profile.Superseded {
			continue // what held once is confirmed by nobody
		}
		if o := item.Origin; !o.Fictitious || o.Status != profile.Confirmed || o.ConfirmedBy != "demo" || o.Source == "" {
			t.Errorf("%s: %+v", item.Key, o)
		}
	}
	if row, err := profile.Row(d, profile.Transfer{From: "RO", FromSector: authority, To: "MD", ToSector: authority, Kind: "referral"}); err != nil || !row.Refusals[0].Origin.Fictitious {
		t.Errorf("%+v, %v", row, err)
	}
}

// kept is a store in memory that records why it was written.
type kept struct {
	all     []profile.Confirmation
	entries []audit.Entry
}

func (k *kept) Confirmations(context.Context) ([]profile.Confirmation, error) { return k.all, nil }
func (k *kept) Retentions(context.Context) ([]profile.Retention, error)       { return nil, nil }
func (k *kept) SetRetention(context.Context, profile.Retention) error         { return nil }
func (k *kept) SetConfirmation(_ context.Context, c profile.Confirmation) error {
	k.all = append(k.all, c)
	return nil
}

func TestServiceConfirms(t *testing.T) {
	k := &kept{}
	s := profile.Service{
		Write: func(_ context.Context, e audit.Entry, do func(profile.Tx) error) error {
			err := do(k)
			k.entries = append(k.entries, e.Ended(err))
			return err
		},
		Read:    func(_ context.Context, do func(profile.Tx) error) error { return do(k) },
		Now:     func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
		Shipped: load(t),
	}
	ctx := context.Background()
	const key = "AL/clock.reflection"
	digest := ""
	for _, item := range s.Shipped.Items() {
		if item.Key == key {
			digest = item.Digest
		}
	}
	admin := access.Actor{User: "besa", Role: access.Administrator, Realm: access.Office, Member: "AL"}
	manager := access.Actor{User: "ana", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "AL"}
	if err := s.Confirm(ctx, manager, key, digest); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager confirms the law: %v", err)
	}
	if err := s.Confirm(ctx, admin, key, "what she did not see"); !fault.Is(err, fault.Stale) {
		t.Errorf("something else than what she saw was confirmed: %v", err)
	}
	if err := s.Confirm(ctx, admin, key, digest); err != nil {
		t.Fatal(err)
	}
	if err := s.Confirm(ctx, admin, key, digest); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed twice: %v", err)
	}
	set, lapsed, err := s.Current(ctx)
	if err != nil || len(lapsed) != 0 {
		t.Fatal(lapsed, err)
	}
	if shown, err := set.National("AL", "reflection"); err != nil || !shown.Starts() || shown.Clock.Origin.ConfirmedBy != "besa" {
		t.Errorf("%+v, %v", shown, err)
	}
	if last := k.entries[1]; last.Action != access.ConfirmProfile || last.Object != key || last.User != "besa" || last.Outcome != audit.OutcomeDone {
		t.Errorf("the log says %+v", last)
	}
}

// What was worked out of a set is worked out once, and anew of the set in which something was confirmed.
func TestWhatIsWorkedOutIsOfItsSet(t *testing.T) {
	type key struct{}
	s, n := load(t), 0
	count := func(profile.Set) (int, error) { n++; return n, nil }
	get := func(s profile.Set, want int) {
		t.Helper()
		if got, err := profile.Remember(s, key{}, count); got != want || err != nil {
			t.Errorf("%d, %v, want %d", got, err, want)
		}
	}
	get(s, 1)
	get(s, 1)
	out, _, err := profile.Confirm(s, "MK/value.eu-member", "jana", "2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	get(out, 2)
	get(s, 1)
	failed := fault.New(fault.Internal, "test")
	type other struct{}
	_, err = profile.Remember(s, other{}, func(profile.Set) (int, error) { return 7, failed })
	if !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	if got, err := profile.Remember(s, other{}, count); got != 3 || err != nil {
		t.Errorf("a failure was remembered: %d, %v", got, err)
	}
}
