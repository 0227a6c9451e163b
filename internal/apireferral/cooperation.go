package apireferral

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// newest is how many requests or boards one answer lists.
const newest = 200

// OfDesk asks what a desk of the prosecution has, the newest first.
type OfDesk struct {
	call.Session
	Before id.Thread `query:"before" maxLength:"64" doc:"The next of the answer before; left out: from the newest"`
}

// Asked is a request of prosecutors, without what it says.
type Asked struct {
	ID         id.Thread         `json:"id"`
	Reference  id.Reference      `json:"reference"`
	Side       envelope.Side     `json:"side" doc:"a: this desk asks; b: it is asked"`
	Peer       string            `json:"peer" doc:"Address of the other desk"`
	Kind       string            `json:"kind"`
	Instrument string            `json:"instrument" doc:"Key of the matrix row; empty until somebody opened the record"`
	State      cooperation.State `json:"state"`
	Urgent     bool              `json:"urgent"`
	Due        string            `json:"due" doc:"Day, or empty"`
	At         frame.Time        `json:"at" doc:"Begun, or arrived"`
	Version    int64             `json:"version"`
}

func asked(r cooperation.Row) Asked {
	return Asked{r.ID, r.Reference, r.Side, r.Peer.String(), r.Kind, r.Instrument, r.State, r.Urgent, r.Due, r.At, r.Version}
}

// AskedList is the requests of a desk.
type AskedList struct {
	Body struct {
		Items []Asked   `json:"items" nullable:"false"`
		Next  id.Thread `json:"next,omitempty" doc:"Left out where there is no more"`
	}
}

func (a *Area) listCooperation(ctx context.Context, by keyring.Bearer, in *OfDesk) (*AskedList, error) {
	all, next, err := a.Cooperations.List(ctx, by.Actor, in.Before, newest)
	out := &AskedList{}
	out.Body.Items, out.Body.Next = []Asked{}, next
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, asked(r))
	}
	return out, err
}

// OneAsked names a request.
type OneAsked struct {
	call.Session
	Thread id.Thread `path:"thread" maxLength:"64"`
}

// AskedStep is a step that one of the sides took.
type AskedStep struct {
	Step    cooperation.Step  `json:"step"`
	Code    string            `json:"code"`
	Day     string            `json:"day"`
	Mine    bool              `json:"mine"`
	At      frame.Time        `json:"at" doc:"Sent, or arrived"`
	Told    frame.Time        `json:"told" doc:"Of this desk: when the other node had it; 0: not yet"`
	Failed  string            `json:"failed" doc:"Code; empty: it did not fail"`
	Spoiled bool              `json:"spoiled" doc:"What came is not what it should be"`
	Note    *cooperation.Note `json:"note,omitempty"`
}

// AskedRead is a request, opened.
type AskedRead struct {
	ETag string `header:"ETag"`
	Body struct {
		Asked
		Request json.RawMessage `json:"request,omitempty" doc:"At the desk that asks, in its canonical form: spec/cooperation.md 2"`
		Record  json.RawMessage `json:"record,omitempty" doc:"What travelled: spec/cooperation.md 3"`
		Lacks   []string        `json:"lacks" nullable:"false" doc:"What it needs before it is sent, as names of fields"`
		Steps   []AskedStep     `json:"steps" nullable:"false"`
	}
}

func (a *Area) readCooperation(ctx context.Context, by keyring.Bearer, in *OneAsked) (*AskedRead, error) {
	f, err := a.Cooperations.Open(ctx, by, in.Thread)
	if err != nil {
		return nil, err
	}
	out := &AskedRead{ETag: call.Tag(f.Version)}
	out.Body.Asked, out.Body.Lacks, out.Body.Steps = asked(f.Row), append([]string{}, f.Lacks...), []AskedStep{}
	for _, e := range f.Events {
		out.Body.Steps = append(out.Body.Steps, AskedStep{e.Step, e.Code, e.Day, e.Mine, e.At, e.Told, e.Failed, e.Spoiled, e.Note})
	}
	if f.Request != nil {
		if out.Body.Request, err = f.Request.Canonical(); err != nil {
			return nil, err
		}
	}
	if r := f.Record(); r != nil {
		out.Body.Record, err = frame.Encode(r)
	}
	return out, err
}

