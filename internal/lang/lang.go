// Package lang speaks to people: catalogues of messages, plurals, dates, numbers, and the names of
// languages and countries, in every language of the network.
//
// A [Catalogue] is read from the files built into the program, a language when it is first spoken, and never changes. A [Printer]
// speaks one language of it and is safe for use by many goroutines.
//
// No English stands in code. A message has a key, whose first word is the name of the file it stands
// in: "referral.accept.late" is in text/en/referral.json and text/mk/referral.json. Text in a file is
// plain, with variables as {{.name}} and nothing else; a message that depends on a count is an object
// with one text for each plural form of the language (CLDR), never a guess in code.
//
// Invariants, each held by a test:
//   - every language has the same keys with the same variables, and every plural form it needs;
//   - a message missing in a language is said in English, and the fallback can be seen ([Said.From]);
//   - a key that no language has comes out as "⟦key⟧", which no test of a screen lets pass;
//   - there is no default time zone: whoever prints a time says whose.
//
// Two languages exist for tests only: [Pseudo] lengthens and brackets every message, so that a screen
// shows what was never translated and what does not fit; [Mirror] writes from right to left.
package lang

import (
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/opentrm/opentrm/internal/fault"
)

// Tag names a language of the catalogue in the form of BCP 47: "en", "mk".
type Tag string

// The languages that are always there.
const (
	English Tag = "en"        // what a message falls back to
	Pseudo  Tag = "xx-pseudo" // for tests: longer, accented, in brackets
	Mirror  Tag = "xx-rtl"    // for tests: written from right to left
)

// Status says how far the texts of a language can be trusted.
type Status struct {
	Name     string `json:"name"`     // the language named in itself
	State    string `json:"state"`    // "reference", "machine-drafted" or "reviewed"
	Awaiting string `json:"awaiting"` // what is still to be done: "native-review", or ""
	Reviewer string `json:"reviewer"` // function of the person who reviewed, or ""
	On       string `json:"on"`       // day of the review as YYYY-MM-DD, or ""
	From     Tag    `json:"from"`     // the language whose texts these are in another script, or ""
	Only     string `json:"only"`     // "person": it has the texts that the person reads, and no pages; "" otherwise
	Dir      string `json:"dir"`      // "rtl" if it is written from right to left, "" otherwise
	File     bool   `json:"-"`        // these texts come from a file of the node
}

// Catalogue holds every message of every language. It never changes after [Load]; a language other than English is read
// when somebody first speaks it, since most nodes speak two or three of them.
type Catalogue struct {
	english *Printer
	status  map[Tag]Status
	others  map[Tag]func() (*Printer, error) // each read once, when first asked for; those for tests too
	tags    []Tag                            // of the pages
	reads   []Tag                            // of the texts that the person reads: those and more
	readers map[Tag]*Printer                 // what a file of the node says in place of the program
	texts   func() map[Text][]string
	matcher language.Matcher
	plurals map[string]plurals // of every language that CLDR knows
}

// message is one entry of a catalogue file: a text, or a text for each plural form.
type message struct {
	text  string
	forms map[string]string // nil unless the message depends on a count
}

// Load returns the catalogues built into the program, which are read once.
//
// It fails with [fault.Internal] if a file is damaged, which a test excludes.
func Load() (*Catalogue, error) { return shipped() }

var shipped = sync.OnceValues(func() (*Catalogue, error) {
	from, err := files()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "lang.file", err)
	}
	return load(from)
})

func load(from fs.FS) (*Catalogue, error) {
	c := &Catalogue{others: map[Tag]func() (*Printer, error){}}
	if err := readJSON(from, "text/status.json", &c.status); err != nil {
		return nil, err
	}
	c.reads = slices.Sorted(maps.Keys(c.status))
	c.reads = slices.DeleteFunc(c.reads, func(t Tag) bool { return t == English })
	c.reads = append([]Tag{English}, c.reads...) // the first is what the matcher falls back to
	var err error
	if c.plurals, err = readPlurals(from); err != nil {
		return nil, err
	}
	known := make([]language.Tag, 0, len(c.reads))
	for _, t := range c.reads {
		parsed, err := language.Parse(asked(string(t)))
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "lang.file", err)
		}
		if c.status[t].Only == "" {
			c.tags, known = append(c.tags, t), append(known, parsed)
		}
		c.others[t] = sync.OnceValues(func() (*Printer, error) { return c.read(from, t, parsed) })
	}
	c.matcher = language.NewMatcher(known)
	if c.english, err = c.others[English](); err != nil {
		return nil, err
	}
	c.texts = sync.OnceValue(func() map[Text][]string { return c.families(from) })
	if forTests {
		c.others[Pseudo] = c.derive(Pseudo, "en-XA", "ltr", lengthen)
		c.others[Mirror] = c.derive(Mirror, "en-XB", "rtl", mirror)
	}
	return c, nil
}

// asked returns the tag by which a matcher knows a language: Montenegrin has a code of its own, cnr, and is asked for by
// browsers as Serbian of Montenegro, too.
func asked(tag string) string {
	if base, _, _ := strings.Cut(tag, "-"); strings.EqualFold(base, "cnr") {
		return "sr-Latn-ME"
	}
	return tag
}

