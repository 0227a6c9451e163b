package console

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/term"
)

// Bar draws on standard error how far long work has come: a bar, or a count where nobody knows how much there is.
type Bar struct {
	Bytes bool  // what is counted is bytes
	Total int64 // how much there is; 0: nobody knows

	s     *Screen
	what  string
	mu    sync.Mutex
	done  int64
	drawn int64 // -1: nothing yet
	next  time.Time
}

const barWidth = 30

// Progress begins a bar of what is done. Nothing is drawn before it is told something.
func (s *Screen) Progress(what string) *Bar { return &Bar{s: s, what: what, drawn: -1} }

// At draws that done of total is done, which is 0 if nobody knows it: at most ten times a second for a person, else once.
func (p *Bar) At(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.Total = done, total
	if now := time.Now(); !now.Before(p.next) || done == total && done != p.drawn {
		p.draw(now)
	}
}

// more draws that n more are done.
func (p *Bar) more(n int) {
	p.mu.Lock()
	done, total := p.done+int64(n), p.Total
	p.mu.Unlock()
	p.At(done, total)
}

// Width returns how many signs fit into a line of w: 80 where it is no terminal.
func Width(w io.Writer) int {
	if fd, person := terminal(w); person {
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			return width
		}
	}
	return 80
}

// draw is called with the lock held.
func (p *Bar) draw(now time.Time) {
	fd, person := terminal(p.s.Err)
	if p.s.Options.JSON || !person && !p.s.Options.Progress {
		return
	}
	p.drawn = p.done
	if !person {
		p.next = now.Add(time.Second)
		p.s.Say(p.what + " " + p.count())
		return
	}
	p.next = now.Add(100 * time.Millisecond)
	width, _, err := term.GetSize(fd)
	if err != nil || width < barWidth+len(p.what)+20 || p.Total <= 0 {
		fmt.Fprintf(p.s.Err, "\r%s %s", p.what, p.count())
		return
	}
	full := int(min(p.done, p.Total) * barWidth / p.Total)
	bar := make([]byte, barWidth)
	for i := range bar {
		bar[i] = '.'
		if i < full {
			bar[i] = '#'
		}
	}
	fmt.Fprintf(p.s.Err, "\r%s [%s] %4s", p.what, bar, p.count())
}

func (p *Bar) count() string {
	switch {
	case p.Total > 0:
		return fmt.Sprintf("%d%%", min(p.done, p.Total)*100/p.Total)
	case p.Bytes:
		return fmt.Sprintf("%.1f MB", float64(p.done)/1e6)
	}
	return fmt.Sprint(p.done)
}

// End draws what was reached last and leaves the line. A second time it does nothing.
func (p *Bar) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn < 0 {
		return
	}
	if p.drawn != p.done {
		p.draw(time.Now())
	}
	if _, person := terminal(p.s.Err); person {
		fmt.Fprintln(p.s.Err)
	}
	p.drawn = -1
}

// Read reads on and counts.
func (c Counted) Read(b []byte) (int, error) {
	n, err := c.ReadSeeker.Read(b)
	c.Bar.more(n)
	return n, err
}

// Write writes on and counts.
func (c Counting) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.Bar.more(n)
	return n, err
}

// Counted is a file whose bytes are counted on their way in.
type Counted struct {
	io.ReadSeeker
	Bar *Bar
}

// Counting is a file whose bytes are counted on their way out.
type Counting struct {
	io.Writer
	Bar *Bar
}
