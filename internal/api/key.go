package api

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/seal"
)

// RecoveryState is how far recovery can be relied on.
type RecoveryState struct {
	Body keyring.RecoveryState
}

func (a *API) keyState(ctx context.Context, by keyring.Bearer, _ *OnlySession) (*RecoveryState, error) {
	state, err := a.Keyring.RecoveryState(ctx, by.Actor)
	return &RecoveryState{Body: state}, err
}

// Officers are the recovery officers to be.
type Officers struct {
	Session
	Once
	Body struct {
		Officers []id.User `json:"officers" minItems:"3" maxItems:"16" nullable:"false"`
	}
}

func (a *API) enrolOfficers(ctx context.Context, by keyring.Bearer, in *Officers) (*Nothing, error) {
	return nil, a.Keyring.Enrol(ctx, by.Actor, in.Body.Officers)
}

// Share says to whom one's share is handed.
type Share struct {
	Session
	Once
	Body struct {
		To id.User `json:"to" maxLength:"64" doc:"The officer who leads the recovery or drill"`
	}
}

func (a *API) offerShare(ctx context.Context, by keyring.Bearer, in *Share) (*Nothing, error) {
	return nil, a.Keyring.OfferShare(ctx, by, in.Body.To)
}

// Paper is one's share to be written down.
type Paper struct {
	Body keyring.Paper
}

func (a *API) takePaper(ctx context.Context, by keyring.Bearer, _ *Deed) (*Paper, error) {
	p, err := a.Keyring.TakePaper(ctx, by)
	return &Paper{Body: p}, err
}

func (a *API) drill(ctx context.Context, by keyring.Bearer, _ *Deed) (*Nothing, error) {
	return nil, a.Keyring.Drill(ctx, by)
}

// Recovering says who gets which desk again.
type Recovering struct {
	Session
	Once
	Body struct {
		Desk id.Desk `json:"desk" maxLength:"40"`
		User id.User `json:"user" maxLength:"64"`
	}
}

func (a *API) recoverUser(ctx context.Context, by keyring.Bearer, in *Recovering) (*Nothing, error) {
	return nil, a.Keyring.Recover(ctx, by, in.Body.Desk, in.Body.User)
}

// NodeKey names a use of node keys.
type NodeKey struct {
	Session
	Once
	Use keyring.NodeKeyUse `path:"use" enum:"envelope,checkpoint,cosign,tls,control"`
}

func (a *API) rotateNodeKey(ctx context.Context, by keyring.Bearer, in *NodeKey) (*Made, error) {
	k, err := a.NodeKeys.Rotate(ctx, by.Actor, in.Use)
	return made(string(k.Key), 0), err
}

// Authority names the officers of a new authority key.
type Authority struct {
	Session
	Once
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

func (a *API) newAuthority(ctx context.Context, by keyring.Bearer, in *Authority) (*AuthorityMade, error) {
	k, err := a.Keyring.NewAuthority(ctx, by.Actor, in.Body.Officers)
	out := &AuthorityMade{}
	if err == nil {
		out.Body.Key, out.Body.Public = k.ID(), k
	}
	return out, err
}

// Reach says how one wants to be told that there is something.
type Reach struct {
	Session
	Once
	Body struct {
		Channel   notify.Channel `json:"channel" enum:"mail,push,sms"`
		Address   string         `json:"address" maxLength:"4000" doc:"Mail address, E.164 number, or the push subscription as JSON"`
		QuietFrom int64          `json:"quiet_from,omitempty" minimum:"0" maximum:"1439" doc:"Minutes after midnight in one's zone; equal to quiet_to: no quiet hours"`
		QuietTo   int64          `json:"quiet_to,omitempty" minimum:"0" maximum:"1439"`
		Zone      string         `json:"zone" maxLength:"60" doc:"IANA time zone"`
		Language  string         `json:"language" maxLength:"35" doc:"BCP 47"`

		Second        notify.Channel `json:"second,omitempty" enum:",mail,push,sms" doc:"The way that is tried when the first one fails"`
		SecondAddress string         `json:"second_address,omitempty" maxLength:"2048"`
	}
}

func (a *API) setNotices(ctx context.Context, by keyring.Bearer, in *Reach) (*Nothing, error) {
	b := in.Body
	tag := lang.Tag(b.Language)
	if a.Texts.Printer(tag).Tag() != tag {
		return nil, fault.New(fault.Invalid, "api.language")
	}
	return nil, a.Notices.Set(ctx, by.Actor, notify.Setting{
		User: by.User, Channel: b.Channel, Address: b.Address, QuietFrom: b.QuietFrom, QuietTo: b.QuietTo, Zone: b.Zone, Language: tag,
		Second: b.Second, SecondAddress: b.SecondAddress,
	})
}
