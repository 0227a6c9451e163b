package homecoming

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

// step is a transition: who takes it says package access, from which states it is taken stands here.
type step struct {
	action access.Action
	from   []State
	to     State // empty: it stays in its state
}

// steps are the transitions of a return, in the order in which they are taken. docs/states-return.md draws them.
func steps() []step {
	before := []State{Proposed, Decided, Assessed, Arranged}
	return []step{
		{access.DecideHomecoming, []State{Proposed}, Decided},
		{access.InterestHomecoming, before, ""},
		{access.AssessHomecoming, []State{Decided, Assessed, Arranged}, Decided},
		{access.SignHomecoming, []State{Decided}, Assessed},
		{access.CountersignHomecoming, []State{Decided}, Assessed}, // stays decided if that desk declined
		{access.ArrangeHomecoming, []State{Assessed, Arranged}, Arranged},
		{access.DepartHomecoming, []State{Arranged}, Departed},
		{access.ArriveHomecoming, []State{Departed}, Arrived}, // stays departed if she has not
		{access.FollowHomecoming, []State{Arrived, Followed}, Followed},
		{access.StopHomecoming, append(before, Departed), Stopped},
		{access.CloseHomecoming, []State{Arrived, Followed}, Closed},
		{access.WithdrawHomecoming, append(before, Departed, Arrived, Followed), Stopped}, // closed once she has arrived
	}
}

// next returns the state in which a step ends.
//
// It fails with [fault.Conflict] "homecoming.state" and the state if it is not taken from there.
func next(s State, action access.Action) (State, error) {
	for _, t := range steps() {
		if t.action == action && slices.Contains(t.from, s) {
			if t.to == "" {
				return s, nil
			}
			return t.to, nil
		}
	}
	return s, fault.New(fault.Conflict, "homecoming.state").With("state", string(s))
}

// Takes reports whether a step is taken from a state. Whether it succeeds depends on more: who asks, and what holds her back.
func Takes(s State, action access.Action) bool {
	_, err := next(s, action)
	return err == nil
}

// Block is a reason for which she does not leave, whoever asks. Its name is the end of a message key.
type Block string

// The blocks, in the order in which they are told.
const (
	NoDecision    Block = "decision"       // her own informed decision is not in force
	ToOrigin      Block = "origin"         // she asked for asylum, and it is her country of origin
	OriginUnknown Block = "origin-unknown" // she asked for asylum, and that country is not known
	Underage      Block = "child"          // she is or may be a child, and nothing in favour was determined
	NoConsent     Block = "consent"        // the consent under which the second desk was asked is not in force
	Unsigned      Block = "unsigned"       // the assessment is missing, or one of its signatures
	Outdated      Block = "outdated"       // it is older than the profile lets it be, or the profile does not say
	RiskSince     Block = "risk-since"     // a high risk was found after it
	RedRisk       Block = "red"            // not both have accepted what is done about a red risk
)

// Blocks returns every block.
func Blocks() []Block {
	return []Block{NoDecision, ToOrigin, OriginUnknown, Underage, NoConsent, Unsigned, Outdated, RiskSince, RedRisk}
}

// refusal is the block as a fault.
func (b Block) refusal() error { return fault.New(fault.Denied, "homecoming.block."+string(b)) }

// facts are all that the blocks depend on.
type facts struct {
	row   Return
	file  casefile.Case
	live  bool       // the consent for the joint assessment
	until frame.Time // when the assessment is too old; 0: the profile does not say
	now   frame.Time
}

// blocks returns what holds her back.
func (f facts) blocks() []Block {
	r, c := f.row, f.file
	origin := Block("")
	if err := casefile.MayTransmitTo(c, id.Member(r.To)); err != nil {
		origin = OriginUnknown
		if slices.Contains(c.Origins, r.To) {
			origin = ToOrigin
		}
	}
	signed := r.Assessed != 0 && r.Signed != 0
	var out []Block
	for _, x := range []struct {
		block Block
		holds bool
	}{
		{NoDecision, r.Decided == 0},
		{ToOrigin, origin == ToOrigin},
		{OriginUnknown, origin == OriginUnknown},
		{Underage, c.AgeClass != person.Adult && r.Interest == 0},
		{NoConsent, signed && !f.live},
		{Unsigned, !signed},
		{Outdated, signed && f.now >= f.until},
		{RiskSince, signed && c.Grade == casefile.High && c.Assessed > r.Assessed},
		{RedRisk, signed && r.Red},
	} {
		if x.holds {
			out = append(out, x.block)
		}
	}
	return out
}

// The clocks of the profile that a return starts.
const (
	clockSign    = "return-signature"  // the second desk reads the assessment and signs it, or says why not
	clockValid   = "return-assessment" // so long an assessment can be relied on
	clockArrival = "arrival"           // somebody says whether she has arrived
	clockFollow  = "feedback-"         // and how she is so many days later
)

// clock counts a clock of the profile between this member and the country of return.
//
// It fails as [profile.Set.Referral] and [profile.Deadline]: law that nobody has confirmed starts no clock.
func (s *Service) clock(key, to string, start frame.Time) (task.Clock, error) {
	law := s.Law()
	k, err := law.Referral(s.Member, id.Member(to), key)
	if err != nil {
		return task.Clock{}, err
	}
	zone, err := law.Zone(s.Member)
	if fault.Is(err, fault.NotFound) {
		zone, err = time.UTC, nil
	}
	if err != nil {
		return task.Clock{}, err
	}
	due, err := profile.Deadline(k, start, false, zone, law.Calendar(s.Member))
	if err != nil {
		return task.Clock{}, err
	}
	c := task.Clock{Due: due}
	if k.RemindPercent > 0 {
		c.Remind = profile.At(start, due, k.RemindPercent)
	}
	rungs := map[string]task.Step{"desk": task.AtDesk, "deputy": task.AtDeputy, "coordinator": task.AtCoordinator}
	for _, e := range k.Escalation {
		if to, ok := rungs[e.To]; ok { // a return sends nothing abroad, an alarm neither
			c.Chain = append(c.Chain, task.Rung{Step: to, At: profile.At(start, due, e.AtPercent)})
		}
	}
	return c, nil
}

// until is when the joint assessment is too old; 0 if the profile does not say, or only by law that nobody has confirmed.
func (s *Service) until(r Return) frame.Time {
	c, err := s.clock(clockValid, r.To, r.Assessed)
	if err != nil {
		return 0
	}
	return c.Due
}

// Points returns after how many days of her arrival somebody asks how she is, rising, as the profile says.
func (s *Service) Points() []int64 { return s.points() }

// points returns after how many days of her arrival somebody asks how she is, rising, as the profile says.
func (s *Service) points() []int64 {
	var out []int64
	for _, k := range s.Law().Clocks() {
		if n, ok := point(k.Key); ok && k.Starts() {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}
