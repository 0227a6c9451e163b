// Package issuertest runs a real OpenID provider in the process of a test, and lets the test take control of it.
package issuertest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Provider is an OpenID provider: github.com/zitadel/oidc, on loopback, with what it has to remember kept here.
type Provider struct {
	URL     string
	Client  string
	Secret  string
	Returns []string         // where it sends browsers back
	Leaves  []string         // where it sends browsers that have signed out
	Form    bool             // it shows a page of its own before it sends a browser back
	Person  string           // who has signed in there: the subject of the next answers
	Now     func() time.Time // the time that its tokens tell; nil: its own

	// With full control of the provider:
	Claims   func(claims map[string]any)                                // changes what it says; the token is signed anew
	Token    func(claims []byte, key jose.JSONWebKey) string            // makes the token
	Answer   func(path string, w http.ResponseWriter, body []byte) bool // answers in its place
	Location func(to *url.URL)                                          // changes where it sends a browser
	Asked    func(r *http.Request)                                      // hears who asks

	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex
	keys     []key
	requests map[string]*request // by name
	codes    map[string]string   // name of the request by code
	ended    int
}

// key is a key with which tokens are signed.
type key struct {
	id   string
	half *ecdsa.PrivateKey
}

// Run starts a provider that knows one client, until the test ends.
func Run(t testing.TB, returns ...string) *Provider {
	t.Helper()
	p := &Provider{
		Client: "opentrm", Secret: "fictitious secret of a client", Returns: returns, Person: "person-1", t: t,
		requests: map[string]*request{}, codes: map[string]string{},
	}
	p.Rotate()
	p.server = httptest.NewUnstartedServer(nil)
	p.URL = "http://" + p.server.Listener.Addr().String()
	served, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{7}, CodeMethodS256: true, AuthMethodPost: true}, &storage{p: p}, op.StaticIssuer(p.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if p.Form && r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, `<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>State sign-in</title><style>button:focus { outline: 3px solid #000 }</style><main><p><a href="#before">DEMO: about this provider</a></p><form method="post"><button>DEMO: it is me</button></form><p><a href="#after">DEMO: help</a></p></main></html>`)
			return
		}
		p.signIn(r.FormValue("id"))
		http.Redirect(w, r, op.AuthCallbackURL(served)(op.ContextWithIssuer(r.Context(), p.URL), r.FormValue("id")), http.StatusFound)
	})
	mux.Handle("/", served)
	p.server.Config.Handler = p.controlled(mux)
	p.server.Start()
	t.Cleanup(p.Stop)
	return p
}

// Stop ends the provider.
func (p *Provider) Stop() { p.server.Close() }

// Ended is how many browsers have signed out.
func (p *Provider) Ended() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// Rotate gives the provider a new key, and forgets the one before.
func (p *Provider) Rotate() {
	p.t.Helper()
	half, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = []key{{"key-" + strconv.FormatInt(time.Now().UnixNano(), 36), half}}
}

// Key is the key with which it signs.
func (p *Provider) Key() jose.JSONWebKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.keys[0]
	return jose.JSONWebKey{Key: k.half, KeyID: k.id, Algorithm: string(jose.ES256), Use: "sig"}
}

// Sign makes a token of claims.
func (p *Provider) Sign(claims []byte, algorithm jose.SignatureAlgorithm, with any) string {
	p.t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: with}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		p.t.Fatal(err)
	}
	signed, err := s.Sign(claims)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// Go follows a browser from the address at which it asks to that at which it comes back.
func (p *Provider) Go(address string) *url.URL {
	p.t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 6 {
		r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, address, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		a, err := c.Do(r)
		if err != nil {
			p.t.Fatal(err)
		}
		body, _ := io.ReadAll(a.Body)
		_ = a.Body.Close()
		to, err := a.Location()
		if err != nil {
			p.t.Fatalf("%s leads nowhere: %d %s", address, a.StatusCode, body)
		}
		if !strings.HasPrefix(to.String(), p.URL+"/") {
			return to
		}
		address = to.String()
	}
	p.t.Fatal("the provider sends the browser around")
	return nil
}

// controlled lets the test change what the provider answers.
func (p *Provider) controlled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.Asked != nil {
			p.Asked(r)
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		if strings.HasSuffix(r.URL.Path, "/token") && rec.Code == http.StatusOK {
			body = p.told(body)
		}
		if p.Answer != nil && p.Answer(r.URL.Path, w, body) {
			return
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		if to, err := rec.Result().Location(); err == nil && p.Location != nil && !strings.HasPrefix(to.String(), p.URL) {
			p.Location(to)
			w.Header().Set("Location", to.String())
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(rec.Code)
		_, _ = io.Copy(w, bytes.NewReader(body))
	})
}

// told is the answer of the token endpoint, at the time of the test and changed as it says.
func (p *Provider) told(body []byte) []byte {
	if p.Now == nil && p.Claims == nil && p.Token == nil {
		return body
	}
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	text, _ := answer["id_token"].(string)
	t, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return body
	}
	var claims map[string]any
	if json.Unmarshal(t.UnsafePayloadWithoutVerification(), &claims) != nil {
		return body
	}
	if p.Now != nil {
		now := time.Now()
		off := p.Now().Sub(now)
		for _, name := range []string{"exp", "iat", "auth_time", "nbf"} {
			if at, ok := claims[name].(float64); ok {
				claims[name] = int64(at) + int64(off/time.Second)
			}
		}
	}
	if p.Claims != nil {
		p.Claims(claims)
	}
	signed, err := json.Marshal(claims)
	if err != nil {
		return body
	}
	if key := p.Key(); p.Token != nil {
		answer["id_token"] = p.Token(signed, key)
	} else {
		answer["id_token"] = p.Sign(signed, jose.ES256, key)
	}
	if out, err := json.Marshal(answer); err == nil {
		return out
	}
	return body
}
