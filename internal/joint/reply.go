package joint

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Question is what a desk was asked, in clear: the assessment is there once it was opened, and until the question is over.
type Question struct {
	Row
	Language string // of the words in it
	Joint    *homecoming.Joint
}

// kept is the form in which a question rests once it was opened.
type kept struct {
	Language string           `json:"language"`
	Joint    homecoming.Joint `json:"joint"`
}

// List returns at most limit questions to the desk of who that are not over, oldest first, after the one named, and after which to go
// on; empty: there are no more. It opens nothing.
//
// It fails with [fault.Denied] as [access.Check], and [fault.Invalid] for a limit outside 1 to 200.
func (s *Service) List(ctx context.Context, who access.Actor, after id.Thread, limit int) (all []Row, next id.Thread, err error) {
	if limit < 1 || limit > 200 {
		return nil, "", wrong("limit")
	}
	if err := access.Check(who, access.ListJoint, access.Resource{Noun: "joint", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return nil, "", err
	}
	err = s.Read(ctx, func(tx Tx) error {
		if all, err = tx.JointsAt(ctx, who.Desk, after, limit); err != nil {
			return err
		}
		if next = ""; len(all) == limit {
			next = all[limit-1].ID
		}
		return nil
	})
	return all, next, err
}

// Open shows what the desk was asked. The first who opens it lets the desk that asked know that a person has read it.
//
// It fails with [fault.Denied], and with [fault.Hidden] for a question that is not her desk's, whether it exists or not; [fault.Locked]
// without keys; [fault.Invalid] "joint.spoiled" if what was sealed is no assessment for this desk, which its sender is told; and [fault.Stale]
// if the intake key that it was sealed to was destroyed.
func (s *Service) Open(ctx context.Context, by keyring.Bearer, thread id.Thread) (Question, error) {
	var q Question
	var spoiled error
	err := s.Write(ctx, audit.Saw(by.Actor, access.ReadJoint, string(thread)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.ReadJoint, thread)
		if err != nil {
			return err
		}
		spoiled = nil
		if r.State == Sealed {
			q, spoiled, err = s.firstRead(ctx, tx, by, r)
			return err
		}
		q, _, err = s.openKept(ctx, tx, by, r)
		return err
	})
	if err == nil {
		err = spoiled
	}
	if err != nil {
		return Question{}, err
	}
	return q, nil
}

