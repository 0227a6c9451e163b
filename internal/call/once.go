package call

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
)

// A request with an idempotency key leaves a mark before anything is done, and its answer at the mark afterwards. A mark
// without an answer belongs to a request that is still running, or of which the node does not know whether it was done: the
// caller is told to look before asking again under a new key. A refusal is what the key stands for from then on, so that a
// repetition cannot slip through when the state has changed.
//
// The mark is of the person, the place in which she acts, the route and everything that she sent but her session; see
// [remembered]. The answer rests sealed to her own keys. One that holds content or a secret is not kept at all: it would
// outlive an erasure, or be read twice where once was promised.

// Answers remembers requests with an idempotency key, for a day.
type Answers interface {
	// Begin marks that a request is being answered; [fault.Conflict] if one is marked for that actor and key.
	Begin(ctx context.Context, a Answer) error
	// Finish keeps what was answered, at the mark of a; [fault.NotFound] if that is gone.
	Finish(ctx context.Context, a Answer) error
	// Forget takes the mark of a away if nothing was answered.
	Forget(ctx context.Context, a Answer) error
	// Kept returns the mark for an actor and key with what was answered; [fault.NotFound] if there is none.
	Kept(ctx context.Context, actor, key string) (Answer, error)
}

// Answer is one answer to one request.
type Answer struct {
	Actor    string // who asked
	Key      string // digest of the idempotency key
	Digest   string // of the request
	Response []byte // empty: none yet
}

// What a response begins with.
const (
	answerGone   = 1 // it was answered; the answer is not kept
	answerSealed = 2 // the rest is a keptAnswer, sealed to who asked
)

// wire of a kept answer.
type keptAnswer struct {
	Out     json.RawMessage `json:"out,omitempty"`
	Refused *Problem        `json:"refused,omitempty"`
}

// keepWithin bounds how long keeping an answer takes, which the caller cannot break off by going away: that she did not hear
// it is what it is kept for.
const keepWithin = 10 * time.Second

// Once is the part of a request that makes it safe to repeat.
type Once struct {
	Key string `header:"Idempotency-Key" json:"-" maxLength:"255" doc:"The same key with the same request, of the same person in the same place, gets the first answer again, for a day"`
}

func (o Once) key() string { return o.Key }

type repeatable interface{ key() string }

// Deed asks for something to be done that the route alone names.
type Deed struct {
	Session
	Once
}

