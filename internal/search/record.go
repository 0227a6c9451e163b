package search

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// Word is a word of a name in each of the ways in which it may be read, the likeliest first; of version 1 the one in which it is spelled.
type Word []string

// Record is what can be searched of one case. No address, nothing that was said.
type Record struct {
	Fold         int64 // version of package fold by which it was folded; from 2 on with all that follows the documents
	Case         id.Case
	Names        [][]Word // words of each name, each word once in each name
	Birth        person.Birth
	Documents    []string // folded numbers
	Sex          person.Sex
	Citizenships []string
	Phones       []string // folded numbers
}

// sounding is the version from which on words rest as they sound, with sex, citizenships and telephones.
const sounding = 2

// Limits of a record, in bytes and pieces. What is beyond them is not searched for.
const (
	maxCase      = 64
	maxWord      = 200
	maxWords     = 20
	maxNames     = 20
	maxDocuments = 20
	maxList      = 20
	step         = 32 // records are filled up to a multiple of it, so that their length says little
	maxRecord    = 1 << 18
)

// RecordOf returns what can be searched of a person, folded by a version.
func RecordOf(by fold.Fold, c id.Case, p person.Person) Record {
	r := Record{Fold: by.Version, Case: c}
	for _, n := range p.Names {
		words := wordsOf(by, n.Text())
		words = words[:min(len(words), maxWords)]
		if len(words) > 0 && !slices.ContainsFunc(r.Names, func(known []Word) bool { return slices.EqualFunc(known, words, slices.Equal) }) {
			r.Names = append(r.Names, words)
		}
	}
	r.Names = r.Names[:min(len(r.Names), maxNames)]
	if b, ok := p.Birth.Is(); ok {
		r.Birth = b
	}
	list, _ := p.Documents.Is()
	for _, d := range list {
		r.Documents = more(r.Documents, by.Document(d.Number))
	}
	r.Documents = r.Documents[:min(len(r.Documents), maxDocuments)]
	if by.Version < sounding {
		return r
	}
	r.Sex, _ = p.Sex.Is()
	citizenships, _ := p.Citizenships.Is()
	for _, c := range citizenships {
		r.Citizenships = more(r.Citizenships, c)
	}
	for _, c := range p.Contacts {
		switch c.Way {
		case person.Telephone, person.TextSMS, person.Messenger:
			r.Phones = more(r.Phones, fold.Phone(c.Address))
		}
	}
	r.Citizenships, r.Phones = r.Citizenships[:min(len(r.Citizenships), maxList)], r.Phones[:min(len(r.Phones), maxList)]
	return r
}

