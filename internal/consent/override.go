package consent

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// OverrideState is how far an override has come.
type OverrideState string

// The states of an override.
const (
	Proposed OverrideState = "proposed"
	Approved OverrideState = "approved"
	Reviewed OverrideState = "reviewed"
)

// The grounds of an override. There is no third one.
const (
	VitalInterest = "vital-interests"
	LegalDuty     = "legal-duty"
)

// OverrideKind is the kind of the sealed record that holds the reason of an override.
const OverrideKind = "override"

// Override is the operational row of the path for danger to life and for duties of law. It is no
// consent and changes none: it has its own identifier, its own sealed reason, a second person, a review
// and a notice to the person. What is shared under it lies in a compartment of its own.
type Override struct {
	ID          id.Consent // random, like a consent's, because it crosses borders in the extract
	Case        id.Case
	State       OverrideState
	Basis       string // VitalInterest or LegalDuty
	Recipient   id.Address
	Categories  []Code
	Record      id.Record // the sealed reason, signed by the maker
	Compartment id.Compartment
	Maker       id.User
	Approver    id.User
	Proposed    frame.Time
	Approved    frame.Time
	ValidTo     frame.Time
	ReviewFrom  frame.Time // not reviewed before: something must be known by then
	ReviewDue   frame.Time
	Reviewer    id.User
	Finding     string // of the review, code: justified, not-justified
	Told        frame.Time
	Approval    []byte // what the approver signed, a [SignedApproval]; nil while proposed
	Version     int64
}

// Reason is why, in words; sealed, and signed by the maker.
type Reason struct {
	Form      string     `json:"form"`
	Override  id.Consent `json:"override"`
	Basis     string     `json:"basis"`
	Recipient id.Address `json:"recipient"`
	Category  []Code     `json:"categories"`
	Citation  string     `json:"citation"` // of the duty, where the basis is one
	Text      string     `json:"text"`
	Notice    string     `json:"notice"` // how she will be told, or why it must wait
}

// ReasonForm names the form of a reason (spec/consent.md, section 7).
const ReasonForm = "opentrm/override/1"

// SignedReason is a reason with the signature of its maker, and once approved that of the second person.
type SignedReason struct {
	Approval  *SignedApproval `json:"approval,omitempty"`
	Reason    Reason          `json:"reason"`
	Signer    seal.SignPublic `json:"signer"`
	Signature seal.Signature  `json:"signature"`
}

// Check reports whether the reason can stand.
//
// It fails with [fault.Invalid] "consent.override.reason" and the name of what is missing.
func (r Reason) Check() error {
	missing := func(field string) error {
		return fault.New(fault.Invalid, "consent.override.reason").With("field", field)
	}
	switch {
	case r.Form != ReasonForm || r.Override == "":
		return missing("form")
	case r.Basis != VitalInterest && r.Basis != LegalDuty:
		return missing("basis")
	case r.Basis == LegalDuty && r.Citation == "" || !person.Text(r.Citation, maxText):
		return missing("citation")
	case len(r.Text) < 20 || !person.Text(r.Text, maxNote):
		return missing("text")
	case r.Notice == "" || !person.Text(r.Notice, maxNote):
		return missing("notice")
	case len(r.Category) == 0 || !known(r.Category):
		return missing("categories")
	}
	if _, err := id.ParseAddress(r.Recipient.String()); err != nil {
		return missing("recipient")
	}
	return nil
}

// overrideLasts is how long data may be sent under an approved override; a danger that lasts longer
// needs a consent or a new override.
const overrideLasts = 72 * time.Hour

// Propose puts forward to act on vital interest or legal duty. Nothing is permitted before a second
// person has approved.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Reason.Check],
// and [fault.Locked] without keys.
func (s *Service) Propose(ctx context.Context, by keyring.Bearer, c id.Case, why Reason) (Override, error) {
	o := Override{
		ID: id.Random[id.Consent](s.IDs), Case: c, State: Proposed, Basis: why.Basis, Recipient: why.Recipient,
		Categories: why.Category, Maker: by.User, Version: 1,
	}
	why.Form, why.Override = ReasonForm, o.ID
	if err := why.Check(); err != nil {
		return Override{}, err
	}
	msg, err := frame.Encode(why)
	if err != nil {
		return Override{}, err
	}
	signed := SignedReason{Reason: why}
	if signed.Signer, err = by.Signer(); err != nil {
		return Override{}, err
	}
	if signed.Signature, err = by.Sign(seal.DomainOverride, msg); err != nil {
		return Override{}, err
	}
	body, err := frame.Encode(signed)
	if err != nil {
		return Override{}, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.ProposeOverride, string(o.ID)).In(c).For(o.Basis), func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.ProposeOverride, c, s.now()); err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		kept, err := k.PutIn(ctx, tx, keyring.Record{Kind: OverrideKind, Compartment: k.Home(), Body: body})
		if err != nil {
			return err
		}
		if o.Compartment, err = k.NewCompartmentIn(ctx, tx, o.ID); err != nil {
			return err
		}
		o.Record, o.Proposed = kept.ID, s.now()
		if err := tx.AddOverride(ctx, o); err != nil {
			return err
		}
		return s.follow(ctx, tx, o)
	})
	if err != nil {
		return Override{}, err
	}
	return o, nil
}

