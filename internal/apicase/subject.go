package apicase

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/subject"
)

// Copying asks for a copy of what is kept of her.
type Copying struct {
	call.Session
	Case id.Case `path:"case" maxLength:"64"`
	Read string  `query:"read" maxLength:"8000" doc:"Records whose words were read for this copy and speak of nobody else, with commas between"`
}

// Copied is the copy.
type Copied struct {
	Body subject.Copy
}

func (a *Area) copyCase(ctx context.Context, by keyring.Bearer, in *Copying) (*Copied, error) {
	var read []id.Record
	for r := range strings.SplitSeq(in.Read, ",") {
		if r != "" {
			read = append(read, id.Record(r))
		}
	}
	c, err := a.Subjects.Copy(ctx, by, in.Case, read)
	return &Copied{c}, err
}

// Corrections is what she asked to be corrected.
type Corrections struct {
	Body struct {
		Items []subject.Kept `json:"items" nullable:"false"`
	}
}

func (a *Area) corrections(ctx context.Context, by keyring.Bearer, in *OneCase) (*Corrections, error) {
	all, err := a.Subjects.Requests(ctx, by, in.Case)
	out := &Corrections{}
	out.Body.Items = append([]subject.Kept{}, all...)
	return out, err
}

// Wrong is what she says is wrong.
type Wrong struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Says  string    `json:"says" minLength:"1" maxLength:"4000" doc:"What is wrong and what is right, in her words"`
		About id.Record `json:"about,omitempty" maxLength:"64" doc:"The record that she means"`
	}
}

func (a *Area) askCorrection(ctx context.Context, by keyring.Bearer, in *Wrong) (*call.Made, error) {
	k, err := a.Subjects.Ask(ctx, by, in.Case, in.Body.Says, in.Body.About)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Judging decides about a request.
type Judging struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Outcome subject.Outcome `json:"outcome" enum:"corrected,partly,refused"`
		Reason  string          `json:"reason" minLength:"1" maxLength:"4000" doc:"Told to her"`
		By      id.Record       `json:"by,omitempty" maxLength:"64" doc:"The record that corrects it"`
	}
}

func (a *Area) decideCorrection(ctx context.Context, by keyring.Bearer, in *Judging) (*call.Nothing, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	_, err = a.Subjects.Decide(ctx, by, in.Case, in.Record, version, in.Body.Outcome, in.Body.Reason, in.Body.By)
	return nil, err
}