// more adds a text that is not there yet, unless it is empty or too long.
func more(all []string, s string) []string {
	if s == "" || len(s) > maxWord || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// wordsOf returns the words of a name by a version, sorted, each once and none too long.
func wordsOf(by fold.Fold, name string) []Word {
	var words []Word
	if by.Version < sounding {
		for _, w := range by.Words(name) {
			words = append(words, Word{w})
		}
	} else {
		for _, w := range by.Sounds(name) {
			words = append(words, Word(w))
		}
	}
	slices.SortFunc(words, slices.Compare[Word])
	words = slices.CompactFunc(words, func(a, b Word) bool { return slices.Equal(a, b) })
	return slices.DeleteFunc(words, func(w Word) bool {
		return slices.ContainsFunc(w, func(way string) bool { return len(way) > maxWord })
	})
}

// Empty reports whether there is nothing by which the record could be found.
func (r Record) Empty() bool { return len(r.Names) == 0 && len(r.Documents) == 0 && len(r.Phones) == 0 }

// The sexes as they are written in a record.
var sexes = [...]person.Sex{"", person.Female, person.Male, person.Other}

// Encode returns the bytes of r (spec/search.md 2).
func (r Record) Encode() []byte {
	b := text(nil, string(r.Case))
	b = binary.BigEndian.AppendUint16(b, uint16(r.Birth.Year))
	b = append(b, byte(r.Birth.Month), byte(r.Birth.Day), byte(r.Birth.Margin), byte(len(r.Names)))
	for _, n := range r.Names {
		b = append(b, byte(len(n)))
		for _, w := range n {
			if r.Fold >= sounding {
				b = append(b, byte(len(w)))
			}
			for _, way := range w {
				b = text(b, way)
			}
		}
	}
	b = texts(b, r.Documents)
	if r.Fold >= sounding {
		b = append(b, byte(max(0, slices.Index(sexes[:], r.Sex))))
		b = texts(texts(b, r.Citizenships), r.Phones)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return append(b, make([]byte, (step-len(b)%step)%step)...)
}

func text(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

func texts(b []byte, all []string) []byte {
	b = append(b, byte(len(all)))
	for _, s := range all {
		b = text(b, s)
	}
	return b
}

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

// list takes a list of texts; keep nil passes over them.
func (r *reader) list(most int, keep func([]byte)) {
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

// pieces is what is done with the parts of a record as it is read in place; nil: passed over.
type pieces struct {
	word                         func(name, word int, way []byte) // of a name, its words each in all of its ways
	document, citizenship, phone func([]byte)
}

// visit reads a record in place by the layout of a version and returns its case, its length without the filling, the checksum included, and
// its sex. It makes no text.
func visit(version int64, b []byte, do pieces) (c []byte, size int, sex byte, err error) {
	r := &reader{b: b, ok: true}
	c = r.take(r.byte())
	if len(c) == 0 || len(c) > maxCase {
		return nil, 0, 0, malformed()
	}
	r.take(5)
	names := r.byte()
	if names > maxNames {
		return nil, 0, 0, malformed()
	}
	for n := range names {
		if !r.ok {
			break
		}
		r.name(version, n, do.word)
	}
	r.list(maxDocuments, do.document)
	if version >= sounding {
		if sex = byte(r.byte()); int(sex) >= len(sexes) {
			r.ok = false
		}
		r.list(maxList, do.citizenship)
		r.list(maxList, do.phone)
	}
	end := r.at
	sum := r.number()
	if !r.ok || sum != crc32.ChecksumIEEE(b[:end]) {
		return nil, 0, 0, malformed()
	}
	return c, r.at, sex, nil
}

// name takes the words of a name.
func (r *reader) name(version int64, n int, keep func(name, word int, way []byte)) {
	if version < sounding {
		at := 0
		r.list(maxWords, func(w []byte) {
			if keep != nil {
				keep(n, at, w)
			}
			at++
		})
		return
	}
	words := r.byte()
	if words > maxWords {
		r.ok = false
	}
	for w := range words {
		if !r.ok {
			return
		}
		from := r.at
		r.list(fold.Readings, func(way []byte) {
			if keep != nil {
				keep(n, w, way)
			}
		})
		r.ok = r.ok && r.b[from] > 0
	}
}

// ParseRecord reads what [Record.Encode] wrote of a record that was folded by a version.
//
// It fails with [fault.Internal] "search.record" for anything else.
func ParseRecord(version int64, b []byte) (Record, error) {
	out := Record{Fold: version}
	keep := func(all *[]string) func([]byte) { return func(s []byte) { *all = append(*all, string(s)) } }
	c, size, sex, err := visit(version, b, pieces{
		word: func(n, w int, way []byte) {
			for len(out.Names) <= n {
				out.Names = append(out.Names, nil)
			}
			for len(out.Names[n]) <= w {
				out.Names[n] = append(out.Names[n], nil)
			}
			out.Names[n][w] = append(out.Names[n][w], string(way))
		},
		document: keep(&out.Documents), citizenship: keep(&out.Citizenships), phone: keep(&out.Phones),
	})
	if err != nil {
		return Record{}, err
	}
	out.Case, out.Birth, out.Sex = id.Case(c), birth(b, len(c)), sexes[sex]
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
