package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
)

func (a *Area) listUsers(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[signin.Account], error) {
	all, err := a.Signin.List(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	return call.Paged(all, in.Page, func(u signin.Account) string { return string(u.ID) })
}

// Invitee is who gets an account.
type Invitee struct {
	call.Session
	call.Once
	Body struct {
		Login    string        `json:"login" maxLength:"100"`
		Name     string        `json:"name" maxLength:"200" doc:"How colleagues call her"`
		Office   []access.Role `json:"office,omitempty" maxItems:"10" doc:"Roles that serve no desk; the others come with a place at a desk"`
		Language string        `json:"language" maxLength:"35" doc:"BCP 47"`
		Zone     string        `json:"zone" maxLength:"60" doc:"IANA time zone; empty: that of the country"`
		Demo     bool          `json:"demo,omitempty" doc:"Invented, of a demo node"`
	}
}

// Invited is an account with the link with which its owner makes her keys. The link is told once.
type Invited struct {
	Body struct {
		User id.User `json:"user"`
		Link string  `json:"link" doc:"Secret; works once, within 24 hours"`
	}
}

func (a *Area) inviteUser(ctx context.Context, by keyring.Bearer, in *Invitee) (*Invited, error) {
	out := &Invited{}
	var err error
	out.Body.User, out.Body.Link, err = a.Signin.Invite(ctx, by.Actor, signin.Invitee{
		Login: in.Body.Login, Name: in.Body.Name, Office: in.Body.Office, Language: in.Body.Language, Zone: in.Body.Zone, Demo: in.Body.Demo,
	})
	return out, err
}

// OneUser names a user about whom something is done.
type OneUser struct {
	call.Session
	call.Once
	User id.User `path:"user" maxLength:"64"`
}

func (a *Area) reinviteUser(ctx context.Context, by keyring.Bearer, in *OneUser) (*Invited, error) {
	out := &Invited{}
	var err error
	out.Body.User = in.User
	out.Body.Link, err = a.Signin.Reinvite(ctx, by.Actor, in.User)
	return out, err
}

// Comparison lets the office of an account in.
type Comparison struct {
	call.Session
	call.Once
	User id.User `path:"user" maxLength:"64"`
	Body struct {
		Fingerprint id.Key `json:"fingerprint" maxLength:"64" doc:"Of her keys, as compared with her face to face or by telephone"`
	}
}

func (a *Area) letIn(ctx context.Context, by keyring.Bearer, in *Comparison) (*call.Nothing, error) {
	return nil, a.Signin.LetIn(ctx, by, in.User, in.Body.Fingerprint)
}

func (a *Area) disableUser(ctx context.Context, by keyring.Bearer, in *OneUser) (*call.Nothing, error) {
	return nil, a.Signin.Disable(ctx, by.Actor, in.User)
}

// Enrolment makes the keys of whoever has the link.
type Enrolment struct {
	Body struct {
		Link       string `json:"link" maxLength:"200"`
		Passphrase string `json:"passphrase" maxLength:"1000" doc:"At least 14 characters"`
	}
}

// Enrolled is an account with keys.
type Enrolled struct {
	Body struct {
		User        id.User `json:"user"`
		Login       string  `json:"login"`
		Fingerprint id.Key  `json:"fingerprint" doc:"A colleague compares it when she grants a place"`
	}
}

func (a *Area) enrolUser(ctx context.Context, in *Enrolment) (*Enrolled, error) {
	u, key, err := a.Signin.Enrol(ctx, in.Body.Link, in.Body.Passphrase)
	out := &Enrolled{}
	out.Body.User, out.Body.Login, out.Body.Fingerprint = u.ID, u.Login, key
	return out, err
}

// UserIdentity names an identity that is linked to an account.
type UserIdentity struct {
	OneUser
	Identity string `path:"identity" maxLength:"64"`
}

// LinkedUser says whom an issuer means by an account.
type LinkedUser struct {
	OneUser
	Body struct {
		Issuer  string `json:"issuer" maxLength:"31" doc:"By the name that the node's configuration gives it"`
		Subject string `json:"subject" maxLength:"255" doc:"What the issuer calls her (sub). It is not kept, only a digest of it"`
	}
}

// IdentitiesOf names an account of which the identities are wanted.
type IdentitiesOf struct {
	call.Session
	User id.User `path:"user" maxLength:"64"`
}

// Identities are whom the issuers mean by an account: at most one of each.
type Identities struct {
	Body struct {
		Identities []signin.Identity `json:"identities" nullable:"false"`
	}
}

// Identity is an identity that is linked to an account.
type Identity struct{ Body signin.Identity }

func (a *Area) identities(ctx context.Context, by keyring.Bearer, in *IdentitiesOf) (*Identities, error) {
	all, err := a.Signin.Identities(ctx, by.Actor, in.User)
	out := &Identities{}
	out.Body.Identities = append([]signin.Identity{}, all...)
	return out, err
}

func (a *Area) linkUser(ctx context.Context, by keyring.Bearer, in *LinkedUser) (*Identity, error) {
	made, err := a.Signin.LinkUser(ctx, by.Actor, in.User, in.Body.Issuer, in.Body.Subject)
	return &Identity{Body: made}, err
}

func (a *Area) unlinkUser(ctx context.Context, by keyring.Bearer, in *UserIdentity) (*call.Nothing, error) {
	return nil, a.Signin.UnlinkUser(ctx, by.Actor, in.User, in.Identity)
}