// answerOnce runs the handler for who asks, once per idempotency key. The request is a pointer to it.
func (s *Site) answerOnce(ctx context.Context, line Route, by keyring.Bearer, in any, h handler) (any, error) {
	var body *Upload
	if s, ok := in.(streamer); ok {
		body = s.upload()
	}
	if err := body.declared(); err != nil {
		return nil, err
	}
	run := func() (any, error) {
		out, err := h.do(ctx, by, in)
		if err == nil {
			err = body.drained(line.Body)
		}
		return out, body.judged(err)
	}
	once, ok := in.(repeatable)
	if !ok || once.key() == "" {
		return run()
	}
	if !body.bound() {
		return nil, fault.New(fault.Invalid, "api.digest.missing")
	}
	request, err := json.Marshal(in)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	mark := Answer{
		Actor: string(by.User), Key: Digest([]byte(once.key())), Digest: remembered(by, line, once.key(), request, body.declaration()),
	}
	before, fresh, err := s.begin(ctx, by, mark)
	if err != nil {
		return nil, err
	}
	if !fresh {
		out := reflect.New(h.out).Interface()
		if err := body.drained(line.Body); err != nil {
			return nil, err
		}
		if before.Refused != nil {
			return nil, before.Refused
		}
		if err := json.Unmarshal(before.Out, out); err != nil {
			return nil, fault.Wrap(fault.Internal, "fault.internal", err)
		}
		return out, nil
	}
	out, err := run()
	if err != nil {
		return nil, s.refused(ctx, line, by, mark, body, err)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	s.finish(ctx, line, by, mark, keptAnswer{Out: b})
	return out, nil
}

// begin marks a request. It returns what was answered to an earlier one with the same key, or that there was none.
//
// It fails with [fault.Conflict] if the key was used for another request, the outcome is not known, or the answer is not kept.
func (s *Site) begin(ctx context.Context, by keyring.Bearer, mark Answer) (before keptAnswer, fresh bool, err error) {
	err = s.Answers.Begin(ctx, mark)
	if err == nil || !fault.Is(err, fault.Conflict) {
		return before, err == nil, err
	}
	first, err := s.Answers.Kept(ctx, mark.Actor, mark.Key)
	switch {
	case fault.Is(err, fault.NotFound): // it was taken away at this moment
		return before, false, fault.New(fault.Conflict, "api.once.unknown")
	case err != nil:
		return before, false, err
	case first.Digest != mark.Digest:
		return before, false, fault.New(fault.Conflict, "api.once.other")
	case len(first.Response) == 0:
		return before, false, fault.New(fault.Conflict, "api.once.unknown")
	case first.Response[0] != answerSealed:
		return before, false, fault.New(fault.Conflict, "api.once.gone")
	}
	b, err := by.OpenOwn(mark.aad(), first.Response[1:])
	if err != nil { // she has made new keys since
		return before, false, fault.Wrap(fault.Conflict, "api.once.gone", err)
	}
	if err := json.Unmarshal(b, &before); err != nil {
		return before, false, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return before, false, nil
}

// refused keeps a refusal that will not change by asking again, and returns it.
func (s *Site) refused(ctx context.Context, line Route, by keyring.Bearer, mark Answer, body *Upload, err error) error {
	p := explain(err)
	switch kind := fault.KindOf(err); {
	case kind == fault.Locked || body.differs() || fault.IsLater(err):
		// the same request is right once she has signed in, once it comes whole, once the pause is over
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
		defer stop()
		if failed := s.Answers.Forget(ctx, mark); failed != nil {
			s.unkept(ctx, line, failed)
		}
		return p
	case kind == fault.Internal || kind == fault.Unavailable: // whether something was done is not known
		return err
	}
	s.finish(ctx, line, by, mark, keptAnswer{Refused: p})
	return p
}

// finish keeps an answer for who asked. If that fails she has her answer all the same, and a repetition is told that the
// outcome is not known.
func (s *Site) finish(ctx context.Context, line Route, by keyring.Bearer, mark Answer, k keptAnswer) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer stop()
	mark.Response = []byte{answerGone}
	if k.Refused != nil || !line.Secret {
		b, err := json.Marshal(k)
		if err != nil {
			s.unkept(ctx, line, err)
			return
		}
		if sealed := by.SealOwn(mark.aad(), b); sealed != nil {
			mark.Response = append([]byte{answerSealed}, sealed...)
		}
	}
	if err := s.Answers.Finish(ctx, mark); err != nil {
		s.unkept(ctx, line, err)
	}
}

func (s *Site) unkept(ctx context.Context, line Route, err error) {
	s.Log.ErrorContext(ctx, "api.fault", "request", requestOf(ctx), "operation", line.ID, "key", "api.once.unknown", "cause", err.Error())
}

// aad ties a sealed answer to its mark.
func (m Answer) aad() []byte { return fmt.Appendf(nil, "%s:%s:%s", m.Actor, m.Key, m.Digest) }

// remembered tells two requests under one idempotency key apart, for a day, in the database: by the route, by the place in
// which she acts, and by everything that she sent but her session. A plain digest of a request would let a thief try names
// and telephone numbers until one fits, so it depends on the caller's own keys, and on the idempotency key, which is itself
// kept as a digest only.
func remembered(by keyring.Bearer, line Route, key string, request ...[]byte) string {
	whole := []byte(Digest(append([][]byte{[]byte(by.Role), []byte(by.Desk)}, request...)...))
	if m := by.Mark(whole); m != nil {
		whole = m
	}
	return Digest([]byte(line.ID), []byte(key), whole)
}
