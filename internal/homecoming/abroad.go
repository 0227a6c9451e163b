package homecoming

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/task"
)

// Asking is what a desk of another member is asked to sign.
type Asking struct {
	Return    Return
	Reference id.Reference // of the case here; it does not cross the border
	Referral  id.Referral  // by which that desk has accepted her
	Basis     string       // of that referral
	Language  string
	Joint     Joint      // with the first signature
	Until     frame.Time // how long her consent runs
}

// Asked is what has become of the question.
type Asked struct {
	State  string     // of package joint: "asked", "delivered", "opened", "answered", "signed", "declined", "refused", "expired"
	Code   string     // of a refusal by the node there, or the reason for which the desk declined
	Opened frame.Time // when a person there opened it; 0: nobody has
	// Earlier says that the desk has answered an assessment before the one in force. That answer counts for nothing, and was not kept.
	Earlier bool
}

// Answer is what a desk of another member answered: its signature, or why it does not sign.
type Answer struct {
	Signature *Signature // nil: it declined
	Reason    string     // code of [ListDecline], if it declined
	Note      string
	Language  string // of the note
}

// Abroad is how a desk of another member is asked: package joint.
type Abroad interface {
	// AskIn seals the assessment to that desk, in the thread of the return or in a new one, and returns the thread. It fails as the door does:
	// package exchange, Service.Seal.
	AskIn(ctx context.Context, tx Tx, by keyring.Bearer, a Asking) (id.Thread, error)
	// AnswerIn opens the newest answer about an assessment. It fails with [fault.Conflict] "joint.unanswered" if there is none that was
	// not taken yet, and with [fault.Invalid] "joint.spoiled" if it is no answer to what was asked.
	AnswerIn(ctx context.Context, tx Tx, by keyring.Bearer, r Return, about Joint) (Answer, error)
	// AskedIn says what has become of the question.
	AskedIn(ctx context.Context, tx Tx, r Return) (Asked, error)
	// EndIn tells that desk that nothing is asked of it any more, and it forgets what it was sent. It needs no key.
	EndIn(ctx context.Context, tx Tx, r Return) error
}

// KindAnswer is the kind of the sealed record that holds what a desk of another member answered.
const KindAnswer = "return-answer"

// ListDecline is the key of the list of reasons for which a desk does not sign.
const ListDecline = "decline"

// Reply is an answer as it is kept in the case.
type Reply struct {
	Return   id.Return  `json:"return"`
	At       frame.Time `json:"at"` // when it was taken here
	Member   id.Member  `json:"member"`
	Desk     id.Desk    `json:"desk"`
	Signed   bool       `json:"signed"`
	Reason   string     `json:"reason,omitzero"`
	Note     string     `json:"note,omitzero"`
	Language string     `json:"language,omitzero"`
}

// Check reports whether it can be kept.
//
// It fails with [fault.Invalid].
func (x Reply) Check() error {
	if x.Return == "" || x.At <= 0 || x.Member == "" || x.Desk == "" || x.Signed == (x.Reason != "") {
		return bad("answer")
	}
	return nil
}

func (x Reply) of() id.Return { return x.Return }

// Countersign takes what the desk of another member answered: its signature, which is checked against what was sent, or why it does
// not sign. If it declined, the return stays where it is, and the assessment is written anew or another desk is asked.
//
// It fails as [Service.Decide]; with [fault.Conflict] "homecoming.unwritten" if no desk abroad was asked about the assessment in force;
// as [Abroad.AnswerIn]; with [fault.Invalid] "homecoming.signature" if the signature is not that desk's over what was sent; and with
// [fault.Conflict] or [fault.Denied] as [Service.Assess] if the consent does not cover that desk any more.
func (s *Service) Countersign(ctx context.Context, by keyring.Bearer, ret id.Return, version int64) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.CountersignHomecoming, ret, version, func(w *at) error {
		if w.row.Assessed == 0 || w.row.Signed != 0 || w.row.Thread == "" {
			return fault.New(fault.Conflict, "homecoming.unwritten")
		}
		c, err := w.tx.Consent(ctx, w.row.Consent)
		if err != nil {
			return err
		}
		to := id.Address{Member: w.row.Peer, Desk: w.row.Second}
		if err := covers(c, w.row.Case, to, s.now()); err != nil {
			return err
		}
		r, x, err := jointIn(ctx, w)
		if err != nil {
			return err
		}
		said, err := s.Abroad.AnswerIn(ctx, w.tx, by, *w.row, x)
		if err != nil {
			return err
		}
		if err := s.keepAnswerIn(ctx, w, to, said); err != nil {
			return err
		}
		if said.Signature == nil {
			w.row.State = Decided
			_, err := s.Tasks.DropIn(ctx, w.tx, string(ret), TaskAwait)
			return err
		}
		sig := *said.Signature
		if sig.Member != to.Member || sig.Desk != to.Desk {
			return fault.New(fault.Invalid, "homecoming.signature")
		}
		x.Signatures = append(x.Signatures, sig)
		if _, err = putIn(ctx, w, r, x); err != nil {
			return err
		}
		w.row.Signer, w.row.Signed, w.row.Red = sig.By, s.now(), len(x.Unaccepted()) > 0
		if _, err := s.Tasks.DoneIn(ctx, w.tx, string(ret), TaskAwait); err != nil {
			return err
		}
		return s.remindIn(ctx, w, w.row.Desk, TaskRenew, clockValid, w.row.Assessed)
	})
}

func (s *Service) keepAnswerIn(ctx context.Context, w *at, from id.Address, said Answer) error {
	_, err := putIn(ctx, w, keyring.Record{Kind: KindAnswer, Compartment: w.row.Space}, Reply{
		Return: w.row.ID, At: s.now(), Member: from.Member, Desk: from.Desk, Signed: said.Signature != nil, Reason: said.Reason,
		Note: said.Note, Language: said.Language,
	})
	return err
}

// unaskIn takes what was asked from the second desk: here, or abroad.
func (s *Service) unaskIn(ctx context.Context, tx Tx, r *Return) error {
	if err := unshareIn(ctx, tx, *r); err != nil || r.Thread == "" {
		return err
	}
	if err := s.Abroad.EndIn(ctx, tx, *r); err != nil {
		return err
	}
	r.Thread = ""
	return nil
}

// SignBy is when the desk of another member is to have answered, as the profile says for the two countries.
//
// It fails as [profile.Set.Referral] and [profile.Deadline]: law that nobody has confirmed starts no clock.
func (s *Service) SignBy(peer id.Member, start frame.Time) (task.Clock, error) {
	return s.clock(clockSign, string(peer), start)
}
