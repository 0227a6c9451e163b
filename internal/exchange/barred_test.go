package exchange_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// withdrawal says that a consent was withdrawn.
func withdrawal(to id.Member, th id.Thread, c id.Consent, at frame.Time) exchange.Draft {
	w := event(to, th, envelope.Opener)
	w.Kind, w.Immediate, w.Consent, w.Basis = envelope.Withdrawal, true, c, ""
	w.Body, _ = envelope.EncodeBody(envelope.WithdrawalBody{Consent: c, At: at})
	return w
}

// TestWhatWasSealedBeforeABlockStaysHere: a member is blocked here, or suspended by the network, after something was
// sealed to her. Only the withdrawal goes, by whichever way, even behind a whole page of what may not.
func TestWhatWasSealedBeforeABlockStaysHere(t *testing.T) {
	bar := map[string]func(*world, *node){
		"blocked": func(_ *world, md *node) {
			md.write(func(ctx context.Context, tx exchange.Tx) error { return tx.SetBlock(ctx, block("MK")) })
		},
		"suspended": func(w *world, md *node) {
			next := w.roster.Roster
			next.Members = append([]member.Member{}, next.Members...)
			for i := range next.Members {
				if next.Members[i].ID == "MK" {
					next.Members[i].Status = member.Suspended
				}
			}
			signed, err := proposeNext(w, next)
			if err != nil {
				t.Fatal(err)
			}
			md.takeRoster(signed)
		},
	}
	for name, do := range bar {
		t.Run(name, func(t *testing.T) {
			w, md, mk := two(t)
			th := thread()
			before := 2
			if name == "blocked" {
				before = 51 // more than a page
			}
			for range before {
				md.seal(event("MK", th, envelope.Opener))
			}
			md.seal(withdrawal("MK", th, consent(), frame.At(w.clock.Now())))
			do(w, md)
			only := func(way string, n int) {
				t.Helper()
				if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{byte(before + 1)}) || n != 1 {
					t.Errorf("%s: %d envelopes went, effects %v, want the withdrawal alone", way, n, got)
				}
			}
			var stick bytes.Buffer
			n, err := md.Export(t.Context(), console("MD"), "", &stick)
			if err != nil || n != 1 {
				t.Errorf("%d envelopes are on the stick, want 1 (%v)", n, err)
			}
			p, err := md.Waiting(t.Context(), "MK", "")
			if err != nil || len(p.Envelopes) != 1 || p.More {
				t.Errorf("%d envelopes wait to be collected, want 1 (%v)", len(p.Envelopes), err)
			}
			only("push", md.deliver())
			w.clock.pass(2 * time.Hour)
			if n := md.deliver(); n != 0 {
				t.Errorf("%d envelopes went later", n)
			}
			if name == "blocked" {
				md.write(func(ctx context.Context, tx exchange.Tx) error { return tx.DropBlock(ctx, "MK") })
				w.clock.pass(2 * time.Hour)
				md.deliver()
				if got := mk.did(th, envelope.Opener); len(got) != before+1 {
					t.Errorf("%d effects after the block was lifted, want all", len(got))
				}
			}
		})
	}
}
