package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// TestAnAlarmIsATaskOfTheCoordinator loses a message that had been sent, by a restore: what stood only in the log of the machine is
// something for a person to do, once.
func TestAnAlarmIsATaskOfTheCoordinator(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, ctx := n.Node("MD"), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	n.Run()
	var content, keys bytes.Buffer
	_, err := md.Backups.Make(ctx, nodetest.Console("MD"), &content, &keys)
	must(err)
	n.Clock.Advance(time.Minute)
	for range 2 {
		_, err = md.Messages.Compose(ctx, md.As("ana"), message.Draft{
			To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "en", Text: "DEMO", Basis: "protocol",
		})
		must(err)
	}
	n.Run()
	due := func(kind string) []task.Task {
		t.Helper()
		all, err := md.Tasks.List(ctx, md.As("ana").Actor, task.Filter{Kind: kind})
		must(err)
		return all
	}
	lost := func() []task.Task { return due("alarm.exchange.restore.lost") }
	md.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	n.Run()
	all := lost()
	if len(all) != 1 || all[0].Reference != "2026-03-02" {
		t.Fatalf("two messages were lost, and there is to do: %+v", all)
	}
	n.Run()
	if all := lost(); len(all) != 1 {
		t.Errorf("it is told again: %+v", all)
	}
	must(md.Tasks.Done(ctx, md.As("ana").Actor, all[0].ID, all[0].Version))
	if len(lost()) != 0 {
		t.Error("it was done, and is not")
	}

	// Somebody in a desk whom only the database knows is put out when the desk makes its next keys, and asked about.
	must(store.Writer[desk.Tx](md.DB)(ctx, audit.Did(access.Node("MD"), access.ProposeMemberDesk, "x"), func(tx desk.Tx) error {
		return tx.SetMembership(ctx, desk.Membership{Desk: "focal-point", User: "slipped-in", Role: access.CaseManager, State: desk.Granted})
	}))
	must(md.Keyring.Rotate(ctx, md.As("ana"), "focal-point"))
	n.Run()
	if all := due("alarm.keyring.grant.unsigned"); len(all) != 1 || all[0].Reference != "focal-point-2026-03-02" {
		t.Errorf("somebody slipped in, and there is to do: %+v", all)
	}
}
