package apireferral

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/letter"
	"github.com/opentrm/opentrm/internal/referral"
)

// Referral is one end of a referral as a desk may know it: codes, identifiers, times. A national referral has two.
type Referral struct {
	ID        id.Referral     `json:"id"`
	Reference string          `json:"reference" doc:"The same at both ends, told by nothing but the identifier"`
	Desk      id.Desk         `json:"desk" doc:"This end"`
	Side      referral.Side   `json:"side"`
	Peer      id.Address      `json:"peer" doc:"The other end"`
	Keeper    id.Desk         `json:"keeper" doc:"Records the events of this end where its desk has no node; empty otherwise"`
	Realm     access.Realm    `json:"realm"`
	Case      id.Case         `json:"case" doc:"Of a receiver only after the bundle was opened"`
	Status    referral.Status `json:"status"`
	Urgent    bool            `json:"urgent"`
	Kind      referral.Code   `json:"kind"`
	Basis     referral.Code   `json:"basis"`
	Consent   id.Consent      `json:"consent" doc:"Or an override"`
	Override  bool            `json:"override"`
	Continues id.Referral     `json:"continues"`
	Frozen    bool            `json:"frozen" doc:"Its history disputes itself: only protective transitions are possible"`
	Arrived   bool            `json:"arrived" doc:"She was handed over, whatever came after"`
	Made      frame.Time      `json:"made"`
	Since     frame.Time      `json:"since" doc:"In this status, as seen here"`
	Due       frame.Time      `json:"due" doc:"Of the earliest clock; 0: none"`
	Expires   frame.Time      `json:"expires"`
	Version   int64           `json:"version"`
}

func referralOf(r referral.Row) Referral {
	return Referral{
		ID: r.ID, Reference: r.Reference, Desk: r.Desk, Side: r.Side, Peer: r.Peer, Keeper: r.Keeper, Realm: r.Realm, Case: r.Case,
		Status: r.Status, Urgent: r.Urgent, Kind: r.Kind, Basis: r.Basis, Consent: r.Consent, Override: r.Override,
		Continues: r.Continues, Frozen: r.Frozen, Arrived: r.Arrived, Made: r.Made, Since: r.Since, Due: r.Due, Expires: r.Expires,
		Version: r.Version,
	}
}

// OneReferral is one end of a referral after a change.
type OneReferral struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body Referral
}

func referred(r referral.Row, err error) (*OneReferral, error) {
	return &OneReferral{call.Tag(r.Version), referralOf(r)}, err
}

// End names one end of a referral.
type End struct {
	Referral id.Referral `path:"referral" maxLength:"64"`
	Desk     id.Desk     `query:"desk" maxLength:"64" doc:"Which end; left out: that of the place one acts in"`
}

func (e End) at() referral.At { return referral.At{Referral: e.Referral, Desk: e.Desk} }

// Referrals asks for a page of referrals.
type Referrals struct {
	call.Listing
	Status referral.Status `query:"status" maxLength:"40"`
	Member id.Member       `query:"member" maxLength:"8" doc:"Of the other end"`
}

// endAt is the cursor of a list of ends.
type endAt struct {
	Referral id.Referral
	Desk     id.Desk
}

func (a *Area) listReferrals(ctx context.Context, by keyring.Bearer, in *Referrals) (*call.List[Referral], error) {
	all, next, err := a.page(ctx, by, in)
	out := &call.List[Referral]{}
	out.Body.Items, out.Body.Next = []Referral{}, next
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, referralOf(r))
	}
	return out, err
}

// Cell counts referrals of one country pair in one status.
type Cell struct {
	From    id.Member       `json:"from"`
	To      id.Member       `json:"to"`
	Status  referral.Status `json:"status"`
	Count   int             `json:"count"`
	Late    int             `json:"late" doc:"Past their clock"`
	Longest frame.Time      `json:"longest" doc:"Since when the one that waits longest is in this status"`
	Ages    []int           `json:"ages" doc:"How many have been in this state for up to 1 day, over 1, over 3 and over 7 days"`
}

