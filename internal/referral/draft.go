package referral

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// KindDraft is the kind of the sealed record that holds a draft, KindWords that of what the desk wrote to the
// other, and KindBundle that of what it received.
const (
	KindDraft  = "referral"
	KindWords  = "referral-words"
	KindBundle = "referral-bundle"
)

const (
	requestForm = "opentrm/referral-request/1"
	wordsForm   = "opentrm/referral-words/1"
	maxContent  = 16 << 10 // bytes of a request or of words
	maxText     = 4000     // characters of words
	maxCodes    = 30
)

// Request is what the other desk is told before it accepts: what is needed, and nothing by which she could be
// found. It has no free text, so that no name slips in.
type Request struct {
	Form      string          `json:"form"`
	Needs     []Code          `json:"needs"` // sorted
	Sex       Code            `json:"sex"`
	AgeClass  person.AgeClass `json:"age_class"`
	Languages []string        `json:"languages"` // BCP 47
	Urgency   Urgency         `json:"urgency"`
	Risk      Code            `json:"risk"` // low, medium, high, unknown
	Capacity  Code            `json:"capacity"`
	Children  int             `json:"children"` // who come with her
	// Interpreter is what is to be prepared so that she is understood; absent where the case says nothing of it, or she did not agree to
	// tell her languages.
	Interpreter *Interpreter `json:"interpreter,omitempty"`
}

// Interpreter is who is to be found to interpret for her, in codes. The words about it travel with who she is.
type Interpreter struct {
	Needed Code `json:"needed"` // yes, no, or why nobody knows
	Sex    Code `json:"sex"`    // of the interpreter
	Remote Code `json:"remote"` // whether by telephone or picture is well with her
	Apart  bool `json:"apart"`  // there is a community from which nobody, or somebody who, must not interpret: engage nobody before it is known who
	Aid    bool `json:"aid"`    // she needs another aid, such as sign language
}

// Check reports whether the request can be sent.
//
// It fails with [fault.Invalid] "referral.request" and the field.
func (q Request) Check() error {
	bad := func(f string) error { return fault.New(fault.Invalid, "referral.request").With("field", f) }
	switch {
	case q.Form != requestForm:
		return bad("form")
	case len(q.Needs) == 0 || len(q.Needs) > maxCodes || !slices.IsSorted(q.Needs) ||
		slices.ContainsFunc(q.Needs, func(c Code) bool { return !c.Well() }):
		return bad("needs")
	case !q.Sex.Well():
		return bad("sex")
	case q.AgeClass != person.Child && q.AgeClass != person.Adult && q.AgeClass != person.AgeUnknown:
		return bad("age_class")
	case q.Languages == nil || len(q.Languages) > maxCodes || slices.ContainsFunc(q.Languages, func(l string) bool { return !person.Tag(l) }):
		return bad("languages")
	case q.Urgency != Normal && q.Urgency != Urgent:
		return bad("urgency")
	case !q.Risk.Well():
		return bad("risk")
	case !q.Capacity.Well():
		return bad("capacity")
	case q.Children < 0 || q.Children > maxCodes:
		return bad("children")
	case q.Interpreter != nil && (!q.Interpreter.Needed.Well() || !q.Interpreter.Sex.Well() || !q.Interpreter.Remote.Well()):
		return bad("interpreter")
	}
	return nil
}

// ParseRequest reads a request as it arrived.
//
// It fails with [fault.TooLarge] and [fault.Invalid].
func ParseRequest(b []byte) (Request, error) {
	var q Request
	if err := frame.Decode(b, maxContent, &q); err != nil {
		return Request{}, err
	}
	return q, q.Check()
}

// Drafting is what a desk wants to refer for. It is sealed in the case.
type Drafting struct {
	To         id.Address     `json:"to"`
	Kind       Code           `json:"kind"`
	Basis      Code           `json:"basis"`
	Consent    id.Consent     `json:"consent"`
	Override   bool           `json:"override"` // Consent names an override: danger to life, or a duty of law
	Categories []consent.Code `json:"categories"`
	Request    Request        `json:"request"`
	Facts      consent.Facts  `json:"facts"`
	Expires    frame.Time     `json:"expires"`
	Onward     bool           `json:"onward"`
	Continues  id.Referral    `json:"continues"`
	Full       bool           `json:"full"` // asked although the desk says that it is full
	// Open are pages that nobody has answered yet, where it is drafted one thing a page. What stands there is a beginning: it does not leave.
	Open []Code `json:"open,omitempty"`
	// Spoken tells that desk what the case says she needs in order to be understood, as far as the categories cover it.
	Spoken bool `json:"spoken,omitempty"`
}

