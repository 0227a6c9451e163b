package search

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// Record is what can be searched of one case. No contact, no address, nothing that was said.
type Record struct {
	Case      id.Case
	Names     [][]string // folded words of each name, each word once in each name
	Birth     person.Birth
	Documents []string // folded numbers
}

// Limits of a record, in bytes and pieces. What is beyond them is not searched for.
const (
	maxCase      = 64
	maxWord      = 200
	maxWords     = 20
	maxNames     = 20
	maxDocuments = 20
	step         = 32 // records are filled up to a multiple of it, so that their length says little
	maxRecord    = 1 << 17
)

// RecordOf returns what can be searched of a person, folded by a version.
func RecordOf(by fold.Fold, c id.Case, p person.Person) Record {
	r := Record{Case: c}
	for _, n := range p.Names {
		words := by.Words(n.Text())
		slices.Sort(words)
		words = slices.Compact(words)
		words = slices.DeleteFunc(words, func(w string) bool { return len(w) > maxWord })
		words = words[:min(len(words), maxWords)]
		if len(words) > 0 && !slices.ContainsFunc(r.Names, func(known []string) bool { return slices.Equal(known, words) }) {
			r.Names = append(r.Names, words)
		}
	}
	r.Names = r.Names[:min(len(r.Names), maxNames)]
	if b, ok := p.Birth.Is(); ok {
		r.Birth = b
	}
	list, _ := p.Documents.Is()
	for _, d := range list {
		if n := by.Document(d.Number); n != "" && len(n) <= maxWord && !slices.Contains(r.Documents, n) {
			r.Documents = append(r.Documents, n)
		}
	}
	r.Documents = r.Documents[:min(len(r.Documents), maxDocuments)]
	return r
}

// Empty reports whether there is nothing by which the record could be found.
func (r Record) Empty() bool { return len(r.Names) == 0 && len(r.Documents) == 0 }