func (a *Area) referralBoard(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Cell], error) {
	cells, err := a.Referrals.Board(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	lines := make([]Cell, len(cells))
	for i, c := range cells {
		lines[i] = Cell{c.From, c.To, c.Status, c.Count, c.Late, c.Longest, c.Ages[:]}
	}
	return call.Paged(lines, in.Page, func(c Cell) string { return string(c.From) + "/" + string(c.To) + "/" + string(c.Status) })
}

// OneEnd names one end of a referral.
type OneEnd struct {
	call.Session
	End
}

// Transition is one event in the history of a referral.
type Transition struct {
	Digest   referral.Digest   `json:"digest"`
	Standing referral.Standing `json:"standing" doc:"What became of it in the state"`
	Event    json.RawMessage   `json:"event" doc:"spec/referral.md, section 2"`
}

// Clock is a deadline that runs.
type Clock struct {
	Name  referral.Name `json:"name"`
	Side  referral.Side `json:"side" doc:"Who has to act"`
	Point int           `json:"point,omitempty" doc:"Of feedback: days after the handover"`
	Start frame.Time    `json:"start"`
	Due   frame.Time    `json:"due"`
	Doubt bool          `json:"doubt,omitempty" doc:"A holiday that nobody has confirmed lies in it and counted as a day of work, so it is due early rather than late"`
}

// Course is where a referral stands and how it came there.
type Course struct {
	ETag string `header:"ETag"`
	Body struct {
		Referral Referral      `json:"referral"`
		Reason   referral.Code `json:"reason,omitempty" doc:"Of the end, or of the open question or the missed arrival"`
		Instead  *Alternative  `json:"instead,omitempty" doc:"What a desk that declined offers"`
		Planned  *Appointment  `json:"planned,omitempty"`
		Outcome  referral.Code `json:"outcome,omitempty"`
		Clocks   []Clock       `json:"clocks" nullable:"false"`
		History  []Transition  `json:"history" nullable:"false"`
		Lost     int           `json:"lost" doc:"Events that an event of the other side overtook"`
		Missing  int           `json:"missing" doc:"Sides of which an earlier event has not arrived yet"`
	}
}

func (a *Area) showReferral(ctx context.Context, by keyring.Bearer, in *OneEnd) (*Course, error) {
	r, st, clocks, err := a.Referrals.Show(ctx, by.Actor, in.at())
	if err != nil {
		return nil, err
	}
	out := &Course{ETag: call.Tag(r.Version)}
	b := &out.Body
	b.Referral, b.Reason, b.Outcome, b.Lost, b.Missing = referralOf(r), st.Reason, st.Outcome, len(st.Lost), len(st.Missing)
	if st.Alternative != (referral.Alternative{}) {
		b.Instead = &Alternative{Code: st.Alternative.Code}
		if st.Alternative.Desk != (id.Address{}) {
			b.Instead.Desk = &st.Alternative.Desk
		}
	}
	if st.Planned.At != 0 {
		b.Planned = &Appointment{st.Planned.At, st.Planned.Meeting}
	}
	b.Clocks, b.History = []Clock{}, []Transition{}
	for _, c := range clocks {
		b.Clocks = append(b.Clocks, Clock{c.Name, c.Side, c.Point, c.Start, c.Due, c.Doubt})
	}
	for _, e := range st.History {
		event, err := frame.Encode(e.Event)
		if err != nil {
			return nil, err
		}
		b.History = append(b.History, Transition{e.Digest, e.Standing, event})
	}
	return out, nil
}

// Written is what was written beside an event.
type Written struct {
	Digest   referral.Digest   `json:"digest" doc:"Of the event"`
	Text     string            `json:"text"`
	Language string            `json:"language,omitempty" doc:"In which it is written, where that was said"`
	Answers  []referral.Answer `json:"answers,omitempty" doc:"To questions by code; a code is said in the language of the reader"`
}

// Received is what the other desk has written, as far as it could be opened.
type Received struct {
	Body struct {
		Request *referral.Request `json:"request,omitempty" doc:"Without identity"`
		Words   []Written         `json:"words" nullable:"false"`
		Bundle  json.RawMessage   `json:"bundle,omitempty" doc:"spec/consent.md; left out: none has arrived"`
		Case    id.Case           `json:"case,omitempty" doc:"Her file here, once the bundle was opened"`
	}
}

func (a *Area) openReferral(ctx context.Context, by keyring.Bearer, in *OneEnd) (*Received, error) {
	o, err := a.Referrals.Open(ctx, by, in.at())
	if err != nil {
		return nil, err
	}
	out := &Received{}
	out.Body.Words, out.Body.Case = []Written{}, o.Case
	if o.Request.Form != "" {
		out.Body.Request = &o.Request
	}
	for _, w := range o.Words {
		out.Body.Words = append(out.Body.Words, Written{Digest: w.Digest, Text: w.Text, Language: w.Language, Answers: w.Answers})
	}
	if o.Bundle.Form != "" {
		out.Body.Bundle, err = o.Bundle.Encode()
	}
	return out, err
}

// Drafting is what a desk wants to refer for.
type Drafting struct {
	To         id.Address       `json:"to"`
	Kind       referral.Code    `json:"kind" maxLength:"40"`
	Basis      referral.Code    `json:"basis" maxLength:"40" doc:"Legal basis of the rule row, code"`
	Consent    id.Consent       `json:"consent" maxLength:"64"`
	Override   bool             `json:"override,omitempty" doc:"Consent names an override: danger to life, or a duty of law"`
	Categories []consent.Code   `json:"categories" maxItems:"40" doc:"Of data that she agreed to share"`
	Request    referral.Request `json:"request" doc:"What the other desk is told before it accepts"`
	Facts      consent.Facts    `json:"facts,omitempty" doc:"What the case can tell beside the person record"`
	Expires    frame.Time       `json:"expires" doc:"When an undecided request expires"`
	Onward     bool             `json:"onward,omitempty" doc:"She agreed to be passed on"`
	Continues  id.Referral      `json:"continues,omitempty" maxLength:"64"`
	Full       bool             `json:"full,omitempty" doc:"Asked although the desk says that it is full"`
	Spoken     bool             `json:"spoken,omitempty" doc:"Tell that desk what the case says she needs in order to be understood, as far as the categories cover it. request.interpreter, facts.interpreting and facts.unsafe_interpreters are filled from the case alone"`
}

func (d Drafting) noun() referral.Drafting {
	return referral.Drafting{
		To: d.To, Kind: d.Kind, Basis: d.Basis, Consent: d.Consent, Override: d.Override, Categories: d.Categories, Request: d.Request,
		Facts: d.Facts, Expires: d.Expires, Onward: d.Onward, Continues: d.Continues, Full: d.Full, Spoken: d.Spoken,
	}
}

// NewDraft is a new referral of a case.
type NewDraft struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body Drafting
}

