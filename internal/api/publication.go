package api

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/publication"
)

// Publication is a signed record for all members, as it is held here.
type Publication struct {
	Signed   json.RawMessage `json:"signed" doc:"spec/publication.md"`
	Hash     string          `json:"hash"`
	From     id.Member       `json:"from"`
	Received frame.Time      `json:"received"`
	Current  bool            `json:"current" doc:"No later version is known"`
	Disputed bool            `json:"disputed" doc:"Another record of the same version exists"`
}

func publicationOf(k publication.Kept) Publication {
	return Publication{json.RawMessage(k.Bytes), k.Hash, k.From, k.Received, k.Current, k.Disputed}
}

// Publications asks for a page of publications.
type Publications struct {
	Session
	Page
	Kind      publication.Kind `query:"kind" maxLength:"40"`
	Member    id.Member        `query:"member" maxLength:"8"`
	Withdrawn bool             `query:"withdrawn" doc:"Withdrawn ones too"`
}

func (a *API) listPublications(ctx context.Context, by keyring.Bearer, in *Publications) (*List[Publication], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.limit(), 200)
	all, err := a.Publications.List(ctx, by.Actor, publication.Filter{
		Kind: in.Kind, Member: in.Member, Withdrawn: in.Withdrawn, After: id.Publication(after), Limit: limit,
	})
	out := &List[Publication]{}
	out.Body.Items = []Publication{}
	for _, k := range all {
		out.Body.Items = append(out.Body.Items, publicationOf(k))
	}
	if len(all) == limit {
		out.Body.Next = cursor(string(all[limit-1].Record.ID))
	}
	return out, err
}

// OnePublication names a publication.
type OnePublication struct {
	Session
	Page
	Publication id.Publication `path:"publication" maxLength:"64"`
}

func (a *API) readPublication(ctx context.Context, by keyring.Bearer, in *OnePublication) (*List[Publication], error) {
	all, err := a.Publications.Show(ctx, by.Actor, in.Publication)
	if err != nil {
		return nil, err
	}
	key := func(k publication.Kept) string { return ordered(k.Record.Version) + k.Hash }
	page, err := paged(all, in.Page, key)
	if err != nil {
		return nil, err
	}
	out := &List[Publication]{}
	out.Body.Items, out.Body.Next = []Publication{}, page.Body.Next
	for _, k := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, publicationOf(k))
	}
	return out, nil
}

// Publishing is a record to be published.
type Publishing struct {
	Session
	Once
	Body struct {
		Kind      publication.Kind `json:"kind" maxLength:"40"`
		ValidFrom frame.Time       `json:"valid_from"`
		Content   json.RawMessage  `json:"content" doc:"Object of the kind's schema"`
		Sign      bool             `json:"sign,omitempty" doc:"By oneself too; a conclusion always is"`
	}
}

func (a *API) writePublication(ctx context.Context, by keyring.Bearer, in *Publishing) (*Made, error) {
	body, err := frame.Canonical(in.Body.Content)
	if err != nil {
		return nil, err
	}
	k, err := a.Publications.Publish(ctx, by, publication.Draft{
		Kind: in.Body.Kind, ValidFrom: in.Body.ValidFrom, Body: body, Sign: in.Body.Sign,
	})
	return made(string(k.Record.ID), k.Record.Version), err
}

// Unpublishing withdraws a publication.
type Unpublishing struct {
	Session
	Once
	Match
	Publication id.Publication `path:"publication" maxLength:"64"`
	Body        struct {
		Reason string `json:"reason" maxLength:"60" doc:"Code"`
	}
}

func (a *API) withdrawPublication(ctx context.Context, by keyring.Bearer, in *Unpublishing) (*Made, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	k, err := a.Publications.Withdraw(ctx, by, in.Publication, version, in.Body.Reason)
	return made(string(k.Record.ID), k.Record.Version), err
}

// Republishing is the next version of a record.
type Republishing struct {
	Session
	Once
	Match
	Publication id.Publication `path:"publication" maxLength:"64"`
	Body        struct {
		ValidFrom frame.Time      `json:"valid_from"`
		Content   json.RawMessage `json:"content" doc:"Object of the kind's schema"`
		Reason    string          `json:"reason" maxLength:"60" doc:"Code"`
		Sign      bool            `json:"sign,omitempty" doc:"By oneself too; a conclusion always is"`
	}
}

func (a *API) correctPublication(ctx context.Context, by keyring.Bearer, in *Republishing) (*Made, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	body, err := frame.Canonical(in.Body.Content)
	if err != nil {
		return nil, err
	}
	k, err := a.Publications.Correct(ctx, by, publication.Change{
		ID: in.Publication, Version: version, ValidFrom: in.Body.ValidFrom, Body: body, Reason: in.Body.Reason, Sign: in.Body.Sign,
	})
	return made(string(k.Record.ID), k.Record.Version), err
}

// Fork is evidence that a member signed two records for one version or one place.
type Fork struct {
	Member id.Member       `json:"member"`
	First  json.RawMessage `json:"first"`
	Second json.RawMessage `json:"second"`
	Found  frame.Time      `json:"found"`
}

func (a *API) listForks(ctx context.Context, by keyring.Bearer, in *Listing) (*List[Fork], error) {
	all, err := a.Publications.Forks(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	lines := make([]Fork, len(all))
	for i, f := range all {
		lines[i] = Fork{f.Member, f.First, f.Second, f.Found}
	}
	key := func(f Fork) string { return ordered(int64(f.Found)) + digest(f.First, f.Second) }
	return paged(lines, in.Page, key)
}
