package intake

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sheet"
	"github.com/opentrm/opentrm/internal/sorting"
)

// plan is a mapping over the columns of one table.
type plan struct {
	m    Mapping
	cols []planned
	key  []int
	used []int // columns that say which row it is and what stands in it: all with a head
	head []string
	gaps int // column that says why others have no value; -1: none
}

type planned struct {
	Mapped
	field
	at int
}

func columnFault(key, column string) error {
	return fault.New(fault.Invalid, key).With("column", column)
}

// over prepares reading a table with these columns. What stands under no head is not read. It fails as [Mapping.Over].
func (m Mapping) over(columns []string) (*plan, error) {
	p := &plan{m: m, head: make([]string, len(columns)), gaps: -1}
	at := map[string]int{}
	for i, h := range columns {
		h = strings.TrimSpace(h)
		if h == "" {
			continue
		}
		if _, twice := at[h]; twice {
			return nil, columnFault("intake.table.twice", h)
		}
		at[h], p.head[i] = i, h
		p.used = append(p.used, i)
	}
	known := map[int]bool{}
	for _, c := range m.Columns {
		found := -1
		for _, h := range c.heads() {
			i, ok := at[h]
			if ok && found >= 0 {
				return nil, columnFault("intake.table.twice", h)
			}
			if ok {
				found = i
			}
		}
		if found < 0 && !m.Partly {
			return nil, columnFault("intake.table.missing", c.Column)
		}
		if found < 0 {
			continue
		}
		known[found] = true
		if c.Skip == "" {
			f, _ := fieldOf(c.Field)
			p.cols = append(p.cols, planned{c, f, found})
		}
	}
	if i, ok := at[m.Gaps]; ok && m.Gaps != "" {
		p.gaps, known[i] = i, true
	}
	for i, h := range p.head {
		if h != "" && !known[i] {
			return nil, columnFault("intake.table.column", h)
		}
	}
	for _, k := range m.Key {
		i, ok := at[k]
		if !ok {
			return nil, columnFault("intake.table.missing", k)
		}
		p.key = append(p.key, i)
	}
	sorting.By(p.used, func(a, b int) int { return strings.Compare(p.head[a], p.head[b]) }) // whatever their order in the table
	return p, nil
}

// Over says whether the mapping fits a table with these columns.
//
// It fails with [fault.Invalid]: "intake.table.twice" for a head that is there twice, "intake.table.column" for one of which
// the mapping says nothing, and "intake.table.missing" for one that the mapping names and the table has not.
func (m Mapping) Over(columns []string) error {
	_, err := m.over(columns)
	return err
}

// Fits counts the heads of a table that the mapping knows: by it the line is found that holds the heads, where others stand
// above it.
func (m Mapping) Fits(cells []string) int {
	n := 0
	for _, s := range cells {
		s = strings.TrimSpace(s)
		if s != "" && slices.ContainsFunc(m.Columns, func(c Mapped) bool { return slices.Contains(c.heads(), s) }) {
			n++
		}
	}
	return n
}

// entry is what one row becomes.
type entry struct {
	opening casefile.Opening
	notes   []casefile.Note
	said    []casefile.Stated
	key     []string // what says which row it is; nil: all cells
	cells   []string // head and value of every column with a head
	named   bool     // it has a name or a document
}

// row reads one row.
//
// It fails with [fault.Invalid] naming the column, or a field of the person: "intake.row.cells" for more cells than columns,
// "intake.row.nothing", "intake.row.key" without what says which row it is, "intake.row.code", "intake.row.text" and "intake.row.date"
// for what cannot stand in a column, and as [person.Person.Check].
func (p *plan) row(cells []string) (entry, error) {
	e := entry{}
	if len(cells) > len(p.head) {
		return e, fault.New(fault.Invalid, "intake.row.cells")
	}
	at := func(i int) string {
		if i >= len(cells) { // a spreadsheet ends a row where nothing follows
			return ""
		}
		s := strings.TrimSpace(cells[i])
		if p.m.Guarded {
			s = sheet.Unguard(s)
		}
		return s
	}
	gaps, err := p.gapsOf(at)
	if err != nil {
		return e, err
	}
	for _, i := range p.used {
		e.cells = append(e.cells, p.head[i], at(i))
	}
	for _, i := range p.key {
		if at(i) == "" {
			return e, columnFault("intake.row.key", p.head[i])
		}
		e.key = append(e.key, at(i))
	}
	b := builder{who: person.Person{ID: "row", Names: []person.Name{}, Contacts: []person.Contact{}}, e: &e, m: p.m}
	given := false
	for _, c := range p.cols {
		values, state, key := c.values(p.m, at(c.at))
		if key != "" {
			return e, columnFault(key, p.head[c.at])
		}
		if why, ok := gaps[c.at]; ok && state != person.Given {
			state = why
		}
		given = given || state == person.Given
		b.put(c, values, state)
	}
	if !given {
		return e, fault.New(fault.Invalid, "intake.row.nothing")
	}
	return e, b.end()
}

