package lang

import (
	"strings"

	"golang.org/x/text/language"
)

// The tags under which the bundle keeps the test languages: it needs ones that are well formed and have
// the plurals of English.
var (
	pseudoTag = language.MustParse("en-XA")
	mirrorTag = language.MustParse("en-XB")
)

// addTestLanguages derives the two languages for tests from English.
func (c *Catalogue) addTestLanguages() error {
	changed := func(change func(string) string) map[string]message {
		out := make(map[string]message, len(c.keys[English]))
		for key, m := range c.keys[English] {
			n := message{file: m.file}
			if m.forms == nil {
				n.text = change(m.text)
			} else {
				n.forms = map[string]string{}
				for form, text := range m.forms {
					n.forms[form] = change(text)
				}
			}
			out[key] = n
		}
		return out
	}
	c.keys[Pseudo], c.keys[Mirror] = changed(lengthen), changed(mirror)
	names := c.tables[English]
	if err := c.add(Pseudo, pseudoTag, "ltr", names, c.keys[Pseudo]); err != nil {
		return err
	}
	return c.add(Mirror, mirrorTag, "rtl", names, c.keys[Mirror])
}

var accents = strings.NewReplacer("a", "á", "e", "ë", "i", "ï", "o", "ø", "u", "û", "c", "ç", "n", "ñ", "s", "š",
	"A", "Å", "E", "É", "I", "Î", "O", "Ö", "U", "Ü", "C", "Č", "N", "Ñ", "S", "Š")

// lengthen accents every letter that has one and adds a third of the length (at least two signs), the
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
	grow := max(2, len([]rune(text))/3)
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
