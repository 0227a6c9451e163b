package lang

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Limits of a file of texts that a node adds.
const (
	MaxExtra = 512 << 10 // bytes of a file
	maxSaid  = 2000      // bytes of a message
	maxName  = 60        // bytes of the name of a language
)

// extraSchema names the form of a file of texts.
const extraSchema = "opentrm/texts/1"

// Extra is a file with which a node adds a language to the texts that the person reads, or says them better in one that is there.
type Extra struct {
	Schema   string         `json:"schema"`
	Language Tag            `json:"language"`
	Name     string         `json:"name"` // of the language, in itself
	Dir      string         `json:"dir"`  // "ltr" or "rtl"
	Texts    map[string]any `json:"texts"`
}

// Finding is something that is wrong in a file of texts.
type Finding struct {
	File     string `json:"file"`
	Language Tag    `json:"language"`
	Item     string `json:"item"` // key of the message, or member of the file
	Rule     string `json:"rule"` // message key
}

var tagForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$`) })

// Add returns the catalogue with the texts of files, by their names. What is wrong in them is found, all of it, and then nothing is added:
// a file has whole texts, or of a language that is there any messages; each has the variables and plural forms that it must have, and no
// sign that could change what stands around it.
func (c *Catalogue) Add(files map[string][]byte) (*Catalogue, []Finding) {
	out := *c
	out.status, out.others, out.readers = maps.Clone(c.status), maps.Clone(c.others), maps.Clone(c.readers)
	out.reads = slices.Clone(c.reads)
	if out.readers == nil {
		out.readers = map[Tag]*Printer{}
	}
	var found []Finding
	seen := map[Tag]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		x, f := c.parse(name, files[name])
		if len(f) == 0 && seen[x.Language] {
			f = []Finding{{name, x.Language, "language", "wording.rule.twice"}}
		}
		seen[x.Language] = true
		if len(f) == 0 {
			f = out.add(name, x)
		}
		found = append(found, f...)
	}
	if len(found) > 0 {
		return c, found
	}
	return &out, nil
}

// Blank returns a file of texts with every message as it stands in English, for whoever translates it.
func (c *Catalogue) Blank(t Tag, name, dir string) Extra {
	x := Extra{Schema: extraSchema, Language: t, Name: name, Dir: dir, Texts: map[string]any{}}
	for _, keys := range c.texts() {
		for _, key := range keys {
			if m := c.english.messages[key]; m.forms != nil {
				x.Texts[key] = m.forms
			} else {
				x.Texts[key] = m.text
			}
		}
	}
	return x
}

// parse reads a file and holds it against the messages of the program.
func (c *Catalogue) parse(name string, b []byte) (Extra, []Finding) {
	var x Extra
	var found []Finding
	bad := func(item, rule string) {
		found = append(found, Finding{name, x.Language, item, "wording.rule." + rule})
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if len(b) > MaxExtra || !utf8.Valid(b) || dec.Decode(&x) != nil || x.Schema != extraSchema || dec.More() {
		x.Language = ""
		bad("", "form")
		return x, found
	}
	if _, err := language.Parse(asked(string(x.Language))); err != nil || !tagForm().MatchString(string(x.Language)) || x.Language == English || c.status[x.Language].From != "" {
		x.Language = ""
		bad("language", "language")
		return x, found
	}
	if x.Name == "" || len(x.Name) > maxName || !plain(x.Name) {
		bad("name", "language")
	}
	if x.Dir != "ltr" && x.Dir != "rtl" {
		bad("dir", "language")
	}
	for _, key := range slices.Sorted(maps.Keys(x.Texts)) {
		if !c.personKey(key) {
			bad(key, "key")
			continue
		}
		m, err := messageOf(x.Texts[key])
		english := c.english.messages[key]
		if err != nil || (m.forms == nil) != (english.forms == nil) {
			bad(key, "plural")
			continue
		}
		for _, text := range m.all() {
			switch {
			case strings.TrimSpace(text) == "" || len(text) > maxSaid:
				bad(key, "size")
			case !plain(text):
				bad(key, "signs")
			}
		}
		if !maps.Equal(m.variables(), english.variables()) {
			bad(key, "variables")
		}
	}
	for text, keys := range c.texts() {
		if slices.Contains(c.reads, x.Language) || !onlyIn(c.texts(), text, keys, x.Texts) {
			continue
		}
		for _, k := range keys {
			if x.Texts[k] == nil {
				bad(k, "missing")
			}
		}
	}
	sorting.By(found, func(a, b Finding) int { return strings.Compare(a.Item+"\x00"+a.Rule, b.Item+"\x00"+b.Rule) })
	return x, slices.Compact(found)
}

// onlyIn reports whether a file says a message of a text that no other text shares: then it means to say that text.
func onlyIn(all map[Text][]string, text Text, keys []string, said map[string]any) bool {
	for _, k := range keys {
		shared := false
		for other, ks := range all {
			if _, there := slices.BinarySearch(ks, k); there && other != text {
				shared = true
			}
		}
		if said[k] != nil && !shared {
			return true
		}
	}
	return false
}

// add puts the texts of a file that is right into c.
func (c *Catalogue) add(name string, x Extra) []Finding {
	parsed, err := language.Parse(asked(string(x.Language)))
	if err != nil {
		return []Finding{{name, x.Language, "language", "wording.rule.language"}}
	}
	all, names := map[string]message{}, numbered(x.Language)
	s := Status{Name: x.Name, State: "machine-drafted", Awaiting: "native-review", Only: "person"}
	if there := slices.Contains(c.reads, x.Language); there {
		base := c.Printer(x.Language)
		all, names, s = maps.Clone(base.messages), base.names, c.status[x.Language]
	}
	s.File, s.Dir = true, x.Dir
	for key, value := range x.Texts {
		if all[key], err = messageOf(value); err != nil {
			return []Finding{{name, x.Language, key, "wording.rule.plural"}}
		}
	}
	c.status[x.Language] = s
	p := c.printer(x.Language, parsed, names, all)
	var found []Finding
	for key := range x.Texts {
		if all[key].forms != nil && !p.counts(key) {
			found = append(found, Finding{name, x.Language, key, "wording.rule.plural"})
		}
	}
	c.readers[x.Language] = p
	if !slices.Contains(c.reads, x.Language) {
		c.reads = append(c.reads, x.Language)
		c.others[x.Language] = func() (*Printer, error) { return p, nil }
		slices.Sort(c.reads[1:])
	}
	return found
}

// counts reports whether every count has its plural form, and every form a count.
func (p *Printer) counts(key string) bool {
	m, used := p.messages[key], map[string]bool{}
	for n := range 1001 {
		args := map[string]string{"n": fmt.Sprint(n)}
		said := p.say(key, &n, args)
		if !said.OK || said.From != p.tag {
			return false
		}
		for form, text := range m.forms {
			if filled, _ := fillIn(text, args); filled == said.Text {
				used[form] = true
			}
		}
	}
	delete(used, "other") // may stand for fractions and millions
	for form := range m.forms {
		if form != "other" && form != "many" && !used[form] {
			return false
		}
	}
	return true
}

// plain reports whether a text holds no control character and no sign that changes the direction of what stands around it.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == '<' || r == '>' || r == utf8.RuneError
	})
}

// all returns every text of a message.
func (m message) all() []string {
	if m.forms == nil {
		return []string{m.text}
	}
	return slices.Collect(maps.Values(m.forms))
}

// variables returns the names of the variables of a message.
func (m message) variables() map[string]bool {
	out := map[string]bool{}
	for _, text := range m.all() {
		eachPart(text, func(part, variable string) {
			if variable != "" {
				out[variable] = true
			}
			if strings.Contains(part, "{{") || strings.Contains(part, "}}") {
				out["{{"] = true // something that is no variable
			}
		})
	}
	return out
}

// numbered is what a language has whose names of months nobody wrote: dates in figures, which everybody reads. Names of countries and
// languages are then said in English.
func numbered(t Tag) *table {
	n := &table{
		Tag: t, Number: numberStyle{Group: "\u00a0", Decimal: ",", Minus: "\u2212", GroupFrom: 5, Percent: "{n} %"},
		Patterns: map[string]string{
			"date": "{year}-{month}-{day}", "dateShort": "{year}-{month}-{day}", "monthYear": "{year}-{month}", "time": "{hour}:{minute}",
			"dateTime": "{year}-{month}-{day}, {hour}:{minute}",
		},
		And: listStyle{", ", ", ", ", "}, Or: listStyle{" / ", " / ", " / "},
	}
	for m := range 12 {
		n.Months[m] = fmt.Sprintf("%02d", m+1)
	}
	n.MonthsAlone = n.Months
	for d := range 7 {
		n.Weekdays[d] = fmt.Sprint(d)
	}
	return n
}

// Refused returns the first of what is wrong with files of texts as a failure, said by p, and nil if nothing is.
func Refused(p *Printer, found []Finding) error {
	if len(found) == 0 {
		return nil
	}
	f := found[0]
	return fault.New(fault.Invalid, "wording.extra").With("file", f.File).With("language", string(f.Language)).With("item", f.Item).With("rule", p.Text(f.Rule))
}
