package stats_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// One fact for each person, whatever is written of her; a wait that nobody knows is a number of its own and never nothing.
func TestHelpIsCountedOnceForEachPerson(t *testing.T) {
	ctx := t.Context()
	db := storetest.New(t, func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) })
	s := &stats.Service{Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db)}
	ana := access.Actor{User: "ana", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK", Session: "s"}
	vera := access.Actor{User: "vera", Role: access.Statistician, Realm: access.Office, Member: "MK", Session: "s"}
	keep := func(h stats.Help) error {
		return store.Writer[stats.Tx](db)(ctx, audit.Did(ana, access.WriteFact, "facts"), func(tx stats.Tx) error { return s.HelpIn(ctx, tx, h) })
	}
	first, second := id.Random[id.Fact](id.Maker{}), id.Random[id.Fact](id.Maker{})
	for _, h := range []stats.Help{
		{ID: first, Year: "2026", Services: []string{"medical"}, Wait: stats.Longer},
		{ID: first, Year: "2026", Services: []string{"accommodation", "medical"}, Wait: stats.SameDay},
		{ID: second, Year: stats.Unknown, Services: []string{"medical"}, Wait: stats.Unknown},
	} {
		if err := keep(h); err != nil {
			t.Fatal(err)
		}
	}
	want := stats.Helped{
		All: 2, Years: map[string]int{"2026": 1, stats.Unknown: 1}, Services: map[string]int{"accommodation": 1, "medical": 2},
		Waits: map[stats.Wait]int{stats.SameDay: 1, stats.Unknown: 1},
	}
	got, err := s.Totals(ctx, vera)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got.Help); d != "" {
		t.Error(d)
	}
	// Should a row have come in by another way, it says "unknown" of what is empty.
	err = store.Writer[stats.Tx](db)(ctx, audit.Did(ana, access.WriteFact, "facts"), func(tx stats.Tx) error {
		return tx.SetHelp(ctx, stats.Help{ID: id.Random[id.Fact](id.Maker{})})
	})
	if err != nil {
		t.Fatal(err)
	}
	want.All, want.Years[stats.Unknown], want.Waits[stats.Unknown], want.Services[stats.Unknown] = 3, 2, 2, 1
	if got, err = s.Totals(ctx, vera); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got.Help); d != "" {
		t.Error(d)
	}
	for name, bad := range map[string]stats.Help{
		"no wait":          {ID: first, Year: "2026", Services: []string{"medical"}},
		"days":             {ID: first, Year: "2026", Services: []string{"medical"}, Wait: "17"},
		"no year":          {ID: first, Services: []string{"medical"}, Wait: stats.AWeek},
		"a day":            {ID: first, Year: "2026-11-23", Services: []string{"medical"}, Wait: stats.AWeek},
		"no service":       {ID: first, Year: "2026", Wait: stats.AWeek},
		"a name":           {ID: first, Year: "2026", Services: []string{"Demona Izmislena"}, Wait: stats.AWeek},
		"a service twice":  {ID: first, Year: "2026", Services: []string{"medical", "medical"}, Wait: stats.AWeek},
		"a gap beside one": {ID: first, Year: "2026", Services: []string{"medical", stats.Unknown}, Wait: stats.AWeek},
		"an own number":    {ID: "first", Year: "2026", Services: []string{"medical"}, Wait: stats.AWeek},
	} {
		if err := keep(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The classes of waiting meet without a gap.
func TestClassesOfWaiting(t *testing.T) {
	want := map[int]stats.Wait{-5: "0", 0: "0", 1: "1-3", 3: "1-3", 4: "4-7", 7: "4-7", 8: "8-30", 30: "8-30", 31: "31-90", 90: "31-90", 91: "91+", 5000: "91+"}
	for days, class := range want {
		if got := stats.WaitOf(days); got != class {
			t.Errorf("%d days are %s, want %s", days, got, class)
		}
	}
}
