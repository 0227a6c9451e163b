package peer

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Server answers other nodes over HTTPS.
type Server struct {
	Self        id.Member
	Exchange    *exchange.Service
	Pins        *Pins
	Certificate func() (tls.Certificate, error) // asked for each connection, so that a new key needs no restart
	Log         *slog.Logger
	Limits      Limits

	gate    gate
	strange rate.Sometimes
	once    sync.Once
	office  *office
}

// Serve answers on a listener until [Server.Close] is called. It is called once.
//
// It fails as the listener fails.
func (s *Server) Serve(l net.Listener) error {
	s.once.Do(s.prepare)
	return s.office.serve(newDoorman(l, s.Limits))
}

// prepare makes the office with its limits.
func (s *Server) prepare() {
	s.Limits = s.Limits.filled()
	s.gate.limits = s.Limits
	s.strange = rate.Sometimes{First: 20, Interval: time.Second}
	s.office = newOffice(s.handler(), serverTLS(s.Pins, s.Certificate, s.stranger), s.Limits, s.Log)
}

// Close stops taking requests and waits for those in hand, as long as ctx lasts.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(s.prepare)
	return s.office.close(ctx)
}

// stranger notes a handshake with a key that the roster does not list: the first ones, then one a second.
func (s *Server) stranger(err error) {
	s.strange.Do(func() {
		_, key, _ := fault.Public(err)
		s.Log.Warn("peer.stranger", "key", key)
	})
}

// handler binds the routes.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range Routes() {
		mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, q *http.Request) { s.serve(w, q, r) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		s.serve(w, q, Route{Pattern: "/", Public: "there is nothing here", handle: func(*Server, http.ResponseWriter, *call) error {
			return fault.New(fault.NotFound, "peer.route")
		}})
	})
	return mux
}

// call is one request of a member.
type call struct {
	*http.Request
	id   string // by which the log and the caller know it
	from member.Member
	body []byte
}

// serve says who calls, whether she may, reads the body within its limits and lets the route answer.
func (s *Server) serve(w http.ResponseWriter, q *http.Request, r Route) {
	begun := time.Now()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	c := &call{Request: q, id: string(id.Random[id.Job](id.Maker{}))}
	err := s.admit(w, c, r, func() error { return r.handle(s, w, c) })
	if err == nil {
		s.Log.Debug("peer.answered", "member", string(c.from.ID), "route", r.Pattern, "took", time.Since(begun))
		return
	}
	s.note(c, r.Pattern, explain(w, c.id, err), err)
}

// note logs a request, or an envelope of one, that was refused.
func (s *Server) note(c *call, route string, p problem, err error) {
	level := slog.LevelWarn
	attrs := []any{"member", string(c.from.ID), "route", route, "status", p.Status, "kind", p.Kind, "key", p.Key, "request", c.id}
	if p.Status >= http.StatusInternalServerError && p.Status != http.StatusServiceUnavailable {
		level = slog.LevelError
		attrs = append(attrs, "cause", err.Error()) // keys and kinds of our own layers; they hold no record
	}
	s.Log.Log(c.Context(), level, "peer.refused", attrs...)
}

// refuse is the answer to one envelope of several.
func (s *Server) refuse(c *call, err error) []byte {
	p := problemOf(c.id, err)
	s.note(c, c.Pattern, p, err)
	b, failed := json.Marshal(p)
	if failed != nil {
		return []byte(`{"kind":"internal"}`) // a caller takes it for unavailable
	}
	return b
}

// admit asks who calls and what it may cost before anything is read. A large answer costs until it is sent.
func (s *Server) admit(w http.ResponseWriter, c *call, r Route, then func() error) error {
	cert, err := leaf(*c.TLS)
	if err != nil {
		return err
	}
	// Asked again for each request: a connection may be older than the roster.
	if c.from, err = s.Pins.Member(c.Context(), cert); err != nil {
		return err
	}
	if c.from.ID == s.Self {
		return fault.New(fault.Denied, "peer.key.self")
	}
	if err := r.permits(c.from.ID); err != nil {
		return err
	}
	size := c.ContentLength
	switch {
	case size < 0:
		return fault.New(fault.Invalid, "peer.length")
	case size > r.Limit:
		return fault.New(fault.TooLarge, "peer.too-large")
	}
	leave, err := s.gate.enter(c.from.ID, max(size, r.Cost))
	if err != nil {
		return err
	}
	defer func() {
		if a, ok := w.(*written); ok && len(a.body) > oneRead {
			a.leave = leave
			return
		}
		leave()
	}()
	if size > 0 {
		c.body = make([]byte, size)
		if _, err := io.ReadFull(c.Body, c.body); err != nil {
			return fault.Wrap(fault.Invalid, "peer.body", err)
		}
	}
	return then()
}
