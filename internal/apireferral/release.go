package apireferral

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Release is what passed the wall between assistance and prosecution, without its content.
type Release struct {
	ID       id.Record             `json:"id"`
	Case     id.Case               `json:"case"`
	To       id.Desk               `json:"to"`
	Basis    string                `json:"basis" doc:"consent or order"`
	Consent  id.Consent            `json:"consent"`
	Category string                `json:"category" doc:"Of the person, code"`
	Handling string                `json:"handling" doc:"Code"`
	State    casefile.ReleaseState `json:"state"`
	Maker    id.User               `json:"maker"`
	Approver id.User               `json:"approver" doc:"By order only"`
	Made     frame.Time            `json:"made"`
	Ended    frame.Time            `json:"ended"`
	Until    frame.Time            `json:"until" doc:"0: no end"`
	Version  int64                 `json:"version"`
}

func releaseOf(r casefile.Release) Release {
	return Release{
		r.ID, r.Case, r.To, r.Basis, r.Consent, r.Category, r.Handling, r.State, r.Maker, r.Approver, r.Made, r.Ended, r.Until, r.Version,
	}
}

// OneReleased is a release after a change.
type OneReleased struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body Release
}

func released(r casefile.Release, err error) (*OneReleased, error) {
	return &OneReleased{call.Tag(r.Version), releaseOf(r)}, err
}

// Dossier is the part of a release that both ways have.
type Dossier struct {
	To       id.Desk         `json:"to" maxLength:"64" doc:"Of the prosecution"`
	Category string          `json:"category" maxLength:"40" doc:"Of the person: suspect, convicted, victim, witness, other"`
	Handling string          `json:"handling" maxLength:"40" doc:"Code"`
	Items    []casefile.Item `json:"items" maxItems:"200" nullable:"false" doc:"Statements, each a fact or an opinion"`
	Facts    consent.Facts   `json:"facts,omitempty"`
	Until    frame.Time      `json:"until,omitempty" doc:"Left out: no end"`
}

func (d Dossier) noun(c id.Case) casefile.Releasing {
	return casefile.Releasing{Case: c, To: d.To, Category: d.Category, Handling: d.Handling, Items: d.Items, Facts: d.Facts, Until: d.Until}
}

// ByConsent releases what she consented to.
type ByConsent struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Dossier
		Consent id.Consent `json:"consent" maxLength:"64"`
	}
}

func (a *Area) releaseByConsent(ctx context.Context, by keyring.Bearer, in *ByConsent) (*OneReleased, error) {
	x := in.Body.noun(in.Case)
	x.Consent = in.Body.Consent
	return released(a.Cases.ByConsent(ctx, by, x))
}

// ByOrder proposes what was ordered.
type ByOrder struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Dossier
		Order      string         `json:"order" maxLength:"1000" doc:"Who ordered it, number, date, provision"`
		Categories []consent.Code `json:"categories" maxItems:"40" doc:"Of data that the order names"`
	}
}

func (a *Area) releaseByOrder(ctx context.Context, by keyring.Bearer, in *ByOrder) (*OneReleased, error) {
	x := in.Body.noun(in.Case)
	x.Order, x.Categories = in.Body.Order, in.Body.Categories
	return released(a.Cases.ByOrder(ctx, by, x))
}

// OneRelease names a release.
type OneRelease struct {
	call.Session
	Release id.Record `path:"release" maxLength:"64"`
}

// ReleaseDeed names a release with which something is done.
type ReleaseDeed struct {
	call.Deed
	Release id.Record `path:"release" maxLength:"64"`
}

func (a *Area) approveRelease(ctx context.Context, by keyring.Bearer, in *ReleaseDeed) (*OneReleased, error) {
	return released(a.Cases.ApproveRelease(ctx, by, in.Release))
}

func (a *Area) withdrawRelease(ctx context.Context, by keyring.Bearer, in *ReleaseDeed) (*OneReleased, error) {
	return released(a.Cases.WithdrawRelease(ctx, by.Actor, in.Release))
}

// ReleaseRead is a release with what was released.
type ReleaseRead struct {
	ETag string `header:"ETag"`
	Body struct {
		Release Release         `json:"release"`
		Dossier json.RawMessage `json:"dossier" doc:"The copy, with the signature of its maker"`
	}
}

func (a *Area) showRelease(ctx context.Context, by keyring.Bearer, in *OneRelease) (*ReleaseRead, error) {
	d, r, err := a.Cases.ShowRelease(ctx, by, in.Release)
	if err != nil {
		return nil, err
	}
	out := &ReleaseRead{ETag: call.Tag(r.Version)}
	out.Body.Release = releaseOf(r)
	out.Body.Dossier, err = frame.Encode(d)
	return out, err
}
