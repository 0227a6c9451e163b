package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// jetstream publishes documents to an embedded queue that is synced at each write, and takes and acknowledges each:
// durable at one place, unsealed, unsigned, without a check or a log.
func jetstream(batch int) func(context.Context, string, time.Duration) (float64, error) {
	return func(ctx context.Context, dir string, d time.Duration) (float64, error) {
		srv, err := server.NewServer(&server.Options{
			Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, SyncAlways: true, NoLog: true, NoSigs: true,
		})
		if err != nil {
			return 0, err
		}
		srv.Start()
		defer func() { srv.Shutdown(); srv.WaitForShutdown() }()
		if !srv.ReadyForConnections(10 * time.Second) {
			return 0, errors.New("the queue does not start")
		}
		conn, err := nats.Connect(srv.ClientURL())
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		js, err := conn.JetStream()
		if err != nil {
			return 0, err
		}
		if _, err := js.AddStream(&nats.StreamConfig{Name: "DOCS", Subjects: []string{"docs"}, Storage: nats.FileStorage}); err != nil {
			return 0, err
		}
		sub, err := js.SubscribeSync("docs", nats.Durable("desk"), nats.AckExplicit())
		if err != nil {
			return 0, err
		}
		text := make([]byte, documentSize)
		_, _ = rand.Read(text)
		n := 0
		rate, err := repeat(ctx, d, func() error {
			before := n
			n += batch
			if err := atOnce(batch, func(i int) error {
				_, err := js.Publish("docs", text, nats.MsgId(strconv.Itoa(before+i)))
				return err
			}); err != nil {
				return err
			}
			got := make([]*nats.Msg, batch)
			for i := range got {
				if got[i], err = sub.NextMsg(5 * time.Second); err != nil {
					return err
				}
			}
			return atOnce(batch, func(i int) error { return got[i].AckSync() })
		})
		return rate * float64(batch), err
	}
}
