package count

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/veil"
)

// State is what is seen of a run.
type State struct {
	Run
	ID     string
	Plan   veil.Sheet
	Scope  Scope
	Stage  veil.Stage // where it is, and who is waited for
	Roles  veil.Roles // empty while they are not drawn
	Joined []id.Member
	Away   []id.Member // who declined
	Accuse []veil.Objection
	Late   []veil.Named
	Ours   bool      // it is this member's turn
	Desks  []Sharing // while records are prepared here: how far the desks are that have cases; empty while none has begun
}

// Blamed returns who is said to have broken the run and by whom, each once: what was found here, and what others say.
func (st State) Blamed() []veil.Objection {
	out := slices.Clone(st.Named)
	for _, o := range st.Accuse {
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// Show returns one run.
//
// It fails with [fault.Denied] for whoever may not see it, and [fault.NotFound] if there is none.
func (s *Service) Show(ctx context.Context, who access.Actor, run string) (State, error) {
	if err := access.Check(who, access.ShowCount, resource()); err != nil {
		return State{}, err
	}
	var st State
	err := s.Read(ctx, func(tx Tx) error {
		row, _, err := s.load(ctx, tx, run)
		if err != nil {
			return err
		}
		st, err = s.state(ctx, tx, row)
		return err
	})
	return st, err
}

// List returns runs, the newest first, at most limit of them.
//
// It fails with [fault.Denied] for whoever may not see them, and [fault.Invalid] if limit is not 1 to 200.
func (s *Service) List(ctx context.Context, who access.Actor, limit int) ([]State, error) {
	if err := access.Check(who, access.ShowCount, resource()); err != nil {
		return nil, err
	}
	if limit < 1 || limit > 200 {
		return nil, wrong("limit")
	}
	var out []State
	err := s.Read(ctx, func(tx Tx) error {
		rows, err := tx.CountRuns(ctx, limit)
		if err != nil {
			return err
		}
		out = nil
		for _, row := range rows {
			st, err := s.state(ctx, tx, row)
			if err != nil {
				return err
			}
			out = append(out, st)
		}
		return nil
	})
	return out, err
}

func (s *Service) state(ctx context.Context, tx Tx, row Row) (State, error) {
	r, err := row.run()
	if err != nil {
		return State{}, err
	}
	sheet, err := r.sheet()
	if err != nil {
		return State{}, err
	}
	c, err := s.gather(ctx, tx, &r, &sheet)
	if err != nil {
		return State{}, err
	}
	scope, err := ScopeOf(sheet.Population)
	if err != nil {
		return State{}, err
	}
	st := State{Run: r, ID: row.ID, Plan: sheet, Scope: scope, Stage: c.Stage(), Away: c.Declined, Accuse: slices.Clone(c.Objections)}
	st.Roles, _ = c.Roles()
	for _, m := range sheet.Members {
		if _, ok := c.Said(veil.StepJoin, m); ok {
			st.Joined = append(st.Joined, m)
		}
	}
	if r.End == Going {
		st.Late = c.Late(s.now())
		st.Ours = slices.Contains(st.Stage.Waits, s.Member) && !c.Ended()
		if st.Ours && st.Stage.Step == veil.StepCommit && r.Desk != "" {
			if st.Desks, err = sharing(ctx, tx, &r, row.ID, scope); err != nil {
				return State{}, err
			}
		}
	}
	return st, nil
}

// Working reports whether what the bearer's desk has begun in a run goes on in this process, and how many cases it has read.
func (s *Service) Working(by keyring.Bearer, run string) (files int64, going bool) {
	w := s.working(workOf(run, by.Desk))
	if w == nil {
		return 0, false
	}
	return w.files.Load(), true
}

// Publish says that the number is made public here. The number stays what it is: this is the day from which the country answers for it.
//
// It fails with [fault.Denied] for whoever may not, [fault.NotFound] if there is no such run, and [fault.Conflict] "count.unpublishable" if it has no
// number, or "count.published" if it was published already.
func (s *Service) Publish(ctx context.Context, who access.Actor, run string) error {
	if err := access.Check(who, access.PublishCount, resource()); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.PublishCount, run), func(tx Tx) error {
		row, r, err := s.load(ctx, tx, run)
		if err != nil {
			return err
		}
		sheet, err := r.sheet()
		if err != nil {
			return err
		}
		c, err := s.gather(ctx, tx, &r, &sheet)
		if err != nil {
			return err
		}
		switch {
		case r.End != Counted || r.Result == nil || !r.Result.Publishable || c.Ended():
			return fault.New(fault.Conflict, "count.unpublishable")
		case r.Published > 0:
			return fault.New(fault.Conflict, "count.published")
		}
		r.Published, r.By = s.now(), who.User
		return s.save(ctx, tx, row, r)
	})
}

// Spent is what the runs of a year may tell of one record here, and what is allowed.
type Spent struct {
	Allowance
	Year  int
	Spent int64 // in thousandths
}

// Ledger returns it for the year of now.
//
// It fails with [fault.Denied] for whoever may not see runs.
func (s *Service) Ledger(ctx context.Context, who access.Actor) (Spent, error) {
	out := Spent{Year: frame.At(s.Now()).Time().UTC().Year()}
	if err := access.Check(who, access.ShowCount, resource()); err != nil {
		return out, err
	}
	err := s.Read(ctx, func(tx Tx) (err error) {
		if out.Allowance, err = s.allowance(ctx, tx); err != nil {
			return err
		}
		out.Spent, err = tx.CountSpent(ctx, out.Year)
		return err
	})
	return out, err
}
