package issuer_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/issuer/issuertest"
	"github.com/opentrm/opentrm/internal/signin"
)

const comesBack = "https://mk.example/signin/from/state"

// pair is a provider and the node that asks it.
type pair struct {
	t   *testing.T
	p   *issuertest.Provider
	all *issuer.Issuers
	now time.Time // of the node
}

func meet(t *testing.T, change func(*issuer.Config)) *pair {
	t.Helper()
	x := &pair{t: t, p: issuertest.Run(t, comesBack), now: time.Now()}
	c := issuer.Config{Name: "state", Title: "State sign-in", URL: x.p.URL, Client: x.p.Client, Secret: x.p.Secret}
	if change != nil {
		change(&c)
	}
	x.p.Now = func() time.Time { return x.now }
	var err error
	if x.all, err = issuer.New([]issuer.Config{c}, true, func() time.Time { return x.now }); err != nil {
		t.Fatal(err)
	}
	return x
}

var asking = signin.Asking{State: "state-1", Nonce: "nonce-1", Verifier: strings.Repeat("v", 43), Return: comesBack}

// brought asks, signs in there, and is what the browser brings back.
func (x *pair) brought() signin.Brought {
	x.t.Helper()
	at, err := x.all.Begin(x.t.Context(), "state", asking)
	if err != nil {
		x.t.Fatal(err)
	}
	q := x.p.Go(at).Query()
	return signin.Brought{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss")}
}

func (x *pair) said() (signin.Said, error) {
	x.t.Helper()
	return x.all.Finish(x.t.Context(), "state", asking, x.brought())
}

func refuses(t *testing.T, what string, err error, key string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s is believed", what)
		return
	}
	if _, got, _ := fault.Public(err); got != key {
		t.Errorf("%s: %v (%s), want %s", what, err, got, key)
	}
}

