package nodetest_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/nodetest"
)

// tap is a TCP proxy on loopback between nodes, as whoever has the line holds it. It records every byte that passes.
// With the TLS keys of both ends, which lie under node.secret, it sits in the middle and records what they say inside
// too: the handshake takes it for each of them.
type tap struct {
	t    testing.TB
	keys func(address string) tls.Certificate // of whoever is called; nil: the thief has no keys
	self func() tls.Certificate               // of whoever calls

	mu      sync.Mutex
	outside bytes.Buffer
	lines   []*spoken
	open    sync.WaitGroup
}

// spoken is what two ends said inside one connection.
type spoken struct{ asked, answered bytes.Buffer }

// dial connects through a proxy of its own.
func (p *tap) dial(ctx context.Context, _, address string) (net.Conn, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.open.Add(1)
	go func() {
		defer p.open.Done()
		p.relay(ln, address)
	}()
	return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", ln.Addr().String())
}

// heard passes on and notes what it reads.
type heard struct {
	net.Conn
	p *tap
	b *bytes.Buffer
}

func (h heard) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	h.b.Write(b[:n])
	return n, err
}

func (p *tap) relay(ln net.Listener, address string) {
	near, err := ln.Accept()
	_ = ln.Close()
	if err != nil {
		return
	}
	defer near.Close()
	far, err := net.Dial("tcp", address)
	if err != nil {
		return // whoever called sees a broken line
	}
	defer far.Close()
	near, far = heard{near, p, &p.outside}, heard{far, p, &p.outside}
	if p.keys != nil {
		s := &spoken{}
		p.mu.Lock()
		p.lines = append(p.lines, s)
		p.mu.Unlock()
		near = heard{tls.Server(near, &tls.Config{
			MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}, ClientAuth: tls.RequireAnyClientCert,
			Certificates: []tls.Certificate{p.keys(address)},
		}), p, &s.asked}
		far = heard{tls.Client(far, &tls.Config{
			MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}, InsecureSkipVerify: true,
			Certificates: []tls.Certificate{p.self()},
		}), p, &s.answered}
	}
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(way[0], way[1]) // it ends when either end hangs up
			done <- struct{}{}
		}()
	}
	<-done
	_, _ = near.Close(), far.Close()
	<-done
}

// look lets a thief look through everything that passed, and returns how many bytes were sealed to the line and the
// bodies of what was said inside.
func (p *tap) look(th *nodetest.Thief) (outside int, bodies [][]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	th.Bytes("line outside", p.outside.Bytes())
	for _, s := range p.lines {
		th.Bytes("line inside", s.asked.Bytes())
		th.Bytes("line inside", s.answered.Bytes())
		for r := bufio.NewReader(bytes.NewReader(s.asked.Bytes())); ; {
			q, err := http.ReadRequest(r)
			if err != nil {
				break
			}
			b, _ := io.ReadAll(q.Body) // a cut connection ends a body early
			bodies = append(bodies, b)
		}
		for r := bufio.NewReader(bytes.NewReader(s.answered.Bytes())); ; {
			a, err := http.ReadResponse(r, nil)
			if err != nil {
				break
			}
			b, _ := io.ReadAll(a.Body)
			bodies = append(bodies, b)
		}
	}
	for _, b := range bodies { // once more as they were before they were cut into chunks
		th.Bytes("line inside", b)
	}
	return p.outside.Len(), bodies
}

// A word that crosses in clear is found on the line; one that crosses in TLS only by whoever has the keys of both ends.
func TestTheTapHearsWhatPasses(t *testing.T) {
	const word = "Пробна Планинка"
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	plain, sealed := httptest.NewServer(answer), httptest.NewTLSServer(answer)
	defer plain.Close()
	defer sealed.Close()
	own := func() tls.Certificate { return sealed.TLS.Certificates[0] }
	for name, c := range map[string]struct {
		tap  *tap
		url  string
		want string
	}{
		"without TLS": {&tap{t: t}, plain.URL, "line outside"},
		"TLS":         {&tap{t: t}, sealed.URL, ""},
		"stolen keys": {&tap{t: t, keys: func(string) tls.Certificate { return own() }, self: own}, sealed.URL, "line inside"},
	} {
		client := &http.Client{Transport: &http.Transport{
			DialContext: c.tap.dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own()}},
		}}
		a, err := client.Post(c.url, "text/plain", strings.NewReader("here is "+word))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b, err := io.ReadAll(a.Body); err != nil || !strings.Contains(string(b), word) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		_ = a.Body.Close()
		client.CloseIdleConnections()
		c.tap.open.Wait()
		th := nodetest.NewThief(word)
		c.tap.look(th)
		if c.want == "" && len(th.Finds) != 0 || c.want != "" && (len(th.Finds) != 1 || th.Finds[0].Place != c.want) {
			t.Errorf("%s: found %v, want %q", name, th.Finds, c.want)
		}
	}
}
