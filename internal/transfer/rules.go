package transfer

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// receives reports whether a desk can be offered a case.
//
// It fails with [fault.Invalid] "transfer.field" for the desk that has the case, and "transfer.to" for one that is of another realm,
// works elsewhere, is closed, or has another purpose than helping people.
func receives(c casefile.Case, to desk.Desk) error {
	switch {
	case to.ID == c.Desk:
		return bad("to")
	case to.Realm != c.Realm || to.Kind != desk.AtNode || to.State != desk.Active || to.Purpose != desk.Ordinary:
		return fault.New(fault.Invalid, "transfer.to").With("field", "to")
	}
	return nil
}

// Said is what she said of one desk, when her consent was taken here: a consent that names it, and whether she withheld something then.
type Said struct {
	Consent  consent.Consent
	Withheld bool
}

// keptFrom reports whether she asked to be kept from a desk. The newest consent that names it says so: she took it back, or gave it and
// withheld something from that desk. A transfer hands over everything. One whose time has run out says nothing.
//
// It fails with [fault.Conflict] "transfer.kept-from" or "transfer.withheld".
func keptFrom(all []Said, to id.Address) error {
	var last *Said
	for i, s := range all {
		c := s.Consent
		if c.Origin == consent.TakenHere && slices.Contains(c.Recipients, to) && (last == nil || c.Given >= last.Consent.Given) {
			last = &all[i]
		}
	}
	switch {
	case last == nil:
		return nil
	case last.Consent.State == consent.Withdrawn:
		return fault.New(fault.Conflict, "transfer.kept-from")
	case last.Withheld:
		return fault.New(fault.Conflict, "transfer.withheld")
	}
	return nil
}

// dutiful reports whether a recorded duty of law bears a transfer: it was approved by a second person, is of this case, names this desk,
// and is not over.
//
// It fails with [fault.Conflict] "transfer.duty".
func dutiful(o consent.Override, c id.Case, to id.Address, now frame.Time) error {
	if o.Case != c || o.Basis != consent.LegalDuty || o.State == consent.Proposed || o.Approver == "" || o.Recipient != to || o.ValidTo <= now {
		return fault.New(fault.Conflict, "transfer.duty")
	}
	return nil
}

// check reports whether a handover can stand, for a person of an age class.
//
// It fails with [fault.Invalid] "transfer.field" and the field that is wrong, and "transfer.child" where she is a child or may be one
// and nobody who answers for her agreed, she did not assent, or nothing says why it is in her best interests.
func (x Handover) check(class person.AgeClass) error {
	switch {
	case x.Form != Form || x.Transfer == "" || x.From == "" || x.To == "" || x.By == "" || x.At <= 0:
		return bad("form")
	case x.Note == "" || !person.Text(x.Note, maxNote):
		return bad("note")
	case x.Basis == ByDuty && x.Override != "" && x.Agreement == nil:
		return nil
	case x.Basis != ByAgreement || x.Override != "" || x.Agreement == nil:
		return bad("basis")
	}
	return x.Agreement.check(class)
}

func (a Agreement) check(class person.AgeClass) error {
	other := a.GivenBy == consent.ByGuardian || a.GivenBy == consent.ByAuthority
	switch {
	case !person.Day(a.On):
		return bad("on")
	case a.GivenBy != consent.ByHerself && !other:
		return bad("given_by")
	case !person.Text(a.Guardian, 200) || other != (a.Guardian != ""):
		return bad("guardian")
	case !person.Text(a.BestInterests, maxNote):
		return bad("best_interests")
	case person.ChildPath(class) && (!other || !a.Assent || a.BestInterests == ""):
		return fault.New(fault.Invalid, "transfer.child").With("field", "given_by")
	case !a.Told:
		return bad("told")
	case a.How != consent.Written && a.How != consent.Oral:
		return bad("how")
	case !person.Text(a.Witness, 200) || a.How == consent.Oral && a.Witness == "":
		return bad("witness")
	case !person.Tag(a.Language):
		return bad("language")
	case !person.Text(a.Interpreter, 200):
		return bad("interpreter")
	}
	return nil
}

// given is the last moment at which she can have agreed: the end of the day that is written, and not after now. What she agreed to on a day before she asked that
// what is kept of her be not used gives way to that.
func (a Agreement) given(now frame.Time) frame.Time {
	on, err := time.Parse(time.DateOnly, a.On)
	if err != nil {
		return 0
	}
	return min(now, frame.At(on.AddDate(0, 0, 1)))
}

// answer decides what an offer becomes.
//
// It fails with [fault.Conflict] "transfer.answered" if it was answered or taken back, and [fault.Stale] "transfer.stale" if it has
// changed since version was read.
func answer(t Transfer, version int64, to State, by id.User, now frame.Time) (Transfer, error) {
	switch {
	case t.State != Offered:
		return Transfer{}, fault.New(fault.Conflict, "transfer.answered")
	case t.Version != version:
		return Transfer{}, fault.New(fault.Stale, "transfer.stale")
	}
	t.State, t.Decider, t.Responded = to, by, now
	return t, nil
}

// seen is a transfer as a desk may know it: which case it is about stays with the desk that offered it, until it is accepted.
func seen(t Transfer, at id.Desk) Transfer {
	if at != t.From && t.State != Accepted {
		t.Case, t.Record, t.Override = "", "", ""
	}
	return t
}
