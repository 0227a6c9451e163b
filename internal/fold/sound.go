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

//go:embed data/ending-1.tsv
var endingLines string

var endings = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(endingLines) {
		if from, to, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			all[from] = to
		}
	}
	return all
})

// leastRoot is the number of letters before an ending, and longestEnding those of an ending.
const leastRoot, longestEnding = 2, 5

// Root returns a sounding word as a man bears it as his family name, if it ends as that of a woman does (data/ending-1.tsv): ivanov of
// ivanova. What has another ending, or fewer than two letters before it, is returned as it is; so is what Root returned.
func Root(sound string) string {
	for n := min(longestEnding, len(sound)-leastRoot); n > 0; n-- {
		if to, ok := endings()[sound[len(sound)-n:]]; ok {
			return sound[:len(sound)-n] + to
		}
	}
	return sound
}

// sounds is the table as read: what a group of letters may be read as, the likeliest first.
type sounds struct {
	read    map[uint64][]string // by packed letters
	longest map[rune]int        // of the groups that begin with a letter, how many letters
}

// packed is a group of letters as one number, the first letter lowest; ^ before it counts as a letter. Zero stands for a group that no line
// can have: of more than five letters, or of one beyond those of the region's scripts.
func packed(begins bool, group []rune) (n uint64) {
	if begins {
		n = '^'
	}
	for i := len(group) - 1; i >= 0; i-- {
		if group[i] >= 1<<11 {
			return 0
		}
		n = n<<11 | uint64(group[i])
	}
	return n
}

var soundTable = sync.OnceValue(func() sounds { return soundsOf(soundLines) })

func soundsOf(lines string) sounds {
	t := sounds{read: map[uint64][]string{}, longest: map[rune]int{}}
	for line := range strings.Lines(lines) {
		from, to, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		group, begins := strings.CutPrefix(from, "^")
		letters := []rune(group)
		t.read[packed(begins, letters)] = strings.Split(to, "|")
		t.longest[letters[0]] = max(t.longest[letters[0]], len(letters))
	}
	return t
}

// Readings is the most ways in which one word is read.
const Readings = 3

// Sounds returns how a word sounds, in at most [Readings] ways, the likeliest first and each once: nothing if it has no letter
// that sounds. Only the letters a b c d e f g h i k l m n o p r s t u v z and digits occur, no letter twice in a row
// (data/sound-1.tsv says what each stands for), and what is returned, read again, is read as itself first. A word may be in any of the region's scripts, and in two of them at once, as
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
		if s := t.settled(ways[w].String()); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// settled reads a sounding word again, each letter the likeliest way, until that changes nothing: what two letters of another script say
// together is then the same as what their romanisation says, as of сх in Исхак, which is Ishak in Latin letters. It ends, because a line for a
// group of sounding letters either says what stands there or is shorter (TestTheTableOfSounds).
func (t sounds) settled(sound string) string {
	for sound = squeeze(sound); ; {
		letters := []rune(sound)
		var b strings.Builder
		for i := 0; i < len(letters); {
			read, n := t.at(letters, i)
			if len(read) > 0 {
				b.WriteString(read[0])
			}
			i += n
		}
		again := squeeze(b.String())
		if again == sound {
			return sound
		}
		sound = again
	}
}

// at returns how the letters from i on are read, and how many of them that took.
func (t sounds) at(letters []rune, i int) ([]string, int) {
	for n := min(t.longest[letters[i]], len(letters)-i); n > 0; n-- {
		group := letters[i : i+n]
		if i == 0 {
			if read, ok := t.read[packed(true, group)]; ok {
				return read, n
			}
		}
		if read, ok := t.read[packed(false, group)]; ok {
			return read, n
		}
	}
	r := letters[i]
	if unicode.IsDigit(r) {
		return []string{string(r)}, 1
	}
	for _, part := range norm.NFD.String(string(r)) { // a letter with a mark that the table does not know
		if read, ok := t.read[packed(false, []rune{part})]; ok && part != r {
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
