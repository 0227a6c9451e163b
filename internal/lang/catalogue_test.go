package lang_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/lang"
)

// entry is a message as it stands in a file: plural form (or "" for a message without) to text.
type entry map[string]string

// catalogue reads the files of one language as a translator sees them: file name to key to entry.
func catalogue(t *testing.T, tag lang.Tag) map[string]map[string]entry {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("text", string(tag), "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no files: %v", tag, err)
	}
	all := map[string]map[string]entry{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		onlyOnce(t, path, b)
		var raw map[string]any
		if err := json.Unmarshal(b, &raw); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		file := map[string]entry{}
		for key, value := range raw {
			switch v := value.(type) {
			case string:
				file[key] = entry{"": v}
			case map[string]any:
				file[key] = entry{}
				for form, text := range v {
					file[key][form] = fmt.Sprint(text)
				}
			default:
				t.Errorf("%s: %s is neither a text nor plural forms", path, key)
			}
		}
		all[strings.TrimSuffix(filepath.Base(path), ".json")] = file
	}
	return all
}

// onlyOnce fails the test for a key that stands twice, which a JSON reader would silently merge.
func onlyOnce(t *testing.T, path string, b []byte) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	depth, name, seen := 0, true, map[string]bool{}
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' {
				depth++
			} else {
				depth--
			}
			name = true
		case string:
			if depth != 1 {
				continue
			}
			if name && seen[v] {
				t.Errorf("%s: %s stands twice", path, v)
			}
			if name {
				seen[v] = true
			}
			name = !name
		}
	}
}

var variable = regexp.MustCompile(`\{\{\.([a-z][a-zA-Z0-9]*)\}\}`)

func variablesOf(e entry) []string {
	var names []string
	for _, text := range e {
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	c := load(t)
	english := catalogue(t, lang.English)
	for _, tag := range c.Tags() {
		if tag == lang.English || c.Status(tag).From != "" {
			continue
		}
		other := catalogue(t, tag)
		for file, keys := range english {
			for key, e := range keys {
				o, ok := other[file][key]
				if !ok {
					t.Errorf("%s/%s.json lacks %s", tag, file, key)
					continue
				}
				if len(strings.Fields(variable.ReplaceAllString(e[""], ""))) > 3 && o[""] == e[""] {
					t.Errorf("%s: %s says it in English", tag, key)
				}
				if d := cmp.Diff(variablesOf(e), variablesOf(o)); d != "" {
					t.Errorf("%s: %s has other variables than in English (-en +%s):\n%s", tag, key, tag, d)
				}
				if _, plain := e[""]; plain != (o[""] != "") {
					t.Errorf("%s: %s depends on a count in one language only", tag, key)
				}
			}
		}
		for file, keys := range other {
			for key := range keys {
				if _, ok := english[file][key]; !ok {
					t.Errorf("%s/%s.json has %s, which English has not", tag, file, key)
				}
			}
		}
	}
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-zA-Z0-9-]+)+$`)

func TestCatalogueForm(t *testing.T) {
	c := load(t)
	for _, tag := range c.Tags() {
		var table struct{ Plurals []string }
		b, err := os.ReadFile(filepath.Join("cldr", string(tag)+".json"))
		if err == nil {
			err = json.Unmarshal(b, &table)
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.Status(tag).From != "" {
			continue // its texts are those of the other script
		}
		slices.Sort(table.Plurals)
		for file, keys := range catalogue(t, tag) {
			for key, e := range keys {
				if !keyForm.MatchString(key) || !strings.HasPrefix(key, file+".") {
					t.Errorf("%s/%s.json: %q is no key of this file", tag, file, key)
				}
				if _, plain := e[""]; !plain {
					var forms []string
					for form := range e {
						forms = append(forms, form)
					}
					slices.Sort(forms)
					if d := cmp.Diff(table.Plurals, forms); d != "" {
						t.Errorf("%s: %s has other plural forms than CLDR says:\n%s", tag, key, d)
					}
					if !slices.Contains(variablesOf(e), "n") {
						t.Errorf("%s: %s depends on a count and never says it", tag, key)
					}
				}
				for _, text := range e {
					for _, wrong := range typography(tag, text) {
						t.Errorf("%s: %s: %s: %q", tag, key, wrong, text)
					}
				}
			}
		}
	}
}

// typography returns what is wrong with the look of a text.
func typography(tag lang.Tag, text string) []string {
	var wrong []string
	bad := func(is bool, what string) {
		if is {
			wrong = append(wrong, what)
		}
	}
	plain := variable.ReplaceAllString(text, "x")
	bad(strings.TrimSpace(text) == "", "empty")
	bad(text != strings.TrimSpace(text), "space at an end")
	bad(strings.Contains(text, "  "), "two spaces")
	bad(strings.Contains(text, "..."), "three dots instead of …")
	bad(strings.ContainsAny(plain, `"'`), "typewriter quotes")
	bad(strings.Contains(text, " - "), "hyphen instead of a dash")
	bad(strings.ContainsAny(text, "!"), "exclamation mark")
	bad(strings.ContainsAny(plain, "{}<>"), "markup, or a variable that is not {{.name}}")
	bad(strings.ContainsAny(text, "\t\n\r"), "control character")
	bad(regexp.MustCompile(` [,.;:?]`).MatchString(text), "space before punctuation")
	said := variable.ReplaceAllString(text, " ")
	bad(mixedWord(said), "letters of two scripts in one word")
	if own, ok := scripts[tag]; ok {
		bad(!strings.ContainsFunc(plain, own.has) && strings.ContainsFunc(said, unicode.IsLetter), "no letter of its script at all")
		bad(strings.ContainsAny(strings.ToLower(text), own.foreign), "a letter that the language does not have")
	} else {
		bad(strings.ContainsFunc(said, cyrillic) || strings.ContainsFunc(said, greek), "a letter of another script")
	}
	bad(tag == "ro" && strings.ContainsAny(text, "şţŞŢ"), "a cedilla where Romanian has a comma below")
	return wrong
}

