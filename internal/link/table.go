package link

import (
	"math/bits"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fold"
)

// Kind says what a column holds, and so how two values of it are compared.
type Kind string

// The kinds of columns. A column of no kind is carried along and not compared.
const (
	Given   Kind = "given"   // given names
	Family  Kind = "family"  // family names
	Name    Kind = "name"    // a whole name in one column, in any order
	Father  Kind = "father"  // a patronymic, or the name of a parent
	Birth   Kind = "birth"   // a date of birth, whole or in part
	Precise Kind = "precise" // how far the date of birth is known: d to the day, m to the month, y to the year, e estimated
	Sex     Kind = "sex"
	Code    Kind = "code"   // one of few values, such as a nationality
	Place   Kind = "place"  // a place, as people write it
	Number  Kind = "number" // a document, a telephone, an insurance number
	Text    Kind = "text"   // anything else that people write
	None    Kind = ""
)

// Column is a column of a [Table].
type Column struct {
	Name string
	Kind Kind
}

// missing stands for a value that is not there.
const missing = int32(-1)

// column holds the values of a column by number: most names are borne by many.
type column struct {
	Column
	of     []int32 // of each record, its value; until it is folded, the number of what was written
	folded int     // records whose values are read
	known  map[string]int32
	raw    []string // what was written, each once
	reads  []int32  // of each, the number of the value that was read
	texts  []text   // Sex, Code, Precise, Place, Number, Text
	days   []day    // Birth
	count  []int32  // how many records have a class of values
	pos    int      // where its value stands in a row of [compare]
}

// Table holds records that are to be compared. It is filled by one goroutine, and read by many afterwards.
type Table struct {
	columns []*column
	n       int
	words   []word
	names   []name           // of columns that hold names
	known   map[string]int32 // of words
	classes map[uint64]int32 // of values that are the same: names that sound alike, numbers without their blanks
}

// New returns an empty table.
func New(columns []Column) *Table {
	t := &Table{known: map[string]int32{}, classes: map[uint64]int32{}}
	for _, c := range columns {
		t.columns = append(t.columns, &column{Column: c, known: map[string]int32{}})
	}
	return t
}

// Len returns how many records the table has.
func (t *Table) Len() int { return t.n }

// Add adds a record. Values that lack at the end are missing, and those beyond the last column are left out.
func (t *Table) Add(values []string) {
	t.n++
	for i, c := range t.columns {
		v := ""
		if i < len(values) && c.Kind != None {
			v = strings.TrimSpace(values[i])
		}
		n := missing
		if v != "" {
			known := false
			if n, known = c.known[v]; !known {
				n = int32(len(c.raw))
				v = strings.Clone(v)
				c.raw = append(c.raw, v)
				c.known[v] = n
			}
		}
		c.of = append(c.of, n)
	}
}

// fold reads what was added since it was last called, names, dates and the rest, and forgets how it was written. Reading names takes the longest, so that is done on all processors.
func (t *Table) fold() {
	for _, c := range t.columns {
		from := len(c.reads)
		c.reads = append(c.reads, make([]int32, len(c.raw)-from)...)
		var sounds [][][]string
		switch c.Kind {
		case Given, Family, Name, Father:
			sounds = make([][][]string, len(c.raw)-from)
			share(len(sounds), func(lo, hi int) {
				for i := lo; i < hi; i++ {
					sounds[i] = fold.SoundWords(c.raw[from+i])
				}
			})
		}
		for i := from; i < len(c.raw); i++ {
			c.reads[i] = t.value(c, c.raw[i], sounds, i-from)
		}
		for i := c.folded; i < len(c.of); i++ {
			if c.of[i] != missing {
				c.of[i] = c.reads[c.of[i]]
			}
		}
		c.folded = len(c.of)
		c.raw, c.reads, c.known = nil, nil, map[string]int32{} // what is added from now on is numbered anew
	}
}

