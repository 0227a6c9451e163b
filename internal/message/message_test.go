package message_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/store"
)

const secret = "Вера Тајновска може да се јави по шест"

func to(m id.Member, d id.Desk) id.Address { return id.Address{Member: m, Desk: d} }

func draft(a id.Address) message.Draft {
	return message.Draft{To: a, Language: "mk", Text: secret, Basis: "consent"}
}

func (n *node) write(who string, d message.Draft) message.Message {
	n.net.t.Helper()
	m, err := n.Compose(n.net.t.Context(), n.people[who], d)
	n.net.must(err)
	return m
}

// state returns the state of a message at a desk.
func (n *node) state(m id.Message, at id.Desk) message.State {
	n.net.t.Helper()
	var got message.Message
	n.net.must(n.Read(n.net.t.Context(), func(tx message.Tx) (err error) {
		got, err = tx.Message(n.net.t.Context(), m, at)
		return err
	}))
	return got.State
}

// change runs what other nouns would do in their transaction.
func (n *node) change(fn func(context.Context, message.Tx) error) {
	n.net.t.Helper()
	ctx := n.net.t.Context()
	n.net.must(n.Write(ctx, audit.Did(access.Node(n.member), access.KnowMessage, "x"), func(tx message.Tx) error { return fn(ctx, tx) }))
}

func kind(err error) string {
	if err == nil {
		return "ok"
	}
	return fault.KindOf(err).String()
}

// One thread, national and across a border: the same steps, the same states.
func TestThreadGoesThereAndBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		member id.Member
		desk   id.Desk
		who    string
	}{
		{"across the border", "MK", "focal-point", "ana"},
		{"in the same country", "MD", "shelter", "sara"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newNet(t, "MD", "MK")
			from, there := w.nodes["MD"], w.nodes[c.member]
			m := from.write("ana", draft(to(c.member, c.desk)))
			if got := from.state(m.ID, "focal-point"); got != message.Queued {
				t.Errorf("after writing: %s", got)
			}
			w.deliver()
			if got := from.state(m.ID, "focal-point"); got != message.Delivered {
				t.Errorf("after delivery: %s", got)
			}
			if d := cmp.Diff([]string{string(c.desk) + " message.read"}, there.told); d != "" {
				t.Errorf("told (-want +got):\n%s", d)
			}
			l, err := there.Open(t.Context(), there.people[c.who], m.ID)
			w.must(err)
			if l.Text != secret || l.Language != "mk" {
				t.Errorf("read %q in %q", l.Text, l.Language)
			}
			w.deliver()
			if got := from.state(m.ID, "focal-point"); got != message.Opened {
				t.Errorf("after reading: %s", got)
			}
			reply := there.write(c.who, message.Draft{Thread: m.Thread, Language: "en", Text: "Thank you", Basis: "consent"})
			w.deliver()
			l, err = from.Open(t.Context(), from.people["ana"], reply.ID)
			w.must(err)
			if l.Text != "Thank you" {
				t.Errorf("the reply reads %q", l.Text)
			}
			own, err := from.Open(t.Context(), from.people["ana"], m.ID)
			w.must(err)
			if own.Text != secret {
				t.Errorf("the desk's own copy reads %q", own.Text)
			}
			all, err := from.Messages(t.Context(), from.people["ana"].Actor, m.Thread, message.Message{}, 0)
			w.must(err)
			if len(all) != 2 || all[0].Body != nil {
				t.Errorf("the thread lists %d messages", len(all))
			}
		})
	}
}

