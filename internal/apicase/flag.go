package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Flagging says what is known about asylum and origin.
type Flagging struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Asylum  bool     `json:"asylum"`
		Origins []string `json:"origins" maxItems:"20"`
	}
}

func (a *Area) flagCase(ctx context.Context, by keyring.Bearer, in *Flagging) (*OneOpened, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := a.Cases.Flag(ctx, by.Actor, in.Case, version, in.Body.Asylum, in.Body.Origins)
	return &OneOpened{call.Tag(c.Version), caseOf(c)}, err
}

// Serving is a service that she is given.
type Serving struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Delivery
}

func (a *Area) serveCase(ctx context.Context, by keyring.Bearer, in *Serving) (*call.Made, error) {
	k, err := a.Cases.Serve(ctx, by, in.Case, "", 0, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// ServingOn changes a service that goes on.
type ServingOn struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   casefile.Delivery
}

func (a *Area) changeService(ctx context.Context, by keyring.Bearer, in *ServingOn) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Cases.Serve(ctx, by, in.Case, in.Record, version, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Cooperating is whether she cooperates with the proceedings.
type Cooperating struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Cooperation
}

func (a *Area) cooperateCase(ctx context.Context, by keyring.Bearer, in *Cooperating) (*call.Made, error) {
	k, err := a.Cases.Cooperate(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Reflecting is a recovery and reflection period that an authority granted.
type Reflecting struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Reflection
}

func (a *Area) reflectCase(ctx context.Context, by keyring.Bearer, in *Reflecting) (*call.Made, error) {
	k, err := a.Cases.Reflect(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// ReflectingNoMore says that a period is over.
type ReflectingNoMore struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Day    string `json:"day" maxLength:"10" doc:"yyyy-mm-dd"`
		Reason string `json:"reason" enum:"elapsed,cooperates,withdrawn,child-regime,ended-by-authority"`
	}
}

func (a *Area) endReflection(ctx context.Context, by keyring.Bearer, in *ReflectingNoMore) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Cases.EndReflection(ctx, by, in.Case, in.Record, version, in.Body.Day, in.Body.Reason)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Refusing is what she did not want.
type Refusing struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Refusal
}

func (a *Area) refuseOffer(ctx context.Context, by keyring.Bearer, in *Refusing) (*call.Made, error) {
	k, err := a.Cases.Refuse(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// AskingAgain says what came of asking her again.
type AskingAgain struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		On      string `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
		Outcome string `json:"outcome" enum:"accepted,thinking,refused-again,ask-no-more,not-reached,unsafe-to-ask"`
		Again   string `json:"again" maxLength:"10" doc:"yyyy-mm-dd, when she may be asked the next time; empty: she does not want to be asked"`
	}
}

func (a *Area) askAgain(ctx context.Context, by keyring.Bearer, in *AskingAgain) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Cases.AskAgain(ctx, by, in.Case, in.Record, version, casefile.AskedAgain{On: in.Body.On, Outcome: in.Body.Outcome}, in.Body.Again)
	return call.MadeOf(string(k.Record), k.Version), err
}

// ReopeningAgain is why the work on a closed case goes on. If-Match names the case that was read.
type ReopeningAgain struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Reopening
}

func (a *Area) reopenCase(ctx context.Context, by keyring.Bearer, in *ReopeningAgain) (*OneOpened, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := a.Cases.Reopen(ctx, by, in.Case, version, in.Body)
	return &OneOpened{call.Tag(c.Version), caseOf(c)}, err
}
