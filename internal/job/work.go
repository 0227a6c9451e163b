package job

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/task"
)

// deliverAtOnce is how many envelopes one turn of delivery takes in hand.
const deliverAtOnce = 32

// Work is everything that is done unattended. A nil field is left out.
type Work struct {
	Exchange *exchange.Service
	Notices  *notify.Service
	Tasks    *task.Service
	Signin   *signin.Service
	Witness  *Witnessing
	Settle   func(context.Context) (int, error) // takes over keys that a new roster lists, in every replica
	Intake   func(context.Context) (int, error) // destroys intake keys that nobody needs
	Answers  func(context.Context) (int, error) // forgets remembered answers
	More     []Job                              // what nouns add
}

// Jobs returns the list, in the order in which a tick runs it: first what comes in, then what follows from it, then
// what goes out.
func (w Work) Jobs() []Job {
	var all []Job
	add := func(on bool, name string, every, limit time.Duration, do func(context.Context) (int, error)) {
		if on {
			all = append(all, Job{Name: name, Every: every, Limit: limit, Do: do})
		}
	}
	nothing := func(fn func(context.Context) error) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { return 0, fn(ctx) }
	}
	e := w.Exchange
	add(e != nil, "collect", 20*time.Second, 5*time.Minute, func(ctx context.Context) (int, error) { return e.Collect(ctx) })
	add(e != nil, "resume", time.Minute, time.Minute, nothing(func(ctx context.Context) error { return e.Resume(ctx, "") }))
	add(w.Settle != nil, "settle", 10*time.Second, time.Minute, w.Settle)
	if w.Settle != nil {
		all[len(all)-1].Everywhere = true
	}
	add(w.Tasks != nil, "escalate", 10*time.Second, time.Minute, func(ctx context.Context) (int, error) { return w.Tasks.Escalate(ctx) })
	all = append(all, w.More...)
	add(w.Notices != nil, "notify", 2*time.Second, 2*time.Minute, func(ctx context.Context) (int, error) {
		told, failed, err := w.Notices.Deliver(ctx)
		return told + failed, err
	})
	if w.Witness != nil {
		add(true, "checkpoint", time.Hour, time.Minute, once(w.Witness.Publish))
		add(true, "demand", 6*time.Hour, time.Minute, once(w.Witness.Demand))
		add(true, "lonely", time.Hour, time.Minute, nothing(w.Witness.Lonely))
	}
	add(e != nil, "announce", 10*time.Second, time.Minute, func(ctx context.Context) (int, error) { return e.Announce(ctx) })
	add(e != nil, "deliver", time.Second, 5*time.Minute, func(ctx context.Context) (int, error) { return e.Deliver(ctx, deliverAtOnce) })
	add(w.Signin != nil, "sessions", 5*time.Minute, time.Minute, func(ctx context.Context) (int, error) {
		n, err := w.Signin.Sweep(ctx)
		if err != nil {
			return int(n), err
		}
		lapsed, err := w.Signin.LapseReaders(ctx)
		return int(n) + lapsed, err
	})
	add(e != nil, "mailbox", time.Hour, time.Minute, func(ctx context.Context) (int, error) {
		n, err := e.Sweep(ctx)
		return int(n), err
	})
	add(w.Intake != nil, "intake", 24*time.Hour, time.Minute, once(w.Intake))
	add(w.Answers != nil, "answers", time.Hour, time.Minute, once(w.Answers))
	return all
}

// once hides how much was done, for work that must not be asked again at once.
func once(do func(context.Context) (int, error)) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		_, err := do(ctx)
		return 0, err
	}
}
