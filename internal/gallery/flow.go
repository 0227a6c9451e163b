package gallery

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/chart"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/published"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Flow is how many persons or referrals went from one country to another: at least and at most. The two are one where the number is told.
type Flow struct {
	From, To    string
	Least, Most int
}

// said writes a number, or between what it lies.
func (f Flow) said(words *lang.Printer) string {
	if f.Least == f.Most {
		return words.Number(int64(f.Least))
	}
	return words.Number(int64(f.Least)) + "–" + words.Number(int64(f.Most))
}

// Flows is a map with an arrow for each flow between two countries, and a table of all of them, those that stay within one country too.
func Flows(words *lang.Printer, id, title string, flows []Flow, notes ...string) Picture {
	p := Picture{ID: id, Title: title, Notes: notes, Head: []string{words.Text("figure.from"), words.Text("figure.to"), words.Text("figure.number")}}
	p.Data = [][]string{{"from", "to", "least", "most"}}
	flows = slices.Clone(flows)
	sorting.Stable(flows, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(b.Most, a.Most), cmp.Compare(b.Least, a.Least), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	places, all := map[string]chart.Place{}, []chart.Flow(nil)
	for _, s := range chart.Region().Shapes {
		if s.X == 0 {
			continue
		}
		letters := s.Code
		if words.CountryNote(s.Code) != "" {
			letters += "*"
		}
		places[s.Code] = chart.Place{Letters: letters}
		p.Areas = append(p.Areas, s.Code)
	}
	for i, f := range flows {
		p.Rows = append(p.Rows, []string{words.CountryName(f.From), words.CountryName(f.To), f.said(words)})
		p.Data = append(p.Data, []string{f.From, f.To, strconv.Itoa(f.Least), strconv.Itoa(f.Most)})
		p.Areas = append(p.Areas, f.From, f.To)
		if i < 12 {
			p.Said += words.Text("figure.flow", "from", words.CountryName(f.From), "to", words.CountryName(f.To), "n", f.said(words)) + " "
		}
		for _, code := range []string{f.From, f.To} {
			if at, ok := places[code]; ok {
				at.Strong = true
				places[code] = at
			}
		}
		all = append(all, chart.Flow{From: f.From, To: f.To, Size: float64(f.Least+f.Most) / 2, Said: f.said(words)})
	}
	if len(flows) == 0 {
		p.Said = words.Text("figure.flow.none")
	} else if len(flows) > 12 {
		p.Said += words.Text("figure.flow.more", "n", words.Number(int64(len(flows)-12)))
	}
	p.Notes = append(slices.Clone(notes), words.Text("figure.note.map"))
	if note := words.CountryNote(p.Areas...); note != "" && !strings.Contains(strings.Join(notes, " "), note) {
		p.Notes = append(p.Notes, note)
	}
	p.draw = func(f chart.Frame) []byte { return chart.Flows(f, all, places, nil) }
	return p
}

// Origins is where persons came from who were detected in the network, of published numbers: by citizenship, of which countries are in the network. Hidden
// numbers stay intervals.
//
// It fails as the file that is read; what is in the program is read by its test.
func Origins(words *lang.Printer) (Picture, error) {
	g, err := published.NewGlotip(published.Origins())
	if err != nil {
		return Picture{}, err
	}
	sums := map[[2]string]published.Count{}
	from, to := 0, 0
	t, err := published.Load(g, nil)
	if err != nil {
		return Picture{}, err
	}
	for k, counts := range t {
		at, known := published.AreaOf(published.SchemeGlotip, k.Area)
		if !known || k.Dimension != published.ByCitizen || k.Sex != published.All || k.Age != published.All || k.Category == at {
			continue
		}
		sum := sums[[2]string{k.Category, at}]
		for _, c := range counts {
			sum.Least, sum.Most = sum.Least+c.Least, sum.Most+c.Most
		}
		sums[[2]string{k.Category, at}] = sum
		if from == 0 || k.Year < from {
			from = k.Year
		}
		to = max(to, k.Year)
	}
	var flows []Flow
	for pair, n := range sums {
		flows = append(flows, Flow{pair[0], pair[1], n.Least, n.Most})
	}
	sorting.By(flows, func(a, b Flow) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	region, err := published.RegionCalled("network")
	if err != nil {
		return Picture{}, err
	}
	title := words.Text("figure.title.origin", "span", strconv.Itoa(from)+"–"+strconv.Itoa(to))
	return Flows(words, "origin", title, flows, words.Text("figure.note.origin", "few", few), words.Text("figure.note.detected"), credit(words, region)), nil
}
