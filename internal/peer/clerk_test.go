package peer_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/peer"
)

// house is an office with what is needed to call it.
type house struct {
	t       *testing.T
	address string
	config  *tls.Config
	log     *bytes.Buffer // read it when the office has closed
	end     func(context.Context) error
	served  chan error
}

func newHouse(t *testing.T, limits peer.Limits, handler http.HandlerFunc) *house {
	t.Helper()
	cert, pool := serverCertificate(t)
	h := &house{t: t, config: &tls.Config{RootCAs: pool}, log: new(bytes.Buffer), served: make(chan error, 1)}
	serve, end := peer.Office(handler, &tls.Config{Certificates: []tls.Certificate{cert}}, limits, slog.New(slog.NewTextHandler(h.log, nil)))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.address, h.end = l.Addr().String(), end
	go func() { h.served <- serve(l) }()
	t.Cleanup(func() { _ = end(t.Context()) })
	return h
}

func (h *house) dial() *tls.Conn {
	h.t.Helper()
	c, err := tls.Dial("tcp", h.address, h.config)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	h.t.Cleanup(func() { _ = c.Close() })
	return c
}

// say sends text over a connection of its own and returns all that is answered until the connection ends.
func (h *house) say(text string) string {
	h.t.Helper()
	c := h.dial()
	go func() { _, _ = io.WriteString(c, text) }()
	b, err := io.ReadAll(c)
	if err != nil {
		return string(b) + " " + err.Error()
	}
	return string(b)
}

// echo answers what it was asked, and how much it read.
func echo(w http.ResponseWriter, q *http.Request) {
	n, err := io.Copy(io.Discard, q.Body)
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	fmt.Fprintf(w, "%s %s %d %d", q.Method, q.URL.Path, n, q.ContentLength)
}

