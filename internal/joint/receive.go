package joint

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/task"
)

// Receive takes note of a question, of an answer, or of the end of one. It opens nothing. It is the exchange's handler of the kind.
//
// It refuses with [fault.Invalid] "joint.thread" what does not come from the other end of its thread or has no place there, with
// [fault.Denied] "joint.desk" what is asked of a desk that assists nobody, and with [fault.Conflict] "joint.over" what belongs to a
// question that is over.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	c := a.Control
	b, err := parseBody(c)
	if err != nil {
		return err
	}
	if (b.Step == end) == a.Envelope.HasContent() || c.Consent == "" {
		return envelope.WrongBody("step")
	}
	r, err := tx.Joint(ctx, c.Thread, c.ToDesk)
	from := id.Address{Member: a.Envelope.Header.From, Desk: c.FromDesk}
	switch {
	case fault.Is(err, fault.NotFound) && b.Step == ask && c.Side == envelope.Opener:
		return s.first(ctx, tx, a, b, from)
	case fault.Is(err, fault.NotFound) && b.Step == end && c.Side == envelope.Opener: // it is faster than what it ends
		r = arrived(Row{
			ID: c.Thread, Desk: c.ToDesk, Side: envelope.Answerer, Peer: from, Referral: b.Referral, Reference: id.NewReference(s.IDs), Version: 1,
		}, a)
		r.State, r.Envelope = Over, b.About
		return tx.AddJoint(ctx, r)
	case fault.Is(err, fault.NotFound):
		return fault.New(fault.Invalid, "joint.thread")
	case err != nil:
		return err
	case r.Peer != from || c.Side != r.Side.Other() || b.Referral != r.Referral || (b.Step == answer) != (c.Side == envelope.Answerer):
		return fault.New(fault.Invalid, "joint.thread")
	case b.Step == end && r.State == Over:
		return nil
	case r.State == Over:
		return fault.New(fault.Conflict, "joint.over")
	case b.Step == end:
		return s.overIn(ctx, tx, r)
	case b.Step == answer:
		return s.answerArrived(ctx, tx, r, a, b.About)
	}
	return s.again(ctx, tx, r, a)
}

// first takes note of a question that begins its thread.
func (s *Service) first(ctx context.Context, tx Tx, a exchange.Arrived, b body, from id.Address) error {
	d, err := tx.Desk(ctx, a.Control.ToDesk)
	if err != nil {
		return err
	}
	if d.Realm != access.Assistance || d.State != desks.Active || a.Control.Realm != access.Assistance {
		return fault.New(fault.Denied, "joint.desk")
	}
	gone, err := tx.Erased(ctx, ErasureKind, string(a.Control.Thread))
	if err != nil {
		return err
	}
	r := arrived(Row{
		ID: a.Control.Thread, Desk: a.Control.ToDesk, Side: envelope.Answerer, Peer: from, Referral: b.Referral,
		Reference: id.NewReference(s.IDs), Version: 1,
	}, a)
	if gone { // it is sent again to a node that was restored, which had it destroyed since its backup
		r.State, r.Intake = Over, ""
		if err := tx.AddJoint(ctx, r); err != nil {
			return err
		}
		return s.Exchange.Answer(ctx, tx, a.Envelope.ID, s.erased())
	}
	if err := tx.AddJoint(ctx, r); err != nil {
		return err
	}
	return s.remindIn(ctx, tx, r, TaskAsked)
}

func arrived(r Row, a exchange.Arrived) Row {
	r.Consent, r.Basis, r.Until = a.Control.Consent, a.Control.Basis, a.Control.Until
	r.State, r.Code, r.Envelope, r.At = Sealed, "", a.Envelope.ID, a.Received
	r.Answer, r.Body, r.By, r.Opened = "", nil, "", 0
	if part := a.Envelope.Header.Content; part != nil {
		r.Intake = part.Key
	}
	return r
}

