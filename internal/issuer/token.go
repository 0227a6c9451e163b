package issuer

import (
	"context"
	"crypto/subtle"
	"errors"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/signin"
)

func refused(why string) error {
	return fault.Wrap(fault.Denied, "signin.issuer.refused", errors.New("issuer: "+why))
}

// claims are what of an ID token is looked at beside what go-oidc looks at.
type claims struct {
	Party    string   `json:"azp"`
	NotAfter *float64 `json:"exp"`
	NotUntil float64  `json:"nbf"`
	Made     *float64 `json:"iat"`
	Shown    *float64 `json:"auth_time"`
	Class    string   `json:"acr"`
	Methods  []string `json:"amr"`
}

// believe looks at an ID token: who made it, for whom, when, and in answer to which question.
//
// It fails with [fault.Denied] "signin.issuer.refused".
func (o *one) believe(ctx context.Context, m *met, raw, access, nonce string) (signin.Said, error) {
	if raw == "" || nonce == "" {
		return signin.Said{}, refused("there is no ID token")
	}
	if _, err := m.keys.VerifySignature(ctx, raw); silent(err) || errors.Is(err, errLarge) || errors.Is(err, errElsewhere) {
		return signin.Said{}, down(plain(err)) // its keys are not to be had: nothing is known about the token
	}
	t, err := m.verify.Verify(ctx, raw) // signature, algorithm, issuer, audience
	if err != nil {
		return signin.Said{}, refused("the ID token is not the issuer's for us")
	}
	var c claims
	if err := t.Claims(&c); err != nil {
		return signin.Said{}, refused("the ID token cannot be read")
	}
	if subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1 {
		return signin.Said{}, refused("the ID token answers another question")
	}
	if len(t.Audience) > 1 && c.Party == "" || c.Party != "" && c.Party != o.Client {
		return signin.Said{}, refused("the ID token was made for another party")
	}
	if t.AccessTokenHash != "" && t.VerifyAccessToken(access) != nil {
		return signin.Said{}, refused("the ID token came with another access token")
	}
	if err := o.timely(c); err != nil {
		return signin.Said{}, err
	}
	if len(o.ACR) > 0 && !slices.Contains(o.ACR, c.Class) {
		return signin.Said{}, refused("she has not shown enough of herself")
	}
	for _, method := range o.AMR {
		if !slices.Contains(c.Methods, method) {
			return signin.Said{}, refused("she has not shown herself so")
		}
	}
	if !signin.SubjectForm(t.Subject) {
		return signin.Said{}, refused("the ID token names nobody")
	}
	return signin.Said{Subject: t.Subject}, nil
}

// timely looks at the times of an ID token.
func (o *one) timely(c claims) error {
	if c.NotAfter == nil || c.Made == nil {
		return refused("the ID token has no time")
	}
	now, at := o.now(), func(s float64) time.Time { return time.Unix(int64(min(max(s, 0), 1<<40)), 0) }
	switch made := at(*c.Made); {
	case !now.Before(at(*c.NotAfter).Add(mostSkew)):
		return refused("the ID token is over")
	case now.Before(at(c.NotUntil).Add(-mostSkew)), now.Before(made.Add(-mostSkew)):
		return refused("the ID token is of a time to come")
	case now.Sub(made) > mostAge+mostSkew:
		return refused("the ID token is old")
	}
	if o.age == 0 {
		return nil
	}
	if c.Shown == nil || now.Sub(at(*c.Shown)) > o.age+mostSkew || now.Before(at(*c.Shown).Add(-mostSkew)) {
		return refused("she has not shown the issuer lately who she is")
	}
	return nil
}

// silent reports whether nobody answered when the keys of the issuer were asked for.
func silent(err error) bool {
	var u *url.Error
	var n net.Error
	return errors.As(err, &u) || errors.As(err, &n) || errors.Is(err, context.DeadlineExceeded)
}
