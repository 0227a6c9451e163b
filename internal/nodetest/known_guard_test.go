package nodetest_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// robbed is what a thief reads of a node with its database and all keys: the group and its share.
func robbed(t *testing.T, x *nodetest.Node) (g *veil.Group, share *veil.Share) {
	t.Helper()
	ctx := t.Context()
	if err := store.Writer[lookup.FullTx](x.DB)(ctx, audit.Did(access.Node(x.Member), access.ContinueLookup, "thief"), func(tx lookup.FullTx) error {
		p, err := tx.LookupPiece(ctx, "secret")
		if err != nil {
			return err
		}
		var kept lookup.Secret
		if err := frame.Decode(p.Value, 1<<20, &kept); err != nil {
			return err
		}
		vault, err := x.Keyring.VaultIn(ctx, tx)
		if err != nil {
			return err
		}
		plain, err := vault.Open("lookup/secret", kept.Share)
		if err != nil {
			return err
		}
		if share, err = veil.ParseShare(plain); err != nil {
			return err
		}
		g, err = veil.ParseGroup(kept.Group)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return g, share
}

// found is how many tags of a name a member has, for whoever can make them with these shares; -1: they suffice for none.
func found(t *testing.T, x *nodetest.Node, g *veil.Group, who veil.Person, shares ...*veil.Share) int {
	t.Helper()
	query, asking, err := veil.Ask(rand.Reader, g.Epoch, veil.OfPerson(who))
	if err != nil {
		t.Fatal(err)
	}
	var answers []veil.Answer
	for _, s := range shares {
		a, err := s.Answer(rand.Reader, &query)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	outputs, _, err := asking.Finish(g, &query, answers)
	if err != nil {
		return -1
	}
	n := 0
	if err := store.Reader[lookup.FullTx](x.DB)(t.Context(), func(tx lookup.FullTx) error {
		for i := range outputs {
			all, err := tx.LookupTagged(t.Context(), int64(g.Epoch), access.Assistance, outputs[i].Tag(string(x.Member), g.Epoch), 10)
			if err != nil {
				return err
			}
			n += len(all)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAStolenNodeTestsNoName: the database of a member with all keys of its node, and that of a second one with all of its, find no name; with three they do. So
// what the first two lack is what protects her. What is asked needs her consent, which ends it at once; and questions that are drawn are opened.
func TestAStolenNodeTestsNoName(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	ctx, md := t.Context(), a.Node("MD")
	_, given := a.file("MD", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12}))
	a.attend("MD")
	her := veil.Person{Given: "Јелена", Family: "Измислена", Birth: veil.Birth{Year: 1999, Month: 4, Day: 12}, Nationality: "MD"}
	g, own := robbed(t, md)
	_, second := robbed(t, a.Node("MK"))
	_, third := robbed(t, a.Node("RS"))
	for _, try := range [][]*veil.Share{{own}, {own, own, own}, {own, second}, {own, second, second}} {
		if n := found(t, md, g, her, try...); n != -1 {
			t.Errorf("%d shares find her by %d tags", len(try), n)
		}
	}
	if n := found(t, md, g, her, own, second, third); n < 2 {
		t.Errorf("three members find her by %d tags: this test would not see that two can", n)
	}
	if n := found(t, md, g, veil.Person{Given: "Ana", Family: "Druga", Birth: veil.Birth{Year: 1980, Month: 1, Day: 1}, Nationality: "MD"}, own, second, third); n != 0 {
		t.Errorf("somebody else is found by %d tags", n)
	}

	here, mine := a.file("MK", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12}))
	_, err := md.Consents.Withdraw(ctx, md.As("ana").Actor, given.ID, "")
	a.must(err)
	q := a.ask("MK", here.ID, mine.ID)
	a.Run()
	a.attend("MK")
	a.Run()
	if hits, err := md.Lookups.Hits(ctx, md.As("ana").Actor); err != nil || len(hits) != 0 {
		t.Errorf("she took it back and is found: %+v, %v", hits, err)
	}
	if n := found(t, md, g, her, own, second, third); n != 0 {
		t.Errorf("she took it back, and %d tags are left", n)
	}
	if got := a.question("MK", q); got.Stage != lookup.Sent {
		t.Errorf("the question is %s", got.Stage)
	}

	mk := a.Node("MK")
	dora := mk.As("dora").Actor
	if _, err := mk.Lookups.Demand(ctx, mk.As("ana").Actor, 1); err == nil {
		t.Error("a case manager demands openings")
	}
	n, err := mk.Lookups.Demand(ctx, dora, 5)
	a.must(err)
	if n != 1 || len(tasks(t, mk, lookup.TaskOpen)) != 1 {
		t.Errorf("%d were drawn", n)
	}
	all, _, err := mk.Lookups.Demanded(ctx, dora)
	a.must(err)
	if len(all) != 1 || all[0].Found != lookup.Unopened || all[0].Case != "" {
		t.Errorf("before: %+v", all)
	}
	a.attend("MK")
	all, left, err := mk.Lookups.Demanded(ctx, dora)
	a.must(err)
	if len(all) != 1 || left != 0 || all[0].Found != lookup.OfHer || len(tasks(t, mk, lookup.TaskOpen)) != 0 {
		t.Errorf("after: %+v, %d left", all, left)
	}
	a.noConsent(here.ID, mine.ID)
}

// noConsent tries to ask without a consent, with one for something else, and with one that was withdrawn.
func (a asking) noConsent(c id.Case, mine id.Consent) {
	mk, ctx := a.Node("MK"), a.t.Context()
	other := giving(c, id.Address{Member: "MK", Desk: "focal-point"})
	other.Record.Purposes = []consent.Purpose{consent.ForReferral}
	another, err := mk.Consents.Give(ctx, mk.As("ana"), other)
	a.must(err)
	for name, try := range map[string]struct {
		with id.Consent
		key  string
	}{"none": {"", "profile.rule.consent"}, "one for something else": {another.ID, "lookup.consent"}} {
		_, err := mk.Lookups.Propose(ctx, mk.As("ana"), c, lookup.Proposal{Purpose: "protection", Basis: "cets-197-11", Consent: try.with})
		if keyOf(err) != try.key && name != "none" || err == nil {
			a.t.Errorf("with %s: %v", name, err)
		}
	}
	_, err = mk.Consents.Withdraw(ctx, mk.As("ana").Actor, mine, "")
	a.must(err)
	_, err = mk.Lookups.Propose(ctx, mk.As("ana"), c, lookup.Proposal{Purpose: "protection", Basis: "cets-197-11", Consent: mine})
	if keyOf(err) != "lookup.consent" {
		a.t.Errorf("with one that she took back: %v", err)
	}
}

// TestWhoAsksTooMuchIsRefusedAndNamed: a member whose node keeps to no quota is answered ten queries of one officer by a holder, and the others are refused; people
// of the holder hear which member it was. Nodes that are off meanwhile hold nothing up but the answer.
func TestWhoAsksTooMuchIsRefusedAndNamed(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	ctx, mk := t.Context(), a.Node("MK")
	started := a.Clock.Now()
	for range 12 {
		query, _, err := veil.Ask(rand.Reader, 1, veil.OfPerson(veil.Person{Given: "Ana", Family: "Proba", Birth: veil.Birth{Year: 1990}}))
		a.must(err)
		b, err := frame.Encode(map[string]any{
			"step": "query", "question": string(id.Random[id.Lookup](id.Maker{})), "class": "ask", "officer": "00112233445566778899aabbccddeeff", "about": "", "purpose": "",
			"basis": "", "realm": "", "desk": "", "epoch": 0, "thread": "", "code": "", "data": seal.Blob(query.Append(nil)),
		})
		a.must(err)
		a.must(store.Writer[exchange.Tx](mk.DB)(ctx, audit.Did(access.Node("MK"), access.ContinueLookup, "MK"), func(tx exchange.Tx) error {
			_, err := mk.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Question, To: "AL", Body: b})
			return err
		}))
	}
	a.Run()
	refused := 0
	a.must(store.Reader[lookup.FullTx](a.Node("AL").DB)(ctx, func(tx lookup.FullTx) error {
		all, err := tx.LookupLog(ctx, frame.At(started.Add(-time.Hour)), 100)
		for _, l := range all {
			if l.Refused == "officer" && l.Member == "MK" {
				refused++
			}
		}
		if len(all) != 12 {
			t.Errorf("%d are in the log", len(all))
		}
		return err
	}))
	if refused != 2 {
		t.Errorf("%d were refused, of 12 with a quota of 10", refused)
	}
	if logs := a.Node("AL").Logs.String(); !strings.Contains(logs, "lookup.over") || !strings.Contains(logs, `"MK"`) {
		t.Errorf("nobody is named: %s", logs)
	}
	if told := one(t, a.Node("AL"), "alarm.lookup.over"); !strings.HasPrefix(told.Reference, "mk-") {
		t.Errorf("its coordinator is told of %q", told.Reference)
	}

	here, given := a.file("MK", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12}))
	a.file("RS", named("Cyrl", "Јелена", "Измислена", person.Birth{Year: 1999, Month: 4, Day: 12}))
	a.attend("RS")
	for _, m := range []id.Member{"AL", "BA"} {
		a.Node(m).Stop()
	}
	q := a.ask("MK", here.ID, given.ID)
	a.Run()
	a.attend("MK")
	if got := a.question("MK", q); got.Stage != lookup.Hidden {
		t.Errorf("two holders suffice: %s", got.Stage)
	}
	a.Node("RS").Stop()
	a.Node("BA").Start()
	a.Run()
	a.attend("MK")
	a.Node("RS").Start()
	a.Clock.Advance(time.Hour) // until it is tried again
	a.Run()
	if hits, err := a.Node("RS").Lookups.Hits(ctx, a.Node("RS").As("ana").Actor); err != nil || len(hits) != 1 {
		t.Errorf("RS has %+v, %v", hits, err)
	}
	got := a.question("MK", q)
	if n := len(slices.DeleteFunc(slices.Clone(got.Holders), func(h lookup.Holder) bool { return h.At == 0 })); got.Stage != lookup.Sent || n != 3 {
		t.Errorf("%s, %d have answered", got.Stage, n)
	}
	a.Node("AL").Start()
}
