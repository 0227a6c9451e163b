package nodetest_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/task"
)

// TestADeskWithOneAsksTheCoordinator: where one person decides at a desk, what she says is a task of the coordinator it names.
func TestADeskWithOneAsksTheCoordinator(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"))
	md := n.Node("MD")
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	md.Desk(desk.Desk{ID: "office", Kind: desk.AtNode, Realm: access.Office, Function: "desk.function.focal-point"}, "cora", access.NationalCoordinator)
	md.Desk(desk.Desk{ID: "lone", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter", Coordinator: "office"}, "lena", access.CaseManager)
	who := person.Person{
		Names:    []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: "Demona Izmislena"}}}},
		Contacts: []person.Contact{},
	}
	_, err := md.Cases.Open(ctx, md.As("lena"), casefile.Opening{AgeClass: person.Adult, Person: &who})
	must(err)
	_, err = md.Searches.Find(ctx, md.As("ana"), search.Query{Name: "Demona Izmislena"})
	must(err)
	n.Run()
	here, _, err := md.Searches.Hits(ctx, md.As("lena").Actor)
	must(err)
	if len(here) != 1 {
		t.Fatalf("%d hits", len(here))
	}
	asked := func(want int) {
		t.Helper()
		all, err := md.Tasks.List(ctx, md.As("cora").Actor, task.Filter{Kind: "search.second"})
		if err != nil || len(all) != want || want > 0 && (all[0].Object != string(here[0].ID) || all[0].Due == 0) {
			t.Errorf("the coordinator has %+v, %v; want %d", all, err, want)
		}
	}
	asked(0)
	for _, contact := range []bool{true, false} {
		_, err = md.Searches.Decide(ctx, md.As("lena").Actor, here[0].ID, contact)
		must(err)
		asked(1)
	}
	_, err = md.Searches.Decide(ctx, md.As("cora").Actor, here[0].ID, true)
	must(err)
	asked(0)
	_, err = md.Searches.Decide(ctx, md.As("lena").Actor, here[0].ID, true)
	must(err)
	asked(1)
	_, err = md.Searches.Decide(ctx, md.As("cora").Actor, here[0].ID, true)
	must(err)
	asked(0)
	told, err := md.Tasks.List(ctx, md.As("ana").Actor, task.Filter{Kind: "search.contact"})
	if err != nil || len(told) != 1 {
		t.Errorf("the desk that searched has %+v, %v", told, err)
	}
}

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
