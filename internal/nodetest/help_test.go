package nodetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// What she is given is counted without a name: once for each person, from the first service on, corrected when it is corrected; and how
// long she waited is unknown where nobody knows since when she was known. Nothing leads from what is counted to her.
func TestHelpIsCountedWithoutAName(t *testing.T) {
	w := nodetest.New(t, nodetest.At("MD"))
	md := w.Node("MD")
	md.User("stela", access.Statistician)
	ctx, ana := t.Context(), md.As("ana")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	counted := func() stats.Helped {
		t.Helper()
		all, err := md.Facts.Totals(ctx, md.As("stela").Actor)
		must(err)
		return all.Help
	}
	day := func(days int) string { return md.Config.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	year := fmt.Sprint(md.Config.Now().UTC().Year())
	file, err := md.Cases.Open(ctx, ana, casefile.Opening{AgeClass: person.Adult})
	must(err)
	if got := counted(); got.All != 0 {
		t.Fatalf("before anything was given: %+v", got)
	}

	// A service of the plan, and one beside it: she is one person.
	need, err := md.Careplans.Name(ctx, ana, file.ID, careplan.Need{Code: "medical", Urgency: "now", Said: "person", On: day(0)})
	must(err)
	step, err := md.Careplans.Plan(ctx, ana, file.ID, careplan.NewStep{Need: need.Record, Service: "medical", Agreed: true, On: day(0)})
	must(err)
	_, err = md.Careplans.Deliver(ctx, ana, file.ID, step.Record, step.Version, casefile.Delivery{Provider: "Demo clinic", From: day(10)})
	must(err)
	one := stats.Helped{All: 1, Years: map[string]int{year: 1}, Services: map[string]int{"medical": 1}, Waits: map[stats.Wait]int{stats.AMonth: 1}}
	if d := cmp.Diff(one, counted()); d != "" {
		t.Error(d)
	}
	given, err := md.Cases.Serve(ctx, ana, file.ID, "", 0, casefile.Delivery{Service: "legal", Provider: "Demo lawyer", From: day(2)})
	must(err)
	one.Services, one.Waits = map[string]int{"medical": 1, "legal": 1}, map[stats.Wait]int{stats.ThreeDays: 1}
	if d := cmp.Diff(one, counted()); d != "" {
		t.Errorf("two services: %s", d)
	}
	// Corrected, what is counted is corrected with it.
	_, err = md.Cases.Serve(ctx, ana, file.ID, given.Record, given.Version, casefile.Delivery{Service: "accommodation", Provider: "Demo house", From: day(0)})
	must(err)
	one.Services, one.Waits = map[string]int{"medical": 1, "accommodation": 1}, map[stats.Wait]int{stats.SameDay: 1}
	if d := cmp.Diff(one, counted()); d != "" {
		t.Errorf("corrected: %s", d)
	}

	// Of whoever was taken from a table nobody knows since when she was known. That is unknown, not no time.
	run, err := md.Intake.Begin(ctx, ana.Actor, intake.Order{Kind: intake.Cases, Columns: []string{"First Name"}})
	must(err)
	_, err = md.Intake.Take(ctx, ana.Actor, intake.Cases, run.ID, []intake.Row{{Number: 2, Cells: []string{"Demona"}}})
	must(err)
	all, err := md.Cases.List(ctx, ana.Actor, casefile.Filter{Limit: 10})
	must(err)
	for _, c := range all {
		if c.ID != file.ID {
			_, err = md.Cases.Serve(ctx, ana, c.ID, "", 0, casefile.Delivery{Service: "medical", Provider: "Demo clinic", From: day(0)})
			must(err)
		}
	}
	want := stats.Helped{
		All: 2, Years: map[string]int{year: 1, stats.Unknown: 1}, Services: map[string]int{"medical": 2, "accommodation": 1},
		Waits: map[stats.Wait]int{stats.SameDay: 1, stats.Unknown: 1},
	}
	if d := cmp.Diff(want, counted()); d != "" {
		t.Error(d)
	}

	// The number of a fact stands in no row of hers, in no entry and in no line of the node.
	var facts []stats.Help
	must(store.Reader[stats.Tx](md.DB)(ctx, func(tx stats.Tx) error {
		return tx.Helps(ctx, func(h stats.Help) bool { facts = append(facts, h); return true })
	}))
	must(store.Reader[casefile.Tx](md.DB)(ctx, func(tx casefile.Tx) error {
		rows, err := tx.Rows(ctx, file.ID, "")
		for _, r := range rows {
			for _, h := range facts {
				if strings.Contains(fmt.Sprintf("%+v %s", r, r.Body), string(h.ID)) {
					t.Errorf("a row of the kind %s names a fact", r.Kind)
				}
			}
		}
		return err
	}))
	logged, _, err := md.Audit.Entries(ctx, md.As("oto").Actor, 0, 1000)
	must(err)
	for _, e := range logged {
		for _, h := range facts {
			if strings.Contains(fmt.Sprintf("%+v", e), string(h.ID)) {
				t.Errorf("an entry names a fact: %+v", e)
			}
		}
	}
	// Whatever service can be recorded can be counted.
	lists, err := casefile.Shipped()
	must(err)
	for _, code := range lists.Codes(casefile.ListService) {
		if err := (stats.Help{ID: facts[0].ID, Year: year, Services: []string{code}, Wait: stats.SameDay}).Check(); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	// After the case is erased nobody can say whose fact it is; it stays counted.
	row, err := md.Cases.Find(ctx, ana.Actor, string(file.Reference))
	must(err)
	_, err = md.Cases.Close(ctx, ana, file.ID, row.Version, casefile.Closure{Reason: "moved", Date: day(0), Action: "erase"})
	must(err)
	must(md.Cases.Erase(ctx, ana.Actor, file.ID))
	if d := cmp.Diff(want, counted()); d != "" {
		t.Errorf("after she was erased: %s", d)
	}
}
