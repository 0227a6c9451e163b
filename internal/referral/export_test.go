package referral

// Forget lets go of what is remembered of the ends, as a process does that begins, and returns of how many.
func (s *Service) Forget() int {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	n := len(s.memory.ends)
	s.memory.ends = nil
	return n
}
