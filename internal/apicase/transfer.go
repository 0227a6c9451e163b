package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/transfer"
)

// transferRoutes are about a case that goes to another desk.
func transferRoutes() []call.Route {
	return []call.Route{
		{ID: "transfer.offer", Method: call.Post, Path: "/cases/{case}/transfers", Action: access.OfferTransfer, Made: true, Summary: "Offer a case to another desk of this node"},
		{ID: "transfer.of-case", Method: call.Get, Path: "/cases/{case}/transfers", Action: access.ReadCase, Summary: "How a case went from desk to desk, with the notes that were left"},
		{ID: "transfer.preview", Method: call.Get, Path: "/cases/{case}/transfer-preview", Action: access.ReadCase, Summary: "What would go along with a case to a desk, and what would stay"},
		{ID: "transfer.list", Method: call.Get, Path: "/transfers", Action: access.ListTransfer, Summary: "Cases that one's desk offered or was offered, the newest first"},
		{ID: "transfer.show", Method: call.Get, Path: "/transfers/{transfer}", Action: access.KnowTransfer, Summary: "One of them"},
		{ID: "transfer.accept", Method: call.Post, Path: "/transfers/{transfer}/acceptance", Action: access.AcceptTransfer, Summary: "Take a case over"},
		{ID: "transfer.decline", Method: call.Post, Path: "/transfers/{transfer}/refusal", Action: access.DeclineTransfer, Summary: "Decline to take a case over, with a reason and an alternative"},
		{ID: "transfer.revoke", Method: call.Post, Path: "/transfers/{transfer}/revocation", Action: access.RevokeTransfer, Summary: "Take an offer back before it is answered"},
	}
}

// transfers registers them.
func (a *Area) transfers(r *call.Router) {
	call.Add(r, "transfer.offer", a.offerCase)
	call.Add(r, "transfer.of-case", a.transfersOf)
	call.Add(r, "transfer.preview", a.previewTransfer)
	call.Add(r, "transfer.list", a.listTransfers)
	call.Add(r, "transfer.show", a.showTransfer)
	call.Add(r, "transfer.accept", a.acceptCase)
	call.Add(r, "transfer.decline", a.declineCase)
	call.Add(r, "transfer.revoke", a.revokeOffer)
}

// Transferred is a transfer as the desk that asks may know it.
type Transferred struct {
	Transfer    id.Record       `json:"transfer"`
	Reference   id.Reference    `json:"reference" doc:"Of the transfer, not of the case"`
	Case        id.Case         `json:"case" doc:"Empty for the desk to which it is offered, until it has accepted"`
	From        id.Desk         `json:"from"`
	To          id.Desk         `json:"to"`
	State       transfer.State  `json:"state" enum:"offered,accepted,declined,revoked"`
	Basis       string          `json:"basis" enum:"agreement,legal-duty"`
	AgeClass    person.AgeClass `json:"age_class"`
	Urgent      bool            `json:"urgent"`
	Made        frame.Time      `json:"made"`
	Responded   frame.Time      `json:"responded" doc:"0: not yet"`
	Reason      string          `json:"reason" doc:"Why it was declined or taken back, code"`
	Alternative id.Desk         `json:"alternative"`
	Version     int64           `json:"version"`
}

func transferredOf(t transfer.Transfer) Transferred {
	return Transferred{
		Transfer: t.ID, Reference: t.Reference, Case: t.Case, From: t.From, To: t.To, State: t.State, Basis: t.Basis, AgeClass: t.AgeClass,
		Urgent: t.Urgent, Made: t.Made, Responded: t.Responded, Reason: t.Reason, Alternative: t.Alternative, Version: t.Version,
	}
}

// OfferingCase offers a case.
type OfferingCase struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	Body transfer.Offer
}

func (a *Area) offerCase(ctx context.Context, by keyring.Bearer, in *OfferingCase) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	t, err := a.Transfers.Offer(ctx, by, in.Case, version, in.Body)
	return call.MadeOf(string(t.ID), t.Version), err
}

// PastTransfer is a transfer as the file of its case tells it.
type PastTransfer struct {
	Transferred
	Handover transfer.Handover `json:"handover"`
}

// PastTransfers are the transfers of a case.
type PastTransfers struct {
	Body struct {
		Items []PastTransfer `json:"items" nullable:"false"`
	}
}

