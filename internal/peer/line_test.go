package peer_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/peer"
)

// far is another node of which the test decides what it says.
type far struct {
	member member.Member
	caller *peer.Client
	dials  atomic.Int64
}

// newFar listens on loopback, hands each connection to serve, and returns it with somebody who calls it.
func newFar(t *testing.T, times peer.Timeouts, serve func(*tls.Conn)) *far {
	t.Helper()
	own, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(theirs.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{theirs}, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13,
	})
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c.(*tls.Conn))
			})
		}
	})
	f := &far{member: member.Member{ID: "MK", Addresses: []string{"https://" + l.Addr().String()}}}
	f.member.Keys.TLS = []string{peer.Pin(cert)}
	f.caller = &peer.Client{
		Certificate: func() (tls.Certificate, error) { return own, nil }, Timeouts: times,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			f.dials.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	t.Cleanup(func() {
		f.caller.Close()
		_ = l.Close()
		serving.Wait()
	})
	return f
}

// each reads requests and lets answer say what comes back; its false ends the connection.
func each(answer func(n int, c *tls.Conn, r *http.Request) bool) func(*tls.Conn) {
	return func(c *tls.Conn) {
		in := bufio.NewReader(c)
		for n := 0; ; n++ {
			r, err := http.ReadRequest(in)
			if err != nil || !answer(n, c, r) {
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
		}
	}
}

func say(c io.Writer, text string) bool {
	_, err := io.WriteString(c, text)
	return err == nil
}

const good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

func (f *far) log(ctx context.Context) (string, error) {
	b, err := f.caller.Log(ctx, f.member, "checkpoint")
	return string(b), err
}

// A connection serves one call after the other, and no more than twelve are open at once.
func TestAConnectionIsUsedAgain(t *testing.T) {
	f := newFar(t, peer.Timeouts{}, each(func(_ int, c *tls.Conn, _ *http.Request) bool { return say(c, good) }))
	for range 20 {
		if got, err := f.log(t.Context()); got != "hi" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if n := f.dials.Load(); n != 1 {
		t.Errorf("%d connections for twenty calls after each other", n)
	}
	var calls sync.WaitGroup
	for range 60 {
		calls.Go(func() {
			if got, err := f.log(t.Context()); got != "hi" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	calls.Wait()
	if n := f.dials.Load(); n > 12 {
		t.Errorf("%d connections for sixty calls at once", n)
	}
	moved := f.member
	moved.Keys.TLS = []string{"another"}
	if _, err := f.caller.Log(t.Context(), moved, "checkpoint"); !fault.Is(err, fault.Denied) {
		t.Errorf("a call to other keys went over a connection to these: %v", err)
	}
}

// A connection that the other end has closed in the meantime is replaced. One that ends within an answer is a failure, and the
// request is not said again.
func TestAConnectionThatHasEndedIsReplaced(t *testing.T) {
	var requests atomic.Int64
	f := newFar(t, peer.Timeouts{}, each(func(n int, c *tls.Conn, _ *http.Request) bool {
		requests.Add(1)
		switch n {
		case 0:
			return say(c, good)
		case 1:
			return false // it closes instead of an answer
		}
		return false
	}))
	for i := range 6 {
		if got, err := f.log(t.Context()); got != "hi" || err != nil {
			t.Fatalf("call %d: %q, %v", i, got, err)
		}
	}
	if n := f.dials.Load(); n != 6 {
		t.Errorf("%d connections, want one for each call", n)
	}
	requests.Store(0)
	broken := newFar(t, peer.Timeouts{}, each(func(n int, c *tls.Conn, _ *http.Request) bool {
		requests.Add(1)
		if n == 0 {
			return say(c, good)
		}
		say(c, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi")
		return false
	}))
	if got, err := broken.log(t.Context()); got != "hi" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := broken.log(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("half an answer is taken for one: %q, %v", got, err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("%d requests for two calls", n)
	}
	if got, err := broken.log(t.Context()); got != "hi" || err != nil {
		t.Errorf("after it: %q, %v", got, err)
	}
}

// What another node refuses without reading it is refused as it says, and not because it has not read it.
func TestARefusalBeforeTheEndOfTheRequestIsHeard(t *testing.T) {
	const refusal = `{"type":"about:blank","title":"t","status":413,"kind":"too-large","key":"peer.too-large","request":"r"}`
	for _, waits := range []bool{true, false} {
		heard := make(chan struct{})
		f := newFar(t, peer.Timeouts{Whole: time.Minute}, each(func(n int, c *tls.Conn, _ *http.Request) bool {
			if n == 0 {
				say(c, fmt.Sprintf("HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n%s", len(refusal), refusal))
			}
			if waits {
				<-heard // and reads nothing
			}
			return false
		}))
		begun := time.Now()
		err := f.caller.Return(t.Context(), f.member, [][]byte{make([]byte, 32<<20)})
		close(heard)
		if took := time.Since(begun); took > 40*time.Second {
			t.Errorf("it refuses, waits %v: heard after %v, when the time for all of it was nearly over", waits, took)
		}
		if waits && !fault.Is(err, fault.TooLarge) || err == nil { // one that closes may have ended the line before it was heard
			t.Errorf("it refuses, waits %v: %v", waits, err)
		}
	}
}

// A call ends when its caller gives it up or its time is over, whatever the other node does.
func TestACallEndsInTime(t *testing.T) {
	var sent atomic.Int64
	endless := func(c *tls.Conn, text string) bool {
		for say(c, text) { // until the caller has gone
			sent.Add(int64(len(text)))
		}
		return false
	}
	for name, answer := range map[string]func(c *tls.Conn) bool{
		"no answer":       func(c *tls.Conn) bool { _, _ = c.Read(make([]byte, 1)); return false },
		"half a header":   func(c *tls.Conn) bool { say(c, "HTTP/1.1 200 OK\r\nX: "); _, _ = c.Read(make([]byte, 1)); return false },
		"endless header":  func(c *tls.Conn) bool { say(c, "HTTP/1.1 200 OK\r\nX: "); return endless(c, strings.Repeat("x", 1000)) },
		"endless headers": func(c *tls.Conn) bool { say(c, "HTTP/1.1 200 OK\r\n"); return endless(c, "X: y\r\n") },
		"endless answers": func(c *tls.Conn) bool { return endless(c, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n") },
		"endless body": func(c *tls.Conn) bool {
			say(c, "HTTP/1.1 200 OK\r\n\r\n")
			return endless(c, strings.Repeat("x", 1000))
		},
		"endless chunks": func(c *tls.Conn) bool {
			say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			return endless(c, "1\r\nx\r\n")
		},
		"no HTTP": func(c *tls.Conn) bool { return endless(c, "hello\r\n") },
		"a huge body": func(c *tls.Conn) bool {
			say(c, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n")
			return endless(c, "xxxxxx")
		},
		"an endless error": func(c *tls.Conn) bool { say(c, "HTTP/1.1 500 No\r\n\r\n"); return endless(c, "xxxxxx") },
	} {
		t.Run(name, func(t *testing.T) {
			times := peer.Timeouts{Answer: 300 * time.Millisecond, Whole: 600 * time.Millisecond}
			f := newFar(t, times, each(func(_ int, c *tls.Conn, _ *http.Request) bool { return answer(c) }))
			begun := time.Now()
			sent.Store(0)
			got, err := f.log(t.Context())
			if err == nil {
				t.Errorf("taken for an answer: %d bytes", len(got))
			}
			if n := sent.Load(); n > 8<<20 { // what lies in the buffers of the line
				t.Errorf("%d bytes were read", n)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	var requests atomic.Int64
	silent := newFar(t, peer.Timeouts{Answer: 200 * time.Millisecond}, each(func(n int, c *tls.Conn, _ *http.Request) bool {
		if requests.Add(1); n == 0 {
			return say(c, good)
		}
		_, _ = c.Read(make([]byte, 1))
		return false
	}))
	for i := range 2 {
		if _, err := silent.log(t.Context()); (err == nil) != (i == 0) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("%d requests for two calls of which one was not answered", n)
	}
	reached, given := make(chan struct{}), make(chan error, 1)
	f := newFar(t, peer.Timeouts{}, each(func(_ int, c *tls.Conn, _ *http.Request) bool {
		close(reached)
		_, _ = c.Read(make([]byte, 1))
		return false
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := f.log(ctx)
		given <- err
	}()
	<-reached
	cancel()
	if err := <-given; err == nil {
		t.Error("what was given up has succeeded")
	}
}

// What a server says before its answer is passed over.
func TestEarlyAnswersArePassedOver(t *testing.T) {
	f := newFar(t, peer.Timeouts{}, each(func(_ int, c *tls.Conn, _ *http.Request) bool {
		return say(c, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"+good)
	}))
	for range 3 {
		if got, err := f.log(t.Context()); got != "hi" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if n := f.dials.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
