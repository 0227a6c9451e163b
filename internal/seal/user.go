package seal

import (
	"io"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// UserKeys are the two private keys of a person who signs in.
type UserKeys struct {
	KEM  KEMPrivate
	Sign SignPrivate
}

// NewUserKeys draws both pairs from random, or from the system if random is nil.
func NewUserKeys(random io.Reader) UserKeys { return UserKeys{NewKEM(random), NewSign(random)} }

// Wipe wipes both keys.
func (u UserKeys) Wipe() {
	u.KEM.Wipe()
	u.Sign.Wipe()
}

// Lock seals both keys under kek: a user's master key, or the key of a session. Context names the user and
// whatever else the sealed form is bound to. It panics if a key is empty.
//
// Spec: spec/keys.md section 5.1.
func (u UserKeys) Lock(kek Key, context ...string) []byte {
	kem, sign := u.KEM.Bytes(), u.Sign.Bytes()
	defer clear(kem)
	defer clear(sign)
	if len(kem) == 0 || len(sign) == 0 {
		panic("seal: locking empty keys")
	}
	plain := frame.Join([]byte(SuiteHybrid), kem, []byte(AlgEd25519), sign)
	defer clear(plain)
	return kek.Seal(userAAD(context), plain)
}

// UnlockUserKeys opens what [UserKeys.Lock] sealed with the same key and context.
//
// It fails as [Key.Open] does, and with [fault.Invalid] if the text inside is of another form or suite.
func UnlockUserKeys(kek Key, locked []byte, context ...string) (UserKeys, error) {
	plain, err := kek.Open(userAAD(context), locked)
	if err != nil {
		return UserKeys{}, err
	}
	defer clear(plain)
	parts, err := frame.Split(plain, 4)
	if err != nil {
		return UserKeys{}, err
	}
	if string(parts[0]) != string(SuiteHybrid) || string(parts[2]) != AlgEd25519 {
		return UserKeys{}, fault.New(fault.Invalid, "seal.algorithm")
	}
	kem, err := ParseKEMPrivate(parts[1])
	if err != nil {
		return UserKeys{}, err
	}
	sign, err := ParseSignPrivate(parts[3])
	if err != nil {
		return UserKeys{}, err
	}
	return UserKeys{kem, sign}, nil
}

func userAAD(context []string) []byte {
	return frame.JoinText(append([]string{"opentrm/user-keys/1"}, context...)...)
}

// Method says with what a [Lock] opens.
type Method string

// The methods.
const (
	MethodPassphrase Method = "passphrase" // something known, stretched
	MethodPasskey    Method = "passkey"    // the 32-byte PRF output of a passkey
	MethodToken      Method = "token"      // 256 random bits: service accounts
)

// MaxLocks is how many locks one user has at most.
const MaxLocks = 16

// Lock is one way to a user's master key. Every lock of a user wraps the same key, so that adding or
// removing one touches nothing else.
type Lock struct {
	Method     Method   `json:"method"`
	Stretch    *Stretch `json:"stretch,omitempty"`    // passphrase only
	Credential Blob     `json:"credential,omitempty"` // passkey only: the credential's id
	Input      Blob     `json:"input,omitempty"`      // passkey only: what the PRF is evaluated on
	Wrapped    Blob     `json:"wrapped"`              // the master key
}

// PassphraseLock locks master for user with a passphrase. The pepper is a key of the node.
//
// It fails as [CheckPassphrase] and [Stretch.Key] do.
func PassphraseLock(user id.User, master Key, s Stretch, passphrase string, pepper Key) (Lock, error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return Lock{}, err
	}
	kek, err := s.Key(passphrase, pepper)
	if err != nil {
		return Lock{}, err
	}
	defer kek.Wipe()
	return Lock{Method: MethodPassphrase, Stretch: &s}.wrap(user, kek, master)
}

// PasskeyLock locks master for user with a passkey. Output is what the passkey's PRF extension gives for
// input.
//
// It fails with [fault.Invalid] if credential, input or output is of the wrong size, and with
// [fault.Locked] if the pepper is empty.
func PasskeyLock(user id.User, master Key, credential, input, output []byte, pepper Key) (Lock, error) {
	l := Lock{Method: MethodPasskey, Credential: credential, Input: input}
	kek, err := l.kek(output, pepper, passkeyInfo)
	if err != nil {
		return Lock{}, err
	}
	defer kek.Wipe()
	return l.wrap(user, kek, master)
}

// TokenLock locks master for user with a token of 32 random bytes.
//
// It fails with [fault.Invalid] if the token is of another size, and with [fault.Locked] if the pepper is
// empty.
func TokenLock(user id.User, master Key, token []byte, pepper Key) (Lock, error) {
	l := Lock{Method: MethodToken}
	kek, err := l.kek(token, pepper, tokenInfo)
	if err != nil {
		return Lock{}, err
	}
	defer kek.Wipe()
	return l.wrap(user, kek, master)
}

// kek returns the key of a lock whose secret needs no stretching.
func (l Lock) kek(strong []byte, pepper Key, info string) (Key, error) {
	if len(strong) != KeySize {
		return Key{}, fault.New(fault.Invalid, "seal.lock.form")
	}
	return peppered(strong, pepper, info)
}

