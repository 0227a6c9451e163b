package referral

import "github.com/opentrm/opentrm/internal/course"

// What happens to a referral, and what follows from it, is told in the words of package course.
type (
	Status      = course.Status
	Transition  = course.Transition
	Side        = course.Side
	Owner       = course.Owner
	Signed      = course.Signed
	Code        = course.Code
	Urgency     = course.Urgency
	Digest      = course.Digest
	Mark        = course.Mark
	Alternative = course.Alternative
	Planned     = course.Planned
	Due         = course.Due
	Event       = course.Event
	Name        = course.Name
	Step        = course.Step
	Rung        = course.Rung
	Limits      = course.Limits
	Params      = course.Params
	Observed    = course.Observed
	Alarm       = course.Alarm
	Clock       = course.Clock
	Thread      = course.Thread
	Standing    = course.Standing
	Entry       = course.Entry
	Lost        = course.Lost
	Place       = course.Place
	State       = course.State
)

// The words themselves.
const (
	Draft                = course.Draft
	Checked              = course.Checked
	Sent                 = course.Sent
	Delivered            = course.Delivered
	Acknowledged         = course.Acknowledged
	InformationRequested = course.InformationRequested
	InformationSupplied  = course.InformationSupplied
	Accepted             = course.Accepted
	HandoverPlanned      = course.HandoverPlanned
	NotArrived           = course.NotArrived
	HandedOver           = course.HandedOver
	InCare               = course.InCare
	Feedback             = course.Feedback
	Completed            = course.Completed
	Closed               = course.Closed
	EnteredInError       = course.EnteredInError
	WithdrawnByPerson    = course.WithdrawnByPerson
	Revoked              = course.Revoked
	Declined             = course.Declined
	Expired              = course.Expired
	Sender               = course.Sender
	Receiver             = course.Receiver
	ThePerson            = course.ThePerson
	MaxSeq               = course.MaxSeq
	MaxCode              = course.MaxCode
	MaxExpiry            = course.MaxExpiry
	Normal               = course.Normal
	Urgent               = course.Urgent
	FieldTo              = course.FieldTo
	FieldKind            = course.FieldKind
	FieldUrgency         = course.FieldUrgency
	FieldBasis           = course.FieldBasis
	FieldConsent         = course.FieldConsent
	FieldExpires         = course.FieldExpires
	FieldDue             = course.FieldDue
	FieldOnward          = course.FieldOnward
	FieldContinues       = course.FieldContinues
	FieldBundle          = course.FieldBundle
	FieldReason          = course.FieldReason
	FieldAlternative     = course.FieldAlternative
	FieldPlanned         = course.FieldPlanned
	FieldHappened        = course.FieldHappened
	FieldPoint           = course.FieldPoint
	FieldOutcome         = course.FieldOutcome
	FieldVia             = course.FieldVia
	ClockAcknowledge     = course.ClockAcknowledge
	ClockDecide          = course.ClockDecide
	ClockSupply          = course.ClockSupply
	ClockPlan            = course.ClockPlan
	ClockHandover        = course.ClockHandover
	ClockArrival         = course.ClockArrival
	ClockCare            = course.ClockCare
	ClockFeedback        = course.ClockFeedback
	ClockClose           = course.ClockClose
	ClockExpire          = course.ClockExpire
	ClockConflict        = course.ClockConflict
	StepDesk             = course.StepDesk
	StepDeputy           = course.StepDeputy
	StepCoordinator      = course.StepCoordinator
	StepOtherCoordinator = course.StepOtherCoordinator
	Counted              = course.Counted
	LostStands           = course.LostStands
	Void                 = course.Void
	Ahead                = course.Ahead
	Parked               = course.Parked
	Refused              = course.Refused
	Twin                 = course.Twin
	View                 = course.View
)
