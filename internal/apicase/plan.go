package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// planRoutes are about what she needs and what is done about it.
func planRoutes() []call.Route {
	const one = "/cases/{case}/steps/{record}"
	return []call.Route{
		{ID: "plan.read", Method: call.Get, Path: "/cases/{case}/plan", Action: access.ReadCase, Summary: "Open the needs and the plan of a case, with what she agreed to and what she was given"},
		{ID: "plan.need", Method: call.Post, Path: "/cases/{case}/needs", Action: access.AssessCase, Made: true, Summary: "Record something that she needs"},
		{ID: "plan.need-end", Method: call.Post, Path: "/cases/{case}/needs/{record}/end", Action: access.AssessCase, Summary: "Record that she needs something no longer, and why"},
		{ID: "plan.step", Method: call.Post, Path: "/cases/{case}/steps", Action: access.PlanCase, Made: true, Summary: "Write a step into her plan"},
		{ID: "plan.turn", Method: call.Post, Path: one + "/turns", Action: access.PlanCase, Summary: "Record how a step stands now; its course is kept"},
		{ID: "plan.deliver", Method: call.Post, Path: one + "/services", Action: access.PlanCase, Made: true, Summary: "Record a service that carries out a step"},
		{ID: "plan.agree", Method: call.Post, Path: "/cases/{case}/plan/agreements", Action: access.PlanCase, Made: true, Summary: "Record that the plan was gone through, what she agreed to, and when it is looked at again"},
	}
}

// plans registers them.
func (a *Area) plans(r *call.Router) {
	call.Add(r, "plan.read", a.readPlan)
	call.Add(r, "plan.need", a.nameNeed)
	call.Add(r, "plan.need-end", a.endNeed)
	call.Add(r, "plan.step", a.planStep)
	call.Add(r, "plan.turn", a.turnStep)
	call.Add(r, "plan.deliver", a.deliverStep)
	call.Add(r, "plan.agree", a.agreePlan)
}

// PlanFile is the needs and the plan of a case. Records have record, version, at, by and value.
type PlanFile struct {
	Body struct {
		Standing   careplan.Standing `json:"standing" doc:"Everything but agreed is a warning"`
		Gone       []id.Record       `json:"gone" nullable:"false" doc:"Open steps whose service has ended by the directory: find another"`
		Review     string            `json:"review" doc:"yyyy-mm-dd on which it is looked at again; empty: nobody has gone through it"`
		Needs      json.RawMessage   `json:"needs"`
		Steps      json.RawMessage   `json:"steps"`
		Agreements json.RawMessage   `json:"agreements"`
		Deliveries json.RawMessage   `json:"deliveries"`
	}
}

func (a *Area) readPlan(ctx context.Context, by keyring.Bearer, in *OneCase) (*PlanFile, error) {
	f, err := a.Careplans.Show(ctx, by, in.Case)
	out := &PlanFile{}
	b := &out.Body
	b.Standing, b.Review, b.Gone = f.Standing, f.Review, f.Gone
	b.Needs, b.Steps, b.Agreements, b.Deliveries = recordsOf(f.Needs), recordsOf(f.Steps), recordsOf(f.Agreements), recordsOf(f.Deliveries)
	return out, err
}

// Needing is something that she needs.
type Needing struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body careplan.Need
}

func (a *Area) nameNeed(ctx context.Context, by keyring.Bearer, in *Needing) (*call.Made, error) {
	k, err := a.Careplans.Name(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// NeedingNoMore says that she needs something no longer.
type NeedingNoMore struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Day string `json:"day" maxLength:"10" doc:"yyyy-mm-dd"`
		Why string `json:"why" maxLength:"60" doc:"Code"`
	}
}

func (a *Area) endNeed(ctx context.Context, by keyring.Bearer, in *NeedingNoMore) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Careplans.EndNeed(ctx, by, in.Case, in.Record, version, in.Body.Day, in.Body.Why)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Planning is a step of her plan.
type Planning struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body careplan.NewStep
}

