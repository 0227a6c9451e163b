package store_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// leases is what may be lost at any moment.
type leases interface {
	TakeLease(ctx context.Context, name, holder string, until frame.Time) (bool, error)
}

// A change without an entry that follows what another program has appended does not make this one believe that it
// knows the end of the log.
func TestTheEndOfTheLogIsForgottenWhenAnotherProgramWrites(t *testing.T) {
	storetest.RunEmpty(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		db, other := storetest.Open(t, c), storetest.Open(t, c)
		lease := func() {
			t.Helper()
			if err := store.Ephemeral[leases](db)(ctx, func(tx leases) error {
				_, err := tx.TakeLease(ctx, "deliver", "a", 1)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range int64(40) {
			if err := set(ctx, store.Writer[settings](db), "a", "1"); err != nil {
				t.Fatalf("%d: after what another program appended: %v", i, err)
			}
			if err := set(ctx, store.Writer[settings](other), "a", "2"); err != nil {
				t.Fatalf("%d: the other program: %v", i, err)
			}
			if i%2 == 0 {
				if err := store.Glance[settings](db)(ctx, func(settings) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			lease()
			if _, size := logged(t, db); size != 2*i+2 {
				t.Fatalf("%d leaves after %d changes", size, 2*i+2)
			}
		}
	})
}

// What is called behind a commit may panic: the others are called, and the next change knows where the log ends.
func TestAPanicBehindACommitHarmsNoOther(t *testing.T) {
	storetest.RunEmpty(t, func(t *testing.T, c store.Config) {
		db := storetest.Open(t, c)
		write, called := store.Writer[raw](db), 0
		for i := range 3 {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("nobody hears of the panic")
					}
				}()
				_ = write(t.Context(), did("a"), func(tx raw) error {
					tx.OnCommit(func() { panic("broken") })
					tx.OnCommit(func() { called++ })
					return nil
				})
			}()
			if err := set(t.Context(), store.Writer[settings](db), "a", "1"); err != nil {
				t.Fatalf("the change after it: %v", err)
			}
			if _, size := logged(t, db); size != int64(2*i+2) || called != i+1 {
				t.Fatalf("%d leaves and %d calls after %d changes", size, called, 2*i+2)
			}
		}
	})
}

// Who shares a transaction whose leader panics behind its commit is told that the change was kept.
func TestAPanicBehindACommitUndoesNobody(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // who comes stands in the queue when the leader goes on
		ctx, write := t.Context(), store.Writer[raw](db)
		for range 100 {
			started, release := make(chan struct{}), make(chan struct{})
			var wg sync.WaitGroup
			ended := 0
			wg.Go(func() {
				defer func() {
					if recover() == nil {
						t.Error("nobody hears of the panic")
					}
					ended = 1
				}()
				_ = write(ctx, did("leader"), func(tx raw) error {
					tx.OnCommit(func() { panic("broken") })
					close(started)
					<-release
					return nil
				})
			})
			<-started
			together := false
			wg.Go(func() {
				err := write(ctx, did("joined"), func(tx raw) error {
					together = ended == 0
					return nil
				})
				if err != nil {
					t.Errorf("who joined is told %v", err)
				}
			})
			runtime.Gosched()
			close(release)
			wg.Wait()
			if together {
				return
			}
		}
		t.Error("nobody shared the transaction")
	})
}
