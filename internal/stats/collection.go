package stats

import (
	"context"
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
)

// CollectionName names the file form of a [Collection].
const CollectionName = "opentrm/collection/1"

// Collection describes a published set of records without names that others have gathered. Its records are kept beside
// the facts of this node and never among them: no count of the node can contain them (docs/adr/0029-imports.md).
type Collection struct {
	Schema    string   `json:"schema"` // CollectionName
	ID        string   `json:"collection"`
	Title     string   `json:"title"`
	Publisher string   `json:"publisher"`
	Citation  string   `json:"citation"`
	Terms     string   `json:"terms"`
	Status    string   `json:"status"` // of what stands here: "verified", or "unverified"
	Note      string   `json:"note"`
	Year      YearOf   `json:"year"`
	Columns   []Column `json:"columns"`
}

// YearOf is the column that holds the year of a record, and the years that it can be.
type YearOf struct {
	Column string `json:"column"`
	From   int    `json:"from"`
	To     int    `json:"to"`
}

// Column is one column of a collection. A cell holds one of the values exactly as published, an ISO 3166-1 alpha-2 code
// where it is about countries, or nothing: what the publisher left blank is counted apart, and is neither "no" nor "unknown".
type Column struct {
	Column  string            `json:"column"`
	Country bool              `json:"country,omitzero"`
	Split   string            `json:"split,omitzero"` // between several values of one cell
	Values  map[string]string `json:"values"`         // codes by what is written in the file, each code once
}

// Blank is what is counted where the publisher left a cell blank.
const Blank = "blank"

// Published is one record of a collection.
type Published struct {
	Digest     []byte // keyed, of the row: the same row is never taken twice
	Collection string
	Year       int
	Codes      []string // by column; several of one cell are joined by "|"; "": blank
}

//go:embed data
var files embed.FS

var collections = sync.OnceValues(func() (map[string]Collection, error) {
	all := map[string]Collection{}
	names, err := files.ReadDir("data")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := files.ReadFile("data/" + name.Name())
		if err != nil {
			return nil, err
		}
		c, err := ParseCollection(b)
		if err != nil {
			return nil, err
		}
		all[c.ID] = c
	}
	return all, nil
})

// Collections returns what this program can read, sorted by identifier.
func Collections() ([]Collection, error) {
	all, err := collections()
	return sorting.New(slices.Collect(maps.Values(all)), func(a, b Collection) int { return strings.Compare(a.ID, b.ID) }), err
}

// CollectionCalled returns one of [Collections].
//
// It fails with [fault.NotFound] "stats.collection.none".
func CollectionCalled(name string) (Collection, error) {
	all, err := collections()
	if err != nil {
		return Collection{}, fault.Wrap(fault.Internal, "stats.collection.form", err)
	}
	c, ok := all[name]
	if !ok {
		return Collection{}, fault.New(fault.NotFound, "stats.collection.none")
	}
	return c, nil
}

// ParseCollection reads a description.
//
// It fails with [fault.Invalid] "stats.collection.form" naming the column.
func ParseCollection(b []byte) (Collection, error) {
	wrong := func(where string, err error) (Collection, error) {
		return Collection{}, fault.Wrap(fault.Invalid, "stats.collection.form", err).With("field", where)
	}
	var c Collection
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return wrong("file", err)
	}
	if c.Schema != CollectionName || !word(c.ID) || c.Year.Column == "" || c.Year.From < 1900 || c.Year.To < c.Year.From || len(c.Columns) == 0 {
		return wrong("file", nil)
	}
	seen := map[string]bool{c.Year.Column: true}
	for _, k := range c.Columns {
		codes := map[string]bool{}
		for text, code := range k.Values {
			if text == "" || !word(code) || code == Blank || codes[code] || k.Split != "" && strings.Contains(text, k.Split) {
				return wrong(k.Column, nil)
			}
			codes[code] = true
		}
		if k.Column == "" || seen[k.Column] || len(k.Values) == 0 {
			return wrong(k.Column, nil)
		}
		seen[k.Column] = true
	}
	return c, nil
}

// word reports whether s can be a code. It has no comma and no bar, by which codes are joined.
func word(s string) bool {
	return s != "" && len(s) <= 60 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-+") == ""
}

// Reading is a collection read from a file with these columns.
type Reading struct {
	c    Collection
	year int
	at   []int // by column of the collection, where it stands in a row
	wide int
}

