// Package published reads what others have published of trafficking, so that it can stand beside what this node has counted.
//
// A published file is read as a stream, and nothing of it is put right in silence: what is hidden, written with separators, spoilt on
// its way, named in one of seven hundred spellings or given twice is told by a [Trap], each with the lines on which it stands. A number
// is an interval ([Count]), because "<5" is not one number; what is made of numbers is a range over the ways in which they can be read.
//
// Which states make a sub-region, and what a state is called by which publisher, is data with its source and whether anybody has
// verified it. The publisher's countries are not always ours: with UNODC and CTDC, Serbia includes Kosovo*.
//
// Invariants:
//   - what was published never stands among the facts of this node, and no sum holds both;
//   - a state without a number for a year is missing, and never zero.
package published

import "strconv"

// Indicator is what was counted.
type Indicator string

// The indicators of the UNODC GLOTIP file.
const (
	Victims    Indicator = "victims"    // detected trafficking victims
	Convicted  Indicator = "convicted"  // persons convicted
	Prosecuted Indicator = "prosecuted" // persons prosecuted
	Contacted  Indicator = "contacted"  // persons brought into formal contact with the police or the courts
	Offences   Indicator = "offences"   // offences recorded
)

// Dimension is by what a number was told apart, beside sex and age.
type Dimension string

// The dimensions of the UNODC GLOTIP file.
const (
	Whole        Dimension = "total"
	ByForm       Dimension = "form"
	ByCitizen    Dimension = "citizenship"
	ByRepatriate Dimension = "repatriation" // the country from which own nationals were brought back
)

// The categories of [ByForm]; those of the other dimensions are what [Origin] returns.
const (
	Sexual = "sexual"
	Labour = "labour"
	Other  = "other"
)

// The classes of sex and age. All is the sum as the publisher gives it, which is not always the sum of the others.
const (
	All     = "all"
	Unknown = "unknown"
	Female  = "female"
	Male    = "male"
	Third   = "other"
	Child   = "0-17"
	Adult   = "18+"
)

// Count is a published number: how many there are at least and at most. The two differ where the publisher hides small numbers.
type Count struct{ Least, Most int }

// Hidden reports whether the number itself was not published.
func (c Count) Hidden() bool { return c.Least != c.Most }

// String writes a hidden number as its interval.
func (c Count) String() string {
	if c.Hidden() {
		return strconv.Itoa(c.Least) + "-" + strconv.Itoa(c.Most)
	}
	return strconv.Itoa(c.Least)
}

// FewerThanFive is "<5" as UNODC writes it. The file holds neither a 0 nor a 1 to 4, so that nobody but the publisher knows whether a
// zero can stand behind it.
func FewerThanFive() Count { return Count{0, 4} }

// Key says what a number is about. Two numbers with one key are two readings of one thing, or parts of it; the file does not tell.
type Key struct {
	Area      string // ISO 3166-1 alpha-3 as published; empty: the publisher gave none
	Indicator Indicator
	Dimension Dimension
	Category  string // of the form or the origin; [All] where the dimension is [Whole]
	Sex, Age  string
	Year      int
}

// Value is one published number.
type Value struct {
	Key
	Line    int64
	Written string // the category as it stands in the file
	Count   Count
}
