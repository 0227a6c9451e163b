package issuer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/opentrm/opentrm/internal/fault"
)

// bounded carries requests to the hosts of one issuer, and answers of bounded size back.
type bounded struct {
	hosts    []string
	loopback bool
	roots    *x509.CertPool
	dial     func(ctx context.Context, network, address string) (net.Conn, error)

	once sync.Once
	line *http.Transport
}

var (
	errElsewhere = errors.New("issuer: an address that is not the issuer's")
	errStays     = errors.New("issuer: it publishes no address to sign out")
	errLarge     = errors.New("issuer: the answer is too large")
	errSilent    = errors.New("issuer: it does not answer")
	errStrange   = errors.New("issuer: what it publishes is not what was configured")
	errUnproven  = errors.New("issuer: it takes no proof of who asked (S256)")
	errAlgorithm = errors.New("issuer: it signs with no algorithm that is believed")
)

// RoundTrip carries one request.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !reaches(r.URL, b.hosts, b.loopback) {
		return nil, errElsewhere
	}
	b.once.Do(func() {
		b.line = &http.Transport{
			Proxy: nil, DialContext: b.dial, TLSHandshakeTimeout: mostTime, ResponseHeaderTimeout: mostTime, MaxResponseHeaderBytes: 16 << 10,
			MaxConnsPerHost: 4, MaxIdleConns: 2, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: b.roots},
		}
	})
	a, err := b.line.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	a.Body = &short{body: a.Body, left: mostBytes}
	return a, nil
}

// short is the body of an answer, which fails where it is too long.
type short struct {
	body io.ReadCloser
	left int
}

func (s *short) Read(b []byte) (int, error) {
	n, err := s.body.Read(b)
	if s.left -= n; s.left < 0 {
		return 0, errLarge
	}
	return n, err
}

func (s *short) Close() error { return s.body.Close() }

func down(err error) error { return fault.Wrap(fault.Unavailable, "signin.issuer.down", err) }

// plain says why an issuer was not heard, in words of ours: what it sent may stand in the error.
func plain(err error) error {
	for _, own := range []error{errElsewhere, errLarge, errUnproven, errAlgorithm} {
		if errors.Is(err, own) {
			return own
		}
	}
	if silent(err) {
		return errSilent
	}
	return errStrange
}

// answered tells an issuer that refused from one that did not answer. What it said stays unread.
func answered(err error) error {
	var said *oauth2.RetrieveError
	if errors.As(err, &said) && said.Response != nil && said.Response.StatusCode >= 400 && said.Response.StatusCode < 500 {
		return refused("the issuer does not know the code")
	}
	return down(plain(err))
}

// meet returns what the issuer has published about itself, asked for anew after a while.
func (o *one) meet(ctx context.Context) (*met, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	if o.met != nil && now.Sub(o.met.at) < keptFor && !now.Before(o.met.at) {
		return o.met, nil
	}
	if since := now.Sub(o.tried); since >= 0 && since < retryAfter {
		return nil, down(errSilent)
	}
	o.met = nil
	// Whoever asked may go away meanwhile: that must not keep the others out.
	ctx, cancel := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), o.client), mostTime)
	defer cancel()
	m, err := o.discover(ctx)
	if err != nil {
		o.tried = now
		return nil, down(plain(err))
	}
	o.met, o.tried = m, time.Time{}
	return m, nil
}

// discover reads what the issuer publishes.
func (o *one) discover(ctx context.Context) (*met, error) {
	provider, err := oidc.NewProvider(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	var said struct {
		Keys    string   `json:"jwks_uri"`
		Signed  []string `json:"id_token_signing_alg_values_supported"`
		Proves  []string `json:"code_challenge_methods_supported"`
		Clients []string `json:"token_endpoint_auth_methods_supported"`
		Says    bool     `json:"authorization_response_iss_parameter_supported"`
		Leave   string   `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&said); err != nil {
		return nil, err
	}
	own, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	ends := provider.Endpoint()
	within := func(at string) bool {
		u, err := url.Parse(at)
		return err == nil && reaches(u, append([]string{own.Host}, o.Hosts...), o.client.Transport.(*bounded).loopback)
	}
	for _, at := range []string{ends.AuthURL, ends.TokenURL, said.Keys} {
		if !within(at) {
			return nil, errElsewhere
		}
	}
	if !within(said.Leave) { // nobody is sent there, and everybody comes in all the same
		said.Leave = ""
	}
	if len(said.Proves) > 0 && !slices.Contains(said.Proves, "S256") {
		return nil, errUnproven
	}
	algorithms := slices.DeleteFunc(slices.Clone(said.Signed), func(a string) bool { return !slices.Contains(twoHalves(), a) })
	if len(said.Signed) == 0 {
		algorithms = []string{oidc.RS256}
	}
	if len(algorithms) == 0 {
		return nil, errAlgorithm
	}
	ends.AuthStyle = oauth2.AuthStyleInParams
	if o.Secret != "" && (len(said.Clients) == 0 || slices.Contains(said.Clients, "client_secret_basic")) {
		ends.AuthStyle = oauth2.AuthStyleInHeader
	}
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), o.client), said.Keys)
	return &met{
		at: o.now(), says: said.Says, leave: said.Leave,
		// The time is looked at here, with a bound for clocks that differ.
		keys: keys, verify: oidc.NewVerifier(o.URL, keys, &oidc.Config{
			ClientID: o.Client, SupportedSigningAlgs: algorithms, SkipExpiryCheck: true, Now: o.now,
		}),
		oauth: oauth2.Config{
			ClientID: o.Client, ClientSecret: o.Secret, Endpoint: ends, Scopes: append([]string{oidc.ScopeOpenID}, o.Scopes...),
		},
	}, nil
}

// twoHalves are the algorithms whose verifying half signs nothing: neither "none" nor one with a shared secret.
func twoHalves() []string {
	return []string{
		oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
