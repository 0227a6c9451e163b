package api

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/notify"
)

// Reach says how one wants to be told that there is something. If-Match names what was read.
type Reach struct {
	call.Session
	call.Match
	Body Reached
}

// Reached is how somebody is told.
type Reached struct {
	Channel   notify.Channel `json:"channel" enum:"mail,push,sms"`
	Address   string         `json:"address" maxLength:"4000" doc:"Mail address, E.164 number, or the push subscription as JSON"`
	QuietFrom int64          `json:"quiet_from,omitempty" minimum:"0" maximum:"1439" doc:"Minutes after midnight in one's zone; equal to quiet_to: no quiet hours"`
	QuietTo   int64          `json:"quiet_to,omitempty" minimum:"0" maximum:"1439"`
	Zone      string         `json:"zone" maxLength:"60" doc:"IANA time zone"`
	Language  string         `json:"language" maxLength:"35" doc:"BCP 47"`

	Second        notify.Channel `json:"second,omitempty" enum:",mail,push,sms" doc:"The way that is tried when the first one fails"`
	SecondAddress string         `json:"second_address,omitempty" maxLength:"2048"`
}

// Told is how one is told, and the ETag for a change of it.
type Told struct {
	ETag string `header:"ETag" json:"-"`
	Body Reached
}

func (a *API) readNotices(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Told, error) {
	s, _, err := a.Notices.Mine(ctx, by.Actor)
	return &Told{call.Quoted(s.Mark()), Reached{
		Channel: s.Channel, Address: s.Address, QuietFrom: s.QuietFrom, QuietTo: s.QuietTo, Zone: s.Zone, Language: string(s.Language),
		Second: s.Second, SecondAddress: s.SecondAddress,
	}}, err
}

func (a *API) setNotices(ctx context.Context, by keyring.Bearer, in *Reach) (*call.Nothing, error) {
	read, err := in.Mark()
	if err != nil {
		return nil, err
	}
	b := in.Body
	tag := lang.Tag(b.Language)
	if a.Texts.Printer(tag).Tag() != tag {
		return nil, fault.New(fault.Invalid, "api.language")
	}
	return nil, a.Notices.Set(ctx, by.Actor, read, notify.Setting{
		User: by.User, Channel: b.Channel, Address: b.Address, QuietFrom: b.QuietFrom, QuietTo: b.QuietTo, Zone: b.Zone, Language: tag,
		Second: b.Second, SecondAddress: b.SecondAddress,
	})
}
