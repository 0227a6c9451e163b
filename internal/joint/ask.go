package joint

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// wide is the transaction of another noun as questions need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "joint.wiring")
	}
	return tx, nil
}

// AskIn seals an assessment with its first signature to a desk of another member: in the thread of the return, where it takes the place of
// what was asked before, or in a new one, which it returns. See [homecoming.Abroad].
//
// It fails as [exchange.Service.Seal].
func (s *Service) AskIn(ctx context.Context, over homecoming.Tx, by keyring.Bearer, a homecoming.Asking) (id.Thread, error) {
	tx, err := wide(over)
	if err != nil {
		return "", err
	}
	ret := a.Return
	r := Row{
		ID: ret.Thread, Desk: ret.Desk, Side: envelope.Opener, Peer: id.Address{Member: ret.Peer, Desk: ret.Second}, Return: ret.ID,
		Reference: a.Reference, Version: 1,
	}
	if ret.Thread == "" {
		r.ID = id.Dated[id.Thread](s.IDs)
	} else if r, err = tx.Joint(ctx, ret.Thread, ret.Desk); err != nil {
		return "", err
	}
	replaces := id.Envelope("")
	if r.State == Refused {
		replaces = r.Envelope
	}
	r.Referral, r.Consent, r.Basis, r.Until = a.Referral, ret.Consent, a.Basis, a.Until
	r.State, r.Code, r.Answer, r.Intake, r.At, r.Opened = Asked, "", "", "", s.now(), 0
	content, err := frame.Encode(asked{Schema: askTag, Thread: r.ID, Language: a.Language, Joint: a.Joint})
	if err != nil {
		return "", err
	}
	defer clear(content)
	if r.Envelope, err = s.send(ctx, tx, r, ask, a.Basis, replaces, content); err != nil {
		return "", err
	}
	if _, err := s.Tasks.DropIn(ctx, tx, r.object(), ""); err != nil {
		return "", err
	}
	if ret.Thread == "" {
		return r.ID, tx.AddJoint(ctx, r)
	}
	return r.ID, tx.SetJoint(ctx, r)
}

// send seals one envelope of the question.
func (s *Service) send(ctx context.Context, tx Tx, r Row, what step, basis string, replaces id.Envelope, content []byte) (id.Envelope, error) {
	x := body{Step: what, Referral: r.Referral}
	if what != ask {
		x.About = r.Envelope
	}
	b, err := envelope.EncodeBody(x)
	if err != nil {
		return "", err
	}
	d := exchange.Draft{
		Kind: envelope.Joint, FromDesk: r.Desk, Realm: access.Assistance, To: r.Peer.Member, ToDesk: r.Peer.Desk, Thread: r.ID, Side: r.Side,
		Opens: r.Side == envelope.Opener, Replaces: replaces, Consent: r.Consent, Basis: basis, Body: b, Content: content,
	}
	if content != nil {
		d.Categories, d.Until = []string{"risk.summary"}, r.Until
	}
	d.Immediate = what == end
	return s.Exchange.Seal(ctx, tx, d)
}

// AnswerIn opens the answer to an assessment, for the desk that asked. See [homecoming.Abroad].
//
// It fails with [fault.Conflict] "joint.unanswered" if there is none to take, [fault.Invalid] "joint.spoiled" if what came answers
// something else, which the other node is told, and [fault.Locked] without keys.
func (s *Service) AnswerIn(ctx context.Context, over homecoming.Tx, by keyring.Bearer, ret homecoming.Return, about homecoming.Joint) (homecoming.Answer, error) {
	var none homecoming.Answer
	tx, err := wide(over)
	if err != nil {
		return none, err
	}
	r, err := tx.Joint(ctx, ret.Thread, ret.Desk)
	switch {
	case err != nil:
		return none, err
	case r.State != Answered:
		return none, fault.New(fault.Conflict, "joint.unanswered")
	}
	plain, err := s.opened(ctx, tx, by, r.Answer, r.Desk, r.Intake)
	defer clear(plain)
	if err != nil {
		return none, err
	}
	w, err := parseAnswered(plain)
	if err != nil {
		return none, fault.Wrap(fault.Invalid, "joint.spoiled", err)
	}
	name, err := digest(about.Assessment)
	if err != nil {
		return none, err
	}
	if w.Thread != r.ID || w.Assessment != name {
		return none, fault.New(fault.Invalid, "joint.spoiled")
	}
	r.State, r.Code, r.Intake = Signed, "", ""
	if w.Signature == nil {
		r.State, r.Code = Declined, w.Reason
	}
	if err := tx.SetJoint(ctx, r); err != nil {
		return none, err
	}
	if _, err := s.Tasks.DoneIn(ctx, tx, r.object(), TaskAnswered); err != nil {
		return none, err
	}
	if err := s.Exchange.Answer(ctx, tx, r.Answer, envelope.Receipt{Stage: envelope.Opened}); err != nil {
		return none, err
	}
	return homecoming.Answer{Signature: w.Signature, Reason: w.Reason, Note: w.Note, Language: w.Language}, nil
}

// opened opens the content of an envelope that arrived.
func (s *Service) opened(ctx context.Context, tx Tx, by keyring.Bearer, e id.Envelope, desk id.Desk, key id.Key) ([]byte, error) {
	in, err := tx.In(ctx, e)
	if err != nil {
		return nil, err
	}
	if in.Bytes == nil {
		return nil, fault.New(fault.Conflict, "joint.over")
	}
	parsed, err := envelope.Parse(in.Bytes)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "joint.envelope", err)
	}
	private, err := s.Keys.OpenIntakeIn(ctx, tx, by, desk, key)
	if err != nil {
		return nil, err
	}
	plain, err := parsed.OpenContent(private)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "joint.spoiled", err)
	}
	return plain, nil
}

// AskedIn says what has become of the question of a return. See [homecoming.Abroad].
func (s *Service) AskedIn(ctx context.Context, over homecoming.Tx, ret homecoming.Return) (homecoming.Asked, error) {
	tx, err := wide(over)
	if err != nil {
		return homecoming.Asked{}, err
	}
	r, err := tx.Joint(ctx, ret.Thread, ret.Desk)
	if err != nil {
		return homecoming.Asked{}, err
	}
	a := homecoming.Asked{State: string(r.State), Code: r.Code, Opened: r.Opened}
	if r.Code == Earlier {
		a.Code, a.Earlier = "", true
	}
	if r.State == Asked {
		out, err := tx.Out(ctx, r.Envelope)
		if err == nil && out.State == exchange.OutDelivered {
			a.State = "delivered"
		} else if err != nil && !fault.Is(err, fault.NotFound) {
			return a, err
		}
	}
	return a, nil
}

// EndIn tells the desk that was asked that nothing is asked of it any more. See [homecoming.Abroad].
func (s *Service) EndIn(ctx context.Context, over homecoming.Tx, ret homecoming.Return) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	r, err := tx.Joint(ctx, ret.Thread, ret.Desk)
	if err != nil {
		return err
	}
	if r.State == Over {
		return nil
	}
	if _, err := s.send(ctx, tx, r, end, r.Basis, "", nil); err != nil && !fault.Is(err, fault.Denied) {
		return err // to a member that is blocked nothing goes, and she does not wait for it
	}
	return s.overIn(ctx, tx, r)
}
