package store_test

import (
	"runtime"
	"sync"
	"sync/atomic"
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

// Where several come, who has begun to come when a change is done joins its transaction, and need not wait for the next one.
func TestWhoIsAboutToComeJoins(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // nobody comes while the leader works
		type both interface {
			settings
			OnCommit(f func())
		}
		write := store.Writer[both](db)
		together := 0
		for i := range 80 {
			crowded := i%2 == 1 // several came before
			var ran, joined atomic.Bool
			var coming sync.WaitGroup
			err := write(t.Context(), did("leader"), func(tx both) error {
				coming.Go(func() {
					err := write(t.Context(), did("other"), func(both) error {
						ran.Store(true)
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
				if !crowded {
					runtime.Gosched() // the other comes
				}
				tx.OnCommit(func() { joined.Store(ran.Load()) })
				return tx.SetSetting(t.Context(), "n", []byte{byte(i)})
			})
			if err != nil {
				t.Fatal(err)
			}
			coming.Wait()
			if crowded && joined.Load() {
				together++
			}
		}
		if together < 30 { // whom the scheduler lets go first is not ours to say
			t.Errorf("%d of 40 joined; the others had to wait for a transaction of their own", together)
		}
	})
}
