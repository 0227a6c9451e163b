package message

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Compose seals a message to the other desk of a thread, or to the desk with which a new one begins, and
// keeps a copy for the writer's own desk.
//
// It fails with [fault.Denied] if the bearer may not write, [fault.Hidden] for a thread that is not her
// desk's, whether it exists or not, [fault.Locked] if her keys are not open, [fault.Invalid] naming the
// field, [fault.TooLarge] "message.too-long", [fault.Conflict] "message.erased", and as
// [exchange.Service.Seal] does.
func (s *Service) Compose(ctx context.Context, by keyring.Bearer, in Draft) (Message, error) {
	w, err := s.drafted(by, in)
	if err != nil {
		return Message{}, err
	}
	var m Message
	err = s.Write(ctx, audit.Did(by.Actor, access.WriteMessage, string(w.ID)).For(in.Basis), func(tx Tx) error {
		m, err = s.composeIn(ctx, tx, by, in, w)
		return err
	})
	return m, err
}

// ComposeIn is [Service.Compose] in the transaction of what is said by it, which has written down why.
//
// It fails as that does.
func (s *Service) ComposeIn(ctx context.Context, tx Tx, by keyring.Bearer, in Draft) (Message, error) {
	w, err := s.drafted(by, in)
	if err != nil {
		return Message{}, err
	}
	return s.composeIn(ctx, tx, by, in, w)
}

// drafted returns the words of a draft as they travel, if she may write them.
func (s *Service) drafted(by keyring.Bearer, in Draft) (wire, error) {
	on := access.Resource{Noun: "message", ID: string(in.Thread), Realm: by.Realm, Desk: by.Desk}
	if err := access.Check(by.Actor, access.WriteMessage, on); err != nil {
		return wire{}, err
	}
	w := wire{Schema: formatTag, ID: id.Dated[id.Message](s.IDs), Thread: in.Thread, Language: in.Language, Text: in.Text}
	if in.Thread == "" {
		w.Thread = id.Dated[id.Thread](s.IDs)
		if _, err := id.ParseAddress(in.To.String()); err != nil || in.To == (id.Address{Member: s.Member, Desk: by.Desk}) {
			return wire{}, fault.New(fault.Invalid, "message.field").With("field", "to")
		}
	}
	return w, w.check()
}

func (s *Service) composeIn(ctx context.Context, tx Tx, by keyring.Bearer, in Draft, w wire) (Message, error) {
	t, isNew, key, err := s.openFor(ctx, tx, by, in, w.Thread, string(id.NewReference(s.IDs)))
	if err != nil {
		return Message{}, err
	}
	defer key.Wipe()
	m := Message{
		ID: w.ID, Thread: t.ID, Desk: t.Desk, Mine: true, State: Queued, By: by.User, Urgent: in.Urgent,
		At: s.now(), Version: 1,
	}
	plain, err := frame.Encode(w)
	if err != nil {
		return Message{}, err
	}
	defer clear(plain)
	m.Body = key.Seal(s.field(m).AAD(), plain)
	if m.Envelope, err = s.send(ctx, tx, t, m, in.Basis, "", plain); err != nil {
		return Message{}, err
	}
	t.Last = m.At
	if err := keepThread(ctx, tx, t, isNew); err != nil {
		return Message{}, err
	}
	return m, tx.AddMessage(ctx, m)
}

// keepThread keeps an end of a thread that is new or has changed.
func keepThread(ctx context.Context, tx Tx, t Thread, isNew bool) error {
	if isNew {
		return tx.AddThread(ctx, t)
	}
	return tx.SetThread(ctx, t)
}

