// Package issuer asks an OpenID provider who somebody is (OpenID Connect Core 1.0: the code flow with PKCE).
//
// What it brings back proves who came, and nothing else: no key of this node or of a user depends on it, and a provider in the
// hands of somebody else opens nothing.
//
// Invariants:
//   - nobody is asked but the configured issuers, at their own hosts and those that the configuration names beside them, with limits of
//     time and size, over TLS, and no redirect is followed;
//   - an ID token is believed only from the token endpoint, signed with a key of the issuer by an algorithm with two halves, meant for
//     this client alone, fresh, and an answer to this one question;
//   - no token is kept, and nothing that a provider says is shown or logged.
package issuer

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/signin"
)

// Config says how one issuer is asked. A field without a word about its default is needed.
type Config struct {
	Name   string `json:"name"`   // in addresses: small letters, digits and hyphens
	Title  string `json:"title"`  // as people call it
	URL    string `json:"issuer"` // as it calls itself, "https://…"
	Client string `json:"client"` // as it calls this node

	Secret     string   `json:"-"`                     // of this client, from SecretFile; default: none
	SecretFile string   `json:"secret-file,omitempty"` // of mode 0600; default: none
	Scopes     []string `json:"scopes,omitempty"`      // asked for beside "openid"; default: none
	Hosts      []string `json:"hosts,omitempty"`       // hosts of its endpoints beside that of its address; default: none

	Roots  *x509.CertPool `json:"-"`                 // whose certificates are believed, from CAFile; default: those of the system
	CAFile string         `json:"ca-file,omitempty"` // default: none

	Second bool     `json:"second,omitempty"`  // that it knows somebody is the second thing, where one is demanded
	MaxAge string   `json:"max-age,omitempty"` // within which she has shown the issuer who she is, "10m"; default: whenever
	ACR    []string `json:"acr,omitempty"`     // one of which it must say that it has applied; default: any
	AMR    []string `json:"amr,omitempty"`     // all of which it must say that it has used; default: any
}

// Limits of what is asked and believed.
const (
	mostIssuers = 8
	mostTime    = 10 * time.Second // for one answer
	mostBytes   = 256 << 10        // of one answer
	mostSkew    = time.Minute      // between the clocks of the issuer and of this node
	mostAge     = 10 * time.Minute // of an ID token: it has just been made
	keptFor     = time.Hour        // what an issuer has published about itself, with the keys that it has withdrawn since
	retryAfter  = 10 * time.Second // when it did not answer
)

// Parse reads a file of issuers. What else it names is read by read.
//
// It fails with [fault.Invalid] "issuer.config" and the field that is wrong.
func Parse(b []byte, read func(file string) ([]byte, error)) ([]Config, error) {
	var all struct {
		Issuers []Config `json:"issuers"`
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return nil, fault.Wrap(fault.Invalid, "issuer.config", err).With("field", "issuers")
	}
	for i, c := range all.Issuers {
		if c.SecretFile != "" {
			secret, err := read(c.SecretFile)
			if err != nil {
				return nil, err
			}
			all.Issuers[i].Secret = strings.TrimSpace(string(secret))
		}
		if c.CAFile != "" {
			pem, err := read(c.CAFile)
			if err != nil {
				return nil, err
			}
			all.Issuers[i].Roots = x509.NewCertPool()
			if !all.Issuers[i].Roots.AppendCertsFromPEM(pem) {
				return nil, fault.New(fault.Invalid, "issuer.config").With("field", "ca-file")
			}
		}
	}
	return all.Issuers, nil
}

// Issuers are those that a node is configured to ask. They are asked for the first time when somebody wants to sign in.
type Issuers struct {
	all []*one
}

var _ signin.Issuers = (*Issuers)(nil)

// one is one issuer with what is known of it.
type one struct {
	Config

	age    time.Duration
	now    func() time.Time
	client *http.Client

	mu    sync.Mutex
	met   *met
	tried time.Time
}

// met is what an issuer has published about itself.
type met struct {
	at     time.Time
	keys   oidc.KeySet
	verify *oidc.IDTokenVerifier
	oauth  oauth2.Config
	leave  string // where a browser ends its session there; "": nowhere
	says   bool   // it says who answers (RFC 9207)
}