func TestReadMessagesOutliveTheIntakeKeyAndTheDesksWrapKey(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	m := md.write("ana", draft(to("MK", "focal-point")))
	w.deliver()
	needed := func(key id.Key) bool {
		var yes bool
		mk.change(func(ctx context.Context, tx message.Tx) (err error) { yes, err = mk.NeedsIn(ctx, tx, key); return err })
		return yes
	}
	var intake id.Key
	mk.change(func(ctx context.Context, tx message.Tx) error {
		k, err := mk.keys.IntakeIn(ctx, tx, "focal-point")
		intake = k.ID()
		return err
	})
	if !needed(intake) {
		t.Error("an unopened message does not hold its intake key")
	}
	_, err := mk.Open(t.Context(), mk.people["ana"], m.ID)
	w.must(err)
	if needed(intake) {
		t.Error("an opened message still holds its intake key")
	}
	w.must(mk.keys.Rotate(t.Context(), mk.people["ana"], "focal-point"))
	w.pass(200 * 24 * time.Hour)
	mk.change(func(ctx context.Context, tx message.Tx) error {
		n, err := mk.keys.SweepIn(ctx, tx, func(k id.Key) (bool, error) { return mk.NeedsIn(ctx, tx, k) })
		if n == 0 {
			t.Error("no intake key was destroyed: this test would prove nothing")
		}
		return err
	})
	l, err := mk.Open(t.Context(), mk.people["ana"], m.ID)
	w.must(err)
	if l.Text != secret {
		t.Errorf("after rotation it reads %q", l.Text)
	}
}

// A conversation: who may read, and what a stranger learns.
func TestHiddenAndMissingLookTheSame(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	m := md.write("ana", draft(to("MK", "focal-point")))
	w.deliver()
	_, err := mk.Open(t.Context(), mk.people["ana"], m.ID)
	w.must(err)
	ask := func(who string, message id.Message, thread id.Thread) [3]string {
		b := mk.people[who]
		_, opened := mk.Open(t.Context(), b, message)
		_, listed := mk.Messages(t.Context(), b.Actor, thread, msg(), 0)
		_, wrote := mk.Compose(t.Context(), b, draftIn(thread))
		return [3]string{kind(opened), kind(listed), kind(wrote)}
	}
	noThread, noMessage := id.Random[id.Thread](id.Maker{}), id.Random[id.Message](id.Maker{})
	hidden := [3]string{"hidden", "hidden", "hidden"}
	for _, c := range []struct {
		who     string
		message id.Message
		thread  id.Thread
		want    [3]string
	}{
		{"ana", m.ID, m.Thread, [3]string{"ok", "ok", "ok"}},
		{"sara", m.ID, m.Thread, hidden},
		{"vera", m.ID, m.Thread, hidden},
		{"ana", noMessage, noThread, hidden},
		{"sara", noMessage, noThread, hidden},
	} {
		if got := ask(c.who, c.message, c.thread); got != c.want {
			t.Errorf("%s opening, listing, writing: %v, want %v", c.who, got, c.want)
		}
	}
	for who, want := range map[string]int{"ana": 1, "sara": 0, "vera": 0} {
		all, err := mk.Threads(t.Context(), mk.people[who].Actor, message.Filter{})
		w.must(err)
		if len(all) != want {
			t.Errorf("%s lists %d threads, want %d", who, len(all), want)
		}
	}
	auditor := access.Actor{User: "aud", Role: access.Auditor, Realm: access.Office, Member: "MK"}
	if _, err := mk.Compose(t.Context(), keyring.NewBearer(auditor, nil), draft(to("MD", "focal-point"))); kind(err) == "ok" {
		t.Error("an auditor wrote a message")
	}
	locked := keyring.NewBearer(mk.people["ana"].Actor, nil)
	if _, err := mk.Open(t.Context(), locked, m.ID); kind(err) != "locked" {
		t.Errorf("opening without keys: %v", err)
	}
}

func msg() message.Message { return message.Message{} }

func draftIn(th id.Thread) message.Draft {
	return message.Draft{Thread: th, Language: "en", Text: "hello", Basis: "consent"}
}

