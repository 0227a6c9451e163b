package followup_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/followup"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
)

func record(name string, kind publication.Kind, by id.Member, body string) publication.Kept {
	k := publication.Kept{Current: true, Hash: name}
	k.Record.ID, k.Record.Kind, k.Record.Member, k.Record.Body = id.Publication(name), kind, by, []byte(body)
	return k
}

// What is overdue comes first; each country answers for itself, by a measure or directly, and the last answer counts.
func TestWhatBecameOfIt(t *testing.T) {
	items := []publication.Kept{
		record("later", publication.Conclusion, "MK", `{"whom":"all","due":"2026-12-31"}`),
		record("open", publication.Recommendation, "MK", `{"whom":"countries","countries":["MD"]}`),
		record("late", publication.Conclusion, "MK", `{"whom":"countries","countries":["MD","RS"],"due":"2026-01-31"}`),
		record("settled", publication.Recommendation, "MK", `{"whom":"countries","countries":["RS"],"due":"2026-01-31"}`),
		record("nobody", publication.Conclusion, "MK", `{"whom":"secretariat","due":"2026-01-31"}`),
	}
	gone := record("gone", publication.Conclusion, "MK", `{"whom":"all","due":"2020-01-01"}`)
	gone.Record.Withdrawn = true
	measures := []publication.Kept{
		record("m", publication.Measure, "RS", `{"of":"settled","country":"RS"}`),
		record("forged", publication.Measure, "MK", `{"of":"late","country":"RS"}`),
	}
	report := func(n int64, by, country, of, until, status string) publication.Kept {
		k := record(fmt.Sprint(n), publication.Progress, id.Member(by), fmt.Sprintf(`{"of":%q,"country":%q,"until":%q,"status":%q}`, of, country, until, status))
		k.Record.Seq = n
		return k
	}
	taken := report(9, "RS", "RS", "late", "2026-02-28", "done")
	taken.Record.Withdrawn = true
	reports := []publication.Kept{
		report(1, "RS", "RS", "m", "2026-01-01", "done"),
		report(2, "MD", "MD", "late", "2026-02-01", "done"), report(3, "MD", "MD", "late", "2025-12-01", "partly"),
		report(4, "MK", "RS", "late", "2026-02-01", "done"), // nobody answers for another
		report(5, "RS", "RS", "late", "2026-01-15", "under-way"), report(6, "RS", "RS", "late", "2026-01-15", "partly"), taken,
	}
	all := followup.Follow(append(items, gone), measures, reports, []id.Member{"RS", "MK", "MD"}, "2026-03-01")
	var got []string
	for _, i := range all {
		s := fmt.Sprintf("%s due %q overdue %t settled %d:", i.Kept.Record.ID, i.Due, i.Overdue, i.Settled)
		for _, a := range i.Answers {
			s += fmt.Sprintf(" %s %q %d", a.Country, a.Status, len(a.Measures))
		}
		got = append(got, s)
	}
	want := []string{
		`late due "2026-01-31" overdue true settled 1: MD "done" 0 RS "partly" 0`,
		`nobody due "2026-01-31" overdue true settled 0:`,
		`settled due "2026-01-31" overdue false settled 1: RS "done" 1`,
		`later due "2026-12-31" overdue false settled 0: MD "" 0 MK "" 0 RS "" 0`,
		`open due "" overdue false settled 0: MD "" 0`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if late := followup.Overdue(all); len(late) != 2 || late[0].Kept.Record.ID != "late" {
		t.Errorf("%d for the next meeting", len(late))
	}
}