func (a *Area) transfersOf(ctx context.Context, by keyring.Bearer, in *OneCase) (*PastTransfers, error) {
	_, all, err := a.Transfers.Of(ctx, by, in.Case)
	out := &PastTransfers{}
	out.Body.Items = []PastTransfer{}
	for _, p := range all {
		out.Body.Items = append(out.Body.Items, PastTransfer{transferredOf(p.Transfer), p.Handover})
	}
	return out, err
}

// Previewing asks what would go along to a desk.
type Previewing struct {
	call.Session
	Case id.Case `path:"case" maxLength:"64"`
	To   id.Desk `query:"to" required:"true" maxLength:"64" doc:"The desk that is to have the case"`
}

// Belongings are what belongs to a case, and what would become of it.
type Belongings struct {
	Body struct {
		Items []transfer.Item `json:"items" nullable:"false"`
	}
}

func (a *Area) previewTransfer(ctx context.Context, by keyring.Bearer, in *Previewing) (*Belongings, error) {
	items, err := a.Transfers.Preview(ctx, by, in.Case, in.To)
	out := &Belongings{}
	out.Body.Items = append([]transfer.Item{}, items...)
	return out, err
}

func (a *Area) listTransfers(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Transferred], error) {
	before, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Transfers.List(ctx, by.Actor, id.Record(before), limit)
	out := &call.List[Transferred]{}
	out.Body.Items = []Transferred{}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, transferredOf(t))
	}
	if len(all) == limit {
		out.Body.Next = in.Next(string(all[len(all)-1].ID))
	}
	return out, err
}

// NamedTransfer names one.
type NamedTransfer struct {
	call.Session
	Transfer id.Record `path:"transfer" maxLength:"64"`
}

// OneTransfer is one.
type OneTransfer struct {
	ETag string `header:"ETag"`
	Body Transferred
}

func (a *Area) showTransfer(ctx context.Context, by keyring.Bearer, in *NamedTransfer) (*OneTransfer, error) {
	t, err := a.Transfers.Show(ctx, by.Actor, in.Transfer)
	return &OneTransfer{ETag: call.Tag(t.Version), Body: transferredOf(t)}, err
}

// AcceptingCase takes a case over.
type AcceptingCase struct {
	call.Session
	call.Match
	Transfer id.Record `path:"transfer" maxLength:"64"`
}

// TakenCase is an accepted transfer.
type TakenCase struct {
	ETag string `header:"ETag"`
	Body struct {
		Transferred
		Left int `json:"left" doc:"Records that are still under the keys that the other desk knew; POST /cases/{case}/keys goes on with them"`
	}
}

func (a *Area) acceptCase(ctx context.Context, by keyring.Bearer, in *AcceptingCase) (*TakenCase, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	t, err := a.Transfers.Accept(ctx, by, in.Transfer, version)
	out := &TakenCase{ETag: call.Tag(t.Version)}
	out.Body.Transferred, out.Body.Left = transferredOf(t.Transfer), t.Left
	return out, err
}

// DecliningCase declines to take a case over.
type DecliningCase struct {
	call.Session
	call.Match
	Transfer id.Record `path:"transfer" maxLength:"64"`
	Body     struct {
		Reason      string  `json:"reason" maxLength:"60" doc:"Code"`
		Alternative id.Desk `json:"alternative,omitempty" maxLength:"64" doc:"A desk that might take it"`
	}
}

func (a *Area) declineCase(ctx context.Context, by keyring.Bearer, in *DecliningCase) (*OneTransfer, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	t, err := a.Transfers.Decline(ctx, by.Actor, in.Transfer, version, in.Body.Reason, in.Body.Alternative)
	return &OneTransfer{ETag: call.Tag(t.Version), Body: transferredOf(t)}, err
}

// RevokingOffer takes an offer back.
type RevokingOffer struct {
	call.Session
	call.Match
	Transfer id.Record `path:"transfer" maxLength:"64"`
	Body     struct {
		Reason string `json:"reason" maxLength:"60" doc:"Code"`
	}
}

func (a *Area) revokeOffer(ctx context.Context, by keyring.Bearer, in *RevokingOffer) (*OneTransfer, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	t, err := a.Transfers.Revoke(ctx, by.Actor, in.Transfer, version, in.Body.Reason)
	return &OneTransfer{ETag: call.Tag(t.Version), Body: transferredOf(t)}, err
}
