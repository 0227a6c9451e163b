package lang

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// derive returns what makes a language for tests from English when it is first asked for. Tag is one that is
// well formed and has the plurals of English.
func (c *Catalogue) derive(t Tag, tag, dir string, change func(string) string) func() (*Printer, error) {
	return sync.OnceValues(func() (*Printer, error) {
		all := make(map[string]message, len(c.english.messages))
		for key, m := range c.english.messages {
			all[key] = m.each(change)
		}
		p := c.printer(t, language.MustParse(tag), c.english.names, all)
		p.dir = dir
		return p, nil
	})
}

var accents = strings.NewReplacer("a", "á", "e", "ë", "i", "ï", "o", "ø", "u", "û", "c", "ç", "n", "ñ", "s", "š",
	"A", "Å", "E", "É", "I", "Î", "O", "Ö", "U", "Ü", "C", "Č", "N", "Ñ", "S", "Š")

// lengthen accents every letter that has one and adds two fifths of the length (at least two signs), the
// growth to expect from English to the longest languages of the region, and brackets the whole, so that
// a text cut off shows by its missing bracket. Variables stay as they are.
func lengthen(text string) string {
	var out strings.Builder
	out.WriteString("⟨")
	eachPart(text, func(part, variable string) {
		out.WriteString(accents.Replace(part))
		if variable != "" {
			out.WriteString("{{." + variable + "}}")
		}
	})
	grow := max(2, len([]rune(text))*2/5)
	for i := range grow {
		if i%6 == 0 {
			out.WriteByte(' ')
		}
		out.WriteString("~")
	}
	out.WriteString("⟩")
	return out.String()
}

// mirror makes every stretch of text run from right to left, whatever its letters, by the override marks
// of Unicode (U+202E … U+202C). Variables keep the direction of their own letters.
func mirror(text string) string {
	var out strings.Builder
	eachPart(text, func(part, variable string) {
		if part != "" {
			out.WriteString("\u202e" + part + "\u202c")
		}
		if variable != "" {
			out.WriteString("\u2068{{." + variable + "}}\u2069")
		}
	})
	return out.String()
}
