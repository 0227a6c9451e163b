package peer_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/peer"
)

// What a server says behind an answer is no answer to the next call: a connection on which something is left is not used again.
func TestWhatIsLeftBehindAnAnswerIsNoAnswer(t *testing.T) {
	const left = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"
	for name, first := range map[string]string{
		"a second answer":           good + left,
		"a body of none":            "HTTP/1.1 204 No Content\r\nContent-Length: 51\r\n\r\n" + left,
		"more than its length":      good + "!",
		"chunks and an answer":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\nhi\r\n0\r\n\r\n" + left,
		"an answer before its time": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" + "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t, peer.Timeouts{}, each(func(n int, c *tls.Conn, _ *http.Request) bool {
				if n == 0 {
					return say(c, first)
				}
				return say(c, good)
			}))
			for i := range 3 {
				if got, err := f.log(t.Context()); err != nil || got != "hi" && got != "" {
					t.Errorf("call %d: %q, %v", i, got, err)
				}
			}
		})
	}
}

// Whoever takes another key is not denied on the connections that she opened with the old one.
func TestAnotherKeyOpensOtherConnections(t *testing.T) {
	const denied = `{"type":"about:blank","title":"t","status":403,"kind":"denied","key":"peer.key.unknown","request":"r"}`
	var listed atomic.Value
	f := newFar(t, peer.Timeouts{}, each(func(_ int, c *tls.Conn, _ *http.Request) bool {
		if peer.Pin(c.ConnectionState().PeerCertificates[0]) == listed.Load() {
			return say(c, good)
		}
		return say(c, fmt.Sprintf("HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n%s", len(denied), denied))
	}))
	var own atomic.Pointer[tls.Certificate]
	list := func() {
		c, err := selfSigned()
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		own.Store(&c)
		listed.Store(peer.Pin(cert))
	}
	f.caller.Certificate = func() (tls.Certificate, error) { return *own.Load(), nil }
	for key := range 3 {
		list()
		for i := range 2 {
			if got, err := f.log(t.Context()); got != "hi" || err != nil {
				t.Errorf("key %d, call %d: %q, %v", key, i, got, err)
			}
		}
	}
	listed.Store("nobody's")
	before := f.dials.Load()
	if _, err := f.log(t.Context()); !fault.Is(err, fault.Denied) {
		t.Errorf("nobody's key: %v", err)
	}
	if n := f.dials.Load() - before; n != 1 {
		t.Errorf("%d connections were opened to hear it again", n)
	}
}
