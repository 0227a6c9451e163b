package message

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Open shows a message to a member of its desk. The first who opens a received one lets the sender know
// that a person has read it, and seals it anew under the key of the thread.
//
// It fails with [fault.Hidden] for a message that is not her desk's, whether it exists or not, with
// [fault.Denied] and [fault.Locked], with [fault.Conflict] "message.erased", with [fault.Invalid]
// "message.spoiled" if what was sealed is no message, which the sender is told, and with [fault.Stale] if
// the intake key that it was sealed to was destroyed.
func (s *Service) Open(ctx context.Context, by keyring.Bearer, message id.Message) (Letter, error) {
	var l Letter
	var spoiled error
	err := s.Write(ctx, audit.Saw(by.Actor, access.ReadMessage, string(message)), func(tx Tx) error {
		m, t, err := s.mine(ctx, tx, by.Actor, access.ReadMessage, message)
		if err != nil {
			return err
		}
		spoiled = nil
		if m.State == Spoiled {
			return fault.New(fault.Invalid, "message.spoiled")
		}
		t, key, err := s.unlock(ctx, tx, by, t)
		if err != nil {
			return err
		}
		defer key.Wipe()
		if err := tx.SetThread(ctx, t); err != nil {
			return err
		}
		if m.State != Sealed {
			l, err = s.kept(key, m)
			return err
		}
		l, spoiled, err = s.first(ctx, tx, by, key, m)
		return err
	})
	if err == nil {
		err = spoiled
	}
	if err != nil {
		return Letter{}, err
	}
	return l, nil
}

// kept opens a copy that rests under the key of its thread.
func (s *Service) kept(key seal.Key, m Message) (Letter, error) {
	plain, err := key.Open(s.field(m).AAD(), m.Body)
	if err != nil {
		return Letter{}, fault.Wrap(fault.Internal, "message.copy", err)
	}
	defer clear(plain)
	w, err := parseLetter(plain)
	if err != nil {
		return Letter{}, fault.Wrap(fault.Internal, "message.copy", err)
	}
	return Letter{Message: m, Language: w.Language, Text: w.Text}, nil
}

// first opens a received message out of its envelope. What opens and is no message is refused after the
// fact, and spoiled says so; what does not open at all was damaged by the sender and is treated alike.
func (s *Service) first(
	ctx context.Context, tx Tx, by keyring.Bearer, key seal.Key, m Message,
) (l Letter, spoiled, err error) {
	in, err := tx.In(ctx, m.Envelope)
	if err != nil {
		return l, nil, err
	}
	if in.Bytes == nil {
		return l, nil, fault.New(fault.Conflict, "message.erased")
	}
	e, err := envelope.Parse(in.Bytes)
	if err != nil {
		return l, nil, fault.Wrap(fault.Internal, "message.envelope", err)
	}
	private, err := s.Keys.OpenIntakeIn(ctx, tx, by, m.Desk, m.Intake)
	if err != nil {
		return l, nil, err
	}
	plain, err := e.OpenContent(private)
	defer clear(plain)
	var w wire
	if err == nil {
		w, err = parseOwn(plain, m)
	}
	m.By, m.Opened = by.User, s.now()
	receipt := envelope.Receipt{Stage: envelope.Opened}
	switch {
	case err == nil:
		copied, err := frame.Encode(w)
		if err != nil {
			return l, nil, err
		}
		defer clear(copied)
		m.State, m.Intake = Read, ""
		m.Body = key.Seal(s.field(m).AAD(), copied)
		l = Letter{Message: m, Language: w.Language, Text: w.Text}
	case fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge):
		m.State, m.Intake = Spoiled, ""
		receipt = envelope.Receipt{Stage: envelope.Refused, Refusal: envelope.BadBody}
		spoiled = fault.Wrap(fault.Invalid, "message.spoiled", err)
	default:
		return l, nil, err
	}
	if err := tx.SetMessage(ctx, m); err != nil {
		return l, nil, err
	}
	if _, err := s.Tasks.DoneIn(ctx, tx, string(m.ID), TaskRead); err != nil {
		return l, nil, err
	}
	return l, spoiled, s.Exchange.Answer(ctx, tx, m.Envelope, receipt)
}

// known returns an end of a thread at the actor's desk on which she may perform action. One that is missing
// is hidden, so that nobody can tell the two apart.
func (s *Service) known(ctx context.Context, tx ThreadTx, who access.Actor, action access.Action, thread id.Thread) (Thread, error) {
	t, err := tx.Thread(ctx, thread, who.Desk)
	if fault.Is(err, fault.NotFound) {
		return Thread{}, fault.Wrap(fault.Hidden, "access.hidden", err)
	}
	if err != nil {
		return Thread{}, err
	}
	return t, access.Check(who, action, t.resource())
}

// mine returns a message at the actor's desk, with its thread.
func (s *Service) mine(
	ctx context.Context, tx ThreadTx, who access.Actor, action access.Action, message id.Message,
) (Message, Thread, error) {
	m, err := tx.Message(ctx, message, who.Desk)
	if fault.Is(err, fault.NotFound) {
		return Message{}, Thread{}, fault.Wrap(fault.Hidden, "access.hidden", err)
	}
	if err != nil {
		return Message{}, Thread{}, err
	}
	t, err := s.known(ctx, tx, who, action, m.Thread)
	return m, t, err
}
