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
	"github.com/opentrm/opentrm/internal/envelope"
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
			if in.Kind == envelope.Message {
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

// erased holds what MK keeps of the referral to nothing: no bytes, no letter to be opened, no task to open one.
func (w *lateWords) erased(when string, want int) {
	w.t.Helper()
	w.must(store.Reader[referral.Tx](w.mk.DB)(w.t.Context(), func(tx referral.Tx) error {
		rows, err := tx.InSince(w.t.Context(), "MD", 0, "", 1000)
		if err != nil {
			return err
		}
		n := 0
		for _, in := range rows {
			if !in.Content {
				continue
			}
			n++
			if in.Bytes != nil || in.State != exchange.InErased {
				w.t.Errorf("%s: an envelope of kind %s is %s, with %d bytes", when, in.Kind, in.State, len(in.Bytes))
			}
		}
		if n != want {
			w.t.Errorf("%s: %d envelopes with a content, want %d", when, n, want)
		}
		letters, err := tx.ReferralLetters(w.t.Context(), w.ref, "focal-point")
		for _, l := range letters {
			if l.State == referral.LetterSealed {
				w.t.Errorf("%s: %s may be opened", when, l.What)
			}
		}
		return err
	}))
	w.tasks(w.mk, referral.TaskBundle, 0)
}

// sentErased holds what MD knows of the same envelopes to what became of them.
func (w *lateWords) sentErased() {
	w.t.Helper()
	w.must(store.Reader[exchange.Tx](w.md.DB)(w.t.Context(), func(tx exchange.Tx) error {
		rows, err := tx.OutSince(w.t.Context(), "MK", 0, "", 1000)
		for _, o := range rows {
			if !o.Content {
				continue
			}
			if r, err := envelope.ParseReceipt(o.Receipt); err != nil || r.Receipt.Stage != envelope.Erased {
				w.t.Errorf("of what was sent MD knows that it is %s, %v", r.Receipt.Stage, err)
			}
		}
		return err
	}))
}

// TestWhatWasErasedAfterTheBackupIsGoneFromTheInbox: a case is erased, or what came under a consent that was withdrawn,
// and the node is restored from a backup of before. Neither what the backup holds nor what the sender sends again stays.
func TestWhatWasErasedAfterTheBackupIsGoneFromTheInbox(t *testing.T) {
	for name, early := range map[string]bool{"that the backup holds": false, "that is sent again": true} {
		t.Run(name, func(t *testing.T) {
			var content, keys, list bytes.Buffer
			back := func(w *lateWords) {
				_, err := w.mk.Backups.Make(t.Context(), nodetest.Console("MK"), &content, &keys)
				w.must(err)
				w.net.Clock.Advance(2 * time.Hour)
			}
			before := []func(*lateWords){}
			if early {
				before = append(before, back)
			}
			w := newLateWords(t, before...)
			opened, err := w.mk.Referrals.Open(t.Context(), w.mk.As("ana"), referral.At{Referral: w.ref})
			w.must(err)
			w.net.Run()
			if !early {
				back(w)
			}
			_, err = w.md.Referrals.Revoke(t.Context(), w.md.As("ana"), referral.At{Referral: w.ref}, "other-desk")
			w.must(err)
			w.net.Run()
			shown, err := w.mk.Cases.Show(t.Context(), w.mk.As("ana"), opened.Case)
			w.must(err)
			file := shown.Case
			_, err = w.mk.Cases.Close(t.Context(), w.mk.As("ana"), file.ID, file.Version, casefile.Closure{
				Reason: "needs-met", Date: w.net.Clock.Now().Format(time.DateOnly), Action: "erase",
			})
			w.must(err)
			w.must(w.mk.Cases.Erase(t.Context(), w.mk.As("ana").Actor, file.ID))
			w.net.Run()
			w.erased("after", 2)
			w.sentErased()
			w.must(w.mk.Backups.WriteErasures(t.Context(), nodetest.Console("MK"), &list))
			w.net.Clock.Advance(time.Hour)
			w.net.CutAll(true)
			w.mk.Restore(backup.From{
				Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()},
			})
			if early {
				w.erased("after a restore", 0)
			} else {
				w.erased("after a restore", 2)
				w.must(store.Reader[casefile.Tx](w.mk.DB)(t.Context(), func(tx casefile.Tx) error {
					c, err := tx.Case(t.Context(), file.ID)
					if c.State != casefile.Erased {
						t.Errorf("the case is %s", c.State)
					}
					return err
				}))
			}
			w.net.CutAll(false)
			w.net.Run()
			w.erased("when all was sent again", 2)
			w.sentErased()
			w.status(w.mk, referral.Revoked)
		})
	}
	t.Run("under a consent", func(t *testing.T) {
		var content, keys, list bytes.Buffer
		w := newLateWords(t)
		_, err := w.mk.Referrals.Open(t.Context(), w.mk.As("ana"), referral.At{Referral: w.ref})
		w.must(err)
		w.net.Run()
		_, err = w.mk.Backups.Make(t.Context(), nodetest.Console("MK"), &content, &keys)
		w.must(err)
		w.net.Clock.Advance(2 * time.Hour)
		_, err = w.md.Consents.Withdraw(t.Context(), w.md.As("ana").Actor, w.consent, "")
		w.must(err)
		w.net.Run()
		_, err = w.mk.Consents.Reply(t.Context(), w.mk.As("ana"), w.consent, nil)
		w.must(err)
		w.net.Run()
		w.must(w.mk.Backups.WriteErasures(t.Context(), nodetest.Console("MK"), &list))
		w.net.CutAll(true)
		w.mk.Restore(backup.From{
			Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()},
		})
		w.must(store.Reader[exchange.Tx](w.mk.DB)(t.Context(), func(tx exchange.Tx) error {
			rows, err := tx.InSince(t.Context(), "MD", 0, "", 1000)
			for _, in := range rows {
				if in.Kind == envelope.Identity && (in.Bytes != nil || in.State != exchange.InErased) {
					t.Errorf("who she is is %s, with %d bytes", in.State, len(in.Bytes))
				}
			}
			return err
		}))
	})
}

