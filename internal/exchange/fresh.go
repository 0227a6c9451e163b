package exchange

import (
	"context"
	"sync"
	"time"
)

// Bounds of what is carried at once.
const (
	freshLease = 30 * time.Second // after which what its maker did not carry is anybody's
	freshMost  = 256              // envelopes that wait in memory
	freshBytes = 1 << 20          // of one of them

	// What is sealed at once is carried in several pushes at once, so that neither node waits for the other all the time.
	freshAtOnce = 16
	carriers    = 3
)

// fresh is what this process has sealed and not carried yet, with its bytes. It is in the outbox under a lease: if the
// process ends, a round of delivery takes it from there.
type fresh struct {
	mu   sync.Mutex
	rows []Out
	wake chan struct{} // nil: nobody carries
}

// room reports whether somebody carries and an envelope can wait here.
func (f *fresh) room(o Out) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wake != nil && len(f.rows) < freshMost && len(o.Bytes) <= freshBytes
}

func (f *fresh) add(o Out) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, o)
	select {
	case f.wake <- struct{}{}:
	default: // it is awake, or gone
	}
}

// take returns what waits, at most freshAtOnce envelopes.
func (f *fresh) take() []Out {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(f.rows), freshAtOnce)
	rows := f.rows[:n:n]
	f.rows = append([]Out(nil), f.rows[n:]...)
	return rows
}

// begin lets envelopes wait here, and returns what says that one does; end stops it.
func (f *fresh) begin() (wake <-chan struct{}, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wake = make(chan struct{}, 1)
	return f.wake, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.wake, f.rows = nil, nil
	}
}

// Carry brings on its way what this process seals from now on, as soon as it is durable, until ctx ends; wait waits for
// that end. What goes wrong is told to failed; what was not carried then is due when its lease has run out. It is called
// once.
func (s *Service) Carry(ctx context.Context, failed func(error)) (wait func()) {
	wake, end := s.fresh.begin()
	var carrying sync.WaitGroup
	carrying.Go(func() {
		defer end()
		s.carryFresh(ctx, wake, failed)
	})
	return carrying.Wait
}

func (s *Service) carryFresh(ctx context.Context, wake <-chan struct{}, failed func(error)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	free := make(chan struct{}, carriers)
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
		for more := true; more; {
			select {
			case <-ctx.Done():
				return
			case free <- struct{}{}:
			}
			rows := s.fresh.take()
			if more = len(rows) > 0; !more {
				<-free
				continue
			}
			wg.Go(func() {
				defer func() { <-free }()
				r, err := s.look(ctx, rows)
				if err == nil {
					_, err = s.run(ctx, r)
				}
				if err != nil && ctx.Err() == nil {
					failed(err)
				}
			})
		}
	}
}

// queue puts a sealed envelope into the outbox. What nothing stands before is carried by this process as soon as the
// transaction is durable.
func (s *Service) queue(ctx context.Context, tx Tx, o Out) error {
	if o.State != OutQueued || !s.fresh.room(o) {
		return tx.AddOut(ctx, o)
	}
	if o.Seq > 1 && !o.Immediate {
		before, err := tx.OutQueuedBefore(ctx, o.Thread, o.Side, o.Seq)
		if err != nil {
			return err
		}
		if before {
			return tx.AddOut(ctx, o)
		}
	}
	o.Lease = o.Created.Add(freshLease)
	if err := tx.AddOut(ctx, o); err != nil {
		return err
	}
	tx.OnCommit(func() { s.fresh.add(o) })
	return nil
}
