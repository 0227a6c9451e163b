package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/screening"
)

// Screening is a sheet of answers to indicators.
type Screening struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body screening.Sheet
}

func (a *Area) screenCase(ctx context.Context, by keyring.Bearer, in *Screening) (*call.Made, error) {
	k, err := a.Screenings.Screen(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Screened is the screenings of a case, oldest first. Records have record, version, at, by and value.
type Screened struct {
	Body struct {
		Items json.RawMessage `json:"items" doc:"spec/screening.md 4; a suggestion and a disagreement stand beside each other"`
		Shut  int             `json:"shut" doc:"Records that are there and not open to the reader"`
	}
}

func (a *Area) screenings(ctx context.Context, by keyring.Bearer, in *OneCase) (*Screened, error) {
	all, shut, err := a.Screenings.List(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	out := &Screened{}
	out.Body.Items, out.Body.Shut = recordsOf(all), shut
	return out, nil
}
