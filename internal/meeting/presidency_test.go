package meeting_test

import (
	"fmt"
	"testing"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/publication"
)

// The presidency is with the country that the last meeting which has begun names; meetings to come name the next, and cancelled ones nobody.
func TestThePresidencyRotatesWithTheMeetings(t *testing.T) {
	of := func(p id.Publication, country, from, state string, current bool) publication.Kept {
		k := publication.Kept{Current: current}
		k.Record.ID, k.Record.Kind = p, publication.Meeting
		k.Record.Body = fmt.Appendf(nil, `{"from":%q,"presidency":%q,"state":%q}`, from, country, state)
		return k
	}
	all := []publication.Kept{
		of("d", "RS", "2027-05-01", "planned", true), of("a", "MD", "2025-05-01", "held", true), of("b", "MK", "2026-05-01", "held", true),
		of("c", "AL", "2026-06-01", "cancelled", true), of("b2", "MK", "2026-11-01", "held", true), of("e", "BG", "2026-07-01", "held", false), of("f", "", "2026-08-01", "held", true),
	}
	for today, want := range map[string]int{"2025-04-30": -1, "2025-05-01": 0, "2026-04-30": 0, "2026-11-30": 1, "2027-05-01": 2} {
		terms, now := meeting.Presidencies(all, today)
		if now != want || len(terms) != 3 || terms[0].Country != "MD" || terms[1].Country != "MK" || terms[1].From != "2026-05-01" || terms[2].Country != "RS" {
			t.Errorf("%s: %d of %+v, want %d", today, now, terms, want)
		}
	}
}
