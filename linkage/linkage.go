// Package linkage finds records that are of one person although their names are written in other scripts and spellings, in another order or with
// slips, and names that sound like what somebody types. It is what the program itself uses (internal/link), under a name that programs of others may
// import: what stands here stays as it is until the next major version. It keeps nothing, asks no network and never merges.
package linkage

import (
	"context"

	"github.com/opentrm/opentrm/internal/link"
)

type (
	// Kind says what a column holds, and so how two values of it are compared.
	Kind = link.Kind
	// Column is a column of a [Table].
	Column = link.Column
	// Table holds records that are to be compared.
	Table = link.Table
	// Least are the probabilities from which on a pair is shown, and from which on it joins a group.
	Least = link.Least
	// Keep keeps what was done, so that a comparison that was broken off goes on.
	Keep = link.Keep
	// Progress is told how far the work has come.
	Progress = link.Progress
	// Result is what a comparison found.
	Result = link.Result
	// Pair is two records that may be of one person.
	Pair = link.Pair
	// Evidence is what one column says about a pair, in bits.
	Evidence = link.Evidence
	// Names finds names in a list held in memory.
	Names = link.Names
	// Hit is a name that was found.
	Hit = link.Hit
	// Met says which word of what was searched met which word of a name.
	Met = link.Met
)

// The kinds of columns.
const (
	Given   = link.Given
	Family  = link.Family
	Name    = link.Name
	Father  = link.Father
	Birth   = link.Birth
	Precise = link.Precise
	Sex     = link.Sex
	Code    = link.Code
	Place   = link.Place
	Number  = link.Number
	Text    = link.Text
	None    = link.None
)

// New returns an empty table.
func New(columns []Column) *Table { return link.New(columns) }

// KindOf returns what a column with such a name most likely holds, in the languages of the region; [None] if its name says nothing.
func KindOf(name string) Kind { return link.KindOf(name) }

// Run compares the records of a table. It fails with the error of ctx, or of [Least.Keep].
func Run(ctx context.Context, t *Table, least Least, tell Progress) (*Result, error) {
	return link.Run(ctx, t, least, tell)
}
