package api

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// directoryRoutes are about who helps and with what.
func directoryRoutes() []Route {
	const one = "/directory/{organisation}"
	return []Route{
		{ID: "directory.list", Method: get, Path: "/directory", Action: access.ListDirectory, Summary: "List organisations without their confidential places"},
		{ID: "directory.add", Method: post, Path: "/directory", Action: access.AddDirectory, Made: true, Summary: "Enter an organisation"},
		{ID: "directory.read", Method: get, Path: one, Action: access.ReadDirectory, Summary: "Read an organisation without its confidential places"},
		{ID: "directory.change", Method: put, Path: one, Action: access.ChangeDirectory, Summary: "Change what is said of an organisation"},
		{ID: "directory.address", Method: get, Path: one + "/confidential", Action: access.AddressDirectory, Secret: true, Summary: "Open the confidential places of an organisation"},
		{ID: "directory.verify", Method: put, Path: one + "/verification", Action: access.VerifyDirectory, Summary: "Say that everything in the record is still true"},
		{ID: "directory.capacity", Method: put, Path: one + "/services/{service}/capacity", Action: access.CapacityDirectory, Summary: "Say whether a service has room"},
		{ID: "directory.import", Method: post, Path: "/directory-imports", Action: access.ImportDirectory, Body: 16 << 20, Summary: "Take organisations from an HSDS 3.0 file"},
		{ID: "directory.export", Method: get, Path: "/directory-export", Action: access.ExportDirectory, Summary: "Every organisation in HSDS 3.0, without confidential places"},
	}
}

// directory registers them.
func (a *API) directory(r *router) {
	add(r, "directory.list", a.listDirectory)
	add(r, "directory.add", a.addOrganisation)
	add(r, "directory.read", a.readOrganisation)
	add(r, "directory.change", a.changeOrganisation)
	add(r, "directory.address", a.confidentialPlaces)
	add(r, "directory.verify", a.verifyOrganisation)
	add(r, "directory.capacity", a.sayCapacity)
	add(r, "directory.import", a.importDirectory)
	add(r, "directory.export", a.exportDirectory)
}

// Looking asks for a page of the directory.
type Looking struct {
	Session
	Page
	Service string `query:"service" maxLength:"60" doc:"Code of a service"`
	Text    string `query:"text" maxLength:"200" doc:"Part of the name"`
}

func (a *API) listDirectory(ctx context.Context, by keyring.Bearer, in *Looking) (*List[directory.Organisation], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.limit(), 200)
	all, err := a.Directory.List(ctx, by.Actor, directory.Filter{Code: in.Service, Text: in.Text, After: id.Organisation(after), Limit: limit})
	if err != nil {
		return nil, err
	}
	out := &List[directory.Organisation]{}
	out.Body.Items = all
	if len(all) == limit {
		out.Body.Next = cursor(string(all[limit-1].ID))
	}
	return out, nil
}

// Entry is an organisation to be entered.
type Entry struct {
	Session
	Once
	Body struct {
		Organisation directory.Body    `json:"organisation"`
		Confidential []directory.Place `json:"confidential,omitempty" doc:"Places that are sealed for the desk that keeps the record"`
	}
}

func (a *API) addOrganisation(ctx context.Context, by keyring.Bearer, in *Entry) (*Made, error) {
	o, err := a.Directory.Add(ctx, by, in.Body.Organisation, in.Body.Confidential)
	return made(string(o.ID), o.Version), err
}

// OneOrganisation names an organisation.
type OneOrganisation struct {
	Session
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
}

// Found is an organisation with the tag under which it is changed.
type Found struct {
	ETag string `header:"ETag"`
	Body directory.Organisation
}

func (a *API) readOrganisation(ctx context.Context, by keyring.Bearer, in *OneOrganisation) (*Found, error) {
	o, err := a.Directory.Show(ctx, by.Actor, in.Organisation)
	return &Found{tag(o.Version), o}, err
}

// Rewriting replaces what is said of an organisation.
type Rewriting struct {
	Session
	Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
	Body         struct {
		Organisation directory.Body     `json:"organisation"`
		Confidential *[]directory.Place `json:"confidential,omitempty" doc:"Left out: they stay as they are"`
	}
}

func (a *API) changeOrganisation(ctx context.Context, by keyring.Bearer, in *Rewriting) (*Made, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	next, err := a.Directory.Change(ctx, by, in.Organisation, version, in.Body.Organisation, in.Body.Confidential)
	return made(string(in.Organisation), next), err
}

// Places are the confidential places of an organisation.
type Places struct {
	Body struct {
		Items []directory.Place `json:"items" nullable:"false"`
	}
}

func (a *API) confidentialPlaces(ctx context.Context, by keyring.Bearer, in *OneOrganisation) (*Places, error) {
	all, err := a.Directory.Confidential(ctx, by, in.Organisation)
	out := &Places{}
	out.Body.Items = all
	return out, err
}

// Verifying confirms a record as it was read.
type Verifying struct {
	Session
	Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
}

func (a *API) verifyOrganisation(ctx context.Context, by keyring.Bearer, in *Verifying) (*Made, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	next, err := a.Directory.Verify(ctx, by.Actor, in.Organisation, version)
	return made(string(in.Organisation), next), err
}

// Room says whether a service has room.
type Room struct {
	Session
	Once
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
	Service      id.Service      `path:"service" maxLength:"64"`
	Body         struct {
		Light directory.Light `json:"light" enum:"free,few,full,unknown"`
	}
}

func (a *API) sayCapacity(ctx context.Context, by keyring.Bearer, in *Room) (*Nothing, error) {
	return nil, a.Directory.Say(ctx, by.Actor, in.Organisation, in.Service, in.Body.Light)
}

// Taking is a file of organisations.
type Taking struct {
	Session
	Once
	Body struct {
		File   json.RawMessage   `json:"file" doc:"HSDS 3.0: one organization, an array of them, or a page"`
		Terms  map[string]string `json:"terms,omitempty" doc:"Codes of the list of services, by code or name of a term in the file"`
		Public bool              `json:"public,omitempty" doc:"The locations are public already; those of accommodation are sealed all the same"`
	}
}

// Taken says what became of each item of a file.
type Taken struct {
	Body struct {
		Items []directory.Item `json:"items" nullable:"false"`
	}
}

func (a *API) importDirectory(ctx context.Context, by keyring.Bearer, in *Taking) (*Taken, error) {
	all, err := a.Directory.Import(ctx, by, in.Body.File, directory.Reading{Terms: in.Body.Terms, Public: in.Body.Public})
	out := &Taken{}
	out.Body.Items = all
	return out, err
}

// Organizations is the directory in HSDS 3.0.
type Organizations struct {
	Body json.RawMessage
}

func (a *API) exportDirectory(ctx context.Context, by keyring.Bearer, _ *OnlySession) (*Organizations, error) {
	b, err := a.Directory.Export(ctx, by.Actor)
	return &Organizations{b}, err
}
