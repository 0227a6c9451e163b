package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Mediating is how a text was put to her.
type Mediating struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Mediation
}

// Mediated is the record, and what speaks against how the text was put to her.
type Mediated struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body struct {
		ID       string             `json:"id"`
		Concerns []casefile.Concern `json:"concerns" nullable:"false" doc:"family, fellow, unsafe, disagreed, language, grasped: put the text to her again"`
	}
}

func (a *Area) mediate(ctx context.Context, by keyring.Bearer, in *Mediating) (*Mediated, error) {
	k, concerns, err := a.Cases.Mediate(ctx, by, in.Case, in.Body)
	out := &Mediated{ETag: call.Tag(k.Version)}
	out.Body.ID, out.Body.Concerns = string(k.Record), append([]casefile.Concern{}, concerns...)
	return out, err
}

// Interpreted is what she needs in order to be understood. If-Match names the version that was read, "0" if there was none.
type Interpreted struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Interpreting
}

func (a *Area) interpret(ctx context.Context, by keyring.Bearer, in *Interpreted) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Cases.Interpret(ctx, by, in.Case, version, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}
