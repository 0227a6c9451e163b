package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// TestAnErasedCaseTakesItsThreadsAndLettersWithIt: a case is erased, and with it what was written about its referral:
// the threads, the letters that came, our copies of what went. A backup of before brings nothing of it back.
func TestAnErasedCaseTakesItsThreadsAndLettersWithIt(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := frame.At(n.Clock.Now())
	file, err := md.Cases.Open(ctx, md.As("ana"), casefile.Opening{AgeClass: person.Adult})
	must(err)
	ref := id.Random[id.Referral](id.Maker{})
	write(t, mk, "MD") // stands for a letter of the referral
	n.Run()
	var letter id.Envelope
	must(store.Writer[referral.Tx](md.DB)(ctx, audit.Did(nodetest.Console("MD"), access.MakeTask, "x"), func(tx referral.Tx) error {
		rows, err := tx.InSince(ctx, "MK", 0, "", 100)
		must(err)
		for _, in := range rows {
			if in.Kind == exchange.Message {
				letter = in.ID
			}
		}
		must(tx.AddReferral(ctx, referral.Row{
			ID: ref, Desk: "focal-point", Side: referral.Sender, Peer: id.Address{Member: "MK", Desk: "focal-point"}, PeerKind: desk.AtNode,
			Realm: access.Assistance, Case: file.ID, Reference: "k7m-4qt-2x9", Status: referral.Closed, Made: now, Since: now, Version: 1,
		}))
		return tx.AddReferralLetter(ctx, referral.Letter{Envelope: letter, Referral: ref, Desk: "focal-point", What: referral.Words, At: now, State: referral.LetterOpened})
	}))
	said := message.Draft{
		To: id.Address{Member: "MK", Desk: "focal-point"}, Referral: ref, Language: "en", Text: "she is well", Basis: "cets-197-11",
	}
	m, err := md.Messages.Compose(ctx, md.As("ana"), said)
	must(err)
	n.Run()
	_, err = mk.Messages.Compose(ctx, mk.As("ana"), message.Draft{Thread: m.Thread, Language: "en", Text: "good", Basis: "cets-197-11"})
	must(err)
	n.Run()
	if got := read(t, md); got != 3 {
		t.Fatalf("%d messages, want 3", got)
	}
	var content, keys, list bytes.Buffer
	_, err = md.Backups.Make(ctx, nodetest.Console("MD"), &content, &keys)
	must(err)
	n.Clock.Advance(time.Hour)

	gone := func(when string, want bool) {
		t.Helper()
		must(store.Reader[referral.Tx](md.DB)(ctx, func(tx referral.Tx) error {
			in, err := tx.In(ctx, letter)
			must(err)
			if (in.Bytes == nil) != want {
				t.Errorf("%s: the letter has %d bytes", when, len(in.Bytes))
			}
			talk := tx.(message.Tx)
			th, err := talk.Thread(ctx, m.Thread, "focal-point")
			must(err)
			if th.Erased != want || (len(th.Box.Sealed) == 0) != want {
				t.Errorf("%s: the thread is erased: %t, with a key of %d bytes", when, th.Erased, len(th.Box.Sealed))
			}
			all, err := talk.Messages(ctx, m.Thread, "focal-point", 0, "", 100)
			must(err)
			for _, x := range all {
				if (x.Body == nil) != want {
					t.Errorf("%s: a message has %d bytes", when, len(x.Body))
				}
			}
			sent, err := tx.OutOf(ctx, m.Thread)
			must(err)
			for _, o := range sent {
				if (o.Bytes == nil) != want {
					t.Errorf("%s: what was sent has %d bytes", when, len(o.Bytes))
				}
			}
			return nil
		}))
	}
	gone("before", false)
	file, err = md.Cases.Close(ctx, md.As("ana"), file.ID, file.Version, casefile.Closure{Reason: "needs-met", Date: n.Clock.Now().Format(time.DateOnly), Action: "erase"})
	must(err)
	must(md.Cases.Erase(ctx, md.As("ana").Actor, file.ID))
	gone("after", true)
	must(md.Backups.WriteErasures(ctx, nodetest.Console("MD"), &list))
	n.Clock.Advance(time.Hour)
	md.Restore(backup.From{
		Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()},
	})
	gone("after a restore", true)
}
