// Package synth makes records of persons who do not exist, from records of persons who do, such that what a reader can learn about
// any one of the real ones is bounded: synthetic microdata with differential privacy.
//
// The values that a column can have are public and said beforehand, in a [Domain]: what nobody expects to see is not taken from the records. From
// the records come counts only, of columns and of pairs of columns, and each is told with discrete Gaussian noise
// (package chance; in measure.go there is no floating point). One record more or less changes each of them by at most 1. All that
// comes after sees the noisy counts alone: they are made consistent with each other, records are drawn along the strongest
// pairs, and moved until they fit all pairs at once.
//
// [Compare] says how well the result serves and how well it protects, with an attack that is really run.
package synth

import (
	"encoding/json"
	"io"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/tally"
)

// Limits of a domain.
const (
	MostColumns = 200
	MostValues  = 2_000      // of a column
	MostCells   = 20_000_000 // of all pairs of columns
	MostCodes   = 1 << 28    // records times columns: half a gigabyte
)

// Column is a column and the values that it can have.
type Column struct {
	Name   string   `json:"name"`
	Values []string `json:"values"` // by code, from 1; code 0 is "nothing was said"
}

// Domain is what can be said, whoever the records are of.
type Domain struct {
	Columns []Column `json:"columns"`
}

// ParseDomain reads a domain as JSON: {"columns": [{"name": "sex", "values": ["female", "male"]}, …]}. The empty text is
// always a value and is not named.
//
// It fails with [fault.Invalid] if it is something else, has fewer than two columns, names a column or a value twice, or
// is beyond a limit.
func ParseDomain(r io.Reader) (*Domain, error) {
	in := json.NewDecoder(io.LimitReader(r, 16<<20))
	in.DisallowUnknownFields()
	d := &Domain{}
	if err := in.Decode(d); err != nil {
		return nil, fault.Wrap(fault.Invalid, "synth.domain", err).With("column", "")
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, fault.New(fault.Invalid, "synth.domain").With("column", "")
	}
	return d, d.check()
}

func (d *Domain) check() error {
	bad := func(column string) error { return fault.New(fault.Invalid, "synth.domain").With("column", column) }
	if len(d.Columns) < 2 || len(d.Columns) > MostColumns {
		return bad("")
	}
	names, cells, before := map[string]bool{}, 0, 0
	for _, c := range d.Columns {
		if c.Name == "" || names[c.Name] || len(c.Values) == 0 || len(c.Values) > MostValues {
			return bad(c.Name)
		}
		names[c.Name] = true
		values := map[string]bool{"": true}
		for _, v := range c.Values {
			if values[v] {
				return bad(c.Name)
			}
			values[v] = true
		}
		cells += before * (len(c.Values) + 1)
		before += len(c.Values) + 1
		if cells > MostCells {
			return bad(c.Name)
		}
	}
	return nil
}

// size is how many codes a column has.
func (d *Domain) size(column int) int { return len(d.Columns[column].Values) + 1 }

// Data is records by the codes of a domain.
type Data struct {
	Domain *Domain
	rows   int
	codes  []uint16 // row by row
}

// Rows returns the number of records.
func (d *Data) Rows() int { return d.rows }

// Row returns the codes of a record. They must not be written to.
func (d *Data) Row(i int) []uint16 {
	n := len(d.Domain.Columns)
	return d.codes[i*n : i*n+n]
}

// Value returns what is said in a record about a column.
func (d *Data) Value(row, column int) string {
	if c := d.Row(row)[column]; c > 0 {
		return d.Domain.Columns[column].Values[c-1]
	}
	return ""
}