// scripts are those of the languages that are not written in Latin letters, and the letters of neighbours that each has not.
var scripts = map[lang.Tag]struct {
	has     func(rune) bool
	foreign string
}{
	"mk": {cyrillic, "ыэъюяёщйіїєўђћ"},
	"bg": {cyrillic, "ыэёіїєўјљњќѓѕџђћ"},
	"sr": {cyrillic, "ыэъюяёщйіїєўќѓѕ"},
	"uk": {cyrillic, "ыэъёўјљњќѓѕџђћ"},
	"el": {greek, ""},
}

func cyrillic(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }

func greek(r rune) bool { return unicode.Is(unicode.Greek, r) }

// mixedWord finds a word with letters of both scripts: a Latin "o" in a Cyrillic word looks right on the
// screen and is wrong for search, for a screen reader and for hyphenation.
func mixedWord(text string) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		scripts := 0
		for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
			if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(script, r) }) {
				scripts++
			}
		}
		if scripts > 1 {
			return true
		}
	}
	return false
}

// The test of the test: each kind of slip is found.
func TestTypographyFindsSlips(t *testing.T) {
	for _, text := range []string{"", "a  b", "a ", "Wait...", "don't", "Stop!", "a - b", "a {{name}}", "<b>a</b>", "a , b", "Најавa", "Sign in", "Открытый"} {
		if len(typography("mk", text)) == 0 {
			t.Errorf("nothing wrong found in %q", text)
		}
	}
	for tag, text := range map[lang.Tag]string{"ro": "Trimite şi apoi", "bg": "Ћао", "el": "Send", "fr": "Envoyer в", "uk": "Объект"} {
		if len(typography(tag, text)) == 0 {
			t.Errorf("nothing wrong found in %q, %s", text, tag)
		}
	}
	for tag, text := range map[lang.Tag]string{
		"mk": "Уште {{.n}} дена за „{{.desk}}“.", "fr": "Qui est-ce\u00a0? L’équipe «\u00a0{{.desk}}\u00a0».", "ro": "Și asta", "el": "Ποιος;", "sr": "Још џеп",
		"uk": "Ще {{.n}} днів. Об’єкт", "bg": "Още {{.n}} дни",
	} {
		if wrong := typography(tag, text); wrong != nil {
			t.Errorf("a good text is refused, %s: %v", tag, wrong)
		}
	}
}

func TestStatus(t *testing.T) {
	c := load(t)
	folders, err := filepath.Glob("text/*/")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if !slices.Contains(c.Tags(), lang.Tag(filepath.Base(f))) {
			t.Errorf("%s has texts and no status", f)
		}
	}
	for _, tag := range c.Tags() {
		s := c.Status(tag)
		switch s.State {
		case "reference":
			if tag != lang.English {
				t.Errorf("%s cannot be the reference", tag)
			}
		case "machine-drafted":
			if s.Awaiting != "native-review" || s.Reviewer != "" {
				t.Errorf("%s: a draft awaits its review and has no reviewer: %+v", tag, s)
			}
		case "reviewed":
			if s.Awaiting != "" || s.Reviewer == "" || s.On == "" {
				t.Errorf("%s: a review has a reviewer and a day: %+v", tag, s)
			}
		default:
			t.Errorf("%s: unknown state %q", tag, s.State)
		}
	}
}

// Every pseudo text keeps its variables and shows its two brackets.
func TestPseudoKeepsVariables(t *testing.T) {
	c := load(t)
	for _, keys := range catalogue(t, lang.English) {
		for key, e := range keys {
			args := []any{}
			for _, v := range variablesOf(e) {
				args = append(args, v, "‹"+v+"›")
			}
			said := c.Printer(lang.Pseudo).Say(key, args...)
			if !said.OK || !strings.HasPrefix(said.Text, "⟨") || !strings.HasSuffix(said.Text, "⟩") {
				t.Errorf("%s: %+v", key, said)
			}
			for _, v := range variablesOf(e) {
				if e[""] != "" && !strings.Contains(said.Text, "‹"+v+"›") {
					t.Errorf("%s lost the variable %s: %q", key, v, said.Text)
				}
			}
		}
	}
}
