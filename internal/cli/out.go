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
//   - progress is drawn only where standard error is a terminal;
//   - the exit code says what a caller can do, as -h shows.

// screen is what a command speaks through.
type screen struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	err     io.Writer
	texts   *lang.Catalogue
	program *program
}

// say writes a line to standard error.
func (s *screen) say(line string) { fmt.Fprintln(s.err, line) }

// print writes a result: v as JSON if that was asked for, else what text writes.
func (s *screen) print(v any, text func(w io.Writer)) error {
	if s.program.JSON {
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

// progress draws a bar on standard error. The zero value of total draws a count.
type progress struct {
	s     *screen
	what  string
	next  time.Time
	shown bool
}

const barWidth = 30

// at draws that done of total is done; at most ten times a second.
func (p *progress) at(done, total int64) {
	fd, person := terminal(p.s.err)
	now := time.Now()
	if !person || now.Before(p.next) && done != total {
		return
	}
	p.next, p.shown = now.Add(100*time.Millisecond), true
	width, _, err := term.GetSize(fd)
	if err != nil || width < barWidth+len(p.what)+20 || total <= 0 {
		fmt.Fprintf(p.s.err, "\r%s %d", p.what, done)
		return
	}
	full := int(min(done, total) * barWidth / total)
	bar := make([]byte, barWidth)
	for i := range bar {
		bar[i] = '.'
		if i < full {
			bar[i] = '#'
		}
	}
	fmt.Fprintf(p.s.err, "\r%s [%s] %3d%%", p.what, bar, min(done, total)*100/total)
}

// end leaves the line of the bar.
func (p *progress) end() {
	if p.shown {
		fmt.Fprintln(p.s.err)
	}
}
