package signin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/passkey"
	"github.com/opentrm/opentrm/internal/seal"
)

// Passkey is a passkey of a user as it rests. What it opens lies in one of her locks.
type Passkey struct {
	ID         string // by which the node calls it
	User       id.User
	Name       string // as she calls the device
	Credential passkey.Credential
	Made       frame.Time
	Used       frame.Time // 0: never yet
}

// Ask is what a page asks a browser to have signed.
type Ask struct {
	Site      passkey.Site
	Challenge []byte
	Input     []byte   // what the passkey is to give its output for, which opens the lock
	Handle    string   // by which the passkey calls its owner
	Known     [][]byte // passkeys that she has
}

// passkeyID is how the node calls a credential.
func passkeyID(credential []byte) string {
	h := sha256.Sum256(credential)
	return hex.EncodeToString(h[:16])
}

// passkeyInput is the same for every passkey of a site: whoever signs in has not said yet who she is, and the answer to who has
// passkeys is nobody's to ask for.
func passkeyInput(site passkey.Site) []byte {
	h := sha256.Sum256(frame.JoinText("opentrm/passkey-input/1", site.ID))
	return h[:]
}

func (s *Service) site() (passkey.Site, error) {
	if s.Site != nil {
		if site, ok := s.Site(); ok {
			return site, nil
		}
	}
	return passkey.Site{}, fault.New(fault.Unavailable, "signin.passkey.nowhere")
}

// TakesPasskeys reports whether the node has an address for which browsers keep passkeys.
func (s *Service) TakesPasskeys() bool {
	_, err := s.site()
	return err == nil
}

// AskPasskey begins a sign-in with a passkey from a browser that keeps the secret bound.
//
// It fails with [fault.Unavailable] where the node has no address for which browsers keep passkeys.
func (s *Service) AskPasskey(bound string) (Ask, error) {
	site, err := s.site()
	if err != nil {
		return Ask{}, err
	}
	return Ask{Site: site, Challenge: s.challenge("sign-in", bound), Input: passkeyInput(site)}, nil
}

// Answer is what a browser says that a passkey has signed.
type Answer struct {
	Signed passkey.Signed
	Handle string // by which the passkey calls its owner
	Output []byte // with which the lock opens
	Known  string // what [Service.Return] gave; "": nobody has said who she is
}

// SignInPasskey opens the lock of a passkey and begins a session in the first of the user's places. The passkey has made sure of the
// person, so that nothing else is asked.
//
// It fails with [fault.Denied] "signin.passkey.wrong" for every answer that opens nothing, "signin.passkey.copied" if the counter of the
// passkey has not gone on; with [fault.Conflict] "signin.passkey.late" if the challenge was another browser's, is over or was answered;
// and with [fault.Unavailable] "signin.wait" after too many attempts: they are counted for the network and for the network and passkey
// together, and never make anybody elsewhere wait.
func (s *Service) SignInPasskey(ctx context.Context, a Answer, bound, address string) (SignedIn, error) {
	site, err := s.site()
	if err != nil {
		return SignedIn{}, err
	}
	name := passkeyID(a.Signed.ID)
	counters := map[string]int64{attemptKey("both-", "passkey", name, address): 3, attemptKey("from-", address): 20}
	if err := s.admit(ctx, counters); err != nil {
		return SignedIn{}, err
	}
	challenge, ends, err := s.answered("sign-in", bound, a.Signed.Client)
	if err != nil {
		return SignedIn{}, err
	}
	var p Passkey
	var u User
	err = s.Read(ctx, func(tx Tx) (err error) {
		if p, err = tx.Passkey(ctx, name); err != nil {
			return err
		}
		u, err = tx.User(ctx, p.User)
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return SignedIn{}, err
	}
	wrong := fault.New(fault.Denied, "signin.passkey.wrong")
	if err != nil || u.State != Active || a.Handle != string(u.ID) {
		return SignedIn{}, s.refuse(ctx, u.ID, counters, wrong)
	}
	now, err := site.Check(challenge, p.Credential, a.Signed)
	if fault.Is(err, fault.Conflict) {
		return SignedIn{}, s.refuse(ctx, u.ID, counters, fault.New(fault.Denied, "signin.passkey.copied"))
	}
	if err != nil {
		return SignedIn{}, s.refuse(ctx, u.ID, counters, wrong)
	}
	master, locks, err := s.unlockPasskey(u, a.Signed.ID, a.Output)
	if err != nil {
		return SignedIn{}, s.refuse(ctx, u.ID, counters, wrong)
	}
	defer master.Wipe()
	return s.begin(ctx, beginning{u: u, locks: locks, master: master, address: address, counters: counters, second: true, known: a.Known, also: func(tx Tx) error {
		if err := tx.SpendChallenge(ctx, spent(challenge), ends); err != nil {
			return err
		}
		return tx.UsePasskey(ctx, p.ID, p.Credential.Count, now.Count, s.now())
	}})
}

// spent marks a challenge that was answered.
func spent(challenge []byte) []byte {
	h := sha256.Sum256(challenge)
	return h[:]
}

// unlockPasskey opens the lock of a passkey, and returns the locks as they are to be kept: one that opens with an earlier pepper is
// made anew.
func (s *Service) unlockPasskey(u User, credential, output []byte) (seal.Key, []byte, error) {
	denied := fault.New(fault.Denied, "signin.passkey.wrong")
	locks, err := seal.ParseLocks(u.Locks)
	if err != nil {
		return seal.Key{}, nil, denied
	}
	i := slices.IndexFunc(locks, func(l seal.Lock) bool { return l.Method == seal.MethodPasskey && bytes.Equal(l.Credential, credential) })
	if i < 0 {
		return seal.Key{}, nil, denied
	}
	for n, pepper := range append([]seal.Key{s.Pepper}, s.Former...) {
		master, err := locks[i].OpenStrong(u.ID, output, pepper)
		if err != nil {
			continue
		}
		if n == 0 {
			return master, u.Locks, nil
		}
		anew, err := seal.PasskeyLock(u.ID, master, credential, locks[i].Input, output, s.Pepper)
		if err != nil {
			return master, u.Locks, nil
		}
		locks[i] = anew
		b, err := seal.EncodeLocks(locks)
		if err != nil {
			return master, u.Locks, nil
		}
		return master, b, nil
	}
	return seal.Key{}, nil, denied
}

func unlockOf(user id.User) access.Resource {
	return access.Resource{Noun: "unlock", Realm: access.Office, Owner: user}
}

// Passkeys lists the passkeys of the actor, oldest first.
//
// It fails with [fault.Denied].
func (s *Service) Passkeys(ctx context.Context, who access.Actor) ([]Passkey, error) {
	if err := access.Check(who, access.ListUnlock, unlockOf(who.User)); err != nil {
		return nil, err
	}
	var all []Passkey
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.PasskeysOf(ctx, who.User)
		return err
	})
	return all, err
}

