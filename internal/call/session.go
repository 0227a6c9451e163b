package call

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Session is the part of a request that says who asks.
type Session struct {
	Authorization string `header:"Authorization" hidden:"true" json:"-"`
}

func (s Session) secret() (string, error) {
	secret, ok := strings.CutPrefix(s.Authorization, "Bearer ")
	if !ok || secret == "" {
		return "", fault.New(fault.Locked, "api.session")
	}
	return secret, nil
}

// Signed is a request that says who asks: it has a [Session] in it.
type Signed interface{ secret() (string, error) }

// Empty asks for nothing more than the route says.
type Empty struct{}

// OnlySession asks as whoever is signed in.
type OnlySession struct{ Session }

// Respond resumes the session, runs the handler of a route, and forgets the keys of who asked when the answer is out.
//
// It fails with [fault.Locked] if nobody is signed in, and as the handler fails.
func Respond[I Signed, O any](ctx context.Context, s *Site, line Route, in *I, fn func(context.Context, keyring.Bearer, *I) (*O, error)) (*O, error) {
	secret, err := (*in).secret()
	if err != nil {
		return nil, err
	}
	by, _, err := s.Signin.Resume(ctx, secret)
	if err != nil {
		return nil, err
	}
	streams := false
	defer func() {
		if !streams {
			by.Wipe()
		}
	}()
	if err := listed(by, line, in); err != nil {
		return nil, err
	}
	out, err := answerOnce(ctx, s, line, by, in, fn)
	if w, ok := any(out).(*huma.StreamResponse); ok && err == nil {
		body := w.Body
		streams, w.Body = true, func(hc huma.Context) {
			defer by.Wipe()
			body(hc)
		}
	}
	return out, err
}
