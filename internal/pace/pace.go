// Package pace says how much to bring at once over a line that may be bad. It knows nothing of what is brought.
package pace

import (
	"sync"

	"github.com/opentrm/opentrm/internal/id"
)

// steady is how many times in a row a line has to carry about what it may before it may carry twice as much: what is
// brought in vain costs more than what could have been brought besides.
const steady = 8

// Pace remembers what the lines to other members could carry, as long as the process runs. It is safe for use by many
// goroutines; its zero value is ready.
type Pace struct {
	mu    sync.Mutex
	lines map[id.Member]line
}

// line is a line that has failed.
type line struct {
	most int // bytes
	good int // times in a row that it carried about as much
}

// Most returns how many bytes are to be brought to a member at once: full, or less after her line has failed, at least 1.
func (p *Pace) Most(to id.Member, full int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, ok := p.lines[to]; ok {
		return min(l.most, full)
	}
	return full
}

// Failed takes note that size bytes could not be brought to a member: half of that is tried next.
func (p *Pace) Failed(to id.Member, size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, ok := p.lines[to]; ok {
		size = min(size, l.most)
	}
	if p.lines == nil {
		p.lines = make(map[id.Member]line)
	}
	p.lines[to] = line{most: max(size/2, 1)}
}

// Brought takes note that size bytes have reached a member. After several times a line that had failed may carry twice as
// much, and one that may carry full again is forgotten.
func (p *Pace) Brought(to id.Member, size, full int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.lines[to]
	if !ok || size < l.most/2 {
		return // it says nothing
	}
	if l.good++; l.good == steady {
		l = line{most: 2 * max(l.most, size)}
	}
	if p.lines[to] = l; l.most >= full {
		delete(p.lines, to)
	}
}
