package disclosure

import (
	"crypto/hmac"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
)

// Methods of protection, as a [Released] names them.
const (
	Rounded    = "rounded"
	Suppressed = "suppressed"
)

// Ledger is what an office has released, and stays with it. It has no true count: of each it keeps a mark under the key, by which the office, and nobody
// else, can tell which number it was.
type Ledger struct {
	Version  int        `json:"version"` // 1
	Releases []Released `json:"releases"`
}

// Released is one release: the inner cells as they were published.
type Released struct {
	Subject    string      `json:"subject"`        // who is counted: releases of one subject count the same persons, and those who came later
	Name       string      `json:"name"`           // of the release among those of its subject
	From       string      `json:"from,omitempty"` // first month that is counted, 2026-01; empty: not said
	To         string      `json:"to,omitempty"`   // last month
	Method     string      `json:"method"`
	Base       int64       `json:"base,omitempty"`
	Dimensions []Dimension `json:"dimensions"`
	Counts     []int64     `json:"counts,omitempty"` // inner cells of a rounded table
	Cells      []int64     `json:"cells,omitempty"`  // all cells of a table of which some are hidden, in the order of [Cube.Cells]; -1: hidden
	Marks      [][]byte    `json:"marks"`            // of the true counts; in JSON as base 64
	Digest     string      `json:"digest"`           // SHA-256 of the published table
	Depth      int64       `json:"depth"`            // how many roundings stand on each other, this among them
}

// markLength is how many bytes of a mark are kept: enough that no other count has the same.
const markLength = 12

// Check examines a ledger that was read from a file.
//
// It fails with [fault.Invalid] "disclosure.ledger".
func (l *Ledger) Check() error {
	bad := fault.New(fault.Invalid, "disclosure.ledger")
	if l.Version != 1 {
		return bad
	}
	names := map[[2]string]bool{}
	for _, r := range l.Releases {
		c, err := NewCube(r.Dimensions...)
		if err != nil || len(r.Marks) != len(c.Counts) || r.Depth < 1 || r.Depth > 1000 || names[[2]string{r.Subject, r.Name}] {
			return bad
		}
		if r.Method != Rounded && r.Method != Suppressed || r.Method == Rounded && r.Base != 3 && r.Base != 5 {
			return bad
		}
		if r.Method == Rounded && len(r.Counts) != len(c.Counts) || r.Method == Suppressed && len(r.Cells) != len(c.Cells()) {
			return bad
		}
		if slices.ContainsFunc(r.Counts, func(n int64) bool { return n < 0 }) || slices.ContainsFunc(r.Cells, func(n int64) bool { return n < -1 }) || slices.ContainsFunc(r.Marks, func(m []byte) bool { return len(m) != markLength }) {
			return bad
		}
		names[[2]string{r.Subject, r.Name}] = true
	}
	return nil
}

// Of returns the releases of a subject, in the order in which they were made.
func (l *Ledger) Of(subject string) (out []Released) {
	for _, r := range l.Releases {
		if r.Subject == subject {
			out = append(out, r)
		}
	}
	return out
}

// Enter adds a release to the ledger: its cells as they are published, of a table that was rounded all with their numbers. Truth is the table before it was protected.
//
// It fails with [fault.Conflict] "disclosure.twice" if the subject has a release of that name.
func (l *Ledger) Enter(r Released, truth *Cube, cells []Cell, key []byte) error {
	depth := int64(1)
	for _, past := range l.Of(r.Subject) {
		if past.Name == r.Name {
			return fault.New(fault.Conflict, "disclosure.twice")
		}
		depth = past.Depth + 1
	}
	r.Dimensions, r.Depth, r.Counts, r.Cells = truth.Dimensions, depth, nil, nil
	for i, cell := range cells {
		switch {
		case r.Method == Rounded && i < len(truth.Counts):
			r.Counts = append(r.Counts, cell.Count)
		case r.Method == Suppressed && cell.Hidden:
			r.Cells = append(r.Cells, -1)
		case r.Method == Suppressed:
			r.Cells = append(r.Cells, cell.Count)
		}
	}
	r.Marks = make([][]byte, len(truth.Counts))
	for at, n := range truth.Counts {
		r.Marks[at] = draws{key}.mark(truth, at, "count of "+r.Subject+" in "+r.Name, n)[:markLength]
	}
	l.Releases = append(l.Releases, r)
	return nil
}

// All returns every cell of a release as it was published.
func (r *Released) All() []Cell {
	c := &Cube{Dimensions: r.Dimensions, Counts: r.Counts}
	if r.Method == Rounded {
		return c.Cells()
	}
	n := 1
	for _, d := range r.Dimensions {
		n *= len(d.Values)
	}
	c.Counts = make([]int64, n)
	out := c.Cells()
	for i, n := range r.Cells {
		if out[i].Count, out[i].Hidden = n, n < 0; n < 0 {
			out[i].Count = 0
		}
	}
	return out
}

// before is what was published of a cell, and the true count that stood behind it.
type before struct{ published, count int64 }

// under looks up what the release says of each inner cell of a table. A value that the release does not have was of nobody then.
func (r *Released) under(c *Cube, with Rounding) ([]before, error) {
	if r.Method != Rounded || r.Base != with.Base || len(r.Dimensions) != len(c.Dimensions) {
		return nil, fault.New(fault.Invalid, "disclosure.other")
	}
	past := &Cube{Dimensions: r.Dimensions, Counts: r.Counts}
	place := make([][]int, len(c.Dimensions)) // of each value, which value of the release it is; -1: none
	for i, d := range c.Dimensions {
		if d.Name != r.Dimensions[i].Name {
			return nil, fault.New(fault.Invalid, "disclosure.other")
		}
		for _, v := range d.Values {
			place[i] = append(place[i], slices.Index(r.Dimensions[i].Values, v))
		}
		for _, v := range r.Dimensions[i].Values {
			if !slices.Contains(d.Values, v) {
				return nil, fault.New(fault.Invalid, "disclosure.other")
			}
		}
	}
	out := make([]before, len(c.Counts))
	values := make([]int, len(c.Dimensions))
	d := draws{with.Key}
	for at, n := range c.Counts {
		c.values(at, values)
		there := true
		for i := range values {
			values[i] = place[i][values[i]]
			there = there && values[i] >= 0
		}
		if !there {
			continue
		}
		was := past.Index(values...)
		// The true count is one of few: as it is now, or near what was published.
		found := false
		near := (r.Base - 1) * 2 * r.Depth
		for k := int64(-1); k <= 2*near && !found; k++ {
			try := n
			if k >= 0 {
				try = r.Counts[was] - near + k
			}
			if try >= 0 && hmac.Equal(d.mark(past, was, "count of "+r.Subject+" in "+r.Name, try)[:markLength], r.Marks[was]) {
				out[at], found = before{r.Counts[was], try}, true
			}
		}
		if !found {
			return nil, fault.New(fault.Invalid, "disclosure.key")
		}
	}
	return out, nil
}
