package store_test

import (
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Who leads a group may end its goroutine when its change is run again, because the group was undone. Those that came with
// it hear so and are undone, and the next writes as ever.
func TestALeaderThatPanicsLeavesNobodyWaiting(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[raw](db)
		for round := range 200 {
			started, release := make(chan struct{}), make(chan struct{})
			var wg sync.WaitGroup
			runs := 0
			wg.Go(func() {
				defer func() { _ = recover() }()
				err := write(ctx, did("leader"), func(raw) error {
					if runs++; runs > 1 {
						panic("broken")
					}
					close(started)
					<-release
					return nil
				})
				if err != nil {
					t.Errorf("leader: %v", err)
				}
			})
			<-started
			wg.Go(func() {
				err := write(ctx, did("undone"), func(tx raw) error {
					if _, err := tx.AuditBlocks(ctx, []audit.Place{audit.At(1, 0)}); err != nil {
						return err
					}
					for range 5 { // more than the leader
						if _, err := tx.Record(ctx, did("undone")); err != nil {
							return err
						}
					}
					return fault.New(fault.Conflict, "test.no")
				})
				if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Internal) {
					t.Errorf("round %d: %v", round, err)
				}
			})
			close(release)
			wg.Wait()
			if err := write(ctx, did("after"), func(raw) error { return nil }); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if runs > 1 {
				return
			}
		}
		t.Error("no group was undone")
	})
}
