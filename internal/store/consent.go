package store

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ consent.Tx = (*Tx)(nil)

// words keeps a list of codes of any type in one column. Codes hold no blank.
func words[T ~string](list []T) string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return codes(all)
}

func wordsOf[T ~string](column string) []T {
	parts := strings.Fields(column)
	all := make([]T, len(parts))
	for i, v := range parts {
		all[i] = T(v)
	}
	return all
}

func addresses(list []id.Address) string {
	all := make([]string, len(list))
	for i, a := range list {
		all[i] = a.String()
	}
	return codes(all)
}

func addressOf(text string) id.Address {
	member, desk, _ := strings.Cut(text, "/") // written by [id.Address.String]
	return id.Address{Member: id.Member(member), Desk: id.Desk(desk)}
}

func addressesOf(column string) []id.Address {
	parts := split(column)
	all := make([]id.Address, len(parts))
	for i, text := range parts {
		all[i] = addressOf(text)
	}
	return all
}

func consentOf(r rows.Consent) consent.Consent {
	return consent.Consent{
		ID: id.Consent(r.ID), Case: id.Case(r.CaseID), Origin: consent.Origin(r.Origin), State: consent.State(r.State),
		Purposes: wordsOf[consent.Purpose](r.Purposes), Recipients: addressesOf(r.Recipients),
		Categories: wordsOf[consent.Code](r.Categories), Issuer: id.Member(r.Issuer), ValidFrom: frame.Time(r.ValidFrom),
		ValidTo: frame.Time(r.ValidTo), Compartment: id.Compartment(r.Compartment), Record: id.Record(r.Record),
		By: id.User(r.Taker), Given: frame.Time(r.Given), Withdrawn: frame.Time(r.Withdrawn), Reason: r.Reason,
		Reply: consent.Reply(r.Reply), Ground: r.Ground, Citation: r.Citation, Review: frame.Time(r.Review), Unconfirmed: r.Unconfirmed,
		WithdrawnBy: id.User(r.WithdrawnBy), Effective: frame.Time(r.Effective), Answered: frame.Time(r.Answered), Version: r.Version,
	}
}

// AddConsent keeps a new consent; [fault.Conflict] if its identifier is taken.
func (tx *Tx) AddConsent(ctx context.Context, c consent.Consent) error {
	return explain(tx.q.AddConsent(ctx, rows.AddConsentParams{
		ID: string(c.ID), CaseID: string(c.Case), Origin: string(c.Origin), State: string(c.State), Purposes: words(c.Purposes),
		Recipients: addresses(c.Recipients), Categories: words(c.Categories), Issuer: string(c.Issuer),
		ValidFrom: int64(c.ValidFrom), ValidTo: int64(c.ValidTo), Compartment: string(c.Compartment), Record: string(c.Record),
		Taker: string(c.By), Given: int64(c.Given), Withdrawn: int64(c.Withdrawn), Reason: c.Reason, Reply: string(c.Reply),
		Ground: c.Ground, Citation: c.Citation, Review: int64(c.Review), WithdrawnBy: string(c.WithdrawnBy),
		Effective: int64(c.Effective), Answered: int64(c.Answered),
	}))
}

// SetConsent changes a consent; [fault.Stale] if its stored version is another.
func (tx *Tx) SetConsent(ctx context.Context, c consent.Consent) error {
	n, err := tx.q.SetConsent(ctx, rows.SetConsentParams{
		ID: string(c.ID), State: string(c.State), Withdrawn: int64(c.Withdrawn), Reason: c.Reason, Reply: string(c.Reply),
		Ground: c.Ground, Citation: c.Citation, Review: int64(c.Review), Unconfirmed: c.Unconfirmed,
		WithdrawnBy: string(c.WithdrawnBy), Effective: int64(c.Effective), Answered: int64(c.Answered), Version: c.Version,
	})
	return changed(n, err)
}

// UnconfirmConsents leaves open whether the consents that were taken here and not withdrawn still stand, since an epoch of
// the log that began with a restore.
func (tx *Tx) UnconfirmConsents(ctx context.Context, epoch int64) error {
	return explain(tx.q.UnconfirmConsents(ctx, epoch))
}

// ConsentsUnasked returns unconfirmed consents of open cases that run at a time and about which no task of a kind is open,
// at most limit.
func (tx *Tx) ConsentsUnasked(ctx context.Context, now frame.Time, kind string, limit int) ([]consent.Consent, error) {
	all, err := tx.q.ConsentsUnasked(ctx, rows.ConsentsUnaskedParams{Now: int64(now), Kind: kind, Most: int32(min(limit, 1000))})
	return each(all, err, consentOf)
}

