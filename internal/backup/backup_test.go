package backup_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

const (
	name    = "Вера Тајновска"
	cookie  = "planted session secret"
	console = id.Member("MK")
)

func operator() access.Actor { return access.Console(console) }

// keep makes a case with one record in it.
func (n *node) keep(c id.Case) id.Record {
	n.net.t.Helper()
	ctx, ana := n.net.t.Context(), n.people["ana"]
	var kept keyring.Record
	n.net.must(n.keys.Write(ctx, audit.Did(ana.Actor, access.OpenCase, string(c)).In(c), func(tx keyring.Tx) error {
		k, err := n.keys.NewCaseIn(ctx, tx, ana, c, "focal-point", access.Assistance)
		if err != nil {
			return err
		}
		kept, err = k.PutIn(ctx, tx, keyring.Record{Compartment: k.Home(), Kind: "person", Body: []byte(name)})
		return err
	}))
	return kept.ID
}

// read opens the record of a case as ana.
func (n *node) read(c id.Case, r id.Record) (string, error) {
	ctx, ana := n.net.t.Context(), n.people["ana"]
	var got keyring.Record
	err := n.keys.Write(ctx, audit.Saw(ana.Actor, access.ReadCase, string(c)).In(c), func(tx keyring.Tx) error {
		k, err := n.keys.OpenCaseIn(ctx, tx, ana, c)
		if err != nil {
			return err
		}
		got, err = k.ReadIn(ctx, tx, r)
		return err
	})
	return string(got.Body), err
}

func (n *node) erase(c id.Case) {
	n.net.t.Helper()
	ctx := n.net.t.Context()
	n.net.must(n.keys.Write(ctx, audit.Did(n.people["ana"].Actor, access.EraseCase, string(c)).In(c), func(tx keyring.Tx) error {
		return n.keys.EraseCaseIn(ctx, tx, c)
	}))
}

type archives struct{ content, keys []byte }

func (n *node) make() archives {
	n.net.t.Helper()
	var a, b bytes.Buffer
	_, err := n.Make(n.net.t.Context(), operator(), &a, &b)
	n.net.must(err)
	return archives{a.Bytes(), b.Bytes()}
}

func (n *node) list() []byte {
	n.net.t.Helper()
	var b bytes.Buffer
	n.net.must(n.WriteErasures(n.net.t.Context(), operator(), &b))
	return b.Bytes()
}

func (a archives) from(lists ...[]byte) backup.From {
	return backup.From{Content: bytes.NewReader(a.content), Keys: bytes.NewReader(a.keys), Lists: lists}
}

// counted counts what is read.
type counted struct {
	io.ReadSeeker
	n *int
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.ReadSeeker.Read(b)
	*c.n += n
	return n, err
}

// empty gives the node an empty database, as after the loss of its machine.
func (n *node) empty() {
	n.net.t.Helper()
	n.open(storetest.Config(n.net.t))
}

func TestRestoredNodeGoesOnInANewEpochWithSendingClosed(t *testing.T) {
	w := newNet(t, "MD", "MK")
	mk := w.nodes["MK"]
	c := id.Ordered[id.Case](id.Maker{})
	r := mk.keep(c)
	made := mk.make()
	w.pass(48 * time.Hour)
	mk.empty()
	in, read := made.from(), 0
	in.Content, in.Keys = counted{in.Content, &read}, counted{in.Keys, &read}
	did, err := mk.Restore(t.Context(), operator(), in)
	w.must(err)
	if want := backup.Passes * (len(made.content) + len(made.keys)); read != want {
		t.Errorf("%d bytes were read, who shows progress counts on %d", read, want)
	}
	if did.Epoch != 2 || did.Note == "" {
		t.Errorf("epoch %d, note %q", did.Epoch, did.Note)
	}
	if got, err := mk.read(c, r); got != name {
		t.Errorf("the case reads %q (%v)", got, err)
	}
	closed := func() (is bool) {
		w.must(mk.Read(t.Context(), func(tx backup.Tx) (err error) { is, err = tx.Closed(t.Context()); return err }))
		return is
	}
	if !closed() {
		t.Error("sending is open before the peers have answered")
	}
	w.deliver()
	if closed() {
		t.Error("sending stays closed after all peers have answered")
	}
}