// again takes note of an assessment that was written anew: it takes the place of the one before, unless it comes after one that was
// written later.
func (s *Service) again(ctx context.Context, tx Tx, r Row, a exchange.Arrived) error {
	before, answered := r.Envelope, r.State == Signed || r.State == Declined || r.State == Outdated
	switch in, err := tx.In(ctx, before); {
	case err == nil && in.Seq > a.Control.Seq:
		return fault.New(fault.Conflict, "joint.stale")
	case err != nil && !fault.Is(err, fault.NotFound):
		return err
	}
	if r = arrived(r, a); answered {
		r.Code = Anew
	}
	if err := tx.SetJoint(ctx, r); err != nil {
		return err
	}
	if _, err := s.Tasks.DropIn(ctx, tx, r.object(), ""); err != nil {
		return err
	}
	if err := s.forget(ctx, tx, before); err != nil {
		return err
	}
	return s.remindIn(ctx, tx, r, TaskAsked)
}

// answerArrived takes note of an answer.
func (s *Service) answerArrived(ctx context.Context, tx Tx, r Row, a exchange.Arrived, about id.Envelope) error {
	if about != r.Envelope {
		return s.outdated(ctx, tx, r, a)
	}
	if r.State == Signed || r.State == Declined {
		return fault.New(fault.Conflict, "joint.over")
	}
	before := r.Answer
	r.State, r.Code, r.Answer = Answered, "", a.Envelope.ID
	if part := a.Envelope.Header.Content; part != nil {
		r.Intake = part.Key
	}
	if r.Opened == 0 {
		r.Opened = a.Received
	}
	if err := tx.SetJoint(ctx, r); err != nil {
		return err
	}
	if before != "" {
		if err := s.forget(ctx, tx, before); err != nil {
			return err
		}
	}
	if _, err := s.Tasks.DropIn(ctx, tx, r.object(), ""); err != nil {
		return err
	}
	return s.remindIn(ctx, tx, r, TaskAnswered)
}

// outdated refuses an answer to an assessment that was written anew since. It is destroyed unopened, the desk that gave it is told, and
// who asked sees that it came.
func (s *Service) outdated(ctx context.Context, tx Tx, r Row, a exchange.Arrived) error {
	if r.State == Asked || r.State == Opened {
		r.Code = Earlier
		if err := tx.SetJoint(ctx, r); err != nil {
			return err
		}
	}
	if err := s.Exchange.Answer(ctx, tx, a.Envelope.ID, envelope.Receipt{Stage: envelope.Refused, Refusal: envelope.PlaceTaken}); err != nil {
		return err
	}
	in, err := tx.In(ctx, a.Envelope.ID)
	if err != nil {
		return err
	}
	in.State, in.Bytes = exchange.InRefused, nil
	return tx.SetIn(ctx, in)
}

// remindIn gives the desk something to do about the question. What was asked has the clock of the profile, without which it has no
// deadline; the return itself waits for the answer by that of its own.
func (s *Service) remindIn(ctx context.Context, tx Tx, r Row, kind string) error {
	n := task.New{
		Desk: r.Desk, Realm: access.Assistance, Kind: kind, Object: r.object(), Reference: string(r.Reference), Announce: true,
	}
	if kind == TaskAsked && s.Clock != nil {
		c, err := s.Clock(r.Peer.Member, s.now())
		if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
			return err
		}
		n.Clock = c
	}
	_, err := s.Tasks.AddIn(ctx, tx, n)
	return err
}

// MovedIn takes note of how far an envelope of ours has come.
func (s *Service) MovedIn(ctx context.Context, over exchange.Tx, m exchange.Moved) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	if m.Out.Kind != envelope.Joint {
		return nil
	}
	r, err := tx.Joint(ctx, m.Out.Thread, m.Out.Rule.From.Desk)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r, changed := moved(r, m, s.now())
	if !changed {
		return nil
	}
	if err := tx.SetJoint(ctx, r); err != nil {
		return err
	}
	switch r.State {
	case Refused, Expired:
		return s.remindIn(ctx, tx, r, TaskRefused)
	case Read:
		return s.remindIn(ctx, tx, r, TaskAsked)
	}
	return nil
}

