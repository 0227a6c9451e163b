package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// TestAPlanIsLookedAtAgain: a plan has a task with a day and a reminder before it, and bears no word of what she needs. The day moves
// when the plan is gone through with her, and the task ends with the last step, or with the case.
func TestAPlanIsLookedAtAgain(t *testing.T) {
	md := nodetest.New(t, nodetest.At("MD")).Node("MD")
	ana := md.As("ana")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	file, err := md.Cases.Open(t.Context(), ana, casefile.Opening{AgeClass: person.Adult})
	must(err)
	day := func(days int) string { return md.Config.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	need, err := md.Careplans.Name(t.Context(), ana, file.ID, careplan.Need{Code: "medical", Urgency: "now", Said: "person", On: day(0)})
	must(err)
	step := careplan.NewStep{Need: need.Record, Service: "medical", On: day(0)}
	first, err := md.Careplans.Plan(t.Context(), ana, file.ID, step)
	must(err)
	made := one(t, md, "case.plan")
	if in := made.Due.Time().Sub(md.Config.Now()); in != 30*24*time.Hour || made.Reference != string(file.Reference) || made.Due.Sub(made.Remind) != 3*24*time.Hour {
		t.Errorf("due in %v: %+v", in, made)
	}
	_, err = md.Careplans.Agree(t.Context(), ana, file.ID, careplan.Agreement{
		On: day(0), Steps: []id.Record{first.Record}, Agreed: []id.Record{first.Record}, Language: "ro", Review: day(14),
	})
	must(err)
	moved := one(t, md, "case.plan")
	if want, err := time.ParseInLocation(time.DateOnly, day(14), zone(t, "Europe/Chisinau")); err != nil || moved.Due.Time() != want.UTC() {
		t.Errorf("due %v, want %v", moved.Due.Time(), want.UTC())
	}
	again, err := md.Careplans.Plan(t.Context(), ana, file.ID, step)
	must(err)
	if same := one(t, md, "case.plan"); same.ID != moved.ID {
		t.Error("who was reminded would be reminded again")
	}
	f, err := md.Careplans.Show(t.Context(), ana, file.ID)
	must(err)
	for _, k := range f.Steps {
		stop := careplan.Turn{Status: careplan.Stopped, On: day(0), Reason: "replaced"}
		_, err := md.Careplans.Turn(t.Context(), ana, file.ID, k.Record, k.Version, stop)
		must(err)
	}
	if left := tasks(t, md, "case.plan"); len(left) != 0 || again.Record == first.Record {
		t.Errorf("nothing is left to go through: %+v", left)
	}
	_, err = md.Careplans.Plan(t.Context(), ana, file.ID, step)
	must(err)
	one(t, md, "case.plan")
	_, err = md.Cases.Close(t.Context(), ana, file.ID, f.Case.Version, casefile.Closure{Reason: "moved", Date: day(0), Action: "retain"})
	must(err)
	if left := tasks(t, md, "case.plan"); len(left) != 0 {
		t.Errorf("after the case was closed: %+v", left)
	}
	// Taken up again, it is the same case: the plan is somebody's to look after, and no fact is written about her anew.
	row, err := md.Cases.Find(t.Context(), ana.Actor, string(file.Reference))
	must(err)
	_, err = md.Cases.Reopen(t.Context(), ana, file.ID, row.Version, casefile.Reopening{Reason: "new-need", On: day(0)})
	must(err)
	one(t, md, "case.plan")
	must(store.Reader[stats.Tx](md.DB)(t.Context(), func(tx stats.Tx) error {
		return tx.Facts(t.Context(), func(f stats.Fact) bool { t.Errorf("a fact was written: %+v", f); return false })
	}))
}
