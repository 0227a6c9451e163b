package lookup_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/veil"
)

// keeping is a database in which questions rest.
type keeping struct {
	*testing.T
	db  *store.DB
	now frame.Time
}

func newKeeping(t *testing.T) keeping {
	t.Helper()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	return keeping{t, storetest.New(t, func() time.Time { return now }), frame.At(now)}
}

func (k keeping) write(fn func(context.Context, lookup.FullTx) error) error {
	return store.Writer[lookup.FullTx](k.db)(k.Context(), audit.Did(access.Node("MK"), access.ContinueLookup, "MK"), func(tx lookup.FullTx) error { return fn(k.Context(), tx) })
}

// must changes something.
func (k keeping) must(fn func(context.Context, lookup.FullTx) error) {
	k.Helper()
	if err := k.write(fn); err != nil {
		k.Fatal(err)
	}
}

// rests compares what is found with what should be.
func rests[T any](k keeping, want []T, find func(context.Context, lookup.FullTx) ([]T, error)) {
	k.Helper()
	err := store.Reader[lookup.FullTx](k.db)(k.Context(), func(tx lookup.FullTx) error {
		got, err := find(k.Context(), tx)
		if d := cmp.Diff(want, got); d != "" && len(want)+len(got) > 0 {
			k.Error(d)
		}
		return err
	})
	if err != nil {
		k.Error(err)
	}
}

func one[T any](v T, err error) ([]T, error) {
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return []T{v}, err
}

func draw[K ~string]() K { return id.Random[K](id.Maker{}) }

// TestQuestionsRest: questions are found by case, by desk and by stage, the oldest first, and by nothing else; whoever knows another version of one changes nothing.
func TestQuestionsRest(t *testing.T) {
	k := newKeeping(t)
	c, other := draw[id.Case](), draw[id.Case]()
	row := func(of id.Case, desk id.Desk, stage lookup.Stage, age time.Duration) lookup.Row {
		return lookup.Row{ID: string(draw[id.Lookup]()), Case: of, Desk: desk, Class: lookup.Asking, State: string(stage), At: k.now.Add(-age), Value: []byte(`{}`), Version: 1}
	}
	first, second, third := row(c, "a", lookup.Hidden, 2*time.Hour), row(c, "a", lookup.Hidden, time.Hour), row(other, "b", lookup.Sent, time.Hour)
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		for _, r := range []lookup.Row{third, second, first} {
			if err := tx.AddLookup(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	found := func(want []lookup.Row, find func(context.Context, lookup.FullTx) ([]lookup.Row, error)) {
		t.Helper()
		rests(k, want, find)
	}
	of := func(c id.Case) func(context.Context, lookup.FullTx) ([]lookup.Row, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) { return tx.LookupsOf(ctx, c) }
	}
	at := func(d id.Desk, limit int) func(context.Context, lookup.FullTx) ([]lookup.Row, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) {
			return tx.LookupsAt(ctx, d, lookup.Asking, lookup.Hidden, limit)
		}
	}
	in := func(s lookup.Stage) func(context.Context, lookup.FullTx) ([]lookup.Row, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) { return tx.LookupsIn(ctx, s, 10) }
	}
	by := func(r lookup.Row) func(context.Context, lookup.FullTx) ([]lookup.Row, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) {
			return one(tx.Lookup(ctx, id.Lookup(r.ID)))
		}
	}
	found([]lookup.Row{first, second}, of(c))
	found([]lookup.Row{first}, at("a", 1))
	found(nil, at("b", 10))
	found([]lookup.Row{third}, in(lookup.Sent))

	first.State, first.Desk, first.Value = string(lookup.Sent), "b", []byte(`{"x":1}`)
	set := func(ctx context.Context, tx lookup.FullTx) error { return tx.SetLookup(ctx, first) }
	k.must(set)
	if err := k.write(set); !fault.Is(err, fault.Stale) {
		t.Errorf("the version before: %v", err)
	}
	first.Version = 2
	found([]lookup.Row{first}, by(first))
	found([]lookup.Row{first, third}, in(lookup.Sent))
	k.must(func(ctx context.Context, tx lookup.FullTx) error { return tx.DropLookup(ctx, id.Lookup(third.ID)) })
	found(nil, by(third))
	k.must(func(ctx context.Context, tx lookup.FullTx) error { return tx.DropLookupsOf(ctx, c) })
	found(nil, of(c))
}

