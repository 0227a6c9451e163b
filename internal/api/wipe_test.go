package api_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// ask runs a handler for who has a session, as a route does: one whose answer is whole, one whose answer is written
// afterwards, and one that fails. It returns whom each was given, as she is when the answer is out, and whom the second
// was given, as she is while it is written.
func ask(ctx context.Context, a *call.Site, secret string) (after []keyring.Bearer, locked bool, err error) {
	in := &call.Session{Authorization: "Bearer " + secret}
	see := func(by keyring.Bearer) { after = append(after, by) }
	if _, err := call.Respond(ctx, a, call.Route{}, in, func(_ context.Context, by keyring.Bearer, _ *call.Session) (*call.Nothing, error) {
		see(by)
		return nil, nil
	}); err != nil {
		return nil, false, err
	}
	out, err := call.Respond(ctx, a, call.Route{}, in, func(_ context.Context, by keyring.Bearer, _ *call.Session) (*call.Streamed, error) {
		see(by)
		return &call.Streamed{Body: func(io.Writer) { locked = by.Locked() }}, nil
	})
	if err != nil {
		return nil, false, err
	}
	out.Body(nil)
	_, err = call.Respond(ctx, a, call.Route{}, in, func(_ context.Context, by keyring.Bearer, _ *call.Session) (*call.Streamed, error) {
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

// The keys of who asked are in memory until the answer is out, and no longer.
func TestTheKeysOfWhoAskedAreForgottenWithTheAnswer(t *testing.T) {
	mk := nodetest.New(t, nodetest.At("MK")).Node("MK")
	after, locked, err := ask(t.Context(), &mk.API.Site, mk.SignIn("ana"))
	if err != nil {
		t.Fatal(err)
	}
	if locked {
		t.Error("forgotten while the answer was written")
	}
	for i, by := range after {
		if !by.Locked() {
			t.Errorf("%d: her keys are still open", i)
		}
	}
	if len(after) != 3 {
		t.Errorf("asked %d times", len(after))
	}
}
