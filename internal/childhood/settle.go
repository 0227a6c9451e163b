package childhood

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of task of the path; their object is the case. None says when she was born.
const (
	TaskGuardian = "child.guardian" // somebody has to be appointed
	TaskReview   = "child.review"   // somebody opens her file and counts her age anew
	TaskNotify   = "child.notify."  // and the body that has to be told
	tasks        = "child."
)

// The keys of the profile.
const (
	clockGuardian = "guardian-appointment"
	clockNotify   = "child-notification"
	listBodies    = "child-notification-bodies"
	reviewDays    = "child-review-days"
	aheadDays     = "of-age-ahead-days"
)

// Bodies are who has to be told of a child in this country.
type Bodies struct {
	Codes  []string
	Usable bool // somebody is reminded; else the list is only shown
	Origin profile.Origin
	Clock  profile.Shown // within which time
}

// Bodies returns who has to be told of a child in this country, by its profile; no codes if it names nobody.
func (s *Service) Bodies() Bodies {
	law, m := s.Law(), s.Cases.Member
	v, ok := law.Value(m, listBodies)
	if !ok {
		return Bodies{}
	}
	out := Bodies{Codes: law.List(m, listBodies), Usable: v.Origin.Usable(), Origin: v.Origin}
	out.Codes = slices.DeleteFunc(out.Codes, func(c string) bool { return c == "" || c == OtherBody || !code(c) })
	if shown, err := law.National(m, clockNotify); err == nil {
		out.Clock = shown
	}
	return out
}

// Clock returns within which time somebody has to be appointed, as it is shown: only a clock that starts makes a deadline.
func (s *Service) Clock() (profile.Shown, error) {
	return s.Law().National(s.Cases.Member, clockGuardian)
}

// work opens the case for a use-case of the path, and sees to what follows from it.
func (s *Service) work(ctx context.Context, by keyring.Bearer, action access.Action, c id.Case, fn func(Tx, *keyring.Case, casefile.Case) error) error {
	return s.Cases.Work(ctx, by, action, c, purpose, func(narrow casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(narrow)
		if err != nil {
			return err
		}
		if err := fn(tx, k, row); err != nil {
			return err
		}
		_, err = s.settle(ctx, tx, k, row, true)
		return err
	})
}

// keep records something of the path, once ask does not refuse it.
func keep[T checked](ctx context.Context, s *Service, by keyring.Bearer, action access.Action, c id.Case, kind string, x T, ask func(Tx, *keyring.Case) error) (casefile.Kept[T], error) {
	var kept casefile.Kept[T]
	err := s.work(ctx, by, action, c, func(tx Tx, k *keyring.Case, row casefile.Case) error {
		if kind == KindGuardian && row.AgeClass == person.Adult {
			return fault.New(fault.Conflict, "childhood.adult")
		}
		if err := x.Check(); err != nil {
			return err
		}
		if ask != nil {
			if err := ask(tx, k); err != nil {
				return err
			}
		}
		var err error
		kept, err = addIn(ctx, tx, k, kind, x)
		return err
	})
	return kept, err
}

// Review records that somebody looked at where a child stands. The next time is as far away for every child.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Conflict] if the case is closed; and [fault.Locked] without keys.
func (s *Service) Review(ctx context.Context, by keyring.Bearer, c id.Case) error {
	return s.work(ctx, by, access.ProtectCase, c, func(tx Tx, _ *keyring.Case, _ casefile.Case) error {
		_, err := s.Tasks.DoneIn(ctx, tx, string(c), TaskReview)
		return err
	})
}

// Counted counts anew how old she is, of an open case that somebody has opened at its desk, and sees to what follows from it. It returns
// the case as it stands then.
func (s *Service) Counted(ctx context.Context, narrow casefile.Tx, who access.Actor, k *keyring.Case, row casefile.Case) (casefile.Case, error) {
	if row.Desk != who.Desk || row.Realm != access.Assistance || row.AgeClass == person.Adult || row.State != casefile.Open {
		return row, nil
	}
	tx, err := wide(narrow)
	if err != nil {
		return row, err
	}
	return s.settle(ctx, tx, k, row, false)
}

