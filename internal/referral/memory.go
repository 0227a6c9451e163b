package referral

import "sync"

// memory is what the ends came to that this process changed last, each at the version of its row: an end gains an event
// only with a new version (settleIn), and no event ever leaves it. What is remembered is read by many and changed by nobody.
type memory struct {
	mu   sync.Mutex
	ends map[string]remembered // by object
}

type remembered struct {
	version int64
	state   State
	seen    Observed
}

// mostEnds bounds them. What was forgotten is read again.
const mostEnds = 1000

func (m *memory) of(r Row) (State, Observed, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.ends[r.object()]
	return k.state, k.seen, ok && k.version == r.Version
}

func (m *memory) keep(r Row, st State, seen Observed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ends == nil || len(m.ends) >= mostEnds {
		m.ends = map[string]remembered{}
	}
	m.ends[r.object()] = remembered{r.Version, st, seen}
}
