package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Reopening says why the work on a closed case goes on.
type Reopening struct {
	Reason string `json:"reason"` // code
	On     string `json:"on"`     // yyyy-mm-dd
	Note   string `json:"note"`
}

// Check reports whether the reopening can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Reopening) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !d.Has(ListReopening, x.Reason):
		return bad("reason")
	case !person.Day(x.On):
		return bad("on")
	case !person.Text(x.Note, maxNote):
		return bad("note")
	}
	return nil
}

// After returns the state in which a case is after an action, and whether it can be taken from there at all. docs/states-case.md
// draws it. An action that needs an open case and ends nothing stays where it is.
func After(from State, action access.Action) (State, bool) {
	switch {
	case from == Open && action == access.CloseCase:
		return Closed, true
	case from == Closed && action == access.ReopenCase:
		return Open, true
	case from == Closed && action == access.EraseCase:
		return Erased, true
	case from == Open && action == access.MergeCase:
		return Merged, true
	case from == Merged && action == access.UnmergeCase:
		return Open, true
	case from == Erased, slices.Contains([]access.Action{access.CloseCase, access.ReopenCase, access.EraseCase, access.MergeCase, access.UnmergeCase}, action):
		return from, false
	case action == access.ReadCase:
		return from, true
	}
	return from, from == Open
}

// Reopen takes the work on a closed case up again: it is the same file with the same reference, and whoever counts cases counts her
// once. What somebody had to look after when it was closed, and ended with it, is somebody's to look after again. Version is the one
// that was read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Reopening.Check], [fault.Conflict]
// "case.not-closed-yet" if it is not closed, [fault.NotFound] if it was erased, [fault.Stale] if it has changed since version was read, and
// [fault.Locked] without keys.
func (s *Service) Reopen(ctx context.Context, by keyring.Bearer, c id.Case, version int64, x Reopening) (Case, error) {
	var out Case
	err := s.Write(ctx, audit.Did(by.Actor, access.ReopenCase, string(c)).In(c), func(tx Tx) error {
		row, err := s.mayIn(ctx, tx, by.Actor, access.ReopenCase, c)
		if err != nil {
			return err
		}
		to, ok := After(row.State, access.ReopenCase)
		switch {
		case row.State == Erased:
			return fault.New(fault.NotFound, "case.erased")
		case !ok:
			return fault.New(fault.Conflict, "case.not-closed-yet")
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		if _, err := putIn(ctx, tx, k, KindReopening, x); err != nil {
			return err
		}
		row.State, row.Closed, row.Closure, row.Action, row.Version = to, 0, "", "", version
		if out, err = setIn(ctx, tx, row); err != nil {
			return err
		}
		return s.resumeIn(ctx, tx, k, out)
	})
	return out, err
}

// resumeIn makes anew what somebody has to look after in a case that is open again.
func (s *Service) resumeIn(ctx context.Context, tx Tx, k *keyring.Case, row Case) error {
	all, _, err := listIn[Reflection](ctx, tx, k, KindReflection)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Value.Running() {
			if err := s.reflecting(ctx, tx, row, r); err != nil {
				return err
			}
		}
	}
	if s.Begun != nil {
		if err := s.Begun(ctx, tx, k, row); err != nil {
			return err
		}
	}
	if err := s.refusing(ctx, tx, k, row); err != nil || s.Reopened == nil {
		return err
	}
	return s.Reopened(ctx, tx, k, row)
}