// What is well said is answered, as often as it is said; what is not is refused, and what follows it on the connection is
// not taken for a request.
func TestAClerkTakesRequestsOnly(t *testing.T) {
	var requests atomic.Int32
	h := newHouse(t, peer.Limits{Idle: 200 * time.Millisecond, Header: 5 * time.Second}, func(w http.ResponseWriter, q *http.Request) {
		requests.Add(1)
		if q.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if q.URL.Path == "/none" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		echo(w, q)
	})
	const smuggled = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, c := range []struct {
		name, said string
		requests   int32
		want       []string // in this order
		never      string
	}{
		{"one after the other", "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + smuggled, 2, []string{"200 OK", "PUT /a 5 5", "200 OK", "GET /b 0 0"}, "close"},
		{"the last", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + smuggled, 1, []string{"Connection: close", "GET /a 0 0"}, "/b"},
		{"an old client", "GET /a HTTP/1.0\r\n\r\n" + smuggled, 1, []string{"Connection: close", "GET /a 0 0"}, "/b"},
		{"no body to a head", "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled, 2, []string{"Content-Length: 11", "GET /b 0 0"}, "HEAD /a"},
		{"nothing", "GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 1, []string{"204 No Content"}, "Content-Length"},
		{"asked to go on", "PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", 1, []string{"100 Continue", "200 OK", "PUT /a 5 5"}, "close"},
		{"asked to go on aloud", "PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\nhello", 1, []string{"100 Continue", "200 OK", "PUT /a 5 5"}, "close"},
		{"an old client is not asked to go on", "PUT /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", 1, []string{"200 OK", "PUT /a 5 5"}, "100 Continue"},
		{"not asked to go on", "PUT /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", 1, []string{"403 Forbidden", "Connection: close"}, "100 Continue"},
		{"a body that nobody reads", "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n" + smuggled, 1, []string{"403 Forbidden", "Connection: close"}, "/b"},
		{"in chunks", "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + smuggled, 1, []string{"PUT /a 5 -1"}, "/b"},
		{"of two lengths", "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + smuggled, 1, []string{"-1"}, "/b"},
		{"of two other lengths", "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
		{"of a length below nothing", "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
		{"for nobody", "GET /a HTTP/1.1\r\n\r\n" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
		{"no request", "hello\r\n\r\n" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
		{"another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
		{"too much before a body", "GET /a HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 40<<10) + "\r\n\r\n" + smuggled, 0, []string{"431 "}, "/b"},
		{"a value that rings", "GET /a HTTP/1.1\r\nHost: a\r\nX: a\ab\r\n\r\n" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
		{"a name in brackets", "GET /a HTTP/1.1\r\nHost: a\r\n(X): a\r\n\r\n" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
		{"a name with a gap", "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello" + smuggled, 0, []string{"400 Bad Request"}, "/b"},
	} {
		before := requests.Load()
		got := h.say(c.said)
		rest := got
		for _, w := range c.want {
			at := strings.Index(rest, w)
			if at < 0 {
				t.Errorf("%s: no %q in %q", c.name, w, got)
				break
			}
			rest = rest[at+len(w):]
		}
		if c.never != "" && strings.Contains(got, c.never) {
			t.Errorf("%s: %q in %q", c.name, c.never, got)
		}
		if n := requests.Load() - before; n != c.requests {
			t.Errorf("%s: %d requests were taken", c.name, n)
		}
	}
}

// A request whose handler fails in the middle ends its connection; others go on, and nothing of what it worked on is in the log.
func TestACrashEndsItsConnectionOnly(t *testing.T) {
	h := newHouse(t, peer.Limits{}, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/crash" {
			panic("Zlata Testova")
		}
		echo(w, q)
	})
	if got := h.say("GET /crash HTTP/1.1\r\nHost: a\r\n\r\n"); got != "" {
		t.Errorf("answered %q", got)
	}
	if got := h.say("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); !strings.Contains(got, "GET /a") {
		t.Errorf("the next is answered %q", got)
	}
	if err := h.end(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log := h.log.String(); !strings.Contains(log, "peer.crash") || strings.Contains(log, "Testova") {
		t.Errorf("the log says %q", log)
	}
}

// Whoever is slow is cut off: with the handshake, between two requests, in a header, in a body, and in taking the answer.
func TestAClerkDoesNotWaitForEver(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 16<<20) // more than buffers hold
	wait := 300 * time.Millisecond
	h := newHouse(t, peer.Limits{Header: wait, Body: wait, Idle: wait}, func(w http.ResponseWriter, q *http.Request) {
		if _, err := io.Copy(io.Discard, q.Body); err != nil {
			return
		}
		_, _ = w.Write(long)
	})
	bare, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	_ = bare.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.ReadAll(bare); err != nil {
		t.Errorf("who says nothing hears %v", err)
	}
	for _, said := range []string{"", "GET / HTT", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"} {
		c := h.dial()
		if _, err := io.WriteString(c, said); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
			t.Errorf("%q is waited for", said)
		}
	}
	c := h.dial() // and one that does not listen
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	// Its answer has begun. On a busy machine the time for it may be over before: then what comes is no record that fits.
	_, _ = c.Read(make([]byte, 1))
	if err := h.end(t.Context()); err != nil { // waits for the one in hand
		t.Errorf("closing: %v", err)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// An office that closes answers what is in hand, as long as it is given time, and nothing else.
func TestAnOfficeEndsItsRequests(t *testing.T) {
	for _, patient := range []bool{true, false} {
		begun, go_, gone := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		h := newHouse(t, peer.Limits{}, func(w http.ResponseWriter, q *http.Request) {
			close(begun)
			select {
			case <-go_:
				echo(w, q)
			case <-q.Context().Done():
				gone <- q.Context().Err()
			}
		})
		idle, busy := h.dial(), h.dial()
		if _, err := io.WriteString(busy, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		<-begun
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- h.end(ctx) }()
		if err := <-h.served; err != nil {
			t.Errorf("serving ended with %v", err)
		}
		if b, _ := io.ReadAll(idle); len(b) > 0 {
			t.Errorf("who asked nothing heard %q", b)
		}
		if c, err := tls.Dial("tcp", h.address, h.config); err == nil {
			_ = c.Close()
			t.Error("a new connection was taken")
		}
		if patient {
			close(go_)
			if b, _ := io.ReadAll(busy); !strings.Contains(string(b), "GET /a") {
				t.Errorf("what was in hand was answered %q", b)
			}
			if err := <-ended; err != nil {
				t.Errorf("closing: %v", err)
			}
		} else {
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("closing: %v", err)
			}
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("what was in hand ended with %v", err)
			}
			if b, _ := io.ReadAll(busy); len(b) > 0 {
				t.Errorf("what was cut off was answered %q", b)
			}
		}
		cancel()
	}
}