// TestWhatIsHeardRestsOnce: what another member asks is looked at in the order in which it came, counts once, and is gone when it is answered. Quotas count
// what was asked since then and not refused, by whom.
func TestWhatIsHeardRestsOnce(t *testing.T) {
	k := newKeeping(t)
	late := lookup.Heard{ID: draw[id.Lookup](), Member: "RS", Step: "query", At: k.now, Value: []byte(`1`)}
	early := lookup.Heard{ID: draw[id.Lookup](), Member: "AL", Step: "ask", At: k.now.Add(-time.Hour), Value: []byte(`2`)}
	again := late
	again.Value = []byte(`3`)
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		for _, h := range []lookup.Heard{late, early, again} {
			if err := tx.AddLookupHeard(ctx, h); err != nil {
				return err
			}
		}
		return nil
	})
	all := func(ctx context.Context, tx lookup.FullTx) ([]lookup.Heard, error) { return tx.LookupsHeard(ctx, 10) }
	rests(k, []lookup.Heard{early, late}, all)
	k.must(func(ctx context.Context, tx lookup.FullTx) error { return tx.DropLookupHeard(ctx, early) })
	rests(k, []lookup.Heard{late}, all)

	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		for i, l := range []lookup.Logged{
			{Member: "RS", Officer: "one", Many: 2},
			{Member: "RS", Officer: "two", Many: 3},
			{Member: "AL", Officer: "one", Many: 5},
			{Member: "RS", Officer: "one", Many: 7, Refused: "officer"},
			{Member: "RS", Officer: "one", Many: 11, At: k.now.Add(-48 * time.Hour)},
		} {
			if l.At == 0 {
				l.At = k.now.Add(-time.Duration(i) * time.Minute)
			}
			l.ID, l.Class, l.Digest = draw[id.Lookup](), lookup.Asking, []byte{}
			if err := tx.AddLookupLog(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
	for _, x := range []struct {
		m    id.Member
		who  string
		want int64
	}{{"RS", "one", 2}, {"RS", "", 5}, {"", "", 10}, {"BA", "", 0}} {
		rests(k, []int64{x.want}, func(ctx context.Context, tx lookup.FullTx) ([]int64, error) {
			return one(tx.LookupUsed(ctx, lookup.Asking, k.now.Add(-24*time.Hour), x.m, x.who))
		})
	}
}

// TestTagsRest: a case is found by a tag of its realm and epoch, and by no other; tags and the ground they rest on go together with the case.
func TestTagsRest(t *testing.T) {
	k := newKeeping(t)
	cases := []id.Case{draw[id.Case](), draw[id.Case]()}
	slices.Sort(cases)
	tag := lookup.Tagged{Case: cases[0], Epoch: 3, Tag: veil.Tag{1}, Template: "phone", Realm: access.Prosecution}
	more := tag
	more.Case = cases[1]
	held := lookup.Enrolled{Case: cases[0], Desk: "a", Consent: draw[id.Consent](), Epoch: 3, Record: 2, At: k.now}
	waits := lookup.Enrolled{Case: cases[1], Desk: "a", At: k.now, Waits: draw[id.Lookup]()}
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		for _, t := range []lookup.Tagged{tag, tag, more} {
			if err := tx.AddLookupTag(ctx, t); err != nil {
				return err
			}
		}
		if err := tx.AddLookupEnrolled(ctx, waits); err != nil {
			return err
		}
		return tx.AddLookupEnrolled(ctx, held)
	})
	tagged := func(epoch int64, r access.Realm, of veil.Tag) func(context.Context, lookup.FullTx) ([]lookup.Tagged, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Tagged, error) {
			return tx.LookupTagged(ctx, epoch, r, of, 10)
		}
	}
	rests(k, []lookup.Tagged{tag, more}, tagged(3, access.Prosecution, tag.Tag))
	rests(k, nil, tagged(3, access.Assistance, tag.Tag))
	rests(k, nil, tagged(4, access.Prosecution, tag.Tag))
	rests(k, nil, tagged(3, access.Prosecution, veil.Tag{2}))
	enrolled := func(c id.Case) func(context.Context, lookup.FullTx) ([]lookup.Enrolled, error) {
		return func(ctx context.Context, tx lookup.FullTx) ([]lookup.Enrolled, error) {
			return one(tx.LookupEnrolled(ctx, c))
		}
	}
	page := func(ctx context.Context, tx lookup.FullTx) ([]lookup.Enrolled, error) {
		return tx.LookupsEnrolled(ctx, cases[0], 10)
	}
	rests(k, []lookup.Enrolled{held}, enrolled(cases[0]))
	rests(k, []lookup.Enrolled{waits}, page)
	rests(k, nil, func(ctx context.Context, tx lookup.FullTx) ([]consent.Consent, error) {
		return tx.LookupsWanting(ctx, "a", consent.ForLookup, k.now)
	})
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		if err := tx.DropLookupTags(ctx, cases[0]); err != nil {
			return err
		}
		return tx.DropLookupEnrolled(ctx, cases[0])
	})
	rests(k, []lookup.Tagged{more}, tagged(3, access.Prosecution, tag.Tag))
	rests(k, nil, enrolled(cases[0]))
}