// ShowOverride opens the reason.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Internal] if it was tampered
// with, and as [ApprovedIn] if it is said to be approved, and [fault.Locked] without keys.
func (s *Service) ShowOverride(ctx context.Context, by keyring.Bearer, override id.Consent) (SignedReason, Override, error) {
	var why SignedReason
	o, err := s.overrideRow(ctx, override)
	if err != nil {
		return why, o, err
	}
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadOverride, string(override)).In(o.Case), func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.ReadOverride, o.Case, s.now()); err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, o.Case)
		if err != nil {
			return err
		}
		if why, err = reasonIn(ctx, tx, k, o); err != nil || o.State == Proposed {
			return err
		}
		return why.approved(o)
	})
	if err != nil {
		return SignedReason{}, Override{}, err
	}
	return why, o, nil
}

func reasonIn(ctx context.Context, tx Tx, k *keyring.Case, o Override) (SignedReason, error) {
	r, err := k.ReadIn(ctx, tx, o.Record)
	if err != nil {
		return SignedReason{}, err
	}
	why, err := ParseReason(r.Body)
	if err != nil {
		return SignedReason{}, fault.Wrap(fault.Internal, "consent.kept", err)
	}
	if why.Reason.Override != o.ID {
		return SignedReason{}, fault.New(fault.Internal, "consent.kept")
	}
	return why, nil
}

// ParseReason reads a signed reason and verifies its signature, and if there is an approval, that it was signed for this reason.
//
// It fails with [fault.TooLarge] and [fault.Invalid].
func ParseReason(b []byte) (SignedReason, error) {
	var s SignedReason
	if err := frame.Decode(b, MaxRecord, &s); err != nil {
		return SignedReason{}, err
	}
	if err := s.Reason.Check(); err != nil {
		return SignedReason{}, err
	}
	msg, err := frame.Encode(s.Reason)
	if err != nil {
		return SignedReason{}, err
	}
	if err := s.Signer.Verify(seal.DomainOverride, msg, s.Signature); err != nil {
		return SignedReason{}, fault.Wrap(fault.Invalid, "consent.signature", err)
	}
	return s, s.approvedAsRead()
}

