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

// Telling is what is told of somebody who does not agree to be named. It has no field that could hold a name.
type Telling struct {
	call.Session
	call.Once
	Body struct {
		Adult  bool      `json:"adult" doc:"She is an adult beyond doubt; whoever is or may be a child is protected by name, and not told of here"`
		Sex    stats.Sex `json:"sex" maxLength:"20"`
		Forms  []string  `json:"forms" maxItems:"20" doc:"Of exploitation, as the form of a presumed victim has them"`
		Why    string    `json:"why" maxLength:"60" doc:"She does not agree; a reason of a refusal"`
		Helped []string  `json:"helped" maxItems:"40" doc:"Services that she was given all the same"`
	}
}

func (a *Area) tellUnnamed(ctx context.Context, by keyring.Bearer, in *Telling) (*call.Nothing, error) {
	b := in.Body
	return nil, a.Facts.Tell(ctx, by.Actor, stats.Telling{Adult: b.Adult, Sex: b.Sex, Forms: b.Forms, Why: b.Why, Helped: b.Helped})
}

// Untold counts who was told of without a name.
type Untold struct {
	Body struct {
		All    int               `json:"all" doc:"In the months that are shown"`
		Months map[string]int    `json:"months"`
		Few    []string          `json:"few,omitempty" doc:"Months in which there were some, and fewer than least"`
		Least  int               `json:"least"`
		Sex    map[stats.Sex]int `json:"sex,omitempty" doc:"This and what follows for whoever reads facts, of months that are over; left out whole where one answer is rarer than least"`
		Forms  map[string]int    `json:"forms,omitempty"`
		Whys   map[string]int    `json:"whys,omitempty"`
		Helped map[string]int    `json:"helped,omitempty"`
	}
}

func (a *Area) untold(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Untold, error) {
	c, err := a.Facts.Untold(ctx, by.Actor)
	out := &Untold{}
	out.Body.Few, out.Body.Least = c.Few, c.Least
	out.Body.All, out.Body.Months, out.Body.Sex, out.Body.Forms, out.Body.Whys, out.Body.Helped = c.All, c.Months, c.Sex, c.Forms, c.Whys, c.Helped
	return out, err
}
