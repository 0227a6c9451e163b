package homecoming

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/task"
)

// at is a return that somebody works on, in one transaction.
type at struct {
	tx  Tx
	row *Return
	was Return // as it was read
	c   casefile.Case
	k   *keyring.Case // nil where nothing is opened
}

// caseOf reads which case a return belongs to, for the log entry.
func (s *Service) caseOf(ctx context.Context, ret id.Return) (id.Case, error) {
	var c id.Case
	err := s.Read(ctx, func(tx Tx) error {
		r, err := tx.Return(ctx, ret)
		c = r.Case
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.Hidden, "access.hidden")
	}
	return c, err
}

// mayIn checks whether who may do action on a return of the case.
//
// It fails as [access.Check]; and with [fault.Denied] "case.asylum.origin" or "case.asylum.origin-unknown" where somebody of the desk of the
// case might but for that. The second desk is not told that she asked for asylum.
func mayIn(ctx context.Context, tx Tx, who access.Actor, action access.Action, r Return, now frame.Time) (casefile.Case, error) {
	place, err := tx.PlaceOf(ctx, r.Case)
	if fault.Is(err, fault.NotFound) {
		return casefile.Case{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return casefile.Case{}, err
	}
	holds, err := tx.Holds(ctx, r.Case)
	if err != nil {
		return casefile.Case{}, err
	}
	c, err := tx.Case(ctx, r.Case)
	if err != nil {
		return casefile.Case{}, err
	}
	on := place.Resource("homecoming", nil, now)
	on.ID, on.Maker = string(r.ID), r.Assessor
	// What was opened to a desk for another reason makes it no party of this return.
	if slices.ContainsFunc(holds, func(h keyring.Hold) bool {
		return h.Reason == keyring.Joint && h.Desk == r.Second && h.Compartment == r.Space && (h.Until == 0 || h.Until > now)
	}) {
		on.Released = []id.Desk{r.Second}
	}
	origin := casefile.MayTransmitTo(c, id.Member(r.To))
	if origin != nil {
		on.Flags = []access.Flag{access.AsylumApplicant, access.ToOrigin}
	}
	if err = access.Check(who, action, on); err != nil && origin != nil && who.Desk == place.Desk {
		on.Flags = nil
		if access.Check(who, action, on) == nil {
			err = origin
		}
	}
	return c, err
}

// enter reads a return for somebody who may take the step.
func (s *Service) enter(ctx context.Context, tx Tx, who access.Actor, action access.Action, ret id.Return) (*at, error) {
	r, err := tx.Return(ctx, ret)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return nil, err
	}
	c, err := mayIn(ctx, tx, who, action, r, s.now())
	if err != nil {
		return nil, err
	}
	return &at{tx: tx, row: &r, was: r, c: c}, nil
}

// work takes a step: may you, is it the version that you read, is it the state for it, and then fn, with its entry in the log.
// Without a bearer's keys nothing is opened.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Stale] "homecoming.stale" if the return has changed
// since version was read, [fault.Conflict] "homecoming.state" if the step is not taken from its state and "case.closed" if the
// case is, [fault.Locked] without keys where something is opened, and as fn.
func (s *Service) work(ctx context.Context, who access.Actor, by *keyring.Bearer, action access.Action, ret id.Return, version int64, fn func(*at) error) (Return, error) {
	c, err := s.caseOf(ctx, ret)
	if err != nil {
		return Return{}, err
	}
	var out Return
	err = s.Write(ctx, audit.Did(who, action, string(ret)).In(c), func(tx Tx) error {
		w, err := s.enter(ctx, tx, who, action, ret)
		if err != nil {
			return err
		}
		if w.row.Version != version {
			return fault.New(fault.Stale, "homecoming.stale")
		}
		if w.c.State != casefile.Open {
			return fault.New(fault.Conflict, "case.closed")
		}
		if w.row.State, err = next(w.row.State, action); err != nil {
			return err
		}
		if by != nil {
			if w.k, err = s.Cases.Keys.OpenCaseIn(ctx, tx, *by, c); err != nil {
				return err
			}
			if w.c, err = s.Cases.CountIn(ctx, tx, who, w.k, w.c); err != nil {
				return err
			}
		}
		if err := fn(w); err != nil {
			return err
		}
		out, err = s.keepIn(ctx, w)
		return err
	})
	return out, err
}

// keepIn keeps the row; once it is over, nobody has to do anything about it any more, and the second desk opens nothing.
func (s *Service) keepIn(ctx context.Context, w *at) (Return, error) {
	if w.row.State.Over() && !w.was.State.Over() {
		w.row.Ended = s.now()
		if _, err := s.Tasks.DropIn(ctx, w.tx, string(w.row.ID), ""); err != nil {
			return Return{}, err
		}
		if err := s.unaskIn(ctx, w.tx, w.row); err != nil {
			return Return{}, err
		}
	}
	if err := w.tx.SetReturn(ctx, *w.row); err != nil {
		return Return{}, err
	}
	w.row.Version++
	return *w.row, nil
}

