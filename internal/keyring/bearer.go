package keyring

import (
	"crypto/sha256"
	"log/slog"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Bearer is a signed-in person, in one role at one desk, with the key pairs that her passphrase or
// passkey opened. It lives in the memory of one replica for the length of a request or of an attended
// job, is wiped at its end, and shows its keys to no log.
type Bearer struct {
	access.Actor
	keys   *seal.UserKeys
	opened *opened
	token  *seal.Key // of a program, which has no keys: for what it alone may recognise again
}

// opened remembers the desk keys that a bearer has opened, by the digest of what they were opened from: the wrap in the
// database decides each time whether she still has the desk. It remembers the private halves of the desk's pairs that were
// opened with them too, since to work one out from its bytes costs as much as to open what is sealed to it.
type opened struct {
	mu    sync.Mutex
	keys  map[[sha256.Size]byte]seal.Key
	pairs map[id.Key]seal.KEMPrivate
}

// NewBearer binds an actor to her opened keys. Only package signin, which has just opened them, and
// node birth call it.
func NewBearer(actor access.Actor, keys *seal.UserKeys) Bearer {
	return Bearer{Actor: actor, keys: keys, opened: &opened{
		keys: make(map[[sha256.Size]byte]seal.Key), pairs: make(map[id.Key]seal.KEMPrivate),
	}}
}

// NewProgram returns the bearer of a service account that only writes. It opens nothing. From its token comes the key under which the
// node remembers its requests for a while; only package signin calls it.
func NewProgram(actor access.Actor, token seal.Key) Bearer {
	key := token.Derive("opentrm/service-own/1", string(actor.User))
	return Bearer{Actor: actor, token: &key}
}

// Locked reports whether the bearer's keys are not open, as for service accounts that only write, or were wiped.
func (b Bearer) Locked() bool { return b.keys == nil || b.keys.KEM.IsZero() }

// Sign signs msg as this person, under a domain.
//
// It fails with [fault.Locked] if her keys are not open.
func (b Bearer) Sign(domain seal.Domain, msg []byte) (seal.Signature, error) {
	if b.Locked() {
		return seal.Signature{}, fault.New(fault.Locked, "keyring.locked")
	}
	return b.keys.Sign.Sign(domain, msg), nil
}

// Key identifies the bearer's public KEM key; empty if her keys are not open.
func (b Bearer) Key() id.Key {
	if b.keys == nil {
		return ""
	}
	return b.keys.KEM.Public().ID()
}

// Mark returns a digest of what that only this person's keys can make again, nil if they are not open. So it may rest
// where a thief finds it: whoever guesses what was meant, a telephone number say, cannot try whether he is right.
func (b Bearer) Mark(what []byte) []byte {
	key, ok := b.own("opentrm/mark/1", string(what))
	if !ok {
		return nil
	}
	return key.Bytes()
}

// SealOwn seals plain to nobody but this person, for what rests for a while on her account; nil if her keys are not open.
// Only the same aad opens it.
func (b Bearer) SealOwn(aad, plain []byte) []byte {
	key, ok := b.own("opentrm/own/1")
	if !ok {
		return nil
	}
	defer key.Wipe()
	return key.Seal(aad, plain)
}

// OpenOwn opens what [Bearer.SealOwn] has sealed.
//
// It fails with [fault.Locked] if her keys are not open, and as [seal.Key.Open] if it was sealed to another person, to
// keys that she had before, or with another aad.
func (b Bearer) OpenOwn(aad, sealed []byte) ([]byte, error) {
	key, ok := b.own("opentrm/own/1")
	if !ok {
		return nil, fault.New(fault.Locked, "keyring.locked")
	}
	defer key.Wipe()
	return key.Open(aad, sealed)
}

// own derives a key that only this person can derive again; false if her keys are not open.
func (b Bearer) own(label string, context ...string) (seal.Key, bool) {
	if b.token != nil && !b.token.IsZero() {
		return b.token.Derive(label, context...), true
	}
	if b.keys == nil {
		return seal.Key{}, false
	}
	seed := b.keys.Sign.Bytes()
	defer clear(seed)
	key, err := seal.ParseKey(seed)
	if err != nil {
		return seal.Key{}, false // the keys were wiped
	}
	defer key.Wipe()
	return key.Derive(label, context...), true
}

func (b Bearer) open(info, aad, sealed []byte) ([]byte, error) {
	if b.Locked() {
		return nil, fault.New(fault.Locked, "keyring.locked")
	}
	return b.keys.KEM.Open(info, aad, sealed)
}

// OpenSent opens what was sealed to the public half of her pair, bound to info and aad.
//
// It fails with [fault.Locked] if her keys are not open, and as [seal.KEMPrivate.Open] if it was sealed to another pair or otherwise.
func (b Bearer) OpenSent(info, aad, sealed []byte) ([]byte, error) { return b.open(info, aad, sealed) }

// unwrap opens a key that was sealed to her, once for each form in which it rests.
//
// It fails as open does, and with [fault.Internal] if what was sealed is no key.
func (b Bearer) unwrap(info, aad, sealed []byte) (seal.Key, error) {
	if b.opened == nil {
		return seal.Key{}, fault.New(fault.Locked, "keyring.locked")
	}
	digest := sha256.Sum256(frame.Join(info, aad, sealed))
	b.opened.mu.Lock()
	defer b.opened.mu.Unlock()
	if b.Locked() {
		return seal.Key{}, fault.New(fault.Locked, "keyring.locked")
	}
	if known, ok := b.opened.keys[digest]; ok {
		return parse(known.Bytes())
	}
	raw, err := b.open(info, aad, sealed)
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "keyring.desk.wrap", err)
	}
	key, err := parse(raw)
	if err == nil {
		b.opened.keys[digest] = key
		key, err = parse(key.Bytes())
	}
	return key, err
}

// private takes raw, which she has just opened, as the private half of a pair. Of nobody it is not remembered.
//
// It fails with [fault.Locked] if her keys were wiped, and with [fault.Invalid] if raw is no private key.
func (b Bearer) private(pair id.Key, raw []byte) (seal.KEMPrivate, error) {
	if b.opened == nil {
		return seal.ParseKEMPrivate(raw)
	}
	b.opened.mu.Lock()
	defer b.opened.mu.Unlock()
	if b.Locked() {
		return seal.KEMPrivate{}, fault.New(fault.Locked, "keyring.locked")
	}
	if known, ok := b.opened.pairs[pair]; ok {
		return known, nil
	}
	key, err := seal.ParseKEMPrivate(raw)
	if err == nil {
		b.opened.pairs[pair] = key
	}
	return key, err
}

// Wipe overwrites her key pairs and what they opened of her desk, in every copy of b, at the end of the request or job. What
// is asked of b afterwards fails as without keys; a case that was opened stays open.
func (b Bearer) Wipe() {
	if b.token != nil {
		b.token.Wipe()
	}
	if b.opened == nil || b.keys == nil {
		return
	}
	b.opened.mu.Lock()
	defer b.opened.mu.Unlock()
	b.keys.Wipe()
	for _, k := range b.opened.keys {
		k.Wipe()
	}
	clear(b.opened.keys)
	for _, k := range b.opened.pairs {
		k.Wipe()
	}
	clear(b.opened.pairs)
}

// String names the bearer by her identifiers only.
func (b Bearer) String() string { return "bearer " + string(b.User) + " at " + string(b.Desk) }

// LogValue keeps keys out of every log.
func (b Bearer) LogValue() slog.Value { return slog.StringValue(b.String()) }
