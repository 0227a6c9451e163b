package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
)

// LookupDemand says how many questions are drawn.
type LookupDemand struct {
	call.Session
	call.Once
	Body struct {
		Many int `json:"many" minimum:"1" maximum:"100"`
	}
}

// LookupDrawn is how many were.
type LookupDrawn struct {
	Body struct {
		Drawn int `json:"drawn"`
	}
}

func (a *Area) demandLookups(ctx context.Context, by keyring.Bearer, in *LookupDemand) (*LookupDrawn, error) {
	n, err := a.Lookups.Demand(ctx, by.Actor, in.Body.Many)
	if err != nil {
		return nil, err
	}
	out := &LookupDrawn{}
	out.Body.Drawn = n
	return out, nil
}

// LookupOpening is a question that has to be opened.
type LookupOpening struct {
	Reference id.Reference   `json:"reference"`
	Desk      id.Desk        `json:"desk"`
	By        id.User        `json:"by"`
	Second    id.User        `json:"second"`
	Purpose   string         `json:"purpose"`
	Sent      frame.Time     `json:"sent"`
	Demanded  frame.Time     `json:"demanded"`
	Due       frame.Time     `json:"due"`
	Opened    frame.Time     `json:"opened"`
	Found     lookup.Finding `json:"found,omitempty" enum:"of-her,corrected,of-another,unproven,filed" doc:"Left out: nobody has opened it"`
}

// LookupOpenings are those that were drawn, and how many never were.
type LookupOpenings struct {
	Body struct {
		Items []LookupOpening `json:"items" nullable:"false"`
		Left  int             `json:"left"`
	}
}

func (a *Area) demandedLookups(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*LookupOpenings, error) {
	all, left, err := a.Lookups.Demanded(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &LookupOpenings{}
	out.Body.Items, out.Body.Left = []LookupOpening{}, left
	for _, q := range all {
		out.Body.Items = append(out.Body.Items, LookupOpening{q.Reference, q.Desk, q.By, q.Second, q.Purpose, q.Sent, q.Demanded, q.OpenBy, q.Opened, q.Found})
	}
	return out, nil
}

func (a *Area) demandOfOthers(ctx context.Context, by keyring.Bearer, in *LookupDemand) (*LookupDrawn, error) {
	n, err := a.Lookups.DemandOfOthers(ctx, by.Actor, in.Body.Many)
	if err != nil {
		return nil, err
	}
	out := &LookupDrawn{}
	out.Body.Drawn = n
	return out, nil
}

// LookupDemanded is an opening that is demanded between two members.
type LookupDemanded struct {
	ID     id.Lookup      `json:"id"`
	Member id.Member      `json:"member" doc:"Of which it is demanded, or which demands it"`
	Side   lookup.Side    `json:"side" enum:"ours,theirs"`
	At     frame.Time     `json:"at"`
	Due    frame.Time     `json:"due"`
	Found  lookup.Finding `json:"found,omitempty" enum:"of-her,corrected,of-another,unproven,filed" doc:"Left out: nobody has opened it"`
	Ended  frame.Time     `json:"ended"`
	Late   bool           `json:"late" doc:"Nobody has opened it in time"`
}

// LookupDemands are those of this member and those of others, and how many queries of others are left to be drawn.
type LookupDemands struct {
	Body struct {
		Items []LookupDemanded `json:"items" nullable:"false"`
		Left  int              `json:"left"`
	}
}

func (a *Area) lookupDemands(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*LookupDemands, error) {
	ours, theirs, left, err := a.Lookups.Demands(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &LookupDemands{}
	out.Body.Items, out.Body.Left = []LookupDemanded{}, left
	now := a.Lookups.Moment()
	for _, d := range append(ours, theirs...) {
		out.Body.Items = append(out.Body.Items, LookupDemanded{d.ID, d.Member, d.Side, d.At, d.Due, d.Found, d.Ended, d.Late(now)})
	}
	return out, nil
}

// lookupPath names a question.
type lookupPath struct {
	call.Session
	Lookup id.Lookup `path:"lookup"`
}

// LookupUnsealed is one query of a question, opened with the key of the officer.
type LookupUnsealed struct {
	At      frame.Time     `json:"at"`
	Case    id.Case        `json:"case"`
	Desk    id.Desk        `json:"desk"`
	By      id.User        `json:"by"`
	Second  id.User        `json:"second"`
	Purpose string         `json:"purpose"`
	Proven  bool           `json:"proven" doc:"It opens what the holders have in their logs"`
	Keys    int            `json:"keys" doc:"How many were made from what is known of somebody, or of a thing"`
	Filling int            `json:"filling" doc:"How many only filled it up"`
	Found   lookup.Finding `json:"found,omitempty" enum:"of-her,corrected,of-another,unproven,filed" doc:"By the desk"`
}

// LookupUnsealing are all of them, the oldest first.
type LookupUnsealing struct {
	Body struct {
		Items []LookupUnsealed `json:"items" nullable:"false"`
	}
}

func (a *Area) unsealLookup(ctx context.Context, by keyring.Bearer, in *lookupPath) (*LookupUnsealing, error) {
	all, err := a.Lookups.Unseal(ctx, by, in.Lookup)
	if err != nil {
		return nil, err
	}
	out := &LookupUnsealing{}
	out.Body.Items = []LookupUnsealed{}
	for _, u := range all {
		out.Body.Items = append(out.Body.Items, LookupUnsealed{u.At, u.Case, u.Desk, u.By, u.Second, u.Purpose, u.Proven, u.Keys, u.Filling, u.Found})
	}
	return out, nil
}
