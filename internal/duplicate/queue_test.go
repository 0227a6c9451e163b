package duplicate_test

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
)

// queue returns the pairs that somebody should look at, as references.
func (o *shelter) queue(by keyring.Bearer) (duplicate.Queue, [][2]id.Reference) {
	o.t.Helper()
	q, err := o.twins.Queue(o.ctx, by, "")
	o.must(err)
	var out [][2]id.Reference
	for _, t := range q.Pairs {
		out = append(out, [2]id.Reference{t.Here.Reference, t.There.Reference})
	}
	return q, out
}

// TestTheQueueShowsWhatIsHersToMerge: of the open cases that she may merge, pairs that are alike, each with what speaks for it; nothing of a case that is another
// desk's, nothing that somebody keeps apart until what speaks for it is another, and nothing is merged by it.
func TestTheQueueShowsWhatIsHersToMerge(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	a := o.known("ana", "Demka", "Probna", nil)
	o.later()
	b := o.known("ana", "Демка", "Пробна", nil)
	o.later()
	o.known("clara", "Demka", "Probna", nil) // of another desk of the same organisation and index
	o.known("ana", "Izmislena", "Pokazna", nil)

	q, pairs := o.queue(ana)
	if len(pairs) != 1 || pairs[0] != [2]id.Reference{a.Reference, b.Reference} || q.Pairs[0].Again || q.Next != "" {
		t.Fatalf("%+v", q)
	}
	sum := 0.0
	for _, e := range q.Pairs[0].Why {
		sum += e.Bits
	}
	if q.Pairs[0].Why[0] != (search.Evidence{Field: "name", Level: "same", N: 2, Bits: 14}) || sum != q.Pairs[0].Bits {
		t.Errorf("why: %+v, altogether %v", q.Pairs[0].Why, q.Pairs[0].Bits)
	}
	if q.Cases != 3 || q.Low > 2 || q.High < 2 || q.High > 3 {
		t.Errorf("%d cases of %d to %d persons", q.Cases, q.Low, q.High)
	}
	if c, _ := o.queue(o.people["clara"]); c.Cases != 1 || len(c.Pairs) != 0 {
		t.Errorf("the other desk sees %+v", c)
	}
	if _, err := o.twins.Queue(o.ctx, o.people["boris"], ""); !fault.Is(err, fault.Denied) {
		t.Errorf("who merges nothing: %v", err)
	}
	if _, err := o.twins.Queue(o.ctx, keyring.NewBearer(ana.Actor, nil), ""); !fault.Is(err, fault.Locked) {
		t.Errorf("without keys: %v", err)
	}

	// Kept apart it is not asked again, by whoever looks; taken back it is.
	o.refused(o.twins.Together(o.ctx, ana, a.ID, string(b.Reference), "DEMO"), fault.Conflict, "duplicate.not-apart")
	o.must(o.twins.Apart(o.ctx, ana, a.ID, string(b.Reference), "DEMO: sisters"))
	if q, pairs = o.queue(o.people["anja"]); len(pairs) != 0 || q.Low != 3 || q.High != 3 {
		t.Errorf("kept apart: %+v", q)
	}
	x, err := o.twins.Compare(o.ctx, ana, b.ID, string(a.Reference))
	o.must(err)
	if x.Apart == nil || x.Apart.By != "ana" || search.Mark(x.Why) != x.Apart.Mark {
		t.Errorf("compared: %+v", x.Apart)
	}
	o.later()
	o.must(o.twins.Together(o.ctx, ana, b.ID, string(a.Reference), "DEMO: asked again"))
	o.later()
	if _, pairs = o.queue(ana); len(pairs) != 1 {
		t.Errorf("taken back: %v", pairs)
	}
	story, err := o.twins.Of(o.ctx, ana, a.ID)
	o.must(err)
	if len(story.Said) != 2 || story.Said[0].Step != duplicate.StepTogether || story.Said[1].Step != duplicate.StepApart {
		t.Errorf("said: %+v", story.Said)
	}

	// Kept apart, and later something else is known of one of them: asked again, and said so.
	o.must(o.twins.Apart(o.ctx, ana, a.ID, string(b.Reference), "DEMO: sisters"))
	kept, err := o.cases.Persons.Show(o.ctx, ana, b.ID)
	o.must(err)
	kept.Person.Documents = person.Say([]person.Document{{Type: "passport", Number: "XX 123456", Held: "by-her"}})
	_, err = o.cases.Persons.Correct(o.ctx, ana, b.ID, kept.Version, kept.Person)
	o.must(err)
	if _, pairs = o.queue(ana); len(pairs) != 0 {
		t.Errorf("a document of one of them is no evidence: %v", pairs)
	}
	other, err := o.cases.Persons.Show(o.ctx, ana, a.ID)
	o.must(err)
	other.Person.Documents = person.Say([]person.Document{{Type: "passport", Number: "xx-123456", Held: "with-us"}})
	_, err = o.cases.Persons.Correct(o.ctx, ana, a.ID, other.Version, other.Person)
	o.must(err)
	if q, pairs = o.queue(ana); len(pairs) != 1 || !q.Pairs[0].Again {
		t.Errorf("the same document in both: %+v", q)
	}
	for _, c := range []id.Case{a.ID, b.ID} {
		row, err := o.cases.Show(o.ctx, ana, c)
		o.must(err)
		if row.State != casefile.Open {
			t.Errorf("%s is %s", c, row.State)
		}
	}

	// Each look and each word is in the log.
	entries, _, err := (&audit.Service{
		Member: "MK", Write: store.Writer[audit.Reader](o.db), Read: store.Reader[audit.Reader](o.db), Now: o.cases.Now,
	}).Entries(o.ctx, access.Actor{User: "auditor", Role: access.Auditor, Realm: access.Office, Member: "MK"}, 0, 0)
	o.must(err)
	n := map[string]int{}
	for _, e := range entries {
		if e.Entry.Action == access.MergeCase {
			n[e.Entry.Purpose]++
		}
	}
	if n["duplicate"] < 6 || n["apart"] != 4 || n["together"] != 2 {
		t.Errorf("in the log: %v", n)
	}
}

