package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
)

func (a *Area) listPrograms(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[signin.Program], error) {
	all, err := a.Signin.Programs(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	return call.Paged(all, in.Page, func(p signin.Program) string { return string(p.ID) })
}

// OneProgram names a service account.
type OneProgram struct {
	call.Session
	User id.User `path:"user" maxLength:"64"`
}

// ProgramShown is one service account.
type ProgramShown struct {
	ETag string `header:"ETag"`
	Body signin.Program
}

func shownProgram(p signin.Program, err error) (*ProgramShown, error) {
	return &ProgramShown{call.Tag(p.Version), p}, err
}

func (a *Area) showProgram(ctx context.Context, by keyring.Bearer, in *OneProgram) (*ProgramShown, error) {
	return shownProgram(a.Signin.Program(ctx, by.Actor, in.User))
}

// ProposedProgram asks for a service account.
type ProposedProgram struct {
	call.Session
	call.Once
	Body struct {
		Name     string           `json:"name" maxLength:"200" doc:"Of the program, which colleagues read"`
		Desk     id.Desk          `json:"desk" maxLength:"40" doc:"To which it writes, or where it reads; a member of it lets it in"`
		Purposes []signin.Purpose `json:"purposes" maxItems:"10" nullable:"false" doc:"What it may do: import; or to read: cases, persons"`
		Networks []string         `json:"networks,omitempty" maxItems:"10" doc:"Addresses or networks from which it may come, 192.0.2.0/24; left out: from everywhere"`
		Days     int64            `json:"days,omitempty" minimum:"0" maximum:"366" doc:"For how long the desk lets it in at a time; left out: 90"`
		Quota    int64            `json:"quota,omitempty" minimum:"0" maximum:"5000" doc:"Of one that reads, how many openings a day; left out: 100"`
	}
}

// ProgramToken is a service account with its token. The token is told once.
type ProgramToken struct {
	ETag string `header:"ETag"`
	Body struct {
		Account signin.Program `json:"account"`
		Token   string         `json:"token" doc:"With which the program comes in, as a bearer; told once"`
	}
}

func programToken(p signin.Program, token string, err error) (*ProgramToken, error) {
	out := &ProgramToken{ETag: call.Tag(p.Version)}
	out.Body.Account, out.Body.Token = p, token
	return out, err
}

func (a *Area) proposeProgram(ctx context.Context, by keyring.Bearer, in *ProposedProgram) (*ProgramToken, error) {
	return programToken(a.Signin.ProposeProgram(ctx, by.Actor, signin.Wanted{
		Name: in.Body.Name, Desk: in.Body.Desk, Purposes: in.Body.Purposes, Networks: in.Body.Networks, Days: in.Body.Days, Quota: in.Body.Quota,
	}))
}

// SeenProgram changes a service account as it was seen.
type SeenProgram struct {
	call.Session
	call.Match
	User id.User `path:"user" maxLength:"64"`
}

func (a *Area) confirmProgram(ctx context.Context, by keyring.Bearer, in *SeenProgram) (*ProgramShown, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return shownProgram(a.Signin.ConfirmProgram(ctx, by.Actor, in.User, seen))
}

func (a *Area) approveReader(ctx context.Context, by keyring.Bearer, in *SeenProgram) (*ProgramShown, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return shownProgram(a.Signin.ApproveReader(ctx, by, in.User, seen))
}

func (a *Area) rotateProgram(ctx context.Context, by keyring.Bearer, in *SeenProgram) (*ProgramToken, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return programToken(a.Signin.RotateProgram(ctx, by.Actor, in.User, seen))
}

func (a *Area) revokeProgram(ctx context.Context, by keyring.Bearer, in *SeenProgram) (*ProgramShown, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return shownProgram(a.Signin.RevokeProgram(ctx, by, in.User, seen))
}
