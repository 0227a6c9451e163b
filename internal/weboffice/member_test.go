package weboffice_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A coordinator sees how every other member is, calls one, and is told on her home what does not arrive; whoever else works here sees
// the same and calls nobody.
func TestMembersOnPages(t *testing.T) {
	w := webtest.Pair(t) // in Chisinau
	w.Node.User("cora", access.NationalCoordinator)
	ana := w.As("ana")
	ana.Get("/members").OK().Says("North Macedonia", "In order").Never("Test the connection")
	ana.Do(http.MethodPost, "/members/MK/test", nil).Is(http.StatusForbidden)
	if _, err := w.Node.Exchange.Test(t.Context(), w.Node.As("ana").Actor, "MK"); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager calls another node: %v", err)
	}

	cora := w.As("cora")
	cora.Get("/members").OK().Says("Test North Macedonia")
	cora.Do(http.MethodPost, "/members/XX/test", nil).Is(http.StatusNotFound)
	cora.Do(http.MethodPost, "/members/MD/test", nil).Is(http.StatusNotFound)
	cora.Do(http.MethodPost, "/members/MK/test", nil).OK().
		Says("It answers, with the key that the list of members names.", "1 there, 1 here", "0 s").Never("Somebody must look at this")
	if !strings.Contains(webtest.Entries(w.As("oto")), "node.doctor") {
		t.Error("the log does not say that a connection was tested")
	}

	w.Node.Net.Cut("MD", "MK", true)
	ana.Post("/messages/new", url.Values{"to": {"MK/focal-point"}, "text": {"DEMO"}, "basis": {"protocol"}}).OK()
	cora.Get("/members").OK().Says("In order").Never("Nothing arrives there")
	cora.Get("/").OK().Never("Nothing arrives at MK")
	w.Node.Net.Clock.Advance(25 * time.Hour)
	err := store.Writer[task.Tx](w.Node.DB)(t.Context(), audit.Did(nodetest.Console("MD"), access.MakeTask, "x"), func(tx task.Tx) error {
		_, err := w.Node.Tasks.AddIn(t.Context(), tx, task.New{
			Desk: "focal-point", Realm: access.Assistance, Kind: "case.plan", Object: "x", Reference: "demo-1",
			Clock: task.Clock{Due: w.Node.Net.Now().Add(time.Hour)},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	cora, ada := w.As("cora"), w.As("ada")
	cora.Get("/members").OK().Says("Nothing arrives there")
	for _, p := range []*webtest.Somebody{cora, ada} {
		p.Get("/").OK().Says("Nothing arrives at MK", "Waiting since")
	}
	if first := cora.Get("/").OK().Says("2026-03-03").Never("demo-1").Find(`(?s)<ul class="govuk-task-list">.*?href="([^"]+)"`); first != "/members" {
		t.Errorf("what is late is not first, but %s", first)
	}
	cora.Do(http.MethodPost, "/members/MK/test", nil).OK().Says("Somebody must look at this").Never("It answers")
}
