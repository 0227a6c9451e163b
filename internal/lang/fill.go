package lang

import "strings"

// fillIn puts the values of args in place of the variables of a text, and reports whether all were given. {{.name}} is the only template
// language of the catalogues, with nothing that could compute, loop or call: a catalogue is translated by many hands, and none of them
// can make the node run anything.
func fillIn(src string, args map[string]string) (text string, whole bool) {
	if !strings.Contains(src, "{{.") {
		return src, true
	}
	var out strings.Builder
	whole = true
	eachPart(src, func(text, variable string) {
		out.WriteString(text)
		if variable == "" {
			return
		}
		value, ok := args[variable]
		if !ok {
			whole, value = false, "…"
		}
		out.WriteString(value)
	})
	return out.String(), whole
}

// eachPart calls do for each stretch of text and the variable that follows it, "" for the last.
func eachPart(src string, do func(text, variable string)) {
	for {
		before, rest, found := strings.Cut(src, "{{.")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			do(src, "")
			return
		}
		do(before, name)
		src = after
	}
}
