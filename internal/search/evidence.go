package search

import (
	"math"

	"github.com/opentrm/opentrm/internal/person"
)

// Evidence is what one field says about two records, or about a record and what is sought.
type Evidence struct {
	Field string  // name, birth, sex, citizenship, document, phone
	Level string  // how the two agree, a code of its field
	N     int     // words of the name of which it is said; 1 elsewhere
	Bits  float64 // whole; for the two being one person if positive, against it if negative; a bit doubles or halves the odds
}

// The fields of evidence.
const (
	FieldName        = "name"
	FieldBirth       = "birth"
	FieldSex         = "sex"
	FieldCitizenship = "citizenship"
	FieldDocument    = "document"
	FieldPhone       = "phone"
)

// Levels of a word of a name.
const (
	wordSame    = "same"  // sounds alike in one of its readings
	wordSlip    = "slip"  // but for one letter
	wordSlips   = "slips" // but for two
	wordMissing = "missing"
)

// The bits of a word. They do not depend on how many have it: a searcher would see in them what is hidden from her. How they were chosen and
// what they find is in docs/linkage.md.
const (
	bitsWord    = 7.0
	bitsSlip    = 2.2 // of that part of a word which one slip is, this many times its bits are taken off
	bitsMissing = -3.0
)

// enough is from how many bits on a record is shown to who searches: two words that sound alike have them, or one of which the other has two slips.
const enough = 8.0

// wordBits returns what a word with so many slips says, that is n letters long.
func wordBits(slips uint8, n int) float64 {
	return math.Round(bitsWord * max(0, 1-bitsSlip*float64(slips)/float64(max(n, 3))))
}

// said is what one level of a field says.
type said struct {
	level string
	bits  float64
}

// birthSays compares two birth dates, each as far as it is known; nil: one is not known at all. Estimates count as they were given, within their
// margin.
func birthSays(a, b person.Birth) *said {
	if a.Year == 0 || b.Year == 0 {
		return nil
	}
	gap, margin := a.Year-b.Year, a.Margin+b.Margin
	gap = max(gap, -gap)
	whole := a.Day > 0 && b.Day > 0
	switch {
	case margin > 0 && gap <= margin:
		return &said{"margin", 2}
	case margin > 0 && gap == margin+1:
		return &said{"near", -1}
	case margin > 0:
		return &said{"differ", -8}
	case whole:
		return wholeSays(a, b, gap)
	case gap == 0 && a.Month > 0 && b.Month > 0 && a.Month == b.Month:
		return &said{"month", 6}
	case gap == 0 && (a.Month == 0 || b.Month == 0):
		return &said{"year", 4}
	case gap == 0:
		return &said{"year-only", 0}
	case gap == 1:
		return &said{"near", -1}
	}
	return &said{"differ", -8}
}

// wholeSays compares two that are known to the day.
func wholeSays(a, b person.Birth, gap int) *said {
	off := 0
	for x, y := a.Year*10000+a.Month*100+a.Day, b.Year*10000+b.Month*100+b.Day; x > 0 || y > 0; x, y = x/10, y/10 {
		if x%10 != y%10 {
			off++
		}
	}
	switch {
	case off == 0:
		return &said{"same", 10}
	case gap == 0 && a.Month == b.Day && a.Day == b.Month:
		return &said{"turned", 8}
	case off == 1:
		return &said{"digit", 6}
	case a.Month == b.Month && a.Day == b.Day:
		return &said{"day-and-month", 3}
	case gap == 0 && (a.Month == b.Month || a.Day == b.Day):
		return &said{"year-and-one", 3}
	case gap == 0:
		return &said{"year-only", 0}
	case gap == 1:
		return &said{"near", -3}
	}
	return &said{"differ", -8}
}

// sexSays compares two sexes; nil: one is not known.
func sexSays(a, b person.Sex) *said {
	switch {
	case a == "" || b == "":
		return nil
	case a == b:
		return &said{"same", 1}
	}
	return &said{"differ", -4}
}

// The bits of what two records have in common or have not.
const (
	bitsDocument    = 16.0
	bitsPhone       = 9.0 // a family may share one
	bitsCitizenship = 2.0
	bitsForeign     = -1.0 // many have two and name one
)

// sharesSays says whether two lists have something in common; nil: one is empty, or nothing is said by their having nothing.
func sharesSays[T comparable](a, b []T, same, differ float64) *said {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return &said{"same", same}
			}
		}
	}
	if differ == 0 {
		return nil
	}
	return &said{"differ", differ}
}

// total adds up evidence.
func total(all []Evidence) float64 {
	sum := 0.0
	for _, e := range all {
		sum += e.Bits
	}
	return sum
}
