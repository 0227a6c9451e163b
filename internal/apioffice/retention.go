package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/retention"
)

func (a *Area) listHolds(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[retention.Hold], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Retention.Holds(ctx, by.Actor, id.Record(after), limit)
	if err != nil {
		return nil, err
	}
	out := &call.List[retention.Hold]{}
	out.Body.Items = append([]retention.Hold{}, all...)
	if len(all) == limit {
		out.Body.Next = in.Next(string(all[limit-1].ID))
	}
	return out, nil
}

// Because is why a case is on hold, or is so no longer.
type Because struct {
	Ground string `json:"ground" maxLength:"64" doc:"Code of the profile's list retention.hold-grounds, or retention.lift-grounds"`
	Words  string `json:"words" maxLength:"2000" doc:"Which order, complaint or claim. Sealed to the data-protection desk"`
}

func (b Because) holding() retention.Holding {
	return retention.Holding{Ground: b.Ground, Words: b.Words}
}

// Placing puts a case on hold.
type Placing struct {
	call.Session
	call.Once
	Body struct {
		Because
		Reference string `json:"reference" maxLength:"40" doc:"Of the case, as people speak it"`
	}
}

func (a *Area) hold(ctx context.Context, by keyring.Bearer, in *Placing) (*call.Made, error) {
	h, err := a.Retention.Hold(ctx, by.Actor, in.Body.Reference, in.Body.holding())
	return call.MadeOf(string(h.ID), h.Version), err
}

// Lifting ends a hold.
type Lifting struct {
	call.Session
	call.Once
	Hold id.Record `path:"hold" maxLength:"64"`
	Body Because
}

func (a *Area) lift(ctx context.Context, by keyring.Bearer, in *Lifting) (*call.Nothing, error) {
	_, err := a.Retention.Lift(ctx, by.Actor, in.Hold, in.Body.holding())
	return nil, err
}

// Due is what is due.
type Due struct {
	Body retention.Preview
}

func (a *Area) previewPurge(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Due, error) {
	p, err := a.Retention.Preview(ctx, by.Actor)
	return &Due{p}, err
}

// Purges is the newest proposals.
type Purges struct {
	Body struct {
		Items []retention.Purge `json:"items" nullable:"false"`
	}
}

func (a *Area) listPurges(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Purges, error) {
	all, err := a.Retention.Purges(ctx, by.Actor, 50)
	out := &Purges{}
	out.Body.Items = append([]retention.Purge{}, all...)
	return out, err
}

// Bare is a request without a body.
type Bare struct {
	call.Session
	call.Once
}

func (a *Area) proposePurge(ctx context.Context, by keyring.Bearer, _ *Bare) (*call.Made, error) {
	p, err := a.Retention.Propose(ctx, by.Actor)
	return call.MadeOf(string(p.ID), p.Version), err
}

func (a *Area) settleHolds(ctx context.Context, by keyring.Bearer, _ *Bare) (*call.Nothing, error) {
	return nil, a.Retention.Settle(ctx, by.Actor)
}

// OnePurge names a proposal.
type OnePurge struct {
	call.Session
	Purge id.Record `path:"purge" maxLength:"64"`
}

// PurgeSet is a set of records with what became of it.
type PurgeSet struct {
	Body retention.Purge
}

func (a *Area) showPurge(ctx context.Context, by keyring.Bearer, in *OnePurge) (*PurgeSet, error) {
	p, err := a.Retention.Show(ctx, by.Actor, in.Purge)
	return &PurgeSet{p}, err
}

// Agreeing confirms a proposal.
type Agreeing struct {
	call.Session
	call.Once
	Purge id.Record `path:"purge" maxLength:"64"`
	Body  struct {
		Digest string `json:"digest" maxLength:"64" doc:"Of the set that was seen"`
	}
}

func (a *Area) confirmPurge(ctx context.Context, by keyring.Bearer, in *Agreeing) (*PurgeSet, error) {
	p, err := a.Retention.Confirm(ctx, by.Actor, in.Purge, in.Body.Digest)
	return &PurgeSet{p}, err
}

// Retracting takes a proposal back.
type Retracting struct {
	call.Session
	call.Once
	Purge id.Record `path:"purge" maxLength:"64"`
}

func (a *Area) withdrawPurge(ctx context.Context, by keyring.Bearer, in *Retracting) (*PurgeSet, error) {
	p, err := a.Retention.Withdraw(ctx, by.Actor, in.Purge)
	return &PurgeSet{p}, err
}
