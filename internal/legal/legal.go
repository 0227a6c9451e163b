// Package legal compares what the laws of countries say about prostitution, in the attributes of one neutral table.
//
// A [Sheet] is the law of one country as it stood on a day: a publication of a member, or one of those that come with the program, which nobody has
// confirmed. Every cell has a source, a day on which it was last looked at, and whether somebody has verified it. Nothing here counts, weighs or
// orders countries by what a cell says, and no model is recommended: countries stand in order of their letters, attributes in the order of the
// specification (spec/publication.md 6). A name for a model stands beside the author who gave it, and a report with what it found for and against.
package legal

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/sorting"
)

// sheets are what comes with the program: what could be read in secondary sources, each cell with its source, all unverified.
//
//go:embed data/sheets.json
var sheets []byte

// Sheet is the law of one country, as it stood on a day.
type Sheet struct {
	Country string
	Part    string // of the country; empty: all of it
	AsOf    string // day
	Body    publication.Body
	ID      id.Publication // empty: came with the program, and is nobody's word
	Member  id.Member      // who published it
}

// Line is one attribute in several sheets; a sheet that says nothing of it has nil.
type Line struct {
	Attribute string
	Cells     []publication.Body
}

// Lack is something that a sheet should have and has not, by a code with how often.
type Lack struct {
	Code  string
	Count int
}

// The codes of a lack.
const (
	Unverified = "unverified" // cells that nobody has verified
	Stale      = "stale"      // cells that were not looked at for a year
	OneSided   = "one-sided"  // there are findings of one kind only
	OneLabel   = "one-label"  // one author names the model, and others may name it otherwise
	Empty      = "empty"      // attributes of which the sheet says nothing
)

var shipped = sync.OnceValue(func() []Sheet {
	var bodies []publication.Body
	_ = json.Unmarshal(sheets, &bodies) // TestShippedSheetsKeepTheRules reads them
	var all []Sheet
	for _, b := range bodies {
		all = append(all, sheetOf(b))
	}
	return all
})

func sheetOf(b publication.Body) Sheet {
	return Sheet{Country: b.Word("country"), Part: b.Word("part"), AsOf: b.Word("as-of"), Body: b}
}

// Sheets puts what members have published together with what comes with the program, in order of countries, parts and days.
func Sheets(kept []publication.Kept) []Sheet {
	all := slices.Clone(shipped())
	for _, k := range kept {
		if k.Record.Kind != publication.LegalModel || k.Record.Withdrawn || !k.Current {
			continue
		}
		s := sheetOf(publication.ReadBody(k.Record.Body))
		if s.Country != "" {
			s.ID, s.Member = k.Record.ID, k.Record.Member
			all = append(all, s)
		}
	}
	sorting.By(all, func(a, b Sheet) int {
		return cmp.Or(cmp.Compare(a.Country, b.Country), cmp.Compare(a.Part, b.Part), cmp.Compare(a.AsOf, b.AsOf), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Of are the sheets of one country, oldest first.
func Of(all []Sheet, country string) []Sheet {
	var out []Sheet
	for _, s := range all {
		if s.Country == country {
			out = append(out, s)
		}
	}
	return out
}

// Newest returns for each country, and each part that has a sheet of its own, the sheet that tells how its law stood on a day; "" is now. What the country
// itself has published goes before what others have, and both before what came with the program. The order is that of the countries.
func Newest(all []Sheet, day string) []Sheet {
	var out []Sheet
	for _, s := range all {
		if day != "" && s.AsOf > day {
			continue
		}
		last := len(out) - 1
		if last < 0 || out[last].Country != s.Country || out[last].Part != s.Part {
			out = append(out, s)
		} else if s.rank() >= out[last].rank() {
			out[last] = s
		}
	}
	return out
}

// rank is how near the writer of a sheet is to the law that it is about. It says nothing of the law.
func (s Sheet) rank() int {
	switch {
	case s.ID == "":
		return 0
	case string(s.Member) == s.Country:
		return 2
	}
	return 1
}

// Attributes are the attributes of the table, in the order of the specification.
func Attributes() []string {
	for _, p := range publication.ShapeOf(publication.LegalModel) {
		for _, q := range p.Rows {
			if q.Name == "attribute" {
				return q.Of
			}
		}
	}
	return nil
}

// Cell is what a sheet says of an attribute; nil if nothing.
func (s Sheet) Cell(attribute string) publication.Body {
	for _, c := range s.Body.Rows("cells") {
		if c.Word("attribute") == attribute {
			return c
		}
	}
	return nil
}

// Compare puts sheets side by side: a line for each attribute of which one of them says something. The order of the sheets stays.
func Compare(all []Sheet) []Line {
	var out []Line
	for _, a := range Attributes() {
		l, any := Line{Attribute: a}, false
		for _, s := range all {
			c := s.Cell(a)
			l.Cells, any = append(l.Cells, c), any || c != nil
		}
		if any {
			out = append(out, l)
		}
	}
	return out
}

// Differ are the attributes of which two sheets say something else: another value, another text or another law. Who has checked it when is no difference.
func Differ(before, after Sheet) []Line {
	var out []Line
	for _, l := range Compare([]Sheet{before, after}) {
		for _, part := range []string{"value", "text", "citation"} {
			if string(l.Cells[0][part]) != string(l.Cells[1][part]) {
				out = append(out, l)
				break
			}
		}
	}
	return out
}

// Lacks is what a sheet should have and has not, on a day. None of it says whether the law is good.
func (s Sheet) Lacks(today time.Time) []Lack {
	count := map[string]int{}
	year := today.AddDate(-1, 0, 0).Format(time.DateOnly)
	cells := s.Body.Rows("cells")
	for _, c := range cells {
		if c.Word("status") != "verified" {
			count[Unverified]++
		}
		if c.Word("checked") < year {
			count[Stale]++
		}
	}
	count[Empty] = len(Attributes()) - len(cells)
	var supports, criticises bool
	for _, r := range s.Body.Rows("reports") {
		supports = supports || len(r.Texts("supportive")) > 0
		criticises = criticises || len(r.Texts("critical")) > 0
	}
	if supports != criticises {
		count[OneSided] = 1
	}
	if len(s.Body.Rows("labels")) == 1 {
		count[OneLabel] = 1
	}
	var out []Lack
	for _, code := range []string{Unverified, Stale, OneSided, OneLabel, Empty} {
		if count[code] > 0 {
			out = append(out, Lack{code, count[code]})
		}
	}
	return out
}
