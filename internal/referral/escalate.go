package referral

import (
	"context"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// TaskEscalated is the task of a coordinator whose own desk waits for a desk that is silent, past all who could move it
// on its side.
const TaskEscalated = "referral.escalated"

// AbroadIn tells the coordinator of the other side that an end here is silent: the last step of a task's escalation. It
// reports whether there was somebody to tell: a task about something else, and an other side without a node, have
// nobody.
//
// It fails as the storage fails; a member to whom nothing may be sealed now is nobody.
func (s *Service) AbroadIn(ctx context.Context, over task.Tx, t task.Task) (bool, error) {
	tx, ok := over.(Tx)
	if !ok {
		return false, fault.New(fault.Internal, "referral.wiring")
	}
	clock, of := strings.CutPrefix(t.Kind, "referral.")
	if !of || !slices.Contains(envelope.EscalatedClocks(), clock) {
		return false, nil
	}
	r, err := s.endOfTask(ctx, tx, t.Object)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil || r.PeerKind != "" && r.PeerKind != desk.AtNode {
		return false, err
	}
	said := envelope.EscalationBody{Referral: r.ID, Clock: clock, Since: t.Made, Due: t.Due, Urgent: t.Urgent}
	if r.Peer.Member == s.Member {
		return true, s.escalatedIn(ctx, tx, said, id.Address{Member: s.Member, Desk: r.Desk})
	}
	body, err := envelope.EncodeBody(said)
	if err != nil {
		return false, err
	}
	_, err = s.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Escalation, To: r.Peer.Member, Body: body, Expires: s.now().Add(envelope.MaxLife)})
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// endOfTask returns the end that a task is about.
func (s *Service) endOfTask(ctx context.Context, tx Tx, object string) (Row, error) {
	ref, _, _ := strings.Cut(object, ".")
	ends, err := tx.ReferralEnds(ctx, id.Referral(ref))
	if err != nil {
		return Row{}, err
	}
	for _, r := range ends {
		if r.object() == object {
			return r, nil
		}
	}
	return Row{}, fault.New(fault.NotFound, "store.missing")
}

// ReceiveEscalation gives the coordinator here something to look at, because a desk of the sending member is silent and
// nobody on its side has moved it. It is the exchange's handler of kind escalation. Saying it again changes nothing.
//
// It refuses what is not about a referral between the two members.
func (s *Service) ReceiveEscalation(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	said, err := a.Control.Escalation()
	if err != nil {
		return err
	}
	return s.escalatedIn(ctx, tx, said, id.Address{Member: a.Envelope.Header.From})
}

// escalatedIn makes the task at the end whose peer is silent. A desk without a name stands for any of that member.
func (s *Service) escalatedIn(ctx context.Context, tx Tx, said envelope.EscalationBody, silent id.Address) error {
	ends, err := tx.ReferralEnds(ctx, said.Referral)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ends, func(r Row) bool {
		return r.Peer.Member == silent.Member && (silent.Desk == "" || r.Peer.Desk == silent.Desk)
	})
	if i < 0 {
		return exchange.Refuse(envelope.NotPermitted)
	}
	r := ends[i]
	open, err := tx.OpenTasks(ctx, r.object(), TaskEscalated)
	if err != nil || len(open) > 0 || r.Status.Ended() && said.Clock != "erase" && said.Clock != "answer" {
		return err // what becomes of her data is waited for after the end, everything else before it
	}
	// It is the coordinator's from the start: the desk itself has waited long enough.
	_, err = s.Tasks.AddIn(ctx, tx, task.New{
		Desk: r.asked(), Realm: r.Realm, Kind: TaskEscalated, Object: r.object(), Reference: r.Reference, Urgent: r.Urgent || said.Urgent,
		Clock: task.Clock{Due: s.now(), Chain: []task.Rung{{Step: task.AtCoordinator, At: s.now()}}},
	})
	return err
}

// heardIn ends what the coordinator was asked to look at, once the other side has spoken or the referral is over.
func (s *Service) heardIn(ctx context.Context, tx Tx, r Row, by Side) error {
	if by == r.Side && !r.Status.Ended() {
		return nil
	}
	_, err := s.Tasks.DoneIn(ctx, tx, r.object(), TaskEscalated)
	return err
}
