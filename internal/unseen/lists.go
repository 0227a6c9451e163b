// Package unseen estimates how many persons nobody has seen, from how often several lists name the same ones: multiple
// systems estimation.
//
// What comes in are counts: for each combination of lists, how many persons are on just those ([Table]). What comes out is never
// one number. [Table.Estimate] fits log-linear models chosen in several ways and a model of latent classes, gives each its
// interval, and the range over all of them: on the figures of the United Kingdom for 2013 choices that
// all have their defenders lie between 11,000 and 23,000 (Silverman, "Multiple-systems analysis for the quantification of
// modern slavery", JRSS A 2020). Who publishes one of them alone has chosen the answer.
//
// A model whose estimate does not exist, or does not follow from the counts, is not fitted: a linear program tells (Fienberg and
// Rinaldo, "Maximum likelihood estimation in log-linear models", Annals of Statistics 2012). Draws follow from a fixed key,
// so that everybody who recounts comes to the same.
package unseen

import (
	"encoding/csv"
	"errors"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Limits of a table.
const (
	LeastLists = 3
	MostLists  = 8
	MostPeople = 10_000_000
	MostBytes  = 1 << 20 // of a file: 256 lines fit many times
)

// Table says how many persons are on which lists.
type Table struct {
	Lists []string
	// Count[h] is the number of persons that are on just the lists whose bits are set in h, the first list being bit 0.
	// Count[0], of those on no list, is what is asked for; it is 0.
	Count []int
}

// Total returns how many persons are on any list.
func (t *Table) Total() (n int) {
	for _, c := range t.Count {
		n += c
	}
	return n
}

// Overlap returns how many persons are on both lists i and j.
func (t *Table) Overlap(i, j int) (n int) {
	both := 1<<i | 1<<j
	for h, c := range t.Count {
		if h&both == both {
			n += c
		}
	}
	return n
}

// Apart returns the pairs of lists that have nobody in common.
func (t *Table) Apart() (pairs [][2]int) {
	for i := range t.Lists {
		for j := i + 1; j < len(t.Lists); j++ {
			if t.Overlap(i, j) == 0 {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs
}

// check refuses what no number of unseen persons follows from: [fault.Invalid] with fewer than three lists or more than
// eight, or a list that shares nobody with all others together.
func (t *Table) check() error {
	if len(t.Lists) < LeastLists || len(t.Lists) > MostLists {
		return fault.New(fault.Invalid, "unseen.lists").With("least", strconv.Itoa(LeastLists)).With("most", strconv.Itoa(MostLists))
	}
	if len(t.Count) != 1<<len(t.Lists) || t.Count[0] != 0 {
		return fault.New(fault.Invalid, "unseen.file").With("line", "1")
	}
	for i, name := range t.Lists {
		shared := 0
		for h, c := range t.Count {
			if h>>i&1 == 1 && bits.OnesCount(uint(h)) > 1 {
				shared += c
			}
		}
		if shared == 0 {
			return fault.New(fault.Invalid, "unseen.apart").With("list", name)
		}
	}
	return nil
}

// Parse reads a table as comma-separated values: names of the lists and of the count in the first line, then for each
// combination of lists 0 or 1 for each list and how many persons are on just those. A combination that is not there has nobody.
//
// It fails with [fault.Invalid] where a line is something else, where a combination comes twice or has no list, beyond [MostBytes], and
// as [Table.Estimate] does.
func Parse(r io.Reader) (*Table, error) {
	left := &io.LimitedReader{R: r, N: MostBytes + 1}
	in := csv.NewReader(left)
	in.TrimLeadingSpace = true
	in.ReuseRecord = true
	bad := func(line int) error {
		return fault.New(fault.Invalid, "unseen.file").With("line", strconv.Itoa(line))
	}
	head, err := in.Read()
	if err != nil {
		return nil, bad(1)
	}
	lists := len(head) - 1
	if lists < LeastLists || lists > MostLists {
		return nil, (&Table{Lists: make([]string, max(0, lists))}).check()
	}
	t := &Table{Count: make([]int, 1<<lists)}
	for _, name := range head[:lists] {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		if name == "" || len(name) > 100 {
			return nil, bad(1)
		}
		t.Lists = append(t.Lists, name)
	}
	seen, total := make([]bool, len(t.Count)), 0
	for line := 2; ; line++ {
		row, err := in.Read()
		if errors.Is(err, io.EOF) && left.N > 0 {
			break
		}
		if err != nil {
			return nil, bad(line)
		}
		h := 0
		for i, v := range row[:lists] {
			switch strings.TrimSpace(v) {
			case "1":
				h |= 1 << i
			case "0":
			default:
				return nil, bad(line)
			}
		}
		n, err := strconv.Atoi(strings.TrimSpace(row[lists]))
		if err != nil || n < 0 || n > MostPeople || h == 0 || seen[h] {
			return nil, bad(line)
		}
		t.Count[h], seen[h], total = n, true, total+n
		if total > MostPeople {
			return nil, bad(line)
		}
	}
	return t, t.check()
}

func errNone() error { return fault.New(fault.Invalid, "unseen.none") }