// Take returns the records of a table, and how many cells say something that the domain does not name: there, nothing is
// said in what is returned.
//
// It fails with [fault.Invalid] if a column of the domain is not in the table, or there are no records, and with [fault.TooLarge] "synth.large" beyond
// [MostCodes]: one row can say that it counts for four thousand million persons.
func Take(d *Domain, t *tally.Table) (data *Data, outside int64, err error) {
	n := len(d.Columns)
	data = &Data{Domain: d, rows: int(t.People())}
	if data.rows == 0 {
		return nil, 0, fault.New(fault.Invalid, "synth.empty")
	}
	if data.rows > MostCodes/n {
		return nil, 0, fault.New(fault.TooLarge, "synth.large")
	}
	data.codes = make([]uint16, n*data.rows)
	for i, c := range d.Columns {
		at := t.Index(c.Name)
		if at < 0 {
			return nil, 0, fault.New(fault.Invalid, "synth.domain").With("column", c.Name)
		}
		from := t.Columns()[at]
		known := make(map[string]uint16, len(c.Values))
		for k, v := range c.Values {
			known[v] = uint16(k + 1)
		}
		code := make([]uint16, len(from.Values))
		for k, v := range from.Values {
			code[k] = known[v]
		}
		to := i
		for row := range t.Rows() {
			was := from.At(row)
			if was > 0 && code[was] == 0 {
				outside += int64(t.Weight(row))
			}
			for range t.Weight(row) {
				data.codes[to] = code[was]
				to += n
			}
		}
	}
	return data, outside, nil
}

// Options are how records are made.
type Options struct {
	Epsilon float64 // what all that is told of the records may cost: the loss …
	Delta   float64 // … and the probability with which it may be more; both chosen without looking at the records
	Noise   *chance.Source
	Key     [chance.KeySize]byte // of the draws after the noise
}

// Result is what was made.
type Result struct {
	Data  *Data
	Spent []chance.Spent // what it has cost: of columns, of the choice of pairs, and of pairs
	Pairs int            // pairs that were counted
}

// Shares of the cost: for columns, for the choice of pairs, for pairs. Where all pairs are counted nothing is chosen, and pairs
// have that share too.
const (
	shareColumns = 0.08
	shareChoice  = 0.04
	sharePairs   = 0.88
)

// mostPairs is how many pairs are counted at most: all of 63 columns.
const mostPairs = 1_953

// Make makes records.
//
// It fails with [fault.Invalid] if epsilon or delta are none (see [chance.Cost]), or so small that the noise cannot be drawn exactly.
func Make(data *Data, o Options) (*Result, error) { return makeOf(data, o, mostPairs) }

func makeOf(data *Data, o Options, most int) (*Result, error) {
	spent, keep, err := plan(data.Domain, o.Epsilon, o.Delta, most)
	if err != nil {
		return nil, err
	}
	m, err := measure(data, spent, keep, o.Noise)
	if err != nil {
		return nil, err
	}
	f := newFit(data.Domain, m, spent)
	return &Result{Data: f.draw(chance.Keyed(o.Key)), Spent: spent, Pairs: keep}, nil
}

// Plan returns what [Make] will spend, before it has seen any record. It fails as Make does.
func Plan(d *Domain, epsilon, delta float64) ([]chance.Spent, error) {
	spent, _, err := plan(d, epsilon, delta, mostPairs)
	if err != nil {
		return nil, err
	}
	for _, s := range spent {
		if _, err := chance.NewGaussian(s.Variance); err != nil {
			return nil, err
		}
	}
	return spent, nil
}

// plan says what is counted with which noise. It follows from the domain and the budget alone.
func plan(d *Domain, epsilon, delta float64, most int) (spent []chance.Spent, keep int, err error) {
	columns := len(d.Columns)
	all := columns * (columns - 1) / 2
	keep = min(all, most)
	answers, shares := []int{columns, all, keep}, []float64{shareColumns, shareChoice, sharePairs}
	if keep == all {
		answers, shares = []int{columns, keep}, []float64{shareColumns, shareChoice + sharePairs}
	}
	spent, err = chance.Cost(epsilon, delta, answers, shares)
	return spent, keep, err
}
