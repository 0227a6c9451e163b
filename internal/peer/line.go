package peer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of a line.
const (
	maxConns  = 12               // connections to one member that are open at once
	maxHead   = 8 << 10          // bytes of the header of an answer
	idleFor   = 30 * time.Second // that an unused connection is kept
	oneWrite  = 64 << 10         // of a request that is written before the answer is looked for
	maxEarly  = 4                // answers of a server before the answer (RFC 9110 section 15.2)
	lineBytes = 16 << 10         // that are read at once
)

// line is what leads to one member: connections that were opened to her keys. It speaks HTTP/1.1 with the request and answer
// of net/http, but in the goroutine that asks: a document alone on its way waits for nothing as long as for goroutines to wake
// each other, of which [http.Transport] has two for each connection (docs/adr/0018-alone-on-its-way.md).
type line struct {
	pins   []string
	config *tls.Config
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	wait   Timeouts
	places chan struct{} // one is taken by each call

	mu     sync.Mutex
	idle   []*wire // used last at the end
	ticker *time.Timer
	gone   bool
}

// wire is one connection.
type wire struct {
	host string // of the address
	tls  *tls.Conn
	head io.LimitedReader // of tls; bounds the header of an answer
	in   *bufio.Reader
	out  *bufio.Writer
	used bool      // it carried an answer before
	rest time.Time // since when nobody uses it
}

// reply is an answer, read to its end or to the limit and one byte.
type reply struct {
	code   int
	header http.Header
	body   []byte
}

// call sends a request and reads the answer: at most most bytes of one that is good, and at most maxProblem of another. A
// connection that was kept and turns out to be dead is no failure: the next one is tried. Nor is one on which we are denied,
// for it may have been opened with a key that we no longer have: a new one is tried.
//
// It fails if there is no answer in time, and as the handshake does.
func (l *line) call(ctx context.Context, r *http.Request, body []byte, most int64) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, l.wait.Whole)
	defer cancel()
	select {
	case l.places <- struct{}{}:
		defer func() { <-l.places }()
	case <-ctx.Done():
		return reply{}, ctx.Err()
	}
	for {
		w, err := l.take(ctx, r.URL.Host)
		if err != nil {
			return reply{}, err
		}
		again := w.used
		a, whole, err := l.talk(ctx, w, r, body, most)
		if whole {
			l.put(w)
		} else {
			_ = w.tls.Close()
		}
		denied := err == nil && a.code == http.StatusForbidden
		if denied { // perhaps to a key of ours that is no longer listed: what was opened with it is of no use
			l.drop()
		}
		if !again || ctx.Err() != nil || !denied && !errors.Is(err, errNothing) {
			return a, err
		}
	}
}

// errNothing is the end of a connection before the first byte of an answer.
var errNothing = errors.New("peer: the connection has ended")

// talk sends r and reads the answer. whole says that the connection can be used again.
func (l *line) talk(ctx context.Context, w *wire, r *http.Request, body []byte, most int64) (a reply, whole bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = w.tls.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() { // it was given up in the meantime
			whole = false
			if err != nil {
				err = ctx.Err()
			}
		}
	}()
	r.Body, r.ContentLength = nil, int64(len(body))
	if body != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	written := make(chan error, 1)
	write := func() {
		err := r.Write(w.out)
		if err == nil {
			err = w.out.Flush()
		}
		w.readUntil(ctx, time.Now().Add(l.wait.Answer))
		written <- err
	}
	if len(body) <= oneWrite {
		write()
	} else {
		go write() // who refuses it may say so without reading all of it; ctx bounds both
	}
	response, err := w.answer(r)
	if err != nil {
		_ = w.tls.SetDeadline(time.Unix(1, 0))
		if failed := <-written; failed != nil && !errors.Is(err, errNothing) {
			err = failed
		}
		return reply{}, false, err
	}
	w.readUntil(ctx, time.Time{})
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNoContent {
		most = maxProblem
	}
	a = reply{code: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(io.LimitReader(response.Body, most+1))
	if err == nil && int64(len(a.body)) <= most && !response.Close {
		select {
		case failed := <-written:
			// What was said behind an answer would be taken for the next one.
			return a, failed == nil && w.in.Buffered() == 0 && a.code != http.StatusForbidden, nil
		default: // refused before all of it was written
		}
	}
	_ = w.tls.SetDeadline(time.Unix(1, 0)) // what is still being written is not worth the line
	<-written
	return a, false, err
}

// readUntil sets the time by which something must come, unless the call has been given up.
func (w *wire) readUntil(ctx context.Context, t time.Time) {
	if _ = w.tls.SetReadDeadline(t); ctx.Err() != nil {
		_ = w.tls.SetReadDeadline(time.Unix(1, 0))
	}
}

// answer reads the header of an answer.
func (w *wire) answer(r *http.Request) (*http.Response, error) {
	w.head.N = maxHead
	defer func() { w.head.N = 1 << 62 }()
	if _, err := w.in.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, err
	} else if err != nil {
		return nil, errors.Join(errNothing, err)
	}
	for range maxEarly {
		response, err := http.ReadResponse(w.in, r)
		if err != nil || response.StatusCode >= http.StatusOK {
			return response, err
		}
	}
	return nil, errors.New("peer: no answer after many")
}

// take returns a connection that is free, or a new one.
func (l *line) take(ctx context.Context, host string) (*wire, error) {
	l.mu.Lock()
	l.prune()
	for i, w := range slices.Backward(l.idle) {
		if w.host == host {
			l.idle = slices.Delete(l.idle, i, i+1)
			l.mu.Unlock()
			_ = w.tls.SetDeadline(time.Time{})
			return w, nil
		}
	}
	l.mu.Unlock()
	address := host
	if _, _, err := net.SplitHostPort(host); err != nil {
		address = net.JoinHostPort(strings.Trim(host, "[]"), "443")
	}
	ctx, cancel := context.WithTimeout(ctx, l.wait.Dial)
	defer cancel()
	conn, err := l.dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := tls.Client(conn, l.config)
	if err := c.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	w := &wire{host: host, tls: c, out: bufio.NewWriterSize(c, oneWrite)}
	w.head = io.LimitedReader{R: c, N: maxHead}
	w.in = bufio.NewReaderSize(&w.head, lineBytes)
	return w, nil
}

// put keeps a connection for the next call.
func (l *line) put(w *wire) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		_ = w.tls.Close()
		return
	}
	w.used, w.rest = true, time.Now()
	l.idle = append(l.idle, w)
	if l.ticker == nil {
		l.ticker = time.AfterFunc(idleFor, l.tidy)
	}
}

// tidy gives up what nobody has used for long, and comes again as long as something is there.
func (l *line) tidy() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prune()
	l.ticker = nil
	if len(l.idle) > 0 && !l.gone {
		l.ticker = time.AfterFunc(idleFor, l.tidy)
	}
}

// prune closes what nobody has used for long.
func (l *line) prune() {
	l.idle = slices.DeleteFunc(l.idle, func(w *wire) bool {
		old := time.Since(w.rest) >= idleFor
		if old {
			_ = w.tls.Close()
		}
		return old
	})
}

// close gives up the connections that are free, and those in use once they are.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = true
	if l.ticker != nil {
		l.ticker.Stop()
	}
	l.empty()
}

// drop gives up the connections that are free.
func (l *line) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.empty()
}

func (l *line) empty() {
	for _, w := range l.idle {
		_ = w.tls.Close()
	}
	l.idle = nil
}
