package meeting

import (
	"cmp"
	"slices"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Term is one turn of the presidency, from the meeting that names it to the next that names another.
type Term struct {
	Country id.Member
	From    string // day
	Meeting publication.Kept
}

// Presidencies returns the turns of the presidency by the meetings that name one, oldest first, and the place of the one that holds on a day, -1 before the
// first. The network rotates it as its meetings decide: no order is written here. A meeting that was cancelled or withdrawn names nobody.
func Presidencies(meetings []publication.Kept, today string) ([]Term, int) {
	var all []Term
	for _, k := range meetings {
		b := publication.ReadBody(k.Record.Body)
		if c := b.Word("presidency"); c != "" && k.Current && !k.Record.Withdrawn && b.Word("state") != "cancelled" {
			all = append(all, Term{id.Member(c), b.Word("from"), k})
		}
	}
	sorting.By(all, func(a, b Term) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Meeting.Record.ID, b.Meeting.Record.ID))
	})
	all = slices.CompactFunc(all, func(a, b Term) bool { return a.Country == b.Country })
	now := -1
	for i, t := range all {
		if t.From <= today {
			now = i
		}
	}
	return all, now
}
