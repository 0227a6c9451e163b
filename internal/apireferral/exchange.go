package apireferral

import (
	"context"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Passing asks what went and came.
type Passing struct {
	call.Session
	call.Page
	Member id.Member  `path:"member" maxLength:"8"`
	Box    string     `query:"box" enum:"out,in" default:"out"`
	Since  frame.Time `query:"since" minimum:"0"`
}

func (a *Area) listExchange(ctx context.Context, by keyring.Bearer, in *Passing) (*call.List[exchange.Passed], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	out := &call.List[exchange.Passed]{}
	out.Body.Items, err = a.Exchange.List(ctx, by.Actor, in.Member, in.Box != "in", in.Since, id.Envelope(after), in.AtMost())
	if n := len(out.Body.Items); n == in.AtMost() {
		out.Body.Next = in.Next(string(out.Body.Items[n-1].ID))
	}
	return out, err
}

// Healths are how the other members are.
type Healths struct {
	Body struct {
		Items []exchange.Health `json:"items" nullable:"false"`
	}
}

func (a *Area) healthOfMembers(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Healths, error) {
	out, err := &Healths{}, error(nil)
	out.Body.Items, err = a.Exchange.Health(ctx, by.Actor)
	return out, err
}

// Testing names the member to be called.
type Testing struct {
	call.Session
	Member id.Member `path:"member" maxLength:"8"`
}

// Tested is what came of the call.
type Tested struct{ Body exchange.Tested }

func (a *Area) testMember(ctx context.Context, by keyring.Bearer, in *Testing) (*Tested, error) {
	t, err := a.Exchange.Test(ctx, by.Actor, in.Member)
	return &Tested{t}, err
}

// Exporting says for whom a courier file is.
type Exporting struct {
	call.Session
	To id.Member `query:"to" maxLength:"8" doc:"Empty: everybody"`
}

func (a *Area) exportCourier(ctx context.Context, by keyring.Bearer, in *Exporting) (*call.Streamed, error) {
	if err := access.Check(by.Actor, access.ExportExchange, access.Resource{Noun: "exchange", Realm: access.Office}); err != nil {
		return nil, err // before the first byte, while a refusal can still be said
	}
	return &call.Streamed{Name: "courier.trmc", Body: func(w io.Writer) {
		if _, err := a.Exchange.Export(ctx, by.Actor, in.To, w); err != nil {
			// The file has no ending, so whoever reads it finds that it was cut.
			call.Broken(ctx, a.Log, "exchange.export", err)
		}
	}}, nil
}

// Importing is a courier file.
type Importing struct {
	call.Session
	call.Once
	call.Upload
}

// Imported says what an import did.
type Imported struct {
	Body struct {
		Envelopes int               `json:"envelopes" doc:"Taken; each has its receipt"`
		Elsewhere int               `json:"elsewhere" doc:"For other members: left in the file"`
		Receipts  int               `json:"receipts"`
		Failed    []string          `json:"failed" nullable:"false" doc:"Message keys of records that could not be taken"`
		Records   []exchange.Record `json:"records" nullable:"false" doc:"What became of each record of the file"`
		Cut       string            `json:"cut,omitempty" doc:"Message key: the file was not whole; what came before was taken"`
	}
}

func (a *Area) importCourier(ctx context.Context, by keyring.Bearer, in *Importing) (*Imported, error) {
	did, err := a.Exchange.Import(ctx, by.Actor, in)
	out := &Imported{}
	out.Body.Envelopes, out.Body.Elsewhere, out.Body.Receipts = did.Envelopes, did.Elsewhere, did.Receipts
	out.Body.Failed, out.Body.Records = append([]string{}, did.Failed...), append([]exchange.Record{}, did.Records...)
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

func (a *Area) reopenExchange(ctx context.Context, by keyring.Bearer, _ *call.Deed) (*call.Nothing, error) {
	return nil, a.Exchange.Reopen(ctx, by.Actor)
}
