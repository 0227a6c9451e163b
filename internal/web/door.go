package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
)

// The cookies. The prefix binds them to this host over an encrypted line.
const (
	sessionCookie  = "__Host-trm"
	languageCookie = "__Host-trm-lang"
)

// door is what every request passes.
type door struct {
	web     *Web
	mux     *http.ServeMux
	cross   *http.CrossOriginProtection
	rates   rates
	replies rates // of whoever tries the code of a letter
	stretch chan struct{}
}

// rates remembers how fast clients ask. It forgets everybody at once when it is full, which lets each ask in one
// burst more than it should.
type rates struct {
	mu    *sync.Mutex
	all   map[string]*rate.Limiter
	limit rate.Limit
	burst int
}

func newRates(limit rate.Limit, burst int) rates {
	return rates{&sync.Mutex{}, map[string]*rate.Limiter{}, limit, burst}
}

func (r *rates) allow(client string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.all[client]
	if l == nil {
		if len(r.all) >= maxClients {
			clear(r.all)
		}
		l = rate.NewLimiter(r.limit, r.burst)
		r.all[client] = l
	}
	return l.Allow()
}

// ServeHTTP sets what every answer carries, refuses what comes from another site or too fast, and logs the route;
// never the path, which may hold a secret.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	request := id.Random[id.Notice](d.web.IDs)
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	v := &Visit{web: d.web, door: d, w: w, r: r, request: string(request)}
	v.p = d.web.Texts.Printer(v.language(""))
	defer func() { v.by.Wipe() }()
	defer func() {
		if cause := recover(); cause != nil {
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			d.web.Log.ErrorContext(r.Context(), "web.panic", "request", v.request, "route", v.route.Pattern, "cause", fault.Crash(cause))
			v.fail(fault.New(fault.Internal, "fault.internal"))
		}
		d.web.Log.LogAttrs(r.Context(), slog.LevelInfo, "web.request", slog.String("request", v.request), slog.String("method", r.Method),
			slog.String("route", v.route.Pattern), slog.Int("status", v.status), slog.Duration("took", time.Since(began)))
	}()
	if err := d.same(r); err != nil {
		v.fail(fault.Wrap(fault.Denied, "web.cross-origin", err))
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/asset/") && !d.rates.allow(network(r.RemoteAddr)) {
		w.Header().Set("Retry-After", "2")
		v.fail(fault.New(fault.Unavailable, "web.rate"))
		return
	}
	d.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
}

type visitKey struct{}

// same refuses what another site sends in the name of the reader, and what changes something without proof that it
// comes from a page of this node: every browser sends one of the two headers with a form.
func (d *door) same(r *http.Request) error {
	if err := d.cross.Check(r); err != nil {
		return err
	}
	if r.Method == http.MethodPost && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		return fault.New(fault.Denied, "web.cross-origin")
	}
	return nil
}

// route serves one line of the map: it finds out who asks, whether her role may ever do such a thing, and turns what
// went wrong into a page. What may be done with a certain record is decided by the noun.
func (d *door) route(line Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, _ := r.Context().Value(visitKey{}).(*Visit)
		v.r, v.route = r, line
		if err := v.serve(); err != nil {
			v.fail(err)
		}
	})
}

func (v *Visit) serve() error {
	if v.r.Method == http.MethodPost {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil {
			return fault.Wrap(fault.TooLarge, "web.form", err)
		}
	}
	if v.route.Action == "" {
		return v.route.Serve(v)
	}
	if err := v.resume(); err != nil {
		return err
	}
	if !May(v.by.Actor, v.route.Action) {
		return fault.New(fault.Denied, "access.denied")
	}
	return v.route.Serve(v)
}

// resume finds out who is signed in.
func (v *Visit) resume() error {
	c, err := v.r.Cookie(sessionCookie)
	if err != nil {
		return fault.New(fault.Locked, "signin.over")
	}
	if v.by, v.user, err = v.web.Signin.Resume(v.r.Context(), c.Value); err != nil {
		return err
	}
	v.signed = true
	v.p = v.web.Texts.Printer(v.language(v.user.Language))
	if v.zone, err = time.LoadLocation(v.user.Zone); err != nil {
		v.zone = time.UTC
	}
	return nil
}

// language is what the person chose on this device, or what her account says, or what her browser asks for.
func (v *Visit) language(account string) lang.Tag {
	chosen := account
	if c, err := v.r.Cookie(languageCookie); err == nil {
		chosen = c.Value
	}
	return v.web.Texts.Match(chosen, v.r.Header.Get("Accept-Language"))
}

// May reports whether a role could take an action on some record at all: one of her own, of her desk, or released to
// it. It decides what is shown in the menu and answers the wrong role early.
func May(who access.Actor, action access.Action) bool {
	if len(access.ScopeOf(who, action)) > 0 {
		return true
	}
	on := access.Resource{ID: "any", Realm: who.Realm, Desk: who.Desk, Owner: who.User, Maker: "another", Flags: []access.Flag{access.Urgent}}
	return access.Decide(who, action, on).Allow
}

// network cuts an address to its network: it is kept with sign-ins, and one household or one office is one client.
func network(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return "unknown"
	}
	bits := 24
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return p.String()
}

// stretched runs what stretches a passphrase, few at a time, so that nobody can fill the memory from the sign-in page.
func (v *Visit) stretched(do func() error) error {
	select {
	case v.door.stretch <- struct{}{}:
		defer func() { <-v.door.stretch }()
		return do()
	case <-v.r.Context().Done():
		return fault.Wrap(fault.Unavailable, "web.rate", v.r.Context().Err())
	}
}
