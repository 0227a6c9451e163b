package peer

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

// Bounds of what a clerk reads and of how long it stays.
const (
	maxAsked = 8 << 10                // bytes of the header of a request
	oneRead  = 16 << 10               // bytes that are read at once
	maxLeft  = 256 << 10              // bytes of a refused request that are read, so that its answer is heard
	parting  = 500 * time.Millisecond // that this may take
	calmDown = 50 * time.Millisecond  // behind a connection that could not be accepted
)

// office answers requests with a clerk for each connection. It speaks HTTP/1.1 with the requests and handlers of net/http, but
// without the goroutine that [http.Server] has beside each request to notice who goes away: a document alone on its way waits
// for goroutines that wake each other longer than for what they do (docs/adr/0018-alone-on-its-way.md).
type office struct {
	handler http.Handler
	tls     *tls.Config
	limits  Limits
	log     *slog.Logger

	ctx    context.Context // of all requests
	cancel context.CancelFunc
	clerks sync.WaitGroup

	mu     sync.Mutex
	closed bool
	doors  []net.Listener
	at     map[*clerk]bool // true: a request is in hand
}

func newOffice(handler http.Handler, config *tls.Config, limits Limits, log *slog.Logger) *office {
	config.NextProtos = []string{"http/1.1"}
	o := &office{handler: handler, tls: config, limits: limits, log: log, at: make(map[*clerk]bool)}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	return o
}

// clerk answers the requests of one connection, one after the other.
type clerk struct {
	office *office
	tls    *tls.Conn
	state  tls.ConnectionState
	head   io.LimitedReader // of tls; bounds the header of a request
	in     *bufio.Reader
	out    []byte
}

// serve takes connections until the office is closed.
//
// It fails as the listener fails.
func (o *office) serve(l net.Listener) error {
	o.mu.Lock()
	closed := o.closed
	if o.doors = append(o.doors, l); closed {
		_ = l.Close()
	}
	o.mu.Unlock()
	for {
		conn, err := l.Accept()
		if err != nil {
			o.mu.Lock()
			closed := o.closed
			o.mu.Unlock()
			if closed {
				return nil
			}
			if !passes(err) {
				return err
			}
			o.log.Debug("peer.connection")
			select {
			case <-time.After(calmDown):
				continue
			case <-o.ctx.Done():
				return nil
			}
		}
		k := &clerk{office: o, tls: tls.Server(conn, o.tls)}
		if !o.note(k, false) {
			_ = conn.Close()
			continue
		}
		go k.work()
	}
}

