package publication_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/seal"
)

// text is a practice with a title, which a long one is told in many steps after.
func text(s string) json.RawMessage {
	in := func(s string) []publication.Text { return []publication.Text{{Lang: "en", Text: s}} }
	b := publication.Body{}
	b.Set("title", in(s[:min(len(s), 300)]))
	b.Set("problem", in("x"))
	b.Set("conditions", in("x"))
	b.Set("evidence", "described")
	steps := []publication.Body{}
	for at := 0; at == 0 || at < len(s); at += 20000 {
		row := publication.Body{}
		row.Set("what", in(s[at:min(at+20000, len(s))]))
		steps = append(steps, row)
	}
	b.Set("steps", steps)
	out, err := b.Bytes()
	if err != nil {
		panic(err)
	}
	return out
}

// held is a meeting.
func held() json.RawMessage {
	return json.RawMessage(`{"country":"MK","from":"2017-11-13","place":"Skopje","state":"held","title":[{"lang":"en","text":"Tenth meeting"}],"until":"2017-11-15"}`)
}

// concluded is a conclusion of a meeting.
func concluded(meeting id.Publication) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"meeting":%q,"number":1,"text":[{"lang":"en","text":"Exchange contact lists."}],"whom":"all"}`, meeting))
}

func (n *node) publish(title string) publication.Kept {
	n.net.t.Helper()
	k, err := n.Publish(n.net.t.Context(), n.cora(), publication.Draft{Kind: publication.Practice, Body: text(title)})
	n.net.must(err)
	return k
}

// has returns the bodies of what a node lists, sorted.
func (n *node) has() []string {
	n.net.t.Helper()
	out := []string{}
	var after id.Publication
	for {
		all, err := n.List(n.net.t.Context(), n.cora().Actor, publication.Filter{After: after, Withdrawn: true, Limit: 200})
		n.net.must(err)
		for _, k := range all {
			after = k.Record.ID
			out = append(out, fmt.Sprintf("%s %d %s", k.Record.Member, k.Record.Version, k.Record.Body))
		}
		if len(all) < 200 {
			slices.Sort(out)
			return out
		}
	}
}

func (w *net) same(members ...id.Member) {
	w.t.Helper()
	want := w.nodes[members[0]].has()
	for _, m := range members[1:] {
		if d := cmp.Diff(want, w.nodes[m].has()); d != "" {
			w.t.Errorf("%s and %s differ (-%s +%s):\n%s", members[0], m, members[0], m, d)
		}
	}
}

func (w *net) greet() {
	w.t.Helper()
	for _, m := range w.members() {
		_, err := w.nodes[m].Greet(w.t.Context())
		w.must(err)
	}
	w.deliver()
}

func TestEveryMemberHoldsACopy(t *testing.T) {
	w := newNet(t, "MD", "MK", "RS")
	first := w.nodes["MD"].publish("shelter standards")
	w.deliver()
	w.same("MD", "MK", "RS")
	k, err := w.nodes["MD"].Correct(t.Context(), w.nodes["MD"].cora(), publication.Change{
		ID: first.Record.ID, Version: 1, Body: text("shelter standards, corrected"), Reason: "typing",
	})
	w.must(err)
	_, err = w.nodes["MD"].Withdraw(t.Context(), w.nodes["MD"].cora(), first.Record.ID, 2, "superseded")
	w.must(err)
	w.deliver()
	w.same("MD", "MK", "RS")
	all, err := w.nodes["RS"].Show(t.Context(), w.nodes["RS"].cora().Actor, first.Record.ID)
	w.must(err)
	if len(all) != 3 || all[0].Current || all[1].Current || !all[2].Current || !all[2].Record.Withdrawn || all[1].Hash != k.Hash {
		t.Errorf("the history at a third member has %d versions: %+v", len(all), all)
	}
	visible, err := w.nodes["RS"].List(t.Context(), w.nodes["RS"].cora().Actor, publication.Filter{})
	w.must(err)
	if len(visible) != 0 {
		t.Errorf("%d withdrawn publications are listed as standing", len(visible))
	}
}

func TestNodeThatWasAwayForAMonthCatchesUpFromAnyMember(t *testing.T) {
	w := newNet(t, "MD", "MK", "RS")
	w.away["RS"] = true
	big := strings.Repeat("x", 60<<10)
	for i := range 12 { // several envelopes
		w.nodes["MD"].publish(fmt.Sprint(i, big))
	}
	for i := range 105 { // more than one batch
		w.nodes["MK"].publish(fmt.Sprint("mk ", i))
	}
	w.deliver()
	w.pass(40 * 24 * time.Hour) // what was sealed for her has expired
	w.deliver()
	w.away["RS"], w.away["MD"] = false, true // the author is away now
	if got := len(w.nodes["RS"].has()); got != 0 {
		t.Fatalf("the node that was away has %d already: this test would prove nothing", got)
	}
	for range 4 {
		w.greet()
	}
	w.same("MK", "RS")
	if got := len(w.nodes["RS"].has()); got != 117 {
		t.Errorf("caught up with %d of 117", got)
	}
}

func TestGreetingsEnd(t *testing.T) {
	w := newNet(t, "MD", "MK")
	w.nodes["MD"].publish("one")
	w.deliver()
	w.greet()
	for _, m := range w.members() {
		n, err := w.nodes[m].Greet(t.Context())
		w.must(err)
		if n != 0 {
			t.Errorf("%s greets %d members again at once", m, n)
		}
		k, err := w.nodes[m].door.Deliver(t.Context(), 100)
		w.must(err)
		if k != 0 {
			t.Errorf("%s still sends %d envelopes", m, k)
		}
	}
}

// forge signs a record with the key of a member's node.
func (n *node) forge(r publication.Record, sign seal.SignPrivate) publication.Signed {
	n.net.t.Helper()
	s := publication.Signed{Record: r, Signer: sign.Public().ID()}
	msg, err := frame.Encode(struct {
		Record publication.Record `json:"record"`
	}{r})
	n.net.must(err)
	s.Signature = sign.Sign(seal.DomainPublication, msg)
	return s
}

// give sends records from one node to another as they are, and returns what became of the envelope.
func (n *node) give(to id.Member, records ...publication.Signed) exchange.OutState {
	w := n.net
	w.t.Helper()
	raw, err := envelope.EncodeBody(map[string]any{"ask": false, "have": []int{}, "records": records, "more": false})
	w.must(err)
	var e id.Envelope
	w.must(n.Write(w.t.Context(), audit.Did(access.Node(n.member), access.ReceivePublication, "x"), func(tx publication.Tx) (err error) {
		e, err = n.door.Seal(w.t.Context(), tx, exchange.Draft{Kind: envelope.Publication, To: to, Body: raw})
		return err
	}))
	w.deliver()
	var out exchange.Out
	w.must(n.Read(w.t.Context(), func(tx publication.Tx) (err error) { out, err = tx.Out(w.t.Context(), e); return err }))
	return out.State
}

func TestTwoRecordsForOnePlaceAreEvidence(t *testing.T) {
	w := newNet(t, "MD", "MK", "RS")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	k := md.publish("what MK was told")
	w.deliver()
	r := k.Record
	r.Body = text("what RS was told")
	otherVersion := md.forge(r, md.envelope)
	r.ID = id.Random[id.Publication](id.Maker{})
	otherPlace := md.forge(r, md.envelope)
	for range 2 {
		if got := w.nodes["RS"].give("MK", otherVersion, otherPlace); got != exchange.OutDelivered {
			t.Errorf("evidence was %s", got)
		}
	}
	forks, err := mk.Forks(t.Context(), mk.cora().Actor)
	w.must(err)
	if len(forks) != 2 {
		t.Fatalf("%d forks are kept, want 2", len(forks))
	}
	for _, f := range forks {
		for _, b := range [][]byte{f.First, f.Second} {
			s, err := publication.Parse(b)
			w.must(err)
			if s.Record.Member != "MD" || s.Signer != md.envelope.Public().ID() {
				t.Errorf("evidence is not of MD's node")
			}
		}
		if bytes.Equal(f.First, f.Second) {
			t.Error("evidence of one record against itself")
		}
	}
	if !slices.Contains(mk.alarms, "publication.fork") {
		t.Error("no alarm")
	}
	all, err := mk.Show(t.Context(), mk.cora().Actor, k.Record.ID)
	w.must(err)
	if len(all) != 1 || all[0].Hash != k.Hash || !all[0].Disputed {
		t.Errorf("the first one stays, marked: %+v", all)
	}
}

func TestForgedRecordsAreNotKept(t *testing.T) {
	w := newNet(t, "MD", "MK", "RS")
	md, rs, mk := w.nodes["MD"], w.nodes["RS"], w.nodes["MK"]
	k := md.publish("true")
	w.deliver()
	next := k.Record
	next.Version, next.Previous, next.Seq, next.Body = 2, k.Hash, 2, text("false")
	foreign := next
	foreign.Member, foreign.Seq = "RS", 1
	conclusion := next
	conclusion.ID, conclusion.Kind, conclusion.Version, conclusion.Previous = id.Random[id.Publication](id.Maker{}), publication.Conclusion, 1, ""
	altered := k.Signed
	altered.Record.Body = text("altered")
	for name, c := range map[string]struct {
		in   publication.Signed
		want exchange.OutState
	}{
		"signed by another node":     {rs.forge(next, rs.envelope), exchange.OutDelivered}, // its key is not MD's: passed over
		"altered":                    {altered, exchange.OutRefused},
		"somebody else's identifier": {rs.forge(foreign, rs.envelope), exchange.OutDelivered},
		"a conclusion nobody signed": {md.forge(conclusion, md.envelope), exchange.OutRefused},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rs.give("MK", c.in); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if d := cmp.Diff([]string{"MD 1 " + string(text("true"))}, mk.has()); d != "" {
				t.Errorf("MK has (-want +got):\n%s", d)
			}
		})
	}
}

func TestConclusionsAreSignedByAPerson(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md := w.nodes["MD"]
	met, err := md.Publish(t.Context(), md.cora(), publication.Draft{Kind: publication.Meeting, Body: held()})
	w.must(err)
	in := publication.Draft{Kind: publication.Conclusion, Body: concluded(met.Record.ID)}
	locked := keyring.NewBearer(md.cora().Actor, nil)
	if _, err := md.Publish(t.Context(), locked, in); !fault.Is(err, fault.Locked) {
		t.Errorf("a conclusion without keys: %v, want locked", err)
	}
	k, err := md.Publish(t.Context(), md.cora(), in)
	w.must(err)
	if k.Person == nil || k.Person.Role != access.NationalCoordinator {
		t.Error("a conclusion without the signature of a person")
	}
	w.deliver()
	w.same("MD", "MK")
}

func TestOnlyTheAuthorChangesARecord(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	k := md.publish("one")
	w.deliver()
	change := publication.Change{ID: k.Record.ID, Version: 1, Body: text("two"), Reason: "typing"}
	kinds := map[string]error{}
	_, kinds["another member"] = mk.Correct(t.Context(), mk.cora(), change)
	manager := keyring.NewBearer(access.Actor{User: "m", Role: access.CaseManager, Desk: "d", Realm: access.Assistance, Member: "MD"}, nil)
	_, kinds["a case manager"] = md.Correct(t.Context(), manager, change)
	_, kinds["the author"] = md.Correct(t.Context(), md.cora(), change)
	_, kinds["from an old version"] = md.Correct(t.Context(), md.cora(), change)
	_, err := md.Withdraw(t.Context(), md.cora(), k.Record.ID, 2, "wrong")
	w.must(err)
	change.Version = 3
	_, kinds["withdrawn"] = md.Correct(t.Context(), md.cora(), change)
	change.ID = id.Random[id.Publication](id.Maker{})
	_, kinds["missing"] = md.Correct(t.Context(), md.cora(), change)
	got := map[string]string{}
	for name, err := range kinds {
		got[name] = "ok"
		if err != nil {
			got[name] = fault.KindOf(err).String()
		}
	}
	want := map[string]string{
		"another member": "denied", "a case manager": "denied", "the author": "ok", "from an old version": "stale",
		"withdrawn": "conflict", "missing": "not-found",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestRestoringNodePublishesNothing(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md := w.nodes["MD"]
	w.must(md.Write(t.Context(), audit.Did(access.Node("MD"), access.ReceivePublication, "x"), func(tx publication.Tx) error {
		return tx.SetClosed(t.Context(), true)
	}))
	_, err := md.Publish(t.Context(), md.cora(), publication.Draft{Kind: publication.Meeting, Body: held()})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want unavailable", err)
	}
}

func FuzzParse(f *testing.F) {
	r := publication.Record{
		Format: 1, ID: id.Random[id.Publication](id.Maker{}), Kind: publication.Practice, Version: 1, Member: "MD", Desk: "office",
		Seq: 1, Created: 1, Body: text("x"),
	}
	key := seal.NewSign(nil)
	good, err := frame.Encode(publication.Signed{Record: r, Signer: key.Public().ID(), Signature: key.Sign(seal.DomainPublication, nil)})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := publication.Parse(good); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := publication.Parse(b)
		if err != nil {
			return
		}
		again, err := frame.Encode(s)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q was read and would be written %q (%v)", b, again, err)
		}
	})
}
