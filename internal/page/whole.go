package page

import "regexp"

// together matches what must not break at the end of a line: a reference, and the address of a desk with a name that
// fits on a telephone.
var together = regexp.MustCompile(`\b[0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3}\b|\b[A-Z]{2}/[a-z0-9-]{1,20}\b`)

// part is a piece of a text, whole if it must not break.
type part struct {
	text  string
	whole bool
}

// unbroken cuts a text into what may break and what may not.
func unbroken(text string) []part {
	var all []part
	end := 0
	for _, at := range together.FindAllStringIndex(text, -1) {
		if at[0] > end {
			all = append(all, part{text: text[end:at[0]]})
		}
		all = append(all, part{text: text[at[0]:at[1]], whole: true})
		end = at[1]
	}
	if end < len(text) {
		all = append(all, part{text: text[end:]})
	}
	return all
}
