package nodetest_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// TestAQuestionOfNodesThatAreUpAnHourADay: five nodes are on one after the other, never two at once, and every fourth hour the line is cut; one keeps envelopes for the others. The whole question gets
// through: asked, answered by holders, put, found, decided by two, said; and then demanded by an officer of another member, and opened. All the while the case is worked on: nothing waits for
// an answer.
func TestAQuestionOfNodesThatAreUpAnHourADay(t *testing.T) {
	members := []id.Member{"AL", "BA", "MD", "MK", "RS"}
	a := asking{nodetest.New(t, nodetest.At("AL"), nodetest.At("BA"), nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"), nodetest.At("SI").Mailbox()), t}
	for _, m := range members {
		a.Node(m).Join("focal-point", "vera", access.CaseManager, "ana")
	}
	made(t, a.Net, "SI", append(members, "SI")...)
	ctx, mk, md := t.Context(), a.Node("MK"), a.Node("MD")
	a.file("MD", named("Cyrl", "Јелена", "Измислена", person.Birth{Year: 1999, Month: 4, Day: 12}))
	here, given := a.file("MK", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12}))
	a.attend("MD")
	q := a.ask("MK", here.ID, given.ID)
	for _, m := range members {
		a.Node(m).Stop()
	}
	rnd := rand.New(rand.NewPCG(5, 11))
	cut, said, demanded, worked := 0, -1, -1, 0
	day, opened := 0, false
	for ; day < 90 && !opened; day++ {
		for _, m := range members {
			x := a.Node(m)
			broken := rnd.IntN(4) == 0
			if broken {
				cut++
			}
			a.Cut(m, "SI", broken)
			x.Start()
			a.Net.Run()
			_, err := x.Lookups.Attend(ctx, x.As("ana"))
			a.must(err)
			switch m {
			case "MK":
				kept, err := mk.Persons.Show(ctx, mk.As("ana"), here.ID) // the work goes on, whatever has been answered
				a.must(err)
				next := kept.Person
				next.Contacts = []person.Contact{{Way: person.Telephone, Address: "DEMO " + strings.Repeat("1", day+1), Safety: person.Safe}}
				_, err = mk.Persons.Correct(ctx, mk.As("ana"), here.ID, kept.Version, next)
				a.must(err)
				worked++
				now := a.question("MK", q)
				if answered, asked := now.Answers(a.Now()); now.Stage == lookup.Sent && (asked != 4 || answered > asked) {
					t.Errorf("%d of %d answered", answered, asked)
				}
			case "MD":
				hits, err := md.Lookups.Hits(ctx, md.As("ana").Actor)
				a.must(err)
				if len(hits) == 1 && hits[0].State == lookup.HitOpen {
					_, err = md.Lookups.Say(ctx, md.As("ana"), hits[0].ID, lookup.Speaking{Language: "en", Text: "ask us", Basis: "cets-197-11"})
					a.must(err)
					_, err = md.Lookups.Agree(ctx, md.As("vera"), hits[0].ID)
					a.must(err)
					said = day
				}
			case "RS":
				if said >= 0 && demanded < 0 {
					n, err := x.Lookups.DemandOfOthers(ctx, x.As("dora").Actor, 5)
					a.must(err)
					if n == 1 {
						demanded = day
					}
				}
				ours, _, _ := a.demands("RS")
				opened = len(ours) == 1 && (ours[0].Found == lookup.OfHer || ours[0].Found == lookup.Corrected)
			}
			a.Net.Run()
			x.Stop()
			a.Clock.Advance(24 * time.Hour / time.Duration(len(members)))
		}
	}
	mk.Start()
	if got := a.seen("MK", q); !strings.Contains(got, "MD message") || !opened {
		t.Errorf("on day %d it stands at %s, opened %v", day, got, opened)
	}
	t.Logf("said on day %d, demanded on day %d, opened on day %d; %d of %d hours without a line; %d corrections of the case meanwhile", said, demanded, day-1, cut, day*5, worked)
}

// forgedShare gives a member, in the place of its own share, that of another with its own place on it.
func forgedShare(t *testing.T, x *nodetest.Node, of *veil.Share) {
	t.Helper()
	ctx := t.Context()
	if err := store.Writer[lookup.FullTx](x.DB)(ctx, audit.Did(access.Node(x.Member), access.ContinueLookup, "forged"), func(tx lookup.FullTx) error {
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
		own, err := veil.ParseShare(plain)
		if err != nil {
			return err
		}
		of.Place = own.Place
		kept.Share = vault.Seal("lookup/secret", of.Append(nil))
		if p.Value, err = frame.Encode(kept); err != nil {
			return err
		}
		return tx.SetLookupPiece(ctx, p)
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAHolderWhoProvesFalselyIsToldToTheCoordinator: a holder answers with another share than its own. Its proof does not hold: it is left out and named, the coordinator of the member that asked gets
// a task with its name, and the question is put with the answers of the others.
func TestAHolderWhoProvesFalselyIsToldToTheCoordinator(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	_, other := robbed(t, a.Node("RS"))
	forgedShare(t, a.Node("BA"), other)
	c, given := a.file("MK", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12}))
	q := a.ask("MK", c.ID, given.ID)
	a.Run()
	a.attend("MK")
	got := a.question("MK", q)
	if got.Stage != lookup.Sent {
		t.Errorf("one false holder stops the question: %s", got.Stage)
	}
	for _, h := range got.Holders {
		if (h.Member == "BA") != (h.Refused == "false") {
			t.Errorf("%s is named %q", h.Member, h.Refused)
		}
	}
	if told := one(t, a.Node("MK"), "alarm.lookup.cheat"); !strings.HasPrefix(told.Reference, "ba-") {
		t.Errorf("the coordinator is told of %q", told.Reference)
	}
	for _, m := range []id.Member{"AL", "MD", "RS"} {
		if len(tasks(t, a.Node(m), "alarm.lookup.cheat")) != 0 {
			t.Errorf("%s names somebody", m)
		}
	}
}
