package nodetest_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// lateWords is a referral of MD to MK that was accepted and whose bundle has arrived, with what one of them says in a
// time that it loses, and that comes after it was told the rest.
type lateWords struct {
	t       *testing.T
	net     *nodetest.Net
	md, mk  *nodetest.Node
	ref     id.Referral
	consent id.Consent
}

func (w *lateWords) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newLateWords(t *testing.T, before ...func(*lateWords)) *lateWords {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	w := &lateWords{t: t, net: n, md: n.Node("MD"), mk: n.Node("MK")}
	for _, do := range before {
		do(w)
	}
	ctx, to := t.Context(), id.Address{Member: "MK", Desk: "focal-point"}
	who := demo.Invented()
	file, err := w.md.Cases.Open(ctx, w.md.As("ana"), opening(&who))
	w.must(err)
	given, err := w.md.Consents.Give(ctx, w.md.As("ana"), giving(file.ID, to))
	w.must(err)
	w.consent = given.ID
	row, err := w.md.Referrals.Draft(ctx, w.md.As("ana"), file.ID, referral.At{}, drafting(to, given.ID, frame.At(n.Clock.Now())))
	w.must(err)
	w.ref = row.ID
	at := referral.At{Referral: w.ref}
	_, err = w.md.Referrals.Check(ctx, w.md.As("ana"), at)
	w.must(err)
	_, err = w.md.Referrals.Send(ctx, w.md.As("ana"), at, false)
	w.must(err)
	n.Run()
	_, err = w.mk.Referrals.Open(ctx, w.mk.As("ana"), at)
	w.must(err)
	_, err = w.mk.Referrals.Acknowledge(ctx, w.mk.As("ana"), at)
	w.must(err)
	_, err = w.mk.Referrals.Accept(ctx, w.mk.As("ana"), at)
	w.must(err)
	n.Run()
	return w
}

// lose backs a node up, lets it say something that reaches nobody, restores it, lets the others answer, and returns what
// it had said of the kind.
func (w *lateWords) lose(x *nodetest.Node, kind envelope.Kind, say func()) []byte {
	w.t.Helper()
	var content, keys bytes.Buffer
	_, err := x.Backups.Make(w.t.Context(), nodetest.Console(x.Member), &content, &keys)
	w.must(err)
	w.net.Clock.Advance(time.Hour)
	w.net.CutAll(true)
	say()
	var said []byte
	w.must(x.Exchange.Read(w.t.Context(), func(tx exchange.Tx) error {
		rows, err := tx.OutFor(w.t.Context(), "", "", 50)
		for _, o := range rows {
			if o.Kind == kind {
				said = o.Bytes
			}
		}
		return err
	}))
	if said == nil {
		w.t.Fatalf("it has said nothing of kind %s", kind)
	}
	w.net.Clock.Advance(time.Hour)
	w.net.CutAll(false)
	x.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	w.net.Run()
	return said
}

// comes lets words arrive late, and everybody work.
func (w *lateWords) comes(at *nodetest.Node, words []byte, want exchange.InState) {
	w.t.Helper()
	_, err := at.Exchange.Receive(w.t.Context(), exchange.Carried, words)
	w.must(err)
	e, err := envelope.Parse(words)
	w.must(err)
	w.must(at.Exchange.Read(w.t.Context(), func(tx exchange.Tx) error {
		in, err := tx.In(w.t.Context(), e.ID)
		if in.State != want {
			w.t.Errorf("the late words are %s, want %s", in.State, want)
		}
		return err
	}))
	w.net.Run()
}

func (w *lateWords) status(x *nodetest.Node, want referral.Status) {
	w.t.Helper()
	w.must(store.Reader[referral.Tx](x.DB)(w.t.Context(), func(tx referral.Tx) error {
		r, err := tx.Referral(w.t.Context(), w.ref, "focal-point")
		if r.Status != want || r.Frozen {
			w.t.Errorf("at %s it is %s, frozen %t; want %s", x.Member, r.Status, r.Frozen, want)
		}
		return err
	}))
}

