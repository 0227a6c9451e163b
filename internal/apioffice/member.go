package apioffice

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// RosterInForce is the roster that rules, as it was signed.
type RosterInForce struct {
	Body struct {
		Hash        string          `json:"hash"`
		Standing    member.Standing `json:"standing"`
		Received    frame.Time      `json:"received"`
		Fingerprint string          `json:"fingerprint" doc:"Of the root set, to be compared in person"`
		Signed      json.RawMessage `json:"signed" doc:"spec/roster.md"`
	}
}

func (a *Area) readRoster(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*RosterInForce, error) {
	held, standing, err := a.Members.Roster(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &RosterInForce{}
	out.Body.Hash, out.Body.Standing, out.Body.Received = held.Hash, standing, held.Received
	if out.Body.Fingerprint, err = held.Signed.Roster.Root.Fingerprint(held.Signed.Roster.Network); err != nil {
		return nil, err
	}
	out.Body.Signed, err = held.Signed.Encode()
	return out, err
}

// NewRoster is a signed roster as a file.
type NewRoster struct {
	call.Session
	call.Once
	Body struct {
		Signed []byte `json:"signed" doc:"Bytes of the file, spec/roster.md"`
	}
}

// Changed says whether something was new.
type Changed struct {
	Body struct {
		Changed bool `json:"changed"`
	}
}

func (a *Area) importRoster(ctx context.Context, by keyring.Bearer, in *NewRoster) (*Changed, error) {
	next, err := member.ParseRoster(in.Body.Signed)
	if err != nil {
		return nil, err
	}
	out := &Changed{}
	out.Body.Changed, err = a.Members.Import(ctx, by.Actor, next)
	return out, err
}

// Joining is the first roster and what was compared in person.
type Joining struct {
	call.Session
	call.Once
	Body struct {
		Signed      []byte `json:"signed" doc:"Bytes of the file, spec/roster.md"`
		Fingerprint string `json:"fingerprint" maxLength:"60" doc:"Of the root set, as typed by a person who compared it"`
	}
}

func (a *Area) joinNetwork(ctx context.Context, by keyring.Bearer, in *Joining) (*call.Nothing, error) {
	first, err := member.ParseRoster(in.Body.Signed)
	if err != nil {
		return nil, err
	}
	return nil, a.Members.Join(ctx, by.Actor, first, in.Body.Fingerprint)
}

func (a *Area) publishSheet(ctx context.Context, by keyring.Bearer, in *NewRoster) (*call.Nothing, error) {
	sheet, err := member.ParseSheet(in.Body.Signed)
	if err != nil {
		return nil, err
	}
	return nil, a.Members.Publish(ctx, by.Actor, sheet)
}

// SheetSigned is the desk sheet that was published.
type SheetSigned struct {
	Body struct {
		Version int64      `json:"version"`
		Expires frame.Time `json:"expires"`
		Desks   int        `json:"desks" doc:"That are listed"`
	}
}

// signSheet needs an authority key that the roster in force lists and that is sealed to who asks.
func (a *Area) signSheet(ctx context.Context, by keyring.Bearer, _ *call.Deed) (*SheetSigned, error) {
	held, _, err := a.Members.Roster(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	line, _ := held.Signed.Roster.Find(by.Member)
	var listed []id.Key
	for _, k := range line.Keys.Authority {
		listed = append(listed, k.ID())
	}
	var signed member.SignedSheet
	err = a.Keyring.WithAuthority(ctx, by, listed, func(key seal.SignPrivate) error {
		sheet, err := a.Sheet(ctx)
		if err == nil {
			signed, err = sheet.Sign(key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &SheetSigned{}
	out.Body.Version, out.Body.Expires, out.Body.Desks = signed.Sheet.Version, signed.Sheet.Expires, len(signed.Sheet.Desks)
	return out, a.Members.Publish(ctx, by.Actor, signed)
}

// Blocking says why a member is refused.
type Blocking struct {
	call.Session
	call.Once
	Member id.Member `path:"member" maxLength:"8"`
	Body   struct {
		Reason string `json:"reason" maxLength:"60" doc:"Code"`
	}
}

func (a *Area) blockMember(ctx context.Context, by keyring.Bearer, in *Blocking) (*call.Nothing, error) {
	return nil, a.Members.Block(ctx, by.Actor, in.Member, in.Body.Reason)
}

// OtherMember names a member.
type OtherMember struct {
	call.Session
	call.Once
	Member id.Member `path:"member" maxLength:"8"`
}

func (a *Area) unblockMember(ctx context.Context, by keyring.Bearer, in *OtherMember) (*call.Nothing, error) {
	return nil, a.Members.Unblock(ctx, by.Actor, in.Member)
}
