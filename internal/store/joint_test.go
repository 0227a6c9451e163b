package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// What desks of members ask each other is found by desk, consent, time and key; the key of a question goes with it.
func TestQuestionsAreFound(t *testing.T) {
	db, ctx := storetest.New(t, time.Now), t.Context()
	row := func(thread id.Thread, side envelope.Side, until int64, intake id.Key) joint.Row {
		return joint.Row{
			ID: thread, Desk: "shelter", Side: side, Peer: id.Address{Member: "MD", Desk: "focal-point"}, Return: "r", Referral: "q", Reference: "ref",
			Consent: "c-" + id.Consent(thread), Basis: "consent", Until: frame.Time(100 * until), State: joint.Sealed, Envelope: "e", Intake: intake,
			At: 7, Version: 1,
		}
	}
	names := func(all []joint.Row) (out []id.Thread) {
		for _, r := range all {
			out = append(out, r.ID)
		}
		return out
	}
	err := store.Writer[joint.Tx](db)(ctx, did("joint"), func(tx joint.Tx) error {
		for _, r := range []joint.Row{
			row("t1", envelope.Answerer, 3, "k1"), row("t2", envelope.Answerer, 1, ""), row("t3", envelope.Opener, 2, ""), row("t4", envelope.Answerer, 0, ""),
		} {
			if err := tx.AddJoint(ctx, r); err != nil {
				return err
			}
		}
		r, err := tx.Joint(ctx, "t2", "shelter")
		if err != nil {
			return err
		}
		if r.Box.Sealed != nil || r.Body != nil || r.Consent != "c-t2" || r.Peer.Desk != "focal-point" || r.Until != 100 {
			t.Errorf("it was kept as %+v", r)
		}
		r.State, r.Body, r.Box = joint.Read, []byte("sealed"), keyring.Box{Generation: 2, Sealed: []byte("key")}
		if err := tx.SetJoint(ctx, r); err != nil {
			return err
		}
		if err := tx.SetJoint(ctx, r); !fault.Is(err, fault.Stale) {
			t.Errorf("the same version twice: %v", err)
		}
		over, err := tx.Joint(ctx, "t4", "shelter")
		if err != nil {
			return err
		}
		over.State = joint.Over
		return tx.SetJoint(ctx, over)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Reader[joint.Tx](db)(ctx, func(tx joint.Tx) error {
		r, err := tx.Joint(ctx, "t2", "shelter")
		if err != nil || string(r.Body) != "sealed" || string(r.Box.Sealed) != "key" || r.Box.Generation != 2 || r.Version != 2 {
			t.Errorf("it was kept as %+v, %v", r, err)
		}
		if _, err := tx.Joint(ctx, "t2", "focal-point"); !fault.Is(err, fault.NotFound) {
			t.Errorf("at another desk: %v", err)
		}
		for name, ask := range map[string]struct {
			got  func() ([]joint.Row, error)
			want []id.Thread
		}{
			"at":    {func() ([]joint.Row, error) { return tx.JointsAt(ctx, "shelter", "", 9) }, []id.Thread{"t1", "t2"}},
			"after": {func() ([]joint.Row, error) { return tx.JointsAt(ctx, "shelter", "t1", 9) }, []id.Thread{"t2"}},
			"limit": {func() ([]joint.Row, error) { return tx.JointsAt(ctx, "shelter", "", 1) }, []id.Thread{"t1"}},
			"under": {func() ([]joint.Row, error) { return tx.JointsUnder(ctx, "c-t3") }, []id.Thread{"t3"}},
			"past":  {func() ([]joint.Row, error) { return tx.JointsPast(ctx, 200, 9) }, []id.Thread{"t2", "t3"}},
			"ends":  {func() ([]joint.Row, error) { return tx.JointEnds(ctx, "t4") }, []id.Thread{"t4"}},
		} {
			if all, err := ask.got(); err != nil || !slices.Equal(names(all), ask.want) {
				t.Errorf("%s: %v, %v, want %v", name, names(all), err, ask.want)
			}
		}
		for key, want := range map[id.Key]bool{"k1": true, "k2": false, "": false} {
			if got, err := tx.JointSealedTo(ctx, key); err != nil || got != want {
				t.Errorf("sealed to %q: %t, %v", key, got, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