func (a *Area) draftReferral(ctx context.Context, by keyring.Bearer, in *NewDraft) (*OneReferral, error) {
	return referred(a.Referrals.Draft(ctx, by, in.Case, referral.At{}, in.Body.noun()))
}

// ChangedDraft changes a referral that was not sent.
type ChangedDraft struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	End
	Body Drafting
}

func (a *Area) redraftReferral(ctx context.Context, by keyring.Bearer, in *ChangedDraft) (*OneReferral, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	at := in.at()
	at.Version = version
	return referred(a.Referrals.Draft(ctx, by, in.Case, at, in.Body.noun()))
}

// AgainDraft drafts for another desk what has ended with one.
type AgainDraft struct {
	call.Session
	call.Once
	End
	Body Drafting
}

func (a *Area) reReferReferral(ctx context.Context, by keyring.Bearer, in *AgainDraft) (*OneReferral, error) {
	return referred(a.Referrals.ReRefer(ctx, by, in.at(), in.Body.noun()))
}

// EndDeed names one end of a referral at which something is done.
type EndDeed struct {
	call.Deed
	End
}

func (a *Area) withdrawReferral(ctx context.Context, by keyring.Bearer, in *EndDeed) (*OneReferral, error) {
	return referred(a.Referrals.Withdraw(ctx, by.Actor, in.at()))
}

