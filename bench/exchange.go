package main

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/node"
)

// atATime is how many documents are under way at once in the second half of the comparison.
const atATime = 32

// exchanges measures whole documents between two real nodes: sealed in a business transaction, pushed over HTTPS
// with pinned keys, checked and kept by the receiver with its log entry, and answered by a receipt that the sender
// has verified and kept. Everything is durable before it counts.
func exchanges() []contestant {
	return []contestant{
		{name: aLimit, group: "exchange", unit: "/s", run: limit(1)},
		{name: aLoop, group: "exchange", unit: "/s", run: documents(1)},
		{name: aQueue, group: "exchange", unit: "/s", run: jetstream(1)},
		{name: aLimits, group: "exchange", unit: "/s", run: limit(atATime)},
		{name: aLoops, group: "exchange", unit: "/s", run: documents(atATime)},
		{name: aQueues, group: "exchange", unit: "/s", run: jetstream(atATime)},
	}
}

func documents(batch int) func(context.Context, string, time.Duration) (float64, error) {
	return func(ctx context.Context, dir string, d time.Duration) (float64, error) {
		w, err := demo.Found(ctx, demo.Plan{
			Dir: filepath.Join(dir, "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0",
			Config: func(_ id.Member, c node.Config) node.Config {
				c.Limits.Requests, c.Limits.Burst = 1e6, 1e6 // what bounds a rude member is not measured here
				return c
			},
		})
		if err != nil {
			return 0, err
		}
		defer w.Close(context.WithoutCancel(ctx))
		for range 6 {
			if err := w.Tick(ctx); err != nil {
				return 0, err
			}
		}
		from := w.Countries["MD"]
		by, err := from.As(ctx, "focal")
		if err != nil {
			return 0, err
		}
		settled := make(chan struct{}, batch)
		moved := from.Node.Exchange.Moved
		from.Node.Exchange.Moved = func(ctx context.Context, tx exchange.Tx, m exchange.Moved) error {
			if m.Out.Kind == envelope.Message && m.Out.State == exchange.OutDelivered {
				tx.OnCommit(func() { settled <- struct{}{} })
			}
			return moved(ctx, tx, m)
		}
		run, stop := context.WithCancel(ctx)
		defer stop()
		var carrying sync.WaitGroup
		defer carrying.Wait()
		defer stop()
		carrying.Go(from.Node.Carry(run))
		carrying.Go(func() { // as a node does that runs
			for tick := time.NewTicker(time.Second); run.Err() == nil; {
				select {
				case <-run.Done():
				case <-tick.C:
					_, _ = from.Node.Exchange.Deliver(run, batch)
				}
			}
		})
		text := strings.Repeat("Demo. ", 600) // with what stands around it, and padded, 4 KB
		compose := func() error {
			_, err := from.Node.Messages.Compose(ctx, by, message.Draft{
				To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "en", Text: text, Basis: "protocol",
			})
			return err
		}
		// flow keeps batch documents under way, each from its sealing until its verified receipt is durable, until d has
		// passed, and returns how many came through per second.
		flow := func(d time.Duration) (float64, error) {
			var n atomic.Int64
			begin := time.Now()
			err := atOnce(batch, func(int) error {
				for time.Since(begin) < d {
					if err := compose(); err != nil {
						return err
					}
					select {
					case <-settled:
						n.Add(1)
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				return nil
			})
			return float64(n.Load()) / time.Since(begin).Seconds(), err
		}
		if _, err := flow(d / 3); err != nil { // connections, plans, pages and room in the log are there in a node that runs
			return 0, err
		}
		spent := processorTime()
		rate, err := flow(d)
		tell("processor time of one document on both sides, %d at a time: %.2f ms", batch,
			float64(processorTime()-spent)/float64(time.Millisecond)/(rate*d.Seconds()))
		return rate, err
	}
}
