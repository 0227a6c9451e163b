package call

import (
	"context"
	"io"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
)

// Session is the part of a request that says who asks.
type Session struct {
	Authorization string `header:"Authorization" hidden:"true" json:"-"`

	address string // from which it came
}

func (s *Session) from(address string) { s.address = address }

func (s Session) source() string { return s.address }

func (s Session) secret() (string, error) {
	secret, ok := strings.CutPrefix(s.Authorization, "Bearer ")
	if !ok || secret == "" {
		return "", fault.New(fault.Locked, "api.session")
	}
	return secret, nil
}

// Signed is a request that says who asks: it has a [Session] in it.
type Signed interface {
	secret() (string, error)
	source() string
}

// Empty asks for nothing more than the route says.
type Empty struct{}

// OnlySession asks as whoever is signed in.
type OnlySession struct{ Session }

// Respond does with a request what its route does: it resumes the session, runs the handler, and forgets the keys of who asked
// when the answer is out.
//
// It fails with [fault.Locked] if nobody is signed in, and as the handler fails.
func Respond[I Signed, O any](ctx context.Context, s *Site, line Route, in I, fn func(context.Context, keyring.Bearer, I) (O, error)) (O, error) {
	out, err := s.respond(ctx, line, in, handlerOf(fn))
	whole, _ := out.(O)
	return whole, err
}

// enter finds out who asks: somebody who is signed in, or a program with its token.
func (s *Site) enter(ctx context.Context, secret, address string, line Route) (keyring.Bearer, error) {
	if signin.IsToken(secret) {
		return s.Signin.Enter(ctx, secret, address, signin.Way{Action: line.Action, Reads: line.Method == Get})
	}
	by, u, err := s.Signin.Resume(ctx, secret)
	if err == nil && (u.Owes || u.Unlinked) && line.Action != access.SignOutSession {
		by.Wipe()
		return keyring.Bearer{}, fault.New(fault.Denied, "signin.owes")
	}
	return by, err
}

// respond is [Respond] for a request, a pointer to it, and an answer of any type.
func (s *Site) respond(ctx context.Context, line Route, in Signed, h handler) (any, error) {
	secret, err := in.secret()
	if err != nil {
		return nil, err
	}
	by, err := s.enter(ctx, secret, in.source(), line)
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
	out, err := s.answerOnce(ctx, line, by, in, h)
	if a, ok := out.(*Streamed); ok && err == nil {
		body := a.Body
		streams, a.Body = true, func(w io.Writer) {
			defer by.Wipe()
			body(w)
		}
	}
	return out, err
}
