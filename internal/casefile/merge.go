package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// MergeIn lets an open case lead to another one of the same person, inside the transaction of the caller, who has checked access to both
// and names both in the log. Nothing else of it changes.
//
// It fails with [fault.Conflict] "case.merged" or "case.closed" if it is not open, and [fault.Stale] if it has changed since row was read.
func (s *Service) MergeIn(ctx context.Context, tx Tx, row Case, into id.Case) (Case, error) {
	to, ok := After(row.State, access.MergeCase)
	if !ok {
		return Case{}, working(row)
	}
	row.State, row.Into = to, into
	return setIn(ctx, tx, row)
}

// UnmergeIn undoes that: the case is open as it was, and what somebody had to look after in it is somebody's again.
//
// It fails with [fault.Conflict] "case.not-merged" if it is not merged, and [fault.Stale] if it has changed since row was read.
func (s *Service) UnmergeIn(ctx context.Context, tx Tx, k *keyring.Case, row Case) (Case, error) {
	to, ok := After(row.State, access.UnmergeCase)
	if !ok {
		return Case{}, fault.New(fault.Conflict, "case.not-merged")
	}
	row.State, row.Into = to, ""
	out, err := setIn(ctx, tx, row)
	if err != nil {
		return Case{}, err
	}
	return out, s.resumeIn(ctx, tx, k, out)
}
