package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Recording says who she is.
type Recording struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Person json.RawMessage `json:"person"`
	}
}

// strictly reads a body into a type of a noun, which takes nothing that it does not know.
func strictly(b json.RawMessage, v any) error {
	canonical, err := frame.Canonical(b)
	if err != nil {
		return err
	}
	return frame.Decode(canonical, len(canonical), v)
}

func (a *Area) recordPerson(ctx context.Context, by keyring.Bearer, in *Recording) (*call.Made, error) {
	var p person.Person
	if err := strictly(in.Body.Person, &p); err != nil {
		return nil, err
	}
	k, err := a.Persons.Record(ctx, by, in.Case, p)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Correcting replaces what is written of her.
type Correcting struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Person json.RawMessage `json:"person"`
	}
}

func (a *Area) correctPerson(ctx context.Context, by keyring.Bearer, in *Correcting) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	var p person.Person
	if err := strictly(in.Body.Person, &p); err != nil {
		return nil, err
	}
	k, err := a.Persons.Correct(ctx, by, in.Case, version, p)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Who is what is written of her.
type Who struct {
	ETag string `header:"ETag"`
	Body struct {
		Record id.Record       `json:"record"`
		Person json.RawMessage `json:"person"`
	}
}

func (a *Area) readPerson(ctx context.Context, by keyring.Bearer, in *OneCase) (*Who, error) {
	k, err := a.Persons.Show(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	out := &Who{ETag: call.Tag(k.Version)}
	out.Body.Record = k.Record
	out.Body.Person, err = frame.Encode(k.Person)
	return out, err
}

// Giving is a consent as it was taken.
type Giving struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Record json.RawMessage `json:"record" doc:"spec/schema/consent-record.json"`
	}
}

func (a *Area) giveConsent(ctx context.Context, by keyring.Bearer, in *Giving) (*call.Made, error) {
	var r consent.Record
	if err := strictly(in.Body.Record, &r); err != nil {
		return nil, err
	}
	c, err := a.Consents.Give(ctx, by, consent.Giving{Case: in.Case, Record: r})
	return call.MadeOf(string(c.ID), c.Version), err
}

// Consent is what may be known of a consent without opening it.
type Consent struct {
	ID         id.Consent        `json:"id"`
	State      consent.State     `json:"state"`
	Purposes   []consent.Purpose `json:"purposes" nullable:"false"`
	Recipients []id.Address      `json:"recipients" nullable:"false"`
	Categories []consent.Code    `json:"categories" nullable:"false"`
	ValidFrom  frame.Time        `json:"valid_from"`
	ValidTo    frame.Time        `json:"valid_to"`
	Withdrawn  frame.Time        `json:"withdrawn" doc:"When she took it back; 0: she did not"`
	By         id.User           `json:"withdrawn_by" doc:"Who recorded that; empty: she herself, or it was said to another node"`
	Effective  frame.Time        `json:"effective" doc:"When the withdrawal took effect in this node"`
	Answered   frame.Time        `json:"answered" doc:"When it had been carried out what becomes of the data"`
	// Unconfirmed says that a restore has left open whether she has withdrawn it.
	Unconfirmed bool  `json:"unconfirmed" doc:"Nothing is shared under it before somebody says that it still stands: she may have withdrawn it in the time that a restore lost"`
	Version     int64 `json:"version"`
}

func consentOf(c consent.Consent) Consent {
	return Consent{
		ID: c.ID, State: c.State, Purposes: append([]consent.Purpose{}, c.Purposes...), Recipients: append([]id.Address{}, c.Recipients...),
		Categories: append([]consent.Code{}, c.Categories...), ValidFrom: c.ValidFrom, ValidTo: c.ValidTo, Withdrawn: c.Withdrawn,
		By: c.WithdrawnBy, Effective: c.Effective, Answered: c.Answered, Unconfirmed: c.Unconfirmed != 0, Version: c.Version,
	}
}

// OfCase asks about a case.
type OfCase struct {
	call.Session
	call.Page
	Case id.Case `path:"case" maxLength:"64"`
}

