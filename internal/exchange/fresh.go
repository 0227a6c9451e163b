package exchange

import (
	"context"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/id"
)

// Bounds of what is carried at once.
const (
	freshLease = 30 * time.Second // after which what its maker did not carry is anybody's
	freshMost  = 256              // envelopes that wait in memory
	freshBytes = 16 << 20         // of all of them

	// What is sealed at once is carried in several pushes at once, so that neither node waits for the other all the time,
	// and a member that does not answer keeps nobody else waiting.
	freshAtOnce = 16
	carriers    = 12
	toOne       = 3 // of them, for one member
)

// fresh is what this process has sealed and not carried yet, with its bytes. It is in the outbox under a lease: if the
// process ends, a round of delivery takes it from there.
type fresh struct {
	mu    sync.Mutex
	rows  []Out
	bytes int
	busy  map[id.Member]int // pushes under way
	wake  chan struct{}     // nil: nobody carries
}

// room reports whether somebody carries and an envelope can wait here.
func (f *fresh) room(o Out) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fits(o)
}

func (f *fresh) fits(o Out) bool {
	return f.wake != nil && len(f.rows) < freshMost && f.bytes+len(o.Bytes) <= freshBytes
}

// add lets an envelope wait. If there is no room any more, a round of delivery takes it when its lease has run out.
func (f *fresh) add(o Out) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.fits(o) {
		return
	}
	f.rows, f.bytes = append(f.rows, o), f.bytes+len(o.Bytes)
	f.poke()
}

// poke wakes one who carries; whoever takes something wakes the next if more may go.
func (f *fresh) poke() {
	if len(f.rows) == 0 {
		return
	}
	select {
	case f.wake <- struct{}{}:
	default: // somebody is about to look, or nobody carries
	}
}

// take returns what waits longest for a member to whom another push may go, at most freshAtOnce envelopes, and what says
// that they are carried; nothing if nothing may go now.
func (f *fresh) take() (to id.Member, rows []Out, done func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rest []Out
	for _, o := range f.rows {
		if to == "" && f.busy[o.To] < toOne {
			to = o.To
		}
		if o.To != to || len(rows) == freshAtOnce {
			rest = append(rest, o)
			continue
		}
		rows, f.bytes = append(rows, o), f.bytes-len(o.Bytes)
	}
	f.rows = rest
	if len(rows) == 0 {
		return "", nil, nil
	}
	f.busy[to]++
	f.poke()
	return to, rows, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.busy[to]--
		f.poke()
	}
}

// begin lets envelopes wait here, and returns what says that one does; end stops it.
func (f *fresh) begin() (wake <-chan struct{}, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wake, f.busy = make(chan struct{}, 1), make(map[id.Member]int)
	return f.wake, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.wake, f.rows, f.bytes = nil, nil, 0
	}
}

// Carry brings on its way what this process seals from now on, as soon as it is durable, until ctx ends; wait waits for
// that end. What goes wrong is told to failed; what was not carried then is due when its lease has run out. It is called
// once.
func (s *Service) Carry(ctx context.Context, failed func(error)) (wait func()) {
	wake, end := s.fresh.begin()
	var carrying sync.WaitGroup
	for range carriers {
		carrying.Go(func() { s.carryFresh(ctx, wake, failed) })
	}
	return func() {
		carrying.Wait()
		end()
	}
}

// carryFresh is one of those who carry: one goroutine from the first envelope to the last, since what begins anew for each wakes a
// processor more and grows its stack again.
func (s *Service) carryFresh(ctx context.Context, wake <-chan struct{}, failed func(error)) {
	for ctx.Err() == nil {
		to, rows, done := s.fresh.take()
		if len(rows) == 0 {
			select {
			case <-ctx.Done():
			case <-wake:
			}
			continue
		}
		func() {
			defer done()
			if _, err := s.carryTo(ctx, to, rows, freshPatience); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}()
	}
}

// queue puts a sealed envelope into the outbox. What nothing stands before is carried by this process as soon as the
// transaction is durable.
func (s *Service) queue(ctx context.Context, tx Tx, o Out) error {
	return s.letGo(ctx, tx, o, tx.AddOut)
}

// letGo keeps a row by put, and carries it as [Service.queue] says if it is queued.
func (s *Service) letGo(ctx context.Context, tx Tx, o Out, put func(context.Context, Out) error) error {
	if o.State != OutQueued || !s.fresh.room(o) {
		return put(ctx, o)
	}
	if o.Seq > 1 && !o.Immediate {
		before, err := tx.OutQueuedBefore(ctx, o.Thread, o.Side, o.Seq)
		if err != nil {
			return err
		}
		if before {
			return put(ctx, o)
		}
	}
	o.Lease = s.now().Add(freshLease)
	if err := put(ctx, o); err != nil {
		return err
	}
	tx.OnCommit(func() { s.fresh.add(o) })
	return nil
}
