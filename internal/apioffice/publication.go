package apioffice

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
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
	call.Session
	call.Page
	Kind      publication.Kind `query:"kind" maxLength:"40"`
	Member    id.Member        `query:"member" maxLength:"8"`
	Withdrawn bool             `query:"withdrawn" doc:"Withdrawn ones too"`
}

func (a *Area) listPublications(ctx context.Context, by keyring.Bearer, in *Publications) (*call.List[Publication], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Publications.List(ctx, by.Actor, publication.Filter{
		Kind: in.Kind, Member: in.Member, Withdrawn: in.Withdrawn, After: id.Publication(after), Limit: limit,
	})
	out := &call.List[Publication]{}
	out.Body.Items = []Publication{}
	for _, k := range all {
		out.Body.Items = append(out.Body.Items, publicationOf(k))
	}
	if len(all) == limit {
		out.Body.Next = in.Next(string(all[limit-1].Record.ID))
	}
	return out, err
}

// OnePublication names a publication.
type OnePublication struct {
	call.Session
	call.Page
	Publication id.Publication `path:"publication" maxLength:"64"`
}

func (a *Area) readPublication(ctx context.Context, by keyring.Bearer, in *OnePublication) (*call.List[Publication], error) {
	all, err := a.Publications.Show(ctx, by.Actor, in.Publication)
	if err != nil {
		return nil, err
	}
	key := func(k publication.Kept) string { return call.Ordered(k.Record.Version) + k.Hash }
	page, err := call.Paged(all, in.Page, key)
	if err != nil {
		return nil, err
	}
	out := &call.List[Publication]{}
	out.Body.Items, out.Body.Next = []Publication{}, page.Body.Next
	for _, k := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, publicationOf(k))
	}
	return out, nil
}

// Publishing is a record to be published.
type Publishing struct {
	call.Session
	call.Once
	Body struct {
		Kind      publication.Kind `json:"kind" maxLength:"40"`
		ValidFrom frame.Time       `json:"valid_from"`
		Content   json.RawMessage  `json:"content" doc:"Object of the kind's schema"`
		Sign      bool             `json:"sign,omitempty" doc:"By oneself too; a conclusion always is"`
	}
}

func (a *Area) writePublication(ctx context.Context, by keyring.Bearer, in *Publishing) (*call.Made, error) {
	body, err := frame.Canonical(in.Body.Content)
	if err != nil {
		return nil, err
	}
	k, err := a.Publications.Publish(ctx, by, publication.Draft{
		Kind: in.Body.Kind, ValidFrom: in.Body.ValidFrom, Body: body, Sign: in.Body.Sign,
	})
	return call.MadeOf(string(k.Record.ID), k.Record.Version), err
}

// Unpublishing withdraws a publication.
type Unpublishing struct {
	call.Session
	call.Once
	call.Match
	Publication id.Publication `path:"publication" maxLength:"64"`
	Body        struct {
		Reason string `json:"reason" maxLength:"60" doc:"Code"`
	}
}

func (a *Area) withdrawPublication(ctx context.Context, by keyring.Bearer, in *Unpublishing) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Publications.Withdraw(ctx, by, in.Publication, version, in.Body.Reason)
	return call.MadeOf(string(k.Record.ID), k.Record.Version), err
}

// Republishing is the next version of a record.
type Republishing struct {
	call.Session
	call.Once
	call.Match
	Publication id.Publication `path:"publication" maxLength:"64"`
	Body        struct {
		ValidFrom frame.Time      `json:"valid_from"`
		Content   json.RawMessage `json:"content" doc:"Object of the kind's schema"`
		Reason    string          `json:"reason" maxLength:"60" doc:"Code"`
		Sign      bool            `json:"sign,omitempty" doc:"By oneself too; a conclusion always is"`
	}
}

func (a *Area) correctPublication(ctx context.Context, by keyring.Bearer, in *Republishing) (*call.Made, error) {
	version, err := in.Version()
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
	return call.MadeOf(string(k.Record.ID), k.Record.Version), err
}

// Fork is evidence that a member signed two records for one version or one place.
type Fork struct {
	Member id.Member       `json:"member"`
	First  json.RawMessage `json:"first"`
	Second json.RawMessage `json:"second"`
	Found  frame.Time      `json:"found"`
}

func (a *Area) listForks(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Fork], error) {
	all, err := a.Publications.Forks(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	lines := make([]Fork, len(all))
	for i, f := range all {
		lines[i] = Fork{f.Member, f.First, f.Second, f.Found}
	}
	key := func(f Fork) string { return call.Ordered(int64(f.Found)) + call.Digest(f.First, f.Second) }
	return call.Paged(lines, in.Page, key)
}
