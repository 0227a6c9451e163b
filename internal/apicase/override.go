package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Override is the path for danger to life and for duties of law, without its reason.
type Override struct {
	ID         id.Consent            `json:"id"`
	Case       id.Case               `json:"case"`
	State      consent.OverrideState `json:"state"`
	Basis      string                `json:"basis"`
	Recipient  id.Address            `json:"recipient"`
	Categories []consent.Code        `json:"categories" nullable:"false"`
	Maker      id.User               `json:"maker"`
	Approver   id.User               `json:"approver"`
	Proposed   frame.Time            `json:"proposed"`
	Approved   frame.Time            `json:"approved"`
	ValidTo    frame.Time            `json:"valid_to"`
	ReviewFrom frame.Time            `json:"review_from"`
	ReviewDue  frame.Time            `json:"review_due"`
	Reviewer   id.User               `json:"reviewer"`
	Finding    string                `json:"finding" doc:"Of the review: justified, not-justified; empty: none yet"`
	Told       frame.Time            `json:"told" doc:"When she was told"`
	Version    int64                 `json:"version"`
}

func overrideOf(o consent.Override) Override {
	return Override{
		ID: o.ID, Case: o.Case, State: o.State, Basis: o.Basis, Recipient: o.Recipient, Categories: append([]consent.Code{}, o.Categories...),
		Maker: o.Maker, Approver: o.Approver, Proposed: o.Proposed, Approved: o.Approved, ValidTo: o.ValidTo, ReviewFrom: o.ReviewFrom,
		ReviewDue: o.ReviewDue, Reviewer: o.Reviewer, Finding: o.Finding, Told: o.Told, Version: o.Version,
	}
}

// OneOverridden is an override after a change.
type OneOverridden struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body Override
}

func overridden(o consent.Override, err error) (*OneOverridden, error) {
	return &OneOverridden{call.Tag(o.Version), overrideOf(o)}, err
}

// Overriding proposes to act without her consent.
type Overriding struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Basis      string         `json:"basis" maxLength:"40" doc:"vital-interests or legal-duty"`
		Recipient  id.Address     `json:"recipient"`
		Categories []consent.Code `json:"categories" maxItems:"40"`
		Citation   string         `json:"citation,omitempty" maxLength:"1000" doc:"Of the duty, where the basis is one"`
		Text       string         `json:"text" maxLength:"10000" doc:"Why; sealed in the case"`
		Notice     string         `json:"notice" maxLength:"10000" doc:"How she will be told, or why it must wait"`
	}
}

func (a *Area) proposeOverride(ctx context.Context, by keyring.Bearer, in *Overriding) (*OneOverridden, error) {
	b := in.Body
	return overridden(a.Consents.Propose(ctx, by, in.Case, consent.Reason{
		Basis: b.Basis, Recipient: b.Recipient, Category: b.Categories, Citation: b.Citation, Text: b.Text, Notice: b.Notice,
	}))
}

// OneOverride names an override.
type OneOverride struct {
	call.Session
	Override id.Consent `path:"override" maxLength:"64"`
}

// OverrideDeed names an override with which something is done.
type OverrideDeed struct {
	call.Deed
	Override id.Consent `path:"override" maxLength:"64"`
}

func (a *Area) approveOverride(ctx context.Context, by keyring.Bearer, in *OverrideDeed) (*OneOverridden, error) {
	return overridden(a.Consents.Approve(ctx, by, in.Override))
}

func (a *Area) informOverride(ctx context.Context, by keyring.Bearer, in *OverrideDeed) (*OneOverridden, error) {
	return overridden(a.Consents.Inform(ctx, by.Actor, in.Override))
}

func (a *Area) knowOverride(ctx context.Context, by keyring.Bearer, in *OneOverride) (*OneOverridden, error) {
	return overridden(a.Consents.Overridden(ctx, by.Actor, in.Override))
}

// Reviewing is what a review found.
type Reviewing struct {
	call.Session
	call.Once
	Override id.Consent `path:"override" maxLength:"64"`
	Body     struct {
		Finding string `json:"finding" enum:"justified,not-justified"`
	}
}

func (a *Area) reviewOverride(ctx context.Context, by keyring.Bearer, in *Reviewing) (*OneOverridden, error) {
	return overridden(a.Consents.Review(ctx, by.Actor, in.Override, in.Body.Finding))
}

// OverrideRead is an override with its reason.
type OverrideRead struct {
	ETag string `header:"ETag"`
	Body struct {
		Override Override        `json:"override"`
		Reason   json.RawMessage `json:"reason" doc:"spec/consent.md, section 7, with the signature of its maker"`
	}
}

func (a *Area) showOverride(ctx context.Context, by keyring.Bearer, in *OneOverride) (*OverrideRead, error) {
	why, o, err := a.Consents.ShowOverride(ctx, by, in.Override)
	if err != nil {
		return nil, err
	}
	out := &OverrideRead{ETag: call.Tag(o.Version)}
	out.Body.Override = overrideOf(o)
	out.Body.Reason, err = frame.Encode(why)
	return out, err
}
