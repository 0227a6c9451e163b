package tally

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
)

// MaxLength is how many columns a combination may have.
const MaxLength = 16

// Combination is values of different columns that rows have together. A [Table.Frequent] hands out one and changes it afterwards: who keeps it copies it.
type Combination struct {
	Columns []int    // places of the columns, rising
	Codes   []uint16 // what each says: never 0
	People  int64    // who have all of it
}

// Frequent calls told for every combination of 1 to k columns that at least so many people have, shorter ones before those that begin with them.
// A cell in which nothing was said makes no combination. An error of told ends it.
//
// It fails with [fault.Invalid] "tally.length" if k is not in 1 to [MaxLength] or least is below 1, and with the context's error.
func (t *Table) Frequent(ctx context.Context, k int, least int64, told func(Combination) error) error {
	if k < 1 || k > MaxLength || least < 1 {
		return fault.New(fault.Invalid, "tally.length")
	}
	d := t.Distinct()
	f := &frequent{t: d, k: k, least: least, told: told, ctx: ctx, scratch: make([][]int32, k), counts: make([][]uint32, k)}
	most := 0
	for _, c := range d.columns {
		most = max(most, len(c.Values))
	}
	for i := range f.counts {
		f.counts[i] = make([]uint32, most+1)
		if i+1 < k {
			f.scratch[i] = make([]int32, d.rows)
		}
	}
	rows := make([]int32, d.rows)
	for i := range rows {
		rows[i] = int32(i)
	}
	f.found.Columns, f.found.Codes = make([]int, 0, k), make([]uint16, 0, k)
	return f.below(rows, 0)
}

type frequent struct {
	t       *Table
	k       int
	least   int64
	told    func(Combination) error
	ctx     context.Context
	scratch [][]int32  // rows in the order of their values, for each length
	counts  [][]uint32 // people of each value, for each length
	found   Combination
}

// below goes on from the combination that rows have, with columns from the one at place first on.
func (f *frequent) below(rows []int32, first int) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	depth := len(f.found.Columns)
	for at := first; at < len(f.t.columns); at++ {
		c := f.t.columns[at]
		people := f.counts[depth][:len(c.Values)]
		clear(people)
		if c.wide != nil {
			count(people, c.wide, rows, f.t.weights)
		} else {
			count(people, c.narrow, rows, f.t.weights)
		}
		last := depth+1 == f.k || at+1 == len(f.t.columns)
		f.found.Columns = append(f.found.Columns, at)
		if last {
			for code := 1; code < len(people); code++ {
				if int64(people[code]) >= f.least {
					f.found.Codes, f.found.People = append(f.found.Codes, uint16(code)), int64(people[code])
					if err := f.told(f.found); err != nil {
						return err
					}
					f.found.Codes = f.found.Codes[:depth]
				}
			}
		} else if err := f.split(rows, at, people); err != nil {
			return err
		}
		f.found.Columns = f.found.Columns[:depth]
	}
	return nil
}

// split sorts rows by their values in a column, without those that said nothing or too rarely, and goes on with each value.
func (f *frequent) split(rows []int32, at int, people []uint32) error {
	depth := len(f.found.Columns) - 1
	c := f.t.columns[at]
	starts := make([]int32, len(people)+1) // small against the rows below it
	for _, r := range rows {
		if code := c.At(int(r)); code != 0 && int64(people[code]) >= f.least {
			starts[code+1]++
		}
	}
	for code := 1; code < len(starts); code++ {
		starts[code] += starts[code-1]
	}
	into := f.scratch[depth]
	next := append([]int32(nil), starts...)
	for _, r := range rows {
		if code := c.At(int(r)); code != 0 && int64(people[code]) >= f.least {
			into[next[code]] = r
			next[code]++
		}
	}
	enough := make([]uint32, len(people)) // the counters are used again below
	copy(enough, people)
	for code := 1; code < len(enough); code++ {
		if int64(enough[code]) < f.least {
			continue
		}
		f.found.Codes, f.found.People = append(f.found.Codes, uint16(code)), int64(enough[code])
		if err := f.told(f.found); err != nil {
			return err
		}
		if err := f.below(into[starts[code]:starts[code+1]], at+1); err != nil {
			return err
		}
		f.found.Codes = f.found.Codes[:depth]
	}
	return nil
}

func count[C uint8 | uint16](people []uint32, codes []C, rows []int32, weights []uint32) {
	if weights == nil {
		for _, r := range rows {
			people[codes[r]]++
		}
		return
	}
	for _, r := range rows {
		people[codes[r]] += weights[r]
	}
}
