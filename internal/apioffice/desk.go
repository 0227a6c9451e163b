package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

func (a *Area) listDesks(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[desk.Desk], error) {
	all, err := a.Desks.List(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	return call.Paged(all, in.Page, func(d desk.Desk) string { return string(d.ID) })
}

// Said is what a desk says about itself.
type Said struct {
	Function    string   `json:"function" maxLength:"80" doc:"Code of what it does"`
	Competence  []string `json:"competence,omitempty" maxItems:"50" doc:"Codes of what it can be asked for"`
	Languages   []string `json:"languages,omitempty" maxItems:"30" doc:"BCP 47 tags that its people work in"`
	Zone        string   `json:"zone" maxLength:"60" doc:"IANA time zone of its office hours"`
	Deputy      id.Desk  `json:"deputy,omitempty" doc:"Answers when this desk is silent"`
	Coordinator id.Desk  `json:"coordinator,omitempty"`
	OutOfHours  string   `json:"out_of_hours,omitempty" maxLength:"20" doc:"Telephone, E.164"`
	Public      bool     `json:"public,omitempty" doc:"Listed in the desk sheet"`
}

func (s Said) put(d desk.Desk) desk.Desk {
	d.Function, d.Competence, d.Languages, d.Zone = s.Function, s.Competence, s.Languages, s.Zone
	d.Deputy, d.Coordinator, d.OutOfHours, d.Public = s.Deputy, s.Coordinator, s.OutOfHours, s.Public
	return d
}

// Founding is a new desk and its first member.
type Founding struct {
	call.Session
	call.Once
	Body struct {
		Desk         id.Desk        `json:"desk" maxLength:"40" doc:"Slug"`
		Kind         desk.Kind      `json:"kind" enum:"node,light,paper"`
		Realm        access.Realm   `json:"realm" enum:"assistance,prosecution,office"`
		Sector       profile.Sector `json:"sector" enum:"authority,service,justice,international" doc:"Kind of body that runs it; justice exactly in the realm of prosecution"`
		Purpose      desk.Purpose   `json:"purpose,omitempty" enum:",emergency,legal-hold,data-protection"`
		Organisation string         `json:"organisation" maxLength:"40" doc:"Slug of the body to which the desk belongs"`
		First        id.User        `json:"first,omitempty" doc:"Its first member; none for a desk without a node"`
		Role         access.Role    `json:"role,omitempty" doc:"Of the first member"`
		Said         Said           `json:"said"`
	}
}

func (a *Area) foundDesk(ctx context.Context, by keyring.Bearer, in *Founding) (*call.Made, error) {
	d := in.Body.Said.put(desk.Desk{
		ID: in.Body.Desk, Kind: in.Body.Kind, Realm: in.Body.Realm, Sector: in.Body.Sector, Purpose: in.Body.Purpose,
		Organisation: in.Body.Organisation, State: desk.Active, VerifiedOn: a.now(),
	})
	return call.MadeOf(string(d.ID), 0), a.Keyring.Found(ctx, by.Actor, keyring.Founding{Desk: d, First: in.Body.First, Role: in.Body.Role})
}

// Changing replaces what a desk says about itself.
type Changing struct {
	call.Session
	call.Match
	Desk id.Desk `path:"desk" maxLength:"40"`
	Body Said
}

func (a *Area) changeDesk(ctx context.Context, by keyring.Bearer, in *Changing) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	all, err := a.Desks.List(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Version = version; d.ID == in.Desk {
			return call.MadeOf(string(d.ID), version+1), a.Desks.Change(ctx, by.Actor, in.Body.put(d))
		}
	}
	return nil, fault.New(fault.NotFound, "desk.missing")
}

// Classifying says anew what kind of body runs a desk. If-Match names the desk that was read.
type Classifying struct {
	call.Session
	call.Match
	Desk id.Desk `path:"desk" maxLength:"40"`
	Body struct {
		Sector profile.Sector `json:"sector" enum:"authority,service,justice,international"`
	}
}

func (a *Area) classifyDesk(ctx context.Context, by keyring.Bearer, in *Classifying) (*call.Nothing, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, a.Desks.Classify(ctx, by.Actor, in.Desk, version, in.Body.Sector)
}

// OfDesk asks about a desk.
type OfDesk struct {
	call.Session
	call.Page
	Desk id.Desk `path:"desk" maxLength:"40"`
}

func (a *Area) listMembers(ctx context.Context, by keyring.Bearer, in *OfDesk) (*call.List[desk.Membership], error) {
	all, err := a.Desks.Members(ctx, by.Actor, in.Desk)
	if err != nil {
		return nil, err
	}
	return call.Paged(all, in.Page, func(m desk.Membership) string { return string(m.User) })
}

// Proposal is a user proposed for a desk.
type Proposal struct {
	call.Session
	call.Once
	Desk id.Desk `path:"desk" maxLength:"40"`
	Body struct {
		User id.User     `json:"user" maxLength:"64"`
		Role access.Role `json:"role"`
	}
}

func (a *Area) proposeMember(ctx context.Context, by keyring.Bearer, in *Proposal) (*call.Made, error) {
	return call.MadeOf(string(in.Body.User), 0), a.Desks.Propose(ctx, by.Actor, in.Desk, in.Body.User, in.Body.Role)
}