// tasks holds what the desk of a node has to do to what it should, and returns the tasks of the kind.
func (w *lateWords) tasks(x *nodetest.Node, kind string, want int) []task.Task {
	w.t.Helper()
	all, err := x.Tasks.List(w.t.Context(), x.As("ana").Actor, task.Filter{})
	w.must(err)
	all = slices.DeleteFunc(all, func(t task.Task) bool { return t.Kind != kind })
	if len(all) != want {
		w.t.Errorf("%s has %d tasks %s, want %d", x.Member, len(all), kind, want)
	}
	return all
}

func (w *lateWords) withdrawn() {
	w.t.Helper()
	w.must(store.Reader[consent.Tx](w.md.DB)(w.t.Context(), func(tx consent.Tx) error {
		c, err := tx.Consent(w.t.Context(), w.consent)
		if c.State != consent.Withdrawn {
			w.t.Errorf("her consent is %s", c.State)
		}
		return err
	}))
}

// She said that she wants no more, and the node on which it was written down has lost it. It comes late: no step of the
// referral rests on it, but she is heard at both ends.
func TestThatSheWantsNoMoreIsHeardThoughItComesLate(t *testing.T) {
	t.Run("from the sender", func(t *testing.T) {
		w := newLateWords(t)
		words := w.lose(w.md, envelope.Referral, func() {
			_, err := w.md.Referrals.Withdraw(t.Context(), w.md.As("ana").Actor, referral.At{Referral: w.ref})
			w.must(err)
		})
		w.status(w.md, referral.Accepted)
		w.comes(w.mk, words, exchange.InRefused)
		w.status(w.md, referral.WithdrawnByPerson)
		w.status(w.mk, referral.WithdrawnByPerson)
		w.withdrawn()
		w.tasks(w.mk, "restore.late", 1)
		w.tasks(w.md, "restore.unsaid", 1)
		w.tasks(w.md, referral.TaskAnswer, 0) // nobody had read who she is: it was destroyed at once
	})
	t.Run("from the receiver", func(t *testing.T) {
		w := newLateWords(t)
		words := w.lose(w.mk, envelope.Referral, func() {
			_, err := w.mk.Referrals.Withdraw(t.Context(), w.mk.As("ana").Actor, referral.At{Referral: w.ref})
			w.must(err)
		})
		w.status(w.mk, referral.Accepted)
		w.comes(w.md, words, exchange.InRefused)
		w.status(w.md, referral.WithdrawnByPerson)
		w.status(w.mk, referral.WithdrawnByPerson)
		w.withdrawn()
		w.tasks(w.md, "restore.late", 1)
		w.tasks(w.mk, "restore.unsaid", 1)
	})
	t.Run("of her consent", func(t *testing.T) {
		w := newLateWords(t)
		words := w.lose(w.md, envelope.Withdrawal, func() {
			_, err := w.md.Consents.Withdraw(t.Context(), w.md.As("ana").Actor, w.consent, "")
			w.must(err)
		})
		w.comes(w.mk, words, exchange.InDone)
		w.status(w.md, referral.WithdrawnByPerson)
		w.status(w.mk, referral.WithdrawnByPerson)
		w.withdrawn()
		w.tasks(w.md, referral.TaskAnswer, 0)
	})
}

// A desk had taken the referral back. Whether that still holds is for people to say: both desks are asked at once.
func TestALateStopIsATaskAtBothEnds(t *testing.T) {
	w := newLateWords(t)
	words := w.lose(w.md, envelope.Referral, func() {
		_, err := w.md.Referrals.Revoke(t.Context(), w.md.As("ana"), referral.At{Referral: w.ref}, "other-desk")
		w.must(err)
	})
	w.comes(w.mk, words, exchange.InRefused)
	w.comes(w.mk, words, exchange.InRefused) // once more, from a stick
	w.status(w.md, referral.Accepted)
	w.status(w.mk, referral.Accepted)
	for _, all := range [][]task.Task{w.tasks(w.mk, "restore.late", 1), w.tasks(w.md, "restore.unsaid", 1)} {
		for _, x := range all {
			if !x.Urgent || x.Due == 0 {
				t.Errorf("%s: urgent %t, due %d", x.Kind, x.Urgent, x.Due)
			}
		}
	}
	_, err := w.md.Referrals.Revoke(t.Context(), w.md.As("ana"), referral.At{Referral: w.ref}, "other-desk")
	w.must(err)
	w.net.Run()
	w.status(w.mk, referral.Revoked)
}
