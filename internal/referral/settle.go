package referral

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// Kinds of tasks beside the clocks, whose kinds are "referral." and their names.
const (
	TaskAwait    = "referral.await"    // the other side is silent past its clock
	TaskLost     = "referral.lost"     // what one side did was overtaken by the other
	TaskErase    = "referral.erase"    // say what becomes of the data: erased, or kept by law
	TaskRelease  = "referral.release"  // the bundle could not leave
	TaskBundle   = "referral.bundle"   // the bundle is there to be opened
	TaskWords    = "referral.words"    // words of the other desk are there to be read
	TaskIncident = "referral.incident" // more arrived, or was sent, than was consented to
	TaskAnswer   = "referral.answer"   // the other desk has to say what became of the data after a withdrawal
	TaskResend   = "referral.resend"   // an envelope was refused or nobody took it in time
	TaskRestored = "referral.restored" // it was sent before a restore; her file is lost here
)

// settleIn brings an end to its state and does what follows, with nobody signed in: the held bundle leaves or
// is destroyed, what is under a withdrawn consent is frozen, clocks start and stop.
func (s *Service) settleIn(ctx context.Context, tx Tx, r Row, st State, seen Observed) (Row, error) {
	before := r.Status
	if st.Status != before {
		r.Since = s.now()
	}
	r.Status, r.Frozen, r.Arrived = st.Status, st.Frozen, st.Arrived
	if q := st.Request; q.Referral != "" {
		r.Urgent, r.Kind, r.Basis, r.Consent = q.Urgency == Urgent, q.Kind, q.Basis, q.Consent
		r.Bundle, r.Expires, r.Continues = q.Bundle, q.Expires, q.Continues
	}
	clocks, err := s.clocksOf(r, st, seen)
	if err != nil {
		return r, err
	}
	r.Due = 0
	if len(clocks) > 0 {
		r.Due = clocks[0].Due
	}
	if err := tx.SetReferral(ctx, r); err != nil {
		return r, err
	}
	r.Version++
	tx.OnCommit(func() { s.memory.keep(r, st, seen) })
	if err := s.bundleIn(ctx, tx, r, st); err != nil {
		return r, err
	}
	if before != st.Status && st.Status == WithdrawnByPerson {
		if err := s.withdrawnIn(ctx, tx, r); err != nil {
			return r, err
		}
	}
	if err := s.afterIn(ctx, tx, r, st, before); err != nil {
		return r, err
	}
	return r, s.clockIn(ctx, tx, r, clocks)
}

// bundleIn releases or destroys the held bundle of a sender.
func (s *Service) bundleIn(ctx context.Context, tx Tx, r Row, st State) error {
	if r.Side != Sender || r.Bundle == "" {
		return nil
	}
	if st.Status.Ended() {
		return destroyIn(ctx, tx, r.Bundle)
	}
	if !r.Takes() {
		return nil
	}
	err := s.ReleaseIn(ctx, tx, r)
	if stays(err) {
		return s.askIn(ctx, tx, r, TaskRelease) // she was accepted and her bundle may not go: a person has to look
	}
	return err
}

// ReleaseIn lets the bundle of a sender go if what was checked still holds. It fails as [exchange.Service.Release] does, and with [fault.Conflict] where consent or bundle are gone.
func (s *Service) ReleaseIn(ctx context.Context, tx Tx, r Row) error {
	all, err := tx.OutOf(ctx, r.Bundle)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fault.New(fault.Conflict, "referral.bundle-lost") // by a restore
	}
	if !slices.ContainsFunc(all, func(o exchange.Out) bool { return o.State == exchange.OutHeld }) {
		return nil
	}
	if _, err := s.coveredIn(ctx, tx, r); err != nil {
		return err
	}
	flags, err := s.flags(ctx, tx, r)
	if err != nil {
		return err
	}
	if len(flags) > 0 {
		return fault.New(fault.Denied, "case.asylum.origin")
	}
	if _, err = s.Exchange.Release(ctx, tx, r.Bundle); err != nil {
		return err
	}
	_, err = s.Tasks.DoneIn(ctx, tx, r.object(), TaskRelease)
	return err
}

// coveredIn asks again whether consent or override hold for the receiver.
func (s *Service) coveredIn(ctx context.Context, tx Tx, r Row) (consent.SignedExtract, error) {
	gone, err := tx.Withdrawn(ctx, r.Consent, s.Member)
	if err == nil && gone {
		err = fault.New(fault.Denied, "exchange.consent.withdrawn")
	}
	if err == nil {
		err = s.MayTellIn(ctx, tx, r)
	}
	switch {
	case err != nil:
		return consent.SignedExtract{}, err
	case r.Override:
		return s.Consents.OverrideExtractIn(ctx, tx, r.Consent, r.Peer, s.now())
	}
	return s.Consents.ExtractIn(ctx, tx, r.Consent, r.Peer, s.now())
}

