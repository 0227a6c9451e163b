package nodetest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/store"
)

func why(err error) string {
	_, key, _ := fault.Public(err)
	return key
}

// take has members take the roster in force, and fails where one does not.
func take(t *testing.T, n *nodetest.Net, members ...id.Member) {
	t.Helper()
	for _, m := range members {
		if changed, err := n.Node(m).Members.Import(t.Context(), nodetest.Console(m), n.Roster); err != nil || !changed {
			t.Fatalf("%s: %v, %v", m, changed, err)
		}
	}
}

// composing tries to write a message.
func composing(t *testing.T, from *nodetest.Node, to id.Member) error {
	t.Helper()
	_, err := from.Messages.Compose(t.Context(), from.As("ana"), message.Draft{
		To: id.Address{Member: to, Desk: "focal-point"}, Language: "en", Text: "good evening", Basis: "cets-197-11",
	})
	return err
}

// statusOf changes the status of a member.
func statusOf(m id.Member, s member.Status) func(*member.Roster) {
	return func(r *member.Roster) {
		for i := range r.Members {
			if r.Members[i].ID == m {
				r.Members[i].Status = s
			}
		}
	}
}

// without leaves a member out, and its key with which rosters are signed.
func without(m id.Member) func(*member.Roster) {
	return func(r *member.Roster) {
		r.Members = slices.DeleteFunc(r.Members, func(x member.Member) bool { return x.ID == m })
		r.Root.Keys = slices.DeleteFunc(r.Root.Keys, func(k member.RootKey) bool { return k.Member == m })
		r.Root.Threshold = len(r.Root.Keys)/2 + 1
	}
}

// TestACountryJoinsIsSuspendedAndLeaves: more than half of the root keys take a country in, suspend it and let it go, fewer do not; nobody who stands is
// left out without having been suspended, and every node can tell what each roster changed and who signed it.
func TestACountryJoinsIsSuspendedAndLeaves(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"))
	founded := n.Roster
	al, line := n.Newcomer(nodetest.At("AL"))
	joins := func(r *member.Roster) { r.Members = append(r.Members, line) }

	few := n.Next(joins, "RS")
	for _, m := range []id.Member{"MD", "MK", "RS"} {
		if changed, err := n.Node(m).Members.Import(t.Context(), nodetest.Console(m), few); changed || why(err) != "member.roster.signatures" {
			t.Fatalf("%s took a roster that one of three signed: %v, %v", m, changed, err)
		}
	}
	look, err := n.Node("MK").Members.Look(t.Context(), n.Node("MK").As("ana").Actor, encoded(t, few))
	if err != nil || why(look.Why) != "member.roster.signatures" || look.Need != 2 || !slices.Equal(look.Signers, []id.Member{"RS"}) ||
		!slices.Equal(look.Changes, []member.Change{{Member: "AL", What: "joined", Detail: "country"}}) {
		t.Fatalf("looked at: %+v, %v", look, err)
	}
	n.Roster = founded
	n.Next(joins, "MK", "RS")
	take(t, n, "MK", "RS")
	n.Enter(al)
	n.Run() // MD learns it from the others
	write(t, al, "MD")
	n.Run()
	if got := read(t, n.Node("MD")); got != 1 {
		t.Fatalf("MD reads %d messages of the country that joined", got)
	}

	if _, err := member.Propose(&n.Roster.Roster, changed(n.Roster.Roster, without("AL")), n.Now()); why(err) != "member.roster.vanished" {
		t.Fatalf("a country that stands is left out: %v", err)
	}
	n.Next(statusOf("AL", member.Suspended), "MD", "MK")
	take(t, n, "MD")
	n.Run()
	if err := composing(t, n.Node("RS"), "AL"); why(err) != "exchange.member.suspended" {
		t.Errorf("RS writes to a suspended country: %v", err)
	}
	n.Next(without("AL"), "MD", "RS")
	take(t, n, "MK")
	n.Run()
	if err := composing(t, n.Node("RS"), "AL"); !fault.Is(err, fault.NotFound) {
		t.Errorf("RS writes to a country that has left: %v", err)
	}
	if err := composing(t, al, "MD"); err == nil {
		n.Clock.Advance(time.Hour)
		n.Run()
	}
	if got := read(t, n.Node("MD")); got != 1 {
		t.Errorf("MD reads %d messages after the country had left, want the one from before", got)
	}

	history, err := n.Node("RS").Members.History(t.Context(), n.Node("RS").As("ana").Actor, 3)
	if err != nil || len(history) != 3 {
		t.Fatalf("the history of RS: %d rosters, %v", len(history), err)
	}
	var told []string
	for _, h := range slices.Backward(history) {
		for _, c := range h.Changes {
			told = append(told, string(c.Member)+" "+c.What)
		}
	}
	if got := strings.Join(told, ", "); got != "AL joined, AL suspended, AL left" || !slices.Equal(history[0].Signers, []id.Member{"MD", "RS"}) {
		t.Errorf("told: %s; signed by %v", got, history[0].Signers)
	}
}

