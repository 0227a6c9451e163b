// Package fold brings names and numbers of documents to one form, so that the same name is found again whether it was
// written in Cyrillic or in Latin letters, with its marks or without them.
//
// It is small on purpose: what it makes equal is looked for as equal, and nothing is measured. The table is data/fold.tsv.
// What rests in a search index was folded by one version; [Version] rises with every change of a result, and an index of
// another version is made anew.
package fold

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Version names the table and the rules of this package.
const Version = 1

//go:embed data/fold.tsv
var file string

// table is data/fold.tsv as read.
type table struct {
	letters map[rune]string
	groups  *strings.Replacer
}

var read = sync.OnceValue(func() table {
	t := table{letters: map[rune]string{}}
	var groups []string
	for line := range strings.Lines(file) {
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
})

// Words returns the folded words of a name in the order in which they stand. Apostrophes are left out; everything else
// that is neither letter nor digit parts words. Letters that the table does not know stay, in lower case and without marks.
func Words(name string) []string {
	t := read()
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

// Document returns the folded number of a document: its letters and digits alone, in upper case, a Cyrillic letter that looks
// like a Latin one written as that. It is empty if nothing is left.
func Document(number string) string {
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
