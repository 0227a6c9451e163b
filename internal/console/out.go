// Package console is what every command of the command line shares: how it speaks (out.go), how it ends (end.go), how it asks
// a node (client.go), how secrets are typed (secret.go) and files are read and written (file.go).
package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/lang"
)

// The rules of output:
//   - the result goes to standard output and nothing else does; what is said on the way goes to standard error;
//   - with --json a command prints exactly one JSON value, whose fields are those of docs/openapi.yaml;
//   - a list is printed as lines of columns with a head; times are RFC 3339 in UTC;
//   - a secret is printed only by the command whose purpose it is, once, and never logged;
//   - progress is drawn where standard error is a terminal or --progress asks for it, and never with --json;
//   - the exit code says what a caller can do, as -h shows.

// Options are what every command takes.
type Options struct {
	JSON     bool   `name:"json" help:"Print one JSON value instead of text."`
	Progress bool   `help:"Say how far long work has come where standard error is no terminal, too."`
	Language string `name:"lang" env:"OPENTRM_LANG" default:"en" help:"Language of messages."`
}

// Screen is what a command speaks through.
type Screen struct {
	Context context.Context
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Texts   *lang.Catalogue
	Options *Options
}

// Say writes a line to standard error.
func (s *Screen) Say(line string) { fmt.Fprintln(s.Err, line) }

// Print writes a result: v as JSON if that was asked for, else what text writes.
func (s *Screen) Print(v any, text func(w io.Writer)) error {
	if s.Options.JSON {
		enc := json.NewEncoder(s.Out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(s.Out, 0, 8, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// Done writes the result of a command that has none but that it was done.
func (s *Screen) Done(line string) error {
	return s.Print(map[string]bool{"done": true}, func(w io.Writer) { fmt.Fprintln(w, line) })
}

// When writes a time for people.
func When(t frame.Time) string {
	if t == 0 {
		return "-"
	}
	return t.Time().UTC().Format(time.RFC3339)
}

// terminal returns the descriptor behind an end of the program, and whether a person sits there.
func terminal(end any) (int, bool) {
	f, ok := end.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// Raw prints an answer whose shape the command does not look at.
func (s *Screen) Raw(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, string(b))
	return err
}

// Present is the time as the nouns count it.
func Present() frame.Time { return frame.At(time.Now()) }