// Grant lets a proposed member in.
type Grant struct {
	call.Session
	call.Once
	Desk id.Desk `path:"desk" maxLength:"40"`
	User id.User `path:"user" maxLength:"64"`
	Body struct {
		Fingerprint id.Key `json:"fingerprint" maxLength:"64" doc:"Of her key, as compared with her face to face or by telephone"`
	}
}

func (a *Area) grantMember(ctx context.Context, by keyring.Bearer, in *Grant) (*call.Nothing, error) {
	return nil, a.Keyring.Grant(ctx, by, in.Desk, in.User, in.Body.Fingerprint)
}

// OneMember names a user at a desk.
type OneMember struct {
	call.Session
	call.Once
	Desk id.Desk `path:"desk" maxLength:"40"`
	User id.User `path:"user" maxLength:"64"`
}

func (a *Area) removeMember(ctx context.Context, by keyring.Bearer, in *OneMember) (*call.Nothing, error) {
	return nil, a.Keyring.Remove(ctx, by, in.Desk, in.User)
}

// Roster is a page of the duty roster, and under which mark the whole of it was read.
type Roster struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body struct {
		Items []desk.Shift `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" doc:"Cursor of the next page; left out on the last"`
	}
}

func (a *Area) readDuty(ctx context.Context, by keyring.Bearer, in *OfDesk) (*Roster, error) {
	all, mark, err := a.Desks.Duty(ctx, by.Actor, in.Desk, a.now())
	if err != nil {
		return nil, err
	}
	page, err := call.Paged(all, in.Page, func(s desk.Shift) string { return call.Ordered(int64(s.From)) + string(s.User) })
	if err != nil {
		return nil, err
	}
	return &Roster{ETag: call.Quoted(mark), Body: page.Body}, nil
}

// Span is a span of duty of one user.
type Span struct {
	User id.User    `json:"user" maxLength:"64"`
	From frame.Time `json:"from"`
	To   frame.Time `json:"to"`
}

// Schedule is a duty roster from a moment on.
type Schedule struct {
	call.Session
	call.Match
	Desk id.Desk `path:"desk" maxLength:"40"`
	Body struct {
		From   frame.Time `json:"from" doc:"What begins earlier stays as it is"`
		Shifts []Span     `json:"shifts" maxItems:"1000" nullable:"false"`
	}
}

// Scheduled names the roster that a change left.
type Scheduled struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
}

func (a *Area) scheduleDuty(ctx context.Context, by keyring.Bearer, in *Schedule) (*Scheduled, error) {
	read, err := in.Mark()
	if err != nil {
		return nil, err
	}
	shifts := make([]desk.Shift, len(in.Body.Shifts))
	for i, s := range in.Body.Shifts {
		shifts[i] = desk.Shift{Desk: in.Desk, User: s.User, From: s.From, To: s.To}
	}
	mark, err := a.Desks.Schedule(ctx, by.Actor, in.Desk, read, in.Body.From, shifts)
	return &Scheduled{ETag: call.Quoted(mark)}, err
}

func (a *Area) listAbsences(ctx context.Context, by keyring.Bearer, in *OfDesk) (*call.List[desk.Absence], error) {
	all, err := a.Desks.Absences(ctx, by.Actor, in.Desk)
	if err != nil {
		return nil, err
	}
	return call.Paged(all, in.Page, func(x desk.Absence) string { return call.Ordered(int64(x.From)) + string(x.User) })
}

// Leaving says that somebody is away.
type Leaving struct {
	call.Session
	call.Once
	Desk id.Desk `path:"desk" maxLength:"40"`
	User id.User `path:"user" maxLength:"64"`
	Body struct {
		From    frame.Time `json:"from"`
		To      frame.Time `json:"to"`
		StandIn id.User    `json:"stand_in,omitempty" maxLength:"64" doc:"Who of the desk does what waits for her; empty: nobody"`
	}
}

func (a *Area) leaveDesk(ctx context.Context, by keyring.Bearer, in *Leaving) (*call.Nothing, error) {
	return nil, a.Desks.Away(ctx, by.Actor, desk.Absence{Desk: in.Desk, User: in.User, From: in.Body.From, To: in.Body.To, StandIn: in.Body.StandIn})
}

func (a *Area) backAtDesk(ctx context.Context, by keyring.Bearer, in *OneMember) (*call.Nothing, error) {
	return nil, a.Desks.Back(ctx, by.Actor, in.Desk, in.User)
}

// OneDesk names a desk.
type OneDesk struct {
	call.Session
	call.Once
	Desk id.Desk `path:"desk" maxLength:"40"`
}

func (a *Area) rotateDesk(ctx context.Context, by keyring.Bearer, in *OneDesk) (*call.Nothing, error) {
	return nil, a.Keyring.Rotate(ctx, by, in.Desk)
}

func (a *Area) rotateIntake(ctx context.Context, by keyring.Bearer, in *OneDesk) (*call.Nothing, error) {
	return nil, a.Keyring.RotateIntake(ctx, by, in.Desk)
}

// Rewrap asks to move some case keys to the newest wrap key.
type Rewrap struct {
	call.Session
	call.Once
	Desk  id.Desk `path:"desk" maxLength:"40"`
	Limit int     `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (a *Area) rewrapDesk(ctx context.Context, by keyring.Bearer, in *Rewrap) (*call.Left, error) {
	out, err := &call.Left{}, error(nil)
	out.Body.Left, err = a.Keyring.Rewrap(ctx, by, in.Desk, in.Limit)
	return out, err
}
