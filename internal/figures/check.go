package figures

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/attack"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
)

// examined is what is printed of an attack.
type examined struct {
	Safe      bool             `json:"safe"`
	Small     int64            `json:"small"` // counts from 1 to one less are small
	Cells     int              `json:"cells"`
	Open      int              `json:"open"` // cells of which no number is published and that could be small
	Hidden    int              `json:"hidden"`
	Found     int              `json:"hidden_recovered"` // of the hidden ones
	Columns   []string         `json:"columns"`
	Recovered []attack.Finding `json:"recovered"`
	Unproved  []attack.Finding `json:"unproved"`
	Against   [][]string       `json:"contradictions"`
	Programs  int              `json:"linear_programs"`
	Width     float64          `json:"mean_width"`
}

// check examines published tables.
func (c *releaseCommand) check(s *console.Screen) error {
	var all, past []*public
	for _, list := range []struct {
		files []string
		to    *[]*public
	}{{c.Past, &past}, {c.Files, &all}} {
		for _, f := range list.files {
			p, err := c.readPublic(s, f)
			if err != nil {
				return err
			}
			*list.to = append(*list.to, p)
		}
	}
	if len(c.Files) == 0 {
		p, err := c.ownTable(s)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	out, err := c.examineAll(s, past, all)
	if err != nil {
		return err
	}
	if err := c.show(s, out); err != nil {
		return err
	}
	if !out.Safe {
		return console.Unverified(nil)
	}
	return nil
}

func (c *releaseCommand) show(s *console.Screen, out *examined) error {
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "cells\t%d\nhidden\t%d\nof them recovered\t%d\nlinear programs\t%d\n", out.Cells, out.Hidden, out.Found, out.Programs)
		const most = 50
		for _, list := range []struct {
			head string
			all  []attack.Finding
		}{{"RECOVERED", out.Recovered}, {"NOT PROVED OPEN", out.Unproved}} {
			if len(list.all) > 0 {
				fmt.Fprintf(w, "\n%s\t%s\n", list.head, strings.Join(out.Columns, ", "))
			}
			for i, f := range list.all {
				if i == most {
					fmt.Fprintf(w, "…\t+%d\n", len(list.all)-most)
					break
				}
				fmt.Fprintf(w, "%d\t%s\n", f.Count, f)
			}
		}
		n := strconv.Itoa
		fmt.Fprintln(w)
		switch text := s.Printer().Text; {
		case out.Safe:
			fmt.Fprintln(w, text("disclosure.safe", "n", n(out.Cells)))
		default:
			fmt.Fprintln(w, text("disclosure.gives", "n", n(len(out.Recovered))))
			fmt.Fprintln(w, text("disclosure.unproved", "n", n(len(out.Unproved))))
			fmt.Fprintln(w, text("disclosure.against", "n", n(len(out.Against))))
		}
	})
}

// examine attacks everything that is public at once: past tables in the order in which they came, then those of now.
func (c *releaseCommand) examine(s *console.Screen, past, now []*public) (*examined, error) {
	releases, own, err := inOrder(past, now)
	if err != nil {
		return nil, err
	}
	out := &examined{Safe: true, Small: int64(c.Small), Recovered: []attack.Finding{}, Unproved: []attack.Finding{}, Against: [][]string{}}
	for _, p := range slices.Concat(past, now) {
		out.Columns = union(out.Columns, p.columns...)
		if p.about != nil && p.about.Method == disclosure.Rounded {
			out.Small = p.about.Base
		}
		if p.about != nil && p.about.Small > 0 {
			out.Small = p.about.Small
		}
	}
	bar := s.Progress("attack")
	defer bar.End()
	groups, apart := strata(releases, out.Columns)
	for i, g := range groups {
		if err := c.besiege(s.Context, g, apart, own, out); err != nil {
			return nil, err
		}
		bar.At(int64(i+1), int64(len(groups)))
	}
	if len(releases) > 1 {
		out.Columns = append(out.Columns, "release")
	}
	out.Safe = len(out.Recovered)+len(out.Unproved)+len(out.Against) == 0
	return out, nil
}

