package call

import (
	"context"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
)

// Limits of the door. Rates hold per session, and per network address where there is none.
const (
	perSecond  = 20
	burst      = 60
	perAddress = 10 // a second, without a session
	maxClients = 10_000
)

// rates remembers how fast clients ask. It forgets everybody at once when it is full, which lets each ask in one burst
// more than it should.
type rates struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

func (r *rates) allow(client string, limit rate.Limit) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.all[client]
	if l == nil {
		if len(r.all) >= maxClients || r.all == nil {
			r.all = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(limit, burst)
		r.all[client] = l
	}
	return l.Allow()
}

// written notes the status of an answer, for the log.
type written struct {
	http.ResponseWriter
	status int
}

func (w *written) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *written) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *written) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// door is what every request passes first.
func (s *Site) door(next http.Handler) http.Handler {
	limits := &rates{}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began := time.Now()
		request := id.Random[id.Notice](s.IDs)
		w := &written{ResponseWriter: rw}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, string(request)))
		h := w.Header()
		h.Set("Request-Id", string(request))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				s.Log.ErrorContext(r.Context(), "api.panic", "request", request, "method", r.Method, "route", r.Pattern, "cause", fault.Crash(v))
				if w.status == 0 {
					s.refuse(w, r, fault.New(fault.Internal, "fault.internal"))
				}
			}
			s.Log.LogAttrs(r.Context(), slog.LevelInfo, "api.request", slog.String("request", string(request)),
				slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Int("status", w.status),
				slog.Duration("took", time.Since(began)))
		}()
		if err := admit(r, limits); err != nil {
			s.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// admit refuses what a browser would send by itself, and whoever asks too fast.
func admit(r *http.Request, limits *rates) error {
	if r.Header.Get("Cookie") != "" {
		return with(http.StatusBadRequest, fault.New(fault.Invalid, "api.cookie"))
	}
	if t := r.Header.Get("Content-Type"); t != "" {
		kind, _, err := mime.ParseMediaType(t)
		if err != nil || kind != "application/json" && kind != "application/octet-stream" {
			return with(http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "api.media"))
		}
	} else if r.ContentLength != 0 && r.Method != http.MethodGet {
		return with(http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "api.media"))
	}
	if strings.ContainsFunc(r.URL.Path, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fault.New(fault.NotFound, "fault.not-found") // every place is plain ASCII; words would reach the log of a database
	}
	client, limit := "address:"+addressOf(r), rate.Limit(perAddress)
	if secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		client, limit = "session:"+Digest([]byte(secret)), perSecond
		at := "address:"
		if signin.IsToken(secret) { // programs of an office must not use up what its people may ask
			at = "programs:"
		}
		if !limits.allow(at+addressOf(r), 10*perSecond) { // made-up secrets make no new client
			return with(http.StatusTooManyRequests, fault.New(fault.Unavailable, "api.rate"))
		}
	}
	if !limits.allow(client, limit) {
		return with(http.StatusTooManyRequests, fault.New(fault.Unavailable, "api.rate"))
	}
	return nil
}

// addressOf returns where a request comes from, without the port.
func addressOf(r *http.Request) string { return HostOf(r.RemoteAddr) }

// HostOf returns the host of the address and port from which a request came.
func HostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// refuse answers a request with what was wrong, in the caller's language.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.say(explain(err), r.Header.Get("Accept-Language"), requestOf(r.Context()))
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	}
	body, _ := encoded(p) // it is all text
	w.Header().Set("Content-Type", media)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // nobody is left to be told
}