// mine returns what the desk of who was asked.
func (s *Service) mine(ctx context.Context, tx RowTx, who access.Actor, action access.Action, thread id.Thread) (Row, error) {
	r, err := tx.Joint(ctx, thread, who.Desk)
	if fault.Is(err, fault.NotFound) || err == nil && r.Side != envelope.Answerer {
		return Row{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return Row{}, err
	}
	return r, access.Check(who, action, r.resource())
}

// openKept opens what rests under the desk's own key; what is over has nothing to open.
func (s *Service) openKept(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (Question, seal.Key, error) {
	q := Question{Row: r}
	if r.Body == nil {
		return q, seal.Key{}, nil
	}
	keys, err := s.Keys.OpenDeskIn(ctx, tx, by, r.Desk)
	if err != nil {
		return q, seal.Key{}, err
	}
	key, _, err := keys.OpenBox(boxUse, r.object(), r.Box)
	if err != nil {
		return q, key, err
	}
	plain, err := key.Open(s.field(r).AAD(), r.Body)
	if err != nil {
		return q, key, fault.Wrap(fault.Internal, "joint.kept", err)
	}
	defer clear(plain)
	var k kept
	if err := frame.Decode(plain, maxWire, &k); err != nil {
		return q, key, fault.Wrap(fault.Internal, "joint.kept", err)
	}
	q.Language, q.Joint = k.Language, &k.Joint
	return q, key, nil
}

// firstRead opens an assessment out of its envelope, and keeps it under a new key of the desk. What opens and is no assessment is
// refused after the fact, and spoiled says so.
func (s *Service) firstRead(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (q Question, spoiled, err error) {
	plain, err := s.opened(ctx, tx, by, r.Envelope, r.Desk, r.Intake)
	defer clear(plain)
	var w asked
	if err == nil {
		w, err = parseAsked(plain)
	}
	if err == nil && (w.Thread != r.ID || w.Joint.Assessment.To != string(s.Member)) {
		err = wrong("thread")
	}
	r.By, r.Opened, r.Intake = by.User, s.now(), ""
	receipt := envelope.Receipt{Stage: envelope.Opened}
	switch {
	case err == nil:
		r.State = Read
		if err := s.keep(ctx, tx, by, &r, kept{w.Language, w.Joint}); err != nil {
			return q, nil, err
		}
		q = Question{Row: r, Language: w.Language, Joint: &w.Joint}
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.TooLarge):
		r.State, r.Code = Refused, string(envelope.BadBody)
		receipt = envelope.Receipt{Stage: envelope.Refused, Refusal: envelope.BadBody}
		spoiled = fault.Wrap(fault.Invalid, "joint.spoiled", err)
	default:
		return q, nil, err
	}
	if err := tx.SetJoint(ctx, r); err != nil {
		return q, nil, err
	}
	q.Version = r.Version + 1
	if spoiled != nil {
		if _, err := s.Tasks.DropIn(ctx, tx, r.object(), TaskAsked); err != nil {
			return q, nil, err
		}
	}
	return q, spoiled, s.Exchange.Answer(ctx, tx, r.Envelope, receipt)
}

// keep seals a question under a new key of the desk.
func (s *Service) keep(ctx context.Context, tx Tx, by keyring.Bearer, r *Row, k kept) error {
	keys, err := s.Keys.OpenDeskIn(ctx, tx, by, r.Desk)
	if err != nil {
		return err
	}
	key, box, err := keys.NewBox(boxUse, r.object())
	if err != nil {
		return err
	}
	defer key.Wipe()
	plain, err := frame.Encode(k)
	if err != nil {
		return err
	}
	defer clear(plain)
	r.Box, r.Body = box, key.Seal(s.field(*r).AAD(), plain)
	return nil
}

// Signing is the answer of a desk that signs.
type Signing struct {
	Accepts  []string // keys of the red risks of which she accepts what is done about them
	Note     string
	Language string // of the note
}

// Sign signs the assessment that was read in that version, and sends the signature to the desk that asked.
//
// It fails as [Service.Open]; with [fault.Stale] "joint.stale" if the question has changed since version was read, which it has when it
// was asked anew, or if an answer has come too late and the newer one is on its way; [fault.Conflict] "joint.unread" if nobody has opened it, and "joint.over" if there is nothing to answer any more;
// [fault.Invalid] naming the field; and as [exchange.Service.Seal].
func (s *Service) Sign(ctx context.Context, by keyring.Bearer, thread id.Thread, version int64, in Signing) (Row, error) {
	return s.reply(ctx, by, access.SignJoint, thread, version, func(q Question) (answered, error) {
		x, err := q.Joint.Countersign(by, s.Member, s.now(), in.Accepts)
		if err != nil {
			return answered{}, err
		}
		sig := x.Signatures[1]
		return answered{Signature: &sig, Note: in.Note, Language: in.Language}, nil
	})
}

// Declining is the answer of a desk that does not sign.
type Declining struct {
	Reason   string // code of [homecoming.ListDecline]
	Note     string
	Language string // of the note
}

// Decline says why the desk does not sign.
//
// It fails as [Service.Sign].
func (s *Service) Decline(ctx context.Context, by keyring.Bearer, thread id.Thread, version int64, in Declining) (Row, error) {
	return s.reply(ctx, by, access.DeclineJoint, thread, version, func(Question) (answered, error) {
		return answered{Reason: in.Reason, Note: in.Note, Language: in.Language}, nil
	})
}

// reply sends what fn answers, once for an assessment.
func (s *Service) reply(
	ctx context.Context, by keyring.Bearer, action access.Action, thread id.Thread, version int64, fn func(Question) (answered, error),
) (Row, error) {
	var out Row
	err := s.Write(ctx, audit.Did(by.Actor, action, string(thread)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, action, thread)
		switch {
		case err != nil:
			return err
		case r.Version != version, r.State == Outdated:
			return fault.New(fault.Stale, "joint.stale")
		case r.State == Sealed:
			return fault.New(fault.Conflict, "joint.unread")
		case r.State != Read:
			return fault.New(fault.Conflict, "joint.over")
		}
		q, key, err := s.openKept(ctx, tx, by, r)
		defer key.Wipe()
		if err != nil {
			return err
		}
		w, err := fn(q)
		if err != nil {
			return err
		}
		w.Schema, w.Thread = answerTag, thread
		if w.Assessment, err = digest(q.Joint.Assessment); err != nil {
			return err
		}
		if err := w.check(); err != nil {
			return err
		}
		content, err := frame.Encode(w)
		if err != nil {
			return err
		}
		defer clear(content)
		replaces := id.Envelope("")
		if r.Code != "" {
			replaces = r.Answer // which the other node refused
		}
		basis, err := s.answerBasis(ctx, tx, r)
		if err != nil {
			return err
		}
		if r.Answer, err = s.send(ctx, tx, r, answer, basis, replaces, content); err != nil {
			return err
		}
		r.State, r.Code = Signed, ""
		if w.Signature == nil {
			r.State, r.Code = Declined, w.Reason
		}
		if err := tx.SetJoint(ctx, r); err != nil {
			return err
		}
		r.Version++
		out = r
		_, err = s.Tasks.DoneIn(ctx, tx, r.object(), TaskAsked)
		return err
	})
	return out, err
}

// answerBasis is the legal basis on which the answer goes: the one on which the desk was asked where the rule row of this direction permits it,
// else the first that it permits of those for answers, in the order of [profile.Set.Answering].
//
// It fails as the rule row does if none is permitted.
func (s *Service) answerBasis(ctx context.Context, tx Tx, r Row) (string, error) {
	c := exchange.Crossing{
		Kind: envelope.Joint, From: id.Address{Member: s.Member, Desk: r.Desk}, FromRealm: access.Assistance, To: r.Peer,
		ToRealm: access.Assistance, Consent: r.Consent,
	}
	var first error
	for _, c.Basis = range append([]string{r.Basis}, s.Law().Answering()...) {
		_, err := s.Exchange.Weigh(ctx, tx, c)
		if err == nil || !fault.Is(err, fault.Denied) {
			return c.Basis, err
		}
		first = cmp.Or(first, err)
	}
	return r.Basis, first
}