// Reads prepares reading a file by its first line. Columns may stand in any order; each stands there once, and no other.
//
// It fails with [fault.Invalid] "stats.collection.column" naming one that is missing, unknown or there twice.
func (c Collection) Reads(columns []string) (*Reading, error) {
	r := &Reading{c: c, year: slices.Index(columns, c.Year.Column), wide: len(columns)}
	missing := func(name string) error {
		return fault.New(fault.Invalid, "stats.collection.column").With("column", name)
	}
	if r.year < 0 {
		return nil, missing(c.Year.Column)
	}
	for _, k := range c.Columns {
		i := slices.Index(columns, k.Column)
		if i < 0 {
			return nil, missing(k.Column)
		}
		r.at = append(r.at, i)
	}
	for i, name := range columns {
		if i != r.year && !slices.Contains(r.at, i) {
			return nil, missing(name)
		}
	}
	return r, nil
}

// Row turns a row into a record without a digest. The same record comes of no two different rows.
//
// It fails with [fault.Invalid]: "stats.row.cells" for another number of cells than there are columns, "stats.row.empty" if
// there is nothing in it, "stats.row.year" if it has no year that can be, "stats.row.nothing" if it has nothing but a year,
// and "stats.row.code" naming the column if a cell holds what the collection does not know.
func (r *Reading) Row(cells []string) (Published, error) {
	none := func(key, column string) (Published, error) {
		err := fault.New(fault.Invalid, key)
		if column != "" {
			err = err.With("column", column)
		}
		return Published{}, err
	}
	if len(cells) != r.wide {
		return none("stats.row.cells", "")
	}
	if !slices.ContainsFunc(cells, func(s string) bool { return s != "" }) {
		return none("stats.row.empty", "")
	}
	out := Published{Collection: r.c.ID, Codes: make([]string, len(r.at))}
	y := cells[r.year]
	for i := range len(y) {
		if len(y) != 4 || y[i] < '0' || y[i] > '9' {
			return none("stats.row.year", r.c.Year.Column)
		}
		out.Year = out.Year*10 + int(y[i]-'0')
	}
	if out.Year < r.c.Year.From || out.Year > r.c.Year.To {
		return none("stats.row.year", r.c.Year.Column)
	}
	some := false
	for i, k := range r.c.Columns {
		code, ok := k.code(cells[r.at[i]])
		if !ok {
			return none("stats.row.code", k.Column)
		}
		out.Codes[i] = code
		some = some || code != ""
	}
	if !some {
		return none("stats.row.nothing", "")
	}
	return out, nil
}

// code returns what a cell says; false if the collection does not know it.
func (k Column) code(cell string) (string, bool) {
	if cell == "" {
		return "", true
	}
	if k.Split == "" {
		return k.one(cell)
	}
	var codes []string
	for part := range strings.SplitSeq(cell, k.Split) {
		code, ok := k.one(part)
		if !ok || slices.Contains(codes, code) {
			return "", false
		}
		codes = append(codes, code)
	}
	return strings.Join(codes, "|"), true
}

func (k Column) one(text string) (string, bool) {
	if code, ok := k.Values[text]; ok {
		return code, true
	}
	letter := func(b byte) bool { return b >= 'A' && b <= 'Z' }
	return text, k.Country && len(text) == 2 && letter(text[0]) && letter(text[1])
}

// Counts counts the records of one collection: by year, and by column and code. A cell with several values counts in each;
// a blank one counts as [Blank].
type Counts struct {
	Collection string
	All        int
	Years      map[int]int
	Columns    map[string]map[string]int
}

// Collected counts the records of a collection. They are the publisher's, wherever they come from, and no number here says
// anything about this member.
//
// It fails with [fault.Denied] if who may not read facts, and with [fault.NotFound] as [CollectionCalled].
func (s *Service) Collected(ctx context.Context, who access.Actor, name string) (Counts, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return Counts{}, err
	}
	c, err := CollectionCalled(name)
	if err != nil {
		return Counts{}, err
	}
	n := Counts{Collection: name, Years: map[int]int{}, Columns: map[string]map[string]int{}}
	for _, k := range c.Columns {
		n.Columns[k.Column] = map[string]int{}
	}
	err = s.Read(ctx, func(tx Tx) error {
		return tx.EachPublished(ctx, name, func(p Published) bool {
			n.All++
			n.Years[p.Year]++
			for i, code := range p.Codes[:min(len(p.Codes), len(c.Columns))] {
				count := n.Columns[c.Columns[i].Column]
				if code == "" {
					count[Blank]++
					continue
				}
				for one := range several(c.Columns[i], code) {
					count[one]++
				}
			}
			return true
		})
	})
	return n, err
}

// several returns the codes of one cell.
func several(k Column, code string) func(func(string) bool) {
	if k.Split == "" {
		return func(yield func(string) bool) { yield(code) }
	}
	return strings.SplitSeq(code, "|")
}