// read reads one language: its names and patterns, and its texts, which may be those of another script.
func (c *Catalogue) read(from fs.FS, t Tag, parsed language.Tag) (*Printer, error) {
	var names table
	if err := readJSON(from, "cldr/"+string(t)+".json", &names); err != nil {
		return nil, err
	}
	of := t
	if from := c.status[t].From; from != "" {
		of = from
	}
	all, err := c.said(from, of)
	if err != nil {
		return nil, err
	}
	if of != t {
		for key, m := range all {
			all[key] = m.each(latin)
		}
	}
	for key, m := range names.messages() {
		all[key] = m
	}
	names.mark(all)
	return c.printer(t, parsed, &names, all), nil
}

// said returns the messages of one language as its files have them, or as they were packed.
func (c *Catalogue) said(from fs.FS, t Tag) (map[string]message, error) {
	all := map[string]message{}
	if _, err := fs.Stat(from, packedName(t)); err == nil {
		return all, c.unpack(from, t, all)
	}
	paths, err := fs.Glob(from, "text/"+string(t)+"/*.json")
	if err != nil || len(paths) == 0 {
		return nil, fault.Wrap(fault.Internal, "lang.file", err)
	}
	for _, p := range paths {
		var raw map[string]any // read once: to keep each message raw and decode it then takes twice as long, in every command
		if err := readJSON(from, p, &raw); err != nil {
			return nil, err
		}
		for key, value := range raw {
			if all[key], err = messageOf(value); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// messageOf returns the message that stands in a file: a text, or an object with a text for each plural form.
func messageOf(value any) (message, error) {
	var m message
	switch v := value.(type) {
	case string:
		m.text = v
	case map[string]any:
		m.forms = make(map[string]string, len(v))
		for form, text := range v {
			said, ok := text.(string)
			if !ok {
				return m, fault.New(fault.Internal, "lang.file")
			}
			m.forms[form] = said
		}
	default:
		return m, fault.New(fault.Internal, "lang.file")
	}
	return m, nil
}

// each returns the message with every text of it changed.
func (m message) each(change func(string) string) message {
	if m.forms == nil {
		return message{text: change(m.text)}
	}
	out := message{forms: make(map[string]string, len(m.forms))}
	for form, text := range m.forms {
		out.forms[form] = change(text)
	}
	return out
}

// printer makes the printer of one language.
func (c *Catalogue) printer(t Tag, parsed language.Tag, names *table, all map[string]message) *Printer {
	p := &Printer{tag: t, dir: "ltr", plurals: c.pluralsOf(parsed), names: names, english: c.english, messages: all}
	if d := c.status[t].Dir; d != "" {
		p.dir = d
	}
	if c.english != nil {
		p.notes = c.english.notes
		return p
	}
	p.notes = map[string]bool{}
	for key := range all {
		if code, ok := strings.CutPrefix(key, noteKey); ok {
			p.notes[code] = true
		}
	}
	return p
}

func readJSON(from fs.FS, name string, v any) error {
	b, err := fs.ReadFile(from, name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "lang.file", err)
	}
	return nil
}

// Tags returns the languages of the pages, English first, without those for tests.
func (c *Catalogue) Tags() []Tag { return slices.Clone(c.tags) }

// Status returns how far the texts of language t can be trusted.
func (c *Catalogue) Status(t Tag) Status { return c.status[t] }

// Has reports whether English has a message with this key.
func (c *Catalogue) Has(key string) bool { _, ok := c.english.messages[key]; return ok }

// Keys returns every message key of language t, in order.
func (c *Catalogue) Keys(t Tag) []string { return slices.Sorted(maps.Keys(c.Printer(t).messages)) }

// Printer returns the printer of language t, and the English one if there is no such language or its files are damaged,
// which a test excludes.
func (c *Catalogue) Printer(t Tag) *Printer {
	if read, ok := c.others[t]; ok {
		if p, err := read(); err == nil {
			return p
		}
	}
	return c.english
}

// Match chooses the language that suits best: what the person chose before, if it exists, else what
// her browser's Accept-Language header asks for, else English. Either may be empty or nonsense. The
// languages for tests are only ever chosen by name.
func (c *Catalogue) Match(chosen, acceptLanguage string) Tag {
	t := Tag(chosen)
	if c.others[t] != nil && c.status[t].Only == "" {
		return t
	}
	if len(acceptLanguage) > 1000 {
		return English
	}
	ranges := strings.Split(acceptLanguage, ",")
	for i, r := range ranges {
		tag, quality, _ := strings.Cut(strings.TrimSpace(r), ";")
		if known := asked(tag); known != tag {
			ranges[i] = known
			if quality != "" {
				ranges[i] += ";" + quality
			}
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(strings.Join(ranges, ","))
	if err != nil {
		return English
	}
	if _, i, confidence := c.matcher.Match(wanted...); confidence >= language.High {
		return c.tags[i]
	}
	return English
}