// destroyIn destroys what still waits in a thread.
func destroyIn(ctx context.Context, tx Tx, t id.Thread) error {
	all, err := tx.OutOf(ctx, t)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.State != exchange.OutHeld {
			continue
		}
		o.State, o.Bytes = exchange.OutDestroyed, nil
		if err := tx.SetOut(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// withdrawnIn carries a withdrawal of the person out: at the desk that took her consent it ends the consent, which
// tells every holder; at any other it freezes what came under it.
func (s *Service) withdrawnIn(ctx context.Context, tx Tx, r Row) error {
	if r.Consent == "" {
		return nil
	}
	if r.Side == Receiver {
		if err := tx.SetWithdrawn(ctx, r.Consent, r.Peer.Member, s.now()); err != nil {
			return err
		}
		c, known, err := s.Consents.ArriveIn(ctx, tx, r.Consent, r.Peer.Member, s.now())
		if err != nil || !known || c.Origin != consent.Received { // between desks of one member it was passed on when she took it back
			return err
		}
		if s.Consents.Forward != nil {
			return s.Consents.Forward(ctx, tx, c)
		}
		return nil
	}
	if r.Override {
		_, err := s.Exchange.Withdraw(ctx, tx, r.Consent, s.Member)
		return err
	}
	c, err := tx.Consent(ctx, r.Consent)
	if fault.Is(err, fault.NotFound) && s.Consents.Forward != nil { // lost by a restore: every holder is told all the same
		return s.Consents.Forward(ctx, tx, consent.Consent{ID: r.Consent})
	}
	if err != nil || c.State == consent.Withdrawn {
		return err
	}
	_, err = s.Consents.WithdrawIn(ctx, tx, r.Consent, "", "")
	return err
}

// WithdrawnIn ends every referral under a consent that the person has taken back, at the desk where she did so.
// The node calls it where it forwards the withdrawal.
func (s *Service) WithdrawnIn(ctx context.Context, over consent.Tx, c id.Consent) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	all, err := tx.ReferralsUnder(ctx, c)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Side != Sender || r.Status.Final() {
			continue
		}
		if r.Status.Local() {
			if err := destroyIn(ctx, tx, r.Bundle); err != nil {
				return err
			}
			r.Status, r.Since = Draft, s.now()
			if err := tx.SetReferral(ctx, r); err != nil {
				return err
			}
			continue
		}
		if _, _, err := s.take(ctx, tx, r, Event{Transition: WithdrawnByPerson, Consent: c}, nil); err != nil {
			return err
		}
	}
	return nil
}

// afterIn gives people what they have to look at.
func (s *Service) afterIn(ctx context.Context, tx Tx, r Row, st State, before Status) error {
	for range st.Lost {
		if err := s.askIn(ctx, tx, r, TaskLost); err != nil {
			return err
		}
	}
	if before == st.Status {
		return nil
	}
	if r.Side == Sender {
		return s.chaseIn(ctx, tx, r, st)
	}
	if !slices.Contains([]Status{WithdrawnByPerson, Declined, EnteredInError, Revoked, Expired}, st.Status) {
		return nil
	}
	letters, err := tx.ReferralLetters(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(letters, func(l Letter) bool { return l.What == ABundle && l.State != LetterRefused }) {
		return nil
	}
	return s.askIn(ctx, tx, r, TaskErase)
}

// chaseIn has the desk see to it that the other one says what became of the data, where a bundle may have left.
func (s *Service) chaseIn(ctx context.Context, tx Tx, r Row, st State) error {
	if st.Status != WithdrawnByPerson || r.Bundle == "" {
		return nil
	}
	all, err := tx.OutOf(ctx, r.Bundle)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(o exchange.Out) bool {
		return o.Kind == envelope.Identity && o.State != exchange.OutHeld && o.State != exchange.OutDestroyed && o.State != exchange.OutRefused
	}) {
		return nil
	}
	return s.askIn(ctx, tx, r, TaskAnswer)
}

// ReceiveAnswer takes what a holder did about data under a withdrawn consent. It is the exchange's handler of kind
// withdrawal-answer.
//
// It refuses what is no answer.
func (s *Service) ReceiveAnswer(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	said, err := a.Control.WithdrawalAnswer()
	if err != nil {
		return err
	}
	from := id.Address{Member: a.Envelope.Header.From, Desk: a.Control.FromDesk}
	return s.answeredIn(ctx, over, said.Consent, TaskAnswer, func(r Row) bool { return r.Side == Sender && r.Peer == from })
}

// AnsweredIn ends the tasks of this node's desks to say what becomes of data under a consent, once they have said it.
// The node calls it where it tells the issuer.
func (s *Service) AnsweredIn(ctx context.Context, over consent.Tx, c id.Consent) error {
	return s.answeredIn(ctx, over, c, TaskErase, func(r Row) bool { return r.Side == Receiver })
}

