package peer_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// slow is a connection over which 1 KiB goes in 6 ms: about 160 KiB in a second.
type slow struct{ net.Conn }

func (c slow) Write(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		<-time.After(6 * time.Millisecond) // this is the line
		k, err := c.Conn.Write(b[n:min(n+1<<10, len(b))])
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}

// A line does not carry what is put into one push within the time that the other node gives it. Less is put into the
// next, until all has arrived.
func TestASlowLineIsBroughtLessAtOnce(t *testing.T) {
	n := nodetest.New(t,
		nodetest.At("MD").With(func(c *node.Config) {
			dial := c.Dial
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dial(ctx, network, address)
				if err != nil {
					return nil, err
				}
				return slow{conn}, nil
			}
		}),
		nodetest.At("MK").With(func(c *node.Config) { c.Limits.Body = 600 * time.Millisecond }))
	md, mk := n.Node("MD"), n.Node("MK")
	const many = 16
	for range many {
		_, err := md.Messages.Compose(t.Context(), md.As("ana"), message.Draft{
			To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "en", Text: strings.Repeat("long ", 1000), Basis: basis("MD", "MK"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rounds, got := 0, 0
	for got < many && rounds < 12 {
		n.Clock.Advance(2 * hour)
		if _, err := md.Exchange.Deliver(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		rounds, got = rounds+1, delivered(t, md)[exchange.OutDelivered]
		t.Logf("round %d: %d of %d", rounds, got, many)
	}
	if got != many {
		t.Errorf("%d of %d arrived in %d rounds", got, many, rounds)
	}
	if rounds == 1 {
		t.Error("the line carried all at once: this shows nothing")
	}
	if threads, err := mk.Messages.Threads(t.Context(), mk.As("ana").Actor, message.Filter{}); err != nil || len(threads) != many {
		t.Errorf("%d threads: %v", len(threads), err)
	}
}
