package job

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// Job is one kind of unattended work.
type Job struct {
	Name  string
	Every time.Duration
	Limit time.Duration // a run is ended after it; 0: a minute
	// Do does what is due and returns how much it did. It is asked again at once while that is more than
	// nothing, at most a hundred times.
	Do func(ctx context.Context) (int, error)
	// Everywhere says that each replica does it, without a lease: it brings what this process remembers up to what is stored.
	Everywhere bool
}

// LeaseTx hands out a job to one replica at a time.
type LeaseTx interface {
	// TakeLease gives the work of that name to holder until a time, if nobody else has it.
	TakeLease(ctx context.Context, name, holder string, until frame.Time) (bool, error)
	// DropLease ends a lease of holder before its time.
	DropLease(ctx context.Context, name, holder string) error
}

// Runner runs jobs.
type Runner struct {
	Jobs   []Job
	Holder string // of leases: different for each replica, the same after each of its starts
	Lease  func(context.Context, func(LeaseTx) error) error
	Now    func() time.Time
	Rand   io.Reader // spreads the intervals
	Log    *slog.Logger

	mu   sync.Mutex
	fail map[string]bool      // whose last run failed
	held map[string]time.Time // leases, until
	next map[string]time.Time // due
	wake map[string]chan struct{}
}

const (
	leaseFor  = 2 * time.Minute // a replica that died is followed after that
	leaseMore = time.Minute     // a lease is prolonged when less is left
	mostTurns = 100
)

// Tick runs every job that is due once, in the order of the list, waits for nothing, and returns how much was
// done. It is for tests and the demonstration; [Runner.Run] is for nodes.
//
// It fails with what the jobs failed with; each of them has been run all the same.
func (r *Runner) Tick(ctx context.Context) (int, error) {
	did := 0
	var failed []error
	for _, j := range r.Jobs {
		if !r.due(j) {
			continue
		}
		n, err := r.once(ctx, j)
		did += n
		if err != nil {
			failed = append(failed, err)
		}
	}
	return did, errors.Join(failed...)
}

// due reports whether j's time has come, and sets its next time.
func (r *Runner) due(j Job) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.Now()
	if now.Before(r.next[j.Name]) {
		return false
	}
	if r.next == nil {
		r.next = make(map[string]time.Time)
	}
	r.next[j.Name] = now.Add(j.Every)
	return true
}

// once runs j under its lease, if this replica gets it. Its failure is logged and returned.
func (r *Runner) once(ctx context.Context, j Job) (did int, err error) {
	defer func(ctx context.Context) { // the one of the process, not that of the run, which has ended by now
		if ctx.Err() != nil {
			return
		}
		r.note(j.Name, err != nil)
		if err != nil {
			kind, key, _ := fault.Public(err)
			r.Log.Warn("job.failed", "job", j.Name, "kind", kind.String(), "key", key, "cause", err.Error())
		}
	}(ctx)
	limit := j.Limit
	if limit <= 0 {
		limit = leaseMore
	}
	if !j.Everywhere {
		mine, err := r.lease(ctx, j.Name, limit)
		if err != nil || !mine {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for range mostTurns {
		n, err := j.Do(ctx)
		did += n
		if err != nil || n == 0 {
			return did, err
		}
	}
	return did, nil
}

func (r *Runner) note(name string, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail == nil {
		r.fail = make(map[string]bool)
	}
	r.fail[name] = failed
}

// Failing names the jobs whose last run in this process failed, in order.
func (r *Runner) Failing() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for name, failed := range r.fail {
		if failed {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// lease makes sure that the job stays with this replica for as long as one run may take.
func (r *Runner) lease(ctx context.Context, name string, limit time.Duration) (bool, error) {
	r.mu.Lock()
	until := r.held[name]
	r.mu.Unlock()
	now := r.Now()
	if now.Add(limit).Before(until) {
		return true, nil
	}
	until = now.Add(limit + leaseFor)
	mine := false
	err := r.Lease(ctx, func(tx LeaseTx) (err error) {
		mine, err = tx.TakeLease(ctx, "job."+name, r.Holder, frame.At(until))
		return err
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = make(map[string]time.Time)
	}
	if err != nil || !mine {
		delete(r.held, name)
		return false, err
	}
	r.held[name] = until
	return true, nil
}

// Run runs every job at its intervals until ctx ends, then gives the leases back. It returns nil then.
func (r *Runner) Run(ctx context.Context) error {
	r.mu.Lock()
	r.wake = make(map[string]chan struct{}, len(r.Jobs))
	for _, j := range r.Jobs {
		r.wake[j.Name] = make(chan struct{}, 1)
	}
	r.mu.Unlock()
	g, inner := errgroup.WithContext(ctx)
	for _, j := range r.Jobs {
		g.Go(func() error { return r.loop(inner, j) })
	}
	err := g.Wait()
	return errors.Join(err, r.giveBack(context.WithoutCancel(ctx)))
}

// Wake lets a job run at once, because there is something for it. It does nothing if no such job is running.
func (r *Runner) Wake(name string) {
	r.mu.Lock()
	c := r.wake[name]
	r.mu.Unlock()
	select {
	case c <- struct{}{}:
	default:
	}
}

func (r *Runner) loop(ctx context.Context, j Job) error {
	r.mu.Lock()
	wake := r.wake[j.Name]
	r.mu.Unlock()
	for {
		_, _ = r.once(ctx, j) // logged; the next turn tries again
		wait, err := r.spread(j.Every)
		if err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// spread returns a time between three quarters of d and d.
func (r *Runner) spread(d time.Duration) (time.Duration, error) {
	var b [8]byte
	if _, err := io.ReadFull(r.Rand, b[:]); err != nil {
		return 0, fault.Wrap(fault.Internal, "job.random", err)
	}
	quarter := d / 4
	return d - time.Duration(binary.BigEndian.Uint64(b[:])%uint64(quarter+1)), nil
}

// giveBack drops the leases that are still held, so that another replica need not wait for their end.
func (r *Runner) giveBack(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := r.Lease(ctx, func(tx LeaseTx) error {
		for name := range r.held {
			if err := tx.DropLease(ctx, "job."+name, r.Holder); err != nil {
				return err
			}
		}
		return nil
	})
	clear(r.held)
	return err
}
