package publication

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// shapes are the bodies by kind, as spec/publication.md 6 says them.
//
//go:embed data/shapes.json
var shapes []byte

// Is says what stands in a part of a body.
type Is string

// What can stand in a part.
const (
	Line      Is = "line"      // a [Text] in each language, of at most 300 characters
	Prose     Is = "text"      // a [Text] in each language, of at most 20,000 characters
	Word      Is = "word"      // text that is not translated, of at most 300 characters
	Source    Is = "source"    // where something can be read: an https address or a citation, of at most 600 characters
	Number    Is = "number"    // a whole number, not negative
	Day       Is = "day"       // "2017-11-13"
	Code      Is = "code"      // one of a list
	Codes     Is = "codes"     // several of a list, in its order
	Country   Is = "country"   // two letters
	Countries Is = "countries" // several, in order of letters
	DeskAt    Is = "desk"      // address of a desk
	LinkTo    Is = "link"      // another publication
	HashOf    Is = "hash"      // of the version that is meant
	Rows      Is = "rows"      // lines of parts
)

// Part is one part of a body.
type Part struct {
	Name string   `json:"name"`
	Is   Is       `json:"is"`
	Need bool     `json:"need,omitempty"`
	Of   []string `json:"of,omitempty"`   // of a code
	To   []Kind   `json:"to,omitempty"`   // of a link
	Rows []Part   `json:"rows,omitempty"` // of rows
	Most int      `json:"most,omitempty"` // rows
}

// Text is what somebody wrote, in one language.
type Text struct {
	Lang string `json:"lang"` // BCP 47
	Text string `json:"text"`
}

// Limits of parts, in characters, and of lists.
const (
	maxLine      = 300
	maxProse     = 20000
	maxSource    = 600
	maxLanguages = 30
	maxFiles     = 10
	maxRows      = 100
	maxNumber    = 1_000_000_000
)

var shaped = sync.OnceValue(func() map[Kind][]Part {
	var all map[Kind][]Part
	_ = json.Unmarshal(shapes, &all) // TestShapesAreThoseOfTheSpecification reads them
	return all
})

// ShapeOf returns the parts of the body of a kind, in the order in which they are asked; nil of a kind that is not known here.
func ShapeOf(k Kind) []Part { return shaped()[k] }

// Kinds are the kinds that people write, in the order in which they are offered.
func Kinds() []Kind {
	return []Kind{Practice, LegalModel, Meeting, Conclusion, SignOff, Recommendation, Measure, Progress, Review}
}

// Body is what a record says, part by part.
type Body map[string]json.RawMessage

// ReadBody takes the body of a record apart. What cannot be read is empty: it was written by a later version, or by a node that keeps to no
// specification, and its record is kept and passed on all the same.
func ReadBody(raw []byte) Body {
	b := Body{}
	if json.Unmarshal(raw, &b) != nil {
		return Body{}
	}
	return b
}

// as reads a part; the zero value if it is none.
func as[T any](b Body, name string) (v T) {
	_ = json.Unmarshal(b[name], &v)
	return v
}

// Texts is a text in the languages in which it was written, in order of tags.
func (b Body) Texts(name string) []Text { return as[[]Text](b, name) }

// Word is what stands in a part that is no list: a word, a code, a day, a country, a link.
func (b Body) Word(name string) string { return as[string](b, name) }

// Words is what stands in a list of codes or countries.
func (b Body) Words(name string) []string { return as[[]string](b, name) }

// Number is a number, and whether there is one.
func (b Body) Number(name string) (int64, bool) {
	_, ok := b[name]
	return as[int64](b, name), ok
}

// Rows are the lines of a part.
func (b Body) Rows(name string) []Body { return as[[]Body](b, name) }

// Files are what is attached.
func (b Body) Files() []File { return as[[]File](b, "files") }

// Set puts a value into a part; what says nothing leaves the part out.
func (b Body) Set(name string, value any) {
	raw, err := frame.Encode(value)
	if s := string(raw); err != nil || s == `""` || s == "null" || s == "[]" {
		delete(b, name)
		return
	}
	b[name] = raw
}

// Bytes is the canonical form.
func (b Body) Bytes() (json.RawMessage, error) { return frame.Encode(b) }

