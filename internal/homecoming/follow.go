package homecoming

import (
	"context"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Arrive records that she has arrived, and makes a task of each day on which somebody asks how she is; or that she has not, and
// then the return stays where it is and the clock goes on.
//
// It fails as [Service.Decide], and with [fault.Invalid] as [Report.Check].
func (s *Service) Arrive(ctx context.Context, by keyring.Bearer, ret id.Return, version int64, x Report) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.ArriveHomecoming, ret, version, func(w *at) error {
		x.Return, x.Point = ret, 0
		if _, err := putIn(ctx, w, keyring.Record{Kind: KindReport}, x); err != nil {
			return err
		}
		if !x.Arrived {
			w.row.State = Departed
			return nil
		}
		w.row.Arrived = s.now()
		if _, err := s.Tasks.DoneIn(ctx, w.tx, string(ret), TaskArrival); err != nil {
			return err
		}
		for _, days := range s.points() {
			key := strconv.FormatInt(days, 10)
			if err := s.remindIn(ctx, w, w.row.Desk, taskFollow+key, clockFollow+key, w.row.Arrived); err != nil {
				return err
			}
		}
		return nil
	})
}

// Follow records how she is, so many days after she arrived.
//
// It fails as [Service.Decide]; with [fault.Invalid] as [Report.Check], and "homecoming.point" if the profile has no such day or
// it was told already.
func (s *Service) Follow(ctx context.Context, by keyring.Bearer, ret id.Return, version int64, x Report) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.FollowHomecoming, ret, version, func(w *at) error {
		if !slices.Contains(s.points(), x.Point) || x.Point <= w.row.Point {
			return fault.New(fault.Invalid, "homecoming.point").With("field", "point")
		}
		x.Return, x.Arrived = ret, true
		if _, err := putIn(ctx, w, keyring.Record{Kind: KindReport}, x); err != nil {
			return err
		}
		w.row.Point = x.Point
		open, err := w.tx.OpenTasks(ctx, string(ret), "")
		if err != nil {
			return err
		}
		for _, t := range open { // of this day, and of an earlier one that nobody kept
			if days, ok := point(t.Kind[len("return."):]); ok && days <= x.Point {
				if _, err := s.Tasks.DoneIn(ctx, w.tx, string(ret), t.Kind); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Stop ends a return before she has arrived, with a reason. Whatever was to be done about it is dropped.
//
// It fails as [Service.Decide], but for keys, and with [fault.Invalid] for a reason that is none.
func (s *Service) Stop(ctx context.Context, who access.Actor, ret id.Return, version int64, reason string) (Return, error) {
	return s.end(ctx, who, access.StopHomecoming, ListStop, ret, version, reason)
}

// Close ends the follow-up.
//
// It fails as [Service.Stop], and with [fault.Conflict] "homecoming.unfollowed" if the reason is that the last day was told, and
// it was not.
func (s *Service) Close(ctx context.Context, who access.Actor, ret id.Return, version int64, reason string) (Return, error) {
	return s.end(ctx, who, access.CloseHomecoming, ListClose, ret, version, reason)
}

func (s *Service) end(ctx context.Context, who access.Actor, action access.Action, list string, ret id.Return, version int64, reason string) (Return, error) {
	d, err := Shipped()
	if err != nil {
		return Return{}, err
	}
	if !d.Has(list, reason) {
		return Return{}, bad("reason")
	}
	return s.work(ctx, who, nil, action, ret, version, func(w *at) error {
		if all := s.points(); reason == FollowedUp && len(all) > 0 && w.row.Point < all[len(all)-1] {
			return fault.New(fault.Conflict, "homecoming.unfollowed")
		}
		w.row.Reason = reason
		return nil
	})
}
