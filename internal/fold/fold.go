// Package fold brings names and numbers of documents to one form, so that the same name is found again whether it was
// written in Cyrillic or in Latin letters, with its marks or without them.
//
// It is small on purpose: what it makes equal is looked for as equal, and nothing is measured. The tables are data/N.tsv, one
// for each version, and so is [All]. A version is frozen once something rests that was folded by it: a search index says of
// each of its parts by which version it was folded, is searched by all of those that are in it, and is brought to the newest
// by the people who may read what it was made of (docs/adr/0024-search-index.md). So a version is never changed, only
// another one added, and one is taken away when no node has anything of it any more.
package fold

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold is one version of how names and numbers are folded. The same version gives the same result for ever.
type Fold struct {
	Version int64
	// Words returns the folded words of a name in the order in which they stand.
	Words func(name string) []string
	// Sounds returns the words of a name in the order in which they stand, each as it may be read ([Sounds]). Nil in version 1, of which
	// what rests is words as they are spelled.
	Sounds func(name string) [][]string
	// Document returns the folded number of a document; empty if nothing is left of it.
	Document func(number string) string
}

//go:embed data/1.tsv
var first string

var all = sync.OnceValue(func() []Fold {
	spelled := New(1, first)
	return []Fold{spelled, {Version: 2, Words: spelled.Words, Sounds: SoundWords, Document: document}}
})

// All returns the versions that this program knows, the oldest first.
func All() []Fold { return all() }

// Newest returns the version by which is folded what is written down now.
func Newest() Fold { return all()[len(all())-1] }

// Words returns the words of a text in the letters of the newest version: what is the same when marks and scripts are left out, not what
// sounds alike.
func Words(name string) []string { return Newest().Words(name) }

// Document is that of the newest version.
func Document(number string) string { return Newest().Document(number) }

// Phone returns the last eight digits of a telephone number, which are the same however its country and trunk are written; empty if it
// has fewer than six.
func Phone(number string) string {
	var digits []byte
	for _, r := range norm.NFKC.String(number) {
		if '0' <= r && r <= '9' {
			digits = append(digits, byte(r))
		}
	}
	if len(digits) < 6 {
		return ""
	}
	return string(digits[max(0, len(digits)-8):])
}

// New returns a version of a table in the form of data/1.tsv and the rules below. A line that is neither "letter" nor "group"
// says nothing. From version 2 on its words also sound: as they are folded by the table.
//
// Words leaves out apostrophes; everything else that is neither letter nor digit parts words. Letters that the table does not
// know stay, in lower case and without marks.
func New(version int64, lines string) Fold {
	read := sync.OnceValue(func() table { return tableOf(lines) })
	f := Fold{Version: version, Words: func(name string) []string { return read().words(name) }, Document: document}
	if version > 1 {
		f.Sounds = func(name string) [][]string {
			var out [][]string
			for _, w := range f.Words(name) {
				if s := Sounds(w); len(s) > 0 {
					out = append(out, s)
				}
			}
			return out
		}
	}
	return f
}

// table is such a table as read.
type table struct {
	letters map[rune]string
	groups  *strings.Replacer
}

func tableOf(lines string) table {
	t := table{letters: map[rune]string{}}
	var groups []string
	for line := range strings.Lines(lines) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case len(f) != 3:
			continue // a comment
		case f[0] == "letter":
			for _, r := range f[1] {
				t.letters[r] = f[2]
			}
		case f[0] == "group":
			groups = append(groups, f[1], f[2])
		}
	}
	t.groups = strings.NewReplacer(groups...)
	return t
}

func (t table) words(name string) []string {
	var out []string
	var word strings.Builder
	end := func() {
		if w := squeeze(t.groups.Replace(word.String())); w != "" {
			out = append(out, w)
		}
		word.Reset()
	}
	for _, r := range norm.NFC.String(name) {
		switch r = unicode.ToLower(r); {
		case unicode.Is(unicode.Mn, r) || apostrophe(r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if to, ok := t.letters[r]; ok {
				word.WriteString(to)
				continue
			}
			for _, part := range norm.NFD.String(string(r)) {
				if !unicode.Is(unicode.Mn, part) {
					word.WriteRune(part)
				}
			}
		default:
			end()
		}
	}
	end()
	return out
}

func apostrophe(r rune) bool { return strings.ContainsRune("'’ʼʹ`´", r) }

// squeeze writes a letter that stands twice or more in a row once. Digits stay.
func squeeze(s string) string {
	var b strings.Builder
	last := rune(-1)
	for _, r := range s {
		if r != last || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// document returns the folded number of a document: its letters and digits alone, in upper case, a Cyrillic letter that looks
// like a Latin one written as that. It is empty if nothing is left.
func document(number string) string {
	const cyrillic, latin = "АВЕЅІЈКМНОРСТХ", "ABESIJKMHOPCTX"
	var b strings.Builder
	for _, r := range norm.NFKC.String(number) {
		r = unicode.ToUpper(r)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		if i := strings.IndexRune(cyrillic, r); i >= 0 {
			r = rune(latin[i/2])
		}
		b.WriteRune(r)
	}
	return b.String()
}