// Erasure comes true (spec/keys.md 8): whatever was erased after the backup does not open after the restore.
func TestErasedAfterTheBackupStaysErased(t *testing.T) {
	w := newNet(t, "MD", "MK")
	mk := w.nodes["MK"]
	gone, stays := id.Ordered[id.Case](id.Maker{}), id.Ordered[id.Case](id.Maker{})
	r, s := mk.keep(gone), mk.keep(stays)
	made := mk.make()
	w.pass(time.Minute)
	mk.erase(gone)
	list, later := mk.list(), mk.make()

	mk.empty()
	_, err := mk.Restore(t.Context(), operator(), made.from())
	w.must(err)
	if got, _ := mk.read(gone, r); got != name {
		t.Fatalf("without the list it reads %q: this test would prove nothing", got)
	}
	for what, in := range map[string]backup.From{
		"list of erasures":       made.from(list),
		"newer archive of keys":  archives{made.content, later.keys}.from(),
		"both, and listed twice": archives{made.content, later.keys}.from(list, list),
	} {
		t.Run(what, func(t *testing.T) {
			mk.empty()
			did, err := mk.Restore(t.Context(), operator(), in)
			w.must(err)
			if did.Erasures != 1 {
				t.Errorf("%d erasures were repeated, want 1", did.Erasures)
			}
			if got, err := mk.read(gone, r); err == nil {
				t.Errorf("the erased case reads %q", got)
			}
			if got, err := mk.read(stays, s); got != name {
				t.Errorf("the other case reads %q (%v)", got, err)
			}
		})
	}
}

// Kinds of erasure that package keyring does not know are repeated by the noun that owns them, or the restore stops:
// an erasure is never passed over in silence.
func TestErasuresOfOtherNounsAreRepeatedByThem(t *testing.T) {
	w := newNet(t, "MD", "MK")
	mk := w.nodes["MK"]
	made := mk.make()
	w.must(mk.Write(t.Context(), audit.Did(mk.people["ana"].Actor, access.EraseCase, "x"), func(tx backup.Tx) error {
		return tx.AddErasure(t.Context(), keyring.Erasure{ID: "thread-1", What: "thread", At: frame.At(w.Now())})
	}))
	list := mk.list()
	mk.empty()
	if _, err := mk.Restore(t.Context(), operator(), made.from(list)); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody repeats it: %v, want invalid", err)
	}
	mk.empty()
	var repeated []string
	mk.Also = map[string]func(context.Context, backup.Tx, string) error{
		"thread": func(_ context.Context, _ backup.Tx, object string) error {
			repeated = append(repeated, object)
			return nil
		},
	}
	_, err := mk.Restore(t.Context(), operator(), made.from(list))
	w.must(err)
	if len(repeated) != 1 || repeated[0] != "thread-1" {
		t.Errorf("repeated %v, want thread-1", repeated)
	}
}

