package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
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

// progress draws on standard error how far long work has come: a bar, or a count where nobody knows how much there is.
type progress struct {
	s     *screen
	what  string
	bytes bool // what is counted

	mu          sync.Mutex
	done, total int64
	drawn       int64 // -1: nothing yet
	next        time.Time
}

const barWidth = 30

// progress begins one. Nothing is drawn before it is told something.
func (s *screen) progress(what string) *progress { return &progress{s: s, what: what, drawn: -1} }

// at draws that done of total is done, which is 0 if nobody knows it: at most ten times a second for a person, else once.
func (p *progress) at(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = done, total
	if now := time.Now(); !now.Before(p.next) || done == total && done != p.drawn {
		p.draw(now)
	}
}

// more draws that n more are done.
func (p *progress) more(n int) {
	p.mu.Lock()
	done, total := p.done+int64(n), p.total
	p.mu.Unlock()
	p.at(done, total)
}

// draw is called with the lock held.
func (p *progress) draw(now time.Time) {
	fd, person := terminal(p.s.err)
	if p.s.program.JSON || !person && !p.s.program.Progress {
		return
	}
	p.drawn = p.done
	if !person {
		p.next = now.Add(time.Second)
		p.s.say(p.what + " " + p.count())
		return
	}
	p.next = now.Add(100 * time.Millisecond)
	width, _, err := term.GetSize(fd)
	if err != nil || width < barWidth+len(p.what)+20 || p.total <= 0 {
		fmt.Fprintf(p.s.err, "\r%s %s", p.what, p.count())
		return
	}
	full := int(min(p.done, p.total) * barWidth / p.total)
	bar := make([]byte, barWidth)
	for i := range bar {
		bar[i] = '.'
		if i < full {
			bar[i] = '#'
		}
	}
	fmt.Fprintf(p.s.err, "\r%s [%s] %4s", p.what, bar, p.count())
}

func (p *progress) count() string {
	switch {
	case p.total > 0:
		return fmt.Sprintf("%d%%", min(p.done, p.total)*100/p.total)
	case p.bytes:
		return fmt.Sprintf("%.1f MB", float64(p.done)/1e6)
	}
	return fmt.Sprint(p.done)
}

// end draws what was reached last and leaves the line. A second time it does nothing.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn < 0 {
		return
	}
	if p.drawn != p.done {
		p.draw(time.Now())
	}
	if _, person := terminal(p.s.err); person {
		fmt.Fprintln(p.s.err)
	}
	p.drawn = -1
}

// counted is a file whose bytes are counted on their way in.
type counted struct {
	io.ReadSeeker
	bar *progress
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.ReadSeeker.Read(b)
	c.bar.more(n)
	return n, err
}

// counting is a file whose bytes are counted on their way out.
type counting struct {
	io.Writer
	bar *progress
}

func (c counting) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.bar.more(n)
	return n, err
}
