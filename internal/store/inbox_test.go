package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// What a desk, a person or a coordinator is shown, by whichever index it is found, is what one finds who looks at everything.
func TestInboxesHoldWhatIsWanted(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	desks := []id.Desk{"", "intake", "second", "office"}
	desk := func() id.Desk { return desks[1+rnd.IntN(3)] }
	seldom := func() id.Desk { return desks[max(0, rnd.IntN(8)-4)] }
	user := func() id.User { return id.User([]string{"", "", "", "ana"}[rnd.IntN(4)]) }
	realm := func() access.Realm {
		return []access.Realm{access.Assistance, access.Assistance, access.Prosecution}[rnd.IntN(3)]
	}
	state := func() task.State { return []task.State{task.Open, task.Open, task.Done}[rnd.IntN(3)] }
	var tasks []task.Task
	var ends []referral.Row
	for i := range 120 {
		name := fmt.Sprintf("%03d", i)
		tasks = append(tasks, task.Task{
			ID: id.Task(name), Desk: desk(), User: user(), Realm: realm(), Kind: []string{"a", "b"}[rnd.IntN(2)], Object: fmt.Sprint("o", rnd.IntN(4)),
			Reference: "r", Deputy: seldom(), Coordinator: seldom(), State: state(), Made: 1, Version: 1,
		})
		ends = append(ends, referral.Row{
			ID: id.Referral(fmt.Sprintf("%03d", i/2)), Desk: []id.Desk{"intake", "second"}[i%2], Side: []referral.Side{referral.Sender, referral.Receiver}[i%2],
			Peer: id.Address{Member: []id.Member{"MD", "RS"}[rnd.IntN(2)], Desk: "x"}, Keeper: seldom(), Realm: realm(), Owner: user(), Reference: "r",
			Status: []referral.Status{referral.Sent, referral.Accepted}[rnd.IntN(2)], Kind: "k", Basis: "b", Made: 1, Since: 1, Version: 1,
		})
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := store.Writer[referral.Tx](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x"), func(tx referral.Tx) error {
			for i := range tasks {
				if err := tx.AddTask(ctx, tasks[i]); err != nil {
					return err
				}
				if err := tx.AddReferral(ctx, ends[i]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		found := 0
		if err := store.Reader[referral.Tx](db)(ctx, func(tx referral.Tx) error {
			for range 400 {
				w := task.Wanted{
					Realm: realm(), Desk: desks[rnd.IntN(4)], User: user(), State: state(), Kind: []string{"", "", "a"}[rnd.IntN(3)],
					Object: []string{"", "", "o1"}[rnd.IntN(3)], After: id.Task(fmt.Sprintf("%03d", rnd.IntN(80))), Limit: 1 + rnd.IntN(20),
				}
				got, err := tx.Tasks(ctx, w)
				if err != nil {
					return err
				}
				var want []id.Task
				for _, x := range tasks {
					if x.Realm == w.Realm && x.State == w.State && x.ID > w.After && (w.Kind == "" || x.Kind == w.Kind) && (w.Object == "" || x.Object == w.Object) &&
						(w.User == "" || x.User == w.User) && (w.Desk == "" || x.Desk == w.Desk || x.Deputy == w.Desk || x.Coordinator == w.Desk) && len(want) < w.Limit {
						want = append(want, x.ID)
					}
				}
				var are []id.Task
				for _, x := range got {
					are = append(are, x.ID)
				}
				if found += len(want); !reflect.DeepEqual(are, want) {
					t.Errorf("%+v: %v, want %v", w, are, want)
				}

				r := referral.Wanted{
					Realm: []access.Realm{"", realm()}[rnd.IntN(2)], Desk: desks[rnd.IntN(4)], Owner: user(), Status: []referral.Status{"", "", referral.Sent}[rnd.IntN(3)],
					Peer: []id.Member{"", "", "RS"}[rnd.IntN(3)], After: id.Referral(fmt.Sprintf("%03d", rnd.IntN(40))), AfterDesk: []id.Desk{"intake", "second"}[rnd.IntN(2)], Limit: 1 + rnd.IntN(20),
				}
				rows, err := tx.Referrals(ctx, r)
				if err != nil {
					return err
				}
				var there, all []string
				for _, x := range slices.SortedFunc(slices.Values(ends), func(a, b referral.Row) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Desk, b.Desk)) }) {
					if (r.Realm == "" || x.Realm == r.Realm) && (r.Desk == "" || x.Desk == r.Desk || x.Keeper == r.Desk) && (r.Owner == "" || x.Owner == r.Owner) &&
						(r.Status == "" || x.Status == r.Status) && (r.Peer == "" || x.Peer.Member == r.Peer) &&
						(x.ID > r.After || x.ID == r.After && x.Desk > r.AfterDesk) && len(all) < r.Limit {
						all = append(all, string(x.ID)+"/"+string(x.Desk))
					}
				}
				for _, x := range rows {
					there = append(there, string(x.ID)+"/"+string(x.Desk))
				}
				if found += len(all); !reflect.DeepEqual(there, all) {
					t.Errorf("%+v: %v, want %v", r, there, all)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if found < 1000 {
			t.Errorf("only %d were found: the test shows little", found)
		}
	})
}
