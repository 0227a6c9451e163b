package profile_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestNothingIsErasedByAnUnverifiedPeriod: what nobody confirmed, and what has no period, is displayed and makes nothing due.
func TestNothingIsErasedByAnUnverifiedPeriod(t *testing.T) {
	s := load(t)
	event := frame.At(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
	schedule, err := s.Schedule("MK")
	if err != nil || len(schedule) != len(s.Classes()) || len(schedule) < 9 {
		t.Fatalf("%d kinds of record: %v", len(schedule), err)
	}
	for _, k := range schedule {
		if k.Origin.Source == "" || k.Origin.Citation == "" || k.Binds() {
			t.Errorf("%+v", k)
		}
		if over, err := s.Over("MK", k.Key, event); err != nil || over != 0 {
			t.Errorf("%s is over on %v: %v", k.Key, over, err)
		}
	}
	draft, _ := s.Keeps("MK", "draft")
	if *draft.Period != (profile.Length{N: 28, Unit: profile.Days}) || draft.Origin.Status != profile.Verified || !draft.Origin.Description {
		t.Errorf("drafts: %+v", draft)
	}
	confirmed, _, err := profile.Confirm(s, draft.Item, "jana", "2026-11-29")
	if err != nil {
		t.Fatal(err)
	}
	want := frame.At(time.Date(2026, 3, 1, 0, 0, 0, 0, mustZone(t))) // the day after the 28th day
	if over, err := confirmed.Over("MK", "draft", event); err != nil || over != want {
		t.Errorf("over on %v, want %v (%v)", over.Time(), want.Time(), err)
	}
	if over, err := confirmed.Over("MK", "draft", 0); err != nil || over != 0 {
		t.Errorf("what never was is over: %v, %v", over, err)
	}
	none, _, err := profile.Confirm(s, "network/retention.case-file", "jana", "2026-11-29")
	if over, oerr := none.Over("MK", "case-file", event); err != nil || oerr != nil || over != 0 {
		t.Errorf("no period, though confirmed: %v, %v, %v", over, err, oerr)
	}
	if _, err := s.Over("MK", "weather", event); !fault.Is(err, fault.NotFound) {
		t.Errorf("a kind that is none: %v", err)
	}
}

func statingService(t *testing.T) *profile.Service {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) }
	db := storetest.New(t, now)
	return &profile.Service{
		Write: store.Writer[profile.Tx](db), Read: store.Reader[profile.Tx](db), Member: "MK", Shipped: load(t), Now: now,
	}
}

func actor(who string) access.Actor {
	if who == "jana" {
		return access.Actor{User: "jana", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	}
	return access.Actor{User: id.User(who), Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK"}
}

func mustZone(t *testing.T) *time.Location {
	t.Helper()
	zone, err := load(t).Zone("MK")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestMemberStatesItsPeriod: an administrator states the period of her law with its source; it stands in the place of the
// network's, is on the checklist, and binds only when it is confirmed as it stands.
func TestMemberStatesItsPeriod(t *testing.T) {
	svc := statingService(t)
	ctx := t.Context()
	event := frame.At(time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC))
	two := profile.Length{N: 24, Unit: profile.Months}
	for name, c := range map[string]struct {
		who, class, source string
		length             profile.Length
		kind               fault.Kind
	}{
		"no administrator":  {"ana", "case-file", "Law of 2020", two, fault.Denied},
		"no such kind":      {"jana", "weather", "Law of 2020", two, fault.Invalid},
		"no source":         {"jana", "case-file", "", two, fault.Invalid},
		"nought":            {"jana", "case-file", "Law of 2020", profile.Length{Unit: profile.Months}, fault.Invalid},
		"hours":             {"jana", "case-file", "Law of 2020", profile.Length{N: 9, Unit: profile.Hours}, fault.Invalid},
		"longer than lives": {"jana", "case-file", "Law of 2020", profile.Length{N: 1201, Unit: profile.Months}, fault.Invalid},
	} {
		if err := svc.State(ctx, actor(c.who), c.class, c.length, c.source, "art. 1"); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	over := func() frame.Time {
		set, _, err := svc.Current(ctx)
		if err != nil {
			t.Fatal(err)
		}
		at, err := set.Over("MK", "case-file", event)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	item := func() profile.Item {
		set, _, err := svc.Current(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all := set.Items()
		i := slices.IndexFunc(all, func(i profile.Item) bool { return i.Key == "MK/retention.case-file" })
		if i < 0 {
			return profile.Item{}
		}
		lines, err := set.Checklist("MK", nil)
		if err != nil || !slices.ContainsFunc(lines, func(l profile.Line) bool { return l.Key == all[i].Key }) ||
			slices.ContainsFunc(lines, func(l profile.Line) bool { return l.Key == "network/retention.case-file" }) {
			t.Errorf("the checklist: %v, %v", lines, err)
		}
		return all[i]
	}
	if err := svc.State(ctx, actor("jana"), "case-file", two, "Law of 2020", "art. 1"); err != nil {
		t.Fatal(err)
	}
	if at := over(); at != 0 {
		t.Errorf("over on %v, and nobody has confirmed it", at)
	}
	stated := item()
	if !strings.Contains(string(stated.Content), `"n":24`) || stated.Origin.Source != "Law of 2020" || stated.Origin.Status != profile.Unverified {
		t.Fatalf("%s %+v", stated.Content, stated.Origin)
	}
	if err := svc.Confirm(ctx, actor("jana"), stated.Key, stated.Digest); err != nil {
		t.Fatal(err)
	}
	if at, want := over(), frame.At(time.Date(2022, 1, 2, 0, 0, 0, 0, mustZone(t))); at != want {
		t.Errorf("over on %v, want %v", at.Time(), want.Time())
	}
	if err := svc.State(ctx, actor("jana"), "case-file", profile.Length{N: 60, Unit: profile.Months}, "Law of 2024", "art. 7"); err != nil {
		t.Fatal(err)
	}
	if at := over(); at != 0 {
		t.Errorf("another period binds by the confirmation of the one before: %v", at)
	}
}
