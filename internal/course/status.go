package course

import (
	"slices"
	"sync"
)

// Status is where a referral stands. The words cross the wire: append only.
type Status string

// Transition is a step of a referral. It is named after the status that it leads to.
type Transition = Status

// The statuses, in the order of a referral that goes well, then the ends.
const (
	Draft                Status = "draft"                 // written, not sent; known to the sender's node only
	Checked              Status = "checked"               // consent, rule row and capacity hold; known to the sender's node only
	Sent                 Status = "sent"                  // the sender desk has asked
	Delivered            Status = "delivered"             // the receiver's node holds the request
	Acknowledged         Status = "acknowledged"          // a person at the receiver desk opened it
	InformationRequested Status = "information-requested" // the receiver desk asks back
	InformationSupplied  Status = "information-supplied"  // the sender desk has answered
	Accepted             Status = "accepted"              // the receiver desk will take her
	HandoverPlanned      Status = "handover-planned"      // a time and a kind of meeting place are set
	NotArrived           Status = "not-arrived"           // she did not come; a new plan is possible
	HandedOver           Status = "handed-over"           // the receiver desk confirms that she is with it
	InCare               Status = "in-care"               // assistance has begun
	Feedback             Status = "feedback"              // the receiver desk has told how she is, at least once
	Completed            Status = "completed"             // the receiver desk has told the outcome
	Closed               Status = "closed"                // the sender desk has read the outcome: the loop is closed

	EnteredInError    Status = "entered-in-error"    // it should never have been
	WithdrawnByPerson Status = "withdrawn-by-person" // she does not want it any more
	Revoked           Status = "revoked"             // the sender desk takes it back
	Declined          Status = "declined"            // the receiver desk cannot take her
	Expired           Status = "expired"             // nobody decided in time
)

// Statuses returns every status, in the order of the constants.
func Statuses() []Status {
	return []Status{
		Draft, Checked, Sent, Delivered, Acknowledged, InformationRequested, InformationSupplied, Accepted, HandoverPlanned,
		NotArrived, HandedOver, InCare, Feedback, Completed, Closed, EnteredInError, WithdrawnByPerson, Revoked, Declined, Expired,
	}
}

// Final reports whether nothing can follow: closed, withdrawn-by-person, entered-in-error.
func (s Status) Final() bool { return s == Closed || s == WithdrawnByPerson || s == EnteredInError }

// Ended reports whether the referral is over: final, or revoked, declined or expired, which still give way
// to a handover that had happened before it was known and to a withdrawal.
func (s Status) Ended() bool { return s.Final() || s == Revoked || s == Declined || s == Expired }

// Protective reports whether a transition takes effect on arrival, whatever is missing before it.
func (s Status) Protective() bool {
	return s == WithdrawnByPerson || s == EnteredInError || s == Revoked
}

// Local reports whether a transition stays in the sender's node and is never an event: the steps before sent.
func (s Status) Local() bool { return s == Draft || s == Checked }

// Side is one of the two parties of a referral. The words cross the wire.
type Side string

// The sides.
const (
	Sender   Side = "sender"
	Receiver Side = "receiver"
)

// Other returns the opposite side.
func (s Side) Other() Side {
	if s == Sender {
		return Receiver
	}
	return Sender
}

// Owner is who may take a transition.
type Owner string

// The owners.
const (
	SenderDesk   Owner = "sender-desk"   // a person at the desk that refers
	ReceiverDesk Owner = "receiver-desk" // a person at the desk that is asked
	SenderNode   Owner = "sender-node"   // the sender's node, unattended
	ReceiverNode Owner = "receiver-node" // the receiver's node, unattended
	ThePerson    Owner = "the-person"    // the person herself, through a desk of either side or her own view
)

// Sides returns the sides on which the owner's events stand.
func (o Owner) Sides() []Side {
	switch o {
	case SenderDesk, SenderNode:
		return []Side{Sender}
	case ReceiverDesk, ReceiverNode:
		return []Side{Receiver}
	default:
		return []Side{Sender, Receiver}
	}
}

// rule says who takes a transition, from where, and which fields its event carries.
type rule struct {
	owner Owner
	from  []Status
	needs []Field
	may   []Field
}

// unfinished are the statuses that a person can leave and that an error can undo: all but the final ones.
func unfinished() []Status {
	return slices.DeleteFunc(Statuses(), Status.Final)
}

// ruleOf returns the rule of a transition; false means that there is no such transition.
func ruleOf(t Transition) (rule, bool) {
	r, ok := rules()[t]
	return r, ok
}

