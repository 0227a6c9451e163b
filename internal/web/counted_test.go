package web_test

import (
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAStatisticianSeesHowFreshTheCountsAre: her home says what this node has counted and from when to when, which import was begun and not
// ended, and nothing else: nobody of the other offices sees it.
func TestAStatisticianSeesHowFreshTheCountsAre(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(w.DeskOf("first"), "fana", access.FirstResponder)
	w.Node.User("stela", access.Statistician)
	stela := w.As("stela")
	stela.Get("/").OK().Says("There is nothing to do now", "What is counted on this node", "Facts of victims Nothing yet", "Told without a name Nothing yet", "Nobody waits for you here")
	w.As("fana").Post("/unnamed", url.Values{"adult": {"yes"}, "why": {"not-now"}, "sex": {"unknown"}, "forms": {"forced-labour"}, "helped": {"medical"}}).OK()
	ctdc, err := stats.CollectionCalled("ctdc-2018")
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{ctdc.Year.Column}
	for _, k := range ctdc.Columns {
		columns = append(columns, k.Column)
	}
	if _, err := w.Node.Intake.Begin(t.Context(), w.Node.As("stela").Actor, intake.Order{Kind: intake.Collection, Source: "ctdc-2018", Columns: columns}); err != nil {
		t.Fatal(err)
	}
	stela.Get("/").OK().Says("Finish the import of ctdc-2018", "Told without a name March 2026", "Facts of victims Nothing yet").Never("There is nothing to do now")
	w.As("ada").Get("/").OK().Never("What is counted on this node")
}