func (s *Service) answeredIn(ctx context.Context, over any, c id.Consent, kind string, fits func(Row) bool) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	all, err := tx.ReferralsUnder(ctx, c)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !fits(r) {
			continue
		}
		for _, k := range []string{kind, TaskEscalated} {
			if _, err := s.Tasks.DoneIn(ctx, tx, r.object(), k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r Row) object() string { return string(r.ID) + "." + string(r.Side) }

func (r Row) asked() id.Desk {
	if r.Keeper != "" {
		return r.Keeper
	}
	return r.Desk
}

// askIn gives the desk of an end something to do that runs on no clock of its own, once.
func (s *Service) askIn(ctx context.Context, tx Tx, r Row, kind string) error {
	open, err := tx.OpenTasks(ctx, r.object(), kind)
	if err != nil || len(open) > 0 {
		return err
	}
	p, err := s.paramsOf(r)
	if err != nil {
		return err
	}
	limits := p.Normal
	if r.Urgent {
		limits = p.Urgent
	}
	n := task.New{
		Desk: r.asked(), Realm: r.Realm, Kind: kind, Object: r.object(), Reference: r.Reference, Urgent: r.Urgent || kind == TaskErase,
		Announce: true,
	}
	if kind == TaskErase && r.Case != "" { // whoever has the case answers: it may have gone to another desk
		c, err := tx.Case(ctx, r.Case)
		if err != nil {
			return err
		}
		n.Desk = c.Desk
	}
	if kind == TaskErase || kind == TaskAnswer {
		t := r.thread(s.Member)
		k, err := s.Law().Referral(t.Sender.Member, t.Receiver.Member, "withdrawal-answer")
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && k.Starts() {
			limits.Acknowledge = k.Length.Period()
		}
	}
	if limits.Acknowledge != (calendar.Period{}) {
		n.Clock = clockOf(Clock{Start: s.now(), Due: frame.At(p.Calendar(r.Side).After(s.Now(), limits.Acknowledge))}, p.Ladder)
	}
	_, err = s.Tasks.AddIn(ctx, tx, n)
	return err
}

// clockIn brings the tasks of an end into line with its running clocks.
func (s *Service) clockIn(ctx context.Context, tx Tx, r Row, clocks []Clock) error {
	wanted := map[string]task.Clock{}
	for _, k := range clocks {
		switch {
		case k.Name == ClockExpire:
		case k.Side == r.Side:
			c := task.Clock{Due: k.Due}
			for _, a := range k.Ladder {
				c.Chain = append(c.Chain, task.Rung{Step: stepOf(a.Step), At: a.At})
			}
			wanted["referral."+string(k.Name)] = c
		case wanted[TaskAwait].Due == 0 || k.Due < wanted[TaskAwait].Due:
			wanted[TaskAwait] = task.Clock{Due: k.Due, Chain: []task.Rung{
				{Step: task.AtDesk, At: k.Due}, {Step: task.AtCoordinator, At: k.Due + max(k.Due-k.Start, 0)/2},
			}}
		}
	}
	open, err := tx.OpenTasks(ctx, r.object(), "")
	if err != nil {
		return err
	}
	for _, t := range open {
		c, ok := wanted[t.Kind]
		switch {
		case ok && t.Due == c.Due:
		case ok:
			err = s.Tasks.MoveIn(ctx, tx, t, c)
		case t.Kind == TaskAwait || slices.Contains(clockNames(), t.Kind):
			err = s.Tasks.FinishIn(ctx, tx, t)
		}
		if err != nil {
			return err
		}
		delete(wanted, t.Kind)
	}
	for _, name := range append(clockNames(), TaskAwait) {
		c, ok := wanted[name]
		if !ok {
			continue
		}
		if _, err := s.Tasks.AddIn(ctx, tx, task.New{
			Desk: r.asked(), Realm: r.Realm, Kind: name, Object: r.object(), Reference: r.Reference, Urgent: r.Urgent, Clock: c,
			Announce: name != TaskAwait,
		}); err != nil {
			return err
		}
	}
	return nil
}

func clockNames() []string {
	var out []string
	for _, n := range []Name{
		ClockAcknowledge, ClockDecide, ClockSupply, ClockPlan, ClockHandover, ClockArrival, ClockCare, ClockFeedback, ClockClose,
		ClockConflict,
	} {
		out = append(out, "referral."+string(n))
	}
	return out
}

func stepOf(s Step) task.Step {
	switch s {
	case StepDeputy:
		return task.AtDeputy
	case StepCoordinator:
		return task.AtCoordinator
	case StepOtherCoordinator:
		return task.Abroad
	default:
		return task.AtDesk
	}
}
