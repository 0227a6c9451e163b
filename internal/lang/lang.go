// Package lang speaks to people: catalogues of messages, plurals, dates, numbers, and the names of
// languages and countries, in every language of the network.
//
// A [Catalogue] is read once from the files built into the program and never changes. A [Printer]
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
	"embed"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
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

//go:embed text cldr
var files embed.FS

// Status says how far the texts of a language can be trusted.
type Status struct {
	State    string `json:"state"`    // "reference", "machine-drafted" or "reviewed"
	Awaiting string `json:"awaiting"` // what is still to be done: "native-review", or ""
	Reviewer string `json:"reviewer"` // function of the person who reviewed, or ""
	On       string `json:"on"`       // day of the review as YYYY-MM-DD, or ""
}

// Catalogue holds every message of every language. It never changes after [Load].
type Catalogue struct {
	bundle   *i18n.Bundle
	keys     map[Tag]map[string]message
	tables   map[Tag]*table
	status   map[Tag]Status
	printers map[Tag]*Printer
	derived  map[Tag]func() *Printer // those for tests, made when first asked for
	tags     []Tag
	matcher  language.Matcher
}

// message is one entry of a catalogue file: a text, or a text for each plural form.
type message struct {
	file  string
	text  string
	forms map[string]string // nil unless the message depends on a count
}

// Load returns the catalogues built into the program, which are read once.
//
// It fails with [fault.Internal] if a file is damaged, which a test excludes.
func Load() (*Catalogue, error) { return shipped() }

var shipped = sync.OnceValues(func() (*Catalogue, error) { return load(files) })

func load(from fs.FS) (*Catalogue, error) {
	c := &Catalogue{
		bundle:   i18n.NewBundle(language.English),
		keys:     map[Tag]map[string]message{},
		tables:   map[Tag]*table{},
		printers: map[Tag]*Printer{},
	}
	if err := readJSON(from, "text/status.json", &c.status); err != nil {
		return nil, err
	}
	c.tags = slices.Sorted(maps.Keys(c.status))
	c.tags = slices.DeleteFunc(c.tags, func(t Tag) bool { return t == English })
	c.tags = append([]Tag{English}, c.tags...) // the first is what the matcher falls back to
	known := make([]language.Tag, 0, len(c.tags))
	for _, t := range c.tags {
		parsed, err := language.Parse(string(t))
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "lang.file", err)
		}
		known = append(known, parsed)
		if err := c.read(from, t, parsed); err != nil {
			return nil, err
		}
	}
	c.matcher = language.NewMatcher(known)
	c.derived = map[Tag]func() *Printer{
		Pseudo: c.derive(Pseudo, "en-XA", "ltr", lengthen),
		Mirror: c.derive(Mirror, "en-XB", "rtl", mirror),
	}
	return c, nil
}

// read adds the files of one language.
func (c *Catalogue) read(from fs.FS, t Tag, parsed language.Tag) error {
	var names table
	if err := readJSON(from, "cldr/"+string(t)+".json", &names); err != nil {
		return err
	}
	paths, err := fs.Glob(from, "text/"+string(t)+"/*.json")
	if err != nil || len(paths) == 0 {
		return fault.Wrap(fault.Internal, "lang.file", err)
	}
	all := map[string]message{}
	for _, p := range paths {
		var raw map[string]any // read once: to keep each message raw and decode it then takes twice as long, in every command
		if err := readJSON(from, p, &raw); err != nil {
			return err
		}
		file := strings.TrimSuffix(path.Base(p), ".json")
		for key, value := range raw {
			if all[key], err = messageOf(file, value); err != nil {
				return err
			}
		}
	}
	for key, m := range names.messages() {
		all[key] = m
	}
	names.mark(all)
	c.keys[t], c.tables[t] = all, &names
	c.printers[t], err = c.printer(c.bundle, t, parsed, &names, all)
	return err
}

// messageOf returns the message that stands in a file: a text, or an object with a text for each plural form.
func messageOf(file string, value any) (message, error) {
	m := message{file: file}
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

// printer gives the messages of one language to a bundle and makes its printer.
func (c *Catalogue) printer(bundle *i18n.Bundle, t Tag, parsed language.Tag, names *table, all map[string]message) (*Printer, error) {
	entries := make([]*i18n.Message, 0, len(all))
	for key, m := range all {
		entry := &i18n.Message{ID: key, Other: m.text}
		if m.forms != nil {
			entry.Zero, entry.One, entry.Two = m.forms["zero"], m.forms["one"], m.forms["two"]
			entry.Few, entry.Many, entry.Other = m.forms["few"], m.forms["many"], m.forms["other"]
		}
		entries = append(entries, entry)
	}
	if err := bundle.AddMessages(parsed, entries...); err != nil {
		return nil, fault.Wrap(fault.Internal, "lang.file", err)
	}
	notes := map[string]bool{}
	for key := range c.keys[English] {
		if code, ok := strings.CutPrefix(key, noteKey); ok {
			notes[code] = true
		}
	}
	return &Printer{
		tag: t, dir: "ltr", local: i18n.NewLocalizer(bundle, parsed.String()), names: names, all: c.tables, notes: notes,
	}, nil
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

// Tags returns the languages people can choose, English first, without those for tests.
func (c *Catalogue) Tags() []Tag { return slices.Clone(c.tags) }

// Status returns how far the texts of language t can be trusted.
func (c *Catalogue) Status(t Tag) Status { return c.status[t] }

// Has reports whether English has a message with this key.
func (c *Catalogue) Has(key string) bool { _, ok := c.keys[English][key]; return ok }

// Keys returns every message key of language t, not one for tests, in order.
func (c *Catalogue) Keys(t Tag) []string { return slices.Sorted(maps.Keys(c.keys[t])) }

// Printer returns the printer of language t, and the English one if there is no such language.
func (c *Catalogue) Printer(t Tag) *Printer {
	if p, ok := c.printers[t]; ok {
		return p
	}
	if derive, ok := c.derived[t]; ok {
		return derive()
	}
	return c.printers[English]
}

// Match chooses the language that suits best: what the person chose before, if it exists, else what
// her browser's Accept-Language header asks for, else English. Either may be empty or nonsense. The
// languages for tests are only ever chosen by name.
func (c *Catalogue) Match(chosen, acceptLanguage string) Tag {
	t := Tag(chosen)
	if c.printers[t] != nil || c.derived[t] != nil {
		return t
	}
	if len(acceptLanguage) > 1000 {
		return English
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return English
	}
	if _, i, confidence := c.matcher.Match(wanted...); confidence >= language.High {
		return c.tags[i]
	}
	return English
}