// Consent returns one consent; [fault.NotFound] if there is none.
func (tx *Tx) Consent(ctx context.Context, c id.Consent) (consent.Consent, error) {
	r, err := tx.q.Consent(ctx, string(c))
	if err != nil {
		return consent.Consent{}, explain(err)
	}
	return consentOf(r), nil
}

// ConsentsOf returns the consents of a case, oldest first.
func (tx *Tx) ConsentsOf(ctx context.Context, c id.Case) ([]consent.Consent, error) {
	all, err := tx.q.ConsentsOf(ctx, string(c))
	return each(all, err, consentOf)
}

// ConsentsOver returns given consents whose time has ended, at most limit.
func (tx *Tx) ConsentsOver(ctx context.Context, now frame.Time, limit int) ([]consent.Consent, error) {
	all, err := tx.q.ConsentsOver(ctx, rows.ConsentsOverParams{ValidTo: int64(now), Limit: int32(min(limit, 1000))})
	return each(all, err, consentOf)
}

func overrideOf(r rows.ConsentOverride) consent.Override {
	return consent.Override{
		ID: id.Consent(r.ID), Case: id.Case(r.CaseID), State: consent.OverrideState(r.State), Basis: r.Basis,
		Recipient: addressOf(r.Recipient), Categories: wordsOf[consent.Code](r.Categories), Record: id.Record(r.Record),
		Compartment: id.Compartment(r.Compartment), Maker: id.User(r.Maker), Approver: id.User(r.Approver),
		Proposed: frame.Time(r.Proposed), Approved: frame.Time(r.Approved), ValidTo: frame.Time(r.ValidTo),
		ReviewFrom: frame.Time(r.ReviewFrom), ReviewDue: frame.Time(r.ReviewDue), Reviewer: id.User(r.Reviewer),
		Finding: r.Finding, Told: frame.Time(r.Told), Approval: []byte(r.Approval), Version: r.Version,
	}
}

// AddOverride keeps a new override; [fault.Conflict] if its identifier is taken.
func (tx *Tx) AddOverride(ctx context.Context, o consent.Override) error {
	return explain(tx.q.AddOverride(ctx, rows.AddOverrideParams{
		ID: string(o.ID), CaseID: string(o.Case), State: string(o.State), Basis: o.Basis, Recipient: o.Recipient.String(),
		Categories: words(o.Categories), Record: string(o.Record), Compartment: string(o.Compartment), Maker: string(o.Maker),
		Approver: string(o.Approver), Proposed: int64(o.Proposed), Approved: int64(o.Approved), ValidTo: int64(o.ValidTo),
		ReviewFrom: int64(o.ReviewFrom), ReviewDue: int64(o.ReviewDue), Reviewer: string(o.Reviewer), Finding: o.Finding,
		Told: int64(o.Told), Approval: string(o.Approval),
	}))
}

// SetOverride changes an override; [fault.Stale] if its stored version is another.
func (tx *Tx) SetOverride(ctx context.Context, o consent.Override) error {
	n, err := tx.q.SetOverride(ctx, rows.SetOverrideParams{
		ID: string(o.ID), State: string(o.State), Approver: string(o.Approver), Approved: int64(o.Approved),
		ValidTo: int64(o.ValidTo), ReviewFrom: int64(o.ReviewFrom), ReviewDue: int64(o.ReviewDue), Reviewer: string(o.Reviewer),
		Finding: o.Finding, Told: int64(o.Told), Approval: string(o.Approval), Version: o.Version,
	})
	return changed(n, err)
}

// Override returns one override; [fault.NotFound] if there is none.
func (tx *Tx) Override(ctx context.Context, o id.Consent) (consent.Override, error) {
	r, err := tx.q.Override(ctx, string(o))
	if err != nil {
		return consent.Override{}, explain(err)
	}
	return overrideOf(r), nil
}

// OverridesOf returns the overrides of a case, in the order in which they were proposed.
func (tx *Tx) OverridesOf(ctx context.Context, c id.Case) ([]consent.Override, error) {
	all, err := tx.q.OverridesOf(ctx, string(c))
	return each(all, err, overrideOf)
}

// OverridesDue returns approved overrides whose review is due, at most limit.
func (tx *Tx) OverridesDue(ctx context.Context, now frame.Time, limit int) ([]consent.Override, error) {
	all, err := tx.q.OverridesDue(ctx, rows.OverridesDueParams{ReviewDue: int64(now), Limit: int32(min(limit, 1000))})
	return each(all, err, overrideOf)
}

// found fits the result of a change of a row that must be there.
func found(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "store.row.missing")
	}
	return explain(err)
}