// unshareIn takes the joint compartment from the second desk.
func unshareIn(ctx context.Context, tx Tx, r Return) error {
	holds, err := tx.Holds(ctx, r.Case)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Reason == keyring.Joint && h.Compartment == r.Space && r.Space != "" {
			if err := tx.DropHold(ctx, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// The kinds of task about a return; its object is the return.
const (
	TaskSign    = "return.sign"
	TaskAwait   = "return.await" // a desk of another member was asked, and has not answered
	TaskRenew   = "return.renew"
	TaskArrival = "return.arrival"
	taskFollow  = "return." + clockFollow // and the days
)

// point reads the days of the key of a follow-up clock.
func point(key string) (int64, bool) {
	days, ok := strings.CutPrefix(key, clockFollow)
	n, err := strconv.ParseInt(days, 10, 64)
	return n, ok && err == nil && n > 0
}

// remindIn makes a task of a clock of the profile. A clock that may not start, because nobody has confirmed the law, makes a task
// without a deadline: that it has to be done does not depend on the law.
func (s *Service) remindIn(ctx context.Context, w *at, desk id.Desk, kind, key string, start frame.Time) error {
	c, err := s.clock(key, w.row.To, start)
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = s.Tasks.AddIn(ctx, w.tx, task.New{
		Desk: desk, Realm: access.Assistance, Kind: kind, Object: string(w.row.ID), Reference: string(w.c.Reference), Clock: c,
		Announce: desk != w.row.Desk,
	})
	return err
}

// about is a sealed record of a return.
type about interface {
	Check() error
	of() id.Return
}

func (x Decision) of() id.Return { return x.Return }
func (x Interest) of() id.Return { return x.Return }
func (x Plan) of() id.Return     { return x.Return }
func (x Report) of() id.Return   { return x.Return }
func (x Joint) of() id.Return    { return x.Assessment.Return }

// putIn seals and keeps a record about the return.
func putIn[T about](ctx context.Context, w *at, r keyring.Record, v T) (keyring.Record, error) {
	if err := v.Check(); err != nil {
		return r, err
	}
	var err error
	if r.Body, err = frame.Encode(v); err != nil {
		return r, err
	}
	return w.k.PutIn(ctx, w.tx, r)
}

// listIn opens the records of one kind about a return, oldest first. What is not open to the reader is left out.
func listIn[T about](ctx context.Context, tx Tx, k *keyring.Case, kind string, ret id.Return) ([]casefile.Kept[T], error) {
	records, _, err := k.ListIn(ctx, tx, kind)
	if err != nil {
		return nil, err
	}
	var all []casefile.Kept[T]
	for _, r := range records {
		v, err := parse[T](r)
		if err != nil {
			return nil, err
		}
		if v.of() == ret {
			all = append(all, casefile.Kept[T]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: v})
		}
	}
	return all, nil
}

func parse[T any](r keyring.Record) (T, error) {
	var v T
	if err := frame.Decode(r.Body, keyring.MaxRecord, &v); err != nil {
		return v, fault.Wrap(fault.Internal, "homecoming.kept", err)
	}
	return v, nil
}

// jointIn opens the assessment that the row names, and holds it against the row.
//
// It fails with [fault.Internal] "homecoming.kept" if it is another, and as [keyring.Case.ReadIn].
func jointIn(ctx context.Context, w *at) (keyring.Record, Joint, error) {
	r, err := w.k.ReadIn(ctx, w.tx, w.row.Record)
	if err != nil {
		return r, Joint{}, err
	}
	x, err := parse[Joint](r)
	if err != nil {
		return r, x, err
	}
	a := x.Assessment
	of := w.row.Case
	if w.row.Peer != "" {
		of = ""
	}
	if err := x.Check(); err != nil || a.Return != w.row.ID || a.Case != of || a.To != w.row.To || a.At != w.row.Assessed || a.By != w.row.Assessor {
		return r, x, fault.Wrap(fault.Internal, "homecoming.kept", err)
	}
	return r, x, nil
}

// factsIn gathers what the blocks depend on.
func (s *Service) factsIn(ctx context.Context, tx Tx, r Return, c casefile.Case) (facts, error) {
	f := facts{row: r, file: c, until: s.until(r), now: s.now()}
	if r.Consent == "" {
		return f, nil
	}
	given, err := tx.Consent(ctx, r.Consent)
	f.live = err == nil && given.Live(f.now)
	return f, err
}

// clearIn fails if anything holds her back: by the row, and by what is sealed.
//
// It fails with [fault.Denied] and the first block.
func (s *Service) clearIn(ctx context.Context, w *at) error {
	f, err := s.factsIn(ctx, w.tx, *w.row, w.c)
	if err != nil {
		return err
	}
	if all := f.blocks(); len(all) > 0 {
		return all[0].refusal()
	}
	decisions, err := listIn[Decision](ctx, w.tx, w.k, KindDecision, w.row.ID)
	if err != nil {
		return err
	}
	if len(decisions) == 0 {
		return NoDecision.refusal()
	}
	if w.c.AgeClass != person.Adult {
		if err := s.childIn(ctx, w); err != nil {
			return err
		}
	}
	_, x, err := jointIn(ctx, w)
	switch {
	case err != nil:
		return err
	case len(x.Signatures) != 2 || x.Signatures[1].Member != w.row.Peer || x.Signatures[1].Desk != w.row.Second:
		return Unsigned.refusal()
	case len(x.Unaccepted()) > 0:
		return RedRisk.refusal()
	}
	return nil
}
