package count

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

const (
	// Lease is how long what somebody has begun goes on with her keys, in the memory of this process.
	Lease = 8 * time.Hour
	// Patience is how long she waits for it. What takes longer goes on by itself, and she sees how far it is.
	Patience = 2 * time.Second
)

// work is what somebody has begun at a desk in a run. Where it is cut off, what it has written stays, and whoever begins it again goes on from there.
type work struct {
	stop  context.CancelFunc
	done  chan struct{} // closed when it is over
	files atomic.Int64  // that were read
	err   error         // of a work that is over
	out   Prepared
}

// works is the work of this process, by run and desk.
type works struct {
	mu     sync.Mutex
	at     map[string]*work
	closed bool
}

// begin begins a work, or finds it where it goes on, and waits for [Patience].
//
// It fails as the work does, and with [fault.Unavailable] "count.closed" if the node ends.
func (s *Service) begin(ctx context.Context, key string, do func(context.Context, *work) error) (*work, error) {
	s.works.mu.Lock()
	w := s.works.at[key]
	if w == nil && !s.works.closed {
		inner, stop := context.WithTimeout(context.WithoutCancel(ctx), Lease)
		w = &work{stop: stop, done: make(chan struct{})}
		if s.works.at == nil {
			s.works.at = map[string]*work{}
		}
		s.works.at[key] = w
		go func() {
			defer stop()
			w.err = do(inner, w)
			s.works.mu.Lock()
			defer s.works.mu.Unlock()
			delete(s.works.at, key)
			close(w.done)
		}()
	}
	s.works.mu.Unlock()
	if w == nil {
		return nil, fault.New(fault.Unavailable, "count.closed")
	}
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-w.done:
		return w, w.err
	case <-timer.C:
		return w, nil
	case <-ctx.Done():
		return w, ctx.Err()
	}
}

// over reports whether a work is over.
func (w *work) over() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// working returns the work at a desk in a run; nil if there is none.
func (s *Service) working(key string) *work {
	s.works.mu.Lock()
	defer s.works.mu.Unlock()
	return s.works.at[key]
}

// Close ends what people have begun, and waits for it. What was written stays.
func (s *Service) Close() {
	s.works.mu.Lock()
	s.works.closed = true
	var all []*work
	for _, w := range s.works.at {
		all = append(all, w)
		w.stop()
	}
	s.works.mu.Unlock()
	for _, w := range all {
		<-w.done
	}
}