// RequestLetter is what stands in the letter to a desk without a node. The token is shown once.
type RequestLetter struct {
	Body struct {
		Reference string           `json:"reference"`
		From      id.Address       `json:"from"`
		To        id.Address       `json:"to"`
		Kind      referral.Code    `json:"kind"`
		Request   referral.Request `json:"request"`
		Sent      frame.Time       `json:"sent"`
		Token     string           `json:"token,omitempty" doc:"With which the desk answers once; left out: it answers on paper"`
		Until     frame.Time       `json:"until,omitempty" doc:"How long the token can be used"`
		Page      string           `json:"page,omitempty" doc:"Where the token is typed; left out: this node has no address to name"`
	}
}

func (a *Area) printReferral(ctx context.Context, by keyring.Bearer, in *EndDeed) (*RequestLetter, error) {
	p, err := a.Referrals.Print(ctx, by, in.at())
	out := &RequestLetter{}
	b := &out.Body
	b.Reference, b.From, b.To, b.Kind, b.Request, b.Sent, b.Token, b.Until = p.Reference, p.From, p.To, p.Kind, p.Request, p.Sent, p.Token, p.Until
	if p.Token != "" {
		b.Page = letter.Writer{Node: a.Address}.Page()
	}
	return out, err
}

// ToSeal names one end of a referral, and the language of its letter.
type ToSeal struct {
	EndDeed
	Language string `query:"language" maxLength:"35" doc:"Of the letter; that of the network otherwise"`
}

// SealedLetter is the letter to a desk without a node, under a passphrase. Both are shown once and kept nowhere.
type SealedLetter struct {
	Body struct {
		File       string `json:"file" doc:"In the age format, with one scrypt recipient, in armour"`
		Passphrase string `json:"passphrase" doc:"Said over the telephone, never sent where the file goes"`
	}
}

func (a *Area) sealReferral(ctx context.Context, by keyring.Bearer, in *ToSeal) (*SealedLetter, error) {
	p, err := a.Referrals.Print(ctx, by, in.at())
	if err != nil {
		return nil, err
	}
	a.stretching.Lock() // one at a time: each takes 64 MiB
	defer a.stretching.Unlock()
	f, err := letter.Writer{Texts: a.Texts, P: a.Texts.Reader(a.Texts.MatchReader(in.Language, "")), Node: a.Address}.Sealed(p)
	out := &SealedLetter{}
	out.Body.File, out.Body.Passphrase = f.Text, f.Passphrase
	return out, err
}

// ByToken is what a desk without a node answers. The token is in the body, because addresses are logged by proxies.
type ByToken struct {
	Body struct {
		Token      string              `json:"token" maxLength:"100"`
		Transition referral.Transition `json:"transition" enum:"accepted,declined,information-requested"`
		Reason     referral.Code       `json:"reason,omitempty" maxLength:"40"`
		Instead    *Alternative        `json:"instead,omitempty"`
	}
}

// replyReferral tells whoever holds a token no more than that it was taken.
func (a *Area) replyReferral(ctx context.Context, in *ByToken) (*call.Nothing, error) {
	b := in.Body
	_, err := a.Referrals.Reply(ctx, b.Token, referral.Replying{Transition: b.Transition, Reason: b.Reason, Alternative: b.Instead.noun()})
	return nil, err
}
