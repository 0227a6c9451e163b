package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestATaskSaysWhoStandsIn: of a task that is somebody's, and of one about a case of hers, the list says that she is away, until when and who
// stands in; of one that is nobody's in particular nothing. Who coordinates reads how many of a desk are away, and no name.
func TestATaskSaysWhoStandsIn(t *testing.T) {
	w := webtest.Open(t)
	n := w.Node
	n.Join("focal-point", "vera", access.CaseManager, "ana")
	n.User("cora", access.NationalCoordinator)
	path := webtest.Opened(t, w.As("ana"))
	due := task.Clock{Due: frame.At(n.Net.Clock.Now().Add(-time.Hour))}
	hers := n.As("ana").Actor
	err := store.Writer[task.Tx](n.DB)(t.Context(), audit.Did(nodetest.Console(n.Member), access.MakeTask, "x"), func(tx task.Tx) error {
		for _, x := range []task.New{
			{User: hers.User, Kind: "desk.intake", Object: "focal-point", Reference: "demo-1"},
			{Kind: "case.reflection", Object: path[len("/cases/"):], Reference: "demo-2"},
			{Kind: "desk.intake", Object: "focal-point", Reference: "demo-3"},
		} {
			x.Desk, x.Realm, x.Clock = hers.Desk, hers.Realm, due
			if _, err := n.Tasks.AddIn(t.Context(), tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.As("vera").Get("/tasks").OK().Says("demo-1", "demo-2").Never("is away")
	now := n.Net.Clock.Now()
	away := func(who, in string) {
		t.Helper()
		a := desk.Absence{Desk: "focal-point", User: n.As(who).Actor.User, From: frame.At(now.Add(-time.Hour)), To: frame.At(time.Date(now.Year(), now.Month(), now.Day()+3, 0, 0, 0, 0, time.UTC))}
		if in != "" {
			a.StandIn = n.As(in).Actor.User
		}
		if err := n.Desks.Away(t.Context(), n.As("ana").Actor, a); err != nil {
			t.Fatal(err)
		}
	}
	count := func(login, path, what string, want int) {
		t.Helper()
		if got := strings.Count(w.As(login).Get(path).OK().Text(), what); got != want {
			t.Errorf("%s reads %q %d times, want %d", login, what, got, want)
		}
	}
	away("ana", "vera")
	list := w.As("vera").Get("/tasks").OK()
	list.Find(`(?s)demo-1.*?trm-away[^<]*(?:<[^>]*>)*([^<]*ana[^<]* is away until [^<]+ [^<]*vera[^<]* stands in)`)
	count("vera", "/tasks", "is away until", 2)
	w.As("cora").Get("/board").OK().Find(`(?s)href="/desks/focal-point".*?(1, until [^<;]+)<`)
	away("vera", "")
	count("vera", "/tasks", "Nobody stands in", 2)
	w.As("cora").Get("/board").OK().Says("2, until", "nobody stands in").Never("ana is away", string(id.User("vera")))
	n.Net.Clock.Advance(4 * 24 * time.Hour)
	count("vera", "/tasks", "is away", 0)
}
