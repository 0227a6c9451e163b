package search

// Held returns how many records are in memory now, and how many bytes they take.
func (s *Service) Held() (records, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.held {
		h.mu.Lock()
		if h.r != nil {
			n, b := h.r.size()
			records, bytes = records+n, bytes+b
		}
		h.mu.Unlock()
	}
	return records, bytes
}
