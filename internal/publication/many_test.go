package publication_test

import (
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/publication"
)

// TestNobodyIsMissedAmongMany: what is said about a record is found whole, however much there is; only a list that people look through is cut.
func TestNobodyIsMissedAmongMany(t *testing.T) {
	w := newNet(t, "MD")
	md := w.nodes["MD"]
	of, err := md.Publish(t.Context(), md.cora(), publication.Draft{Kind: publication.Recommendation, Body: []byte(`{"framework":"other","title":[{"lang":"en","text":"x"}],"whom":"all"}`)})
	w.must(err)
	for _, n := range []int{200, 5} {
		all := make([]json.RawMessage, n)
		for i := range all {
			all[i] = json.RawMessage(`{"country":"MD","of":"` + string(of.Record.ID) + `","title":[{"lang":"en","text":"x"}]}`)
		}
		_, err := md.PublishAll(t.Context(), md.cora(), publication.Measure, all)
		w.must(err)
	}
	about, err := md.About(t.Context(), md.cora().Actor, publication.Measure, of.Record.ID)
	if err != nil || len(about) != 205 {
		t.Errorf("%d measures about it, want 205: %v", len(about), err)
	}
	some, more, err := md.Find(t.Context(), md.cora().Actor, publication.Filter{Kind: publication.Measure}, "")
	if err != nil || len(some) != 200 || !more {
		t.Errorf("the list has %d, and more: %t, %v", len(some), more, err)
	}
}
