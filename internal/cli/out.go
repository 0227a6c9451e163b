package cli

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

// options are what every command takes.
type options struct {
	JSON     bool   `name:"json" help:"Print one JSON value instead of text."`
	Progress bool   `help:"Say how far long work has come where standard error is no terminal, too."`
	Language string `name:"lang" env:"OPENTRM_LANG" default:"en" help:"Language of messages."`
}

// screen is what a command speaks through.
type screen struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	err     io.Writer
	texts   *lang.Catalogue
	options *options
}

// say writes a line to standard error.
func (s *screen) say(line string) { fmt.Fprintln(s.err, line) }

// print writes a result: v as JSON if that was asked for, else what text writes.
func (s *screen) print(v any, text func(w io.Writer)) error {
	if s.options.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// done writes the result of a command that has none but that it was done.
func (s *screen) done(line string) error {
	return s.print(map[string]bool{"done": true}, func(w io.Writer) { fmt.Fprintln(w, line) })
}

// when writes a time for people.
func when(t frame.Time) string {
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

// raw prints an answer whose shape the command does not look at.
func (s *screen) raw(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, string(b))
	return err
}

// present is the time as the nouns count it.
func present() frame.Time { return frame.At(time.Now()) }
