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

	ana.Get("/members/MK/block").Is(http.StatusForbidden)
	cora.Get("/members").OK().Find(`href="(/members/MK/block)"`)
	cora.Get("/members/MK/block").OK().Says("Withdrawals, receipts", "Its keys were stolen")
	cora.Do(http.MethodPost, "/members/MK/block", url.Values{"reason": {"dislike"}}).Is(http.StatusUnprocessableEntity).Says("give a reason from the list")
	cora.Get("/members/XX/block").Is(http.StatusNotFound)
	cora.Do(http.MethodPost, "/members/XX/block", url.Values{"reason": {"keys-stolen"}}).Is(http.StatusNotFound)
	cora.Post("/members/MK/block", url.Values{"reason": {"keys-stolen"}}).OK().Says("Blocked").Find(`href="(/members/MK/unblock)"`)
	ana.Do(http.MethodPost, "/messages/new", url.Values{"to": {"MK/focal-point"}, "text": {"DEMO"}, "basis": {"protocol"}}).Says("blocked this member")
	cora.Get("/members/MK/unblock").OK().Says("compared in person")
	cora.Post("/members/MK/unblock", url.Values{}).OK().Says("In order").Never("Blocked")

	cora.Get("/sending").OK().Says("restored from a backup")
	ana.Do(http.MethodPost, "/sending", nil).Is(http.StatusForbidden)
	cora.Post("/sending", url.Values{}).OK()
	if !strings.Contains(webtest.Entries(w.As("oto")), "exchange.reopen") {
		t.Error("the log does not say that sending was opened again")
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
		for _, kind := range []string{"sheet.renew", "web.none"} {
			if err == nil {
				_, err = w.Node.Tasks.AddIn(t.Context(), tx, task.New{Desk: "focal-point", Realm: access.Assistance, Kind: kind, Object: kind, Reference: "demo-2"})
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// What only a command does says which, and is not ticked off by hand; what has no page and no command is.
	mine := w.As("ana").Get("/tasks").OK().Says("opentrm member sheet")
	if n := strings.Count(mine.Body, `/done"`); n != 1 {
		t.Errorf("%d tasks are ticked off by hand", n)
	}
	cora, ada := w.As("cora"), w.As("ada")
	cora.Get("/members").OK().Says("Nothing arrives there")
	for _, p := range []*webtest.Somebody{cora, ada} {
		p.Get("/").OK().Says("Nothing arrives at MK", "Waiting since")
	}
	if first := cora.Get("/").OK().Says("3 March 2026").Never("demo-1", "2026-03-03").Find(`(?s)<ul class="govuk-task-list">.*?href="([^"]+)"`); first != "/members" {
		t.Errorf("what is late is not first, but %s", first)
	}
	cora.Do(http.MethodPost, "/members/MK/test", nil).OK().Says("Somebody must look at this").Never("It answers")
}