func (a *Area) listConsents(ctx context.Context, by keyring.Bearer, in *OfCase) (*call.List[Consent], error) {
	all, err := a.Consents.List(ctx, by.Actor, in.Case)
	if err != nil {
		return nil, err
	}
	lines := make([]Consent, len(all))
	for i, c := range all {
		lines[i] = consentOf(c)
	}
	return call.Paged(lines, in.Page, func(c Consent) string { return string(c.ID) })
}

// OneConsent names a consent.
type OneConsent struct {
	call.Session
	Consent id.Consent `path:"consent" maxLength:"64"`
}

// ConsentReceipt is a receipt in the shape of ISO/IEC TS 27560.
type ConsentReceipt struct {
	Body json.RawMessage
}

func (a *Area) consentReceipt(ctx context.Context, by keyring.Bearer, in *OneConsent) (*ConsentReceipt, error) {
	receipt, err := a.Consents.Receipt(ctx, by, in.Consent)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(receipt)
	return &ConsentReceipt{b}, err
}

// Withdrawing says that she withdrew.
type Withdrawing struct {
	call.Session
	call.Once
	Consent id.Consent `path:"consent" maxLength:"64"`
	Body    struct {
		Reason string `json:"reason,omitempty" maxLength:"60" doc:"Code; she need not give one"`
	}
}

func (a *Area) withdrawConsent(ctx context.Context, by keyring.Bearer, in *Withdrawing) (*call.Made, error) {
	c, err := a.Consents.Withdraw(ctx, by.Actor, in.Consent, in.Body.Reason)
	return call.MadeOf(string(c.ID), c.Version), err
}

// Affirming says that a consent still stands.
type Affirming struct {
	call.Session
	call.Once
	Consent id.Consent `path:"consent" maxLength:"64"`
	Body    struct {
		How consent.Sure `json:"how" enum:"asked-again,on-paper" doc:"How one knows it: she was asked again, or a paper says so"`
	}
}

func (a *Area) confirmConsent(ctx context.Context, by keyring.Bearer, in *Affirming) (*call.Made, error) {
	c, err := a.Consents.Confirm(ctx, by.Actor, in.Consent, in.Body.How)
	return call.MadeOf(string(c.ID), c.Version), err
}

// ConsentRead is a consent with the record that was taken.
type ConsentRead struct {
	ETag string `header:"ETag"`
	Body struct {
		Consent Consent         `json:"consent"`
		Record  json.RawMessage `json:"record" doc:"spec/schema/consent-record.json, with the signature of whoever took it"`
	}
}

func (a *Area) showConsent(ctx context.Context, by keyring.Bearer, in *OneConsent) (*ConsentRead, error) {
	r, c, err := a.Consents.Show(ctx, by, in.Consent)
	if err != nil {
		return nil, err
	}
	out := &ConsentRead{ETag: call.Tag(c.Version)}
	out.Body.Consent = consentOf(c)
	out.Body.Record, err = frame.Encode(r)
	return out, err
}

// Keeping is the legal ground on which data are kept after a withdrawal.
type Keeping struct {
	Ground   string     `json:"ground" maxLength:"60" doc:"Code"`
	Citation string     `json:"citation" maxLength:"120" doc:"Code of the provision"`
	Review   frame.Time `json:"review"`
	Desk     id.Desk    `json:"desk" maxLength:"64" doc:"The legal-hold desk"`
}

// Replying says what becomes of data under a withdrawn consent.
type Replying struct {
	call.Session
	call.Once
	Consent id.Consent `path:"consent" maxLength:"64"`
	Body    struct {
		Keep *Keeping `json:"keep,omitempty" doc:"Left out: erase"`
	}
}

func (a *Area) replyConsent(ctx context.Context, by keyring.Bearer, in *Replying) (*call.Made, error) {
	var keep *consent.Keeping
	if k := in.Body.Keep; k != nil {
		keep = &consent.Keeping{Ground: k.Ground, Citation: k.Citation, Review: k.Review, Desk: k.Desk}
	}
	c, err := a.Consents.Reply(ctx, by, in.Consent, keep)
	return call.MadeOf(string(c.ID), c.Version), err
}
