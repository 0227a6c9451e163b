package apireferral

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/referral"
)

// Step is one transition of one end of a referral, asked for at the version that was read.
type Step[B any] struct {
	call.Session
	call.Once
	call.Match
	End
	Body B
}

// step makes the handler of a transition.
func step[B interface {
	via() (referral.Code, string)
}](do func(context.Context, keyring.Bearer, referral.At, B) (referral.Row, error)) func(context.Context, keyring.Bearer, *Step[B]) (*OneReferral, error) {
	return func(ctx context.Context, by keyring.Bearer, in *Step[B]) (*OneReferral, error) {
		version, err := in.Version()
		if err != nil {
			return nil, err
		}
		at := in.at()
		at.Version = version
		at.Via, at.Language = in.Body.via()
		return referred(do(ctx, by, at, in.Body))
	}
}

// Told is the part of every transition that says how it was told.
type Told struct {
	Via      referral.Code `json:"via,omitempty" maxLength:"40" doc:"How a desk without a node told it, code; left out for a desk with one"`
	Language string        `json:"language,omitempty" maxLength:"35" doc:"In which the words beside it are written, BCP 47; they are shown as written in it"`
}

func (t Told) via() (referral.Code, string) { return t.Via, t.Language }

// Alternative is what a desk that declines offers instead: another desk, or a code that says why there is none.
type Alternative struct {
	Desk *id.Address   `json:"desk,omitempty"`
	Code referral.Code `json:"code,omitempty" maxLength:"40"`
}

func (x *Alternative) noun() referral.Alternative {
	if x == nil {
		return referral.Alternative{}
	}
	out := referral.Alternative{Code: x.Code}
	if x.Desk != nil {
		out.Desk = *x.Desk
	}
	return out
}

// Appointment is when and at what kind of place she is to be met.
type Appointment struct {
	At      frame.Time    `json:"at"`
	Meeting referral.Code `json:"meeting" maxLength:"40" doc:"Kind of place; never an address"`
}

// Sending says how a checked referral is sent.
type Sending struct {
	Told
	Both bool `json:"both,omitempty" doc:"The identity leaves at once: danger to life only, on a recorded override"`
}

// Asking is a question to the sending desk.
type Asking struct {
	Told
	Reason referral.Code `json:"reason" maxLength:"40"`
	Text   string        `json:"text,omitempty" maxLength:"20000" doc:"Sealed to the other desk"`
}

// Supplying answers a question.
type Supplying struct {
	Told
	Text string `json:"text" maxLength:"20000" doc:"Sealed to the other desk"`
}

// Repeating seals anew what was refused.
type Repeating struct {
	Told
	Text string `json:"text,omitempty" maxLength:"20000" doc:"Words beside a refused step, written again"`
}

// Declining says why the desk cannot take her, and who could.
type Declining struct {
	Told
	Reason  referral.Code `json:"reason" maxLength:"40"`
	Instead *Alternative  `json:"instead,omitempty"`
	Text    string        `json:"text,omitempty" maxLength:"20000" doc:"Sealed to the other desk"`
}

// Planning sets the handover.
type Planning struct {
	Told
	Appointment
	Text    string            `json:"text,omitempty" maxLength:"20000" doc:"Where; sealed to the other desk"`
	Answers []referral.Answer `json:"answers,omitempty" maxItems:"20" doc:"To the questions of the list handover (spec/referral.md 11); each reader sees the question in her own language"`
}

// Happening says when it took place.
type Happening struct {
	Told
	Happened frame.Time `json:"happened"`
}

// Reasoned is a transition with its reason.
type Reasoned struct {
	Told
	Reason referral.Code `json:"reason" maxLength:"40"`
}

// Reporting tells how she is.
type Reporting struct {
	Told
	Point   int           `json:"point" minimum:"1" maximum:"3650" doc:"Days after the handover"`
	Outcome referral.Code `json:"outcome" maxLength:"40"`
	Text    string        `json:"text,omitempty" maxLength:"20000" doc:"Sealed to the other desk"`
}

// Completing tells the outcome.
type Completing struct {
	Told
	Outcome referral.Code `json:"outcome" maxLength:"40"`
	Next    id.Referral   `json:"next,omitempty" maxLength:"64" doc:"The referral that follows; left out: none does"`
}

// steps registers the transitions.
func (a *Area) steps(r *call.Router) {
	type (
		ctx = context.Context
		who = keyring.Bearer
		at  = referral.At
		row = referral.Row
	)
	call.Add(r, "referral.check", step(func(c ctx, by who, x at, _ Told) (row, error) { return a.Referrals.Check(c, by, x) }))
	call.Add(r, "referral.send", step(func(c ctx, by who, x at, b Sending) (row, error) { return a.Referrals.Send(c, by, x, b.Both) }))
	call.Add(r, "referral.acknowledge", step(func(c ctx, by who, x at, _ Told) (row, error) { return a.Referrals.Acknowledge(c, by, x) }))
	call.Add(r, "referral.ask", step(func(c ctx, by who, x at, b Asking) (row, error) {
		return a.Referrals.Ask(c, by, x, b.Reason, b.Text)
	}))
	call.Add(r, "referral.supply", step(func(c ctx, by who, x at, b Supplying) (row, error) { return a.Referrals.Supply(c, by, x, b.Text) }))
	call.Add(r, "referral.resend", step(func(c ctx, by who, x at, b Repeating) (row, error) { return a.Referrals.Resend(c, by, x, b.Text) }))
	call.Add(r, "referral.accept", step(func(c ctx, by who, x at, _ Told) (row, error) { return a.Referrals.Accept(c, by, x) }))
	call.Add(r, "referral.decline", step(func(c ctx, by who, x at, b Declining) (row, error) {
		return a.Referrals.Decline(c, by, x, b.Reason, b.Instead.noun(), b.Text)
	}))
	call.Add(r, "referral.plan", step(func(c ctx, by who, x at, b Planning) (row, error) {
		return a.Referrals.Plan(c, by, x, referral.Planned{At: b.At, Meeting: b.Meeting}, b.Text, b.Answers...)
	}))
	call.Add(r, "referral.confirm", step(func(c ctx, by who, x at, b Happening) (row, error) { return a.Referrals.Confirm(c, by, x, b.Happened) }))
	call.Add(r, "referral.not-arrived", step(func(c ctx, by who, x at, b Reasoned) (row, error) { return a.Referrals.NotArrived(c, by, x, b.Reason) }))
	call.Add(r, "referral.in-care", step(func(c ctx, by who, x at, b Happening) (row, error) { return a.Referrals.InCare(c, by, x, b.Happened) }))
	call.Add(r, "referral.feedback", step(func(c ctx, by who, x at, b Reporting) (row, error) {
		return a.Referrals.Feedback(c, by, x, b.Point, b.Outcome, b.Text)
	}))
	call.Add(r, "referral.complete", step(func(c ctx, by who, x at, b Completing) (row, error) {
		return a.Referrals.Complete(c, by, x, b.Outcome, b.Next)
	}))
	call.Add(r, "referral.close", step(func(c ctx, by who, x at, _ Told) (row, error) { return a.Referrals.Close(c, by, x) }))
	call.Add(r, "referral.revoke", step(func(c ctx, by who, x at, b Reasoned) (row, error) { return a.Referrals.Revoke(c, by, x, b.Reason) }))
	call.Add(r, "referral.enter-in-error", step(func(c ctx, by who, x at, b Reasoned) (row, error) {
		return a.Referrals.EnterInError(c, by, x, b.Reason)
	}))
}
