package lang

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Text names one of the texts that the person herself reads or has read to her. They are a catalogue of their own, which
// text/person.json cuts out of the messages: it is there in more languages than the pages are.
type Text string

// The text that is read before a consent, and the paper of it.
const (
	ForConsent Text = "consent"
	ForReceipt Text = "receipt"
)

// personFile says which messages each text has: keys, and beginnings of keys that end with an asterisk.
const personFile = "text/person.json"

// families returns the keys of every text, in order. A damaged file leaves none, which a test excludes.
func (c *Catalogue) families(from fs.FS) map[Text][]string {
	var patterns map[Text][]string
	if err := readJSON(from, personFile, &patterns); err != nil {
		return nil
	}
	all := slices.Sorted(maps.Keys(c.english.messages))
	out := make(map[Text][]string, len(patterns))
	for text, list := range patterns {
		for _, pattern := range list {
			if stem, open := strings.CutSuffix(pattern, "*"); open {
				at, _ := slices.BinarySearch(all, stem)
				for ; at < len(all) && strings.HasPrefix(all[at], stem); at++ {
					out[text] = append(out[text], all[at])
				}
			} else if c.Has(pattern) {
				out[text] = append(out[text], pattern)
			}
		}
		slices.Sort(out[text])
		out[text] = slices.Compact(out[text])
	}
	return out
}

// PersonTexts names every text that the person reads, in order.
func (c *Catalogue) PersonTexts() []Text { return slices.Sorted(maps.Keys(c.texts())) }

// PersonKeys returns the keys of the messages of a text, in order; none if there is no such text.
func (c *Catalogue) PersonKeys(text Text) []string { return slices.Clone(c.texts()[text]) }

// personKey reports whether a message is of a text that the person reads.
func (c *Catalogue) personKey(key string) bool {
	for _, keys := range c.texts() {
		if _, there := slices.BinarySearch(keys, key); there {
			return true
		}
	}
	return false
}

// Reads returns the languages of the texts that the person reads, English first: those of the pages, and more.
func (c *Catalogue) Reads() []Tag { return slices.Clone(c.reads) }

// Reader returns the printer of what the person reads in language t: as a file of the node says it, or as the program does.
// In English if there is no such language.
func (c *Catalogue) Reader(t Tag) *Printer {
	if p := c.readers[t]; p != nil {
		return p
	}
	return c.Printer(t)
}

// MatchReader is [Catalogue.Match] for a page that the person reads.
func (c *Catalogue) MatchReader(chosen, acceptLanguage string) Tag {
	if slices.Contains(c.reads, Tag(chosen)) {
		return Tag(chosen)
	}
	return c.Match(chosen, acceptLanguage)
}

// Digest names the words of a text in a language: SHA-256 in hexadecimal of its messages by their keys. Whole is false if a message is
// missing there, and said in English. Another script of a language has the digest of the language that it is made from.
func (c *Catalogue) Digest(t Tag, text Text) (digest string, whole bool) {
	if from := c.status[t].From; from != "" && c.readers[t] == nil {
		t = from
	}
	p, words, whole := c.Reader(t), map[string]any{}, slices.Contains(c.reads, t)
	for _, key := range c.texts()[text] {
		m, there := p.messages[key]
		switch {
		case !there:
			whole = false
		case m.forms != nil:
			words[key] = m.forms
		default:
			words[key] = m.text
		}
	}
	raw, err := json.Marshal(words) // keys in order; strings cannot fail
	if err != nil || len(words) == 0 {
		return "", false
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), whole
}

// Written returns a message as it stands in the catalogue, with its variables: one text, or one for each plural form of the language;
// none if the language lacks it.
func (p *Printer) Written(key string) []string {
	m, there := p.messages[key]
	if !there {
		return nil
	}
	if m.forms == nil {
		return []string{m.text}
	}
	var all []string
	for _, form := range slices.Sorted(maps.Keys(m.forms)) {
		all = append(all, m.forms[form])
	}
	return all
}
