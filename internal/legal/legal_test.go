package legal_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/legal"
	"github.com/opentrm/opentrm/internal/publication"
)

// Everything that comes with the program keeps the rules that people keep: no cell without source, citation and day, nothing of it verified by
// anybody, no name for a model without its author, no report without a finding.
func TestShippedSheetsKeepTheRules(t *testing.T) {
	all, cells := legal.Sheets(nil), 0
	for _, s := range all {
		raw, err := frame.Encode(s.Body)
		if err == nil {
			err = publication.CheckBody(publication.LegalModel, raw)
		}
		if err != nil {
			t.Errorf("%s: %v", s.Country, err)
		}
		for _, c := range s.Body.Rows("cells") {
			cells++
			if c.Word("source") == "" || c.Word("citation") == "" || c.Word("status") != "unverified" {
				t.Errorf("%s: %v", s.Country, c)
			}
		}
	}
	for _, c := range strings.Fields("AL BA BG HR XK MD ME MK RO RS SI FR SE NO IS") {
		if len(legal.Of(all, c)) != 1 {
			t.Errorf("%s has %d sheets", c, len(legal.Of(all, c)))
		}
	}
	if len(all) != 23 || cells < 60 {
		t.Errorf("%d sheets with %d cells", len(all), cells)
	}
	t.Logf("%d sheets with %d cells, none verified", len(all), cells)
}

// With all values of all cells changed at random the same countries and attributes stand in the same order: nothing is ranked by what a law says.
func TestNoOrderDependsOnACell(t *testing.T) {
	order := func(all []legal.Sheet) (out []string) {
		for _, s := range legal.Newest(all, "") {
			out = append(out, s.Country+s.Part)
		}
		for _, l := range legal.Compare(all) {
			out = append(out, l.Attribute)
		}
		return out
	}
	want := order(legal.Sheets(nil))
	if !slices.IsSorted(want[:23]) {
		t.Error("countries are not in order of letters")
	}
	r := rand.New(rand.NewPCG(7, 7))
	values := []string{"not-offence", "administrative", "criminal", "regulated", "municipal", "not-determined"}
	for range 50 {
		all := legal.Sheets(nil)
		for i, s := range all {
			b := publication.Body{}
			for k, v := range s.Body {
				b[k] = v
			}
			var cells []publication.Body
			for _, c := range s.Body.Rows("cells") {
				c.Set("value", values[r.IntN(len(values))])
				c.Set("status", []string{"verified", "unverified"}[r.IntN(2)])
				cells = append(cells, c)
			}
			b.Set("cells", cells)
			all[i].Body = b
		}
		if d := cmp.Diff(want, order(all)); d != "" {
			t.Fatalf("(-as shipped +changed)\n%s", d)
		}
	}
}

func kept(author id.Member, body string) publication.Kept {
	k := publication.Kept{Current: true}
	k.Record.Kind, k.Record.Member, k.Record.ID, k.Record.Body = publication.LegalModel, author, "0123456789abcdefghjkmnpqr0", json.RawMessage(body)
	return k
}

// What a country says of its own law goes before what others say, a later day before an earlier one, and what is withdrawn says nothing.
func TestTheSheetOfADay(t *testing.T) {
	cell := `{"attribute":"buying","checked":"2020-01-01","citation":"a","source":"b","status":"verified","value":"VALUE"}`
	sheet := func(day, value string) string {
		return `{"as-of":"` + day + `","cells":[` + strings.ReplaceAll(cell, "VALUE", value) + `],"country":"MK","labels":[{"by":"a","label":"b","source":"c","year":2000}]}`
	}
	withdrawn := kept("MK", sheet("2026-12-01", "regulated"))
	withdrawn.Record.Withdrawn = true
	all := legal.Sheets([]publication.Kept{
		kept("MK", sheet("2020-01-01", "not-offence")), kept("MK", sheet("2025-01-01", "criminal")), kept("RS", sheet("2026-11-20", "municipal")), withdrawn,
	})
	for day, want := range map[string]string{"": "criminal", "2019-12-31": "none", "2020-01-01": "not-offence", "2024-12-31": "not-offence", "2025-06-01": "criminal"} {
		got := "none"
		for _, s := range legal.Newest(all, day) {
			if s.Country == "MK" {
				got = s.Cell("buying").Word("value")
			}
		}
		if got != want {
			t.Errorf("on %q it is %s, want %s", day, got, want)
		}
	}
	mk := legal.Of(all, "MK")
	if d := legal.Differ(mk[0], mk[1]); len(d) != 1 || d[0].Attribute != "buying" {
		t.Errorf("%+v", d)
	}
	if d := legal.Differ(mk[0], mk[0]); len(d) != 0 {
		t.Errorf("a sheet differs from itself: %+v", d)
	}
	codes := map[string]int{}
	for _, l := range mk[0].Lacks(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		codes[l.Code] = l.Count
	}
	if d := cmp.Diff(map[string]int{legal.Stale: 1, legal.OneLabel: 1, legal.Empty: len(legal.Attributes()) - 1}, codes); d != "" {
		t.Error(d)
	}
	france := legal.Of(all, "FR")[0].Lacks(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
	if !slices.ContainsFunc(france, func(l legal.Lack) bool { return l.Code == legal.OneSided }) {
		t.Errorf("that only one side was read is not said: %+v", france)
	}
}
