package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/term"
)

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
	if p.s.options.JSON || !person && !p.s.options.Progress {
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

func (c counted) Read(b []byte) (int, error) {
	n, err := c.ReadSeeker.Read(b)
	c.bar.more(n)
	return n, err
}

func (c counting) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.bar.more(n)
	return n, err
}

// counted is a file whose bytes are counted on their way in.
type counted struct {
	io.ReadSeeker
	bar *progress
}

// counting is a file whose bytes are counted on their way out.
type counting struct {
	io.Writer
	bar *progress
}
