package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
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

// Who writes to an SQLite file, and who glances at it, knows in the next transaction what was read of the network in the last
// one, but nothing that another program has changed since. Here two have opened the same database.
func TestWhatAnotherProgramChangesIsSeen(t *testing.T) {
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		one, other := storetest.Open(t, c), storetest.Open(t, c)
		block := func(db *store.DB, m id.Member) {
			t.Helper()
			err := store.Writer[member.Tx](db)(ctx, did(string(m)), func(tx member.Tx) error {
				return tx.SetBlock(ctx, member.Block{Member: m, Reason: "test", By: "u", Since: 1})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		count := func(how string, in func(context.Context, func(member.Tx) error) error, want int) {
			t.Helper()
			err := in(ctx, func(tx member.Tx) error {
				for range 2 {
					got, err := tx.Blocks(ctx)
					if err != nil || len(got) != want {
						t.Errorf("%s, %d are blocked and not %d: %v", how, len(got), want, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		glance := store.Glance[member.Tx](one)
		write := func(ctx context.Context, fn func(member.Tx) error) error {
			return store.Writer[member.Tx](one)(ctx, did("count"), fn)
		}
		block(one, "AA")
		count("writing", write, 1)
		count("glancing", glance, 1)
		block(other, "BB")
		count("writing behind another", write, 2)
		block(other, "CC")
		count("glancing behind another", glance, 3)
		count("glancing again", glance, 3)
		count("writing after a glance", write, 3)
		block(one, "DD")
		count("glancing behind an own change", glance, 4)
		block(other, "EE")
		count("glancing behind another", glance, 5)
		block(one, "FF") // behind a glance that has seen what the other appended to the log
		count("writing", write, 6)
		err := write(ctx, func(tx member.Tx) error {
			if err := tx.SetBlock(ctx, member.Block{Member: "GG", Reason: "test", By: "u", Since: 1}); err != nil {
				return err
			}
			if got, err := tx.Blocks(ctx); err != nil || len(got) != 7 {
				t.Errorf("%v, %v", got, err)
			}
			return fault.New(fault.Conflict, "test.no")
		})
		if !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		count("writing behind what was undone", write, 6)
		count("glancing behind it", glance, 6)
		if err := glance(ctx, func(tx member.Tx) error {
			return tx.SetBlock(ctx, member.Block{Member: "HH", Reason: "test", By: "u", Since: 1})
		}); !fault.Is(err, fault.Internal) {
			t.Errorf("a glance changes something: %v", err)
		}
		err = store.Reader[audit.Reader](one)(ctx, func(tx audit.Reader) error {
			r, err := audit.Verify(ctx, tx, audit.Options{Member: "MK"})
			if !r.OK() {
				t.Errorf("the log that both wrote: %+v", r)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Sending that another program has closed is closed, at once.
func TestWhatAnotherProgramClosesIsClosed(t *testing.T) {
	storetest.RunConfig(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		one, other := storetest.Open(t, c), storetest.Open(t, c)
		for i := range 6 {
			db, want := one, i%2 == 0
			if i > 2 {
				db = other
			}
			if err := store.Writer[closing](db)(ctx, did("close"), func(tx closing) error { return tx.SetClosed(ctx, want) }); err != nil {
				t.Fatal(err)
			}
			for how, in := range map[string]func(context.Context, func(closing) error) error{
				"glancing": store.Glance[closing](one),
				"reading":  store.Reader[closing](one),
				"writing": func(ctx context.Context, fn func(closing) error) error {
					return store.Writer[closing](one)(ctx, did("ask"), fn)
				},
			} {
				err := in(ctx, func(tx closing) error {
					got, err := tx.Closed(ctx)
					if got != want {
						t.Errorf("%d, %s: closed is %v", i, how, got)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

type closing interface {
	Closed(ctx context.Context) (bool, error)
	SetClosed(ctx context.Context, closed bool) error
}
