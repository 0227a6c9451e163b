package signin_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/passkey"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

// device is a passkey and the browser in which it is used.
type device struct {
	t      *testing.T
	site   passkey.Site
	key    ed25519.PrivateKey
	id     []byte
	output []byte
	handle string
	count  uint32
}

func newDevice(t *testing.T, site passkey.Site) *device {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, site: site, key: key, id: seal.Draw(nil, 16), output: seal.Draw(nil, 32)}
}

func (d *device) client(kind string, challenge []byte) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":false}`, kind, base64.RawURLEncoding.EncodeToString(challenge), d.site.Origin)
}

func (d *device) data(flags byte) []byte {
	h := sha256.Sum256([]byte(d.site.ID))
	d.count++
	return binary.BigEndian.AppendUint32(append(h[:], flags), d.count)
}

func (d *device) sign(a signin.Ask) signin.Answer {
	data, client := d.data(0x05), d.client("webauthn.get", a.Challenge)
	h := sha256.Sum256(client)
	return signin.Answer{
		Signed: passkey.Signed{ID: d.id, Data: data, Client: client, Signature: ed25519.Sign(d.key, append(bytes.Clone(data), h[:]...))},
		Handle: d.handle, Output: d.output,
	}
}

func (d *device) make(a signin.Ask, ticket string) signin.Making {
	key, err := x509.MarshalPKIXPublicKey(d.key.Public())
	if err != nil {
		d.t.Fatal(err)
	}
	d.handle = a.Handle
	data := append(d.data(0x45), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	signed := d.sign(a)
	return signin.Making{
		Ticket: ticket, Name: "Telephone", Signed: signed.Signed, Output: signed.Output,
		Made: passkey.Made{ID: d.id, Key: key, Algorithm: passkey.EdDSA, Data: append(data, 0xa0), Client: d.client("webauthn.create", a.Challenge)},
	}
}

const here = "192.0.2.1"

func withPasskeys(t *testing.T) (*office, *device) {
	o := born(t)
	site, ok := passkey.SiteOf("https://trm.example.org")
	o.users.Site = func() (passkey.Site, bool) { return site, ok }
	return o, newDevice(t, site)
}

// add gives ana the passkey of d.
func (o *office) add(d *device) access.Actor {
	o.t.Helper()
	who := o.as("ana").Actor
	ticket, err := o.users.Prove(o.ctx, who, passphrase, here)
	o.must(err)
	ask, err := o.users.AskMaking(o.ctx, who)
	o.must(err)
	o.must(o.users.AddPasskey(o.ctx, who, d.make(ask, ticket)))
	return who
}

// enters signs in with d.
func (o *office) enters(d *device, change ...func(*signin.Answer)) (signin.SignedIn, error) {
	ask, err := o.users.AskPasskey("browser")
	o.must(err)
	a := d.sign(ask)
	for _, c := range change {
		c(&a)
	}
	return o.users.SignInPasskey(o.ctx, a, "browser", here)
}

func TestAPasskeyOpensWhatWasSealed(t *testing.T) {
	o, d := withPasskeys(t)
	c, note := o.openCase(o.as("ana"), "she likes tea")
	who := o.add(d)
	in, err := o.enters(d)
	o.must(err)
	by, _, err := o.users.Resume(o.ctx, in.Secret)
	o.must(err)
	if text, err := o.reads(by, c, note); err != nil || text != "she likes tea" {
		t.Errorf("ana reads %q, %v", text, err)
	}
	all, err := o.users.Passkeys(o.ctx, who)
	o.must(err)
	if len(all) != 1 || all[0].Name != "Telephone" || all[0].Used == 0 {
		t.Errorf("her passkeys: %+v", all)
	}
	// Removed, it opens nothing, and the session that it began is over; her passphrase and this session stay.
	refused(t, o.users.RemovePasskey(o.ctx, o.as("boris").Actor, all[0].ID), fault.NotFound, "removing the passkey of ana")
	o.must(o.users.RemovePasskey(o.ctx, who, all[0].ID))
	_, _, err = o.users.Resume(o.ctx, in.Secret)
	refused(t, err, fault.Locked, "the session of a removed passkey")
	_, err = o.enters(d)
	refused(t, err, fault.Denied, "a removed passkey")
	o.as("ana")
}

func TestWhatAPasskeyMustBringToBeAdded(t *testing.T) {
	o, d := withPasskeys(t)
	ana, boris := o.as("ana").Actor, o.as("boris").Actor
	_, err := o.users.Prove(o.ctx, ana, "not her passphrase at all", here)
	refused(t, err, fault.Denied, "a session without its passphrase")
	ticket, err := o.users.Prove(o.ctx, ana, passphrase, here)
	o.must(err)
	ask, err := o.users.AskMaking(o.ctx, ana)
	o.must(err)
	other, err := o.users.AskMaking(o.ctx, boris)
	o.must(err)
	second := o.as("ana").Actor
	for name, c := range map[string]struct {
		who  access.Actor
		in   signin.Making
		kind fault.Kind
	}{
		"no ticket":                {ana, d.make(ask, ""), fault.Conflict},
		"the ticket of another":    {boris, d.make(other, ticket), fault.Conflict},
		"a ticket elsewhere":       {second, d.make(ask, ticket), fault.Conflict},
		"the challenge of another": {ana, d.make(other, ticket), fault.Conflict},
		"no output":                {ana, func() signin.Making { m := d.make(ask, ticket); m.Output = nil; return m }(), fault.Invalid},
		"no trial":                 {ana, func() signin.Making { m := d.make(ask, ticket); m.Signed.Signature[3]++; return m }(), fault.Denied},
		"another site":             {ana, newDevice(t, passkey.Site{ID: "evil.example", Origin: "https://evil.example"}).make(ask, ticket), fault.Denied},
		"no name":                  {ana, func() signin.Making { m := d.make(ask, ticket); m.Name = " "; return m }(), fault.Invalid},
	} {
		refused(t, o.users.AddPasskey(o.ctx, c.who, c.in), c.kind, name)
	}
	good := d.make(ask, ticket)
	o.now = o.now.Add(signin.StepLimit)
	refused(t, o.users.AddPasskey(o.ctx, ana, good), fault.Conflict, "a ticket after five minutes")
	o.add(d)
	refused(t, func() error {
		ticket, err := o.users.Prove(o.ctx, ana, passphrase, here)
		o.must(err)
		ask, err := o.users.AskMaking(o.ctx, ana)
		o.must(err)
		if len(ask.Known) != 1 || !bytes.Equal(ask.Known[0], d.id) {
			t.Errorf("the browser is not told which passkeys there are: %x", ask.Known)
		}
		return o.users.AddPasskey(o.ctx, ana, d.make(ask, ticket))
	}(), fault.Conflict, "the same passkey twice")
}

func TestWhatAPasskeyMustBringToSignIn(t *testing.T) {
	o, d := withPasskeys(t)
	o.add(d)
	ask, err := o.users.AskPasskey("browser")
	o.must(err)
	answer := d.sign(ask)
	_, err = o.users.SignInPasskey(o.ctx, answer, "another browser", here)
	refused(t, err, fault.Conflict, "a challenge of another browser")
	_, err = o.users.SignInPasskey(o.ctx, answer, "", here)
	refused(t, err, fault.Conflict, "a challenge of none")
	_, err = o.users.SignInPasskey(o.ctx, answer, "browser", here)
	o.must(err)
	_, err = o.users.SignInPasskey(o.ctx, answer, "browser", here)
	refused(t, err, fault.Denied, "a counter that stands")
	// Even a passkey that does not count signs a challenge once.
	plain := newDevice(t, d.site)
	o.add(plain)
	still := func() { plain.count = 1<<32 - 1 } // the next is 0
	still()
	if _, err := o.enters(plain); !fault.Is(err, fault.Denied) {
		t.Errorf("a counter that has begun and is no more: %v", err)
	}
	if _, key, _ := fault.Public(err); key != "signin.passkey.copied" {
		t.Errorf("a copy is answered %q", key)
	}
	o.now = o.now.Add(time.Hour)
	for name, change := range map[string]func(*signin.Answer){
		"another output":     func(a *signin.Answer) { a.Output = seal.Draw(nil, 32) },
		"no output":          func(a *signin.Answer) { a.Output = nil },
		"another handle":     func(a *signin.Answer) { a.Handle = string(o.ids["boris"]) },
		"another signature":  func(a *signin.Answer) { a.Signed.Signature[7]++ },
		"another credential": func(a *signin.Answer) { a.Signed.ID = []byte("unknown") },
	} {
		o.now = o.now.Add(time.Hour)
		_, err := o.enters(d, change)
		refused(t, err, fault.Denied, name)
		if _, key, _ := fault.Public(err); key != "signin.passkey.wrong" {
			t.Errorf("%s is answered %q", name, key)
		}
	}
	late, err := o.users.AskPasskey("browser")
	o.must(err)
	answer = d.sign(late)
	o.now = o.now.Add(signin.StepLimit)
	_, err = o.users.SignInPasskey(o.ctx, answer, "browser", here)
	refused(t, err, fault.Conflict, "a challenge after five minutes")
	_, err = o.enters(d)
	o.must(err)
}

func TestAChallengeIsAnsweredOnce(t *testing.T) {
	o, d := withPasskeys(t)
	d.count = 1<<32 - 3 // the making says 2^32-2, the trial 2^32-1: it is kept as it is, and then does not count
	o.add(d)
	write := store.Writer[signin.Tx](o.db)
	all, err := o.users.Passkeys(o.ctx, o.as("ana").Actor)
	o.must(err)
	o.must(write(o.ctx, audit.Did(console, access.SignInSession, "x"), func(tx signin.Tx) error {
		return tx.UsePasskey(o.ctx, all[0].ID, all[0].Credential.Count, 0, 0)
	}))
	ask, err := o.users.AskPasskey("browser")
	o.must(err)
	answer := d.sign(ask) // says 0
	_, err = o.users.SignInPasskey(o.ctx, answer, "browser", here)
	o.must(err)
	_, err = o.users.SignInPasskey(o.ctx, answer, "browser", here)
	refused(t, err, fault.Conflict, "the same answer again")
	o.now = o.now.Add(signin.StepLimit)
	if _, err := o.users.Sweep(o.ctx); err != nil {
		t.Error(err)
	}
	_, err = o.users.SignInPasskey(o.ctx, answer, "browser", here)
	refused(t, err, fault.Conflict, "the same answer when it is forgotten")
}

func TestAStrangerCannotKeepAPasskeyOut(t *testing.T) {
	o, d := withPasskeys(t)
	o.add(d)
	forged := func(address string) error {
		ask, err := o.users.AskPasskey("browser")
		o.must(err)
		a := d.sign(ask)
		a.Signed.Signature[0]++
		_, err = o.users.SignInPasskey(o.ctx, a, "browser", address)
		return err
	}
	for range 4 {
		_ = forged("198.51.100.7")
	}
	refused(t, forged("198.51.100.7"), fault.Unavailable, "the attempt after four wrong ones")
	for i := range 150 {
		_ = forged(fmt.Sprintf("198.51.100.%d", 8+i))
	}
	_, err := o.enters(d)
	o.must(err)
	o.as("ana") // nor her passphrase
}

func TestTheLastWayStays(t *testing.T) {
	o, d := withPasskeys(t)
	who := o.add(d)
	write := store.Writer[signin.Tx](o.db)
	o.must(write(o.ctx, audit.Did(console, access.CreateUser, "x"), func(tx signin.Tx) error {
		u, err := tx.User(o.ctx, who.User)
		if err != nil {
			return err
		}
		locks, err := seal.ParseLocks(u.Locks)
		if err != nil {
			return err
		}
		if u.Locks, err = seal.EncodeLocks(locks[1:]); err != nil {
			return err
		}
		return tx.SetUser(o.ctx, u)
	}))
	all, err := o.users.Passkeys(o.ctx, who)
	o.must(err)
	refused(t, o.users.RemovePasskey(o.ctx, who, all[0].ID), fault.Conflict, "removing the last way")
	_, err = o.enters(d)
	o.must(err)
}

// TestAPasskeyFollowsTheSecretOfTheNode: when node.secret changes its lock is made anew at the next sign-in; new keys end it.
func TestAPasskeyFollowsTheSecretOfTheNode(t *testing.T) {
	o, d := withPasskeys(t)
	o.add(d)
	former := o.users.Pepper
	o.users.Former, o.users.Pepper = []seal.Key{former}, seal.NewKey(nil)
	write := store.Writer[signin.Tx](o.db)
	kept := func(do func(tx signin.Tx, p keyring.Peppers) error) {
		t.Helper()
		o.must(write(o.ctx, audit.Did(console, access.SignInSession, "x"), func(tx signin.Tx) error {
			p, err := keyring.PeppersIn(o.ctx, tx)
			if err != nil {
				return err
			}
			return do(tx, p)
		}))
	}
	kept(func(tx signin.Tx, p keyring.Peppers) error {
		p.Former = []seal.Blob{{1}}
		for login, user := range o.ids {
			if login != "ana" {
				p.Moved = append(p.Moved, user)
			}
		}
		slices.Sort(p.Moved)
		return p.KeepIn(o.ctx, tx)
	})
	_, err := o.enters(d)
	o.must(err)
	// Her passphrase still needs the pepper that her passkey needs no more.
	kept(func(_ signin.Tx, p keyring.Peppers) error {
		if len(p.Former) != 1 {
			t.Error("the former pepper is forgotten, and her passphrase opens nothing")
		}
		return nil
	})
	o.users.Former = nil
	_, err = o.enters(d)
	o.must(err)
	o.users.Former = []seal.Key{former}
	o.as("ana")
	o.users.Former = nil
	o.as("ana")
	link, err := o.users.Reinvite(o.ctx, o.admin(), o.ids["ana"])
	o.must(err)
	_, _, err = o.users.Enrol(o.ctx, link, passphrase)
	o.must(err)
	_, err = o.enters(d)
	refused(t, err, fault.Denied, "a passkey of keys that are gone")
}

func (o *office) admin() access.Actor { return console }