// share lets every processor do a part of n things.
func share(n int, do func(lo, hi int)) {
	parts := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for p := range parts {
		all.Go(func() { do(n*p/parts, n*(p+1)/parts) })
	}
	all.Wait()
}

// value returns the number of a value as it was read, or missing if nothing of it could be.
func (t *Table) value(c *column, v string, sounds [][][]string, i int) int32 {
	switch c.Kind {
	case Given, Family, Name, Father:
		if x := t.name(sounds[i]); x.n > 0 {
			t.names = append(t.names, x)
			return int32(len(t.names) - 1)
		}
	case Birth:
		if d, ok := parseDay(v); ok {
			c.days = append(c.days, d)
			return int32(len(c.days) - 1)
		}
	default:
		if x, ok := t.text(c.Kind, v); ok {
			c.texts = append(c.texts, x)
			return int32(len(c.texts) - 1)
		}
	}
	return missing
}

// text is a value that is neither a name nor a date.
type text struct {
	class int32
	word  int32
	hash  uint32
	short bool // too short to find anything by
}

func (t *Table) text(k Kind, v string) (text, bool) {
	var s string
	switch k {
	case Number:
		s = fold.Document(v)
	case Sex, Code, Precise:
		s = strings.ToUpper(v)
	default:
		s = strings.Join(fold.Words(v), " ")
	}
	h := hashed(s)
	return text{class: t.class(mix(h, hashed(string(k)))), word: t.word(strings.ToLower(strings.ReplaceAll(s, " ", ""))), hash: uint32(h), short: len(s) < 4}, s != ""
}

func (t *Table) class(h uint64) int32 {
	n, ok := t.classes[h]
	if !ok {
		n = int32(len(t.classes))
		t.classes[h] = n
	}
	return n
}

func (t *Table) word(s string) int32 {
	n, ok := t.known[s]
	if !ok {
		n = int32(len(t.words))
		w := ready(s)
		w.called = shortForms()[s]
		t.words = append(t.words, w)
		t.known[s] = n
	}
	return n
}

// hashed is a hash of a string that is the same in every run, so that what is found does not depend on chance (FNV-1a, then mixed).
func hashed(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h, 0)
}

// mix makes one hash of two, in an order that matters.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd1b54a32d192ed03)
	return hi ^ lo ^ a*0xff51afd7ed558ccd
}

// reading is one word of a name, in each of the ways in which it can be read: numbers of words of the table.
type reading struct {
	ways [fold.Readings]int32
	n    uint8
}

// most is the number of words of a name that are compared.
const most = 6

// name is a name made ready to be compared.
type name struct {
	words   []reading
	n       uint8 // words
	letters uint8
	class   int32  // the same for names of which all words sound alike, in whatever order they stand
	hash    uint64 // of all readings of all words
	joined  uint32 // of the first readings, without blanks
}

// titles stand before names and are none, as they sound.
var titles = [...]string{"dr", "prof", "mr", "mrs", "ms", "ma", "md", "fd", "prim", "ing", "dipl", "gdin", "gda", "gja"}

func (t *Table) name(words [][]string) name {
	var n name
	var sounds []string
	for _, ways := range words {
		if n.n == most {
			break
		}
		if slices.Contains(titles[:], ways[0]) {
			continue
		}
		r := reading{n: uint8(len(ways))}
		for i, w := range ways {
			r.ways[i] = t.word(w)
			n.hash = mix(n.hash, hashed(w))
		}
		n.letters += t.words[r.ways[0]].n
		n.words = append(n.words, r)
		n.n++
		sounds = append(sounds, ways[0])
	}
	n.joined = uint32(hashed(strings.Join(sounds, "")))
	slices.Sort(sounds)
	h := hashed("name")
	for _, s := range sounds {
		h = mix(h, hashed(s))
	}
	n.class = t.class(h)
	n.words = slices.Clip(n.words)
	return n
}
