package task_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/task"
)

// TestTasksAreFoundByTheirReference: what is called by a reference is listed by it, open or ended, only for whom may see it, and nothing else.
func TestTasksAreFoundByTheirReference(t *testing.T) {
	o := newOffice(t)
	ana, other := as(access.CaseManager, "intake", "ana", access.Assistance), as(access.CaseManager, "elsewhere", "eva", access.Assistance)
	for _, x := range []task.New{{Object: "o-1", Reference: "abc-def-gh1"}, {Object: "o-2", Reference: "abc-def-gh1"}, {Object: "o-3", Reference: "xyz-def-gh1"}} {
		o.add(x)
	}
	count := func(who access.Actor, f task.Filter) (n int) {
		t.Helper()
		found, err := o.List(t.Context(), who, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range found {
			if x.Reference != f.Called {
				t.Errorf("%s was found for %s", x.Reference, f.Called)
			}
		}
		return len(found)
	}
	for _, x := range []struct {
		who  access.Actor
		f    task.Filter
		want int
	}{
		{ana, task.Filter{Called: "abc-def-gh1"}, 2},
		{ana, task.Filter{Called: "abc-def-gh1", Object: "o-2"}, 1},
		{ana, task.Filter{Called: "abc-def-gh1", Kind: "another"}, 0},
		{ana, task.Filter{Called: "xyz-def-gh1"}, 1},
		{ana, task.Filter{Called: "xyz-def-gh1", State: task.Done}, 0},
		{other, task.Filter{Called: "abc-def-gh1"}, 0},
	} {
		if n := count(x.who, x.f); n != x.want {
			t.Errorf("%+v: %d, not %d", x.f, n, x.want)
		}
	}
}