// TestAMessageOfAnErasedThreadIsNotRefusedWhenItIsSentAgain: what was written and erased since the backup is erased again,
// and nobody is asked to write it anew.
func TestAMessageOfAnErasedThreadIsNotRefusedWhenItIsSentAgain(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	write(t, md, "MK")
	n.Run()
	var content, keys, list bytes.Buffer
	_, err := mk.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	must(err)
	n.Clock.Advance(time.Hour)
	threads, err := md.Messages.Threads(ctx, md.As("ana").Actor, message.Filter{})
	must(err)
	th := threads[0].ID
	_, err = md.Messages.Compose(ctx, md.As("ana"), message.Draft{Thread: th, Language: "en", Text: "and this", Basis: "cets-197-11"})
	must(err)
	n.Run()
	must(store.Writer[message.Tx](mk.DB)(ctx, audit.Did(nodetest.Console("MK"), access.EraseCase, "x"), func(tx message.Tx) error {
		return mk.Messages.EraseIn(ctx, tx, th)
	}))
	n.Run()
	must(mk.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	mk.Restore(backup.From{
		Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()},
	})
	n.Run()
	erased := 0
	must(store.Reader[exchange.Tx](mk.DB)(ctx, func(tx exchange.Tx) error {
		rows, err := tx.InSince(ctx, "MD", 0, "", 100)
		for _, in := range rows {
			if in.Kind != envelope.Message {
				continue
			}
			erased++
			if in.State != exchange.InErased || in.Bytes != nil {
				t.Errorf("a message is %s, with %d bytes", in.State, len(in.Bytes))
			}
		}
		return err
	}))
	if erased != 2 {
		t.Errorf("%d messages at MK, want 2", erased)
	}
	must(store.Reader[message.Tx](md.DB)(ctx, func(tx message.Tx) error {
		all, err := tx.Messages(ctx, th, "focal-point", 0, "", 100)
		for _, m := range all {
			if m.State == message.Refused {
				t.Errorf("at MD a message is %s: %s", m.State, m.Code)
			}
		}
		return err
	}))
}
