package ownview

import (
	"testing"

	"github.com/opentrm/opentrm/internal/directory"
)

// TestANumberOfAHouseIsNeverSaid: hers where it is no house in which people live, else that of who coordinates it, by the same rule; else none.
func TestANumberOfAHouseIsNeverSaid(t *testing.T) {
	own, over := directory.Line{Day: "+38920000001", Night: "+38920000002"}, directory.Line{Night: "+38920000003"}
	house, silent := directory.Line{Hidden: true, Day: "+38920000009"}, directory.Line{}
	for _, tt := range []struct {
		name      string
		own, over directory.Line
		want      Reach
	}{
		{"hers", own, over, Reach{Day: "+38920000001", Night: "+38920000002"}},
		{"one number", directory.Line{Day: "1", Night: "1"}, over, Reach{Day: "1"}},
		{"a house", house, over, Reach{Night: "+38920000003", Through: true}},
		{"no number", silent, over, Reach{Night: "+38920000003", Through: true}},
		{"two houses", house, house, Reach{}},
		{"nobody", silent, silent, Reach{}},
	} {
		if got := reach(tt.own, tt.over); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
