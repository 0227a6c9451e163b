package ownview

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
)

// facts is what a capsule is made of: operational rows alone.
type facts struct {
	file      casefile.Case
	consents  []consent.Consent
	referrals []referral.Row
	openings  []casefile.Opened
	desks     map[id.Address]Desk
	now       frame.Time
}

// sort puts what is of several files in one order: of time, the openings the newest first and each once.
func (f *facts) sort() {
	sorting.Stable(f.consents, func(a, b consent.Consent) int { return cmp.Or(cmp.Compare(a.Given, b.Given), cmp.Compare(a.ID, b.ID)) })
	sorting.Stable(f.referrals, func(a, b referral.Row) int { return cmp.Or(cmp.Compare(a.Made, b.Made), cmp.Compare(a.ID, b.ID)) })
	sorting.By(f.openings, func(a, b casefile.Opened) int { return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Role, b.Role)) })
	f.openings = slices.Compact(f.openings)
}

// compose makes the capsule. What is not in the rows of codes, days and desks cannot get into it.
func compose(f facts) Capsule {
	c := Capsule{
		Format: Format, Day: day(f.now), Status: "open", Decision: decision(f.file.Status), Consents: []Consent{}, Steps: []Step{}, Openings: []Opening{},
	}
	if f.file.State == casefile.Closed {
		c.Status = "closed"
	}
	for i, x := range f.consents {
		y := Consent{
			Number: i + 1, ID: x.ID, State: state(x, f.now), Given: day(x.Given), Until: day(x.ValidTo), Here: x.Origin == consent.TakenHere, To: []Desk{},
		}
		for _, to := range x.Recipients {
			if x.Origin == consent.TakenHere && !slices.Contains(y.To, f.desks[to]) {
				y.To = append(y.To, f.desks[to])
			}
		}
		c.Consents = append(c.Consents, y)
	}
	c.Consents = c.Consents[max(len(c.Consents)-MostConsents, 0):]
	for _, r := range f.referrals {
		if s := step(r.Status); s != "" && r.Side == referral.Sender {
			c.Steps = append(c.Steps, Step{To: f.desks[r.Peer], State: s, Since: day(r.Since)})
		}
	}
	c.Steps = c.Steps[max(len(c.Steps)-MostSteps, 0):]
	for _, o := range f.openings {
		if told(o.Role) && len(c.Openings) < MostOpenings {
			c.Openings = append(c.Openings, Opening{Day: o.Date(), Role: o.Role})
		}
	}
	return c
}

func day(t frame.Time) string { return t.Time().UTC().Format(time.DateOnly) }

// state says in a word how a consent stands.
func state(c consent.Consent, now frame.Time) string {
	switch {
	case c.State == consent.Withdrawn && c.Reply == consent.Erased:
		return "erased"
	case c.State == consent.Withdrawn && c.Reply == consent.Kept:
		return "kept"
	case c.State == consent.Withdrawn:
		return "withdrawn"
	case c.State == consent.Expired || now >= c.ValidTo:
		return "expired"
	case !c.Live(now):
		return "paused"
	}
	return "given"
}

// decision says whether something was decided about her status, and not what: a page that somebody else sees tells nothing of it.
func decision(status string) string {
	switch status {
	case "":
		return "none"
	case "indicators-noted", "presumed", "reasonable-grounds", "under-review":
		return "waiting"
	}
	return "made"
}

// step says in a word how far a referral has come; "" for one that was not sent, or never should have been.
func step(s referral.Status) string {
	switch s {
	case referral.Draft, referral.Checked, referral.EnteredInError:
		return ""
	case referral.Accepted, referral.HandoverPlanned, referral.NotArrived:
		return "accepted"
	case referral.HandedOver, referral.InCare, referral.Feedback:
		return "arrived"
	case referral.Completed, referral.Closed:
		return "done"
	case referral.WithdrawnByPerson, referral.Revoked, referral.Declined, referral.Expired:
		return "stopped"
	}
	return "asked"
}

// deskOf says what she is told of a desk.
func deskOf(function string, abroad bool) Desk {
	f := strings.TrimPrefix(function, "desk.function.")
	if !slices.Contains(Functions(), f) {
		f = Other
	}
	return Desk{Function: f, Abroad: abroad}
}
