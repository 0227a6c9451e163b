package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/stats"
)

// Totals counts facts. Within the node small counts are shown; a board outside it suppresses them.
type Totals struct {
	Body struct {
		All   int                `json:"all"`
		Minor int                `json:"minor" doc:"Children, and whoever may be one"`
		Years map[int]int        `json:"years"`
		Sex   map[stats.Sex]int  `json:"sex"`
		Forms map[stats.Form]int `json:"forms" doc:"A fact with two forms counts in both"`
		Help  stats.Helped       `json:"help" doc:"Persons of cases of this node who were given help, each once"`
	}
}

func (a *Area) factTotals(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Totals, error) {
	t, err := a.Facts.Totals(ctx, by.Actor)
	out := &Totals{}
	b := &out.Body
	b.All, b.Minor, b.Years, b.Sex, b.Forms, b.Help = t.All, t.Minor, t.Years, t.Sex, t.Forms, t.Help
	return out, err
}
