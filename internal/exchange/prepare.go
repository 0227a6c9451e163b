package exchange

import (
	"context"
	"runtime"
	"sync"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/member"
)

// arrival is an envelope that is being taken, with what could be found out of it before its transaction: a node writes
// in one transaction at a time, and no other should wait for its cryptography.
type arrival struct {
	envelope.Envelope
	at       int    // among those that came with it
	hash     string // of the roster under which it was verified; empty: it was not, or is not good
	from     member.Member
	contents *envelope.Control // opened; nil: not, or not to be opened
	closed   error             // the refusal of what was tried and does not open, or says nothing that is known
}

// prepareAll verifies and opens arrivals on all processors. What fails here is judged again where it counts, under the
// roster that is in force there.
func (s *Service) prepareAll(all []*arrival) {
	held := s.latest.Load()
	if held == nil {
		return
	}
	each(len(all), func(i int) {
		a := all[i]
		from, err := a.Verify(held.Signed.Roster)
		if err != nil {
			return
		}
		a.hash, a.from = held.Hash, from
		if outside(a.Header, *held, s.now()) != "" {
			return // refused unopened
		}
		c, err := s.openControl(a.Envelope)
		if err == nil {
			a.contents = &c
		} else if _, refused := refusal(err); refused {
			a.closed = err
		}
	})
}

// each calls f with 0 to n-1, on all processors.
func each(n int, f func(int)) {
	if n == 1 {
		f(0)
		return
	}
	var wg sync.WaitGroup
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}

// sender verifies the signature under the roster in force.
//
// It fails as [envelope.Envelope.Verify].
func (a *arrival) sender(held member.Held) (member.Member, error) {
	if a.hash != "" && a.hash == held.Hash {
		return a.from, nil
	}
	return a.Verify(held.Signed.Roster)
}

// attribute verifies, without keeping others from writing, an arrival of which that was not done or did not succeed: whoever sends
// what nobody has signed makes nobody wait.
//
// It fails as [envelope.Envelope.Verify].
func (s *Service) attribute(ctx context.Context, a *arrival) error {
	if a.hash != "" {
		return nil
	}
	return s.Read(ctx, func(tx Tx) error {
		held, _, err := s.self(ctx, tx)
		if err != nil {
			return err
		}
		from, err := a.Verify(held.Signed.Roster)
		if err == nil {
			a.hash, a.from = held.Hash, from
		}
		return err
	})
}

// control opens what the sender told this node.
func (s *Service) control(a *arrival) (envelope.Control, error) {
	if a.closed != nil {
		return envelope.Control{}, a.closed
	}
	if a.contents != nil {
		return *a.contents, nil
	}
	return s.openControl(a.Envelope)
}
