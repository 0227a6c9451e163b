package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// What templ writes asks after each piece of a page whether it could be written, and says at which line of the template it could not. No
// piece fails by itself: they go into one buffer, which remembers the first error and returns it when it is handed on. So the
// program is a twentieth smaller without those questions, and sends the same pages. What may fail for another reason, another component for one, is asked as before.
//
// A text in a template must be a string, as templ.EscapeString says here, and what stands in a template has one value and no error, which is why an attribute
// and a link are followed by nil: what has does not compile.
func lean() []struct {
	from *regexp.Regexp
	to   string
} {
	const (
		failed  = `\n\t+if templ_[0-9a-f]+_Err != nil \{\n\t+return templ_[0-9a-f]+_Err\n\t+\}\n`
		located = `\n\t+if templ_[0-9a-f]+_Err != nil \{\n\t+return templ\.Error\{Err: [^\n]*\}\n\t+\}\n`
		written = `\t+_, templ_[0-9a-f]+_Err = (templ_[0-9a-f]+_Buffer)\.WriteString\(`
		value   = `templ_[0-9a-f]+_Var[0-9]+`
	)
	of := func(kind, call, how string) *regexp.Regexp {
		return regexp.MustCompile(`(\t+)var (` + value + `) ` + kind + `\n\t+` + value + `, templ_[0-9a-f]+_Err = templ\.` + call + `\(([^\n]*)\)` + located + written + how + `\)` + failed)
	}
	return []struct {
		from *regexp.Regexp
		to   string
	}{
		{regexp.MustCompile(`(\t+)templ_[0-9a-f]+_Err = templruntime\.WriteString\((templ_[0-9a-f]+_Buffer), [0-9]+, ("(?:[^"\\\n]|\\.)*")\)` + failed), "${1}${2}.WriteString(${3})\n"},
		{of(`string`, `JoinStringErrs`, `templ\.EscapeString\(`+value+`\)`), "${1}${4}.WriteString(templ.EscapeString[string](${3}))\n"},
		{of(`string`, `ResolveAttributeValue`, value), "${1}${2}, _ := templ.ResolveAttributeValue(${3}, nil)\n${1}${4}.WriteString(${2})\n"},
		{of(`templ\.SafeURL`, `JoinURLErrs`, `templ\.EscapeString\(`+value+`\)`), "${1}${2}, _ := templ.JoinURLErrs(${3}, nil)\n${1}${4}.WriteString(templ.EscapeString(${2}))\n"},
	}
}

// leaned writes what stands for every template of the program into dir and adds to an overlay by what each file of the source is replaced.
func leaned(dir string, overlay map[string]string) error {
	return filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_templ.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, x := range lean() {
			text = x.from.ReplaceAll(text, []byte(x.to))
		}
		from, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.ReplaceAll(path, "/", "-"))
		overlay[from] = to
		return os.WriteFile(to, text, 0o600)
	})
}