// Return is the kind of a referral that hands a person back to where she was taken from.
const Return Code = "return"

// allowed reports whether a referral of a kind may be made and received here. A return needs a joint risk assessment that
// both sides have signed and her own decision. Both are in her case, and a request could only claim them: so no referral is one, from
// here or from another member. The desk that takes her over is asked by a referral of another kind, which the return names (docs/adr/0027).
//
// It fails with [fault.Denied] "referral.return.closed".
func allowed(kind Code) error {
	if kind == Return {
		return fault.New(fault.Denied, "referral.return.closed").With("field", "kind")
	}
	return nil
}

func (d Drafting) check(self id.Address, now frame.Time) error {
	bad := func(f string) error { return fault.New(fault.Invalid, "referral.draft").With("field", f) }
	switch {
	case !course.WellAddress(d.To) || d.To == self:
		return bad("to")
	case !slices.Contains(course.Codes().Lists["kind"], d.Kind):
		return bad("kind")
	case !d.Basis.Well():
		return bad("basis")
	case !course.WellRandom(d.Consent, false):
		return bad("consent")
	case !course.WellRandom(d.Continues, true):
		return bad("continues")
	case d.Expires <= now || d.Expires > now.Add(MaxExpiry):
		return bad("expires")
	case len(d.Categories) == 0:
		return bad("categories")
	}
	if err := allowed(d.Kind); err != nil {
		return err
	}
	return d.Request.Check()
}

// Draft writes a referral down, sealed in the case, or changes one that was not sent; then at names it. A change
// takes back what was checked, and destroys the bundle that was sealed for it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Denied] "referral.return.closed" for a
// return and "referral.desk.no-node" for a desk of another member that has none, [fault.Invalid] and the field, [fault.Conflict] "referral.ended" and so on if it was sent, [fault.Stale] if it has changed since, and [fault.Locked] without keys.
func (s *Service) Draft(ctx context.Context, by keyring.Bearer, c id.Case, at At, in Drafting) (Row, error) {
	in.Request.Form, in.Request.Languages = requestForm, append([]string{}, in.Request.Languages...)
	slices.Sort(in.Request.Needs)
	slices.Sort(in.Categories)
	if err := in.check(id.Address{Member: s.Member, Desk: by.Desk}, s.now()); err != nil {
		return Row{}, err
	}
	if at.Referral == "" {
		return s.begin(ctx, by, access.DraftReferral, c, in)
	}
	var out Row
	err := s.Write(ctx, audit.Did(by.Actor, access.DraftReferral, string(at.Referral)).In(c), func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, access.DraftReferral, at)
		if err != nil {
			return err
		}
		if r.Case != c {
			return hidden()
		}
		if !r.Status.Local() {
			return fault.New(fault.Conflict, "referral.transition").With("status", string(r.Status)).With("transition", string(Draft))
		}
		if err := destroyIn(ctx, tx, r.Bundle); err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		kept, err := k.ReadIn(ctx, tx, r.Record)
		if err != nil {
			return err
		}
		if in, err = spokenIn(ctx, tx, k, in); err != nil {
			return err
		}
		if kept.Body, err = frame.Encode(in); err != nil {
			return err
		}
		kept.By, kept.At = by.User, s.now()
		if kept.Compartment, err = s.savedIn(ctx, tx, k, kept.Compartment, profile.ClassDraft); err != nil {
			return err
		}
		if _, err := k.PutIn(ctx, tx, kept); err != nil {
			return err
		}
		if r, err = s.addressIn(ctx, tx, r, in); err != nil {
			return err
		}
		r.Status, r.Since = Draft, s.now()
		if err := tx.SetReferral(ctx, r); err != nil {
			return err
		}
		r.Version++
		out = r
		return nil
	})
	return out, err
}

