package intake

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/stats"
)

// Kind says what the rows of a run become.
type Kind string

// The kinds.
const (
	Collection Kind = "collection" // records of a published collection
	Cases      Kind = "cases"      // cases of the desk that imports
)

// Order asks for a run.
type Order struct {
	Kind    Kind
	Source  string   // of a collection, its identifier; of cases it stands in the mapping
	Mapping []byte   // of cases, spec/schema/intake-mapping.json
	Columns []string // the first line of the file
	Dry     bool     // say what would become of the rows, and keep nothing of them
}

// Run is one import of one file, in numbers.
type Run struct {
	ID      id.Intake
	Kind    Kind
	Source  string
	User    id.User
	Desk    id.Desk // of cases
	Dry     bool
	Reading []byte // how rows are read: columns and mapping
	Began   frame.Time
	Ended   frame.Time // 0: it goes on, or was broken off
	Taken   int64
	Known   int64
	Refused int64
}

// Row is one row of a file.
type Row struct {
	Number int64 // of the line or row in the file
	Nth    int64 // how many rows above it hold exactly the same
	Cells  []string
	Broken bool // it could not be read

	why string // message key of why, where that is known
}

// Result says what became of a row.
type Result string

// The results.
const (
	Taken   Result = "taken"
	Known   Result = "known" // it was taken before, and is left as it is
	Refused Result = "refused"
	// Kept is what a program is told of a row that was taken now or before: which of the two would tell it whom the desk knows.
	Kept Result = "kept"
)

// Outcome is what became of one row.
type Outcome struct {
	Number int64  `json:"number"`
	Result Result `json:"result"`
	Key    string `json:"key,omitempty"`    // message key of the reason
	Column string `json:"column,omitempty"` // head of the column that it is about
}

// Limits of one request.
const (
	MostRows   = 1000 // of a collection
	MostCases  = 100
	mostColumn = 500
	mostCell   = 32 << 10
	mostName   = 200
)

// Tx is what imports need kept.
type Tx interface {
	casefile.Tx
	stats.Tx
	keyring.PepperTx

	AddIntakeRun(ctx context.Context, r Run) error
	// IntakeRun returns one run; fault.NotFound if there is none.
	IntakeRun(ctx context.Context, r id.Intake) (Run, error)
	// IntakeRuns returns the runs before one, or the newest, newest first.
	IntakeRuns(ctx context.Context, before id.Intake, limit int) ([]Run, error)
	// SetIntakeRun changes end and numbers of a run.
	SetIntakeRun(ctx context.Context, r Run) error
	// IntakeRow returns the mark of what stood in a row that was taken; fault.NotFound if it was not.
	IntakeRow(ctx context.Context, mark []byte) ([]byte, error)
	AddIntakeRow(ctx context.Context, mark, content []byte) error
	// Also adds an entry to that of the transaction.
	Also(entry audit.Entry) error
}

// Service is the use-cases of imports.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	IDs   id.Maker
	Keys  *keyring.Service
	Cases *casefile.Service
	// Wait waits until a time: a program is answered at the end of whole steps, so that it cannot tell by a clock either. Nil: it does not.
	Wait func(ctx context.Context, until time.Time) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// action returns what somebody has to be allowed who imports that kind.
func (k Kind) action() access.Action {
	if k == Collection {
		return access.CollectFact
	}
	return access.WriteIntake
}

// may checks whether who may import that kind, at her desk.
func may(who access.Actor, k Kind) error {
	if k == Collection {
		return access.Check(who, access.CollectFact, access.Resource{Noun: "fact", Realm: access.Assistance})
	}
	return access.Check(who, access.WriteIntake, access.Resource{Noun: "intake", Realm: who.Realm, Desk: who.Desk})
}

// blind reports whether who may not learn which rows were known: a program, which could try whom the desk knows.
func blind(who access.Actor) bool { return who.Role == access.ServiceAccount }

// shown is a run as who may see it.
func (r Run) shown(who access.Actor) Run {
	if blind(who) {
		r.Taken, r.Known = r.Taken+r.Known, 0
	}
	return r
}

// step is in what steps of time a program is answered about some rows.
func step(rows int) time.Duration {
	return 100*time.Millisecond + time.Duration(rows)*20*time.Millisecond
}

// answered waits for the end of the step in which a program is answered about some rows.
func (s *Service) answered(ctx context.Context, who access.Actor, began time.Time, rows int) error {
	if !blind(who) || s.Wait == nil {
		return nil
	}
	d := step(rows)
	return s.Wait(ctx, began.Add((s.Now().Sub(began)/d+1)*d))
}

// mine fails unless the run is hers, at the desk where she began it, and goes on.
func mine(who access.Actor, r Run, k Kind) error {
	switch {
	case r.Kind != k || r.User != who.User || k == Cases && r.Desk != who.Desk:
		return fault.New(fault.NotFound, "intake.run.none")
	case r.Ended != 0:
		return fault.New(fault.Conflict, "intake.run.ended")
	}
	return nil
}
