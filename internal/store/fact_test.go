package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// keepFacts keeps facts of victims, of help, and what was told without a name.
func keepFacts(ctx context.Context, t *testing.T, tx *store.Tx) error {
	var want []stats.Fact
	for i := range 3 {
		f := stats.Fact{ID: id.Fact(fmt.Sprint("f", i)), Month: 24_000 + stats.Month(i), Sex: "female", Age: "0-8", Forms: []stats.Form{"labour", "sexual"}, Citizenship: "MK", Status: "identified", Registrar: "police"}
		want = append(want, f)
		if err := tx.AddFact(ctx, f); err != nil {
			return err
		}
	}
	if err := tx.AddFact(ctx, want[0]); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same fact twice: %v", err)
	}
	var got []stats.Fact
	err := tx.Facts(ctx, func(f stats.Fact) bool { got = append(got, f); return len(got) < 2 })
	same(t, "facts", got, want[:2])
	if err != nil {
		return err
	}
	help := []stats.Help{{ID: "h1", Year: "2026", Services: []string{"legal", "medical"}, Wait: stats.SameDay}, {ID: "h2", Year: "unknown", Services: []string{"unknown"}, Wait: "unknown"}}
	for _, h := range []stats.Help{{ID: "h1", Year: "2025", Services: []string{"medical"}, Wait: stats.Longer}, help[1], help[0]} {
		if err := tx.SetHelp(ctx, h); err != nil {
			return err
		}
	}
	var helped []stats.Help
	err = tx.Helps(ctx, func(h stats.Help) bool { helped = append(helped, h); return true })
	same(t, "help", helped, help)
	told := []stats.Unnamed{{ID: "u1", Month: 24_312, Sex: "female", Forms: []string{"forced-labour"}, Why: "not-now", Helped: []string{"legal", "medical"}}, {ID: "u2", Month: 24_311, Sex: "unknown", Forms: []string{}, Why: "not-asked", Helped: []string{}}}
	for _, u := range []stats.Unnamed{told[1], told[0]} {
		if err := tx.AddUnnamed(ctx, u); err != nil {
			return err
		}
	}
	var unnamed []stats.Unnamed
	if err == nil {
		err = tx.EachUnnamed(ctx, func(u stats.Unnamed) bool { unnamed = append(unnamed, u); return true })
	}
	same(t, "unnamed", unnamed, told)
	if err != nil {
		return err
	}
	if err := snapshots(ctx, t, tx); err != nil {
		return err
	}
	return spans(ctx, t, tx)
}

// snapshots keeps what was reported, each once, and finds it again.
func snapshots(ctx context.Context, t *testing.T, tx *store.Tx) error {
	key := seal.NewSign(rand.Reader)
	var want []stats.Listed
	frozen := map[string]stats.Frozen{}
	for i, at := range []frame.Time{3, 1, 2} {
		l := stats.Listed{Digest: fmt.Sprint("d", i), Table: "eu-19a-a", Year: 2025, At: at, By: "vera"}
		f := stats.Frozen{Digest: l.Digest, Body: []byte{byte(i), 0, 0xff}, Signature: key.Sign(seal.DomainSnapshot, []byte{byte(i)})}
		if err := tx.AddSnapshot(ctx, l, f); err != nil {
			return err
		}
		if err := tx.AddSnapshot(ctx, l, f); !fault.Is(err, fault.Conflict) {
			t.Errorf("the same snapshot twice: %v", err)
		}
		want, frozen[l.Digest] = append(want, l), f
	}
	got, err := tx.Snapshots(ctx)
	if err != nil {
		return err
	}
	same(t, "snapshots", got, []stats.Listed{want[0], want[2], want[1]})
	for name, f := range frozen {
		one, err := tx.Snapshot(ctx, name)
		if err != nil {
			return err
		}
		if string(one.Body) != string(f.Body) || one.Digest != name || one.Signature != f.Signature {
			t.Errorf("%s came back as %+v", name, one)
		}
	}
	if _, err := tx.Snapshot(ctx, "none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("none: %v", err)
	}
	return nil
}

// spans looks from when to when the facts of these tests are; a year that is not known is none.
func spans(ctx context.Context, t *testing.T, tx *store.Tx) error {
	t.Helper()
	got, err := tx.FactSpans(ctx)
	same(t, "spans", got, stats.Spans{Persons: [2]stats.Month{24_000, 24_002}, Unnamed: [2]stats.Month{24_311, 24_312}, Help: [2]string{"2026", "2026"}})
	return err
}