func TestNobodyElseWritesIntoAThread(t *testing.T) {
	w := newNet(t, "MD", "MK", "RS")
	md, rs := w.nodes["MD"], w.nodes["RS"]
	m := md.write("ana", draft(to("MK", "focal-point")))
	w.deliver()
	body, err := envelope.EncodeBody(map[string]string{"message": string(id.Random[id.Message](id.Maker{})), "referral": ""})
	w.must(err)
	var e id.Envelope
	for _, side := range []envelope.Side{envelope.Opener, envelope.Answerer} {
		rs.change(func(ctx context.Context, tx message.Tx) (err error) {
			e, err = rs.door.Seal(ctx, tx, exchange.Draft{
				Kind: envelope.Message, FromDesk: "focal-point", Realm: access.Assistance, To: "MK", ToDesk: "focal-point",
				Thread: m.Thread, Side: side, Basis: "consent", Body: body, Content: []byte("x"),
			})
			return err
		})
		w.deliver()
		var out exchange.Out
		rs.change(func(ctx context.Context, tx message.Tx) (err error) { out, err = tx.Out(ctx, e); return err })
		if out.State != exchange.OutRefused {
			t.Errorf("a third desk on side %s: %s, want refused", side, out.State)
		}
	}
	all, err := w.nodes["MK"].Messages(t.Context(), w.nodes["MK"].people["ana"].Actor, m.Thread, msg(), 0)
	w.must(err)
	if len(all) != 1 {
		t.Errorf("the thread has %d messages, want 1", len(all))
	}
}

func TestWhatIsNoLetterIsRefusedWhenOpened(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	other, th := id.Random[id.Message](id.Maker{}), id.Random[id.Thread](id.Maker{})
	body, err := envelope.EncodeBody(map[string]string{"message": string(other), "referral": ""})
	w.must(err)
	var e id.Envelope
	md.change(func(ctx context.Context, tx message.Tx) (err error) {
		e, err = md.door.Seal(ctx, tx, exchange.Draft{
			Kind: envelope.Message, FromDesk: "focal-point", Realm: access.Assistance, To: "MK", ToDesk: "focal-point",
			Thread: th, Side: envelope.Opener, Basis: "consent", Body: body, Content: []byte(`{"text":"no schema"}`),
		})
		return err
	})
	w.deliver()
	for range 2 {
		if _, err := mk.Open(t.Context(), mk.people["ana"], other); kind(err) != "invalid" {
			t.Errorf("opening: %v, want invalid", err)
		}
	}
	w.deliver()
	var out exchange.Out
	md.change(func(ctx context.Context, tx message.Tx) (err error) { out, err = tx.Out(ctx, e); return err })
	if out.State != exchange.OutRefused {
		t.Errorf("the sender learns %s, want refused", out.State)
	}
}

func TestStaleKeyIsSealedAnew(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	w.cut = true
	m := md.write("ana", draft(to("MK", "focal-point")))
	w.deliver()
	w.must(mk.keys.Rotate(t.Context(), mk.people["ana"], "focal-point"))
	mk.change(func(ctx context.Context, tx message.Tx) error { // the old private half is gone
		pairs, err := tx.Pairs(ctx, "focal-point", keyring.Intake)
		if err != nil {
			return err
		}
		pairs[1].Private = nil
		return tx.SetPair(ctx, pairs[1])
	})
	w.cut = false
	w.pass(time.Hour)
	w.deliver()
	if got := md.state(m.ID, "focal-point"); got != message.Refused {
		t.Fatalf("sealed to a key that is gone: %s, want refused", got)
	}
	if d := cmp.Diff([]string{"focal-point message.resend"}, md.told); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
	w.publish()
	w.must(md.Resend(t.Context(), md.people["ana"], m.ID, "consent"))
	if err := md.Resend(t.Context(), md.people["ana"], m.ID, "consent"); kind(err) != "conflict" {
		t.Errorf("sealing anew twice: %v, want conflict", err)
	}
	w.deliver()
	l, err := mk.Open(t.Context(), mk.people["ana"], m.ID)
	w.must(err)
	if l.Text != secret {
		t.Errorf("it reads %q", l.Text)
	}
}

