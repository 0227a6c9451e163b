package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Requests of prosecutors are found by desk, key and release, with what happened to them and how long it took.
func TestRequestsAreFound(t *testing.T) {
	db, ctx := storetest.New(t, time.Now), t.Context()
	row := func(thread id.Thread, desk id.Desk) cooperation.Row {
		return cooperation.Row{
			ID: thread, Desk: desk, Side: envelope.Opener, Peer: id.Address{Member: "MD", Desk: "prosecution"}, Reference: "ref", Kind: "mla", Instrument: "mla.coe-1959",
			State: cooperation.Draft, Urgent: true, Due: "2026-12-24", Box: keyring.Box{Generation: 2, Sealed: []byte("key")}, Body: []byte("sealed"), Revision: 3, By: "u", At: 7, Version: 1,
		}
	}
	err := store.Writer[cooperation.Tx](db)(ctx, did("cooperation"), func(tx cooperation.Tx) error {
		for _, r := range []cooperation.Row{row("t1", "occpo"), row("t2", "occpo"), row("t3", "other")} {
			if err := tx.AddCooperation(ctx, r); err != nil {
				return err
			}
		}
		r := row("t2", "occpo")
		r.State, r.Box, r.Body, r.Urgent, r.Due = cooperation.Erased, keyring.Box{}, nil, false, ""
		if err := tx.SetCooperation(ctx, r); err != nil {
			return err
		}
		if err := tx.SetCooperation(ctx, r); !fault.Is(err, fault.Stale) {
			t.Errorf("the same version twice: %v", err)
		}
		for i, e := range []cooperation.Event{
			{Thread: "t1", Desk: "occpo", N: 1, Step: cooperation.Ask, Day: "2026-11-30", Envelope: "e1", Body: []byte("words"), By: "u", At: 100},
			{Thread: "t1", Desk: "occpo", N: 2, Step: cooperation.Receipt, Day: "2026-11-30", Envelope: "e2", Intake: "k1", At: 200},
			{Thread: "t1", Desk: "occpo", N: 3, Step: cooperation.Decision, Code: "postponed", Day: "2026-11-30", Envelope: "e3", At: 300},
			{Thread: "t1", Desk: "occpo", N: 4, Step: cooperation.Decision, Code: "recognised", Day: "2026-11-30", Envelope: "e4", At: 400},
			{Thread: "t3", Desk: "other", N: 1, Step: cooperation.Ask, Day: "2026-11-30", Envelope: "e5", At: 500},
		} {
			if err := tx.AddCooperationEvent(ctx, e); err != nil {
				t.Errorf("event %d: %v", i, err)
			}
		}
		if err := tx.SetCooperationReleases(ctx, "t1", "occpo", []id.Record{"r1", "r2"}); err != nil {
			return err
		}
		if err := tx.SetCooperationReleases(ctx, "t1", "occpo", []id.Record{"r2"}); err != nil {
			return err
		}
		for i, made := range []bool{true, false} {
			k := cooperation.OfficeKey{Desk: "occpo", Name: "DEMO", Certificate: []byte{byte(i)}, Made: made, Box: keyring.Box{Generation: int64(i), Sealed: []byte("box")}, Body: []byte("body"), By: "u", At: 9, Version: 1}
			if err := tx.PutOfficeKey(ctx, k); err != nil {
				return err
			}
		}
		return tx.SetCooperationEvent(ctx, cooperation.Event{Thread: "t1", Desk: "occpo", N: 1, Envelope: "e9", Body: []byte("words"), Failed: "stale-key", Told: 150})
	})
	if err != nil {
		t.Fatal(err)
	}
	names := func(all []cooperation.Row, err error) (out []id.Thread) {
		if err != nil {
			t.Error(err)
		}
		for _, r := range all {
			out = append(out, r.ID)
		}
		return out
	}
	err = store.Reader[cooperation.Tx](db)(ctx, func(tx cooperation.Tx) error {
		r, err := tx.Cooperation(ctx, "t1", "occpo")
		if err != nil || string(r.Body) != "sealed" || string(r.Box.Sealed) != "key" || r.Box.Generation != 2 || !r.Urgent || r.Due != "2026-12-24" || r.Revision != 3 || r.Peer.Member != "MD" {
			t.Errorf("it was kept as %+v, %v", r, err)
		}
		if r, err := tx.Cooperation(ctx, "t2", "occpo"); err != nil || r.Body != nil || r.Box.Sealed != nil || r.Version != 2 || r.State != cooperation.Erased {
			t.Errorf("of what was destroyed there is %+v, %v", r, err)
		}
		if k, err := tx.OfficeKey(ctx, "occpo"); err != nil || k.Made || k.Certificate[0] != 1 || k.Box.Generation != 1 || string(k.Box.Sealed) != "box" || string(k.Body) != "body" || k.At != 9 {
			t.Errorf("the key of the office is %+v, %v", k, err)
		}
		if _, err := tx.OfficeKey(ctx, "other"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of an office without a key: %v", err)
		}
		if _, err := tx.Cooperation(ctx, "t1", "other"); !fault.Is(err, fault.NotFound) {
			t.Errorf("at another desk: %v", err)
		}
		for name, x := range map[string]struct{ got, want []id.Thread }{
			"at":     {names(tx.CooperationsAt(ctx, "occpo", "", 9)), []id.Thread{"t2", "t1"}},
			"before": {names(tx.CooperationsAt(ctx, "occpo", "t2", 9)), []id.Thread{"t1"}},
			"limit":  {names(tx.CooperationsAt(ctx, "occpo", "", 1)), []id.Thread{"t2"}},
			"ends":   {names(tx.CooperationEnds(ctx, "t3")), []id.Thread{"t3"}},
			"with":   {names(tx.CooperationsWith(ctx, "r2")), []id.Thread{"t1"}},
			"gone":   {names(tx.CooperationsWith(ctx, "r1")), nil},
		} {
			if !slices.Equal(x.got, x.want) {
				t.Errorf("%s: %v, want %v", name, x.got, x.want)
			}
		}
		all, err := tx.CooperationEvents(ctx, "t1", "occpo")
		if err != nil || len(all) != 4 || all[0].Envelope != "e9" || all[0].Failed != "stale-key" || all[0].Told != 150 || string(all[0].Body) != "words" || all[1].Intake != "k1" || all[1].Body != nil {
			t.Errorf("events %+v, %v", all, err)
		}
		for key, want := range map[id.Key]bool{"k1": true, "k2": false, "": false} {
			if got, err := tx.CooperationSealedTo(ctx, key); err != nil || got != want {
				t.Errorf("sealed to %q: %t, %v", key, got, err)
			}
		}
		past, err := tx.CooperationPast(ctx, "occpo", 9)
		want := cooperation.Past{Thread: "t1", Side: envelope.Opener, Peer: "MD", Kind: "mla", Sent: 100, Receipt: 200, Decision: 300}
		if err != nil || len(past) != 1 || past[0] != want {
			t.Errorf("the days are %+v, %v", past, err)
		}
		if past, err := tx.CooperationPast(ctx, "", 9); err != nil || len(past) != 2 || past[0].Sent != frame.Time(500) {
			t.Errorf("the days of all are %+v, %v", past, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