// In returns a text in a language, or in the first of the others that there is, with the language that it is in.
func In(all []Text, lang string) Text {
	for _, want := range []string{lang, "en"} {
		if i := slices.IndexFunc(all, func(t Text) bool { return t.Lang == want }); i >= 0 {
			return all[i]
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return Text{}
}

// With returns all with the text of one language replaced; an empty one is taken away.
func With(all []Text, t Text) []Text {
	out := slices.DeleteFunc(slices.Clone(all), func(x Text) bool { return x.Lang == t.Lang })
	if t.Text == "" {
		return out
	}
	i, _ := slices.BinarySearchFunc(out, t.Lang, func(x Text, lang string) int { return strings.Compare(x.Lang, lang) })
	return slices.Insert(out, i, t)
}

// CheckBody reports whether a body has the shape of its kind: every part that it needs, no other, each within its bounds.
//
// It fails with [fault.Invalid] "publication.field" and the part, in rows as "steps-2-what".
func CheckBody(k Kind, raw []byte) error {
	shape := ShapeOf(k)
	if shape == nil {
		return wrong("kind")
	}
	var b Body
	if err := json.Unmarshal(raw, &b); err != nil || b == nil {
		return wrong("body")
	}
	if err := checkParts(shape, b, "", true); err != nil {
		return err
	}
	return checkKind(k, b)
}

// checkKind holds what ties parts of one kind together.
func checkKind(k Kind, b Body) error {
	switch k {
	case Meeting:
		if b.Word("until") < b.Word("from") {
			return wrong("until")
		}
	case Conclusion, Recommendation:
		if (b.Word("whom") == "countries") != (len(b.Words("countries")) > 0) {
			return wrong("countries")
		}
	case LegalModel:
		seen := map[string]bool{}
		for i, c := range b.Rows("cells") {
			if at := c.Word("attribute"); seen[at] {
				return wrong("cells-" + strconv.Itoa(i) + "-attribute")
			} else {
				seen[at] = true
			}
		}
		for i, r := range b.Rows("reports") { // a report without a finding would only lend its name
			if len(r.Texts("supportive"))+len(r.Texts("critical")) == 0 {
				return wrong("reports-" + strconv.Itoa(i) + "-supportive")
			}
		}
	}
	return nil
}

func checkParts(shape []Part, b Body, under string, whole bool) error {
	known := 0
	for _, p := range shape {
		raw, ok := b[p.Name]
		if !ok {
			if p.Need {
				return wrong(under + p.Name)
			}
			continue
		}
		known++
		if string(raw) == "null" {
			return wrong(under + p.Name)
		}
		if err := p.check(raw, under+p.Name); err != nil {
			return err
		}
	}
	if raw, ok := b["files"]; ok && whole {
		known++
		if err := checkFiles(raw); err != nil {
			return err
		}
	}
	if known != len(b) {
		return wrong("body")
	}
	return nil
}

// check reports whether what stands in a part is what the part is.
func (p Part) check(raw json.RawMessage, at string) error {
	ok := false
	word := func() (s string) {
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	}
	switch p.Is {
	case Line, Prose:
		most := maxProse
		if p.Is == Line {
			most = maxLine
		}
		ok = checkTexts(raw, most)
	case Word:
		ok = written(word(), maxLine)
	case Source:
		s := word()
		ok = written(s, maxSource) && !strings.Contains(s, "\n") && (!strings.Contains(s, "://") || strings.HasPrefix(s, "https://"))
	case Number:
		var n int64
		ok = json.Unmarshal(raw, &n) == nil && n >= 0 && n <= maxNumber
	case Day:
		ok = isDay(word())
	case Code:
		ok = slices.Contains(p.Of, word())
	case Country:
		ok = isCountry(word())
	case Codes, Countries:
		ok = p.checkList(raw)
	case DeskAt:
		_, err := id.ParseAddress(word())
		ok = err == nil
	case LinkTo:
		_, err := id.ParseRandom[id.Publication](word())
		ok = err == nil
	case HashOf:
		ok = hash(word())
	case Rows:
		var all []Body
		if json.Unmarshal(raw, &all) != nil || len(all) == 0 || len(all) > min(p.Most, maxRows) {
			return wrong(at)
		}
		for i, r := range all {
			if err := checkParts(p.Rows, r, at+"-"+strconv.Itoa(i)+"-", false); err != nil {
				return err
			}
		}
		return nil
	}
	if !ok {
		return wrong(at)
	}
	return nil
}

func (p Part) checkList(raw json.RawMessage) bool {
	var all []string
	if json.Unmarshal(raw, &all) != nil || len(all) == 0 || len(all) > maxRows {
		return false
	}
	last := -1
	for i, c := range all {
		if p.Is == Countries {
			if !isCountry(c) || i > 0 && c <= all[i-1] {
				return false
			}
			continue
		}
		at := slices.Index(p.Of, c)
		if at <= last {
			return false
		}
		last = at
	}
	return true
}

func checkTexts(raw json.RawMessage, most int) bool {
	var all []Text
	if frame.Decode(raw, MaxBody, &all) != nil || len(all) == 0 || len(all) > maxLanguages {
		return false
	}
	for i, t := range all {
		if !isLanguage(t.Lang) || !written(t.Text, most) || i > 0 && t.Lang <= all[i-1].Lang {
			return false
		}
	}
	return true
}

// written reports whether s is text that people wrote: something, not more than most characters, without signs that nobody sees.
func written(s string, most int) bool {
	return strings.TrimSpace(s) != "" && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	})
}

func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) < 2 || len(part) > 8 || i == 0 && (len(part) > 3 || strings.ToLower(part) != part) {
			return false
		}
		if strings.ContainsFunc(part, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
			return false
		}
	}
	return true
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// Said are all words of a body that people wrote, in every language.
func Said(k Kind, b Body) []string { return said(ShapeOf(k), b, nil) }

func said(shape []Part, b Body, out []string) []string {
	for _, p := range shape {
		switch p.Is {
		case Line, Prose:
			for _, t := range b.Texts(p.Name) {
				out = append(out, t.Text)
			}
		case Word, Source:
			if w := b.Word(p.Name); w != "" {
				out = append(out, w)
			}
		case Rows:
			for _, r := range b.Rows(p.Name) {
				out = said(p.Rows, r, out)
			}
		}
	}
	for _, f := range b.Files() {
		out = append(out, f.Name)
	}
	return out
}

// Matches reports whether each word that is looked for begins a word of the body, in whichever language and script.
func Matches(k Kind, b Body, query string) bool {
	var words []string
	for _, s := range Said(k, b) {
		words = append(words, fold.Words(s)...)
	}
	for _, q := range fold.Words(query) {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, q) }) {
			return false
		}
	}
	return true
}

func isDay(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Year() >= 1800 && t.Year() <= 2200
}
