package demo_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/followup"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/publication"
)

// TestTheInventedNetworkLives: whoever opens the demonstration sees what a network does that lives, at every node, and nothing of it could be taken for true.
func TestTheInventedNetworkLives(t *testing.T) {
	clock := &demo.Clock{}
	w, err := demo.Found(t.Context(), demo.Plan{Dir: filepath.Join(t.TempDir(), "net"), Members: few(), Peer: "127.0.0.1:0", People: "127.0.0.1:0", Now: clock.Now, Clock: clock, Whole: []id.Member{"MD", "MK"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	var out strings.Builder
	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Live(t.Context(), &out); err != nil {
		_, _, args := fault.Public(err)
		t.Fatal(err, args)
	}
	today := clock.Now().UTC().Format(time.DateOnly)
	for _, m := range few() {
		n := w.Countries[m].Node
		by, err := w.Countries[m].As(t.Context(), "coordinator")
		if err != nil {
			t.Fatal(err)
		}
		all, err := n.Publications.All(t.Context(), by.Actor, publication.Filter{}, "")
		if err != nil {
			t.Fatal(err)
		}
		count := map[publication.Kind]int{}
		for _, k := range all {
			count[k.Record.Kind]++
			for _, text := range append(publication.ReadBody(k.Record.Body).Texts("title"), publication.ReadBody(k.Record.Body).Texts("text")...) {
				if !strings.HasPrefix(text.Text, "DEMO ") && !strings.HasPrefix(text.Text, "ДЕМО ") {
					t.Errorf("%s could take it for true: %q", m, text.Text)
				}
			}
		}
		for kind, want := range map[publication.Kind]int{
			publication.Meeting: 2, publication.Conclusion: 2, publication.SignOff: 2, publication.Recommendation: 1, publication.Measure: 1, publication.Progress: 3,
			publication.Practice: 1, publication.Review: 1, publication.LegalModel: 0,
		} {
			if count[kind] != want {
				t.Errorf("%s has %d of %s, want %d", m, count[kind], kind, want)
			}
		}
		items, err := followup.Load(t.Context(), n.Publications, by.Actor, today)
		if err != nil || len(followup.Overdue(items)) != 1 {
			t.Errorf("%s: %d overdue of %d: %v", m, len(followup.Overdue(items)), len(items), err)
		}
		met, err := n.Publications.All(t.Context(), by.Actor, publication.Filter{Kind: publication.Meeting}, "")
		if terms, now := meeting.Presidencies(met, today); err != nil || now != 0 || len(terms) != 2 || terms[1].Country != "RO" {
			t.Errorf("%s: the presidency: %+v, %d, %v", m, terms, now, err)
		}
		home, err := n.Publications.AtHome(t.Context(), by.Actor)
		if want := map[bool]int{true: 1}[m == "MK"]; err != nil || len(home) != want {
			t.Errorf("%s keeps %d to itself, want %d: %v", m, len(home), want, err)
		}
	}
}
