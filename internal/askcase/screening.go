package askcase

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/screening"
)

// ScreeningCommand is "opentrm screening" with what stands below it.
type ScreeningCommand struct {
	Indicators screeningIndicators `cmd:"" help:"List indicators, rules and observations with their source and status."`
	Judge      screeningJudge      `cmd:"" help:"Say which rules a sheet of answers meets. Nothing is kept or sent."`
}

type screeningIndicators struct{}

// worded is an item of the data with its origin and its words.
type worded[T any] struct {
	Item   T                `json:"item"`
	Origin screening.Origin `json:"origin"`
	Words  string           `json:"words"`
}

// wordedAll gives every item its origin and its words; of says which they are.
func wordedAll[T any](d screening.Data, p *lang.Printer, items []T, of func(T) (origin, text string)) []worded[T] {
	out := make([]worded[T], len(items))
	for i, item := range items {
		origin, text := of(item)
		out[i] = worded[T]{item, d.Of(origin), p.Text(text)}
	}
	return out
}

func (*screeningIndicators) Run(s *console.Screen) error {
	d, err := screening.Shipped()
	if err != nil {
		return err
	}
	p := s.Printer()
	var out struct {
		Version        int64                             `json:"version"`
		Sets           []worded[screening.Set]           `json:"sets"`
		Indicators     []worded[screening.Indicator]     `json:"indicators"`
		DimensionRules []worded[screening.DimensionRule] `json:"dimension_rules"`
		WholeRules     []worded[screening.WholeRule]     `json:"whole_rules"`
		Observations   []worded[screening.Observation]   `json:"observations"`
	}
	out.Version = d.Version
	out.Sets = wordedAll(d, p, d.Sets, func(x screening.Set) (string, string) { return x.Origin, x.Text })
	out.Indicators = wordedAll(d, p, d.Indicators, func(x screening.Indicator) (string, string) { return x.Origin, x.Text })
	out.DimensionRules = wordedAll(d, p, d.DimensionRules, func(x screening.DimensionRule) (string, string) { return x.Origin, x.Text })
	out.WholeRules = wordedAll(d, p, d.WholeRules, func(x screening.WholeRule) (string, string) { return x.Origin, x.Text })
	out.Observations = wordedAll(d, p, d.Observations, func(x screening.Observation) (string, string) { return x.Origin, x.Text })
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "version\t%d\n%s\n\nSET\tINDICATORS\tSTATUS\tWORDS\n", d.Version, p.Text("screening.only"))
		for _, x := range out.Sets {
			words := x.Words
			if len(d.In(x.Item.Form)) == 0 {
				words += ". " + p.Text("screening.not-loaded")
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", x.Item.Form, len(d.In(x.Item.Form)), x.Origin.Status, words)
		}
		fmt.Fprintln(w, "\nINDICATOR\tSET\tDIMENSION\tSTRENGTH\tSTATUS\tWORDS")
		for _, x := range out.Indicators {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", x.Item.ID, x.Item.Form, x.Item.Dimension, x.Item.Strength, x.Origin.Status, x.Words)
		}
		fmt.Fprintln(w, "\nRULE\tNEEDS\tSTATUS\tWORDS")
		for _, x := range out.DimensionRules {
			fmt.Fprintf(w, "%s\t%v\t%s\t%s\n", x.Item.Key, x.Item.Needs, x.Origin.Status, x.Words)
		}
		for _, x := range out.WholeRules {
			fmt.Fprintf(w, "%s\t%v\t%s\t%s\n", x.Item.Key, x.Item.Needs, x.Origin.Status, x.Words)
		}
		fmt.Fprintln(w, "\nOBSERVATION\tGROUP\tSTATUS\tWORDS")
		for _, x := range out.Observations {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.Item.ID, x.Item.Group, x.Origin.Status, x.Words)
		}
	})
}

type screeningJudge struct {
	File string `arg:"" type:"path" help:"Sheet of answers, spec/screening.md; - for standard input."`
}

func (c *screeningJudge) Run(s *console.Screen) error {
	sheet, result, err := judged(s, c.File)
	if err != nil {
		return err
	}
	return s.Print(judgedSheet{Sheet: sheet, Result: result}, func(w io.Writer) { suggest(w, s.Printer(), sheet, result) })
}

// judgedSheet is a sheet, its result, and the record that keeps both, if one does.
type judgedSheet struct {
	Record id.Record        `json:"record,omitempty"`
	Sheet  screening.Sheet  `json:"sheet"`
	Result screening.Result `json:"result"`
}

// judged reads a sheet and judges it.
func judged(s *console.Screen, file string) (screening.Sheet, screening.Result, error) {
	d, err := screening.Shipped()
	if err != nil {
		return screening.Sheet{}, screening.Result{}, err
	}
	b, err := console.ReadFile(s, file)
	if err != nil {
		return screening.Sheet{}, screening.Result{}, err
	}
	sheet, err := d.ParseSheet(b)
	if err != nil {
		return screening.Sheet{}, screening.Result{}, err
	}
	result, err := d.Judge(sheet)
	if err != nil {
		return screening.Sheet{}, screening.Result{}, err
	}
	return sheet, result, screening.Apart(sheet, result)
}

// suggest writes a result for people, with the answers that it rests on and what a professional holds instead.
func suggest(w io.Writer, p *lang.Printer, sheet screening.Sheet, r screening.Result) {
	fmt.Fprintf(w, "suggestion\t%s\t%s\n", r.Suggestion, p.Text("screening.suggestion."+string(r.Suggestion)))
	if r.Rule != "" {
		fmt.Fprintf(w, "rule\t%s\t%s\n", r.Rule, p.Text("screening.rule."+r.Rule))
		fmt.Fprintf(w, "rests on\t%s\n", strings.Join(r.Rests, " "))
	}
	if x := sheet.Disagreement; x != nil {
		fmt.Fprintf(w, "disagreement\t%s\t%s\n", x.Suggestion, strings.ReplaceAll(x.Reason, "\n", " "))
	}
	fmt.Fprintln(w, p.Text("screening.only"))
	if !r.Verified {
		fmt.Fprintln(w, p.Text("screening.not-verified"))
	}
	fmt.Fprintln(w, "\nDIMENSION\tRULE\tBECAUSE\tYES\tNO\tNOT SURE\tNOT ASKED\tDECLINED\tUNSAFE")
	for _, m := range r.Dimensions {
		rule, because := "-", "-"
		if m.Met {
			rule, because = m.Rule, strings.Join(m.Because, " ")
		}
		n := m.Counts
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", m.Dimension, rule, because, n[screening.Yes], n[screening.No],
			n[screening.NotSure], n[screening.NotAsked], n[screening.Declined], n[screening.Unsafe])
	}
}

type caseScreen struct {
	console.OneCase
	File string `arg:"" type:"path" help:"Sheet of answers, spec/screening.md; - for standard input."`
}

func (c *caseScreen) Run(s *console.Screen) error {
	sheet, result, err := judged(s, c.File)
	if err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		ID id.Record `json:"id"`
	}
	if err := node.Call(http.MethodPost, path+"/screenings", sheet, &out); err != nil {
		return err
	}
	return s.Print(judgedSheet{out.ID, sheet, result}, func(w io.Writer) {
		fmt.Fprintf(w, "record\t%s\n", out.ID)
		suggest(w, s.Printer(), sheet, result)
	})
}

type caseScreenings struct {
	console.OneCase
}

func (c *caseScreenings) Run(s *console.Screen) error {
	return c.Show(s, "/screenings")
}
