package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// FilledForms is the filled-in forms of a case, newest first.
type FilledForms struct {
	Body struct {
		Items json.RawMessage `json:"items" doc:"spec/form.md 5.3; no answers"`
		Shut  int             `json:"shut" doc:"Records that are there and not open to the reader"`
	}
}

func (a *Area) filledForms(ctx context.Context, by keyring.Bearer, in *OneCase) (*FilledForms, error) {
	all, shut, err := a.Forms.List(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	out := &FilledForms{}
	out.Body.Shut = shut
	out.Body.Items, err = json.Marshal(all)
	return out, err
}

// FilledForm is one filled-in form.
type FilledForm struct {
	ETag string `header:"ETag"`
	Body struct {
		Form     json.RawMessage `json:"form" doc:"spec/form.md 5.3: with the definition by which it was taken and the answers that the reader may see"`
		Withheld bool            `json:"withheld" doc:"There are answers that the reader may not see"`
	}
}

func (a *Area) filledForm(ctx context.Context, by keyring.Bearer, in *OneRecord) (*FilledForm, error) {
	x, err := a.Forms.Read(ctx, by, in.Case, in.Record)
	if err != nil {
		return nil, err
	}
	out := &FilledForm{ETag: call.Tag(x.Version)}
	out.Body.Withheld = x.Withheld
	out.Body.Form, err = json.Marshal(x)
	return out, err
}

// FillingBody is a form as somebody filled it in.
type FillingBody struct {
	Filling json.RawMessage `json:"filling" doc:"spec/form.md 5.1"`
}

// Filling keeps a filled-in form.
type Filling struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body FillingBody
}

func (a *Area) fillForm(ctx context.Context, by keyring.Bearer, in *Filling) (*call.Made, error) {
	x, err := form.ParseFilling(in.Body.Filling)
	if err != nil {
		return nil, err
	}
	e, err := a.Forms.Fill(ctx, by, in.Case, x)
	return call.MadeOf(string(e.Record), e.Version), err
}

// FillingOn saves a draft that was read in the version of If-Match.
type FillingOn struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   FillingBody
}

func (a *Area) fillOn(ctx context.Context, by keyring.Bearer, in *FillingOn) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	x, err := form.ParseFilling(in.Body.Filling)
	if err != nil {
		return nil, err
	}
	e, err := a.Forms.Save(ctx, by, in.Case, in.Record, version, x)
	return call.MadeOf(string(e.Record), e.Version), err
}

// FormCorrection is a new record that says what a finished one should have said.
type FormCorrection struct {
	call.Session
	call.Once
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Reason  form.Reason     `json:"reason" maxLength:"64" doc:"mistyped, misheard, interpreted, she-corrects, known-later or wrong-person"`
		Filling json.RawMessage `json:"filling" doc:"spec/form.md 5.1"`
	}
}

func (a *Area) correctForm(ctx context.Context, by keyring.Bearer, in *FormCorrection) (*call.Made, error) {
	x, err := form.ParseFilling(in.Body.Filling)
	if err != nil {
		return nil, err
	}
	e, err := a.Forms.Correct(ctx, by, in.Case, in.Record, in.Body.Reason, x)
	return call.MadeOf(string(e.Record), e.Version), err
}