func (s *Service) overrideRow(ctx context.Context, override id.Consent) (Override, error) {
	var o Override
	err := s.Read(ctx, func(tx Tx) (err error) {
		o, err = tx.Override(ctx, override)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Override{}, fault.New(fault.Hidden, "access.hidden")
	}
	return o, err
}

// mayOn checks an action on an override, of which the maker counts.
func (s *Service) mayOn(ctx context.Context, tx Tx, who access.Actor, action access.Action, o Override) error {
	at, err := tx.PlaceOf(ctx, o.Case)
	if err != nil {
		return fault.New(fault.Hidden, "access.hidden")
	}
	on := access.Resource{Noun: "override", ID: string(o.ID), Realm: at.Realm, Desk: at.Desk, Owner: at.Owner, Maker: o.Maker}
	return access.Check(who, action, on)
}

// follow has somebody reminded of what an override asks for next. Without it nobody would be, so nothing is done.
func (s *Service) follow(ctx context.Context, tx Tx, o Override) error {
	if s.Follow == nil {
		return fault.New(fault.Internal, "consent.no-notice")
	}
	return s.Follow(ctx, tx, o)
}

// The clocks of an override in the profile.
const (
	ClockApprove    = "override-approve"         // the second person decides
	ClockNotice     = "override-notice"          // the person is told
	ClockReviewFrom = "override-review-earliest" // before that not enough is known
	ClockReview     = "override-review"          // the review is done
)

// reviewed returns when an override that is approved now is reviewed, as the profile of this member says.
//
// It fails with [fault.Conflict] "consent.override.clock" where the profile starts no such clock: an override that
// nobody would review is none.
func (s *Service) reviewed(now frame.Time) (from, due frame.Time, err error) {
	if s.Law == nil {
		return 0, 0, fault.New(fault.Internal, "consent.no-notice")
	}
	law := s.Law()
	for _, c := range []struct {
		key string
		at  *frame.Time
	}{{ClockReviewFrom, &from}, {ClockReview, &due}} {
		if *c.at, err = law.Ends(s.Member, c.key, now); err != nil {
			return 0, 0, fault.Wrap(fault.Conflict, "consent.override.clock", err)
		}
	}
	return from, due, nil
}

// Review records the finding of the data-protection officer: justified or not-justified.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] for another
// finding, and [fault.Conflict] before the earliest hour, without approval, or if it was reviewed.
func (s *Service) Review(ctx context.Context, who access.Actor, override id.Consent, finding string) (Override, error) {
	row, err := s.overrideRow(ctx, override)
	if err != nil {
		return Override{}, err
	}
	var out Override
	err = s.Write(ctx, audit.Did(who, access.ReviewOverride, string(override)).In(row.Case).For(finding), func(tx Tx) error {
		if err := s.mayOn(ctx, tx, who, access.ReviewOverride, row); err != nil {
			return err
		}
		o, err := tx.Override(ctx, override)
		if err != nil {
			return err
		}
		if o, err = review(o, who.User, finding, s.now()); err != nil {
			return err
		}
		if err := tx.SetOverride(ctx, o); err != nil {
			return err
		}
		o.Version++
		out = o
		return s.follow(ctx, tx, o)
	})
	return out, err
}

// Inform records that the person was told that the path was used for her, and ends the reminder of it. What she was
// told and how is written in the file.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and [fault.Conflict] "consent.override.state" if
// nothing was approved, or she was told already.
func (s *Service) Inform(ctx context.Context, who access.Actor, override id.Consent) (Override, error) {
	row, err := s.overrideRow(ctx, override)
	if err != nil {
		return Override{}, err
	}
	var out Override
	err = s.Write(ctx, audit.Did(who, access.InformOverride, string(override)).In(row.Case), func(tx Tx) error {
		if err := s.mayOn(ctx, tx, who, access.InformOverride, row); err != nil {
			return err
		}
		o, err := tx.Override(ctx, override)
		if err != nil {
			return err
		}
		if o.State == Proposed || o.Told != 0 {
			return fault.New(fault.Conflict, "consent.override.state")
		}
		o.Told = s.now()
		if err := tx.SetOverride(ctx, o); err != nil {
			return err
		}
		o.Version++
		out = o
		return s.follow(ctx, tx, o)
	})
	return out, err
}

// Overridden returns the row of an override: what was proposed, for whom, and how far it has come. It opens nothing.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) Overridden(ctx context.Context, who access.Actor, override id.Consent) (Override, error) {
	o, err := s.overrideRow(ctx, override)
	if err != nil {
		return Override{}, err
	}
	err = s.Read(ctx, func(tx Tx) error { return s.mayOn(ctx, tx, who, access.KnowOverride, o) })
	if err != nil {
		return Override{}, err
	}
	return o, nil
}

func review(o Override, by id.User, finding string, now frame.Time) (Override, error) {
	if finding != "justified" && finding != "not-justified" {
		return o, bad("finding")
	}
	if o.State != Approved || now < o.ReviewFrom {
		return o, fault.New(fault.Conflict, "consent.override.state")
	}
	if o.Maker == by || o.Approver == by {
		return o, fault.New(fault.Denied, "consent.override.second-person")
	}
	o.State, o.Reviewer, o.Finding = Reviewed, by, finding
	return o, nil
}

// OverrideExtractIn issues the signed extract of an approved override for its recipient.
//
// It fails with [fault.NotFound] if there is none, [fault.Conflict] if it is not approved or over, and
// [fault.Denied] for another recipient, and as [Override.Signed].
func (s *Service) OverrideExtractIn(ctx context.Context, tx Tx, override id.Consent, recipient id.Address, now frame.Time) (SignedExtract, error) {
	o, err := tx.Override(ctx, override)
	if err != nil {
		return SignedExtract{}, err
	}
	if o.State == Proposed || now >= o.ValidTo {
		return SignedExtract{}, fault.New(fault.Conflict, "consent.not-live")
	}
	if o.Recipient != recipient {
		return SignedExtract{}, fault.New(fault.Denied, "consent.recipient")
	}
	if err := o.Signed(); err != nil {
		return SignedExtract{}, err
	}
	e := Extract{
		Form: ExtractForm, Consent: o.ID, Issuer: s.Member, Recipient: recipient, Purposes: []Purpose{ForReferral},
		Categories: o.Categories, Basis: o.Basis, ValidTo: o.ValidTo, Issued: now,
	}
	return e.Sign(s.Sign)
}

// DueIn returns approved overrides whose review is due before the moment, for the reminders of the node: a task about
// one of them that was ticked off by hand is made again.
func (s *Service) DueIn(ctx context.Context, tx Tx, before frame.Time, limit int) ([]Override, error) {
	return tx.OverridesDue(ctx, before, limit)
}
