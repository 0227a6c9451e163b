package nodetest_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// lookups are members that share a secret.
func lookups(t *testing.T, members ...id.Member) *nodetest.Net {
	t.Helper()
	var all []nodetest.Member
	for i, m := range members {
		x := nodetest.At(m)
		if i == 1 && havePostgres() {
			x = x.OnPostgres()
		}
		all = append(all, x)
	}
	return nodetest.New(t, all...)
}

func secretAt(t *testing.T, n *nodetest.Net, m id.Member) lookup.State {
	t.Helper()
	st, err := n.Node(m).Lookups.Show(t.Context(), nodetest.Console(m))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// settled reports what every member knows of the secret, which must be the same.
func settled(t *testing.T, n *nodetest.Net, members ...id.Member) string {
	t.Helper()
	all := map[string]bool{}
	for _, m := range members {
		st := secretAt(t, n, m)
		all[fmt.Sprint(st.Epoch, st.Round, st.Holders, st.Holds)] = true
	}
	if len(all) != 1 {
		t.Fatalf("members know different things: %v", all)
	}
	for one := range all {
		return one
	}
	return ""
}

// An administrator calls once; the nodes of five members make a secret, refresh it when it is old, and make another when she calls for one. All of it
// travels as envelopes, with nobody signed in.
func TestMembersMakeRefreshAndRenewASecret(t *testing.T) {
	members := []id.Member{"AL", "BG", "MD", "MK", "RS"}
	n := lookups(t, members...)
	ctx := t.Context()
	if err := n.Node("MD").Lookups.Call(ctx, nodetest.Console("MD"), false); err != nil {
		t.Fatal(err)
	}
	if err := n.Node("MD").Lookups.Call(ctx, nodetest.Console("MD"), false); fault.KindOf(err) != fault.Conflict {
		t.Errorf("two runs at once: %v", err)
	}
	run := func(until string) {
		t.Helper()
		for range 40 {
			n.Run()
			n.Clock.Advance(time.Hour)
			if st := secretAt(t, n, "MD"); fmt.Sprint(st.Epoch, st.Round) == until && settledQuietly(t, n, members) {
				return
			}
		}
		t.Fatalf("not at %s: %+v", until, secretAt(t, n, "MD"))
	}
	run("1 0")
	if got, want := settled(t, n, members...), fmt.Sprint(1, 0, members, true); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	n.Clock.Advance(lookup.RefreshAfter)
	run("1 1")
	if err := n.Node("AL").Lookups.Call(ctx, nodetest.Console("AL"), true); err != nil {
		t.Fatal(err)
	}
	run("2 0")
	settled(t, n, members...)
	for _, m := range members {
		if logs := n.Node(m).Logs.String(); strings.Contains(logs, "lookup.cheat") || strings.Contains(logs, "lookup.failed") {
			t.Errorf("%s: %s", m, logs)
		}
	}
}

func settledQuietly(t *testing.T, n *nodetest.Net, members []id.Member) bool {
	t.Helper()
	return !slices.ContainsFunc(members, func(m id.Member) bool {
		a, b := secretAt(t, n, m), secretAt(t, n, members[0])
		return a.Epoch != b.Epoch || a.Round != b.Round
	})
}

// made lets members make a secret that all of them hold.
func made(t *testing.T, n *nodetest.Net, by id.Member, members ...id.Member) {
	t.Helper()
	if err := n.Node(by).Lookups.Call(t.Context(), nodetest.Console(by), false); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		n.Run()
		n.Clock.Advance(time.Hour)
		if secretAt(t, n, by).Epoch == 1 && settledQuietly(t, n, members) {
			return
		}
	}
	t.Fatalf("no secret: %+v", secretAt(t, n, by))
}

// A member that does not answer makes a run of five fail: all say so, and the secret before it stays. What somebody says who may not changes nothing. A share
// is readable nowhere, and in no archive.
func TestARunThatFailsLeavesTheSecretAsItWas(t *testing.T) {
	members := []id.Member{"AL", "BG", "MD", "MK", "RS"}
	n := lookups(t, members...)
	ctx := t.Context()
	made(t, n, "MD", members...)
	before := settled(t, n, members...)
	for _, m := range members {
		if err := store.Reader[lookup.Tx](n.Node(m).DB)(ctx, func(tx lookup.Tx) error {
			p, err := tx.LookupPiece(ctx, "secret")
			if err != nil {
				return err
			}
			var kept lookup.Secret
			if err := frame.Decode(p.Value, 1<<20, &kept); err != nil {
				return err
			}
			if _, err := veil.ParseShare(kept.Share); err == nil || len(kept.Share) < 60 {
				t.Errorf("%s: a share of %d bytes rests in clear", m, len(kept.Share))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var content, keys bytes.Buffer
		if err := n.Node(m).DB.Dump(ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(content.String()+keys.String(), "lookup_piece") {
			t.Errorf("%s: shares are in an archive", m)
		}
	}
	n.Node("RS").Stop()
	if err := n.Node("MD").Lookups.Call(ctx, nodetest.Console("MD"), false); err != nil {
		t.Fatal(err)
	}
	n.Run()
	run := secretAt(t, n, "MD").Run.ID
	sent := n.Clock.Now()
	stranger, err := frame.Encode(map[string]any{"step": "page", "run": run, "epoch": 0, "round": 0, "members": []string{}, "data": "AQ"})
	if err != nil {
		t.Fatal(err)
	}
	bg := n.Node("BG")
	if err := store.Writer[exchange.Tx](bg.DB)(ctx, audit.Did(access.Node("BG"), access.ContinueLookup, "BG"), func(tx exchange.Tx) error {
		_, err := bg.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Lookup, To: "MK", Body: stranger})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		n.Run()
		n.Clock.Advance(lookup.StepTime / 2)
	}
	passed, err := bg.Exchange.List(ctx, nodetest.Console("BG"), "MK", true, frame.At(sent), "", 50)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(passed, func(p exchange.Passed) bool {
		return p.Kind == envelope.Lookup && p.State == string(exchange.OutRefused)
	}) {
		t.Errorf("what a stranger said was not refused: %+v", passed)
	}
	present := members[:4]
	if after := settled(t, n, present...); after != before {
		t.Errorf("%s, was %s", after, before)
	}
	for _, m := range present {
		st := secretAt(t, n, m)
		if !st.Run.Over() || !st.Run.Failed || !slices.Equal(st.Run.Cheats, []lookup.Cheat{{Member: "RS", How: veil.DealtNothing}}) {
			t.Errorf("%s: over %v, failed %v, named %v", m, st.Run.Over(), st.Run.Failed, st.Run.Cheats)
		}
	}
}

// Four members make none.
func TestFourMembersShareNoSecret(t *testing.T) {
	n := lookups(t, "AL", "BG", "MD", "MK")
	if err := n.Node("MD").Lookups.Call(t.Context(), nodetest.Console("MD"), false); fault.KindOf(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
}
