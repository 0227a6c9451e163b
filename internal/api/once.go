package api

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/fault"
)

// An idempotency key leaves up to two marks. The first, without a response, is made before anything is done; the
// second, with the response, afterwards. A key with the first mark alone belongs to a request that is still running, or
// of which the node does not know whether it was done: the caller is told to look before asking again under a new key.
// A request that was refused takes nothing back: the refusal is what the key stands for, so that a repetition cannot
// slip through when the state has changed.

// wire of a kept answer.
type keptAnswer struct {
	Out     json.RawMessage `json:"out,omitempty"`
	Refused *Problem        `json:"refused,omitempty"`
}

func (m Answer) done() Answer { m.Key = "done:" + m.Key; return m }

// before looks for an earlier request with the same key, and marks this one if there was none. It returns the response
// of the earlier one.
//
// It fails with [fault.Conflict] if the key was used for another request, or the outcome is not known, and as the
// earlier one did.
func (a *API) before(ctx context.Context, mark Answer) (json.RawMessage, error) {
	err := a.Answers.Keep(ctx, mark)
	if err == nil {
		return nil, nil
	}
	if !fault.Is(err, fault.Conflict) {
		return nil, err
	}
	first, err := a.Answers.Kept(ctx, mark.Actor, mark.Key)
	if err != nil {
		return nil, err
	}
	if first.Digest != mark.Digest {
		return nil, fault.New(fault.Conflict, "api.once.other")
	}
	done, err := a.Answers.Kept(ctx, mark.Actor, mark.done().Key)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Conflict, "api.once.unknown")
	}
	if err != nil {
		return nil, err
	}
	var k keptAnswer
	if err := json.Unmarshal(done.Response, &k); err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	if k.Refused != nil {
		return nil, k.Refused
	}
	return k.Out, nil
}

// kept keeps the answer, unless it holds what may not rest unsealed.
func (a *API) kept(ctx context.Context, line Route, mark Answer, out any) error {
	if line.Secret {
		return nil
	}
	b, err := json.Marshal(out)
	if err != nil {
		return fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return a.keep(ctx, mark, keptAnswer{Out: b})
}

// forgo keeps a refusal that will not change by asking again, and returns it.
func (a *API) forgo(ctx context.Context, mark Answer, err error) error {
	p := explain(err)
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable: // whether something was done is not known
		return err
	}
	if err := a.keep(ctx, mark, keptAnswer{Refused: p}); err != nil {
		return err
	}
	return p
}

func (a *API) keep(ctx context.Context, mark Answer, k keptAnswer) error {
	b, err := json.Marshal(k)
	if err != nil {
		return fault.Wrap(fault.Internal, "fault.internal", err)
	}
	m := mark.done()
	m.Response = b
	return a.Answers.Keep(ctx, m)
}