func encoded(t *testing.T, s member.Signed) []byte {
	t.Helper()
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func changed(r member.Roster, change func(*member.Roster)) member.Roster {
	r.Members, r.Root.Keys = slices.Clone(r.Members), slices.Clone(r.Root.Keys)
	change(&r)
	return r
}

// TestPartnersTakePartInWhatTheirKindMay: what is not for a kind of member is not sealed to it, and not taken from it although it believes to be a country.
func TestPartnersTakePartInWhatTheirKindMay(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("X-SEC").Of(member.Secretariat), nodetest.At("X-ORG").Of(member.Organisation),
		nodetest.At("X-OBS").Of(member.Observer))
	mk := n.Node("MK")
	may := map[id.Member]string{
		"MD":    "cooperation count identity joint lookup message publication question referral region",
		"X-ORG": "identity joint message publication referral region",
		"X-SEC": "message publication region",
		"X-OBS": "publication region",
	}
	for to, want := range may {
		var got []string
		for _, k := range []envelope.Kind{
			envelope.Cooperation, envelope.Count, envelope.Identity, envelope.Joint, envelope.Lookup, envelope.Message, envelope.Publication,
			envelope.Question, envelope.Referral, envelope.Region,
		} {
			err := store.Writer[exchange.Tx](mk.DB)(t.Context(), audit.Did(access.Node("MK"), access.ReceivePublication, "trial"), func(tx exchange.Tx) error {
				_, err := mk.Exchange.Seal(t.Context(), tx, exchange.Draft{Kind: k, To: to, Body: []byte(`{}`)})
				if err == nil {
					err = fault.New(fault.Conflict, "test.undo")
				}
				return err
			})
			if why(err) != "exchange.member.partner" {
				got = append(got, string(k))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("MK seals to %s: %v, want %s", to, got, want)
		}
	}

	if err := composing(t, mk, "X-ORG"); err != nil && why(err) == "exchange.member.partner" {
		t.Errorf("MK writes to the organisation: %v", err)
	}
	if err := composing(t, n.Node("X-OBS"), "MK"); why(err) != "exchange.member.partner" {
		t.Errorf("the observer writes: %v", err)
	}
	asked, err := mk.Publications.Asked(t.Context(), mk.As("ana").Actor)
	if err != nil || !slices.Equal(asked, []id.Member{"MD", "MK"}) {
		t.Errorf("asked to sign off: %v, %v", asked, err)
	}
	if _, err := member.Propose(&n.Roster.Roster, changed(n.Roster.Roster, func(r *member.Roster) { r.Members[0].Kind = member.Observer }), n.Now()); why(err) != "member.roster.partner-key" {
		t.Errorf("an observer signs rosters: %v", err)
	}

	// MD becomes an observer; its own node has not heard it, and writes as before.
	n.CutAll(true)
	n.Next(func(r *member.Roster) {
		for i := range r.Members {
			if r.Members[i].ID == "MD" {
				r.Members[i].Kind = member.Observer
			}
		}
		r.Root.Keys = slices.DeleteFunc(r.Root.Keys, func(k member.RootKey) bool { return k.Member == "MD" })
		r.Root.Threshold = 1
	}, "MD", "MK")
	write(t, n.Node("MD"), "MK")
	n.Run()
	take(t, n, "MK")
	n.CutAll(false)
	n.Clock.Advance(2 * time.Hour)
	n.Run()
	if got := read(t, mk); got != 0 {
		t.Errorf("MK reads %d messages of an observer", got)
	}
	if out, err := n.Node("MD").Exchange.List(t.Context(), nodetest.Console("MD"), "MK", true, 0, "", 100); err != nil || !slices.ContainsFunc(out, func(p exchange.Passed) bool {
		return p.Kind == envelope.Message && p.State == string(exchange.OutRefused)
	}) {
		t.Errorf("MD is not told why: %+v, %v", out, err)
	}
}

// TestASeizedNodeIsShutOut: whoever has the machine of a country, with every key of its node, gets nothing more and is believed nothing more, from the
// moment in which the others suspend it; once the country has a node with new keys, the old ones are worth nothing.
func TestASeizedNodeIsShutOut(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK").Mailbox(), nodetest.At("RS"))
	md, mk, rs := n.Node("MD"), n.Node("MK"), n.Node("RS")
	told := func(x *nodetest.Node) int {
		all, _, err := x.Publications.Find(t.Context(), x.As("ana").Actor, publication.Filter{Kind: publication.Practice, Member: "MD"}, "")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	publish(t, md)
	n.Run()
	if told(mk) != 1 || told(rs) != 1 {
		t.Fatal("what MD published before is not there")
	}

	// RS writes while the line to MD is cut: it waits at MK, who keeps it. The machine of MD is taken before it comes.
	n.Cut("RS", "MD", true)
	n.Cut("MD", "MK", true)
	n.Cut("MD", "RS", true)
	n.Cut("MK", "MD", true)
	write(t, rs, "MD")
	for range 8 {
		n.Run()
		n.Clock.Advance(time.Hour)
	}
	if kept := mailAt(t, mk, "MD"); kept == 0 {
		t.Fatal("nothing waits at MK")
	}
	n.Next(statusOf("MD", member.Suspended), "MK", "RS")
	take(t, n, "MK", "RS")
	n.CutAll(false)
	publish(t, md)
	if err := composing(t, md, "MK"); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		n.Clock.Advance(time.Hour)
		n.Run()
	}
	if got := read(t, md); got != 1 { // the one that the thief wrote
		t.Errorf("the thief collected %d messages that others kept for MD", got-1)
	}
	if kept := mailAt(t, mk, "MD"); kept == 0 {
		t.Error("what MK kept was handed out")
	}
	if got := read(t, mk); got != 0 {
		t.Errorf("MK read %d messages of the thief", got)
	}
	if told(mk) != 1 || told(rs) != 1 {
		t.Error("what the thief published was believed")
	}

	// The country stands again, with the keys of a new machine. The one that was taken is nobody from then on.
	fresh, line := n.Newcomer(nodetest.At("MD"))
	fresh.Stop()
	n.Next(func(r *member.Roster) {
		for i := range r.Members {
			if r.Members[i].ID == "MD" {
				r.Members[i] = line
			}
		}
	}, "MK", "RS")
	take(t, n, "MK", "RS")
	for _, x := range []*nodetest.Node{mk, rs} { // a node believes what it read of the roster for two seconds, by the clock on the wall
		x.Stop()
		x.Start()
	}
	look, err := rs.Members.History(t.Context(), rs.As("ana").Actor, 1)
	if err != nil || len(look) != 1 || !slices.Contains(look[0].Changes, member.Change{Member: "MD", What: "keys-gone", Detail: "envelope checkpoint cosign authority control tls"}) {
		t.Errorf("what the roster changed: %+v, %v", look, err)
	}
	if err := composing(t, md, "MK"); err != nil {
		t.Fatal(err)
	}
	if err := composing(t, rs, "MD"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		n.Clock.Advance(2 * time.Hour)
		n.Run()
	}
	if got := read(t, md); got != 2 {
		t.Errorf("the machine that was taken reads %d messages", got-2)
	}
	if got := read(t, mk); got != 0 {
		t.Errorf("MK read %d messages of the machine that was taken", got)
	}
	if told(mk) != 1 || told(rs) != 1 {
		t.Error("what the machine that was taken publishes was believed")
	}
}

// TestWhatABlockedMemberSaysIsNotTakenFromOthers: a record that a member signed is not taken while she is blocked here, although another brings it who
// believes her; it comes again when the block is lifted.
func TestWhatABlockedMemberSaysIsNotTakenFromOthers(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"))
	mk := n.Node("MK")
	told := func() int {
		all, _, err := mk.Publications.Find(t.Context(), mk.As("ana").Actor, publication.Filter{Kind: publication.Practice, Member: "MD"}, "")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if err := mk.Members.Block(t.Context(), nodetest.Console("MK"), "MD", "compromised"); err != nil {
		t.Fatal(err)
	}
	publish(t, n.Node("MD"))
	days := func() {
		for range 3 {
			n.Run()
			n.Clock.Advance(24 * time.Hour)
		}
	}
	days()
	if told() != 0 {
		t.Error("RS brought what MD had signed, and MK took it")
	}
	if err := mk.Members.Unblock(t.Context(), nodetest.Console("MK"), "MD"); err != nil {
		t.Fatal(err)
	}
	days()
	if told() != 1 {
		t.Error("it did not come when the block was lifted")
	}
}

// publish publishes a practice.
func publish(t *testing.T, x *nodetest.Node) {
	t.Helper()
	if _, err := x.Publications.Publish(t.Context(), x.As("ana"), publication.Draft{Kind: publication.Practice, Body: []byte(`{"conditions":[{"lang":"en","text":"x"}],"evidence":"described","problem":[{"lang":"en","text":"x"}],"steps":[{"what":[{"lang":"en","text":"x"}]}],"title":[{"lang":"en","text":"x"}]}`)}); err != nil {
		t.Fatal(err)
	}
}

// mailAt counts what a node keeps for a member.
func mailAt(t *testing.T, x *nodetest.Node, m id.Member) (n int) {
	t.Helper()
	if err := store.Reader[exchange.Tx](x.DB)(t.Context(), func(tx exchange.Tx) error {
		all, err := tx.MailFor(t.Context(), m, "", 100)
		n = len(all)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