// passes reports whether the next connection may be accepted all the same: who knocked went away, or too many files are open.
func passes(err error) bool {
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// note says what a clerk is at. It reports false if nothing more is begun.
func (o *office) note(k *clerk, busy bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	if _, there := o.at[k]; !there {
		o.clerks.Add(1)
	}
	o.at[k] = busy
	return true
}

// close takes no more requests and waits for those in hand as long as ctx lasts.
//
// It fails if some did not end, which are cut off.
func (o *office) close(ctx context.Context) error {
	o.mu.Lock()
	o.closed = true
	var errs []error
	for _, l := range o.doors {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	for k, busy := range o.at {
		if !busy {
			_ = k.tls.NetConn().Close()
		}
	}
	o.mu.Unlock()
	done := make(chan struct{})
	go func() { o.clerks.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		o.mu.Lock()
		hurried := false
		for k, busy := range o.at {
			hurried = hurried || busy
			_ = k.tls.NetConn().Close()
		}
		o.mu.Unlock()
		if hurried {
			errs = append(errs, ctx.Err())
		} else {
			<-done // they have nothing in hand, and no connection any more
		}
	}
	o.cancel()
	return errors.Join(errs...)
}

// work answers until the connection ends.
func (k *clerk) work() {
	defer func() {
		if v := recover(); v != nil {
			k.office.log.Error("peer.crash", "cause", fault.Crash(v))
		}
		_ = k.tls.Close()
		k.office.mu.Lock()
		delete(k.office.at, k)
		k.office.mu.Unlock()
		k.office.clerks.Done()
	}()
	limits := k.office.limits
	_ = k.tls.SetDeadline(time.Now().Add(limits.Header))
	if err := k.tls.HandshakeContext(k.office.ctx); err != nil {
		k.office.log.Debug("peer.connection")
		return
	}
	k.state = k.tls.ConnectionState()
	k.head = io.LimitedReader{R: k.tls}
	k.in = bufio.NewReaderSize(&k.head, oneRead)
	for wait := limits.Header; ; wait = limits.Idle {
		_ = k.tls.SetReadDeadline(time.Now().Add(wait))
		if k.head.N = maxAsked; !k.next() {
			return
		}
		if !k.office.note(k, true) || !k.answer() || !k.office.note(k, false) {
			return
		}
	}
}

// next waits for the first byte of a request.
func (k *clerk) next() bool {
	_, err := k.in.Peek(1)
	return err == nil
}

// answer answers one request. It reports whether another one may follow.
func (k *clerk) answer() bool {
	limits, begun := k.office.limits, time.Now()
	_ = k.tls.SetReadDeadline(begun.Add(limits.Header))
	_ = k.tls.SetWriteDeadline(begun.Add(2 * limits.Body))
	q, err := http.ReadRequest(k.in)
	full := k.head.N <= 0
	k.head.N = 1 << 62
	a := &written{header: make(http.Header)}
	defer a.gone()
	switch {
	case err != nil && full:
		a.code = http.StatusRequestHeaderFieldsTooLarge
	case err != nil && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || isTimeout(err)):
		return false // who went away hears nothing
	case err != nil || q.ProtoMajor != 1 || q.ProtoAtLeast(1, 1) && q.Host == "" || !proper(q.Header):
		a.code = http.StatusBadRequest
	}
	if a.code != 0 {
		k.send(a, "GET", true)
		k.part()
		return false
	}
	_ = k.tls.SetReadDeadline(begun.Add(limits.Body))
	body := &asked{ReadCloser: q.Body, clerk: k, left: q.ContentLength}
	body.expects = q.ProtoAtLeast(1, 1) && strings.EqualFold(q.Header.Get("Expect"), "100-continue")
	q.Body, q.TLS, q.RemoteAddr = body, &k.state, k.tls.RemoteAddr().String()
	k.office.handler.ServeHTTP(a, q.WithContext(k.office.ctx))
	last := q.Close || !q.ProtoAtLeast(1, 1) || body.left != 0
	err = k.send(a, q.Method, last)
	if a.gone(); err != nil {
		return false
	}
	if last {
		k.part()
	}
	return !last
}

// proper reports whether names and values are what RFC 9110 section 5 allows: net/http reads others too.
func proper(h http.Header) bool {
	for name, values := range h {
		if name == "" {
			return false
		}
		for _, c := range []byte(name) {
			if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
				return false
			}
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
				return false
			}
		}
	}
	return true
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// send writes an answer.
func (k *clerk) send(a *written, method string, last bool) error {
	code := cmp.Or(a.code, http.StatusOK)
	out := append(k.out[:0], "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(code), 10)
	out = append(append(append(out, ' '), http.StatusText(code)...), "\r\n"...)
	a.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	a.header.Del("Content-Length")
	a.header.Del("Transfer-Encoding")
	if code != http.StatusNoContent && code != http.StatusNotModified {
		a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	if a.header.Del("Connection"); last {
		a.header.Set("Connection", "close")
	}
	head := bytes.NewBuffer(out)
	if err := a.header.Write(head); err != nil {
		return err
	}
	head.WriteString("\r\n")
	out = head.Bytes()
	body := a.body
	if method == http.MethodHead || code == http.StatusNoContent || code == http.StatusNotModified {
		body = nil
	}
	if len(body) <= oneRead {
		out, body = append(out, body...), nil
	}
	if k.out = out; cap(out) > 2*oneRead {
		k.out = nil // a large one is kept by nobody
	}
	_, err := k.tls.Write(out)
	if err == nil && body != nil { // a large one is not copied
		_, err = k.tls.Write(body)
	}
	return err
}

// part ends a connection in such a way that what was said last is heard, though the other side may still be speaking.
func (k *clerk) part() {
	_ = k.tls.CloseWrite()
	if half, ok := k.tls.NetConn().(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	over := time.After(parting)
	_ = k.tls.SetReadDeadline(time.Now().Add(parting))
	if _, err := io.CopyN(io.Discard, k.in, maxLeft); err != nil {
		return // it has gone, or its time is over
	}
	select { // to end with something unread would take back what was said
	case <-over:
	case <-k.office.ctx.Done():
	}
}

// asked is the body of a request.
type asked struct {
	io.ReadCloser
	clerk   *clerk
	left    int64 // bytes that were not read; negative: nobody knows
	expects bool  // to be asked for it (RFC 9110 section 10.1.1)
}

// Read reads the body.
func (b *asked) Read(p []byte) (int, error) {
	if b.expects {
		b.expects = false
		if _, err := b.clerk.tls.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	if b.left > 0 {
		b.left -= int64(n)
	}
	return n, err
}

// written is an answer in memory: all that are given here are bounded, and most are there before they are written.
type written struct {
	header http.Header
	code   int
	body   []byte
	leave  func() // called when nothing of it is kept any more; may be nil
}

// gone lets go of an answer.
func (w *written) gone() {
	leave := w.leave
	if w.body, w.leave = nil, nil; leave != nil {
		leave()
	}
}

// Header returns what stands before the body.
func (w *written) Header() http.Header { return w.header }

// WriteHeader says how it went. Only the first word counts.
func (w *written) WriteHeader(code int) {
	if w.code == 0 && code >= http.StatusOK {
		w.code = code
	}
}

// Write adds to the body.
func (w *written) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, b...)
	return len(b), nil
}