func TestArchivesThatAreRefused(t *testing.T) {
	w := newNet(t, "MD", "MK")
	mk, md := w.nodes["MK"], w.nodes["MD"]
	mk.keep(id.Ordered[id.Case](id.Maker{}))
	old := mk.make()
	list := mk.list()
	w.pass(time.Hour)
	made := mk.make()
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[(at+len(b))%len(b)] ^= 1
		return b
	}
	strangers := md.list()
	forged := bytes.Replace(bytes.Clone(list), []byte(`"erased":[]`), []byte(`"erased":[{"at":1,"id":"x","what":"case"}]`), 1)
	stranger := made.from()
	stranger.Signer = md.envelope.Public()
	recovery := made.from()
	recovery.Recovery = seal.NewKEM(nil)
	other := recovery
	other.Content, other.Keys, other.Signer = bytes.NewReader(made.content), bytes.NewReader(made.keys), mk.envelope.Public()
	for what, c := range map[string]struct {
		in   backup.From
		want fault.Kind
	}{
		"cut in the middle":           {archives{made.content[:len(made.content)/2], made.keys}.from(), fault.Invalid},
		"without the signature":       {archives{made.content, made.keys[:len(made.keys)-70]}.from(), fault.Invalid},
		"without the last byte":       {archives{made.content, made.keys[:len(made.keys)-1]}.from(), fault.Invalid},
		"something after the end":     {archives{append(bytes.Clone(made.content), 0), made.keys}.from(), fault.Invalid},
		"a byte of the body":          {archives{flip(made.content, len(made.content)/2), made.keys}.from(), fault.Invalid},
		"the manifest":                {archives{made.content, bytes.Replace(made.keys, []byte(`"member":"MK"`), []byte(`"member":"MD"`), 1)}.from(), fault.Locked},
		"an expiry put off":           {archives{made.content, flip(made.keys, 40)}.from(), fault.Invalid},
		"keys in place of content":    {archives{made.keys, made.keys}.from(), fault.Invalid},
		"content in place of keys":    {archives{made.content, made.content}.from(), fault.Invalid},
		"keys older than the content": {archives{made.content, old.keys}.from(), fault.Invalid},
		"signed by another node":      {stranger, fault.Denied},
		"recovery without a signer":   {recovery, fault.Denied},
		"another recovery key":        {other, fault.Locked},
		"nothing":                     {archives{}.from(), fault.Invalid},
		"a list of another member":    {made.from(strangers), fault.Invalid},
		"a list that was added to":    {made.from(forged), fault.Denied},
	} {
		t.Run(what, func(t *testing.T) {
			mk.empty()
			_, err := mk.Restore(t.Context(), operator(), c.in)
			if !fault.Is(err, c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	t.Run("with another node.secret", func(t *testing.T) {
		mk.empty()
		mk.Secret = keyring.NewSecret(seal.NewKey(nil))
		if _, err := mk.Restore(t.Context(), operator(), made.from()); !fault.Is(err, fault.Locked) {
			t.Errorf("%v, want locked", err)
		}
	})
	t.Run("into a node that is not empty", func(t *testing.T) {
		mk.empty()
		_, err := mk.Restore(t.Context(), operator(), made.from())
		w.must(err)
		if _, err := mk.Restore(t.Context(), operator(), made.from()); !fault.Is(err, fault.Conflict) {
			t.Errorf("%v, want conflict", err)
		}
	})
	t.Run("after 35 days", func(t *testing.T) {
		mk.empty()
		w.pass(backup.KeysKept)
		if _, err := mk.Restore(t.Context(), operator(), made.from()); !fault.Is(err, fault.Denied) {
			t.Errorf("%v, want denied", err)
		}
	})
	t.Run("by an administrator far away", func(t *testing.T) {
		far := access.Actor{User: "a", Role: access.Administrator, Realm: access.Office, Member: "MK"}
		if _, err := mk.Restore(t.Context(), far, made.from()); !fault.Is(err, fault.Denied) {
			t.Errorf("%v, want denied", err)
		}
	})
}

func TestSessionsAreInNoArchive(t *testing.T) {
	w := newNet(t, "MD", "MK")
	mk := w.nodes["MK"]
	s := signin.Session{
		ID: "planted-session", User: "ana", Hash: []byte(cookie), Sealed: []byte(cookie), Created: frame.At(w.Now()),
		Seen: frame.At(w.Now()), Ends: frame.At(w.Now()).Add(time.Hour),
	}
	w.must(store.Writer[signin.Tx](mk.db)(t.Context(), audit.Did(mk.people["ana"].Actor, access.SignInSession, "s"), func(tx signin.Tx) error {
		return tx.AddSession(t.Context(), s)
	}))
	var content, keys bytes.Buffer
	w.must(mk.Dump(t.Context(), &content, &keys))
	if bytes.Contains(content.Bytes(), []byte(cookie)) || bytes.Contains(keys.Bytes(), []byte(cookie)) {
		t.Error("a session is in the dump")
	}
	if !bytes.Contains(keys.Bytes(), []byte("focal-point")) {
		t.Error("the dump holds nothing: this test would prove nothing")
	}
	made := mk.make()
	mk.empty()
	_, err := mk.Restore(t.Context(), operator(), made.from())
	w.must(err)
	w.must(store.Reader[signin.Tx](mk.db)(t.Context(), func(tx signin.Tx) error {
		all, err := tx.SessionsOf(t.Context(), "ana")
		if len(all) != 0 {
			t.Error("somebody is signed in after a restore")
		}
		return err
	}))
}

func TestArchivesOpenNothing(t *testing.T) {
	w := newNet(t, "MD", "MK")
	mk := w.nodes["MK"]
	mk.keep(id.Ordered[id.Case](id.Maker{}))
	made := mk.make()
	for what, b := range map[string][]byte{"content": made.content, "keys": made.keys} {
		for _, planted := range []string{name, "focal-point", "ana", "officer-1"} {
			if len(planted) > 3 && bytes.Contains(b, []byte(planted)) {
				t.Errorf("%s archive shows %q", what, planted)
			}
		}
	}
	m, err := backup.Inspect(bytes.NewReader(made.keys))
	w.must(err)
	if m.Expires.Sub(m.Created) != backup.KeysKept || m.Expired(m.Created) || !m.Expired(m.Expires) {
		t.Errorf("the archive of keys expires %v after it was made", m.Expires.Sub(m.Created))
	}
	if m.Recovery == "" {
		t.Error("the recovery officers could not open it")
	}
}

// The dump has one form, so a node may move from one engine to the other.
func TestRestoreOnTheOtherEngine(t *testing.T) {
	c := storetest.Postgres(t)
	w := newNet(t, "MD", "MK")
	mk := w.nodes["MK"]
	kept := id.Ordered[id.Case](id.Maker{})
	r := mk.keep(kept)
	made := mk.make()
	mk.open(c)
	_, err := mk.Restore(t.Context(), operator(), made.from())
	w.must(err)
	if got, err := mk.read(kept, r); got != name {
		t.Errorf("the case reads %q (%v)", got, err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte("TRMB1\n"))
	f.Add([]byte("TRMB1\n\x00\x00\x00\x02{}\x00\x00\x00\x02{}\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := backup.Inspect(bytes.NewReader(b))
		if err == nil && m.Check() != nil {
			t.Errorf("%+v passed", m)
		}
	})
}
