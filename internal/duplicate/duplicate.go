package duplicate

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// State of a merge.
type State string

// The states of a merge.
const (
	Proposed State = "proposed" // waits for the second person
	Merged   State = "merged"
	Refused  State = "refused" // by the second person
	Undone   State = "undone"
)

// Merge is the operational row: which file leads to which, and who said so. Why is sealed in both.
type Merge struct {
	ID       id.Record
	Survivor id.Case // that is worked with
	Alias    id.Case // that leads to it
	Desk     id.Desk
	State    State
	Hidden   bool    // a second person has to say so too
	First    id.User // who said so
	Second   id.User // and who did as the second
	Made     frame.Time
	Merged   frame.Time
	Ended    frame.Time // undone or refused
	Ender    id.User
	Version  int64
}

// Parted says of two cases, in the order of their identifiers, that they are not of one person.
type Parted struct {
	One, Other id.Case
	Mark       string // of the evidence as it was then ([search.Mark]); empty: said before that was kept
	At         frame.Time
	By         id.User
}

// Tx is what merges need kept.
type Tx interface {
	casefile.Tx

	// AddMerge keeps a new merge; [fault.Conflict] if one of the same alias is proposed or stands.
	AddMerge(ctx context.Context, m Merge) error
	// SetMerge replaces a row whose stored version is m.Version and raises it by one; [fault.Stale] if it is another.
	SetMerge(ctx context.Context, m Merge) error
	// Merge returns one; [fault.NotFound] if there is none.
	Merge(ctx context.Context, m id.Record) (Merge, error)
	// MergesOf returns those in which a case has a part, the newest first.
	MergesOf(ctx context.Context, c id.Case) ([]Merge, error)
	// AddApart remembers that two cases are not of one person, and by which evidence that was said; once more replaces it.
	AddApart(ctx context.Context, a Parted) error
	// Apart returns what was said of two, in their order; [fault.NotFound] if nothing was.
	Apart(ctx context.Context, one, other id.Case) (Parted, error)
	DropApart(ctx context.Context, one, other id.Case) error
	// ApartFrom returns the cases that are not of the person of one.
	ApartFrom(ctx context.Context, c id.Case) ([]id.Case, error)
}

// Service is the use-cases of merges.
type Service struct {
	Cases *casefile.Service
	// Hidden says whether another desk was told of a search for the person of a case: who merges it learns then, or makes known, what was
	// hidden from somebody.
	Hidden func(ctx context.Context, tx Tx, c id.Case) (bool, error)
	// Offered fails with [fault.Conflict] while a case is offered to another desk, which would take a part of what belongs together.
	Offered func(ctx context.Context, tx Tx, c casefile.Case) error
	// Busy fails with [fault.Conflict] where something is going on in a case that has to end before it leads to another one.
	Busy func(ctx context.Context, tx Tx, c casefile.Case) error
	// Tell makes and ends what somebody has to do about a merge, after each of its steps.
	Tell func(ctx context.Context, tx Tx, m Merge, alias casefile.Case) error
	// Find looks for a person, as the search of the node does.
	Find func(ctx context.Context, by keyring.Bearer, q search.Query) (search.Found, error)
	// Twins compares cases with each other ([search.Service.Twins]).
	Twins func(ctx context.Context, by keyring.Bearer, cases []id.Case, after id.Case, limit int) ([]search.Pair, int, id.Case, error)
}

func (s *Service) now() frame.Time { return frame.At(s.Cases.Now()) }

func bad(field string) error { return fault.New(fault.Invalid, "duplicate.field").With("field", field) }

// Kind is the kind of the sealed record of a case that says what was done.
const Kind = "duplicate"

// Form names the form of a [Said].
const Form = "opentrm/duplicate/1"

// The steps of which a [Said] tells.
const (
	StepProposed = "proposed"
	StepMerged   = "merged"
	StepUndone   = "undone"
	StepApart    = "apart"
	StepTogether = "together" // that two are apart is taken back
)

// Said is what was done with two files and why, sealed in both.
type Said struct {
	Form     string     `json:"form"`
	Step     string     `json:"step"`
	Merge    id.Record  `json:"merge,omitempty"`
	Survivor id.Case    `json:"survivor"` // of two that are apart: the one from which it was said
	Alias    id.Case    `json:"alias"`
	Reason   string     `json:"reason"`
	Later    int        `json:"later,omitempty"` // undone: how many records were written in the survivor since; they stay there
	At       frame.Time `json:"at"`
	By       id.User    `json:"by"`
}

const maxReason = 2000

// Check reports whether it can be kept.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Said) Check() error {
	switch {
	case x.Form != Form || x.Survivor == "" || x.Alias == "" || x.Survivor == x.Alias || x.At <= 0 || x.By == "":
		return bad("form")
	case x.Reason == "" || !person.Text(x.Reason, maxReason):
		return bad("reason")
	}
	return nil
}

// say seals it in a case.
func say(ctx context.Context, tx Tx, x Said, in ...*keyring.Case) error {
	if err := x.Check(); err != nil {
		return err
	}
	body, err := frame.Encode(x)
	if err != nil {
		return err
	}
	for _, k := range in {
		if _, err := k.PutIn(ctx, tx, keyring.Record{Kind: Kind, Compartment: k.Home(), Body: body}); err != nil {
			return err
		}
	}
	return nil
}

// wide is the transaction of cases as merges need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "duplicate.wiring")
	}
	return tx, nil
}
