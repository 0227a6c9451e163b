package page

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

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// The cookies. The prefix binds them to this host over an encrypted line.
const (
	SessionCookie  = "__Host-trm"
	LanguageCookie = "__Host-trm-lang"
	OfflineCookie  = "__Host-trm-offline" // the name of the device that was prepared in this browser
)

// unlockPath is where whoever has only a passphrase and a role that demands more sets that up, before she does anything else.
const unlockPath = "/me/unlock"

// Limits of the door.
const (
	perSecond  = 10 // requests of one network
	burst      = 60
	maxClients = 10_000
	maxForm    = 256 << 10 // bytes of a form
	stretching = 2         // passphrases stretched at once: each takes 64 MiB
)

// door is what every request passes.
type door struct {
	site    *Site
	mux     *http.ServeMux
	cross   *http.CrossOriginProtection
	rates   *Rates
	stretch chan struct{}
	zips    sync.Pool        // of *gzip.Writer: each holds most of a megabyte
	lines   map[string]Route // by their patterns
}

// Door returns the pages of a node as a handler for every path that is not another face's.
func Door(site *Site, routes []Route) http.Handler {
	d := &door{
		site: site, rates: NewRates(perSecond, burst), stretch: make(chan struct{}, stretching), mux: http.NewServeMux(),
		cross: http.NewCrossOriginProtection(), lines: map[string]Route{},
	}
	d.mux.Handle("GET "+asset.Prefix, site.Assets)
	for _, r := range routes {
		d.mux.Handle(r.Pattern, d.route(r))
		d.lines[r.Pattern] = r
	}
	d.mux.Handle("/", d.route(Route{Pattern: "/", Public: "says that there is nothing", Serve: (*Visit).nothing}))
	return d
}

// Rates remembers how fast clients ask. It forgets everybody at once when it is full, which lets each ask in one
// burst more than it should.
type Rates struct {
	mu    sync.Mutex
	all   map[string]*rate.Limiter
	limit rate.Limit
	burst int
}

// NewRates allows each client so many requests a second, and at first a burst.
func NewRates(limit rate.Limit, burst int) *Rates {
	return &Rates{all: map[string]*rate.Limiter{}, limit: limit, burst: burst}
}

// Allow reports whether the client asks slowly enough, and counts that it asked.
func (r *Rates) Allow(client string) bool {
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
	request := id.Random[id.Notice](d.site.IDs)
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
	v := &Visit{Site: d.site, door: d, w: w, R: r, request: string(request)}
	v.P = d.site.Texts.Printer(v.language(""))
	v.neutral = d.site.Neutral != "" && (r.URL.Path == d.site.Neutral || strings.HasPrefix(r.URL.Path, d.site.Neutral+"/"))
	defer func() { v.By.Wipe() }()
	defer func() {
		if cause := recover(); cause != nil {
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			d.site.Log.ErrorContext(r.Context(), "web.panic", "request", v.request, "route", v.route.Pattern, "cause", fault.Crash(cause))
			v.fail(fault.New(fault.Internal, "fault.internal"))
		}
		d.site.Log.LogAttrs(r.Context(), slog.LevelInfo, "web.request", slog.String("request", v.request), slog.String("method", r.Method),
			slog.String("route", v.route.Pattern), slog.Int("status", v.status), slog.Duration("took", time.Since(began)))
	}()
	if err := d.same(r); err != nil {
		v.fail(fault.Wrap(fault.Denied, "web.cross-origin", err))
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/asset/") && !d.rates.Allow(networkOf(r.RemoteAddr)) {
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
		v.R, v.route = r, line
		if err := v.serve(); err != nil {
			v.fail(err)
		}
	})
}

func (v *Visit) serve() error {
	if v.R.Method == http.MethodPost {
		v.R.Body = http.MaxBytesReader(v.w, v.R.Body, max(maxForm, v.route.Body))
		if err := v.R.ParseForm(); err != nil {
			return fault.Wrap(fault.TooLarge, "web.form", err)
		}
	}
	if v.route.Action == "" {
		return v.route.Serve(v)
	}
	if err := v.Resume(); err != nil {
		if fault.Is(err, fault.Locked) {
			v.late = v.tooLate()
		}
		return err
	}
	if (v.User.Owes || v.User.Unlinked) && !strings.HasPrefix(v.R.URL.Path, unlockPath) && v.R.URL.Path != "/signout" {
		return v.To(unlockPath, "")
	}
	if !May(v.By.Actor, v.route.Action) {
		return fault.New(fault.Denied, "access.denied")
	}
	switch {
	case v.R.Method == http.MethodPost && v.R.PostForm.Has(KeptField):
		return v.keptAgain()
	case v.R.Method == http.MethodPost:
		return v.serveOnce()
	}
	return v.route.Serve(v)
}

// Resume finds out who is signed in.
//
// It fails with [fault.Locked] if nobody is.
func (v *Visit) Resume() error {
	c, err := v.R.Cookie(SessionCookie)
	if err != nil {
		return fault.New(fault.Locked, "signin.over")
	}
	if v.By, v.User, err = v.Site.Signin.Resume(v.R.Context(), c.Value); err != nil {
		return err
	}
	v.signed = true
	v.P = v.Site.Texts.Printer(v.language(v.User.Language))
	if v.Zone, err = time.LoadLocation(v.User.Zone); err != nil || v.User.Zone == "" { // who set none sees the time of her country
		v.Zone = v.Site.Zone(v.Site.Member)
	}
	return nil
}

// language is what the person chose on this device, or what her account says, or what her browser asks for.
func (v *Visit) language(account string) lang.Tag {
	chosen := account
	if c, err := v.R.Cookie(LanguageCookie); err == nil {
		chosen = c.Value
	}
	return v.Site.Texts.Match(chosen, v.R.Header.Get("Accept-Language"))
}

// networkOf cuts an address to its network: it is kept with sign-ins, and one household or one office is one client.
func networkOf(remote string) string {
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

// Stretched runs what stretches a passphrase, few at a time, so that nobody can fill the memory from the sign-in page.
func (v *Visit) Stretched(do func() error) error {
	select {
	case v.door.stretch <- struct{}{}:
		defer func() { <-v.door.stretch }()
		return do()
	case <-v.R.Context().Done():
		return fault.Wrap(fault.Unavailable, "web.rate", v.R.Context().Err())
	}
}

// Within is a link of this node that somebody asked to come back to, or "/" if it could lead elsewhere.
func Within(asked string) string {
	if !strings.HasPrefix(asked, "/") || strings.HasPrefix(asked, "//") || len(asked) > 300 ||
		strings.ContainsFunc(asked, func(r rune) bool { return r < ' ' || r == '\\' || r > '~' }) {
		return "/"
	}
	return asked
}

// policy is the content security policy of every page: everything comes from this node, nothing is inline.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Cookie sets a cookie that no script reads and no other site sends; age 0 or less deletes it.
func (v *Visit) Cookie(name, value string, age int) {
	v.cookie(name, value, age, http.SameSiteStrictMode)
}

// Lax is [Visit.Cookie] with a cookie that also comes with a link or a redirect from another site, and not with a form of another.
func (v *Visit) Lax(name, value string, age int) { v.cookie(name, value, age, http.SameSiteLaxMode) }

func (v *Visit) cookie(name, value string, age int, same http.SameSite) {
	if age <= 0 {
		age = -1
	}
	http.SetCookie(v.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: same})
}

// Network is the network that the visit comes from.
func (v *Visit) Network() string { return networkOf(v.R.RemoteAddr) }
