package api

import (
	"context"
	"net/http"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
)

// Health says that the node answers. It says nothing else, because anybody may ask.
type Health struct {
	Body struct {
		OK bool `json:"ok"`
	}
}

func (a *API) health(context.Context, *call.Empty) (*Health, error) {
	h := &Health{}
	h.Body.OK = true
	return h, nil
}

// Place is one role at one desk, or an office role at none.
type Place struct {
	Role access.Role `json:"role"`
	Desk id.Desk     `json:"desk,omitempty"`
}

func placesOf(all []signin.Place) []Place {
	out := make([]Place, len(all))
	for i, p := range all {
		out[i] = Place{Role: p.Role, Desk: p.Desk}
	}
	return out
}

// SignIn is who signs in, and how she proves it.
type SignIn struct {
	Body struct {
		Login      string `json:"login" maxLength:"100"`
		Passphrase string `json:"passphrase" maxLength:"1000"`
		Code       string `json:"code,omitempty" maxLength:"40" doc:"Of the second step, where one is set up: the refusal signin.code asks for it"`
	}
	address string
}

// See notes from where the request comes.
func (s *SignIn) See(_ http.ResponseWriter, r *http.Request) { s.address = call.HostOf(r.RemoteAddr) }

// SignedIn is a session. Its token is told once.
type SignedIn struct {
	Body struct {
		Token   string     `json:"token" doc:"Goes into the Authorization header as a bearer token"`
		Session id.Session `json:"session"`
		User    id.User    `json:"user"`
		Place   Place      `json:"place"`
		Places  []Place    `json:"places" nullable:"false"`
		Ends    frame.Time `json:"ends" doc:"At the latest; earlier when idle"`
	}
}

func (a *API) signIn(ctx context.Context, in *SignIn) (*SignedIn, error) {
	s, err := a.Signin.Come(ctx, signin.Entry{Login: in.Body.Login, Passphrase: in.Body.Passphrase, Code: in.Body.Code, Address: in.address})
	if _, key, _ := fault.Public(err); err != nil && key == "signin.issuer.demanded" {
		err = fault.Wrap(fault.Denied, "signin.issuer.pages", err) // nothing here could ask an issuer
	}
	if err != nil {
		return nil, err
	}
	out := &SignedIn{}
	out.Body.Token, out.Body.Session, out.Body.User = s.Secret, s.Session.ID, s.User.ID
	out.Body.Place = Place{Role: s.Session.Role, Desk: s.Session.Desk}
	out.Body.Places, out.Body.Ends = placesOf(s.Places), s.Session.Ends
	return out, nil
}

// Current says who one is.
type Current struct {
	Body struct {
		User    id.User      `json:"user"`
		Session id.Session   `json:"session"`
		Member  id.Member    `json:"member"`
		Realm   access.Realm `json:"realm"`
		Place   Place        `json:"place"`
		Places  []Place      `json:"places" nullable:"false"`
		Key     id.Key       `json:"key" doc:"Fingerprint of one's key, which a colleague compares"`
	}
}

func (a *API) currentSession(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Current, error) {
	all, err := a.Signin.Places(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &Current{}
	out.Body.User, out.Body.Session, out.Body.Member, out.Body.Realm = by.User, by.Actor.Session, by.Member, by.Realm
	out.Body.Place, out.Body.Places, out.Body.Key = Place{Role: by.Role, Desk: by.Desk}, placesOf(all), by.Key()
	return out, nil
}

// Acting says in which place one wants to act.
type Acting struct {
	call.Session
	Body Place
}

func (a *API) act(ctx context.Context, by keyring.Bearer, in *Acting) (*call.Nothing, error) {
	return nil, a.Signin.Act(ctx, by.Actor, signin.Place{Role: in.Body.Role, Desk: in.Body.Desk})
}

func (a *API) signOut(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*call.Nothing, error) {
	return nil, a.Signin.SignOut(ctx, by.Actor)
}

// SessionLine is one sign-in in a list.
type SessionLine struct {
	Session id.Session `json:"session"`
	Place   Place      `json:"place"`
	Address string     `json:"address" doc:"Network it came from"`
	Created frame.Time `json:"created"`
	Seen    frame.Time `json:"seen"`
	Ends    frame.Time `json:"ends"`
}

// OfUser asks about a user.
type OfUser struct {
	call.Session
	call.Page
	User id.User `path:"user" maxLength:"64"`
}

func (a *API) listSessions(ctx context.Context, by keyring.Bearer, in *OfUser) (*call.List[SessionLine], error) {
	all, err := a.Signin.Sessions(ctx, by.Actor, in.User)
	if err != nil {
		return nil, err
	}
	lines := make([]SessionLine, len(all))
	for i, s := range all {
		lines[i] = SessionLine{
			Session: s.ID, Place: Place{Role: s.Role, Desk: s.Desk}, Address: s.Address, Created: s.Created, Seen: s.Seen, Ends: s.Ends,
		}
	}
	return call.Paged(lines, in.Page, func(s SessionLine) string { return string(s.Session) })
}

// OneSession names a sign-in of a user.
type OneSession struct {
	call.Session
	call.Once
	User   id.User    `path:"user" maxLength:"64"`
	Signed id.Session `path:"session" maxLength:"64"`
}

func (a *API) revokeSession(ctx context.Context, by keyring.Bearer, in *OneSession) (*call.Nothing, error) {
	return nil, a.Signin.Revoke(ctx, by.Actor, in.User, in.Signed)
}

// Changing is a new passphrase, and how its owner proves that it is she.
type Changing struct {
	call.Session
	call.Once
	Body struct {
		Passphrase string `json:"passphrase" maxLength:"1000" doc:"The one that she has now"`
		New        string `json:"new" maxLength:"1000" doc:"At least 14 characters"`
		Code       string `json:"code,omitempty" maxLength:"40" doc:"Of the second step, where one is set up"`
	}
	address string
}

// See notes from where the request comes.
func (c *Changing) See(_ http.ResponseWriter, r *http.Request) { c.address = call.HostOf(r.RemoteAddr) }

func (a *API) changePassphrase(ctx context.Context, by keyring.Bearer, in *Changing) (*call.Nothing, error) {
	return nil, a.Signin.ChangePassphrase(ctx, by.Actor, signin.Changing{Old: in.Body.Passphrase, New: in.Body.New, Code: in.Body.Code, Address: in.address})
}