// TestTheQueueGoesOnWhereItStopped: a look that ends before all cases were compared says with how many it came to an end and where to go on; the
// looks after it give the pairs that are left, each once, and none says of how many persons the cases are.
func TestTheQueueGoesOnWhereItStopped(t *testing.T) {
	o := born(t)
	for _, name := range [][2]string{{"Demka", "Probna"}, {"Pokazka", "Izmislena"}, {"Demka", "Probna"}, {"Pokazka", "Izmislena"}, {"Sama", "Edinstvena"}} {
		o.known("ana", name[0], name[1], nil)
		o.later()
	}
	whole, pairs := o.queue(o.people["ana"])
	if len(pairs) != 2 || whole.Compared != 5 || whole.High == 0 {
		t.Fatalf("all in one go: %+v", whole)
	}
	all := o.twins.Twins
	o.twins.Twins = func(ctx context.Context, by keyring.Bearer, cases []id.Case, after id.Case, _ int) ([]search.Pair, int, id.Case, error) {
		return all(ctx, by, cases, after, 2)
	}
	seen, steps := map[[2]id.Reference]int{}, 0
	for after := id.Case(""); steps < 9; steps++ {
		q, err := o.twins.Queue(o.ctx, o.people["ana"], after)
		o.must(err)
		for _, x := range q.Pairs {
			seen[[2]id.Reference{x.Here.Reference, x.There.Reference}]++
		}
		if q.High != 0 || q.Compared < 1 || q.Compared > 2 {
			t.Errorf("a part: %+v", q)
		}
		if after = q.Next; after == "" {
			break
		}
	}
	for _, p := range pairs {
		if seen[p] != 1 {
			t.Errorf("%v was shown %d times", p, seen[p])
		}
	}
	if len(seen) != 2 || steps != 2 {
		t.Errorf("%d pairs in %d steps", len(seen), steps)
	}
}