// inOrder puts tables of one release together. Our own say to which they belong, and what others published is about the persons of the last of them; without
// any of our own, tables are past, one after the other, or of now.
func inOrder(past, now []*public) (releases [][]*public, own bool, err error) {
	all := slices.Concat(past, now)
	for _, p := range all {
		own = own || p.about != nil
	}
	if !own {
		for _, p := range past {
			releases = append(releases, []*public{p})
		}
		return append(releases, now), false, nil
	}
	var names []string
	var others []*public
	first := all[slices.IndexFunc(all, func(p *public) bool { return p.about != nil })]
	for _, p := range all {
		if p.about == nil {
			others = append(others, p)
			continue
		}
		if p.about.Subject != first.about.Subject || slices.Contains(names, p.about.Name) {
			return nil, false, fault.New(fault.Invalid, "disclosure.other")
		}
		if !slices.Equal(p.about.Previous, names) {
			for _, name := range p.about.Previous {
				if !slices.Contains(names, name) {
					return nil, false, fault.New(fault.Invalid, "disclosure.past").With("name", name)
				}
			}
			return nil, false, fault.New(fault.Invalid, "disclosure.other")
		}
		names = append(names, p.about.Name)
		releases = append(releases, []*public{p})
	}
	releases[len(releases)-1] = append(releases[len(releases)-1], others...)
	return releases, true, nil
}

// strata takes tables apart by the columns in which no table has a sum: nothing can be computed from one value of such a column to another. It returns
// the tables of each group, and which columns are apart.
func strata(releases [][]*public, columns []string) (groups [][][]*public, apart []string) {
	for _, col := range columns {
		sums := false
		for _, p := range slices.Concat(releases...) {
			at := slices.Index(p.columns, col)
			sums = sums || at < 0 || slices.ContainsFunc(p.entries, func(e entry) bool { return e.where[at] == total })
		}
		if !sums {
			apart = append(apart, col)
		}
	}
	if len(apart) == 0 {
		return [][][]*public{releases}, nil
	}
	place := map[string]int{}
	for r, tables := range releases {
		for k, p := range tables {
			for _, e := range p.entries {
				var key []string
				for _, col := range apart {
					key = append(key, e.where[slices.Index(p.columns, col)])
				}
				g, ok := place[strings.Join(key, "\x00")]
				if !ok {
					g = len(groups)
					place[strings.Join(key, "\x00")] = g
					group := make([][]*public, len(releases))
					for i, tables := range releases {
						for _, p := range tables {
							group[i] = append(group[i], &public{file: p.file, columns: p.columns, about: p.about})
						}
					}
					groups = append(groups, group)
				}
				groups[g][r][k].entries = append(groups[g][r][k].entries, e)
			}
		}
	}
	return groups, apart
}

// besiege attacks one group.
func (c *releaseCommand) besiege(ctx context.Context, releases [][]*public, apart []string, own bool, out *examined) error {
	var dims []attack.Dimension
	answers := map[string][]string{}
	for _, col := range out.Columns {
		var all []string
		for _, p := range slices.Concat(releases...) {
			if at := slices.Index(p.columns, col); at >= 0 {
				for _, e := range p.entries {
					if e.where[at] != total {
						all = union(all, e.where[at])
					}
				}
			}
		}
		answers[col] = all
		if len(all) == 0 { // sums and nothing else
			dims = append(dims, attack.Apart(col, total))
			continue
		}
		if slices.Contains(apart, col) {
			dims = append(dims, attack.Apart(col, all[0]))
			continue
		}
		dims = append(dims, attack.All(col, total, all...))
	}
	var names []string
	for i := range releases {
		names = append(names, strconv.Itoa(i+1))
	}
	if len(releases) > 1 {
		dims = append(dims, attack.Over("release", "Δ", c.Corrected || own, names...))
	}
	t, err := attack.New(dims...)
	if err != nil {
		return err
	}
	b := besieged{c: c, t: t, columns: out.Columns, answers: answers, over: len(releases) > 1, hidden: map[string]bool{}}
	for i, tables := range releases {
		for _, p := range tables {
			if err := b.state(p, i, releases); err != nil {
				return err
			}
		}
	}
	report, err := t.Run(ctx, out.Small, nil)
	if err != nil {
		return err
	}
	out.Cells += report.Cells
	out.Open += report.Open
	out.Hidden += len(b.hidden)
	out.Programs += report.Programs
	out.Width = report.Width
	for _, f := range report.Recovered {
		if b.hidden[strings.Join(f.Where, "\x00")] {
			out.Found++
		}
	}
	out.Recovered = append(out.Recovered, report.Recovered...)
	out.Unproved = append(out.Unproved, report.Unproved...)
	if report.Against != nil {
		out.Against = append(out.Against, report.Against)
	}
	return nil
}