func TestAProviderSaysWhoCame(t *testing.T) {
	x := meet(t, func(c *issuer.Config) {
		c.MaxAge, c.ACR, c.AMR, c.Scopes = "10m", []string{"level-1", "level-2"}, []string{"otp"}, []string{"profile"}
	})
	var asked []string
	x.p.Asked = func(r *http.Request) { asked = append(asked, r.URL.Path) }
	at, err := x.all.Begin(t.Context(), "state", asking)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "opentrm", "redirect_uri": comesBack, "state": "state-1", "nonce": "nonce-1", "code_challenge_method": "S256",
		"max_age": "600", "acr_values": "level-1 level-2", "scope": "openid profile",
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := u.Query().Get("code_challenge"); len(got) != 43 || strings.Contains(at, asking.Verifier) {
		t.Errorf("the proof of who asked is %q in %s", got, at)
	}
	said, err := x.said()
	if err != nil || said.Subject != "person-1" {
		t.Fatalf("%+v, %v", said, err)
	}
	for range 3 {
		if _, err := x.said(); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, path := range asked {
		if strings.HasSuffix(path, "openid-configuration") || strings.HasSuffix(path, "/keys") {
			n++
		}
	}
	if n != 2 {
		t.Errorf("what the issuer publishes was read %d times: %v", n, asked)
	}
}

// Whoever has the provider, or stands between, says what she likes: nothing of it is believed but a fresh answer to this question.
func TestWhatProvesNothingIsRefused(t *testing.T) {
	x := meet(t, func(c *issuer.Config) { c.MaxAge, c.ACR, c.AMR = "10m", []string{"level-2"}, []string{"otp"} })
	const no = "signin.issuer.refused"
	at := func(d time.Duration) int64 { return x.now.Add(d).Unix() }
	for what, change := range map[string]func(map[string]any){
		"another nonce":                   func(c map[string]any) { c["nonce"] = "nonce-2" },
		"no nonce":                        func(c map[string]any) { delete(c, "nonce") },
		"a token of another client":       func(c map[string]any) { c["aud"] = []string{"somebody else"} },
		"a token of two clients":          func(c map[string]any) { c["aud"] = []string{"opentrm", "somebody else"}; delete(c, "azp") },
		"a token made for another party":  func(c map[string]any) { c["aud"] = []string{"opentrm", "other"}; c["azp"] = "other" },
		"another issuer":                  func(c map[string]any) { c["iss"] = "https://elsewhere.example" },
		"an issuer with a slash":          func(c map[string]any) { c["iss"] = x.p.URL + "/" },
		"a token that is over":            func(c map[string]any) { c["exp"] = at(-2 * time.Minute) },
		"no end":                          func(c map[string]any) { delete(c, "exp") },
		"no beginning":                    func(c map[string]any) { delete(c, "iat") },
		"a token of tomorrow":             func(c map[string]any) { c["iat"] = at(2 * time.Minute) },
		"a token that begins tomorrow":    func(c map[string]any) { c["nbf"] = at(2 * time.Minute) },
		"an old token":                    func(c map[string]any) { c["iat"] = at(-12 * time.Minute) },
		"she was there an hour ago":       func(c map[string]any) { c["auth_time"] = at(-time.Hour) },
		"nobody says when she was there":  func(c map[string]any) { delete(c, "auth_time") },
		"she will have been there":        func(c map[string]any) { c["auth_time"] = at(time.Hour) },
		"less than was demanded":          func(c map[string]any) { c["acr"] = "level-1" },
		"nobody says how":                 func(c map[string]any) { delete(c, "acr") },
		"in another way than demanded":    func(c map[string]any) { c["amr"] = []string{"pwd"} },
		"nobody":                          func(c map[string]any) { c["sub"] = "" },
		"nobody at all":                   func(c map[string]any) { delete(c, "sub") },
		"somebody with too long a name":   func(c map[string]any) { c["sub"] = strings.Repeat("x", 256) },
		"a name of signs that do nothing": func(c map[string]any) { c["sub"] = "person-1\n" },
		"a name that is a number":         func(c map[string]any) { c["sub"] = 1 },
		"another access token":            func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
		"an end that is no number":        func(c map[string]any) { c["exp"] = "tomorrow" },
	} {
		x.p.Claims = change
		_, err := x.said()
		refuses(t, what, err, no)
	}
	x.p.Claims = func(c map[string]any) { c["exp"], c["iat"] = at(-30*time.Second), at(30*time.Second) }
	if _, err := x.said(); err != nil {
		t.Errorf("clocks that differ by half a minute: %v", err)
	}
	x.p.Claims = nil
	other := issuertest.Run(t, comesBack)
	part := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	for what, token := range map[string]func([]byte, jose.JSONWebKey) string{
		"no token": func([]byte, jose.JSONWebKey) string { return "" },
		"no signature": func(c []byte, _ jose.JSONWebKey) string {
			return part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(c) + "."
		},
		"a shared secret, the one of the client": func(c []byte, _ jose.JSONWebKey) string {
			return x.p.Sign(c, jose.HS256, []byte(strings.Repeat(x.p.Secret, 2)))
		},
		"the public half as a shared secret": func(c []byte, k jose.JSONWebKey) string {
			public, _ := json.Marshal(k.Public())
			return x.p.Sign(c, jose.HS256, public)
		},
		"a key of somebody else": func(c []byte, _ jose.JSONWebKey) string { return x.p.Sign(c, jose.ES256, other.Key()) },
		"a key of somebody else by the name of theirs": func(c []byte, k jose.JSONWebKey) string {
			theirs := other.Key()
			theirs.KeyID = k.KeyID
			return x.p.Sign(c, jose.ES256, theirs)
		},
		"a signature of other claims": func(c []byte, k jose.JSONWebKey) string {
			parts := strings.Split(x.p.Sign(c, jose.ES256, k), ".")
			return parts[0] + "." + part([]byte(strings.Replace(string(c), "person-1", "person-2", 1))) + "." + parts[2]
		},
		"three words": func([]byte, jose.JSONWebKey) string { return "this.is.nothing" },
	} {
		x.p.Token = token
		_, err := x.said()
		refuses(t, what, err, no)
	}
	x.p.Token = nil
	b := x.brought()
	if _, err := x.all.Finish(t.Context(), "state", asking, b); err != nil {
		t.Fatal(err)
	}
	_, err := x.all.Finish(t.Context(), "state", asking, b)
	refuses(t, "a code that was redeemed", err, no)
	a := asking
	a.Verifier = strings.Repeat("w", 43)
	_, err = x.all.Finish(t.Context(), "state", a, x.brought())
	refuses(t, "a code that another browser asked for", err, no)
	a = asking
	a.Return = "https://evil.example/signin/from/state"
	_, err = x.all.Finish(t.Context(), "state", a, x.brought())
	refuses(t, "a code that was brought elsewhere", err, no)
	b = x.brought()
	b.Issuer = "https://elsewhere.example"
	_, err = x.all.Finish(t.Context(), "state", asking, b)
	refuses(t, "an answer of another issuer", err, no)
	b = x.brought()
	b.Code = strings.Repeat("x", 4000)
	_, err = x.all.Finish(t.Context(), "state", asking, b)
	refuses(t, "a code without end", err, no)
}

// published changes what the provider publishes about itself.
func (x *pair) published(change func(map[string]any)) {
	x.p.Answer = func(path string, w http.ResponseWriter, body []byte) bool {
		if !strings.HasSuffix(path, "openid-configuration") {
			return false
		}
		var all map[string]any
		if err := json.Unmarshal(body, &all); err != nil {
			x.t.Error(err)
		}
		change(all)
		out, _ := json.Marshal(all)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(out)
		return true
	}
}

func TestOnlyTheIssuerIsAsked(t *testing.T) {
	x := meet(t, nil)
	other := issuertest.Run(t, comesBack)
	other.Asked = func(r *http.Request) { t.Errorf("somebody else was asked: %s", r.URL) }
	const down = "signin.issuer.down"
	for what, change := range map[string]func(map[string]any){
		"a browser is sent elsewhere":      func(c map[string]any) { c["authorization_endpoint"] = "https://evil.example/authorize" },
		"a script":                         func(c map[string]any) { c["authorization_endpoint"] = "javascript:alert(1)" },
		"the code is brought elsewhere":    func(c map[string]any) { c["token_endpoint"] = other.URL + "/oauth/token" },
		"keys are elsewhere":               func(c map[string]any) { c["jwks_uri"] = other.URL + "/keys" },
		"a name and password in addresses": func(c map[string]any) { c["token_endpoint"] = strings.Replace(x.p.URL, "//", "//a:b@", 1) },
		"it calls itself otherwise":        func(c map[string]any) { c["issuer"] = other.URL },
		"it takes no proof of who asked":   func(c map[string]any) { c["code_challenge_methods_supported"] = []string{"plain"} },
		"it signs with a shared secret":    func(c map[string]any) { c["id_token_signing_alg_values_supported"] = []string{"HS256", "none"} },
		"it publishes without end":         func(c map[string]any) { c["x"] = strings.Repeat("x", 300<<10) },
	} {
		x.published(change)
		x.now = x.now.Add(time.Minute)
		_, err := x.all.Begin(t.Context(), "state", asking)
		refuses(t, what, err, down)
		if err != nil && (strings.Contains(err.Error(), "evil") || strings.Contains(err.Error(), "xxx") || strings.Contains(err.Error(), other.URL)) {
			t.Errorf("%s: what it said is repeated: %v", what, err)
		}
	}
	x.p.Answer = func(_ string, w http.ResponseWriter, _ []byte) bool {
		w.Header().Set("Location", other.URL+"/.well-known/openid-configuration")
		w.WriteHeader(http.StatusFound)
		return true
	}
	x.now = x.now.Add(time.Minute)
	_, err := x.all.Begin(t.Context(), "state", asking)
	refuses(t, "it leads elsewhere", err, down)
	x.p.Answer = nil
	_, err = x.all.Begin(t.Context(), "state", asking)
	refuses(t, "a moment later", err, down)
	x.now = x.now.Add(time.Minute)
	if _, err := x.said(); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	// Where it says that it says who answers, it must.
	x = meet(t, nil)
	x.published(func(c map[string]any) { c["authorization_response_iss_parameter_supported"] = true })
	b := x.brought()
	b.Issuer = ""
	_, err = x.all.Finish(t.Context(), "state", asking, b)
	refuses(t, "nobody says who answers", err, "signin.issuer.refused")
	b.Issuer = x.p.URL
	if _, err = x.all.Finish(t.Context(), "state", asking, b); err != nil {
		t.Errorf("the issuer says that it answers: %v", err)
	}
}

func TestKeysChangeAndProvidersFail(t *testing.T) {
	x := meet(t, nil)
	if _, err := x.said(); err != nil {
		t.Fatal(err)
	}
	old := x.p.Key()
	x.p.Rotate()
	if _, err := x.said(); err != nil {
		t.Errorf("with a new key: %v", err)
	}
	// A key that was withdrawn is believed no longer than what was published is kept.
	x.p.Token = func(c []byte, _ jose.JSONWebKey) string { return x.p.Sign(c, jose.ES256, old) }
	_, err := x.said()
	refuses(t, "a key that was withdrawn", err, "signin.issuer.refused")
	x.p.Token = nil
	large := func(at string) func(string, http.ResponseWriter, []byte) bool {
		return func(path string, w http.ResponseWriter, _ []byte) bool {
			if !strings.HasSuffix(path, at) {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"id_token":"` + strings.Repeat("x", 300<<10) + `"}`))
			return true
		}
	}
	x.p.Answer = large("/token")
	_, err = x.said()
	refuses(t, "an answer without end", err, "signin.issuer.down")
	x.p.Rotate()
	x.p.Answer = large("/keys")
	_, err = x.said()
	refuses(t, "keys without end", err, "signin.issuer.refused")
	x.p.Answer = func(path string, w http.ResponseWriter, _ []byte) bool {
		if strings.HasSuffix(path, "/token") {
			w.WriteHeader(http.StatusBadGateway)
		}
		return strings.HasSuffix(path, "/token")
	}
	_, err = x.said()
	refuses(t, "an issuer that fails", err, "signin.issuer.down")
	x.p.Answer = nil
	b := x.brought()
	x.p.Stop()
	_, err = x.all.Finish(t.Context(), "state", asking, b)
	refuses(t, "an issuer that is gone", err, "signin.issuer.down")
	x.now = x.now.Add(2 * time.Hour)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = x.all.Begin(gone, "state", asking)
	refuses(t, "an issuer that is gone, an hour later", err, "signin.issuer.down")
}

func TestConfigurationIsRead(t *testing.T) {
	read := func(string) ([]byte, error) { return []byte("a secret\n"), nil }
	all, err := issuer.Parse([]byte(`{"issuers":[{"name":"state","title":"State","issuer":"https://login.example","client":"trm","secret-file":"/x","second":true}]}`), read)
	if err != nil || len(all) != 1 || all[0].Secret != "a secret" || !all[0].Second {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := issuer.New(all, false, time.Now); err != nil {
		t.Error(err)
	}
	if _, err := issuer.Parse([]byte(`{"issuers":[{"secret":"in clear"}]}`), read); err == nil {
		t.Error("a secret in the file is taken")
	}
	if _, err := issuer.Parse([]byte(`{"issuers":[{"ca-file":"/x"}]}`), read); err == nil {
		t.Error("a certificate that is none is taken")
	}
	for field, change := range map[string]func(*issuer.Config){
		"name":    func(c *issuer.Config) { c.Name = "../x" },
		"title":   func(c *issuer.Config) { c.Title = " " },
		"client":  func(c *issuer.Config) { c.Client = "" },
		"max-age": func(c *issuer.Config) { c.MaxAge = "soon" },
		"issuer":  func(c *issuer.Config) { c.URL = "http://login.example" },
	} {
		c := all[0]
		change(&c)
		_, err := issuer.New([]issuer.Config{c}, false, time.Now)
		if _, _, args := fault.Public(err); args["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, address := range []string{"http://127.0.0.1:1", "https://localhost", "https://[::1]", "https://a:b@login.example", "https://login.example?x", "", "login.example"} {
		c := all[0]
		c.URL = address
		if _, err := issuer.New([]issuer.Config{c}, false, time.Now); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	if _, err := issuer.New([]issuer.Config{all[0], all[0]}, false, time.Now); err == nil {
		t.Error("one issuer twice is taken")
	}
}
