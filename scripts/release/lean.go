package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// What templ writes asks after each piece of a page whether it could be written, and says at which line of the template it could not. No
// piece fails by itself: they go into one buffer, which remembers the first error and returns it when it is handed on. It also begins each component with the same
// eighteen lines. So the program is smaller where pages call package draw for all that, and sends the same pages. What may fail for another reason, another component
// for one, is asked as before. A value with an error beside it does not compile.
//
// T_ stands for how templ begins its names, and lines may be indented.
func lean() []struct{ from, to string } {
	return []struct{ from, to string }{
		// A component: its buffer, its error, its children.
		{`templruntime\.GeneratedTemplate\(func\(T_Input templruntime\.GeneratedComponentInput\) \(T_Err error\) \{
T_W, ctx := T_Input\.Writer, T_Input\.Context
if T_CtxErr := ctx\.Err\(\); T_CtxErr != nil \{
return T_CtxErr
\}
T_Buffer, T_IsBuffer := templruntime\.GetBuffer\(T_W\)
if !T_IsBuffer \{
defer func\(\) \{
T_BufErr := templruntime\.ReleaseBuffer\(T_Buffer\)
if T_Err == nil \{
T_Err = T_BufErr
\}
\}\(\)
\}
ctx = templ\.InitializeContext\(ctx\)
(T_Var\d+) := templ\.GetChildren\(ctx\)
if T_Var\d+ == nil \{
T_Var\d+ = templ\.NopComponent
\}
ctx = templ\.ClearChildren\(ctx\)
`, `templdraw.New(func(ctx templcontext.Context, T_Buffer *templruntime.Buffer, $1 templ.Component) (T_Err error) {
`},
		// What stands inside one.
		{`templruntime\.GeneratedTemplate\(func\(T_Input templruntime\.GeneratedComponentInput\) \(T_Err error\) \{
T_W, ctx := T_Input\.Writer, T_Input\.Context
T_Buffer, T_IsBuffer := templruntime\.GetBuffer\(T_W\)
if !T_IsBuffer \{
defer func\(\) \{
T_BufErr := templruntime\.ReleaseBuffer\(T_Buffer\)
if T_Err == nil \{
T_Err = T_BufErr
\}
\}\(\)
\}
ctx = templ\.InitializeContext\(ctx\)
`, `templdraw.Inside(func(ctx templcontext.Context, T_Buffer *templruntime.Buffer) (T_Err error) {
`},
		// HTML.
		{`T_Err = templruntime\.WriteString\(T_Buffer, \d+, ("(?:[^"\\\n]|\\.)*")\)
if T_Err != nil \{
return T_Err
\}
`, `templdraw.Put(T_Buffer, $1)
`},
		// A text, an attribute, an address. The call says no error: an expression that has one does not compile, and is not written here without being looked at.
		{`var T_Var\d+ string
T_Var\d+, T_Err = templ\.JoinStringErrs\((.*)\)
if T_Err != nil \{
return templ\.Error\{Err: T_Err, .*\}
\}
_, T_Err = T_Buffer\.WriteString\(templ\.EscapeString\(T_Var\d+\)\)
if T_Err != nil \{
return T_Err
\}
`, `templdraw.Text(T_Buffer, $1)
`},
		{`var T_Var\d+ string
T_Var\d+, T_Err = templ\.ResolveAttributeValue\((.*)\)
if T_Err != nil \{
return templ\.Error\{Err: T_Err, .*\}
\}
_, T_Err = T_Buffer\.WriteString\(T_Var\d+\)
if T_Err != nil \{
return T_Err
\}
`, `templdraw.Text(T_Buffer, $1)
`},
		{`var T_Var\d+ templ\.SafeURL
T_Var\d+, T_Err = templ\.JoinURLErrs\((.*)\)
if T_Err != nil \{
return templ\.Error\{Err: T_Err, .*\}
\}
_, T_Err = T_Buffer\.WriteString\(templ\.EscapeString\(T_Var\d+\)\)
if T_Err != nil \{
return T_Err
\}
`, `templdraw.URL(T_Buffer, $1)
`},
	}
}

// leanly says a file that templ has written in fewer words. It fails with a file of another templ, which writes it in another way.
func leanly(code string) (string, error) {
	for _, x := range lean() {
		from := strings.ReplaceAll(strings.ReplaceAll(x.from, "T_", "templ_7745c5c3_"), "\n", `\n\t*`)
		code = regexp.MustCompile(from).ReplaceAllString(code, strings.ReplaceAll(x.to, "T_", "templ_7745c5c3_"))
	}
	const imports = `import templruntime "github.com/a-h/templ/runtime"`
	before, after, found := strings.Cut(code, imports)
	if !found || strings.Contains(after, "templruntime.WriteString(") || strings.Contains(after, "templruntime.GeneratedTemplate(") {
		return "", errors.New("written by another templ: lean.go does not know it")
	}
	for _, of := range [][2]string{
		{"templruntime.", imports},
		{"templdraw.", `import templdraw "github.com/opentrm/opentrm/scripts/release/draw"`},
		{"templcontext.", `import templcontext "context"`},
	} {
		if strings.Contains(after, of[0]) {
			before += of[1] + "\n"
		}
	}
	return before + after, nil
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
		code, err := leanly(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		from, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.ReplaceAll(path, "/", "-"))
		overlay[from] = to
		return os.WriteFile(to, []byte(code), 0o600)
	})
}
