package nodetest_test

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/person"
)

// Who asked for asylum is neither asked about in her country of origin nor found when it asks, and what was about to be said to it is not said.
func TestWhoAskedForAsylumIsUnknownToHerCountry(t *testing.T) {
	a := newAsking(t, "AL", "BA", "MD", "MK", "RS")
	ctx, md, mk := t.Context(), a.Node("MD"), a.Node("MK")
	her := named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 4, Day: 12})
	there, _ := a.file("MD", her)
	a.attend("MD")
	here, mine := a.file("MK", her)
	flag := func(x casefile.Case, m id.Member, origin ...string) {
		t.Helper()
		now, err := a.Node(m).Cases.Show(ctx, a.Node(m).As("ana"), x.ID)
		a.must(err)
		_, err = a.Node(m).Cases.Flag(ctx, a.Node(m).As("ana").Actor, x.ID, now.Version, len(origin) > 0, origin)
		a.must(err)
	}
	hits := func() []lookup.Hit {
		t.Helper()
		a.Run()
		a.attend("MK")
		a.Run()
		all, err := md.Lookups.Hits(ctx, md.As("ana").Actor)
		a.must(err)
		return all
	}
	told := func(q lookup.Question) (out []id.Member) {
		t.Helper()
		for _, m := range a.question("MK", q).Members {
			out = append(out, m.Member)
		}
		return out
	}

	flag(here, "MK", casefile.OriginUnknown)
	_, err := mk.Lookups.Propose(ctx, mk.As("ana"), here.ID, lookup.Proposal{Purpose: "protection", Basis: "cets-197-11", Consent: mine.ID})
	if key := keyOf(err); key != "case.asylum.origin-unknown" {
		t.Errorf("nobody knows where she is from, and it is asked: %v", err)
	}
	flag(here, "MK", "MD")
	q := a.ask("MK", here.ID, mine.ID)
	if all := hits(); len(all) != 0 {
		t.Errorf("her country hears of her: %+v", all)
	}
	if got := told(q); slices.Contains(got, "MD") || len(got) == 0 {
		t.Errorf("asked were %v", got)
	}

	flag(here, "MK")
	flag(there, "MD", "MK")
	q = a.ask("MK", here.ID, mine.ID)
	if all := hits(); len(all) != 0 {
		t.Errorf("she fled from who asks, and there is something to decide: %+v", all)
	}
	if got := told(q); !slices.Contains(got, "MD") {
		t.Errorf("asked were %v: it was not tried", got)
	}

	flag(there, "MD")
	a.ask("MK", here.ID, mine.ID)
	all := hits()
	if len(all) != 1 {
		t.Fatalf("%+v: nothing was shown before", all)
	}
	_, err = md.Lookups.Say(ctx, md.As("ana"), all[0].ID, lookup.Speaking{Language: "en", Text: "Call us.", Basis: "cets-197-11"})
	a.must(err)
	flag(there, "MD", "MK")
	if _, err = md.Lookups.Agree(ctx, md.As("vera"), all[0].ID); keyOf(err) != "case.asylum.origin" {
		t.Errorf("it is said to her country: %v", err)
	}
	flag(there, "MD")
	_, err = md.Lookups.Agree(ctx, md.As("vera"), all[0].ID)
	a.must(err)
}
