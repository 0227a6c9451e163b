package node

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// SecretSource says where node.secret comes from. Exactly one field is set.
type SecretSource struct {
	File   string                 // path of a file outside the data directory, mode 0600, or of a system credential
	Text   string                 // the secret itself, as 64 hexadecimal digits, from whoever started the program
	Prompt func() (string, error) // asks for the start passphrase; the secret rests in the data directory sealed under it
}

// sealedSecret is node.secret under the start passphrase, in the data directory.
type sealedSecret struct {
	Format  int          `json:"v"`
	Pepper  seal.Blob    `json:"pepper"` // no secret: it makes the key of this file differ from every other
	Stretch seal.Stretch `json:"stretch"`
	Wrapped seal.Blob    `json:"wrapped"`
}

// SealedName is the file in the data directory that holds node.secret under the start passphrase.
const SealedName = "node.secret.sealed"

const sealedLimit = 4 << 10

func sealedAAD() []byte { return frame.JoinText("opentrm/node-secret/passphrase/1") }

// load returns node.secret. Where born is false and there is none yet, it makes one.
//
// It fails with [fault.Invalid] "node.secret.source" if not exactly one source is set and "node.secret.form" for
// damage, [fault.Denied] "node.secret.inside" or "node.secret.mode" if a file is not where and how it must be,
// [fault.NotFound] "node.secret.none", as who is asked for the passphrase fails, and [fault.Locked]
// "node.secret.passphrase" if it is wrong.
func (s SecretSource) load(dir string, born bool, random io.Reader) (keyring.Secret, error) {
	set := 0
	for _, on := range []bool{s.File != "", s.Text != "", s.Prompt != nil} {
		if on {
			set++
		}
	}
	if set != 1 {
		return keyring.Secret{}, fault.New(fault.Invalid, "node.secret.source")
	}
	var key seal.Key
	var err error
	switch {
	case s.Text != "":
		key, err = parseSecret(s.Text)
	case s.File != "":
		key, err = fileSecret(s.File, dir, born, random)
	default:
		key, err = promptSecret(s.Prompt, dir, born, random)
	}
	if err != nil {
		return keyring.Secret{}, err
	}
	return keyring.NewSecret(key), nil
}

func parseSecret(text string) (seal.Key, error) {
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != seal.KeySize {
		return seal.Key{}, fault.New(fault.Invalid, "node.secret.form")
	}
	defer clear(raw)
	return seal.ParseKey(raw)
}

// fileSecret reads the secret from a file, and makes the file where a node is born.
func fileSecret(path, dir string, born bool, random io.Reader) (seal.Key, error) {
	if err := outside(path, dir); err != nil {
		return seal.Key{}, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !born {
		return newFile(path, random)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return seal.Key{}, fault.Wrap(fault.NotFound, "node.secret.none", err)
	}
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Denied, "node.secret.mode", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return seal.Key{}, fault.Wrap(fault.Denied, "node.secret.mode", err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Unavailable, "node.secret.none", err)
	}
	defer clear(raw)
	return parseSecret(string(raw))
}

// outside refuses a path in the data directory, also by way of a link.
func outside(path, dir string) error {
	inside := fault.New(fault.Denied, "node.secret.inside")
	for _, resolve := range []func(string) (string, error){filepath.Abs, filepath.EvalSymlinks} {
		p, err := resolve(path)
		if err != nil {
			if p, err = resolve(filepath.Dir(path)); err != nil {
				continue // it is not there yet
			}
			p = filepath.Join(p, filepath.Base(path))
		}
		d, err := resolve(dir)
		if err != nil {
			continue
		}
		rel, err := filepath.Rel(d, p)
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return inside
		}
	}
	return nil
}

// newFile draws a secret and keeps it in a new file of mode 0600.
func newFile(path string, random io.Reader) (seal.Key, error) {
	key := seal.NewKey(random)
	return key, keepFile(path, key)
}

// keepFile keeps a secret in a new file of mode 0600.
func keepFile(path string, key seal.Key) error {
	raw := key.Bytes()
	defer clear(raw)
	return writeNew(path, append(hex.AppendEncode(nil, raw), '\n'))
}

// writeNew writes a file of mode 0600 that must not be there yet, down to the disk.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.Wrap(fault.Conflict, "node.secret.there", err)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "node.secret.write", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fault.Wrap(fault.Unavailable, "node.secret.write", err)
	}
	return nil
}

// promptSecret opens the secret that rests in the data directory under the start passphrase.
func promptSecret(prompt func() (string, error), dir string, born bool, random io.Reader) (seal.Key, error) {
	path := filepath.Join(dir, SealedName)
	raw, err := os.ReadFile(path)
	begins := errors.Is(err, fs.ErrNotExist) && !born
	if err != nil && !begins { // nobody is asked for what opens nothing
		return seal.Key{}, fault.Wrap(fault.NotFound, "node.secret.none", err)
	}
	passphrase, err := prompt()
	if err != nil {
		return seal.Key{}, err
	}
	if begins {
		return newSealed(path, passphrase, random)
	}
	var s sealedSecret
	if err := frame.Decode(raw, sealedLimit, &s); err != nil || s.Format != 1 {
		return seal.Key{}, fault.Wrap(fault.Invalid, "node.secret.form", err)
	}
	under, err := s.key(passphrase)
	if err != nil {
		return seal.Key{}, err
	}
	defer under.Wipe()
	key, err := under.Unwrap(s.Wrapped, sealedAAD())
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Locked, "node.secret.passphrase", err)
	}
	return key, nil
}

func (s sealedSecret) key(passphrase string) (seal.Key, error) {
	pepper, err := seal.ParseKey(s.Pepper)
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Invalid, "node.secret.form", err)
	}
	return s.Stretch.Key(passphrase, pepper)
}

func newSealed(path, passphrase string, random io.Reader) (seal.Key, error) {
	key := seal.NewKey(random)
	return key, sealUnder(path, passphrase, key, random)
}

// sealUnder keeps a secret in a new file of the data directory under a start passphrase.
func sealUnder(path, passphrase string, key seal.Key, random io.Reader) error {
	if err := seal.CheckPassphrase(passphrase); err != nil {
		return err
	}
	s := sealedSecret{Format: 1, Pepper: seal.NewKey(random).Bytes(), Stretch: seal.NewStretch(random)}
	under, err := s.key(passphrase)
	if err != nil {
		return err
	}
	defer under.Wipe()
	s.Wrapped = under.Wrap(key, sealedAAD())
	raw, err := frame.Encode(s)
	if err != nil {
		return err
	}
	return writeNew(path, raw)
}