// Prove takes the passphrase of the actor again, before she adds a way to open her keys: whoever took over a session, or found one
// open, has no passphrase. It returns a ticket for the next step, which holds for five minutes in this session.
//
// It fails with [fault.Denied] "signin.wrong", and with [fault.Unavailable] "signin.wait" after too many attempts.
func (s *Service) Prove(ctx context.Context, who access.Actor, passphrase, address string) (ticket string, err error) {
	if err := access.Check(who, access.AddUnlock, unlockOf(who.User)); err != nil {
		return "", err
	}
	if err := s.mayPay(ctx, who); err != nil {
		return "", err
	}
	u, master, locks, err := s.reopen(ctx, who, passphrase, address)
	if err != nil {
		return "", err
	}
	defer master.Wipe()
	if err := s.Write(ctx, audit.Did(who, access.AddUnlock, string(who.User)).For("proved"), func(tx Tx) error {
		if err := tx.DropAttempt(ctx, attemptKey("both-", u.Login, address)); err != nil {
			return err
		}
		return s.move(ctx, tx, u, locks)
	}); err != nil {
		return "", err
	}
	return s.ticket("unlock", string(who.Session), u.ID, master), nil
}

// reopen opens the keys of the actor with her passphrase, counted like a sign-in.
func (s *Service) reopen(ctx context.Context, who access.Actor, passphrase, address string) (User, seal.Key, []byte, error) {
	var u User
	if err := s.Read(ctx, func(tx Tx) (err error) {
		u, err = tx.User(ctx, who.User)
		return err
	}); err != nil {
		return User{}, seal.Key{}, nil, err
	}
	counters := attemptKeys(u.Login, address)
	if err := s.admit(ctx, counters); err != nil {
		return User{}, seal.Key{}, nil, err
	}
	master, old, err := s.unlock(u, passphrase)
	if err != nil {
		return User{}, seal.Key{}, nil, s.refuse(ctx, u.ID, counters, fault.New(fault.Denied, "signin.wrong"))
	}
	return u, master, s.relock(u, old, master, passphrase), nil
}

// AskMaking begins the making of a passkey in the actor's session.
//
// It fails with [fault.Denied], and with [fault.Unavailable] where the node has no address for which browsers keep passkeys.
func (s *Service) AskMaking(ctx context.Context, who access.Actor) (Ask, error) {
	site, err := s.site()
	if err != nil {
		return Ask{}, err
	}
	all, err := s.Passkeys(ctx, who)
	if err != nil {
		return Ask{}, err
	}
	a := Ask{Site: site, Challenge: s.challenge("make", string(who.Session)), Input: passkeyInput(site), Handle: string(who.User)}
	for _, p := range all {
		a.Known = append(a.Known, p.Credential.ID)
	}
	return a, nil
}