// Admits is asked before anything of a case is handed to somebody who opens it: the account of somebody who was recorded as the guardian of
// this child, and may not decide for her any more, opens nothing of her.
//
// It fails with [fault.Denied] "childhood.excluded".
func (s *Service) Admits(ctx context.Context, tx keyring.Tx, by keyring.Bearer, k *keyring.Case) error {
	if by.Role != access.ChildGuardian {
		return nil
	}
	all, err := listIn[Guardian](ctx, tx, k, KindGuardian)
	if err != nil {
		return err
	}
	today, err := s.today()
	if err != nil {
		return err
	}
	for _, g := range slices.Backward(all) {
		if x := g.Value; x.Account == by.User {
			if x.Excluded() || x.Until != "" && x.Until <= today {
				return fault.New(fault.Denied, "childhood.excluded")
			}
			return nil
		}
	}
	return nil
}

// Written says how she is treated after what is written of her was changed: was is what stood there, nil if nothing did.
func (s *Service) Written(ctx context.Context, narrow person.Tx, k *keyring.Case, at person.Place, was *person.Person, now person.Person) (person.AgeClass, error) {
	tx, err := wide(narrow)
	if err != nil {
		return "", err
	}
	row, err := tx.Case(ctx, at.Case)
	if err != nil {
		return "", err
	}
	if row.Realm != access.Assistance { // the prosecution answers by its own law, and its files hold nothing of the path
		return person.Class(now, s.Cases.Now()), nil
	}
	f, err := s.factsIn(ctx, tx, k, row)
	if err != nil {
		return "", err
	}
	f.was, f.who = was, &now
	class := f.class()
	if class != person.Adult && person.Class(now, f.now) == person.Adult && f.overturned() && !f.ages.entered() {
		x := Age{Turn: Changed, On: f.now.Format(time.DateOnly)}
		if _, err := putIn(ctx, tx, k, keyring.Record{Kind: KindAge}, x); err != nil {
			return "", err
		}
	}
	return class, s.follow(ctx, tx, k, row, class)
}

// factsIn gathers what it depends on how she is treated.
func (s *Service) factsIn(ctx context.Context, tx Tx, k *keyring.Case, row casefile.Case) (facts, error) {
	zone, err := s.zone()
	if err != nil {
		return facts{}, err
	}
	f := facts{now: dayOf(s.Cases.Now(), zone), opened: dayOf(row.Opened.Time(), zone), row: row.AgeClass}
	ages, err := listIn[Age](ctx, tx, k, KindAge)
	if err != nil {
		return f, err
	}
	guardians, err := listIn[Guardian](ctx, tx, k, KindGuardian)
	f.ages, f.guarded = ages, len(guardians) > 0
	return f, err
}

