package fold

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SoundVersion is the version of the table of sounds and of the rules below (spec/fold.md). Whatever rests or travels that was
// made of sounds says by which.
const SoundVersion = 1

//go:embed data/sound-1.tsv
var soundLines string

// sounds is the table as read: what a group of letters may be read as, the likeliest first.
type sounds struct {
	read    map[string][]string
	longest int // in letters
}

var soundTable = sync.OnceValue(func() sounds { return soundsOf(soundLines) })

func soundsOf(lines string) sounds {
	t := sounds{read: map[string][]string{}}
	for line := range strings.Lines(lines) {
		from, to, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		t.read[from] = strings.Split(to, "|")
		t.longest = max(t.longest, len([]rune(strings.TrimPrefix(from, "^"))))
	}
	return t
}

// Readings is the most ways in which one word is read.
const Readings = 3

// Sounds returns how a word sounds, in at most [Readings] ways, the likeliest first and each once: nothing if it has no letter
// that sounds. Only the letters a b c d e f g h i j k l m n o p r s t u v z and digits occur, and no letter twice in a row
// (data/sound-1.tsv says what each stands for). A word may be in any of the region's scripts, and in two of them at once, as
// forms are filled by people who change their keyboard.
func Sounds(word string) []string {
	return soundTable().of(spelled(word))
}

// SoundWords returns the words of a name, each as it sounds; words that do not sound are left out. Everything but letters, digits,
// marks and apostrophes parts words.
func SoundWords(name string) [][]string {
	var out [][]string
	for _, w := range strings.FieldsFunc(norm.NFC.String(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !apostrophe(r)
	}) {
		if s := Sounds(w); len(s) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// spelled returns the letters of a word in lower case, composed, without apostrophes and without the accents of Greek, which say where
// the voice rises and not what is read.
func spelled(word string) []rune {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(word)) {
		switch {
		case apostrophe(r) || strings.ContainsRune("\u0301\u0300\u0342\u0313\u0314", r) && greekBefore(b.String()):
		default:
			b.WriteRune(r)
		}
	}
	return []rune(norm.NFC.String(b.String()))
}

func greekBefore(s string) bool {
	for _, r := range slices.Backward([]rune(s)) {
		if !unicode.Is(unicode.Mn, r) {
			return unicode.Is(unicode.Greek, r)
		}
	}
	return false
}

func (t sounds) of(letters []rune) []string {
	var ways [Readings]strings.Builder
	for i := 0; i < len(letters); {
		read, n := t.at(letters, i)
		for w := range ways {
			if len(read) > 0 {
				ways[w].WriteString(read[min(w, len(read)-1)])
			}
		}
		i += n
	}
	var out []string
	for w := range ways {
		if s := squeeze(ways[w].String()); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// at returns how the letters from i on are read, and how many of them that took.
func (t sounds) at(letters []rune, i int) ([]string, int) {
	for n := min(t.longest, len(letters)-i); n > 0; n-- {
		group := string(letters[i : i+n])
		if i == 0 {
			if read, ok := t.read["^"+group]; ok {
				return read, n
			}
		}
		if read, ok := t.read[group]; ok {
			return read, n
		}
	}
	r := letters[i]
	if unicode.IsDigit(r) {
		return []string{string(r)}, 1
	}
	for _, part := range norm.NFD.String(string(r)) { // a letter with a mark that the table does not know
		if read, ok := t.read[string(part)]; ok && part != r {
			return read, 1
		}
	}
	return nil, 1
}

// Skeleton returns what of a sounding word is left without its vowels: its first letter, a for every vowel, and the consonants after it,
// none twice in a row.
func Skeleton(sound string) string {
	var b strings.Builder
	last := byte(0)
	for i := range len(sound) {
		c := sound[i]
		if strings.IndexByte("aeiou", c) >= 0 {
			if i > 0 {
				continue
			}
			c = 'a'
		}
		if c != last {
			b.WriteByte(c)
		}
		last = c
	}
	return b.String()
}
