package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/retention"
)

// TestAPurgeOfBeforeARestoreWaits: a purge was proposed before the backup that a node is restored from. A hold that came after it may be
// lost, so the second person cannot confirm it either, until somebody has said that the holds are whole; then it is looked at again.
func TestAPurgeOfBeforeARestoreWaits(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK"), nodetest.At("MD")).Node("MK"))
	ctx := t.Context()
	k.state("case-file", 1)
	held, due := k.closed("ana"), k.closed("ana")
	k.Net.Clock.Advance(40 * 24 * time.Hour)
	k.Net.Run()
	p, err := k.Retention.Propose(ctx, k.As("dora").Actor)
	k.must(err)
	if len(p.Items) != 2 {
		t.Fatalf("proposed %+v", p.Items)
	}
	var content, keys bytes.Buffer
	_, err = k.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	k.must(err)
	k.Net.Clock.Advance(time.Hour)
	_, err = k.Retention.Hold(ctx, k.As("ana").Actor, string(held.Reference), because()) // the restore loses it
	k.must(err)
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	_, err = k.Retention.Confirm(ctx, k.As("nada").Actor, p.ID, p.Digest)
	k.refused("confirmed before anybody has looked", err, fault.Conflict, "retention.restored")
	for _, c := range []casefile.Case{held, due} {
		if is := k.stateOf(c); is != casefile.Closed {
			t.Errorf("%s is %s", c.Reference, is)
		}
	}
	_, err = k.Retention.Hold(ctx, k.As("ana").Actor, string(held.Reference), because()) // she knows it from her papers
	k.must(err)
	k.must(k.Retention.Settle(ctx, k.As("dora").Actor))
	p, err = k.Retention.Confirm(ctx, k.As("nada").Actor, p.ID, p.Digest)
	k.must(err)
	if len(p.Left) != 1 || p.Left[0].Reason != retention.LeftHeld || k.stateOf(held) != casefile.Closed || k.stateOf(due) != casefile.Erased {
		t.Errorf("left %+v", p.Left)
	}
}
