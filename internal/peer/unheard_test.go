package peer_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/peer"
)

// Who asks for much and does not listen keeps the room for it taken, and is answered nothing further: she cannot make a node
// hold an answer for each of her connections.
func TestAnAnswerThatIsNotHeardTakesRoom(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("RS").Hidden(), nodetest.At("MK").Mailbox().With(func(c *node.Config) {
		c.Limits = peer.Limits{AtOnce: 2}
	}))
	mk, r := n.Node("MK"), as(t, n.Node("RS"), n.Node("MK"))
	s := sealing(t, n, "MD", "RS")
	s.Content = bytes.Repeat([]byte{1}, 15<<20) // more than buffers on the way hold
	b := sealed(t, s)
	e, err := envelope.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := as(t, n.Node("MD"), mk).said(http.MethodPut, "/exchange/v1/mailbox/RS/"+string(e.ID), bytes.NewReader(b)); got != "receipt relayed" {
		t.Fatalf("kept: %q", got)
	}
	var deaf []*tls.Conn
	for range 2 {
		c, err := tls.Dial("tcp", mk.PeerAddress(), r.http.Transport.(*http.Transport).TLSClientConfig)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(c, "GET /exchange/v1/waiting HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 12)
		if _, err := io.ReadFull(c, first); err != nil || string(first) != "HTTP/1.1 200" {
			t.Fatalf("%q, %v", first, err)
		}
		deaf = append(deaf, c)
	}
	if got, _ := r.said(http.MethodGet, "/exchange/v1/roster", nil); got != "unavailable peer.busy" {
		t.Errorf("a third answer while two are not heard: %q", got)
	}
	if got, _ := as(t, n.Node("MD"), mk).said(http.MethodGet, "/exchange/v1/roster", nil); got != "ok" {
		t.Errorf("another member: %q", got)
	}
	_ = deaf[0].NetConn().Close()
	for begun := time.Now(); ; {
		got, _ := r.said(http.MethodGet, "/exchange/v1/roster", nil)
		if got == "ok" {
			break
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("when one of them has gone: %q", got)
		}
	}
}
