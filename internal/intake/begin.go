package intake

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// reading is how the rows of a run are read, as it is kept.
type reading struct {
	Columns []string        `json:"columns"`
	Mapping json.RawMessage `json:"mapping,omitempty"`
}

// Begin begins a run.
//
// It fails with [fault.Denied] as [access.Check]; with [fault.NotFound] "stats.collection.none"; and with [fault.Invalid]
// "intake.columns" if the columns cannot be those of a file, or as the collection or the mapping does not fit them.
func (s *Service) Begin(ctx context.Context, who access.Actor, in Order) (Run, error) {
	if err := may(who, in.Kind); err != nil {
		return Run{}, err
	}
	raw, err := json.Marshal(reading{in.Columns, in.Mapping})
	if err != nil {
		return Run{}, fault.Wrap(fault.Invalid, "intake.mapping.file", err)
	}
	r := Run{
		ID: id.Ordered[id.Intake](s.IDs), Kind: in.Kind, Source: in.Source, User: who.User, Desk: who.Desk, Dry: in.Dry, Reading: raw, Began: s.now(),
	}
	t, err := s.taker(r)
	if err != nil {
		return Run{}, err
	}
	r.Source = t.source()
	purpose := "begin." + r.Source
	if r.Dry {
		purpose = "begin-dry." + r.Source
	}
	err = s.Write(ctx, audit.Did(who, r.Kind.action(), string(r.ID)).For(purpose), func(tx Tx) error { return tx.AddIntakeRun(ctx, r) })
	return r, err
}

// taker turns rows of one run into what is kept.
type taker interface {
	source() string
	// take says what becomes of a row, and keeps it unless the run is dry.
	take(ctx context.Context, tx Tx, who access.Actor, r Run, m marker, row Row) (Outcome, error)
}

type marker interface{ Of(what ...string) []byte }

// taker returns what takes the rows of a run.
func (s *Service) taker(r Run) (taker, error) {
	var how reading
	if err := json.Unmarshal(r.Reading, &how); err != nil {
		return nil, fault.Wrap(fault.Invalid, "intake.columns", err)
	}
	if len(how.Columns) == 0 || len(how.Columns) > mostColumn || slices.ContainsFunc(how.Columns, func(c string) bool { return !person.Text(c, mostName) }) {
		return nil, fault.New(fault.Invalid, "intake.columns")
	}
	switch r.Kind {
	case Collection:
		return collecting(r.Source, how.Columns)
	case Cases:
		return s.opening(r, how)
	default:
		return nil, fault.New(fault.Invalid, "intake.kind")
	}
}

// End ends a run. Its entry in the log says how many rows were taken, known and refused.
//
// It fails with [fault.Denied], and with [fault.NotFound] and [fault.Conflict] as [Service.Take].
func (s *Service) End(ctx context.Context, who access.Actor, k Kind, run id.Intake) (Run, error) {
	if err := may(who, k); err != nil {
		return Run{}, err
	}
	r, err := s.run(ctx, who, k, run)
	if err != nil {
		return Run{}, err
	}
	numbers := func(n int64) string { return strconv.FormatInt(n, 10) }
	purpose := "taken-" + numbers(r.Taken) + ".known-" + numbers(r.Known) + ".refused-" + numbers(r.Refused)
	if r.Dry {
		purpose = "dry." + purpose
	}
	err = s.Write(ctx, audit.Did(who, k.action(), string(run)).For(purpose), func(tx Tx) error {
		now, err := tx.IntakeRun(ctx, run)
		if err != nil {
			return err
		}
		if now.Ended != 0 || now.Taken != r.Taken || now.Known != r.Known || now.Refused != r.Refused {
			return fault.New(fault.Conflict, "intake.run.ended")
		}
		r.Ended = s.now()
		return tx.SetIntakeRun(ctx, r)
	})
	return r.shown(who), err
}

// run returns a run that is hers and goes on.
func (s *Service) run(ctx context.Context, who access.Actor, k Kind, run id.Intake) (Run, error) {
	var r Run
	err := s.Read(ctx, func(tx Tx) (err error) {
		r, err = tx.IntakeRun(ctx, run)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "intake.run.none")
	}
	if err == nil {
		err = mine(who, r, k)
	}
	return r, err
}

func mayList(who access.Actor, k Kind) error {
	if k == Collection {
		return may(who, k)
	}
	return access.Check(who, access.ListIntake, access.Resource{Noun: "intake", Realm: who.Realm, Desk: who.Desk})
}

// Runs returns the runs of that kind before one, or the newest, newest first: those of her desk, or of all for collections.
//
// It fails with [fault.Denied] as [access.Check].
func (s *Service) Runs(ctx context.Context, who access.Actor, k Kind, before id.Intake, limit int) ([]Run, error) {
	if err := mayList(who, k); err != nil {
		return nil, err
	}
	var out []Run
	err := s.Read(ctx, func(tx Tx) error {
		out = nil
		for len(out) < limit {
			all, err := tx.IntakeRuns(ctx, before, limit)
			if err != nil || len(all) == 0 {
				return err
			}
			for _, r := range all {
				if r.Kind == k && (k == Collection || r.Desk == who.Desk) && len(out) < limit {
					out = append(out, r)
				}
				before = r.ID
			}
		}
		return nil
	})
	return out, err
}
