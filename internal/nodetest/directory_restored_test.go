package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// TestARestoreErasesOfTheDirectoryAgain: the address of a shelter that was destroyed after a backup, and an organisation that two people
// erased, are gone after a restore of it with the newest list; and what nobody erased is there.
func TestARestoreErasesOfTheDirectoryAgain(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MK"))
	n, ctx := net.Node("MK"), t.Context()
	n.Join("focal-point", "sara", access.CaseManager, "ana")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	add := func(name string) directory.Organisation {
		t.Helper()
		o, err := n.Directory.Add(ctx, n.As("ana"), directory.Body{
			Name: name, Email: "help@example.org", Services: []directory.Offer{{Code: "accommodation", Name: "DEMO house", Languages: []string{"mk"}}},
		}, []directory.Place{{Name: "House", Address: directory.Address{Line1: "PLANTED-STREET 1", City: "Demograd", Country: "MK"}}})
		must(err)
		return o
	}
	kept, moved, wrong := add("Kept"), add("Moved"), add("Error")
	var content, keys, list bytes.Buffer
	_, err := n.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	must(err)
	net.Clock.Advance(time.Hour)
	_, err = n.Directory.End(ctx, n.As("ana"), moved.ID, moved.Version, directory.Ending{Part: directory.HiddenPlace, Reason: "unsafe", On: net.Clock.Now().Format(time.DateOnly)})
	must(err)
	v, err := n.Directory.ProposeErase(ctx, n.As("ana").Actor, wrong.ID, wrong.Version, "double")
	must(err)
	must(n.Directory.Erase(ctx, n.As("sara").Actor, wrong.ID, v))
	must(n.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))

	places := func(o directory.Organisation) int {
		t.Helper()
		all, err := n.Directory.Confidential(ctx, n.As("ana"), o.ID)
		must(err)
		return len(all)
	}
	from := backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())}
	n.Restore(from)
	if _, err := n.Directory.Show(ctx, n.As("ana").Actor, wrong.ID); err != nil || places(moved) != 1 {
		t.Fatalf("the backup does not hold what was erased: %v; this test would see nothing", err)
	}
	from.Content, from.Keys, from.Lists = bytes.NewReader(content.Bytes()), bytes.NewReader(keys.Bytes()), [][]byte{list.Bytes()}
	n.Restore(from)
	if _, err := n.Directory.Show(ctx, n.As("ana").Actor, wrong.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the organisation that two people erased is back: %v", err)
	}
	if n := places(moved); n != 0 {
		t.Errorf("%d destroyed addresses are back", n)
	}
	if places(kept) != 1 {
		t.Error("what nobody erased is gone")
	}
}