// PairDays is how many days requests from one member to another take; of fewer than the least count nothing is said.
type PairDays struct {
	From     id.Member `json:"from"`
	To       id.Member `json:"to"`
	Requests int       `json:"requests"`
	Receipt  Days      `json:"receipt"`
	Decision Days      `json:"decision"`
	Answer   Days      `json:"answer"`
}

// Days is a median, in whole days from the day of sending, and of how many requests it is the middle; of 0 there is none.
type Days struct {
	Days int64 `json:"days"`
	Of   int   `json:"of"`
}

// PairsDays is the days of all pairs.
type PairsDays struct {
	Body struct {
		Items []PairDays `json:"items" nullable:"false"`
	}
}

func (a *Area) timesCooperation(ctx context.Context, by keyring.Bearer, _ *call.Session) (*PairsDays, error) {
	all, err := a.Cooperations.Times(ctx, by.Actor)
	out := &PairsDays{}
	out.Body.Items = []PairDays{}
	for _, p := range all {
		out.Body.Items = append(out.Body.Items, PairDays{p.From, p.To, p.Requests, Days(p.Receipt), Days(p.Decision), Days(p.Answer)})
	}
	return out, err
}

// Docket is a joint case board, without what stands on it.
type Docket struct {
	ID        id.Thread    `json:"id"`
	Reference id.Reference `json:"reference"`
	Root      string       `json:"root" doc:"Address of the desk that opened it"`
	Erased    bool         `json:"erased"`
	At        frame.Time   `json:"at"`
}

// DocketList is the boards of a desk.
type DocketList struct {
	Body struct {
		Items []Docket  `json:"items" nullable:"false"`
		Next  id.Thread `json:"next,omitempty" doc:"Left out where there is no more"`
	}
}

func docketOf(r docket.Row) Docket { return Docket{r.ID, r.Reference, r.Root.String(), r.Erased, r.At} }

func (a *Area) listDockets(ctx context.Context, by keyring.Bearer, in *OfDesk) (*DocketList, error) {
	all, next, err := a.Dockets.List(ctx, by.Actor, in.Before, newest)
	out := &DocketList{}
	out.Body.Items, out.Body.Next = []Docket{}, next
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, docketOf(r))
	}
	return out, err
}

// OneDocket names a board.
type OneDocket struct {
	call.Session
	Board id.Thread `path:"board" maxLength:"64"`
}

// DocketItem is one thing on a board, as it stands.
type DocketItem struct {
	ID      id.Thread         `json:"id"`
	Sort    string            `json:"sort"`
	Author  string            `json:"author" doc:"Address of the desk that wrote it first"`
	By      string            `json:"by" doc:"Address of the desk that says how it stands"`
	Digest  string            `json:"digest" doc:"Of the entry that says so"`
	Void    bool              `json:"void" doc:"Entered in error"`
	Both    bool              `json:"both" doc:"Two changed it, and who says how it stands had not seen all of it"`
	Values  map[string]string `json:"values" doc:"spec/docket.md 4"`
	Entries int               `json:"entries"`
}

// DocketRead is a board, opened.
type DocketRead struct {
	Body struct {
		Docket
		Heads   []string     `json:"heads" nullable:"false" doc:"Digests of the latest entries: two desks that have the same ones have the same board"`
		Missing []string     `json:"missing" nullable:"false" doc:"Entries that others name and that are not here"`
		Items   []DocketItem `json:"items" nullable:"false"`
	}
}

func (a *Area) readDocket(ctx context.Context, by keyring.Bearer, in *OneDocket) (*DocketRead, error) {
	f, err := a.Dockets.Open(ctx, by, in.Board)
	if err != nil {
		return nil, err
	}
	out := &DocketRead{}
	out.Body.Docket, out.Body.Heads, out.Body.Missing = docketOf(f.Row), append([]string{}, f.Heads...), append([]string{}, f.Missing...)
	out.Body.Items = []DocketItem{}
	for _, i := range f.Items {
		out.Body.Items = append(out.Body.Items, DocketItem{i.ID, i.Sort, i.Author, i.By, i.Now, i.Void, i.Both, i.Values, len(i.History)})
	}
	return out, nil
}