// gapsOf reads why cells of a row have no value, by column.
func (p *plan) gapsOf(at func(int) string) (map[int]person.State, error) {
	all := map[int]person.State{}
	if p.gaps < 0 || at(p.gaps) == "" {
		return all, nil
	}
	for part := range strings.SplitSeq(at(p.gaps), ";") {
		head, code, _ := strings.Cut(part, "=")
		var s person.State
		if err := s.UnmarshalText([]byte(strings.TrimSpace(code))); err != nil || s == person.Given {
			return nil, columnFault("intake.row.code", p.m.Gaps)
		}
		found := false
		for _, c := range p.cols {
			if slices.Contains(c.heads(), strings.TrimSpace(head)) {
				all[c.at], found = s, true
			}
		}
		if !found {
			return nil, columnFault("intake.row.code", p.m.Gaps)
		}
	}
	return all, nil
}

// values returns what a cell says: values, or the state of an answer without one; or the key of why it cannot stand there.
func (c planned) values(m Mapping, cell string) (values []string, state person.State, key string) {
	for _, missing := range []map[string]string{c.Missing, m.Missing} {
		if code, ok := missing[cell]; ok {
			_ = state.UnmarshalText([]byte(code)) // the linter has read it
			return nil, state, ""
		}
	}
	parts := []string{cell}
	if c.Split != "" {
		parts = strings.Split(cell, c.Split)
	}
	for _, v := range parts {
		v = strings.TrimSpace(v)
		if v == "" && c.Split != "" {
			continue
		}
		to, ok := c.Codes[v]
		switch {
		case len(c.Codes) > 0 && !ok && (c.kind != countries && c.kind != tags || !c.fits(v)):
			return nil, "", "intake.row.code"
		case !ok:
			to = v
		}
		switch {
		case c.kind == day:
			if _, ok := date(c.Date, to); !ok {
				return nil, "", "intake.row.date"
			}
		case !c.fits(to) && (c.kind == countries || c.kind == tags):
			return nil, "", "intake.row.code"
		case !c.fits(to):
			return nil, "", "intake.row.text"
		}
		if !slices.Contains(values, to) {
			values = append(values, to)
		}
	}
	if len(values) == 0 || len(values) > 20 {
		return nil, "", "intake.row.code"
	}
	return values, person.Given, ""
}

// date reads a date that is written in one of [Dates]. A year alone is read in each of them, and a month and year where the
// day would stand last.
func date(how, s string) (person.Birth, bool) {
	if how == "yyyy" || len(s) == 4 {
		y, ok := digits(s, 4)
		return person.Birth{Year: y}, ok
	}
	sep := map[string]string{"yyyy-mm-dd": "-", "dd.mm.yyyy": ".", "dd/mm/yyyy": "/", "mm/dd/yyyy": "/"}[how]
	parts := strings.Split(s, sep)
	if how == "yyyy-mm-dd" && len(parts) == 2 {
		parts = append(parts, "")
	}
	if len(parts) != 3 {
		return person.Birth{}, false
	}
	order := map[string][3]int{"yyyy-mm-dd": {0, 1, 2}, "dd.mm.yyyy": {2, 1, 0}, "dd/mm/yyyy": {2, 1, 0}, "mm/dd/yyyy": {2, 0, 1}}[how]
	y, okY := digits(parts[order[0]], 4)
	m, okM := digits(parts[order[1]], 2)
	d, okD := digits(parts[order[2]], 2)
	if parts[order[2]] == "" {
		d, okD = 0, true
	}
	return person.Birth{Year: y, Month: m, Day: d}, okY && okM && okD && m >= 1 && m <= 12 && (d >= 1 || parts[order[2]] == "")
}

// digits reads a number of at most n digits; of four it has exactly four.
func digits(s string, n int) (int, bool) {
	if s == "" || len(s) > n || n == 4 && len(s) != 4 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.Atoi(s)
	return v, err == nil
}
