package peer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

// errInside refuses an address that only this machine or its neighbours should reach.
var errInside = errors.New("peer: an address inside")

// outward returns a client for addresses that somebody outside has chosen, such as a push service: no redirects, no
// proxies, and, unless inside is set, no address of this machine or its network, whatever a name resolves to.
func outward(inside bool, timeout time.Duration) *http.Client {
	if inside {
		return outwardTo(func(netip.Addr) bool { return true }, timeout, nil)
	}
	return outwardTo(public, timeout, nil)
}

// outwardTo is [outward] to addresses that are allowed. They are asked about when the connection is made, after the name was resolved, so that a name
// that means something else each time it is asked for gains nothing. Roots are whose certificates are believed; nil: those of the system.
func outwardTo(allowed func(netip.Addr) bool, timeout time.Duration, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(at.Addr().Unmap()) {
			return errInside
		}
		return nil
	}}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second,
			ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: 16 << 10, MaxConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
			ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		},
	}
}

// public reports whether an address is one of the open network.
func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range []string{
		"0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4", // RFC 6890: of no host outside
		"100.64.0.0/10",                                            // RFC 6598: shared behind a carrier's translation
		"64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16", // an address of the fourth version inside, led on by a translation
		"fec0::/10", // RFC 3879: of a site, once
	} {
		if netip.MustParsePrefix(p).Contains(a) {
			return false
		}
	}
	return true
}

// post sends a request and returns the status of the answer, whose body is thrown away.
//
// It fails with [fault.Unavailable] if nobody answers.
func post(ctx context.Context, client *http.Client, r *http.Request) (int, error) {
	a, err := client.Do(r.WithContext(ctx))
	if errors.Is(err, errInside) {
		return 0, fault.Wrap(fault.Invalid, "notify.address", err)
	}
	if err != nil {
		return 0, fault.Wrap(fault.Unavailable, "peer.unreachable", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(a.Body, 64<<10)) // so that the connection can be used again
	return a.StatusCode, a.Body.Close()
}

// taken judges the status of an answer to a message.
func taken(code int) error {
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests || code >= 500 || code == http.StatusRequestTimeout:
		return fault.New(fault.Unavailable, "peer.unavailable")
	}
	return fault.New(fault.Invalid, "notify.address")
}
