package weboffice_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// An administrator sees what the node finds wrong with itself and what to do about it; who does not answer for it sees nothing.
func TestTheNodeExaminesItself(t *testing.T) {
	w := webtest.Pair(t)
	n, ctx := w.Node, t.Context()
	path := webtest.Opened(t, w.As("ana"))
	ada := w.As("ada")
	const noBackup, failed, silent = "No backup was begun in two days.", "It is tried again by itself.", "Nothing arrives at some member."
	ada.Get("/diagnostics").OK().Says("sqlite", "room on the disk", "recovery drill", noBackup, "In the browser"). // what it says of the room is of the disk that the test runs on
															Never(failed, silent, path, "Фиктивна", "push")
	ada.Get("/diagnostics").OK().Find(`(?s)<strong class="(govuk-tag[^"]*)">Look at this`)

	made := func(object string) {
		t.Helper()
		if err := store.Writer[audit.Reader](n.DB)(ctx, audit.Did(nodetest.Console(n.Member), access.MakeBackup, object), func(audit.Reader) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	made("erasures")
	ada.Get("/diagnostics").OK().Says(noBackup) // a list of erasures restores nothing
	made("pair")
	ada.Get("/diagnostics").OK().Never(noBackup)

	broken := true
	n.Work.Jobs = append(n.Work.Jobs, job.Job{Name: "demo-broken", Every: time.Second, Everywhere: true, Do: func(context.Context) (int, error) {
		if broken {
			return 0, fault.New(fault.Unavailable, "fault.unavailable")
		}
		return 0, nil
	}})
	n.Net.Clock.Advance(time.Minute)
	if _, err := n.Work.Tick(ctx); err == nil {
		t.Error("the broken job did not fail")
	}
	ada.Get("/diagnostics").OK().Says(failed, "demo-broken")
	// her home says what the last examination found, and when; it looks at nothing itself
	ada.Get("/").OK().Says(noBackup).Never(failed)
	n.Net.Clock.Advance(31 * time.Minute)
	if _, err := n.Work.Tick(ctx); err == nil {
		t.Error("the broken job did not fail")
	}
	ada = w.As("ada")
	ada.Get("/").OK().Says("about this node to look at", "Looked at on").Never(noBackup, path)
	broken = false
	n.Net.Clock.Advance(time.Minute)
	if _, err := n.Work.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	ada.Get("/diagnostics").OK().Never(failed, "demo-broken")

	n.Net.Clock.Advance(49 * time.Hour)
	w.As("ada").Get("/diagnostics").OK().Says(noBackup)
	if _, err := n.Work.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	w.As("ada").Get("/").OK().Says(noBackup, "Look at this")
	w.As("ana").Get("/").OK().Never(noBackup, "about this node")
	n.User("cora", access.NationalCoordinator)
	w.As("cora").Get("/diagnostics").OK()
	for _, login := range []string{"ana", "oto", "dora"} {
		w.As(login).Get("/diagnostics").Is(http.StatusForbidden)
		if _, err := n.Examine(ctx, n.As(login).Actor, store.Little); !fault.Is(err, fault.Denied) {
			t.Errorf("%s examines the node: %v", login, err)
		}
	}
}