func TestErasedThreadOpensNowhere(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	about := id.Random[id.Referral](id.Maker{})
	d := draft(to("MK", "focal-point"))
	d.Referral = about
	m := md.write("ana", d)
	w.deliver()
	_, err := mk.Open(t.Context(), mk.people["ana"], m.ID)
	w.must(err)
	second := md.write("ana", message.Draft{Thread: m.Thread, Language: "en", Text: "not read yet", Basis: "consent"})
	w.deliver()
	for range 2 {
		mk.change(func(ctx context.Context, tx message.Tx) error { return mk.EraseAboutIn(ctx, tx, about) })
	}
	for _, gone := range []id.Message{m.ID, second.ID} {
		if _, err := mk.Open(t.Context(), mk.people["ana"], gone); kind(err) != "conflict" {
			t.Errorf("opening what was erased: %v", err)
		}
	}
	mk.change(func(ctx context.Context, tx message.Tx) error {
		in, err := tx.In(ctx, second.Envelope)
		if in.Bytes != nil {
			t.Error("the envelope of an erased message is still here")
		}
		all, e := tx.Erasures(ctx)
		if len(all) != 3 || !slices.ContainsFunc(all, func(x keyring.Erasure) bool { return x.ID == string(m.Thread) && x.What == message.ErasureKind }) {
			t.Errorf("erasures: %v", all)
		}
		if err == nil {
			err = e
		}
		return err
	})
	_, err = mk.Compose(t.Context(), mk.people["ana"], draftIn(m.Thread))
	if kind(err) != "conflict" {
		t.Errorf("writing into an erased thread: %v", err)
	}
	late := md.write("ana", draftIn(m.Thread))
	w.deliver()
	if got := md.state(late.ID, "focal-point"); got != message.Refused {
		t.Errorf("writing to an erased end: %s, want refused", got)
	}
}

func TestNothingReadableRests(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	m := md.write("ana", draft(to("MK", "focal-point")))
	w.deliver()
	_, err := mk.Open(t.Context(), mk.people["ana"], m.ID)
	w.must(err)
	for _, n := range []*node{md, mk} {
		n.change(func(ctx context.Context, tx message.Tx) error {
			got, err := tx.Message(ctx, m.ID, "focal-point")
			if err != nil {
				return err
			}
			if bytes.Contains(got.Body, []byte("Тајновска")) || len(got.Body) == 0 {
				t.Errorf("%s keeps the words in clear, or not at all", n.member)
			}
			return nil
		})
		var content, keys bytes.Buffer
		w.must(n.db.Dump(t.Context(), map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
		all := append(content.Bytes(), keys.Bytes()...)
		if !bytes.Contains(all, []byte(m.Thread)) {
			t.Fatal("the dump holds no thread: this test would prove nothing")
		}
		if bytes.Contains(all, []byte("Тајновска")) {
			t.Errorf("%s: the words are in the database", n.member)
		}
	}
}

func TestDraftsThatCannotBe(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md := w.nodes["MD"]
	good := draft(to("MK", "focal-point"))
	for name, c := range map[string]struct {
		spoil func(*message.Draft)
		want  string
	}{
		"no words":       {func(d *message.Draft) { d.Text = " \n " }, "invalid"},
		"control":        {func(d *message.Draft) { d.Text = "a\x1b[2Jb" }, "invalid"},
		"not UTF-8":      {func(d *message.Draft) { d.Text = "a\xff" }, "invalid"},
		"too long":       {func(d *message.Draft) { d.Text = strings.Repeat("ж", message.MaxText/2+1) }, "too-large"},
		"longest":        {func(d *message.Draft) { d.Text = strings.Repeat("ж", message.MaxText/2) }, "ok"},
		"all escaped":    {func(d *message.Draft) { d.Text = "x" + strings.Repeat("\n", message.MaxText-1) }, "ok"},
		"no language":    {func(d *message.Draft) { d.Language = "" }, "invalid"},
		"language":       {func(d *message.Draft) { d.Language = "македонски" }, "invalid"},
		"script":         {func(d *message.Draft) { d.Language = "sr-Cyrl-RS" }, "ok"},
		"nobody":         {func(d *message.Draft) { d.To = id.Address{} }, "invalid"},
		"itself":         {func(d *message.Draft) { d.To = to("MD", "focal-point") }, "invalid"},
		"no such member": {func(d *message.Draft) { d.To = to("XX", "focal-point") }, "not-found"},
		"no such desk":   {func(d *message.Draft) { d.To = to("MK", "nobody") }, "not-found"},
		"no legal basis": {func(d *message.Draft) { d.Basis = "curiosity" }, "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			d := good
			c.spoil(&d)
			_, err := md.Compose(t.Context(), md.people["ana"], d)
			if got := kind(err); got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
}