// Making is a passkey that was made and has signed once, by which it is known that it is there and opens.
type Making struct {
	Ticket string // of [Service.Prove]
	Name   string
	Made   passkey.Made
	Signed passkey.Signed
	Output []byte
}

// AddPasskey gives the actor's keys one more lock, which a passkey opens.
//
// It fails with [fault.Denied] if something about it is not as it must be; with [fault.Invalid] "signin.passkey.closed" if the passkey
// gave nothing with which a lock could be made; with [fault.Conflict] "signin.passkey.late" if the ticket or the challenge is over,
// "signin.passkey.taken" if it is there; and with [fault.Invalid] "seal.lock.count" if there are too many ways.
func (s *Service) AddPasskey(ctx context.Context, who access.Actor, in Making) error {
	if err := access.Check(who, access.AddUnlock, unlockOf(who.User)); err != nil {
		return err
	}
	site, err := s.site()
	if err != nil {
		return err
	}
	name := strings.TrimSpace(in.Name)
	if n := len([]rune(name)); n < 1 || n > 60 || strings.ContainsFunc(name, unicode.IsControl) {
		return fault.New(fault.Invalid, "signin.field").With("field", "name")
	}
	user, master, err := s.redeem("unlock", string(who.Session), in.Ticket)
	if err != nil {
		return err
	}
	defer master.Wipe()
	challenge, ends, err := s.answered("make", string(who.Session), in.Made.Client)
	if err != nil {
		return err
	}
	c, err := site.Take(challenge, in.Made)
	if err != nil {
		return err
	}
	if c, err = site.Check(challenge, c, in.Signed); err != nil {
		return err
	}
	if len(in.Output) != seal.KeySize {
		return fault.New(fault.Invalid, "signin.passkey.closed")
	}
	lock, err := seal.PasskeyLock(user, master, c.ID, passkeyInput(site), in.Output, s.Pepper)
	if err != nil {
		return err
	}
	p := Passkey{ID: passkeyID(c.ID), User: user, Name: name, Credential: c, Made: s.now()}
	return s.Write(ctx, audit.Did(who, access.AddUnlock, p.ID).For("passkey"), func(tx Tx) error {
		u, err := tx.User(ctx, user)
		if err != nil || user != who.User {
			return fault.New(fault.Denied, "access.denied")
		}
		if err := tx.SpendChallenge(ctx, spent(challenge), ends); err != nil {
			return err
		}
		locks, err := seal.ParseLocks(u.Locks)
		if err != nil {
			return err
		}
		if u.Locks, err = seal.EncodeLocks(append(locks, lock)); err != nil {
			return err
		}
		if err := tx.AddPasskey(ctx, p); err != nil {
			return err
		}
		if err := tx.SetUser(ctx, u); err != nil {
			return err
		}
		return s.paid(ctx, tx, who)
	})
}

// RemovePasskey takes a passkey away from the actor's account: its lock goes, and so do her other sessions, one of which may be open on
// the device that she lost.
//
// It fails with [fault.Denied], with [fault.NotFound] if she has no such passkey, and with [fault.Conflict] "signin.unlock.last" if
// nothing else opens her keys.
func (s *Service) RemovePasskey(ctx context.Context, who access.Actor, name string) error {
	if err := access.Check(who, access.RemoveUnlock, unlockOf(who.User)); err != nil {
		return err
	}
	if err := s.mayPay(ctx, who); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.RemoveUnlock, name).For("passkey"), func(tx Tx) error {
		p, err := tx.Passkey(ctx, name)
		if fault.Is(err, fault.NotFound) || err == nil && p.User != who.User {
			return fault.New(fault.NotFound, "signin.unlock.missing")
		}
		if err != nil {
			return err
		}
		u, err := tx.User(ctx, who.User)
		if err != nil {
			return err
		}
		locks, err := seal.ParseLocks(u.Locks)
		if err != nil {
			return err
		}
		locks = slices.DeleteFunc(locks, func(l seal.Lock) bool { return bytes.Equal(l.Credential, p.Credential.ID) })
		if len(locks) == 0 {
			return fault.New(fault.Conflict, "signin.unlock.last")
		}
		if u.Locks, err = seal.EncodeLocks(locks); err != nil {
			return err
		}
		if err := tx.DropPasskey(ctx, name); err != nil {
			return err
		}
		if err := tx.SetUser(ctx, u); err != nil {
			return err
		}
		return s.endOthers(ctx, tx, who)
	})
}

// endOthers ends the sessions of the actor but this one.
func (s *Service) endOthers(ctx context.Context, tx Tx, who access.Actor) error {
	all, err := tx.SessionsOf(ctx, who.User)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID == who.Session {
			continue
		}
		if err := tx.DropSession(ctx, other.ID); err != nil {
			return err
		}
	}
	return nil
}
