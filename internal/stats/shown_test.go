package stats_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Whatever was counted: who watches the work sees no class with fewer persons than there must be, no year that goes on, no number that is not
// rounded, and what was too few together with another class; who may read facts sees every one.
func TestNobodyIsRecognisedInWhatIsShown(t *testing.T) {
	now := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	s := &stats.Service{Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db), Now: func() time.Time { return now }, Least: func() int { return 5 }}
	ana := access.Actor{User: "ana", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK", Session: "s"}
	office := func(r access.Role) access.Actor {
		return access.Actor{User: "vera", Role: r, Realm: access.Office, Member: "MK", Session: "s"}
	}
	r := rand.New(rand.NewPCG(3, 4))
	forms := []stats.Form{stats.Sexual, stats.Labour, stats.Begging, stats.Organs, stats.Unknown}
	truth := map[int]map[string]int{}
	var all []stats.Fact
	for year := 2017; year <= 2026; year++ {
		truth[year] = map[string]int{}
		for _, form := range forms {
			n := []int{0, 1, 2, 4, 5, 6, 9, 30}[r.IntN(8)]
			if year == 2017 {
				n = min(n, 1)
			}
			truth[year][string(form)] = n
			for range n {
				all = append(all, with(func(f *stats.Fact) {
					f.Month, f.Forms = stats.MonthOf(year, 1+r.IntN(5)), []stats.Form{form}
					f.Sex, f.Age = []stats.Sex{stats.Female, stats.Male, stats.OtherSex}[min(r.IntN(12), 11)/5], []stats.Age{stats.Child, stats.Adult, stats.Age18to24}[r.IntN(3)]
				}))
			}
		}
	}
	if err := s.Add(t.Context(), ana, all); err != nil {
		t.Fatal(err)
	}
	seen, err := s.Shown(t.Context(), office(access.NationalCoordinator))
	if err != nil || seen.Exact || len(seen.Years) == 0 {
		t.Fatalf("%v %+v", err, seen)
	}
	told := 0
	for _, y := range seen.Years {
		total, sum := 0, 0
		for _, n := range truth[y.Year] {
			total += n
		}
		switch {
		case y.Year >= 2026:
			t.Errorf("%d goes on", y.Year)
		case total < 5 && (y.All != stats.Untold || y.Forms != nil), total >= 5 && (y.All%5 != 0 || y.All-total > 2 || total-y.All > 2), total < 20 && (y.Forms != nil || y.Sexes != nil):
			t.Errorf("%d: %d are shown as %+v", y.Year, total, y)
		}
		for _, c := range append(append([]stats.Counting{}, y.Forms...), y.Sexes...) {
			told++
			if c.Count < 5 || c.Count%5 != 0 {
				t.Errorf("%d: %+v", y.Year, c)
			}
		}
		rest, named := 0, map[string]bool{}
		for _, c := range y.Forms {
			named[c.Class], sum = true, sum+c.Count
		}
		for form, n := range truth[y.Year] {
			if n > 0 && !named[form] {
				rest++
			}
			if named[form] && n < 5 {
				t.Errorf("%d: %s has %d and is shown", y.Year, form, n)
			}
		}
		if y.Forms != nil && (rest == 1 || named[stats.Rest] != (rest > 1)) {
			t.Errorf("%d: %d classes stand in the rest, which is shown: %v", y.Year, rest, named[stats.Rest])
		}
	}
	if told < 20 {
		t.Errorf("%d numbers", told)
	}
	for _, a := range seen.Ages {
		if a.Female%5 != 0 || a.Male%5 != 0 || a.Age != stats.Child && a.Age != stats.Adult {
			t.Errorf("%+v", a)
		}
	}
	exact, err := s.Shown(t.Context(), office(access.Statistician))
	if err != nil || !exact.Exact {
		t.Fatal(err)
	}
	for _, y := range exact.Years {
		for _, c := range y.Forms {
			if c.Count != truth[y.Year][c.Class] {
				t.Errorf("%d: %+v", y.Year, c)
			}
		}
	}
	for _, who := range []access.Actor{ana, office(access.Administrator), {User: "petar", Role: access.Prosecutor, Desk: "justice", Realm: access.Prosecution, Member: "MK", Session: "s"}} {
		if _, err := s.Shown(t.Context(), who); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: %v", who.Role, err)
		}
	}
}
