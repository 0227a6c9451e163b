package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// OverNow says what of an organisation is there no more.
type OverNow struct {
	call.Session
	call.Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
	Body         directory.Ending
}

func (a *Area) endOrganisation(ctx context.Context, by keyring.Bearer, in *OverNow) (*call.Made, error) {
	return a.stepOf(in.Organisation, in.Match, func(version int64) (int64, error) {
		return a.Directory.End(ctx, by, in.Organisation, version, in.Body)
	})
}

// stepOf takes a step with an organisation, at the version that was read.
func (a *Area) stepOf(o id.Organisation, m call.Match, do func(version int64) (int64, error)) (*call.Made, error) {
	version, err := m.Version()
	if err != nil {
		return nil, err
	}
	next, err := do(version)
	return call.MadeOf(string(o), next), err
}

// ToErase proposes to erase an organisation.
type ToErase struct {
	call.Session
	call.Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
	Body         struct {
		Reason string `json:"reason" maxLength:"200" doc:"Why it was entered in error; everybody who signs in reads it"`
	}
}

func (a *Area) proposeErase(ctx context.Context, by keyring.Bearer, in *ToErase) (*call.Made, error) {
	return a.stepOf(in.Organisation, in.Match, func(version int64) (int64, error) {
		return a.Directory.ProposeErase(ctx, by.Actor, in.Organisation, version, in.Body.Reason)
	})
}

func (a *Area) keepOrganisation(ctx context.Context, by keyring.Bearer, in *Verifying) (*call.Made, error) {
	return a.stepOf(in.Organisation, in.Match, func(version int64) (int64, error) {
		return a.Directory.KeepIt(ctx, by.Actor, in.Organisation, version)
	})
}

func (a *Area) eraseOrganisation(ctx context.Context, by keyring.Bearer, in *Verifying) (*call.Nothing, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, a.Directory.Erase(ctx, by.Actor, in.Organisation, version)
}

// ToDesk asks another desk to keep a record.
type ToDesk struct {
	call.Session
	call.Match
	Organisation id.Organisation `path:"organisation" maxLength:"64"`
	Body         struct {
		To id.Desk `json:"to" maxLength:"64" doc:"Desk of this node, on the same side of the wall"`
	}
}

func (a *Area) handOver(ctx context.Context, by keyring.Bearer, in *ToDesk) (*call.Made, error) {
	return a.stepOf(in.Organisation, in.Match, func(version int64) (int64, error) {
		return a.Directory.HandOver(ctx, by, in.Organisation, version, in.Body.To)
	})
}

func (a *Area) takeOver(ctx context.Context, by keyring.Bearer, in *Verifying) (*call.Made, error) {
	return a.stepOf(in.Organisation, in.Match, func(version int64) (int64, error) {
		return a.Directory.TakeOver(ctx, by, in.Organisation, version)
	})
}

func (a *Area) stayWhere(ctx context.Context, by keyring.Bearer, in *Verifying) (*call.Made, error) {
	return a.stepOf(in.Organisation, in.Match, func(version int64) (int64, error) {
		return a.Directory.Stay(ctx, by.Actor, in.Organisation, version)
	})
}
