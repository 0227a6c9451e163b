package seal

import (
	"errors"
	"runtime"
)

// Ready returns how many secrets are ready for k.
func (s *Stock) Ready(k KEMPublic) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.shelves[k]; h != nil {
		return len(h.ready)
	}
	return 0
}

// Keys returns for how many keys secrets are kept.
func (s *Stock) Keys() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.shelves)
}

// Settle waits until as many secrets are ready for k as are wanted.
func (s *Stock) Settle(k KEMPublic) {
	for {
		s.mu.Lock()
		h := s.shelves[k]
		filling := h != nil && h.filling
		s.mu.Unlock()
		if !filling {
			return
		}
		runtime.Gosched()
	}
}

// Twice seals plain twice with one secret, as two copies of one process do.
func (s *Stock) Twice(k KEMPublic, first, second, plain []byte) (a, b []byte, err error) {
	one, ok := s.take(k)
	if !ok {
		return nil, nil, errors.New("nothing is ready")
	}
	if a, err = one.seal(first, nil, plain); err == nil {
		b, err = one.seal(second, nil, plain)
	}
	return a, b, err
}