// dayOf is the day of a moment in a zone, in the form in which birthdays are counted.
func dayOf(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// settle counts how old she is by what stands, notes it in the row, and sees to what follows from it. Where nothing has changed and
// nobody recorded anything, nothing is written.
func (s *Service) settle(ctx context.Context, tx Tx, k *keyring.Case, row casefile.Case, recorded bool) (casefile.Case, error) {
	f, err := s.factsIn(ctx, tx, k, row)
	if err != nil {
		return row, err
	}
	who, err := s.Cases.Persons.ReadIn(ctx, tx, k)
	switch {
	case err == nil:
		f.who = &who.Person
	case !fault.Is(err, fault.NotFound):
		return row, err
	}
	class := f.class()
	if class == row.AgeClass && !recorded {
		return row, nil
	}
	if class != row.AgeClass {
		if err := tx.SetAgeClass(ctx, row.ID, class); err != nil {
			return row, err
		}
	}
	if err := s.follow(ctx, tx, k, row, class); err != nil {
		return row, err
	}
	row.AgeClass = class
	return row, nil
}

// follow makes and ends what somebody has to do for a child, and marks the consents of somebody who is one no more.
func (s *Service) follow(ctx context.Context, tx Tx, k *keyring.Case, row casefile.Case, class person.AgeClass) error {
	if class == person.Adult {
		if err := s.DropIn(ctx, tx, row.ID); err != nil || row.AgeClass == person.Adult {
			return err
		}
		return s.Consents.OfAgeIn(ctx, tx, k)
	}
	if err := s.guardianIn(ctx, tx, k, row); err != nil {
		return err
	}
	if err := s.notifyIn(ctx, tx, k, row); err != nil {
		return err
	}
	open, err := tx.OpenTasks(ctx, string(row.ID), TaskReview)
	if err != nil || len(open) > 0 {
		return err
	}
	n := max(s.Law().Number(s.Cases.Member, reviewDays), 1)
	return s.taskIn(ctx, tx, row, TaskReview, task.Clock{Due: s.now().Add(time.Duration(n) * 24 * time.Hour)})
}

// BegunIn sees to what has to be done for who is or may be a child, in a case that begins or goes on.
func (s *Service) BegunIn(ctx context.Context, narrow casefile.Tx, k *keyring.Case, row casefile.Case) error {
	if row.AgeClass == person.Adult || row.Realm != access.Assistance {
		return nil
	}
	tx, err := wide(narrow)
	if err != nil {
		return err
	}
	_, err = s.settle(ctx, tx, k, row, true)
	return err
}

// guardianIn makes the task of having somebody appointed, as long as nobody decides for her.
func (s *Service) guardianIn(ctx context.Context, tx Tx, k *keyring.Case, row casefile.Case) error {
	all, err := listIn[Guardian](ctx, tx, k, KindGuardian)
	if err != nil {
		return err
	}
	today, err := s.today()
	if err != nil {
		return err
	}
	if len(Guardians(all).Deciding(today)) > 0 {
		_, err := s.Tasks.DoneIn(ctx, tx, string(row.ID), TaskGuardian)
		return err
	}
	open, err := tx.OpenTasks(ctx, string(row.ID), TaskGuardian)
	if err != nil || len(open) > 0 {
		return err
	}
	c, err := s.clock(clockGuardian)
	if err != nil {
		return err
	}
	return s.taskIn(ctx, tx, row, TaskGuardian, c)
}

// notifyIn makes a task for each body that has to be told and was not. A body that only an unverified list names is shown, and nobody's
// task.
func (s *Service) notifyIn(ctx context.Context, tx Tx, k *keyring.Case, row casefile.Case) error {
	bodies := s.Bodies()
	if !bodies.Usable {
		return nil
	}
	told, err := listIn[Notice](ctx, tx, k, KindNotice)
	if err != nil {
		return err
	}
	c, err := s.clock(clockNotify)
	if err != nil {
		return err
	}
	for _, body := range bodies.Codes {
		kind := TaskNotify + body
		if slices.ContainsFunc(told, func(n casefile.Kept[Notice]) bool { return n.Value.Body == body }) {
			if _, err := s.Tasks.DoneIn(ctx, tx, string(row.ID), kind); err != nil {
				return err
			}
			continue
		}
		open, err := tx.OpenTasks(ctx, string(row.ID), kind)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			continue
		}
		if err := s.taskIn(ctx, tx, row, kind, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) taskIn(ctx context.Context, tx Tx, row casefile.Case, kind string, c task.Clock) error {
	_, err := s.Tasks.AddIn(ctx, tx, task.New{
		Desk: row.Desk, Realm: row.Realm, Kind: kind, Object: string(row.ID), Reference: string(row.Reference), Clock: c,
	})
	return err
}

// DropIn ends what nobody has to do any more about a case: it is closed, or she is an adult.
func (s *Service) DropIn(ctx context.Context, tx task.Tx, c id.Case) error {
	open, err := tx.OpenTasks(ctx, string(c), "")
	if err != nil {
		return err
	}
	for _, t := range open {
		if strings.HasPrefix(t.Kind, tasks) {
			if _, err := s.Tasks.DropIn(ctx, tx, string(c), t.Kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// clock counts a clock of the country from now. Law that nobody has confirmed gives none: what has to be done does not depend on it, and
// the task has no deadline.
func (s *Service) clock(key string) (task.Clock, error) {
	law, m := s.Law(), s.Cases.Member
	shown, err := law.National(m, key)
	if fault.Is(err, fault.NotFound) || err == nil && !shown.Starts() {
		return task.Clock{}, nil
	}
	if err != nil {
		return task.Clock{}, err
	}
	zone, err := s.zone()
	if err != nil {
		return task.Clock{}, err
	}
	start := s.now()
	due, err := profile.Deadline(shown.Clock, start, false, zone, law.Calendar(m))
	if err != nil {
		return task.Clock{}, err
	}
	c := task.Clock{Due: due}
	if shown.Clock.RemindPercent > 0 {
		c.Remind = profile.At(start, due, shown.Clock.RemindPercent)
	}
	rungs := map[string]task.Step{"desk": task.AtDesk, "deputy": task.AtDeputy, "coordinator": task.AtCoordinator}
	for _, e := range shown.Clock.Escalation {
		if to, ok := rungs[e.To]; ok { // nobody abroad hears of a child
			c.Chain = append(c.Chain, task.Rung{Step: to, At: profile.At(start, due, e.AtPercent)})
		}
	}
	return c, nil
}