func (l Lock) wrap(user id.User, kek, master Key) (Lock, error) {
	if master.IsZero() {
		return Lock{}, fault.New(fault.Locked, "seal.key.empty")
	}
	aad, err := l.aad(user)
	if err != nil {
		return Lock{}, err
	}
	l.Wrapped = kek.Wrap(master, aad)
	return l, l.Check()
}

// aad binds the wrapped key to the user and to everything else that the lock says.
func (l Lock) aad(user id.User) ([]byte, error) {
	l.Wrapped = nil
	body, err := frame.Encode(l)
	if err != nil {
		return nil, err
	}
	return frame.JoinText("opentrm/lock/1", string(user), string(body)), nil
}

// Open returns the master key for a passphrase.
//
// It fails with [fault.Denied] if the passphrase is wrong or the lock is another user's, with
// [fault.Invalid] if the lock is malformed or no passphrase lock, and with [fault.Locked] if the pepper is
// empty. Opening is the only check of a passphrase that exists.
func (l Lock) Open(user id.User, passphrase string, pepper Key) (Key, error) {
	master, _, err := l.OpenAny(user, passphrase, pepper)
	return master, err
}

// OpenAny is [Lock.Open] with the first of several peppers that fits, and says which one that is. It costs what one
// costs.
func (l Lock) OpenAny(user id.User, passphrase string, peppers ...Key) (master Key, which int, err error) {
	if err := l.Check(); err != nil {
		return Key{}, 0, err
	}
	if l.Method != MethodPassphrase {
		return Key{}, 0, fault.New(fault.Invalid, "seal.lock.form")
	}
	keks, err := l.Stretch.keys(passphrase, peppers)
	if err != nil {
		return Key{}, 0, err
	}
	defer func() {
		for _, kek := range keks {
			kek.Wipe()
		}
	}()
	for i, kek := range keks {
		if master, err = l.unwrap(user, kek); err == nil {
			return master, i, nil
		}
	}
	return Key{}, 0, err
}

// OpenStrong returns the master key for a passkey's PRF output or for a token. It fails as [Lock.Open] does.
func (l Lock) OpenStrong(user id.User, strong []byte, pepper Key) (Key, error) {
	if err := l.Check(); err != nil {
		return Key{}, err
	}
	info := tokenInfo
	switch l.Method {
	case MethodPasskey:
		info = passkeyInfo
	case MethodToken:
	default:
		return Key{}, fault.New(fault.Invalid, "seal.lock.form")
	}
	kek, err := l.kek(strong, pepper, info)
	if err != nil {
		return Key{}, err
	}
	defer kek.Wipe()
	return l.unwrap(user, kek)
}

func (l Lock) unwrap(user id.User, kek Key) (Key, error) {
	aad, err := l.aad(user)
	if err != nil {
		return Key{}, err
	}
	master, err := kek.Unwrap(l.Wrapped, aad)
	if err != nil {
		return Key{}, fault.New(fault.Denied, "seal.lock.wrong")
	}
	return master, nil
}

// Check reports whether the lock has the fields of its method, within bounds.
//
// It fails with [fault.Invalid] otherwise.
func (l Lock) Check() error {
	ok := len(l.Wrapped) == KeySize+Overhead && l.Wrapped[0] == algKey
	switch l.Method {
	case MethodPassphrase:
		ok = ok && l.Stretch != nil && l.Stretch.Check() == nil && l.Credential == nil && l.Input == nil
	case MethodPasskey:
		ok = ok && l.Stretch == nil && len(l.Credential) >= 1 && len(l.Credential) <= 1023 && len(l.Input) == KeySize
	case MethodToken:
		ok = ok && l.Stretch == nil && l.Credential == nil && l.Input == nil
	default:
		ok = false
	}
	if !ok {
		return fault.New(fault.Invalid, "seal.lock.form")
	}
	return nil
}

// maxLocksText bounds the canonical JSON of [MaxLocks] locks of the largest kind.
const maxLocksText = MaxLocks * 2048

// EncodeLocks returns the canonical form of a user's locks.
//
// It fails as [ParseLocks] does.
func EncodeLocks(locks []Lock) ([]byte, error) {
	if err := checkLocks(locks); err != nil {
		return nil, err
	}
	return frame.Encode(locks)
}

// ParseLocks reads what [EncodeLocks] writes.
//
// It fails with [fault.Invalid] if there is no lock or more than [MaxLocks], if one is malformed, or if the
// text is not canonical, and with [fault.TooLarge] if it is longer than any.
func ParseLocks(b []byte) ([]Lock, error) {
	var locks []Lock
	if err := frame.Decode(b, maxLocksText, &locks); err != nil {
		return nil, err
	}
	return locks, checkLocks(locks)
}

func checkLocks(locks []Lock) error {
	if len(locks) == 0 || len(locks) > MaxLocks {
		return fault.New(fault.Invalid, "seal.lock.count")
	}
	for _, l := range locks {
		if err := l.Check(); err != nil {
			return err
		}
	}
	return nil
}
