package apioffice

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Looking asks for a page of the directory.
type Looking struct {
	call.Session
	call.Page
	Service  string `query:"service" maxLength:"60" doc:"Code of a service"`
	Text     string `query:"text" maxLength:"200" doc:"Part of the name, the description, or what a service or public place is called"`
	Language string `query:"language" maxLength:"35" doc:"BCP 47: a service is given in it"`
	Country  string `query:"country" maxLength:"2" doc:"ISO 3166-1 of a public place; without public places: of this node"`
	City     string `query:"city" maxLength:"200" doc:"Part of the name of the place"`
	Room     bool   `query:"room" doc:"A service has room"`
	Stale    bool   `query:"stale" doc:"Nobody has confirmed it for long"`
	Ended    bool   `query:"ended" doc:"Also what has ended"`
}

func (a *Area) listDirectory(ctx context.Context, by keyring.Bearer, in *Looking) (*call.List[directory.Organisation], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Directory.List(ctx, by.Actor, directory.Filter{
		Code: in.Service, Text: in.Text, Language: in.Language, Country: in.Country, City: in.City, Room: in.Room, Stale: in.Stale, Ended: in.Ended,
		After: id.Organisation(after), Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	out := &call.List[directory.Organisation]{}
	out.Body.Items = all
	if len(all) == limit {
		out.Body.Next = in.Next(string(all[limit-1].ID))
	}
	return out, nil
}

// Entry is an organisation to be entered.
type Entry struct {
	call.Session
	call.Once
	Body struct {
		Organisation directory.Body    `json:"organisation"`
		Confidential []directory.Place `json:"confidential,omitempty" doc:"Places that are sealed for the desk that keeps the record"`
	}
}

func (a *Area) addOrganisation(ctx context.Context, by keyring.Bearer, in *Entry) (*call.Made, error) {
	o, err := a.Directory.Add(ctx, by, in.Body.Organisation, in.Body.Confidential)
	return call.MadeOf(string(o.ID), o.Version), err
}

// OneOrganisation names an organisation.
type OneOrganisation struct {
	call.Session
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
}

// Found is an organisation with the tag under which it is changed.
type Found struct {
	ETag string `header:"ETag"`
	Body directory.Organisation
}

func (a *Area) readOrganisation(ctx context.Context, by keyring.Bearer, in *OneOrganisation) (*Found, error) {
	o, err := a.Directory.Show(ctx, by.Actor, in.Organisation)
	return &Found{call.Tag(o.Version), o}, err
}

// Rewriting replaces what is said of an organisation.
type Rewriting struct {
	call.Session
	call.Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
	Body         struct {
		Organisation directory.Body     `json:"organisation"`
		Confidential *[]directory.Place `json:"confidential,omitempty" doc:"Left out: they stay as they are"`
	}
}

func (a *Area) changeOrganisation(ctx context.Context, by keyring.Bearer, in *Rewriting) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	next, err := a.Directory.Change(ctx, by, in.Organisation, version, in.Body.Organisation, in.Body.Confidential)
	return call.MadeOf(string(in.Organisation), next), err
}

// Places are the confidential places of an organisation.
type Places struct {
	Body struct {
		Items []directory.Place `json:"items" nullable:"false"`
	}
}

func (a *Area) confidentialPlaces(ctx context.Context, by keyring.Bearer, in *OneOrganisation) (*Places, error) {
	all, err := a.Directory.Confidential(ctx, by, in.Organisation)
	out := &Places{}
	out.Body.Items = all
	return out, err
}

// Verifying confirms a record as it was read.
type Verifying struct {
	call.Session
	call.Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
}

func (a *Area) verifyOrganisation(ctx context.Context, by keyring.Bearer, in *Verifying) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	next, err := a.Directory.Verify(ctx, by.Actor, in.Organisation, version)
	return call.MadeOf(string(in.Organisation), next), err
}

// Room says whether a service has room. If-Match names when that was last said: "said" of the service, 0 for never.
type Room struct {
	call.Session
	call.Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
	Service      id.Service      `path:"service" maxLength:"64"`
	Body         struct {
		Light directory.Light `json:"light" enum:"free,few,full,unknown"`
	}
}

func (a *Area) sayCapacity(ctx context.Context, by keyring.Bearer, in *Room) (*call.Nothing, error) {
	read, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, a.Directory.Say(ctx, by.Actor, in.Organisation, in.Service, in.Body.Light, frame.Time(read))
}

// Taking is a file of organisations.
type Taking struct {
	call.Session
	call.Once
	Body struct {
		File      json.RawMessage   `json:"file" doc:"HSDS 3.0: one organization, an array of them, or a page"`
		Terms     map[string]string `json:"terms,omitempty" doc:"Codes of the list of services, by code or name of a term in the file"`
		Public    bool              `json:"public,omitempty" doc:"The locations are public already; those of accommodation are sealed all the same"`
		Overwrite bool              `json:"overwrite,omitempty" doc:"Take over what the file says also where what stands here is newer"`
		Complete  bool              `json:"complete,omitempty" doc:"What came from the file and is not in it any more has ended"`
	}
}

// Taken says what became of each item of a file.
type Taken struct {
	Body struct {
		Items []directory.Item `json:"items" nullable:"false"`
	}
}

func (a *Area) importDirectory(ctx context.Context, by keyring.Bearer, in *Taking) (*Taken, error) {
	all, err := a.Directory.Import(ctx, by, in.Body.File, directory.Reading{
		Terms: in.Body.Terms, Public: in.Body.Public, Overwrite: in.Body.Overwrite, Complete: in.Body.Complete,
	})
	out := &Taken{}
	out.Body.Items = all
	return out, err
}

// Organizations is the directory in HSDS 3.0.
type Organizations struct {
	Body json.RawMessage
}

func (a *Area) exportDirectory(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Organizations, error) {
	b, err := a.Directory.Export(ctx, by.Actor)
	return &Organizations{b}, err
}