// openFor returns the bearer's end of the thread, whether it is new and still to be kept, and its key.
func (s *Service) openFor(
	ctx context.Context, tx Tx, by keyring.Bearer, in Draft, thread id.Thread, reference string,
) (t Thread, isNew bool, key seal.Key, err error) {
	if in.Thread != "" {
		if t, err = s.known(ctx, tx, by.Actor, access.WriteMessage, thread); err != nil {
			return t, false, key, err
		}
		t, key, err = s.unlock(ctx, tx, by, t)
		return t, false, key, err
	}
	t = Thread{
		ID: thread, Desk: by.Desk, Realm: by.Realm, Peer: in.To, Side: envelope.Opener, Referral: in.Referral,
		Reference: reference, Made: s.now(), Last: s.now(), Version: 1,
	}
	t, key, err = s.unlock(ctx, tx, by, t)
	return t, true, key, err
}

// unlock opens the key of an end, and makes it if this is the first time that somebody with keys is here.
// The thread is returned as it must be kept.
func (s *Service) unlock(ctx context.Context, tx Tx, by keyring.Bearer, t Thread) (Thread, seal.Key, error) {
	if t.Erased {
		return t, seal.Key{}, fault.New(fault.Conflict, "message.erased")
	}
	desk, err := s.Keys.OpenDeskIn(ctx, tx, by, t.Desk)
	if err != nil {
		return t, seal.Key{}, err
	}
	var key seal.Key
	if len(t.Box.Sealed) == 0 {
		key, t.Box, err = desk.NewBox(boxUse, end(t.ID, t.Desk))
	} else {
		key, t.Box, err = desk.OpenBox(boxUse, end(t.ID, t.Desk), t.Box)
	}
	return t, key, err
}

// send seals a letter to the other end.
func (s *Service) send(
	ctx context.Context, tx Tx, t Thread, m Message, basis string, replaces id.Envelope, plain []byte,
) (id.Envelope, error) {
	if t.Referral != "" && s.Telling != nil {
		if err := s.Telling(ctx, tx, t.Referral, t.Desk); err != nil {
			return "", err
		}
	}
	b, err := envelope.EncodeBody(body{Message: m.ID, Referral: t.Referral})
	if err != nil {
		return "", err
	}
	d := exchange.Draft{
		Kind: envelope.Message, FromDesk: t.Desk, Realm: t.Realm, To: t.Peer.Member, ToDesk: t.Peer.Desk, Thread: t.ID,
		Side: t.Side, Opens: t.Side == envelope.Opener, Replaces: replaces, Basis: basis, Body: b, Content: plain,
	}
	if m.Urgent {
		d.Urgency = urgent
	}
	return s.Exchange.Seal(ctx, tx, d)
}

// Resend seals a refused message anew, in the place of the one that was refused, after the reason was
// looked at: the other desk has a new key by now, or the rule row was confirmed.
//
// It fails as [Service.Compose] does, and with [fault.Conflict] "message.not-refused".
func (s *Service) Resend(ctx context.Context, by keyring.Bearer, message id.Message, basis string) error {
	return s.Write(ctx, audit.Did(by.Actor, access.WriteMessage, string(message)).For(basis), func(tx Tx) error {
		m, t, err := s.mine(ctx, tx, by.Actor, access.WriteMessage, message)
		if err != nil {
			return err
		}
		if !m.Mine || m.State != Refused {
			return fault.New(fault.Conflict, "message.not-refused")
		}
		t, key, err := s.unlock(ctx, tx, by, t)
		if err != nil {
			return err
		}
		defer key.Wipe()
		plain, err := key.Open(s.field(m).AAD(), m.Body)
		if err != nil {
			return fault.Wrap(fault.Internal, "message.copy", err)
		}
		defer clear(plain)
		if m.Envelope, err = s.send(ctx, tx, t, m, basis, m.Envelope, plain); err != nil {
			return err
		}
		m.State, m.Code = Queued, ""
		if err := tx.SetThread(ctx, t); err != nil {
			return err
		}
		if err := tx.SetMessage(ctx, m); err != nil {
			return err
		}
		_, err = s.Tasks.DoneIn(ctx, tx, string(m.ID), TaskResend)
		return err
	})
}
