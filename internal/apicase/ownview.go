package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/ownview"
)

// ownRoutes is the map of the page that she has of her own. She herself asks no route: her page is a form.
func ownRoutes() []call.Route {
	return []call.Route{
		{ID: "case.own-page", Method: call.Get, Path: "/cases/{case}/own-page", Action: access.CodeCase, Summary: "Whether a page of her own is on, and what she took back there"},
		{ID: "case.own-page-issue", Method: call.Post, Path: "/cases/{case}/own-page", Action: access.CodeCase, Secret: true, Summary: "Give her a code for a page of her own; one that she had stops working"},
		{ID: "case.own-page-revoke", Method: call.Delete, Path: "/cases/{case}/own-page", Action: access.CodeCase, Summary: "Switch her page off"},
		{ID: "consent.own-confirm", Method: call.Post, Path: "/consents/{consent}/own-confirmation", Action: access.WithdrawConsent, Summary: "Record what she said when she was asked whether it was she who took a consent back on her page"},
	}
}

func (a *Area) own(r *call.Router) {
	call.Add(r, "case.own-page", a.ownPage)
	call.Add(r, "case.own-page-issue", a.issueOwnPage)
	call.Add(r, "case.own-page-revoke", a.revokeOwnPage)
	call.Add(r, "consent.own-confirm", a.confirmOwn)
}

// OwnPage is what a desk sees of her page.
type OwnPage struct {
	Body struct {
		On          *ownview.View        `json:"on,omitempty" doc:"Missing: none is on"`
		Withdrawals []ownview.Withdrawal `json:"withdrawals" nullable:"false" doc:"What she took back there"`
	}
}

func (a *Area) ownPage(ctx context.Context, by keyring.Bearer, in *OneCase) (*OwnPage, error) {
	of, err := a.OwnViews.Show(ctx, by.Actor, in.Case)
	out := &OwnPage{}
	out.Body.On, out.Body.Withdrawals = of.On, append([]ownview.Withdrawal{}, of.Withdrawals...)
	return out, err
}

// IssuingOwn asks for a code.
type IssuingOwn struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
}

// OwnCode is a code, told this once.
type OwnCode struct {
	Body struct {
		Code  string `json:"code" doc:"Told this once and kept nowhere"`
		Path  string `json:"path" doc:"Of the page, below the address of the node"`
		Paper bool   `json:"paper" doc:"It may be given to her on paper"`
	}
}

func (a *Area) issueOwnPage(ctx context.Context, by keyring.Bearer, in *IssuingOwn) (*OwnCode, error) {
	v, err := a.OwnViews.Issue(ctx, by, in.Case)
	out := &OwnCode{}
	out.Body.Code, out.Body.Path, out.Body.Paper = v.Code, ownview.Path, v.Paper
	return out, err
}

func (a *Area) revokeOwnPage(ctx context.Context, by keyring.Bearer, in *IssuingOwn) (*call.Nothing, error) {
	return nil, a.OwnViews.Revoke(ctx, by.Actor, in.Case)
}

// ConfirmingOwn says what she said.
type ConfirmingOwn struct {
	call.Session
	call.Once
	Consent id.Consent `path:"consent" maxLength:"64"`
	Body    struct {
		Outcome ownview.Outcome `json:"outcome" enum:"hers,keep,not-hers"`
	}
}

func (a *Area) confirmOwn(ctx context.Context, by keyring.Bearer, in *ConfirmingOwn) (*call.Nothing, error) {
	_, err := a.OwnViews.Confirm(ctx, by, in.Consent, in.Body.Outcome)
	return nil, err
}
