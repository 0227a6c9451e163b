package nodetest_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/task"
)

// TestAHiddenHitIsATaskOfTheHoldingDesk: on a whole node, somebody who may not open a case finds nothing, and the desk that
// holds it gets something to decide; when the case is erased, both are gone.
func TestAHiddenHitIsATaskOfTheHoldingDesk(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md := n.Node("MD")
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	who := person.Person{
		Names:    []person.Name{{Use: person.Registered, Script: "Cyrl", Parts: []person.NamePart{{Kind: person.WholeName, Text: "Демона Измислена"}}}},
		Contacts: []person.Contact{},
	}
	file, err := md.Cases.Open(ctx, md.As("ana"), casefile.Opening{AgeClass: person.Adult, Person: &who})
	must(err)
	md.Join(md.As("ana").Desk, "fana", access.FirstResponder, "ana")
	finds := func(by string) int {
		t.Helper()
		f, err := md.Searches.Find(ctx, md.As(by), search.Query{Name: "Demona Izmislena"})
		must(err)
		return len(f.Cards)
	}
	if got := [2]int{finds("ana"), finds("fana")}; got != [2]int{1, 0} {
		t.Fatalf("ana and fana find %v", got)
	}
	n.Run()
	tasks := func() int {
		t.Helper()
		all, err := md.Tasks.List(ctx, md.As("ana").Actor, task.Filter{Kind: "search.hit"})
		must(err)
		for _, x := range all {
			if x.Reference == string(file.Reference) || x.Object == string(file.ID) {
				t.Error("the task names the case")
			}
			if x.Due == 0 || len(x.Chain) == 0 || x.Chain[len(x.Chain)-1].Step != task.AtCoordinator {
				t.Errorf("by %d, then %v", x.Due, x.Chain)
			}
		}
		return len(all)
	}
	if tasks() != 1 {
		t.Fatalf("%d tasks", tasks())
	}
	now, err := md.Cases.Show(ctx, md.As("ana"), file.ID)
	must(err)
	_, err = md.Cases.Close(ctx, md.As("ana"), file.ID, now.Version, casefile.Closure{Reason: "needs-met", Date: "2026-03-01", Action: "erase"})
	must(err)
	must(md.Cases.Erase(ctx, md.As("ana").Actor, file.ID))
	if finds("ana") != 0 || tasks() != 0 {
		t.Errorf("after the erasure %d are found, %d tasks are left", finds("ana"), tasks())
	}
}
