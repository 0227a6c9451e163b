package demo

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// A bundle has arrived and nobody has opened it. She withdraws: with nobody signed in there, its bytes are
// destroyed, and the sender holds a signed receipt that says so.
func TestAnUnopenedBundleIsDestroyedByAWithdrawal(t *testing.T) {
	ctx, clock := t.Context(), &Clock{}
	w, err := Found(ctx, Plan{
		Dir: filepath.Join(t.TempDir(), "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0", Now: clock.Now, Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	}()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.Settle(ctx))
	texts, err := lang.Load()
	must(err)
	s := &teller{
		w: w, t: &trace{out: io.Discard, say: texts.Printer(lang.English), begin: time.Now()}, from: w.Countries["MD"],
		to: w.Countries["MK"], basis: protocol,
	}
	must(s.found(ctx))
	must(s.request(ctx))
	must(s.moves(ctx, "demo.acknowledge", s.to, referral.Acknowledged, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Acknowledge(ctx, by, s.at)
		return err
	}))
	must(s.moves(ctx, "demo.accept", s.to, referral.Accepted, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Accept(ctx, by, s.at)
		return err
	}))
	must(s.to.signOut(ctx))
	by, err := s.as(ctx, s.from)
	must(err)
	_, err = s.from.Node.Referrals.Withdraw(ctx, by.Actor, s.at)
	must(err)
	must(w.Settle(ctx))
	must(s.from.heard(ctx, s.consent.ID))
	found := false
	must(store.Reader[exchange.Tx](s.to.Node.DB)(ctx, func(tx exchange.Tx) error {
		rows, err := tx.InSince(ctx, "MD", 0, "", 200)
		for _, in := range rows {
			if in.Kind == envelope.Identity {
				found = true
				if in.Bytes != nil || in.State != exchange.InErased {
					t.Errorf("the bundle is %s with %d bytes", in.State, len(in.Bytes))
				}
			}
		}
		return err
	}))
	if !found {
		t.Error("no bundle had arrived")
	}
}
