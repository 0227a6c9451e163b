package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/link"
	"github.com/opentrm/opentrm/internal/sheet"
)

// write writes which record is of which group, which pairs somebody should look at and why, and a report in words. None of them has what the
// records say of anybody; what identifies a record does.
func (c *linkCommand) write(s *console.Screen, r *link.Result, in *input, out *linked) error {
	if err := os.Mkdir(c.Out, 0o700); err != nil {
		return fault.Wrap(fault.Invalid, "link.out", err)
	}
	words := s.Printer()
	groups := [][]string{{"record", "group"}}
	for i, g := range r.Cluster {
		groups = append(groups, []string{in.ids[i], in.ids[g]})
	}
	pairs := [][]string{{"record", "other", "probability", "bits", "zone", "evidence", "in words"}}
	for _, p := range r.Pairs {
		var codes, why []string
		for _, e := range r.Explain(p.A, p.B) {
			codes = append(codes, e.String())
			if e.Level != "straight" {
				why = append(why, because(words, e)+" ("+bitsOf(words, e.Bits)+")")
			}
		}
		zone := "look"
		if p.Sure() {
			zone = "sure"
		}
		pairs = append(pairs, []string{in.ids[p.A], in.ids[p.B], strconv.FormatFloat(p.P, 'f', 4, 64), strconv.FormatFloat(p.Bits, 'f', 1, 64), zone, strings.Join(codes, "; "), strings.Join(why, "; ")})
	}
	files := map[string][]byte{"report.txt": []byte(c.report(words, r, out))}
	for name, rows := range map[string][][]string{"groups.csv": groups, "pairs.csv": pairs} {
		b, err := sheet.WriteCSV(rows)
		if err != nil {
			return err
		}
		files[name] = b
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(c.Out, name), b, 0o600); err != nil {
			return fault.Wrap(fault.Invalid, "link.out", err)
		}
	}
	return nil
}

// report says in words what was read and found, and what each column says.
func (c *linkCommand) report(words *lang.Printer, r *link.Result, out *linked) string {
	number := func(n int) string { return words.Number(int64(n)) }
	lines := []string{
		words.Text("link.report.read", "n", number(out.Records), "broken", number(out.Broken)),
		words.Text("link.report.groups", "n", number(out.Groups)),
		words.Text("link.report.persons", "n", number(out.Likeliest), "low", number(out.Low), "high", number(out.High)),
		words.Text("link.report.pairs", "n", number(out.Pairs), "sure", number(out.Sure)),
	}
	if out.F1 != nil {
		lines = append(lines, words.Text("link.report.judged", "column", c.Truth, "precision", words.Decimal(*out.Precision, 4), "recall", words.Decimal(*out.Recall, 4), "f1", words.Decimal(*out.F1, 4)))
	}
	lines = append(lines, "", words.Text("link.report.never"), "", words.Text("link.report.columns"), "")
	for _, e := range r.Says() {
		if e.Level != "straight" {
			lines = append(lines, bitsOf(words, e.Bits)+"\t"+because(words, e))
		}
	}
	return "\ufeff" + strings.Join(lines, "\r\n") + "\r\n" // as the programs of an office read it
}

// bitsOf writes bits with their sign.
func bitsOf(words *lang.Printer, bits float64) string {
	sign := "+"
	if bits < 0 {
		sign, bits = "−", -bits
	}
	return sign + words.Decimal(bits, 1)
}

// because says in words what one column says.
func because(words *lang.Printer, e link.Evidence) string {
	key := "link.why." + e.Level
	switch e.Kind {
	case link.Birth:
		key = map[string]string{
			"same": "search.why.birth.same", "day-and-month-swapped": "search.why.birth.turned", "one-digit": "search.why.birth.digit", "year-and-one": "search.why.birth.year-and-one",
			"year-in-part": "search.why.birth.year", "day-and-month": "search.why.birth.day-and-month", "year": "search.why.birth.year-only", "next-year": "search.why.birth.near",
			"near-year": "link.why.near-year", "differ": "search.why.birth.differ",
		}[e.Level]
	case link.Sex:
		key = "search.why.sex." + e.Level
	}
	switch {
	case e.Level == "swapped":
		return words.Text("link.why.swapped")
	case e.Level == "bounded" || e.Kind == "bounded":
		return words.Text("link.why.bounded")
	}
	return fmt.Sprintf("%s: %s", e.Column, words.Text(key))
}