var rules = sync.OnceValue(func() map[Transition]rule {
	all := map[Transition]rule{}
	for _, t := range Statuses() {
		all[t], _ = ruleFor(t)
	}
	return all
})

// ruleFor is the table of the transitions.
func ruleFor(t Transition) (rule, bool) {
	switch t {
	case Draft:
		return rule{owner: SenderDesk, from: []Status{Checked}}, true
	case Checked:
		return rule{owner: SenderDesk, from: []Status{Draft}}, true
	case Sent:
		return rule{
			owner: SenderDesk, from: []Status{Checked},
			needs: []Field{FieldTo, FieldKind, FieldUrgency, FieldBasis, FieldExpires},
			may:   []Field{FieldConsent, FieldDue, FieldOnward, FieldContinues, FieldBundle, FieldVia},
		}, true
	case Delivered:
		return rule{owner: ReceiverNode, from: []Status{Sent}, may: []Field{FieldVia}}, true
	case Acknowledged:
		return rule{owner: ReceiverDesk, from: []Status{Sent, Delivered}, may: []Field{FieldVia}}, true
	case InformationRequested:
		return rule{
			owner: ReceiverDesk, from: []Status{Acknowledged, InformationSupplied},
			needs: []Field{FieldReason}, may: []Field{FieldVia},
		}, true
	case InformationSupplied:
		return rule{owner: SenderDesk, from: []Status{InformationRequested}, may: []Field{FieldVia}}, true
	case Accepted:
		return rule{
			owner: ReceiverDesk, from: []Status{Acknowledged, InformationRequested, InformationSupplied}, may: []Field{FieldVia},
		}, true
	case Declined:
		return rule{
			owner: ReceiverDesk,
			from:  []Status{Acknowledged, InformationRequested, InformationSupplied, Accepted, HandoverPlanned, NotArrived},
			needs: []Field{FieldReason, FieldAlternative}, may: []Field{FieldVia},
		}, true
	case Expired:
		return rule{owner: SenderNode, from: []Status{Sent, Delivered, Acknowledged, InformationRequested, InformationSupplied}}, true
	case HandoverPlanned:
		return rule{
			owner: SenderDesk, from: []Status{Accepted, HandoverPlanned, NotArrived},
			needs: []Field{FieldPlanned}, may: []Field{FieldVia},
		}, true
	case HandedOver:
		return rule{
			owner: ReceiverDesk, from: []Status{Accepted, HandoverPlanned, NotArrived}, may: []Field{FieldHappened, FieldVia},
		}, true
	case NotArrived:
		return rule{owner: ReceiverDesk, from: []Status{HandoverPlanned}, needs: []Field{FieldReason}, may: []Field{FieldVia}}, true
	case InCare:
		return rule{owner: ReceiverDesk, from: []Status{HandedOver}, may: []Field{FieldHappened, FieldVia}}, true
	case Feedback:
		return rule{
			owner: ReceiverDesk, from: []Status{InCare, Feedback},
			needs: []Field{FieldPoint, FieldOutcome}, may: []Field{FieldConsent, FieldVia},
		}, true
	case Completed:
		return rule{
			owner: ReceiverDesk, from: []Status{HandedOver, InCare, Feedback},
			needs: []Field{FieldOutcome}, may: []Field{FieldConsent, FieldContinues, FieldVia},
		}, true
	case Closed:
		return rule{owner: SenderDesk, from: []Status{Completed}, may: []Field{FieldVia}}, true
	case WithdrawnByPerson:
		// No reason: she owes none, and what is not recorded cannot leak.
		return rule{owner: ThePerson, from: unfinished(), may: []Field{FieldConsent, FieldVia}}, true
	case EnteredInError:
		return rule{owner: SenderDesk, from: unfinished(), needs: []Field{FieldReason}}, true
	case Revoked:
		return rule{
			owner: SenderDesk,
			from: []Status{
				Sent, Delivered, Acknowledged, InformationRequested, InformationSupplied, Accepted, HandoverPlanned, NotArrived,
			},
			needs: []Field{FieldReason}, may: []Field{FieldVia},
		}, true
	default:
		return rule{}, false
	}
}

// Owners returns who may take the transition, and nothing for a word that is no transition.
func Owners(t Transition) []Owner {
	r, ok := ruleOf(t)
	if !ok {
		return nil
	}
	return []Owner{r.owner}
}

// Needs returns the fields that an event of the transition must carry, beside those that every event has.
func Needs(t Transition) []Field {
	r, _ := ruleOf(t)
	return slices.Clone(r.needs)
}

// Allows returns the fields that an event of the transition may carry, beside those that it needs.
func Allows(t Transition) []Field {
	r, _ := ruleOf(t)
	return slices.Clone(r.may)
}
