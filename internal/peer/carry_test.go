package peer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// planted is what must never be seen outside the desks.
const planted = "Zdravka Planinska Вера Тајновска"

// write lets ana of one member write to the focal point of another.
func write(t *testing.T, from *nodetest.Node, to id.Member) message.Message {
	t.Helper()
	m, err := from.Messages.Compose(t.Context(), from.As("ana"), message.Draft{
		To: id.Address{Member: to, Desk: "focal-point"}, Language: "en", Text: planted, Basis: basis(from.Member, to),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func basis(from, to id.Member) string {
	if from == to {
		return "national-law"
	}
	return "cets-197-11"
}

// read lets ana of a member open everything that waits for her, and returns how many messages say what was planted.
func read(t *testing.T, at *nodetest.Node) int {
	t.Helper()
	ana := at.As("ana")
	threads, err := at.Messages.Threads(t.Context(), ana.Actor, message.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, th := range threads {
		list, err := at.Messages.Messages(t.Context(), ana.Actor, th.ID, message.Message{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			letter, err := at.Messages.Open(t.Context(), ana, m.ID)
			if err != nil {
				t.Fatalf("%s: %v", at.Member, err)
			}
			if letter.Text == planted {
				n++
			}
		}
	}
	return n
}

// delivered returns how many envelopes of kind message left a node and in which states they are.
func delivered(t *testing.T, at *nodetest.Node) map[exchange.OutState]int {
	t.Helper()
	got := map[exchange.OutState]int{}
	err := at.Exchange.Read(t.Context(), func(tx exchange.Tx) error {
		for _, m := range at.Net.Nodes {
			rows, err := tx.OutSince(t.Context(), m.Member, 0, "", 1000)
			if err != nil {
				return err
			}
			for _, o := range rows {
				if o.Kind == envelope.Message {
					got[o.State]++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPush(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	write(t, md, "MK")
	n.Run()
	if got := read(t, mk); got != 1 {
		t.Fatalf("MK reads %d messages, want 1\n%s", got, mk.Logs)
	}
	n.Run()
	if got := delivered(t, md); got[exchange.OutOpened] != 1 || len(got) != 1 {
		t.Errorf("MD's envelopes: %v, want one that was opened", got)
	}
}

// TestPushBetweenEngines: a node on PostgreSQL and one on SQLite understand each other, and a restart keeps everything.
func TestPushBetweenEngines(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD").OnPostgres(), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	write(t, md, "MK")
	write(t, mk, "MD")
	n.Run()
	md.Stop()
	md.Start()
	for _, x := range n.Nodes {
		if got := read(t, x); got != 2 {
			t.Errorf("%s reads %d messages, want 2", x.Member, got)
		}
	}
}

func TestToOneself(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MK"))
	mk := n.Node("MK")
	mk.Desk(shelter(), "sanja", access.FocalPoint)
	mk.PublishSheet()
	n.Run()
	if _, err := mk.Messages.Compose(t.Context(), mk.As("sanja"), message.Draft{
		To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "mk", Text: planted, Basis: "national-law",
	}); err != nil {
		t.Fatal(err)
	}
	n.Run()
	if got := read(t, mk); got != 1 {
		t.Errorf("the focal point reads %d messages, want 1", got)
	}
}

// TestPullForANodeBehindAWall: whoever cannot be called collects, and her receipts arrive.
func TestPullForANodeBehindAWall(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK").Hidden())
	md, mk := n.Node("MD"), n.Node("MK")
	write(t, md, "MK")
	write(t, mk, "MD")
	n.Run()
	if got := read(t, mk); got != 2 { // hers, and her own copy
		t.Fatalf("MK reads %d messages, want 2\n%s", got, mk.Logs)
	}
	if got := read(t, md); got != 2 {
		t.Fatalf("MD reads %d messages, want 2", got)
	}
	n.Run()
	for _, x := range n.Nodes {
		if got := delivered(t, x); got[exchange.OutOpened] != 1 {
			t.Errorf("%s's envelopes: %v, want one that was opened", x.Member, got)
		}
	}
}

// TestMailboxBetweenTwoHidden: two nodes that cannot call each other meet at a third that sees headers only.
func TestMailboxBetweenTwoHidden(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD").Hidden(), nodetest.At("MK").Hidden(), nodetest.At("RS").Mailbox())
	md, mk, rs := n.Node("MD"), n.Node("MK"), n.Node("RS")
	write(t, md, "MK")
	n.Run()
	if got := read(t, mk); got != 1 {
		t.Fatalf("MK reads %d messages, want 1\n%s", got, mk.Logs)
	}
	n.Run()
	if got := delivered(t, md); got[exchange.OutOpened] != 1 {
		t.Errorf("MD's envelopes: %v, want one that was opened", got)
	}
	if !strings.Contains(rs.Logs.String(), "PUT /exchange/v1/mailbox/{member}/{id}") {
		t.Error("nothing was left at RS")
	}
	if err := rs.Exchange.Read(t.Context(), func(tx exchange.Tx) error {
		rows, _, err := tx.MailSize(t.Context(), "MD")
		if rows != 0 {
			t.Errorf("RS still keeps %d envelopes of MD", rows)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestCourierWithTheNetworkCut carries a message and its receipt on a stick.
func TestCourierWithTheNetworkCut(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	n.CutAll(true)
	write(t, md, "MK")
	n.Run()
	if got := read(t, mk); got != 0 {
		t.Fatalf("MK reads %d messages over a cut line", got)
	}
	carry := func(from, to *nodetest.Node) exchange.Imported {
		t.Helper()
		var stick bytes.Buffer
		if _, err := from.Exchange.Export(t.Context(), nodetest.Console(from.Member), to.Member, &stick); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(stick.String(), planted) {
			t.Fatal("the stick can be read")
		}
		did, err := to.Exchange.Import(t.Context(), nodetest.Console(to.Member), &stick)
		if err != nil {
			t.Fatal(err)
		}
		return did
	}
	if did := carry(md, mk); did.Envelopes == 0 {
		t.Fatalf("imported: %+v", did)
	}
	if got := read(t, mk); got != 1 {
		t.Fatalf("MK reads %d messages, want 1", got)
	}
	if did := carry(md, mk); did.Envelopes == 0 { // twice on the way, one effect
		t.Fatalf("imported again: %+v", did)
	}
	if got := read(t, mk); got != 1 {
		t.Errorf("MK reads %d messages after the second stick, want 1", got)
	}
	carry(mk, md)
	if got := delivered(t, md); got[exchange.OutOpened] != 1 {
		t.Errorf("MD's envelopes: %v, want one that was opened", got)
	}
	n.CutAll(false)
	n.Run()
	if got := read(t, mk); got != 1 {
		t.Errorf("MK reads %d messages after the line was mended, want 1", got)
	}
}

// TestOutageAndRestart: what was sealed while the other was down arrives after both have started again.
func TestOutageAndRestart(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	mk.Stop()
	write(t, md, "MK")
	n.Run()
	if got := delivered(t, md); got[exchange.OutQueued] != 1 {
		t.Fatalf("MD's envelopes: %v, want one that waits", got)
	}
	md.Stop()
	md.Start()
	mk.Start()
	n.Clock.Advance(2 * hour)
	n.Run()
	if got := read(t, mk); got != 1 {
		t.Fatalf("MK reads %d messages, want 1\n%s", got, mk.Logs)
	}
	if got := read(t, md); got != 1 {
		t.Errorf("MD reads %d messages of its own after the restart, want 1", got)
	}
}

// TestOnlyTheMemberItselfIsCalled: a node that answers at somebody else's address gets nothing.
func TestOnlyTheMemberItselfIsCalled(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"))
	md := n.Node("MD")
	mk, _ := n.Roster.Roster.Find("MK")
	rs, _ := n.Roster.Roster.Find("RS")
	mk.Addresses = rs.Addresses
	if _, err := md.Caller.Roster(t.Context(), mk); !fault.Is(err, fault.Denied) {
		t.Errorf("RS answered for MK: %v", err)
	}
	got, err := md.Caller.Roster(t.Context(), rs)
	if err != nil || got.Roster.Version != 1 {
		t.Errorf("RS does not answer for itself: %v", err)
	}
}