// begin makes a new referral of a case.
func (s *Service) begin(ctx context.Context, by keyring.Bearer, action access.Action, c id.Case, in Drafting) (Row, error) {
	r := Row{
		ID: id.Random[id.Referral](s.IDs), Desk: by.Desk, Side: Sender, Realm: by.Realm, Case: c, Owner: by.User, Status: Draft,
		Made: s.now(), Since: s.now(), Version: 1,
	}
	r.Reference = referenceOf(r.ID)
	if err := access.Check(by.Actor, action, resource(r, by.Actor)); err != nil {
		return Row{}, err
	}
	err := s.Write(ctx, audit.Did(by.Actor, action, string(r.ID)).In(c), func(tx Tx) error {
		p, err := person.MayIn(ctx, tx, by.Actor, access.KnowCase, c, s.now())
		if err != nil {
			return err
		}
		if p.Closed {
			return fault.New(fault.Conflict, "person.case-closed")
		}
		r.Person = p.Person
		if r, err = s.addressIn(ctx, tx, r, in); err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		if in, err = spokenIn(ctx, tx, k, in); err != nil {
			return err
		}
		body, err := frame.Encode(in)
		if err != nil {
			return err
		}
		space, err := k.NewSpaceIn(ctx, tx, profile.ClassDraft)
		if err != nil {
			return err
		}
		kept, err := k.PutIn(ctx, tx, keyring.Record{Compartment: space, Kind: KindDraft, At: s.now(), By: by.User, Body: body})
		if err != nil {
			return err
		}
		r.Record = kept.ID
		return tx.AddReferral(ctx, r)
	})
	return r, err
}

// addressIn puts on an end what its draft says, and what the desk sheet says of the other desk.
func (s *Service) addressIn(ctx context.Context, tx Tx, r Row, in Drafting) (Row, error) {
	r.Peer, r.Kind, r.Basis, r.Urgent = in.To, in.Kind, in.Basis, in.Request.Urgency == Urgent
	r.Consent, r.Override, r.Continues, r.Expires = in.Consent, in.Override, in.Continues, in.Expires
	d, err := s.peerIn(ctx, tx, r.Peer)
	r.PeerKind = d.Kind
	return r, err
}

// peerIn returns what is known of the other desk. A desk without a node is one of our own: only its own member's node can
// keep what it answers, so one of another member is refused.
func (s *Service) peerIn(ctx context.Context, tx Tx, to id.Address) (member.Desk, error) {
	if to.Member == s.Member {
		d, err := tx.Desk(ctx, to.Desk)
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.NotFound, "exchange.desk.unknown")
		}
		if err != nil || d.Kind != desk.AtNode {
			return member.Desk{ID: d.ID, Kind: d.Kind, Realm: d.Realm, Capacity: "unknown"}, err
		}
	}
	held, err := member.SheetOf(ctx, tx, to.Member)
	d, ok := held.Signed.Sheet.Find(to.Desk)
	switch {
	case fault.Is(err, fault.NotFound):
		err = fault.New(fault.Stale, "member.sheet.none")
	case err == nil && !ok:
		err = fault.New(fault.NotFound, "exchange.desk.unknown")
	case err == nil && d.Kind != desk.AtNode && to.Member != s.Member:
		err = fault.New(fault.Denied, "referral.desk.no-node")
	}
	return d, err
}

// draftIn opens the draft of an end, and counts anew how old she is: what may be sent depends on it.
func (s *Service) draftIn(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (Drafting, *keyring.Case, error) {
	k, err := s.Keys.OpenCaseIn(ctx, tx, by, r.Case)
	if err != nil {
		return Drafting{}, nil, err
	}
	c, err := tx.Case(ctx, r.Case)
	if err != nil {
		return Drafting{}, nil, err
	}
	if _, err := s.Cases.CountIn(ctx, tx, by.Actor, k, c); err != nil {
		return Drafting{}, nil, err
	}
	kept, err := k.ReadIn(ctx, tx, r.Record)
	if err != nil {
		return Drafting{}, nil, err
	}
	var in Drafting
	err = frame.Decode(kept.Body, keyring.MaxRecord, &in)
	return in, k, err
}
