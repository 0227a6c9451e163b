package lookup

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/veil"
)

// TaskOpen asks a desk to open a question that the data-protection officer has drawn; it is done with the keys of its people, by itself.
const (
	TaskOpen  = "lookup.open"
	clockOpen = "lookup-open"
)

// Finding is what came of opening a question.
type Finding string

// The findings. What the question was made from nobody is shown.
const (
	Unopened  Finding = ""           // nobody of the desk has opened it yet
	OfHer     Finding = "of-her"     // it was about the person of its case
	Corrected Finding = "corrected"  // what is written of her was changed since: people have to look
	OfAnother Finding = "of-another" // it was about somebody else
	Unproven  Finding = "unproven"   // what is kept does not open what the holders have in their logs
	Filed     Finding = "filed"      // it opens as what the officer has kept of it; its case is erased, or the question was hidden anew since
)

// findings are those that somebody can have found.
func findings() []Finding { return []Finding{OfHer, Corrected, OfAnother, Unproven, Filed} }

// Wrong reports whether somebody has to ask people what happened there.
func (f Finding) Wrong() bool { return f == OfAnother || f == Unproven }

// Demand draws as many of the questions that were put and that nobody had to open before, by chance, and asks their desks to open them. It returns how
// many it drew.
//
// It fails with [fault.Denied] for whoever is no data-protection officer, and with [fault.Invalid] "lookup.field" for a number that is none from 1 to 100.
func (s *Service) Demand(ctx context.Context, who access.Actor, many int) (n int, err error) {
	if err := access.Check(who, access.OpenLookup, resource()); err != nil {
		return 0, err
	}
	if many < 1 || many > 100 {
		return 0, fault.New(fault.Invalid, "lookup.field").With("field", "many")
	}
	err = s.Write(ctx, audit.Did(who, access.OpenLookup, string(s.Member)), func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		all, err := wasPut(ctx, tx)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(q Question) bool { return q.Demanded != 0 })
		drawn, err := Drawn(s.Rand, len(all), many)
		if err != nil {
			return err
		}
		clock, err := s.Clock(clockOpen, s.now())
		if err != nil {
			return err
		}
		for _, i := range drawn {
			q := all[i]
			if _, err := tx.AddLookupDemand(ctx, Demand{ID: q.ID, Member: s.Member, Side: home, Digest: Digest(q.Query), At: s.now(), Due: clock.Due}); err != nil {
				return err
			}
			if err := s.toOpen(ctx, tx, &q, clock); err != nil {
				return err
			}
		}
		n = len(drawn)
		return nil
	})
	return n, err
}

// wasPut returns the questions that were put to members.
func wasPut(ctx context.Context, tx FullTx) ([]Question, error) {
	return questionsOf(tx.LookupsIn(ctx, Sent, 10_000))
}

// Demanded returns the questions that had to be opened, the newest demand first: whoever reads them sees what came of it, and which nobody has opened in
// time. Cases and desks are named by references alone.
//
// It fails with [fault.Denied] for whoever is no data-protection officer.
func (s *Service) Demanded(ctx context.Context, who access.Actor) (out []Question, left int, err error) {
	if err := access.Check(who, access.OpenLookup, resource()); err != nil {
		return nil, 0, err
	}
	err = s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		all, err := wasPut(ctx, tx)
		if err != nil {
			return err
		}
		out, left = nil, 0
		for _, q := range all {
			if q.Demanded == 0 {
				left++
				continue
			}
			q.Case, q.Query, q.Asking = "", nil, ""
			out = append(out, q)
		}
		sorting.Stable(out, func(a, b Question) int { return int(b.Demanded - a.Demanded) })
		return nil
	})
	return out, left, err
}

// toOpen gives the desk of a question the task to open it, once.
func (s *Service) toOpen(ctx context.Context, tx FullTx, q *Question, clock task.Clock) error {
	if q.Demanded != 0 {
		return nil
	}
	q.Demanded, q.OpenBy = s.now(), clock.Due
	if err := set(ctx, tx, q); err != nil {
		return err
	}
	_, err := s.Tasks.AddIn(ctx, tx, task.New{
		Desk: q.Desk, Realm: q.Realm, Kind: TaskOpen, Object: string(q.ID), Reference: string(q.Reference), Clock: clock, Announce: true,
	})
	return err
}

// prove opens the questions of the bearer's desk that an officer has drawn, here or at a holder, and keeps what came of it.
func (s *Service) prove(ctx context.Context, by keyring.Bearer) (int, error) {
	var due []Question
	err := s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		due = nil
		all, err := questionsOf(tx.LookupsDemanded(ctx, by.Desk, 10*attendAtOnce))
		if err != nil {
			return err
		}
		for _, q := range all {
			open, err := tx.LookupDemandsOf(ctx, q.ID)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(open, func(d Demand) bool {
				return d.Side != Ours && d.Found == Unopened && bytes.Equal(d.Digest, Digest(q.Query))
			}) {
				due = append(due, q) // what it was hidden as before, only the officer can open
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	did := 0
	for _, q := range due {
		if did == attendAtOnce {
			break
		}
		found := Unopened
		err := s.Write(ctx, audit.Did(by.Actor, access.EnrolLookup, string(q.ID)).In(q.Case).For("open"), func(narrow Tx) error {
			tx, err := full(narrow)
			if err != nil {
				return err
			}
			q, err := known(ctx, tx, q.ID)
			if err != nil {
				return err
			}
			if found, err = s.finding(ctx, tx, by, &q); err != nil {
				return err
			}
			if found == Unopened {
				return errNothing // somebody else of the desk may open the case
			}
			q.Found, q.Opened = found, s.now()
			if _, err := s.Tasks.DoneIn(ctx, tx, string(q.ID), TaskOpen); err != nil {
				return err
			}
			if err := s.found(ctx, tx, q.ID, Digest(q.Query), found); err != nil {
				return err
			}
			return set(ctx, tx, &q)
		})
		if errors.Is(err, errNothing) {
			continue
		}
		if err != nil {
			return did, err
		}
		if found.Wrong() {
			s.Alarm(ctx, "lookup.misused", map[string]string{"member": string(s.Member)})
		}
		did++
	}
	return did, nil
}

// finding opens one question and compares it with the person of its case. Unopened: who is signed in may not open the case.
func (s *Service) finding(ctx context.Context, tx FullTx, by keyring.Bearer, q *Question) (Finding, error) {
	k, err := s.Cases.Keys.OpenCaseIn(ctx, tx, by, q.Case)
	if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict) {
		return Unopened, nil
	}
	if err != nil {
		return Unopened, err
	}
	kept, err := k.ReadIn(ctx, tx, q.Asking)
	if fault.Is(err, fault.NotFound) {
		return Unproven, nil
	}
	if err != nil {
		return Unopened, err
	}
	defer clear(kept.Body)
	asking, err := veil.ParseAsking(kept.Body)
	query, wrong := veil.ParseQuery(q.Query)
	if err != nil || wrong != nil || len(asking.Openings()) != len(query.Elements) {
		return Unproven, nil
	}
	keys, err := s.keysAbout(ctx, tx, k, q)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return Unopened, err
	}
	other := false
	for i, o := range asking.Openings() {
		if !o.Opens(&query.Elements[i]) {
			return Unproven, nil
		}
		other = other || !o.Padding() && !slices.Contains(keys, o.Key)
	}
	now, err := recordOf(ctx, tx, q.Case)
	switch {
	case err != nil:
		return Unopened, err
	case !other:
		return OfHer, nil
	case now != q.Record:
		return Corrected, nil
	}
	return OfAnother, nil
}