// TestHitsRest: hits are found by case and by desk, and those that are open and over are found when their time has come.
func TestHitsRest(t *testing.T) {
	k := newKeeping(t)
	c := draw[id.Case]()
	hit := lookup.Row{ID: string(draw[id.Search]()), Case: c, Desk: "a", State: string(lookup.HitOpen), At: k.now, Value: []byte(`{}`), Version: 1}
	later := lookup.Row{ID: string(draw[id.Search]()), Case: draw[id.Case](), Desk: "a", State: string(lookup.HitOpen), At: k.now.Add(time.Hour), Value: []byte(`{}`), Version: 1}
	k.must(func(ctx context.Context, tx lookup.FullTx) error {
		if err := tx.AddLookupHit(ctx, later); err != nil {
			return err
		}
		return tx.AddLookupHit(ctx, hit)
	})
	due := func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) {
		return tx.LookupHitsDue(ctx, k.now, 10)
	}
	newest := []lookup.Row{hit, later}
	slices.SortFunc(newest, func(a, b lookup.Row) int { return strings.Compare(b.ID, a.ID) })
	rests(k, newest, func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) {
		return tx.LookupHitsAt(ctx, "a", 10)
	})
	rests(k, []lookup.Row{hit}, due)
	hit.State, hit.Desk = string(lookup.HitSilent), "b"
	set := func(ctx context.Context, tx lookup.FullTx) error { return tx.SetLookupHit(ctx, hit) }
	k.must(set)
	if err := k.write(set); !fault.Is(err, fault.Stale) {
		t.Errorf("the version before: %v", err)
	}
	hit.Version = 2
	rests(k, nil, due)
	rests(k, []lookup.Row{hit}, func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) { return tx.LookupHitsOn(ctx, c) })
	k.must(func(ctx context.Context, tx lookup.FullTx) error { return tx.DropLookupHits(ctx, c) })
	rests(k, nil, func(ctx context.Context, tx lookup.FullTx) ([]lookup.Row, error) {
		return one(tx.LookupHit(ctx, id.Search(hit.ID)))
	})
}
