package figures

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

// total is what our own tables write for all values of a column, and hidden for a count that is not shown.
const (
	total  = "Total"
	hidden = "c"
)

// manifest is release.json: what is public about a release beside its table.
type manifest struct {
	Format     string   `json:"format"` // opentrm-release/1
	Subject    string   `json:"subject"`
	Name       string   `json:"name"`
	From       string   `json:"from,omitempty"` // first month that is counted; empty: not said
	To         string   `json:"to,omitempty"`
	Method     string   `json:"method"`
	Base       int64    `json:"base,omitempty"`
	Small      int64    `json:"small,omitempty"` // counts from 1 to one less were hidden
	Columns    []string `json:"columns"`
	Total      string   `json:"total"`            // stands for all values of a column
	Hidden     string   `json:"hidden,omitempty"` // stands for a count that is not shown
	Folded     []string `json:"shown_by_number_only,omitempty"`
	MeanError  float64  `json:"mean_error"`
	Table      string   `json:"table"` // file beside this one
	SHA256     string   `json:"sha256"`
	Previous   []string `json:"previous,omitempty"` // releases of the same subject, in their order
	Cells      int      `json:"cells_examined"`
	Open       int      `json:"cells_open"`
	GivenAway  int      `json:"small_counts_given_away"`
	Unproved   int      `json:"not_proved_open"`
	Additional string   `json:"method_note"`
}

// entry is a row of a published table: its cell, and what it says of the count.
type entry struct {
	where     []string
	low, high int64 // high below zero: not said
}

// public is a published table.
type public struct {
	file    string
	columns []string
	entries []entry
	about   *manifest // nil for a table of somebody else
}

// readPublic reads a published table: comma-separated values with a column of counts, or the release.json of our own.
//
// It fails with [fault.Invalid] "cli.file" or "disclosure.table", and is not verified if a table is not the one of its release.
func (c *releaseCommand) readPublic(s *console.Screen, path string) (*public, error) {
	if filepath.Ext(path) != ".json" {
		return c.table(path, nil)
	}
	var m manifest
	b, err := console.ReadFile(s, path)
	if err == nil && json.Unmarshal(b, &m) != nil {
		err = fault.New(fault.Invalid, "cli.json").With("file", path)
	}
	if err != nil {
		return nil, err
	}
	if m.Format != "opentrm-release/1" || m.Table != filepath.Base(m.Table) {
		return nil, fault.New(fault.Invalid, "cli.json").With("file", path)
	}
	p, err := c.table(filepath.Join(filepath.Dir(path), m.Table), &m)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// table reads the rows.
func (c *releaseCommand) table(path string, m *manifest) (*public, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
	}
	defer f.Close()
	sum := sha256.New()
	rows := sheet.CSV(io.TeeReader(f, sum), ',')
	p := &public{file: path, about: m}
	word := c.Total
	if m != nil {
		word = m.Total
	}
	var take []int // places of the columns that are examined
	count := -1    // place of the count
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		bad := fault.New(fault.Invalid, "disclosure.table").With("file", path).With("line", strconv.FormatInt(row.Number, 10))
		if err != nil {
			return nil, err
		}
		if row.Broken != "" || count >= 0 && len(row.Cells) <= slices.Max(append(take, count)) || len(row.Cells) < 2 {
			return nil, bad
		}
		for i, v := range row.Cells {
			row.Cells[i] = sheet.Unguard(v)
		}
		if count < 0 {
			if take, count, err = c.places(row.Cells, m != nil); err != nil {
				return nil, err
			}
			for _, at := range take {
				p.columns = append(p.columns, row.Cells[at])
			}
			continue
		}
		e := entry{where: make([]string, len(take))}
		for i, at := range take {
			if e.where[i] = row.Cells[at]; e.where[i] == word {
				e.where[i] = total
			}
		}
		if e.low, e.high, err = c.says(row.Cells[count]); err != nil {
			return nil, bad
		}
		p.entries = append(p.entries, e)
	}
	if m != nil && hex.EncodeToString(sum.Sum(nil)) != m.SHA256 {
		return nil, console.Unverified(fault.New(fault.Invalid, "disclosure.digest").With("file", path))
	}
	return p, nil
}

// places finds the columns of a published table that are examined, and that of the count: the last one, and all before it, if nothing else was asked for.
//
// It fails with [fault.Invalid] "tally.column" if one is not there.
func (c *releaseCommand) places(head []string, own bool) (take []int, count int, err error) {
	count = len(head) - 1
	if c.Count != "" && !own {
		if count = slices.Index(head, c.Count); count < 0 {
			return nil, 0, fault.New(fault.Invalid, "tally.column").With("column", c.Count)
		}
	}
	if len(c.Columns) == 0 || own {
		for i := range head {
			if i != count {
				take = append(take, i)
			}
		}
		return take, count, nil
	}
	for _, name := range c.Columns {
		at := slices.Index(head, name)
		if at < 0 && c.Check || at == count {
			return nil, 0, fault.New(fault.Invalid, "tally.column").With("column", name)
		}
		if at >= 0 {
			take = append(take, at)
		}
	}
	return take, count, nil
}

// says reads what is published of a count: a number, less than a number, or anything else, which hides it.
func (c *releaseCommand) says(v string) (low, high int64, err error) {
	low = 1
	if c.ZerosHidden {
		low = 0
	}
	v = strings.TrimSpace(v)
	less := strings.HasPrefix(v, "<")
	digits := strings.NewReplacer(",", "", " ", "", "\u00a0", "", "\u202f", "").Replace(strings.TrimPrefix(v, "<"))
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err == nil && n >= 0 && n < 1<<40 && less:
		return low, n - 1, nil
	case err == nil && n >= 0 && n < 1<<40:
		return n, n, nil
	case err == nil:
		return 0, 0, fault.New(fault.Invalid, "disclosure.table")
	}
	return low, -1, nil
}

// value says what is published of a cell: a number, or that it is hidden.
func value(cell disclosure.Cell) string {
	if cell.Hidden {
		return hidden
	}
	return strconv.FormatInt(cell.Count, 10)
}

// names writes a cell by the names of its values.
func names(dims []disclosure.Dimension, cell disclosure.Cell) []string {
	out := make([]string, len(dims))
	for i, v := range cell.Values {
		out[i] = total
		if v != disclosure.Total {
			out[i] = dims[i].Values[v]
		}
	}
	return out
}

// publish makes a published table of protected cells.
func publish(file string, dims []disclosure.Dimension, cells []disclosure.Cell, m *manifest) *public {
	p := &public{file: file, about: m}
	for _, d := range dims {
		p.columns = append(p.columns, d.Name)
	}
	for _, cell := range cells {
		e := entry{where: names(dims, cell), low: cell.Count, high: cell.Count}
		if cell.Hidden {
			e.low, e.high = 1, -1
		}
		p.entries = append(p.entries, e)
	}
	return p
}

// union adds to a list what is not there yet.
func union(list []string, more ...string) []string {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}
