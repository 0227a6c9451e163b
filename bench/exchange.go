package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
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
		w, err := demo.Found(ctx, demo.Plan{Dir: filepath.Join(dir, "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0"})
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
		text := strings.Repeat("Demo. ", 600) // with what stands around it, and padded, 4 KB
		round := func() error {
			err := atOnce(batch, func(int) error {
				_, err := from.Node.Messages.Compose(ctx, by, message.Draft{
					To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "en", Text: text, Basis: "protocol",
				})
				return err
			})
			for sent := 0; sent < batch && err == nil; {
				var n int
				if n, err = from.Node.Exchange.Deliver(ctx, batch); err == nil && n == 0 {
					err = fmt.Errorf("%d of %d documents were delivered", sent, batch)
				}
				sent += n
			}
			return err
		}
		for range 3 { // connections, plans and pages are there in a node that runs
			if err := round(); err != nil {
				return 0, err
			}
		}
		spent := processorTime()
		rate, err := repeat(ctx, d, round)
		tell("processor time of one document on both sides, %d at a time: %.2f ms", batch,
			float64(processorTime()-spent)/float64(time.Millisecond)/(rate*float64(batch)*d.Seconds()))
		return rate * float64(batch), err
	}
}