// New returns the issuers of a configuration. Loopback lets them be asked on this machine without TLS: of tests and demonstrations only.
//
// It fails with [fault.Invalid] "issuer.config" and the field that is wrong.
func New(all []Config, loopback bool, now func() time.Time) (*Issuers, error) {
	out := &Issuers{}
	bad := func(field string) (*Issuers, error) {
		return nil, fault.New(fault.Invalid, "issuer.config").With("field", field)
	}
	if len(all) > mostIssuers {
		return bad("issuers")
	}
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)
	for _, c := range all {
		if !name.MatchString(c.Name) || slices.ContainsFunc(out.all, func(o *one) bool { return o.Name == c.Name }) {
			return bad("name")
		}
		if n := len([]rune(strings.TrimSpace(c.Title))); n < 1 || n > 60 {
			return bad("title")
		}
		u, err := url.Parse(c.URL)
		if err != nil || !reaches(u, []string{u.Host}, loopback) || u.RawQuery != "" || u.Fragment != "" ||
			slices.ContainsFunc(out.all, func(o *one) bool { return o.URL == c.URL }) {
			return bad("issuer")
		}
		if c.Client == "" || len(c.Client) > 300 {
			return bad("client")
		}
		if c.SecretFile != "" && c.Secret == "" {
			return bad("secret-file")
		}
		o := &one{Config: c, now: now}
		if c.MaxAge != "" {
			if o.age, err = time.ParseDuration(c.MaxAge); err != nil || o.age < time.Second {
				return bad("max-age")
			}
		}
		o.client = client(append([]string{u.Host}, c.Hosts...), loopback, c.Roots)
		out.all = append(out.all, o)
	}
	return out, nil
}

// reaches says whether an address may be asked, or a browser sent there.
func reaches(u *url.URL, hosts []string, loopback bool) bool {
	if u == nil || u.Host == "" || u.User != nil || u.Opaque != "" || !slices.Contains(hosts, u.Host) {
		return false
	}
	if u.Scheme == "https" {
		return loopback || !here(u.Hostname())
	}
	return u.Scheme == "http" && loopback && here(u.Hostname())
}

// here reports whether a host is this machine.
func here(host string) bool {
	if at, err := netip.ParseAddr(host); err == nil {
		return at.Unmap().IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// All lists the issuers.
func (s *Issuers) All() []signin.Issuer {
	out := make([]signin.Issuer, len(s.all))
	for i, o := range s.all {
		out[i] = signin.Issuer{Name: o.Name, Title: strings.TrimSpace(o.Title), URL: o.URL, Second: o.Second}
	}
	return out
}

func (s *Issuers) named(name string) (*one, error) {
	for _, o := range s.all {
		if o.Name == name {
			return o, nil
		}
	}
	return nil, fault.New(fault.NotFound, "fault.not-found")
}

// Begin returns the address at which the browser asks an issuer.
//
// It fails with [fault.NotFound] if there is no such issuer, and with [fault.Unavailable] "signin.issuer.down" if it does not answer or
// says of itself what is not believed.
func (s *Issuers) Begin(ctx context.Context, name string, a signin.Asking) (string, error) {
	o, err := s.named(name)
	if err != nil {
		return "", err
	}
	m, err := o.meet(ctx)
	if err != nil {
		return "", err
	}
	c := m.oauth
	c.RedirectURL = a.Return
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if o.age > 0 {
		options = append(options, oauth2.SetAuthURLParam("max_age", seconds(o.age)))
	}
	if len(o.ACR) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(o.ACR, " ")))
	}
	return c.AuthCodeURL(a.State, options...), nil
}

// Finish redeems what the browser brought back.
//
// It fails with [fault.Denied] "signin.issuer.refused" for everything that does not prove who came, and with [fault.Unavailable]
// "signin.issuer.down" if the issuer does not answer.
func (s *Issuers) Finish(ctx context.Context, name string, a signin.Asking, b signin.Brought) (signin.Said, error) {
	o, err := s.named(name)
	if err != nil {
		return signin.Said{}, err
	}
	m, err := o.meet(ctx)
	if err != nil {
		return signin.Said{}, err
	}
	if b.Issuer != "" && b.Issuer != o.URL || b.Issuer == "" && m.says {
		return signin.Said{}, refused("another issuer answers")
	}
	if len(b.Code) > 2048 {
		return signin.Said{}, refused("no code is so long")
	}
	c := m.oauth
	c.RedirectURL = a.Return
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, o.client), 2*mostTime)
	defer cancel()
	got, err := c.Exchange(ctx, b.Code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return signin.Said{}, answered(err)
	}
	raw, _ := got.Extra("id_token").(string)
	return o.believe(ctx, m, raw, got.AccessToken, a.Nonce)
}

// Leave returns the address at which the browser ends its session with an issuer (OpenID Connect RP-Initiated Logout 1.0), which leads
// back. It names this client and nobody who signs out: no token is kept that could.
//
// It fails with [fault.NotFound] if there is no such issuer, and with [fault.Unavailable] if it does not answer or has no such address.
func (s *Issuers) Leave(ctx context.Context, name, back string) (string, error) {
	o, err := s.named(name)
	if err != nil {
		return "", err
	}
	m, err := o.meet(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(m.leave)
	if err != nil || m.leave == "" {
		return "", down(errStays)
	}
	q := u.Query()
	q.Set("client_id", o.Client)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// client returns what asks one issuer and nobody else.
func client(hosts []string, loopback bool, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:       mostTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &bounded{hosts: hosts, loopback: loopback, roots: roots, dial: (&net.Dialer{Timeout: mostTime}).DialContext},
	}
}
