package issuertest

import (
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what the provider remembers.
type storage struct{ p *Provider }

var _ op.Storage = (*storage)(nil)

var errUnknown = errors.New("issuertest: there is no such thing")

// request is one question of a client, about whoever signs in.
type request struct {
	id   string
	of   oidc.AuthRequest
	who  string
	at   time.Time
	done bool
}

func (r *request) GetID() string                      { return r.id }
func (r *request) GetACR() string                     { return "level-2" }
func (r *request) GetAMR() []string                   { return []string{"pwd", "otp"} }
func (r *request) GetAudience() []string              { return []string{r.of.ClientID} }
func (r *request) GetAuthTime() time.Time             { return r.at }
func (r *request) GetClientID() string                { return r.of.ClientID }
func (r *request) GetNonce() string                   { return r.of.Nonce }
func (r *request) GetRedirectURI() string             { return r.of.RedirectURI }
func (r *request) GetScopes() []string                { return r.of.Scopes }
func (r *request) GetState() string                   { return r.of.State }
func (r *request) GetSubject() string                 { return r.who }
func (r *request) Done() bool                         { return r.done }
func (r *request) GetResponseType() oidc.ResponseType { return r.of.ResponseType }
func (r *request) GetResponseMode() oidc.ResponseMode { return r.of.ResponseMode }

func (r *request) GetCodeChallenge() *oidc.CodeChallenge {
	if r.of.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: r.of.CodeChallenge, Method: r.of.CodeChallengeMethod}
}

// signIn lets whoever sits there sign in.
func (p *Provider) signIn(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.requests[id]; r != nil {
		r.who, r.at, r.done = p.Person, time.Now(), true
	}
}

func (s *storage) CreateAuthRequest(_ context.Context, of *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	r := &request{id: "request-" + strconv.Itoa(len(s.p.requests)), of: *of}
	s.p.requests[r.id] = r
	return r, nil
}

func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if r := s.p.requests[id]; r != nil {
		return r, nil
	}
	return nil, errUnknown
}

func (s *storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	s.p.mu.Lock()
	id := s.p.codes[code]
	s.p.mu.Unlock()
	return s.AuthRequestByID(ctx, id)
}

func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.codes[code] = id
	return nil
}

// DeleteAuthRequest makes sure that a code is good once.
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.requests[id] = nil
	for code, of := range s.p.codes {
		if of == id {
			delete(s.p.codes, code)
		}
	}
	return nil
}

func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return "access", time.Now().Add(5 * time.Minute), nil
}

func (s *storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnknown
}

func (s *storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, errUnknown
}

func (s *storage) TerminateSession(context.Context, string, string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.ended++
	return nil
}

func (s *storage) RevokeToken(context.Context, string, string, string) *oidc.Error {
	return nil
}

func (s *storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return signing{s.p.Key()}, nil }

func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

func (s *storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{public{s.p.Key()}}, nil }

func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.p.Client {
		return nil, errUnknown
	}
	return party{s.p}, nil
}

func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.p.Client || subtle.ConstantTimeCompare([]byte(secret), []byte(s.p.Secret)) != 1 {
		return errUnknown
	}
	return nil
}

func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

func (s *storage) SetUserinfoFromToken(context.Context, *oidc.UserInfo, string, string, string) error {
	return nil
}

func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return nil
}

func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return map[string]any{}, nil
}

func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnknown
}

func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnknown
}
func (s *storage) Health(context.Context) error { return nil }

// signing and public are the two halves of a key, as the provider wants them.
type (
	signing struct{ k jose.JSONWebKey }
	public  struct{ k jose.JSONWebKey }
)

func (k signing) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k signing) Key() any                                    { return k.k.Key }
func (k signing) ID() string                                  { return k.k.KeyID }
func (k public) ID() string                                   { return k.k.KeyID }
func (k public) Algorithm() jose.SignatureAlgorithm           { return jose.ES256 }
func (k public) Use() string                                  { return "sig" }
func (k public) Key() any                                     { return k.k.Public().Key }

// party is the node, as the provider knows it.
type party struct{ p *Provider }

func (c party) GetID() string                        { return c.p.Client }
func (c party) RedirectURIs() []string               { return c.p.Returns }
func (c party) PostLogoutRedirectURIs() []string     { return c.p.Leaves }
func (c party) ApplicationType() op.ApplicationType  { return op.ApplicationTypeWeb }
func (c party) AuthMethod() oidc.AuthMethod          { return oidc.AuthMethodBasic }
func (c party) ResponseTypes() []oidc.ResponseType   { return []oidc.ResponseType{oidc.ResponseTypeCode} }
func (c party) GrantTypes() []oidc.GrantType         { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c party) LoginURL(id string) string            { return "/login?id=" + id }
func (c party) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (c party) IDTokenLifetime() time.Duration       { return 5 * time.Minute }
func (c party) DevMode() bool                        { return true }
func (c party) IsScopeAllowed(string) bool           { return false }
func (c party) IDTokenUserinfoClaimsAssertion() bool { return false }
func (c party) ClockSkew() time.Duration             { return 0 }

//lint:ignore ST1003 the library names it
func (c party) RestrictAdditionalIdTokenScopes() func([]string) []string { return none }

func (c party) RestrictAdditionalAccessTokenScopes() func([]string) []string { return none }

func none([]string) []string { return nil }
