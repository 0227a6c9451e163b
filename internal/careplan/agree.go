package careplan

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Agree records that the plan was gone through: with her, and what she agrees to and what not; or without her, and why. Steps are
// those that were read; of them, what she had not been asked about becomes agreed or declined, but for what still waits to be asked. A plan that holds something else by now
// has to be gone through again.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Agreement.Check]; [fault.Conflict] if the case
// is closed; as what Guarded says of a child; [fault.Stale] "careplan.stale" if the plan holds other steps than those that were read; and [fault.Locked] without keys.
func (s *Service) Agree(ctx context.Context, by keyring.Bearer, c id.Case, x Agreement) (casefile.Kept[Agreement], error) {
	var kept casefile.Kept[Agreement]
	x.Steps, x.Agreed = sorted(x.Steps), sorted(x.Agreed)
	if len(x.Waiting) > 0 {
		x.Waiting = sorted(x.Waiting)
	}
	if x.Answer != NotAsked {
		x.Answer = answer(len(x.Agreed), len(x.Steps)-len(x.Waiting))
	}
	err := s.Cases.Work(ctx, by, access.PlanCase, c, "plan", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		steps, err := listIn[Step](ctx, tx, k, KindStep)
		if err != nil {
			return err
		}
		if len(x.Steps) > 0 && !slices.Equal(x.Steps, sorted(hers(steps))) {
			return fault.New(fault.Stale, "careplan.stale")
		}
		if s.Guarded != nil && person.ChildPath(row.AgeClass) && len(x.Agreed) > 0 {
			if err := s.Guarded(ctx, tx, k, x.Guardian); err != nil {
				return err
			}
		}
		if kept, err = putIn(ctx, tx, k, keyring.Record{Kind: KindAgreement}, x); err != nil {
			return err
		}
		if x.Answer != NotAsked {
			if err := s.answerIn(ctx, tx, k, by.User, steps, x); err != nil {
				return err
			}
		}
		return s.reviewIn(ctx, tx, k, row)
	})
	return kept, err
}

// answerIn writes into each open step what she said to it.
func (s *Service) answerIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, by id.User, steps []casefile.Kept[Step], x Agreement) error {
	for _, was := range steps {
		status, yes := was.Value.Status(), slices.Contains(x.Agreed, was.Record)
		to := Declined
		if yes {
			to = Agreed
		}
		if slices.Contains(x.Waiting, was.Record) || !status.Hers() || status == to || yes && was.Value.Agreed() {
			continue // as it was
		}
		on := max(x.On, was.Value.Course[len(was.Value.Course)-1].On)
		if _, err := turnIn(ctx, tx, k, was, was.Version, Turn{Status: to, On: on}, s.now(), by); err != nil {
			return err
		}
	}
	return nil
}

// reviewIn has somebody reminded of the day on which the plan is looked at: the one that was agreed on, or so many days after its
// first open step was written if nobody has gone through it.
func (s *Service) reviewIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
	if s.Reviewing == nil { // nobody would be reminded
		return fault.New(fault.Internal, "careplan.no-reminder")
	}
	d, err := Shipped()
	if err != nil {
		return err
	}
	steps, err := listIn[Step](ctx, tx, k, KindStep)
	if err != nil {
		return err
	}
	open := slices.IndexFunc(steps, func(x casefile.Kept[Step]) bool { return x.Value.Status().Open() })
	if open < 0 {
		return s.Reviewing(ctx, tx, row, 0, 0)
	}
	all, err := listIn[Agreement](ctx, tx, k, KindAgreement)
	if err != nil {
		return err
	}
	due := steps[open].At.Add(days(d.Limits.ReviewDays))
	if n := len(all); n > 0 {
		if due, err = s.Cases.Day(all[n-1].Value.Review); err != nil {
			return err
		}
	}
	return s.Reviewing(ctx, tx, row, due.Add(-days(d.Limits.RemindDays)), due)
}

// ReopenedIn has somebody look at the plan of a case that is open again.
func (s *Service) ReopenedIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, c casefile.Case) error {
	return s.reviewIn(ctx, tx, k, c)
}

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }

func sorted(all []id.Record) []id.Record {
	out := slices.Clone(all)
	if out == nil {
		out = []id.Record{}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// File is the needs and the plan of a case as they are read, everything oldest first.
type File struct {
	Case       casefile.Case
	Needs      []casefile.Kept[Need]
	Steps      []casefile.Kept[Step]
	Gone       []id.Record // of the open steps those whose service has ended
	Agreements []casefile.Kept[Agreement]
	Deliveries []casefile.Kept[casefile.Delivery]
	Standing   Standing
	Review     string // yyyy-mm-dd on which it is looked at again; empty: nobody has gone through it
}

// Show opens the needs and the plan of a case. Every opening is recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case was erased, [fault.Internal] if a
// record was tampered with, and [fault.Locked] without keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, c id.Case) (File, error) {
	var f File
	err := s.Cases.Look(ctx, by, c, "plan", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) (err error) {
		f = File{Case: row}
		if f.Needs, err = listIn[Need](ctx, tx, k, KindNeed); err != nil {
			return err
		}
		if f.Steps, err = listIn[Step](ctx, tx, k, KindStep); err != nil {
			return err
		}
		if f.Gone, err = s.goneIn(ctx, tx, f.Steps); err != nil {
			return err
		}
		if f.Agreements, err = listIn[Agreement](ctx, tx, k, KindAgreement); err != nil {
			return err
		}
		f.Deliveries, err = s.Cases.DeliveriesIn(ctx, tx, k)
		return err
	})
	if err != nil {
		return File{}, err
	}
	var last *Agreement
	if n := len(f.Agreements); n > 0 {
		last = &f.Agreements[n-1].Value
		f.Review = last.Review
	}
	f.Standing = Stands(f.Steps, last)
	if s.Guarded != nil && person.ChildPath(f.Case.AgeClass) && (f.Standing == AllAgreed || f.Standing == PartAgreed) && last.Guardian == "" {
		f.Standing = Unguarded
	}
	return f, nil
}

// Overdue reports whether the plan should have been looked at by now.
func (f File) Overdue(now frame.Time) bool {
	return f.Review != "" && f.Standing != NoPlan && now.Time().Format(time.DateOnly) > f.Review
}
