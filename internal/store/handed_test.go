package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// A case that goes to another desk takes along what is to be done about it; a seat that was taken away is not there.
func TestWhatBelongsToACaseIsHandedOver(t *testing.T) {
	type handed interface {
		homecoming.Tx
		conference.Tx
		task.HandTx
		HandOver(ctx context.Context, c id.Case, to id.Desk) error
	}
	db, ctx := storetest.New(t, time.Now), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(store.Writer[handed](db)(ctx, did("handed"), func(tx handed) error {
		must(tx.AddReturn(ctx, homecoming.Return{ID: "r1", Case: "c1", Desk: "shelter", To: "MK", State: homecoming.Proposed}))
		must(tx.AddReturn(ctx, homecoming.Return{ID: "r2", Case: "c2", Desk: "shelter", To: "MK", State: homecoming.Proposed}))
		work := task.Task{ID: "t1", Desk: "shelter", Realm: access.Assistance, Kind: "case.review", Object: "c1", State: task.Open, Version: 1}
		must(tx.AddTask(ctx, work))
		must(tx.AddConference(ctx, conference.Conference{ID: "f1", Case: "c1", Desk: "shelter", Version: 1}))
		for n := range int64(2) {
			must(tx.AddSeat(ctx, conference.Seat{Conference: "f1", N: n + 1, Case: "c1", Desk: "clinic", Realm: access.Assistance, Version: 1}))
		}
		must(tx.HandOver(ctx, "c1", "refuge"))
		work.Desk = "refuge"
		must(tx.HandTask(ctx, work))
		if err := tx.HandTask(ctx, work); !fault.Is(err, fault.Stale) {
			t.Errorf("the same version twice: %v", err)
		}
		return tx.DropSeat(ctx, "f1", 1)
	}))
	must(store.Reader[handed](db)(ctx, func(tx handed) error {
		for r, want := range map[id.Return]id.Desk{"r1": "refuge", "r2": "shelter"} {
			if got, err := tx.Return(ctx, r); err != nil || got.Desk != want {
				t.Errorf("the return %s is at %s, %v", r, got.Desk, err)
			}
		}
		if got, err := tx.Task(ctx, "t1"); err != nil || got.Desk != "refuge" || got.Version != 2 {
			t.Errorf("the task is %+v, %v", got, err)
		}
		if seats, err := tx.SeatsIn(ctx, "f1"); err != nil || len(seats) != 1 || seats[0].N != 2 {
			t.Errorf("the seats are %+v, %v", seats, err)
		}
		return nil
	}))
}
