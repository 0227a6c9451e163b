package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/task"
)

// tasks returns the open tasks of a kind that somebody sees.
func (k keeping) tasks(by keyring.Bearer, kind string) []task.Task {
	k.t.Helper()
	all, err := k.Tasks.List(k.t.Context(), by.Actor, task.Filter{Kind: kind})
	k.must(err)
	return all
}

// TestHoldsOutliveARestore: what was put on hold, or let go, after a backup is so after a restore of it with the newest list; a
// restored node purges nothing until somebody has said that its holds are whole, and asks for that. The second person of a
// purge is told that it waits, by task and notice, and nobody else is.
func TestHoldsOutliveARestore(t *testing.T) {
	var sent box
	net := nodetest.New(t, nodetest.At("MK").With(func(c *node.Config) {
		c.Senders = map[notify.Channel]notify.Sender{notify.SMS: &sent}
	}), nodetest.At("MD"))
	k := newKeeping(t, net.Node("MK"))
	ctx := t.Context()
	kept, freed, later, due := k.closed("ana"), k.closed("mira"), k.closed("ana"), k.closed("mira")
	wall := k.closed("petar")
	net.Run()
	before, err := k.Retention.Hold(ctx, k.As("dora").Actor, string(freed.Reference), because())
	k.must(err)
	var content, keys, list bytes.Buffer
	_, err = k.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	k.must(err)
	net.Clock.Advance(time.Hour)
	placed, err := k.Retention.Hold(ctx, k.As("dora").Actor, string(kept.Reference), because())
	k.must(err)
	_, err = k.Retention.Hold(ctx, k.As("petar").Actor, string(wall.Reference), retention.Holding{Ground: "order", Words: "an invented order"})
	k.must(err)
	_, err = k.Retention.Lift(ctx, k.As("dora").Actor, before.ID, retention.Holding{Ground: "settled", Words: "it was settled"})
	k.must(err)
	k.must(k.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	if bytes.Contains(list.Bytes(), []byte("complaint")) || bytes.Contains(list.Bytes(), []byte(kept.Reference)) {
		t.Error("the list says why something is held, or its reference")
	}
	_, err = k.Retention.Hold(ctx, k.As("mira").Actor, string(later.Reference), because())
	k.refused("a case of another desk", err, fault.Hidden, "")
	_, err = k.Retention.Hold(ctx, k.As("ana").Actor, string(later.Reference), because()) // after the newest list: nobody can know it
	k.must(err)
	k.refused("where nothing was restored", k.Retention.Settle(ctx, k.As("dora").Actor), fault.Conflict, "retention.settled")

	net.Clock.Advance(time.Hour)
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	holds, err := k.Retention.Holds(ctx, k.As("dora").Actor, "", 50)
	k.must(err)
	if len(holds) != 1 || holds[0].ID != placed.ID || holds[0].Reference != kept.Reference || holds[0].Ground != "restored" || !holds[0].Office || holds[0].By != "" {
		t.Errorf("after the restore: %+v", holds)
	}
	theirs, err := k.Retention.Holds(ctx, k.As("petar").Actor, "", 50)
	k.must(err)
	if len(theirs) != 1 || theirs[0].Office {
		t.Errorf("of the prosecution: %+v", theirs)
	}
	k.refused("erased at her own wish", k.Cases.Erase(ctx, k.As("ana").Actor, kept.ID), fault.Conflict, "retention.held")
	_, err = k.Retention.Lift(ctx, k.As("ana").Actor, placed.ID, retention.Holding{Ground: "settled", Words: "it was settled"})
	k.refused("lifted by the desk", err, fault.Denied, "retention.office")

	k.state("case-file", 1)
	net.Clock.Advance(40 * 24 * time.Hour)
	net.Run()
	p, err := k.Retention.Preview(ctx, k.As("dora").Actor)
	k.must(err)
	if !p.Unsettled || len(p.Due) != 3 {
		t.Fatalf("due after the restore: %+v", p)
	}
	_, err = k.Retention.Propose(ctx, k.As("dora").Actor)
	k.refused("before anybody has looked", err, fault.Conflict, "retention.restored")
	if asked := k.tasks(k.As("dora"), "retention.settle"); len(asked) != 1 {
		t.Errorf("the officer is asked by %+v", asked)
	}
	for _, who := range []string{"ana", "ada"} {
		k.refused(who+" says that the holds are whole", k.Retention.Settle(ctx, k.As(who).Actor), fault.Denied, "")
	}
	again, err := k.Retention.Hold(ctx, k.As("dora").Actor, string(later.Reference), because())
	k.must(err)
	k.must(k.Retention.Settle(ctx, k.As("dora").Actor))
	net.Clock.Advance(time.Hour)
	net.Run()
	if asked := k.tasks(k.As("dora"), "retention.settle"); len(asked) != 0 {
		t.Errorf("the officer is still asked by %+v", asked)
	}
	_, err = k.Retention.Propose(ctx, k.As("petar").Actor)
	k.refused("the prosecution says so for itself", err, fault.Conflict, "retention.restored")

	nada := k.As("nada").Actor
	k.must(k.Notices.Set(ctx, nada, "", notify.Setting{User: nada.User, Channel: notify.SMS, Address: "+38970000000", Zone: "UTC", Language: "en"}))
	set, err := k.Retention.Propose(ctx, k.As("dora").Actor)
	k.must(err)
	ids := map[string]bool{}
	for _, i := range set.Items {
		ids[i.ID] = true
	}
	if len(ids) != 2 || !ids[string(freed.ID)] || !ids[string(due.ID)] {
		t.Errorf("the set: %+v without %s and %s", set.Items, placed.ID, again.ID)
	}
	k.second(set, "nada", "dora", "ana")
	net.Run()
	if len(sent.text) != 1 || sent.about(net.Clock.Now().Format(time.DateOnly)) != 1 || sent.about(string(due.Reference)) != 0 {
		t.Errorf("told: %q", sent.text)
	}
	_, err = k.Retention.Confirm(ctx, k.As("nada").Actor, set.ID, set.Digest)
	k.must(err)
	if left := k.tasks(k.As("nada"), "retention.confirm"); len(left) != 0 {
		t.Errorf("it waits no longer, and is a task: %+v", left)
	}
	k.must(k.Retention.Settle(ctx, k.As("petar").Actor))
	_, err = k.Retention.Propose(ctx, k.As("petar").Actor)
	k.refused("what is on hold is not due", err, fault.Conflict, "retention.nothing")
}

// second holds that a proposal is a task of one person alone.
func (k keeping) second(p retention.Purge, who string, others ...string) {
	k.t.Helper()
	all := k.tasks(k.As(who), "retention.confirm")
	if len(all) != 1 || all[0].Object != string(p.ID) || all[0].User != k.As(who).User || all[0].Realm != access.Office {
		k.t.Errorf("%s has %+v", who, all)
	}
	for _, o := range others {
		for _, t := range k.tasks(k.As(o), "retention.confirm") {
			if t.User == k.As(o).User {
				k.t.Errorf("%s has %+v", o, t)
			}
		}
	}
}
