package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
)

// exchanges measures whole documents between two real nodes: sealed in a business transaction, pushed over HTTPS
// with pinned keys, checked and kept by the receiver with its log entry, and answered by a receipt that the sender
// has verified and kept. Everything is durable before it counts.
func exchanges() []contestant {
	return []contestant{
		{"exchange", "limit: its cryptography and three writes with fsync", "/s", limit},
		{"exchange", "OpenTRM, 4 KB sealed, delivered and receipted, one by one", "/s", documents(1)},
		{"exchange", "OpenTRM, the same, 32 at a time", "/s", documents(32)},
	}
}

// limit does the cryptography of one document and three appends with fsync: what the sender writes, what the
// receiver writes, and what the sender writes of the receipt.
func limit(ctx context.Context, dir string, d time.Duration) (float64, error) {
	crypto, err := cryptography(ctx, dir, d/2)
	if err != nil {
		return 0, err
	}
	sync, err := fsync(ctx, dir, d/2)
	if err != nil {
		return 0, err
	}
	return 1 / (1/crypto + 3/sync), nil
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
		text := strings.Repeat("Demo. ", 650)
		begin, n := time.Now(), 0
		for time.Since(begin) < d {
			if err := compose(ctx, from, by, text, batch); err != nil {
				return 0, err
			}
			for sent := 0; sent < batch; {
				k, err := from.Node.Exchange.Deliver(ctx, batch)
				if err != nil {
					return 0, err
				}
				if k == 0 {
					return 0, fmt.Errorf("%d of %d documents were delivered", sent, batch)
				}
				sent += k
			}
			n += batch
		}
		return float64(n) / time.Since(begin).Seconds(), nil
	}
}

func compose(ctx context.Context, from *demo.Country, by keyring.Bearer, text string, batch int) error {
	errs := make(chan error, batch)
	var wg sync.WaitGroup
	for range batch {
		wg.Go(func() {
			_, err := from.Node.Messages.Compose(ctx, by, message.Draft{
				To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "en", Text: text[:3600], Basis: "protocol",
			})
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
