package api

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
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

func (a *API) readRoster(ctx context.Context, by keyring.Bearer, _ *OnlySession) (*RosterInForce, error) {
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
	Session
	Once
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

func (a *API) importRoster(ctx context.Context, by keyring.Bearer, in *NewRoster) (*Changed, error) {
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
	Session
	Once
	Body struct {
		Signed      []byte `json:"signed" doc:"Bytes of the file, spec/roster.md"`
		Fingerprint string `json:"fingerprint" maxLength:"60" doc:"Of the root set, as typed by a person who compared it"`
	}
}

func (a *API) joinNetwork(ctx context.Context, by keyring.Bearer, in *Joining) (*Nothing, error) {
	first, err := member.ParseRoster(in.Body.Signed)
	if err != nil {
		return nil, err
	}
	return nil, a.Members.Join(ctx, by.Actor, first, in.Body.Fingerprint)
}

func (a *API) publishSheet(ctx context.Context, by keyring.Bearer, in *NewRoster) (*Nothing, error) {
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
func (a *API) signSheet(ctx context.Context, by keyring.Bearer, _ *Deed) (*SheetSigned, error) {
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
	Session
	Once
	Member id.Member `path:"member" maxLength:"8"`
	Body   struct {
		Reason string `json:"reason" maxLength:"60" doc:"Code"`
	}
}

func (a *API) blockMember(ctx context.Context, by keyring.Bearer, in *Blocking) (*Nothing, error) {
	return nil, a.Members.Block(ctx, by.Actor, in.Member, in.Body.Reason)
}

// OtherMember names a member.
type OtherMember struct {
	Session
	Once
	Member id.Member `path:"member" maxLength:"8"`
}

func (a *API) unblockMember(ctx context.Context, by keyring.Bearer, in *OtherMember) (*Nothing, error) {
	return nil, a.Members.Unblock(ctx, by.Actor, in.Member)
}

// Passing asks what went and came.
type Passing struct {
	Session
	Page
	Member id.Member  `path:"member" maxLength:"8"`
	Box    string     `query:"box" enum:"out,in" default:"out"`
	Since  frame.Time `query:"since" minimum:"0"`
}

func (a *API) listExchange(ctx context.Context, by keyring.Bearer, in *Passing) (*List[exchange.Passed], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	out := &List[exchange.Passed]{}
	out.Body.Items, err = a.Exchange.List(ctx, by.Actor, in.Member, in.Box != "in", in.Since, id.Envelope(after), in.limit())
	if n := len(out.Body.Items); n == in.limit() {
		out.Body.Next = cursor(string(out.Body.Items[n-1].ID))
	}
	return out, err
}

// Exporting says for whom a courier file is.
type Exporting struct {
	Session
	To id.Member `query:"to" maxLength:"8" doc:"Empty: everybody"`
}

func (a *API) exportCourier(ctx context.Context, by keyring.Bearer, in *Exporting) (*huma.StreamResponse, error) {
	if err := access.Check(by.Actor, access.ExportExchange, access.Resource{Noun: "exchange", Realm: access.Office}); err != nil {
		return nil, err // before the first byte, while a refusal can still be said
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/octet-stream")
		hc.SetHeader("Content-Disposition", `attachment; filename="courier.trmc"`)
		if _, err := a.Exchange.Export(ctx, by.Actor, in.To, hc.BodyWriter()); err != nil {
			// The file has no ending, so whoever reads it finds that it was cut.
			a.Log.ErrorContext(ctx, "api.fault", "request", requestOf(ctx), "operation", "exchange.export", "cause", err.Error())
		}
	}}, nil
}

// Importing is a courier file.
type Importing struct {
	Session
	Once
	Upload
}

// Imported says what an import did.
type Imported struct {
	Body struct {
		Envelopes int      `json:"envelopes" doc:"Taken; each has its receipt"`
		Elsewhere int      `json:"elsewhere" doc:"For other members: left in the file"`
		Receipts  int      `json:"receipts"`
		Failed    []string `json:"failed" nullable:"false" doc:"Message keys of records that could not be taken"`
		Cut       string   `json:"cut,omitempty" doc:"Message key: the file was not whole; what came before was taken"`
	}
}

func (a *API) importCourier(ctx context.Context, by keyring.Bearer, in *Importing) (*Imported, error) {
	did, err := a.Exchange.Import(ctx, by.Actor, in)
	out := &Imported{}
	out.Body.Envelopes, out.Body.Elsewhere, out.Body.Receipts = did.Envelopes, did.Elsewhere, did.Receipts
	out.Body.Failed = append([]string{}, did.Failed...)
	if kind, key, _ := publicOf(err); err != nil && kind == fault.Invalid && did.Envelopes+did.Receipts > 0 {
		out.Body.Cut, err = key, nil
	}
	return out, err
}

func publicOf(err error) (fault.Kind, string, map[string]string) {
	if err == nil {
		return fault.Internal, "", nil
	}
	return fault.Public(err)
}

func (a *API) reopenExchange(ctx context.Context, by keyring.Bearer, _ *Deed) (*Nothing, error) {
	return nil, a.Exchange.Reopen(ctx, by.Actor)
}
