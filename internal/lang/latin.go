package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// latin writes Serbian in its other script. Both are equal by custom and each letter has one counterpart, so that one
// text serves both; what stands in Latin letters already, and every variable, stays. A letter that becomes two is written
// in capitals throughout only in a word of capitals: "Љубав" is "Ljubav", "ЉУБАВ" is "LJUBAV".
func latin(text string) string {
	var out strings.Builder
	eachPart(text, func(part, variable string) {
		for i, r := range part {
			next, _ := utf8.DecodeRuneInString(part[i+utf8.RuneLen(r):])
			before, _ := utf8.DecodeLastRuneInString(part[:i])
			capitals := unicode.IsUpper(next) || !unicode.IsLower(next) && unicode.IsUpper(before)
			out.WriteString(latinLetter(r, capitals))
		}
		if variable != "" {
			out.WriteString("{{." + variable + "}}")
		}
	})
	return out.String()
}

func latinLetter(r rune, capitals bool) string {
	const cyrillic, other = "абвгдђежзијклмнопрстћуфхцчшАБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШ", "abvgdđežzijklmnoprstćufhcčšABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠ"
	switch r {
	case 'љ':
		return "lj"
	case 'њ':
		return "nj"
	case 'џ':
		return "dž"
	case 'Љ', 'Њ', 'Џ':
		two := map[rune]string{'Љ': "Lj", 'Њ': "Nj", 'Џ': "Dž"}[r]
		if capitals {
			return strings.ToUpper(two)
		}
		return two
	}
	if at := strings.IndexRune(cyrillic, r); at >= 0 {
		return string([]rune(other)[utf8.RuneCountInString(cyrillic[:at])])
	}
	return string(r)
}
