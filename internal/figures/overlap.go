package figures

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/attack"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
)

// months reads the first and the last month that a release counts, as numbers; there is false if neither is said.
//
// It fails with [fault.Invalid] "disclosure.months".
func months(from, to string) (span attack.Span, there bool, err error) {
	if from == "" && to == "" {
		return span, false, nil
	}
	first, err1 := time.Parse("2006-01", from)
	last, err2 := time.Parse("2006-01", to)
	if err1 != nil || err2 != nil || last.Before(first) {
		return span, false, fault.New(fault.Invalid, "disclosure.months")
	}
	of := func(t time.Time) int { return t.Year()*12 + int(t.Month()) - 1 }
	return attack.Span{From: of(first), To: of(last)}, true, nil
}

// subjectTables is the releases of one subject, the oldest first, and the months that the last of them counts.
type subjectTables struct {
	span     attack.Span
	releases []*public
}

// examineAll attacks published tables, of one subject or of several whose months overlap.
func (c *releaseCommand) examineAll(s *console.Screen, past, now []*public) (*examined, error) {
	var subjects []string
	all := slices.Concat(past, now)
	for _, p := range all {
		if p.about != nil {
			subjects = union(subjects, p.about.Subject)
		}
	}
	if len(subjects) < 2 {
		return c.examine(s, past, now)
	}
	var out *examined
	var together []subjectTables
	for _, subject := range subjects {
		var mine []*public
		for _, p := range all {
			if p.about == nil {
				return nil, fault.New(fault.Invalid, "disclosure.other") // whose persons it is about nobody can tell
			}
			if p.about.Subject == subject {
				mine = append(mine, p)
			}
		}
		found, err := c.examine(s, nil, mine)
		if err != nil {
			return nil, err
		}
		last := mine[len(mine)-1].about
		span, there, err := months(last.From, last.To)
		if err != nil || !there {
			return nil, fault.New(fault.Invalid, "disclosure.other")
		}
		span.Name = subject
		together = append(together, subjectTables{span, mine})
		if out == nil {
			out = found
			continue
		}
		out.add(found)
	}
	return out, c.together(s, together, out)
}

// beside attacks a release together with the newest of every other subject of the ledger whose months overlap with its own.
func (c *releaseCommand) beside(s *console.Screen, own []*public, ledger *disclosure.Ledger, out *examined) error {
	span, there, err := months(c.From, c.To)
	if err != nil || !there {
		return err
	}
	span.Name = c.Subject
	all := []subjectTables{{span, own}}
	var seen []string
	for _, r := range ledger.Releases {
		if r.Subject == c.Subject || slices.Contains(seen, r.Subject) {
			continue
		}
		seen = append(seen, r.Subject)
		past := ledger.Of(r.Subject)
		last := past[len(past)-1]
		other, there, err := months(last.From, last.To)
		if err != nil {
			return err
		}
		if !there || !other.Overlaps(span) {
			continue
		}
		other.Name = r.Subject
		var theirs []*public
		for i, p := range past {
			theirs = append(theirs, again(p, past[:i]))
		}
		all = append(all, subjectTables{other, theirs})
	}
	if len(all) == 1 {
		return nil
	}
	return c.together(s, all, out)
}

// together attacks subjects whose months overlap as one, and adds to what was found.
func (c *releaseCommand) together(s *console.Screen, all []subjectTables, out *examined) error {
	var columns []string
	var spans []attack.Span
	for _, a := range all {
		columns = union(columns, a.releases[len(a.releases)-1].columns...)
		spans = append(spans, a.span)
	}
	var dims []attack.Dimension
	for _, col := range columns {
		var answers []string
		for _, a := range all {
			for _, p := range a.releases {
				if at := slices.Index(p.columns, col); at >= 0 {
					for _, e := range p.entries {
						if e.where[at] != total {
							answers = union(answers, e.where[at])
						}
					}
				}
			}
		}
		dims = append(dims, attack.All(col, total, answers...))
	}
	t, err := attack.New(append(dims, attack.Periods("months", spans...))...)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := a.state(t, columns); err != nil {
			return err
		}
	}
	report, err := t.Run(s.Context, out.Small, nil)
	if err != nil {
		return err
	}
	found := &examined{Cells: report.Cells, Open: report.Open, Recovered: report.Recovered, Unproved: report.Unproved, Programs: report.Programs}
	if report.Against != nil {
		found.Against = [][]string{report.Against}
	}
	out.add(found)
	return nil
}

// state says what the newest release of a subject tells of each cell, with those before it.
func (a *subjectTables) state(t *attack.Tables, columns []string) error {
	shown := map[string][]int64{} // of an inner cell of a rounded table
	for i, p := range a.releases {
		newest := i == len(a.releases)-1
		for _, e := range p.entries {
			where := make([]string, 0, len(columns)+1)
			for _, col := range columns {
				word := total
				if at := slices.Index(p.columns, col); at >= 0 {
					word = e.where[at]
				}
				where = append(where, word)
			}
			where = append(where, a.span.Name)
			low, high := e.low, e.high
			if p.about.Method == disclosure.Rounded {
				if totals(e) > 0 {
					continue // made of what is published
				}
				key := strings.Join(where, "\x00")
				for len(shown[key]) < i {
					shown[key] = append(shown[key], 0) // a value that there was not
				}
				shown[key] = append(shown[key], e.low)
				low, high = attack.Since(p.about.Base, shown[key]...)
			}
			if !newest {
				continue
			}
			if err := t.State(attack.Statement{Where: where, Low: low, High: high}); err != nil {
				return err
			}
		}
	}
	return nil
}

// add takes what another attack has found.
func (e *examined) add(o *examined) {
	e.Cells += o.Cells
	e.Open += o.Open
	e.Hidden += o.Hidden
	e.Found += o.Found
	e.Programs += o.Programs
	e.Recovered = append(e.Recovered, o.Recovered...)
	e.Unproved = append(e.Unproved, o.Unproved...)
	e.Against = append(e.Against, o.Against...)
	e.Safe = len(e.Recovered)+len(e.Unproved)+len(e.Against) == 0
}
