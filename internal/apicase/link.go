package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/relation"
)

// linkRoutes are about who belongs together.
func linkRoutes() []call.Route {
	return []call.Route{
		{ID: "link.list", Method: call.Get, Path: "/cases/{case}/links", Action: access.ReadCase, Summary: "Open the links of a case with others, only such as one may open both cases of"},
		{ID: "link.tie", Method: call.Post, Path: "/cases/{case}/links", Action: access.LinkCase, Made: true, Summary: "Say that two people belong together"},
		{ID: "link.end", Method: call.Post, Path: "/cases/{case}/links/{record}/end", Action: access.LinkCase, Summary: "End a link; it stays in both files"},
	}
}

// links registers them.
func (a *Area) links(r *call.Router) {
	call.Add(r, "link.list", a.listLinks)
	call.Add(r, "link.tie", a.tieCases)
	call.Add(r, "link.end", a.untieCases)
}

// Linked is a link as it is seen from one of its cases.
type Linked struct {
	Link      id.Record    `json:"link"`
	Version   int64        `json:"version"`
	Case      id.Case      `json:"case" doc:"The other one"`
	Reference id.Reference `json:"reference" doc:"Of the other one"`
	Kind      string       `json:"kind" doc:"What its person is to this one, code"`
	Since     string       `json:"since"`
	Reason    string       `json:"reason"`
	At        frame.Time   `json:"at"`
	By        id.User      `json:"by"`
	Ended     string       `json:"ended" doc:"yyyy-mm-dd; empty: they belong together"`
	Why       string       `json:"why" doc:"It was ended, code"`
	Note      string       `json:"note"`
}

func linkedOf(l relation.Linked) Linked {
	x := l.Link
	return Linked{
		Link: l.ID, Version: l.Version, Case: l.Case, Reference: l.Reference, Kind: l.Kind.Code, Since: x.Since, Reason: x.Reason, At: x.At, By: x.By,
		Ended: x.Ended, Why: x.Why, Note: x.Note,
	}
}

// Links are the links of a case that are open to the reader.
type Links struct {
	Body struct {
		Items []Linked `json:"items" nullable:"false"`
		Warns bool     `json:"warns" doc:"She belongs to somebody of a family although her newest risk assessment says that her family is involved"`
	}
}

func (a *Area) listLinks(ctx context.Context, by keyring.Bearer, in *OneCase) (*Links, error) {
	f, err := a.Relations.Of(ctx, by, in.Case)
	out := &Links{}
	out.Body.Items, out.Body.Warns = []Linked{}, f.Warns()
	for _, l := range f.Links {
		out.Body.Items = append(out.Body.Items, linkedOf(l))
	}
	return out, err
}

// Tying says that two people belong together.
type Tying struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body relation.New
}

func (a *Area) tieCases(ctx context.Context, by keyring.Bearer, in *Tying) (*call.Made, error) {
	l, err := a.Relations.Tie(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(l.ID), l.Version), err
}

// Untying ends a link.
type Untying struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Day  string `json:"day" maxLength:"10" doc:"yyyy-mm-dd"`
		Why  string `json:"why" maxLength:"60" doc:"Code"`
		Note string `json:"note,omitempty" maxLength:"2000"`
	}
}

func (a *Area) untieCases(ctx context.Context, by keyring.Bearer, in *Untying) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	l, err := a.Relations.Untie(ctx, by, in.Case, in.Record, version, in.Body.Day, in.Body.Why, in.Body.Note)
	return call.MadeOf(string(l.ID), l.Version), err
}