// besieged is tables about which statements are made.
type besieged struct {
	c       *releaseCommand
	t       *attack.Tables
	columns []string
	answers map[string][]string
	over    bool
	hidden  map[string]bool
}

// where writes a cell of a table in all columns.
func (b *besieged) where(p *public, e entry, release string) []string {
	var out []string
	for _, col := range b.columns {
		if at := slices.Index(p.columns, col); at >= 0 {
			out = append(out, e.where[at])
			continue
		}
		out = append(out, total)
	}
	if b.over {
		out = append(out, release)
	}
	return out
}

// state makes the statements of a table.
func (b *besieged) state(p *public, release int, releases [][]*public) error {
	base := int64(b.c.Rounded)
	var before *public
	if p.about != nil {
		base = 0
		if p.about.Method == disclosure.Rounded {
			base = p.about.Base
		}
		if release > 0 {
			before = releases[release-1][0]
		}
	}
	name := strconv.Itoa(release + 1)
	if base > 0 {
		return b.rounded(p, before, base, name)
	}
	listed := map[string]bool{} // which sums are listed at all
	seen := map[string]bool{}
	for _, e := range p.entries {
		where := b.where(p, e, name)
		listed[shape(where)] = true
		seen[strings.Join(where, "\x00")] = true
		if e.low != e.high {
			b.hidden[strings.Join(where, "\x00")] = true
		}
		if err := b.t.State(attack.Statement{Where: where, Low: e.low, High: e.high}); err != nil {
			return err
		}
	}
	if !b.c.Complete && p.about == nil {
		return nil
	}
	// What a complete table does not list is of nobody.
	var walk func(where []string, col int) error
	walk = func(where []string, col int) error {
		if col < len(b.columns) {
			for _, a := range append([]string{total}, b.answers[b.columns[col]]...) {
				if err := walk(append(where, a), col+1); err != nil {
					return err
				}
			}
			return nil
		}
		if b.over {
			where = append(where, name)
		}
		if !listed[shape(where)] || seen[strings.Join(where, "\x00")] {
			return nil
		}
		return b.t.State(attack.Exactly(0, slices.Clone(where)...))
	}
	return walk(make([]string, 0, len(b.columns)+1), 0)
}

// shape says in which columns a cell is a sum.
func shape(where []string) string {
	var s strings.Builder
	for _, a := range where {
		if a == total {
			s.WriteByte('T')
		} else {
			s.WriteByte('.')
		}
	}
	return s.String()
}

// rounded states what is known of a table whose small inner cells were rounded and whose sums were made of what was published. A sum that is not that
// of its cells is taken for the truth: it tells something.
func (b *besieged) rounded(p, before *public, base int64, name string) error {
	was := map[string]int64{}
	if before != nil {
		for _, e := range before.entries {
			was[strings.Join(b.where(before, e, ""), "\x00")] = e.low
		}
	}
	sums := map[string]int64{}
	add := sorting.New(p.entries, func(x, y entry) int { return totals(x) - totals(y) }) // inner cells first
	for _, e := range add {
		where := b.where(p, e, name)
		if totals(e) > 0 {
			if e.low == e.high && sums[strings.Join(e.where, "\x00")] == e.low {
				continue
			}
			if err := b.t.State(attack.Statement{Where: where, Low: e.low, High: e.high}); err != nil {
				return err
			}
			continue
		}
		for mask := range 1 << len(e.where) {
			key := slices.Clone(e.where)
			for i := range key {
				if mask>>i&1 == 1 {
					key[i] = total
				}
			}
			sums[strings.Join(key, "\x00")] += e.low
		}
		low, high := attack.Rounded(e.low, base)
		if before != nil {
			where[len(where)-1] = "Δ" + name
			low, high = attack.Changed(e.low-was[strings.Join(b.where(p, e, ""), "\x00")], e.low, base)
		}
		statement := attack.Between(low, high, where...)
		if statement.Low != statement.High {
			b.hidden[strings.Join(where, "\x00")] = true
		}
		if err := b.t.State(statement); err != nil {
			return err
		}
	}
	return nil
}

func totals(e entry) (n int) {
	for _, a := range e.where {
		if a == total {
			n++
		}
	}
	return n
}
