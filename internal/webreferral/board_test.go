package webreferral_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A coordinator sees how many referrals are under way by country, state and waiting time, drawn and as tables, and which desk is
// late; she narrows it by pair, state and waiting time and by nothing else, and learns of no referral and of nobody.
func TestTheBoardIsDrawnFromCountsOnly(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.User("cora", access.NationalCoordinator)
	ana, cora := w.As("ana"), w.As("cora")
	r := webtest.Draft(ana, webtest.Opened(t, ana))
	reference := ana.Get(r).OK().Find(`<title>Referral ([^ ]+) `)
	cora.Get("/board").OK().
		Says("Under way 1", "Past their clock 0", "Moldova → North Macedonia", "up to 1 day", "Draft", "At no desk is anything overdue").
		Never(strings.TrimPrefix(r, "/referrals/"), reference, "Фиктивна", "Female", "Adult").
		Find(`trm-map__land--member trm-map__land--(waiting)"[^>]*><title>North Macedonia: 1 under way, 0 past`)
	for query, shown := range map[string]bool{
		"pair=MD-MK": true, "pair=MK-MD": false, "status=draft": true, "status=sent": false, "days=1": false, "days=x": true, "sex=male": true,
	} {
		a := cora.Get("/board?" + query).OK()
		if strings.Contains(a.Body, "trm-bars__fill") != shown {
			t.Errorf("%s: %t", query, !shown)
		}
	}
	w.Node.Net.Clock.Advance(4 * 24 * time.Hour)
	cora = w.As("cora")
	bars := cora.Get("/board?days=3").OK()
	if n := bars.Find(`(?s)over 3 days(?:</bdi>)?\s*</th>\s*<td class="trm-bars__number">\s*(?:<bdi>)?([0-9]+)`); n != "1" {
		t.Errorf("%s have waited for over three days", n)
	}
	for i := range 205 { // more than a list of tasks shows
		err := w.Node.Tasks.Write(t.Context(), audit.Did(w.Node.As("ana").Actor, access.CloseCase, fmt.Sprint(i)), func(tx task.Tx) error {
			_, err := w.Node.Tasks.AddIn(t.Context(), tx, task.New{
				Desk: "focal-point", Realm: access.Assistance, Kind: "referral.acknowledge", Object: fmt.Sprint(i), Reference: "k7m-4qt-2x9",
				Clock: task.Clock{Due: frame.At(w.Node.Net.Clock.Now().Add(-time.Hour))},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	silent := cora.Get("/board").OK().Find(`(?s)(<a[^>]*href="/desks/focal-point".*?</tr>)`)
	if !strings.Contains(silent, "205") {
		t.Errorf("the desk that is silent: %s", silent)
	}
	ana = w.As("ana")
	ana.Get("/board").OK().Never("Desks with something overdue")
}
