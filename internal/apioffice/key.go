package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// RecoveryState is how far recovery can be relied on.
type RecoveryState struct {
	Body keyring.RecoveryState
}

func (a *Area) keyState(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*RecoveryState, error) {
	state, err := a.Keyring.RecoveryState(ctx, by.Actor)
	return &RecoveryState{Body: state}, err
}

// Officers are the recovery officers to be.
type Officers struct {
	call.Session
	call.Once
	Body struct {
		Officers []id.User `json:"officers" minItems:"3" maxItems:"16" nullable:"false"`
	}
}

func (a *Area) enrolOfficers(ctx context.Context, by keyring.Bearer, in *Officers) (*call.Nothing, error) {
	return nil, a.Keyring.Enrol(ctx, by.Actor, in.Body.Officers)
}

// Share says to whom one's share is handed.
type Share struct {
	call.Session
	call.Once
	Body struct {
		To id.User `json:"to" maxLength:"64" doc:"The officer who leads the recovery or drill"`
	}
}

func (a *Area) offerShare(ctx context.Context, by keyring.Bearer, in *Share) (*call.Nothing, error) {
	return nil, a.Keyring.OfferShare(ctx, by, in.Body.To)
}

// Paper is one's share to be written down.
type Paper struct {
	Body keyring.Paper
}

func (a *Area) takePaper(ctx context.Context, by keyring.Bearer, _ *call.Deed) (*Paper, error) {
	p, err := a.Keyring.TakePaper(ctx, by)
	return &Paper{Body: p}, err
}

func (a *Area) drill(ctx context.Context, by keyring.Bearer, _ *call.Deed) (*call.Nothing, error) {
	return nil, a.Keyring.Drill(ctx, by)
}

// Recovering says who gets which desk again.
type Recovering struct {
	call.Session
	call.Once
	Body struct {
		Desk id.Desk `json:"desk" maxLength:"40"`
		User id.User `json:"user" maxLength:"64"`
	}
}

func (a *Area) recoverUser(ctx context.Context, by keyring.Bearer, in *Recovering) (*call.Nothing, error) {
	return nil, a.Keyring.Recover(ctx, by, in.Body.Desk, in.Body.User)
}

// NodeKey names a use of node keys.
type NodeKey struct {
	call.Session
	call.Once
	Use keyring.NodeKeyUse `path:"use" enum:"envelope,checkpoint,cosign,tls,control"`
}

func (a *Area) rotateNodeKey(ctx context.Context, by keyring.Bearer, in *NodeKey) (*call.Made, error) {
	k, err := a.NodeKeys.Rotate(ctx, by.Actor, in.Use)
	return call.MadeOf(string(k.Key), 0), err
}

// Authority names the officers of a new authority key.
type Authority struct {
	call.Session
	call.Once
	Body struct {
		Officers []id.User `json:"officers" minItems:"1" maxItems:"16"`
	}
}

// AuthorityMade is the public half of a new authority key, for the line of the roster.
type AuthorityMade struct {
	Body struct {
		Key    id.Key          `json:"key"`
		Public seal.SignPublic `json:"public"`
	}
}

func (a *Area) newAuthority(ctx context.Context, by keyring.Bearer, in *Authority) (*AuthorityMade, error) {
	k, err := a.Keyring.NewAuthority(ctx, by.Actor, in.Body.Officers)
	out := &AuthorityMade{}
	if err == nil {
		out.Body.Key, out.Body.Public = k.ID(), k
	}
	return out, err
}
