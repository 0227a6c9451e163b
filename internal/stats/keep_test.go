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

// with returns a fact after a change.
func with(change func(*stats.Fact)) stats.Fact {
	f := fact()
	f.ID = id.Random[id.Fact](id.Maker{})
	change(&f)
	return f
}

// nobody is the count of those who were given help where nobody was.
func nobody() stats.Helped {
	return stats.Helped{Years: map[string]int{}, Services: map[string]int{}, Waits: map[stats.Wait]int{}}
}

// What nobody knows is a number of its own in every figure: it is neither dropped nor added to what is known.
func TestAnEmptyFieldIsUnknownNeverZero(t *testing.T) {
	ctx := t.Context()
	db := storetest.New(t, func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) })
	s := &stats.Service{Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db)}
	ana := access.Actor{User: "ana", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK", Session: "s"}
	vera := access.Actor{User: "vera", Role: access.Statistician, Realm: access.Office, Member: "MK", Session: "s"}
	totals := func(want stats.Totals) {
		t.Helper()
		got, err := s.Totals(ctx, vera)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	}

	empty := map[string]func(*stats.Fact){
		"sex": func(f *stats.Fact) { f.Sex = "" }, "age": func(f *stats.Fact) { f.Age = "" }, "month": func(f *stats.Fact) { f.Month = 0 },
		"citizenship": func(f *stats.Fact) { f.Citizenship = "" }, "status": func(f *stats.Fact) { f.Status = "" },
		"registrar": func(f *stats.Fact) { f.Registrar = "" }, "forms": func(f *stats.Fact) { f.Forms = nil },
		"form": func(f *stats.Fact) { f.Forms = []stats.Form{""} },
	}
	for name, change := range empty {
		if err := s.Add(ctx, ana, []stats.Fact{with(func(*stats.Fact) {}), with(change)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("an empty %s: %v", name, err)
		}
	}
	totals(stats.Totals{Years: map[int]int{}, Sex: map[stats.Sex]int{}, Forms: map[stats.Form]int{}, Help: nobody()}) // nor what came with it

	known := with(func(f *stats.Fact) { f.Age, f.Forms = stats.Adult, []stats.Form{stats.Labour} })
	gaps := []stats.Fact{known}
	want := stats.Totals{
		All: 5, Minor: 4, Years: map[int]int{2017: 5},
		Sex: map[stats.Sex]int{stats.Female: 1}, Forms: map[stats.Form]int{stats.Labour: 1}, Help: nobody(),
	}
	for _, gap := range []string{stats.Unknown, stats.NotAsked, stats.Declined, stats.Unsafe} {
		gaps = append(gaps, with(func(f *stats.Fact) {
			f.Sex, f.Age, f.Forms = stats.Sex(gap), stats.Age(gap), []stats.Form{stats.Form(gap)}
		}))
		want.Sex[stats.Sex(gap)], want.Forms[stats.Form(gap)] = 1, 1
	}
	if err := s.Add(ctx, ana, gaps); err != nil {
		t.Fatal(err)
	}
	totals(want)

	// Should a row have come in by another way, it says "unknown" of what is empty.
	err := store.Writer[stats.Tx](db)(ctx, audit.Did(ana, access.WriteFact, "facts"), func(tx stats.Tx) error {
		return tx.AddFact(ctx, with(func(f *stats.Fact) { f.Sex, f.Age, f.Forms = "", "", nil }))
	})
	if err != nil {
		t.Fatal(err)
	}
	want.All, want.Minor, want.Years[2017] = 6, 5, 6
	want.Sex[stats.Unknown]++
	want.Forms[stats.Unknown]++
	totals(want)
}
