package seal

import (
	"io"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/opentrm/opentrm/internal/fault"
)

// Rules for passphrases. The length is counted in characters (code points) after normalisation.
const (
	MinPassphrase = 14
	MaxPassphrase = 1024 // bytes

	minDistinct = 5 // different characters; "aaaaaaaaaaaaaa" has one
)

// The default and the bounds of [Stretch]. What is beyond the upper bounds is refused before any memory
// is taken, so that a parameter from outside cannot exhaust the machine.
const (
	DefaultTime      = 3
	DefaultMemoryKiB = 64 << 10
	DefaultThreads   = 2

	maxTime      = 16
	maxMemoryKiB = 256 << 10
	maxThreads   = 8
	saltSize     = 16
)

// Stretch says how a passphrase becomes a key: Argon2id (RFC 9106), then HKDF with the pepper.
type Stretch struct {
	Salt      Blob   `json:"salt"`       // 16 random bytes
	Time      uint32 `json:"time"`       // passes
	MemoryKiB uint32 `json:"memory_kib"` // KiB
	Threads   uint8  `json:"threads"`    // lanes
}

// NewStretch returns the default parameters with a salt from random, or from the system if random is nil.
func NewStretch(random io.Reader) Stretch {
	return Stretch{draw(random, saltSize), DefaultTime, DefaultMemoryKiB, DefaultThreads}
}

// Check reports whether the parameters are within bounds.
//
// It fails with [fault.Invalid] otherwise.
func (s Stretch) Check() error {
	if len(s.Salt) != saltSize || s.Time < 1 || s.Time > maxTime || s.Threads < 1 || s.Threads > maxThreads ||
		s.MemoryKiB < 8*uint32(s.Threads) || s.MemoryKiB > maxMemoryKiB {
		return fault.New(fault.Invalid, "seal.stretch.bounds")
	}
	return nil
}

// Weak reports whether the parameters cost an attacker less than the default does. A node that holds real
// data makes no such lock; tests do, because the default takes a good part of a second.
func (s Stretch) Weak() bool { return s.Time < DefaultTime || s.MemoryKiB < DefaultMemoryKiB }

// Key returns the key of a passphrase. The pepper is a key of the node, so that a stolen database cannot
// be searched for passphrases. It takes [Stretch.MemoryKiB] of memory and, by default, some 0.4 s of a
// processor: the caller throttles first.
//
// It fails with [fault.Invalid] if the parameters are out of bounds, or the passphrase is no UTF-8 or
// longer than [MaxPassphrase], and with [fault.Locked] if the pepper is empty. It does not judge the
// passphrase's strength; that is [CheckPassphrase], when it is chosen.
//
// Spec: spec/keys.md section 5.2.
func (s Stretch) Key(passphrase string, pepper Key) (Key, error) {
	all, err := s.keys(passphrase, []Key{pepper})
	if err != nil {
		return Key{}, err
	}
	return all[0], nil
}

// keys returns the key of a passphrase under each pepper, for the work of one. It fails as [Stretch.Key] does.
func (s Stretch) keys(passphrase string, peppers []Key) ([]Key, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	normal, err := normalise(passphrase)
	if err != nil {
		return nil, err
	}
	if len(peppers) == 0 || slices.ContainsFunc(peppers, Key.IsZero) {
		return nil, fault.New(fault.Locked, "seal.key.empty")
	}
	slow := argon2.IDKey([]byte(normal), s.Salt, s.Time, s.MemoryKiB, s.Threads, KeySize)
	defer clear(slow)
	all := make([]Key, len(peppers))
	for i, pepper := range peppers {
		if all[i], err = peppered(slow, pepper, stretchInfo); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// peppered returns HKDF-SHA256 with the pepper as its salt.
//
// It fails with [fault.Locked] if the pepper is empty.
func peppered(ikm []byte, pepper Key, info string) (Key, error) {
	var out []byte
	if !pepper.s.use(func(b []byte) { out = expand(ikm, b, []byte(info)) }) {
		return Key{}, fault.New(fault.Locked, "seal.key.empty")
	}
	return Key{&secret{bytes: out}}, nil
}

// normalise brings a passphrase to NFKC, so that two keyboards that write one letter in two ways agree.
func normalise(passphrase string) (string, error) {
	if len(passphrase) > MaxPassphrase || !utf8.ValidString(passphrase) {
		return "", fault.New(fault.Invalid, "seal.passphrase.form")
	}
	normal := norm.NFKC.String(passphrase)
	return normal, nil
}

// SamePassphrase reports whether two passphrases are one, however they are typed.
func SamePassphrase(a, b string) bool {
	x, err := normalise(a)
	if err != nil {
		return false
	}
	y, err := normalise(b)
	return err == nil && x == y
}

// CheckPassphrase reports whether a passphrase may be chosen.
//
// It fails with [fault.Invalid]: "seal.passphrase.form" if it is no UTF-8, over [MaxPassphrase] bytes or
// holds control characters; "seal.passphrase.short" below [MinPassphrase] characters;
// "seal.passphrase.plain" if it repeats fewer than five different characters.
func CheckPassphrase(passphrase string) error {
	normal, err := normalise(passphrase)
	if err != nil {
		return err
	}
	distinct := map[rune]bool{}
	for _, r := range normal {
		if unicode.IsControl(r) {
			return fault.New(fault.Invalid, "seal.passphrase.form")
		}
		distinct[r] = true
	}
	if utf8.RuneCountInString(normal) < MinPassphrase {
		return fault.New(fault.Invalid, "seal.passphrase.short").With("min", "14")
	}
	if len(distinct) < minDistinct {
		return fault.New(fault.Invalid, "seal.passphrase.plain")
	}
	return nil
}
