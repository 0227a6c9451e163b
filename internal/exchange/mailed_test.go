package exchange_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// What is withdrawn while its member is waited for in vain is not left in a mailbox afterwards.
func TestWhatIsWithdrawnWhileItIsPushedIsNotMailed(t *testing.T) {
	w := newWorld(t, place{id: "MD"}, place{id: "MK"}, place{id: "RS", mailbox: true})
	md, rs := w.nodes["MD"], w.nodes["RS"]
	kept, gone := consent(), consent()
	stays := md.seal(letter("MK", thread(), kept))
	goes := md.seal(letter("MK", thread(), gone))
	pushes := 0
	w.wire = func(_, to id.Member) error {
		if to != "MK" {
			return nil
		}
		if pushes++; pushes == 4 {
			md.write(func(ctx context.Context, tx exchange.Tx) error {
				_, err := md.Withdraw(ctx, tx, gone, "MD")
				return err
			})
		}
		return errDown
	}
	for range 4 {
		md.deliver()
		w.clock.pass(2 * time.Hour)
	}
	if pushes < 4 {
		t.Fatalf("%d pushes: this shows nothing", pushes)
	}
	rs.read(func(ctx context.Context, tx exchange.Tx) error {
		if _, err := tx.Mail(ctx, goes); !fault.Is(err, fault.NotFound) {
			t.Errorf("what was withdrawn was left in a mailbox: %v", err)
		}
		_, err := tx.Mail(ctx, stays)
		return err
	})
	if o := md.out(goes); o.State != exchange.OutDestroyed {
		t.Errorf("it is %s", o.State)
	}
}

// What is withdrawn while somebody is waited for in vain at her first address does not go to her second, and what was not does.
func TestWhatIsWithdrawnBetweenTwoAddressesStays(t *testing.T) {
	for _, way := range []string{"push", "mailbox"} {
		t.Run(way, func(t *testing.T) {
			hidden := way == "mailbox"
			w := newWorld(t, place{id: "MD"}, place{id: "MK", hidden: hidden, twice: !hidden}, place{id: "RS", mailbox: hidden, twice: true})
			md := w.nodes["MD"]
			gone := consent()
			goes := md.seal(letter("MK", thread(), gone))
			w.clock.pass(time.Second) // it is the first to go
			stays := md.seal(letter("MK", thread(), consent()))
			tried := 0
			w.wire = func(_, _ id.Member) error {
				if tried++; tried > 1 {
					return nil
				}
				md.write(func(ctx context.Context, tx exchange.Tx) error {
					_, err := md.Withdraw(ctx, tx, gone, "MD")
					return err
				})
				return errDown
			}
			md.deliver()
			if o := md.out(goes); o.State != exchange.OutDestroyed || tried < 2 {
				t.Errorf("it is %s after %d tries", o.State, tried)
			}
			if s := md.out(stays).State; s != exchange.OutDelivered && s != exchange.OutRelayed {
				t.Errorf("the other one is %s", s)
			}
			there := w.nodes["MK"]
			if hidden {
				there = w.nodes["RS"]
			}
			there.read(func(ctx context.Context, tx exchange.Tx) error {
				_, in := tx.In(ctx, goes)
				_, mail := tx.Mail(ctx, goes)
				if !fault.Is(in, fault.NotFound) || !fault.Is(mail, fault.NotFound) {
					t.Errorf("it is there: %v, %v", in, mail)
				}
				return nil
			})
		})
	}
}