func (a *Area) planStep(ctx context.Context, by keyring.Bearer, in *Planning) (*call.Made, error) {
	k, err := a.Careplans.Plan(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Turning is how a step stands now.
type Turning struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Status careplan.Status `json:"status" enum:"agreed,under-way,delivered,not-available,declined,stopped"`
		On     string          `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
		Reason string          `json:"reason,omitempty" maxLength:"60" doc:"Code, where it is not available or was stopped"`
		Note   string          `json:"note,omitempty" maxLength:"20000"`
	}
}

func (a *Area) turnStep(ctx context.Context, by keyring.Bearer, in *Turning) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	t := careplan.Turn{Status: in.Body.Status, On: in.Body.On, Reason: in.Body.Reason, Note: in.Body.Note}
	k, err := a.Careplans.Turn(ctx, by, in.Case, in.Record, version, t)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Delivering is a service that carries out a step. If-Match names the step that was read.
type Delivering struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Provider string `json:"provider,omitempty" maxLength:"200" doc:"Empty: as the step has it"`
		From     string `json:"from" maxLength:"10" doc:"yyyy-mm-dd"`
		Until    string `json:"until,omitempty" maxLength:"10" doc:"yyyy-mm-dd; empty: goes on"`
		Quantity int64  `json:"quantity,omitempty" minimum:"0" maximum:"100000"`
		Unit     string `json:"unit,omitempty" maxLength:"60" doc:"Code"`
		Note     string `json:"note,omitempty" maxLength:"20000"`
		Language string `json:"language,omitempty" maxLength:"35" doc:"Of the note, BCP 47; left out: it was not said"`
	}
}

func (a *Area) deliverStep(ctx context.Context, by keyring.Bearer, in *Delivering) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Careplans.Deliver(ctx, by, in.Case, in.Record, version, casefile.Delivery{
		Provider: in.Body.Provider, From: in.Body.From, Until: in.Body.Until, Quantity: in.Body.Quantity, Unit: in.Body.Unit, Note: in.Body.Note,
		Language: in.Body.Language,
	})
	return call.MadeOf(string(k.Record), k.Version), err
}

// GoingThrough is the plan gone through.
type GoingThrough struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		On          string      `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
		Asked       bool        `json:"asked" doc:"It was gone through with her; false: without her, and why says why"`
		Steps       []id.Record `json:"steps" maxItems:"120" doc:"That were read; refused if the plan holds others by now"`
		Agreed      []id.Record `json:"agreed" maxItems:"120" doc:"Of them those that she agrees to; the others are declined, or wait"`
		Waiting     []id.Record `json:"waiting,omitempty" maxItems:"120" doc:"Of them those that she was not asked about yet"`
		Goals       string      `json:"goals,omitempty" maxLength:"20000" doc:"What she wants, in her words"`
		Safety      string      `json:"safety,omitempty" maxLength:"20000" doc:"Her safety plan"`
		Language    string      `json:"language,omitempty" maxLength:"35" doc:"BCP 47"`
		Interpreter string      `json:"interpreter,omitempty" maxLength:"200"`
		Guardian    string      `json:"guardian,omitempty" maxLength:"200" doc:"Of a child: who decides with her, and agreed; empty: nobody was asked"`
		Why         string      `json:"why,omitempty" maxLength:"20000"`
		Review      string      `json:"review" maxLength:"10" doc:"yyyy-mm-dd on which it is looked at again"`
	}
}

func (a *Area) agreePlan(ctx context.Context, by keyring.Bearer, in *GoingThrough) (*call.Made, error) {
	b := in.Body
	x := careplan.Agreement{
		On: b.On, Steps: b.Steps, Agreed: b.Agreed, Waiting: b.Waiting, Goals: b.Goals, Safety: b.Safety, Language: b.Language, Interpreter: b.Interpreter, Guardian: b.Guardian, Why: b.Why,
		Review: b.Review,
	}
	if !b.Asked {
		x.Answer = careplan.NotAsked
	}
	k, err := a.Careplans.Agree(ctx, by, in.Case, x)
	return call.MadeOf(string(k.Record), k.Version), err
}
