package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Way is one way of reaching her, with the rule under which it may be used.
type Way struct {
	Index    int           `json:"index" doc:"Names it when its address is asked for"`
	Way      person.Way    `json:"way"`
	Safety   person.Safety `json:"safety"`
	Answerer string        `json:"answerer" doc:"Who else may answer, and her relation"`
	Times    string        `json:"times" doc:"When it is safe"`
	MaySay   string        `json:"may_say" doc:"What may be said, and as whom to introduce oneself"`
	CodeWord string        `json:"code_word"`
	Voice    bool          `json:"voice" doc:"A message may be left"`
	Never    string        `json:"never,omitempty" doc:"What must never be said or done"`
}

// Card is the safe-contact card: safe ways first, unsafe ones last.
type Card struct {
	ETag string `header:"ETag" doc:"Proof that this card was read, for the request of a number"`
	Body struct {
		Ways []Way `json:"ways" nullable:"false"`
		// Interpreting stands beside the ways: in which language she is spoken to, and by whom not.
		Interpreting *casefile.Interpreting `json:"interpreting,omitempty" doc:"What she needs in order to be understood; absent: nobody has recorded it"`
		Needs        int64                  `json:"interpreting_version" doc:"For the If-Match of a change; 0: nobody has recorded it"`
	}
}

func (a *Area) safeContact(ctx context.Context, by keyring.Bearer, in *OneCase) (*Card, error) {
	card, err := a.Persons.SafeContact(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	out := &Card{ETag: call.Tag(card.Version)}
	spoken, err := a.Cases.Spoken(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	if out.Body.Needs = spoken.Version; spoken.Version != 0 {
		out.Body.Interpreting = &spoken.Value
	}
	out.Body.Ways = []Way{}
	for _, e := range card.Entries {
		out.Body.Ways = append(out.Body.Ways, Way{e.Index, e.Way, e.Safety, e.Answerer, e.Times, e.MaySay, e.CodeWord, e.Voice, e.Never})
	}
	return out, nil
}

// Reaching asks for the number or address of one way. If-Match names the card that was read.
type Reaching struct {
	call.Session
	call.Match
	Case  id.Case `path:"case" maxLength:"64"`
	Index int     `path:"index" minimum:"0" maximum:"1000"`
}

// Contact is one way with its number or address.
type Contact struct {
	Body person.Contact
}

func (a *Area) reachPerson(ctx context.Context, by keyring.Bearer, in *Reaching) (*Contact, error) {
	shown, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := a.Persons.Reach(ctx, by, in.Case, in.Index, shown)
	return &Contact{c}, err
}
