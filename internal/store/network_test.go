package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// What a transaction has read of the network is read once for all that share it. Who changes it sees the change; who
// comes after a change that was undone does not.
func TestTheNetworkIsReadAnewAfterAChange(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[member.Tx](db)
		started, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := write(ctx, did("first"), func(tx member.Tx) error {
				close(started)
				<-release
				_, err := tx.Blocks(ctx)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-started
		var ready sync.WaitGroup
		for i := range 40 {
			ready.Add(1)
			wg.Go(func() {
				m := id.Member(fmt.Sprintf("X%02d", i))
				ready.Done()
				err := write(ctx, did(string(m)), func(tx member.Tx) error {
					before, err := tx.Blocks(ctx)
					if err != nil || len(before) != 0 {
						t.Errorf("%s: blocked are %v, %v", m, before, err)
					}
					if err := tx.SetBlock(ctx, member.Block{Member: m, Reason: "test", By: "u", Since: 1}); err != nil {
						return err
					}
					after, err := tx.Blocks(ctx)
					if err != nil || len(after) != 1 || after[0].Member != m {
						t.Errorf("%s: after blocking, blocked are %v, %v", m, after, err)
					}
					return fault.New(fault.Conflict, "test.no")
				})
				if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		ready.Wait() // so that they wait for their turn together
		close(release)
		wg.Wait()
	})
}
