package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Exporting asks for a case in the form of HTCDS.
type Exporting struct {
	call.Session
	Case    id.Case `path:"case" maxLength:"64"`
	Purpose string  `query:"purpose" required:"true" enum:"own-system,person" doc:"own-system: for another system of the same desk, not to be passed on; person: she asked for it"`
}

// Exported is the case.
type Exported struct {
	Body htcds.Record
}

func (a *Area) exportCase(ctx context.Context, by keyring.Bearer, in *Exporting) (*Exported, error) {
	r, err := a.HTCDS.Export(ctx, by, in.Case, htcds.Purpose(in.Purpose))
	return &Exported{r}, err
}
