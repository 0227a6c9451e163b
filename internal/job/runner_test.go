package job_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// clock stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func open(t *testing.T, c *clock) *store.DB {
	t.Helper()
	return storetest.New(t, c.Now)
}

func runner(db *store.DB, c *clock, holder string, jobs ...job.Job) *job.Runner {
	return &job.Runner{
		Jobs: jobs, Holder: holder, Lease: store.Ephemeral[job.LeaseTx](db), Now: c.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}
}

// counted is a job that notes how often it ran and does nothing else.
func counted(name string, every time.Duration, n *int) job.Job {
	return job.Job{Name: name, Every: every, Do: func(context.Context) (int, error) { *n++; return 0, nil }}
}

func TestTickRunsWhatIsDue(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	var fast, slow int
	r := runner(open(t, c), c, "a", counted("fast", time.Second, &fast), counted("slow", time.Minute, &slow))
	for range 120 {
		if _, err := r.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Second)
	}
	if fast != 120 || slow != 2 {
		t.Errorf("fast ran %d times, slow %d; want 120 and 2", fast, slow)
	}
}

// TestOneReplicaAtATime: of two replicas one has a job, and the other follows when it is gone.
func TestOneReplicaAtATime(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	db := open(t, c)
	var a, b int
	first, second := runner(db, c, "a", counted("x", time.Second, &a)), runner(db, c, "b", counted("x", time.Second, &b))
	both := func(r ...*job.Runner) {
		t.Helper()
		for _, x := range r {
			if _, err := x.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c.pass(time.Second)
	}
	for range 10 {
		both(first, second)
	}
	if a != 10 || b != 0 {
		t.Fatalf("a ran %d times, b %d; want 10 and 0", a, b)
	}
	for range 300 { // a has died
		both(second)
	}
	if b == 0 || b > 250 {
		t.Errorf("b ran %d times after a was gone", b)
	}
}

// TestFailureHoldsUpNothing: a job that fails is named, and the others run.
func TestFailureHoldsUpNothing(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	ran, broken := 0, errors.New("broken")
	fails := job.Job{Name: "fails", Every: time.Second, Do: func(context.Context) (int, error) { return 0, broken }}
	r := runner(open(t, c), c, "a", fails, counted("next", time.Second, &ran))
	if _, err := r.Tick(t.Context()); !errors.Is(err, broken) || ran != 1 {
		t.Errorf("got %v, and the next ran %d times", err, ran)
	}
}

// TestWorkIsAskedAgainAndBounded: while there is work the job is asked again, but not for ever.
func TestWorkIsAskedAgainAndBounded(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	left, endless := 7, 0
	r := runner(open(t, c), c, "a",
		job.Job{Name: "some", Every: time.Second, Do: func(context.Context) (int, error) {
			if left == 0 {
				return 0, nil
			}
			left--
			return 1, nil
		}},
		job.Job{Name: "endless", Every: time.Second, Do: func(context.Context) (int, error) { endless++; return 1, nil }})
	did, err := r.Tick(t.Context())
	if err != nil || left != 0 || endless != 100 || did != 107 {
		t.Errorf("did %d, %d left, endless ran %d times, %v", did, left, endless, err)
	}
}

// memory hands out every lease.
type memory struct {
	mu   sync.Mutex
	held map[string]string
}

func (m *memory) lease(_ context.Context, fn func(job.LeaseTx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(m)
}

// TakeLease gives a lease to whoever asks.
func (m *memory) TakeLease(_ context.Context, name, holder string, _ frame.Time) (bool, error) {
	m.held[name] = holder
	return true, nil
}

// DropLease ends a lease.
func (m *memory) DropLease(_ context.Context, name, _ string) error {
	delete(m.held, name)
	return nil
}

// TestRun lets jobs run at their intervals in time that does not pass, until the context ends.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases := &memory{held: map[string]string{}}
		var mu sync.Mutex
		fast, woken := 0, 0
		r := &job.Runner{
			Holder: "a", Lease: leases.lease, Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
			Jobs: []job.Job{
				{Name: "fast", Every: time.Second, Do: func(context.Context) (int, error) { mu.Lock(); defer mu.Unlock(); fast++; return 0, nil }},
				{Name: "rare", Every: time.Hour, Do: func(context.Context) (int, error) { mu.Lock(); defer mu.Unlock(); woken++; return 0, nil }},
				{Name: "stuck", Every: time.Hour, Limit: time.Second, Do: func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }},
			},
		}
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Second)
		defer stop()
		go func() {
			<-time.After(10 * time.Second)
			r.Wake("rare")
			r.Wake("nobody")
		}()
		if err := r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if fast < 100 || fast > 135 {
			t.Errorf("fast ran %d times in 100 seconds", fast)
		}
		if woken != 2 {
			t.Errorf("rare ran %d times, want once at the start and once woken", woken)
		}
		if len(leases.held) != 0 {
			t.Errorf("leases kept: %v", leases.held)
		}
	})
}
