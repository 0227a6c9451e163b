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

// queues compares the exchange of documents with an embedded message queue.
func queues() []contestant {
	return []contestant{
		{"exchange", "JetStream embedded, 4 KB published, taken and acknowledged", "/s", jetstream},
	}
}

// jetstream publishes documents one by one to a stream that is synced at each write, and takes and
// acknowledges each: durable at one place, unsealed, unsigned.
func jetstream(ctx context.Context, dir string, d time.Duration) (float64, error) {
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
	text := make([]byte, 4096)
	_, _ = rand.Read(text)
	n := 0
	return repeat(ctx, d, func() error {
		n++
		if _, err := js.Publish("docs", text, nats.MsgId(strconv.Itoa(n))); err != nil {
			return err
		}
		m, err := sub.NextMsg(5 * time.Second)
		if err != nil {
			return err
		}
		return m.AckSync()
	})
}