// Encode returns the bytes of r (spec/search.md 2).
func (r Record) Encode() []byte {
	b := text(nil, string(r.Case))
	b = binary.BigEndian.AppendUint16(b, uint16(r.Birth.Year))
	b = append(b, byte(r.Birth.Month), byte(r.Birth.Day), byte(r.Birth.Margin), byte(len(r.Names)))
	for _, n := range r.Names {
		b = append(b, byte(len(n)))
		for _, w := range n {
			b = text(b, w)
		}
	}
	b = append(b, byte(len(r.Documents)))
	for _, d := range r.Documents {
		b = text(b, d)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return append(b, make([]byte, (step-len(b)%step)%step)...)
}

func text(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

func malformed() error { return fault.New(fault.Internal, "search.record") }

// reader takes pieces from the front of bytes; ok becomes false where there is none.
type reader struct {
	b  []byte
	at int
	ok bool
}

func (r *reader) take(n int) []byte {
	if !r.ok || n < 0 || len(r.b)-r.at < n {
		r.ok = false
		return make([]byte, max(0, min(n, 8)))
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *reader) byte() int      { return int(r.take(1)[0]) }
func (r *reader) number() uint32 { return binary.BigEndian.Uint32(r.take(4)) }

// words takes a list of words; keep nil passes over them.
func (r *reader) words(most int, keep func([]byte)) {
	n := r.byte()
	if n > most {
		r.ok = false
	}
	for range n {
		w := r.take(r.byte())
		if len(w) == 0 || len(w) > maxWord {
			r.ok = false
		}
		if !r.ok {
			return
		}
		if keep != nil {
			keep(w)
		}
	}
}

// visit reads a record in place and returns its length without the filling, the checksum included. It makes no text.
func visit(b []byte, name func(n int, word []byte), document func([]byte)) (c []byte, size int, err error) {
	r := &reader{b: b, ok: true}
	c = r.take(r.byte())
	if len(c) == 0 || len(c) > maxCase {
		return nil, 0, malformed()
	}
	r.take(5)
	names := r.byte()
	if names > maxNames {
		return nil, 0, malformed()
	}
	for n := range names {
		if !r.ok {
			break
		}
		if name == nil {
			r.words(maxWords, nil)
			continue
		}
		r.words(maxWords, func(w []byte) { name(n, w) })
	}
	r.words(maxDocuments, document)
	end := r.at
	sum := r.number()
	if !r.ok || sum != crc32.ChecksumIEEE(b[:end]) {
		return nil, 0, malformed()
	}
	return c, r.at, nil
}

// ParseRecord reads what [Record.Encode] wrote.
//
// It fails with [fault.Internal] "search.record" for anything else.
func ParseRecord(b []byte) (Record, error) {
	var out Record
	c, size, err := visit(b, func(n int, w []byte) {
		for len(out.Names) <= n {
			out.Names = append(out.Names, nil)
		}
		out.Names[n] = append(out.Names[n], string(w))
	}, func(d []byte) { out.Documents = append(out.Documents, string(d)) })
	if err != nil {
		return Record{}, err
	}
	out.Case, out.Birth = id.Case(c), birth(b, len(c))
	if len(b)%step != 0 || len(b)-size >= step || strings.Trim(string(b[size:]), "\x00") != "" || string(out.Encode()) != string(b) {
		return Record{}, malformed()
	}
	return out, nil
}

// birth reads the birth date of a record whose case has n bytes.
func birth(b []byte, n int) person.Birth {
	b = b[1+n:]
	return person.Birth{Year: int(binary.BigEndian.Uint16(b)), Month: int(b[2]), Day: int(b[3]), Margin: int(b[4])}
}

// Query is what is looked for: the words of a name that one of her names has all of, or the number of a document; and
// the birth date, as far as it is known, which the record must not contradict.
type Query struct {
	Name     string
	Document string
	Born     string // yyyy, yyyy-mm or yyyy-mm-dd; empty: not known
}

// sought is a query as it is compared.
type sought struct {
	words    []string
	document string
	born     person.Birth
}

// folded returns what is compared, for each version of the fold, the oldest of which stands first.
//
// It fails with [fault.Invalid] "search.few" where it would fit too many people: a name that is one word to the newest version,
// without a year of birth; and "search.field" with what is malformed.
func (q Query) folded(folds []fold.Fold) (map[int64]sought, error) {
	out := map[int64]sought{}
	for i, f := range folds {
		one, err := q.fold(f)
		if i < len(folds)-1 {
			if err == nil {
				out[f.Version] = one
			}
			continue // what an older version cannot take, nothing that it folded has
		}
		if one.document == "" && len(one.words) < 2 && (len(one.words) == 0 || one.born.Year == 0) && err == nil {
			err = fault.New(fault.Invalid, "search.few")
		}
		if err != nil {
			return nil, err
		}
		out[f.Version] = one
	}
	return out, nil
}

func (q Query) fold(by fold.Fold) (sought, error) {
	bad := func(field string) error { return fault.New(fault.Invalid, "search.field").With("field", field) }
	out := sought{words: by.Words(q.Name), document: by.Document(q.Document)}
	slices.Sort(out.words)
	out.words = slices.Compact(out.words)
	if len(q.Name) > 1000 || len(out.words) > maxWords || slices.ContainsFunc(out.words, func(w string) bool { return len(w) > maxWord }) {
		return sought{}, bad("name")
	}
	if len(out.document) > maxWord || out.document != "" && len(out.document) < 4 {
		return sought{}, bad("document")
	}
	if q.Born != "" {
		if !person.Day(q.Born + map[int]string{4: "-01-01", 7: "-01", 10: ""}[len(q.Born)]) {
			return sought{}, bad("born")
		}
		for i, part := range strings.Split(q.Born, "-") {
			n, err := strconv.Atoi(part)
			if err != nil {
				return sought{}, bad("born")
			}
			*[]*int{&out.born.Year, &out.born.Month, &out.born.Day}[i] = n
		}
	}
	return out, nil
}

// By says by what a record was found.
type By string

// What a record is found by.
const (
	ByName     By = "name"
	ByDocument By = "document"
)

// fits reports by what the record in b is what is sought; empty: it is not. A document decides alone, whatever the date.
func (q sought) fits(b []byte) By {
	at, hits, document := -1, 0, false
	found := false
	c, _, err := visit(b, func(n int, w []byte) {
		if n != at {
			at, hits = n, 0
		}
		if _, ok := slices.BinarySearch(q.words, string(w)); ok {
			hits++
		}
		if len(q.words) > 0 && hits == len(q.words) {
			found = true
		}
	}, func(d []byte) { document = document || q.document != "" && string(d) == q.document })
	switch {
	case err != nil:
		return ""
	case document:
		return ByDocument
	case found && agree(q.born, birth(b, len(c))):
		return ByName
	}
	return ""
}

// agree reports whether two birth dates may be those of one person: what both know is the same, within the margin of an
// estimate.
func agree(q, r person.Birth) bool {
	if q.Year == 0 || r.Year == 0 {
		return true
	}
	if d := q.Year - r.Year; d > r.Margin || -d > r.Margin {
		return false
	}
	if r.Margin > 0 {
		return true
	}
	return (q.Month == 0 || r.Month == 0 || q.Month == r.Month) && (q.Day == 0 || r.Day == 0 || q.Day == r.Day)
}