// NeedsIn reports whether something that nobody has opened needs an intake key: it is not to be destroyed.
func (s *Service) NeedsIn(ctx context.Context, tx Tx, key id.Key) (bool, error) {
	return tx.JointSealedTo(ctx, key)
}

// WithdrawnIn follows a consent that was withdrawn: at both ends nothing of what was sent under it is kept. It returns how many
// assessments from that member were destroyed here; an empty member stands for this node.
func (s *Service) WithdrawnIn(ctx context.Context, over consent.Tx, c id.Consent, from id.Member) (int, error) {
	tx, err := wide(over)
	if err != nil {
		return 0, err
	}
	all, err := tx.JointsUnder(ctx, c)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range all {
		theirs := r.Side == envelope.Answerer && r.Peer.Member == from
		if r.State == Over || !theirs && (from != "" || r.Side != envelope.Opener) {
			continue
		}
		if theirs {
			n++
			if err := s.Tell(ctx, tx, r); err != nil {
				return n, err
			}
		}
		if err := s.overIn(ctx, tx, r); err != nil {
			return n, err
		}
	}
	return n, nil
}

// Expire destroys at most limit assessments whose time is over, and returns how many. It needs no key.
func (s *Service) Expire(ctx context.Context, limit int) (int, error) {
	var past []Row
	if err := s.Read(ctx, func(tx Tx) (err error) { past, err = tx.JointsPast(ctx, s.now(), limit); return err }); err != nil {
		return 0, err
	}
	for i, r := range past {
		node := access.Node(s.Member)
		if err := access.Check(node, access.ExpireJoint, r.resource()); err != nil {
			return i, err
		}
		if err := s.Write(ctx, audit.Did(node, access.ExpireJoint, string(r.ID)), func(tx Tx) error {
			now, err := tx.Joint(ctx, r.ID, r.Desk)
			if err != nil || now.Version != r.Version {
				return err
			}
			return s.overIn(ctx, tx, now)
		}); err != nil {
			return i, err
		}
	}
	return len(past), nil
}

// ErasureKind is what a question whose assessment was destroyed is called in the list of erasures.
const ErasureKind = "joint"

// EraseIn repeats in a restored node that an assessment was destroyed. One that is not there is passed over.
func (s *Service) EraseIn(ctx context.Context, over any, thread id.Thread) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.JointEnds(ctx, thread)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.State == Over {
			continue
		}
		if err := s.overIn(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// overIn ends the question at this end: keys, words and envelopes are destroyed.
func (s *Service) overIn(ctx context.Context, tx Tx, r Row) error {
	for _, e := range []id.Envelope{r.Envelope, r.Answer} {
		if err := s.forget(ctx, tx, e); err != nil {
			return err
		}
	}
	r.State, r.Intake, r.Body, r.Box = Over, "", nil, keyring.Box{Generation: r.Box.Generation}
	if err := tx.SetJoint(ctx, r); err != nil {
		return err
	}
	if _, err := s.Tasks.DropIn(ctx, tx, r.object(), ""); err != nil {
		return err
	}
	if r.Side == envelope.Opener {
		return nil
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(r.ID), What: ErasureKind, At: s.now()})
}

func (s *Service) erased() envelope.Receipt {
	return envelope.Receipt{Stage: envelope.Erased, Until: s.now().Add(s.KeysKept)}
}

// forget destroys the bytes of an envelope: one that arrived, which its sender is told, or our own copy of one that was sent. What has
// not left does not leave any more.
func (s *Service) forget(ctx context.Context, tx Tx, e id.Envelope) error {
	if e == "" {
		return nil
	}
	if _, err := tx.In(ctx, e); err == nil {
		return s.Exchange.Answer(ctx, tx, e, s.erased())
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	o, err := tx.Out(ctx, e)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || o.Bytes == nil {
		return err
	}
	switch o.State {
	case exchange.OutHeld, exchange.OutQueued, exchange.OutRelayed:
		o.State = exchange.OutDestroyed
	}
	o.Bytes = nil
	return tx.SetOut(ctx, o)
}
