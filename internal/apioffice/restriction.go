package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/restriction"
)

func (a *Area) listRestrictions(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[restriction.Restriction], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Restrictions.List(ctx, by.Actor, id.Record(after), limit)
	if err != nil {
		return nil, err
	}
	out := &call.List[restriction.Restriction]{}
	out.Body.Items = append([]restriction.Restriction{}, all...)
	if len(all) == limit {
		out.Body.Next = in.Next(string(all[limit-1].ID))
	}
	return out, nil
}

// Saying is a code and words about it.
type Saying struct {
	Code  string `json:"code" maxLength:"64" doc:"Of the profile's list restriction.grounds, restriction.told, restriction.lift-grounds or restriction.reasons"`
	Words string `json:"words" maxLength:"2000" doc:"Sealed to the data-protection desk"`
}

func (s Saying) saying() restriction.Saying { return restriction.Saying{Code: s.Code, Words: s.Words} }

// Restricting keeps a case from use.
type Restricting struct {
	call.Session
	call.Once
	Body struct {
		Saying
		Reference string `json:"reference" maxLength:"40" doc:"Of the case, as people speak it"`
	}
}

func (a *Area) restrict(ctx context.Context, by keyring.Bearer, in *Restricting) (*call.Made, error) {
	r, err := a.Restrictions.Place(ctx, by.Actor, in.Body.Reference, in.Body.saying())
	return call.MadeOf(string(r.ID), r.Version), err
}

// OnRestriction says something about a restriction.
type OnRestriction struct {
	call.Session
	call.Once
	Restriction id.Record `path:"restriction" maxLength:"64"`
	Body        Saying
}

func (a *Area) noticedRestriction(ctx context.Context, by keyring.Bearer, in *OnRestriction) (*call.Nothing, error) {
	_, err := a.Restrictions.Notify(ctx, by.Actor, in.Restriction, in.Body.saying())
	return nil, err
}

func (a *Area) toldOfRestriction(ctx context.Context, by keyring.Bearer, in *OnRestriction) (*call.Nothing, error) {
	_, err := a.Restrictions.Tell(ctx, by.Actor, in.Restriction, in.Body.saying())
	return nil, err
}

func (a *Area) liftRestriction(ctx context.Context, by keyring.Bearer, in *OnRestriction) (*call.Nothing, error) {
	_, err := a.Restrictions.Lift(ctx, by.Actor, in.Restriction, in.Body.saying())
	return nil, err
}

// Opening says why a restricted case is opened.
type Opening struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body Saying
}

func (a *Area) stateReason(ctx context.Context, by keyring.Bearer, in *Opening) (*call.Nothing, error) {
	_, err := a.Restrictions.State(ctx, by.Actor, in.Case, in.Body.saying())
	return nil, err
}
