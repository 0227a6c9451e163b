package lang

import (
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// filler is the only template language of the catalogues: {{.name}}, and nothing that could compute,
// loop or call. A catalogue is translated by many hands; none of them can make the node run anything.
type filler struct {
	complete *bool // set to false when a variable was not given
}

var _ template.Parser = filler{}

// Cacheable reports false because what is parsed belongs to one call.
func (f filler) Cacheable() bool { return false }

// Parse keeps src to be filled.
func (f filler) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	return filling{src, f.complete}, nil
}

type filling struct {
	src      string
	complete *bool
}

// Execute fills the variables of the text from data, a map of strings.
func (f filling) Execute(data any) (string, error) {
	args, _ := data.(map[string]string)
	var out strings.Builder
	eachPart(f.src, func(text, variable string) {
		out.WriteString(text)
		if variable == "" {
			return
		}
		value, ok := args[variable]
		if !ok {
			*f.complete = false
			value = "…"
		}
		out.WriteString(value)
	})
	return out.String(), nil
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
