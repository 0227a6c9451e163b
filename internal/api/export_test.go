package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opentrm/opentrm/internal/keyring"
)

// Ask runs a handler for who has a session, as a route does: one whose answer is whole, one whose answer is written
// afterwards, and one that fails. It returns whom each was given, as she is when the answer is out, and whom the second
// was given, as she is while it is written.
func Ask(ctx context.Context, a *API, secret string) (after []keyring.Bearer, locked bool, err error) {
	in := &Session{Authorization: "Bearer " + secret}
	see := func(by keyring.Bearer) { after = append(after, by) }
	if _, err := answer(ctx, a, Route{}, in, func(_ context.Context, by keyring.Bearer, _ *Session) (*Nothing, error) {
		see(by)
		return nil, nil
	}); err != nil {
		return nil, false, err
	}
	out, err := answer(ctx, a, Route{}, in, func(_ context.Context, by keyring.Bearer, _ *Session) (*huma.StreamResponse, error) {
		see(by)
		return &huma.StreamResponse{Body: func(huma.Context) { locked = by.Locked() }}, nil
	})
	if err != nil {
		return nil, false, err
	}
	out.Body(nil)
	_, err = answer(ctx, a, Route{}, in, func(_ context.Context, by keyring.Bearer, _ *Session) (*huma.StreamResponse, error) {
		see(by)
		return nil, errors.New("it failed")
	})
	if err == nil {
		err = errors.New("it did not fail")
	} else {
		err = nil
	}
	return after, locked, err
}
