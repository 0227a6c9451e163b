package node_test

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/seal"
)

var first = node.First{Login: "ada", Name: "Ada", Language: "en", Zone: "UTC"}

// birth gives birth to a node with its secret in a file, and returns its configuration.
func birth(t *testing.T) node.Config {
	t.Helper()
	dir := t.TempDir()
	c := node.Config{Dir: filepath.Join(dir, "data"), Member: "MD", Secret: node.SecretSource{File: filepath.Join(dir, "node.secret")}}
	link, err := node.Init(t.Context(), c, first)
	if err != nil {
		t.Fatal(err)
	}
	if len(link) != 43 {
		t.Errorf("the link %q does not hold 256 bits", link)
	}
	return c
}

func openAndClose(t *testing.T, c node.Config) error {
	t.Helper()
	n, err := node.Open(t.Context(), c)
	if err != nil {
		return err
	}
	return n.Close(t.Context())
}

func key(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	return "none"
}

func TestBirthAndOpening(t *testing.T) {
	c := birth(t)
	if err := openAndClose(t, c); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Init(t.Context(), c, first); key(err) != "node.born" {
		t.Errorf("born twice: %v", err)
	}
	other := c
	other.Member = "MK"
	if err := openAndClose(t, other); key(err) != "node.member" {
		t.Errorf("as another member: %v", err)
	}
	other = c
	other.Member = ""
	if err := openAndClose(t, other); err != nil {
		t.Errorf("as the data say: %v", err)
	}
	other = c
	other.Secret = node.SecretSource{Text: strings.Repeat("ab", seal.KeySize)}
	if err := openAndClose(t, other); err == nil || fault.Is(err, fault.Internal) {
		t.Errorf("with another secret: %v", err)
	}
	other = c
	other.Demo = true
	if err := openAndClose(t, other); key(err) != "node.demo" {
		t.Errorf("a real node as a demonstration: %v", err)
	}
	other = c
	other.Phrase = "demonstration only, no real person"
	if err := openAndClose(t, other); key(err) != "node.config" {
		t.Errorf("a real node that signs in by a link: %v", err)
	}
	empty := node.Config{Dir: t.TempDir(), Member: "MD", Secret: node.SecretSource{Text: strings.Repeat("ab", seal.KeySize)}}
	if err := openAndClose(t, empty); key(err) != "node.unborn" {
		t.Errorf("no node: %v", err)
	}
	if left, err := os.ReadDir(empty.Dir); err != nil || len(left) > 0 {
		t.Errorf("who looks for a node where there is none leaves %v there, %v", left, err)
	}
	empty.Dir = filepath.Join(empty.Dir, "misspelt")
	if err := openAndClose(t, empty); key(err) != "node.unborn" {
		t.Errorf("no directory: %v", err)
	}
}

// TestSecretLiesOutsideAndIsPrivate: a file with node.secret must be outside the data directory, also by way of a
// link, and readable by its owner only.
func TestSecretLiesOutsideAndIsPrivate(t *testing.T) {
	c := birth(t)
	path := c.Secret.File
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if info, err = os.Stat(c.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("data directory: mode %v, %v", info.Mode(), err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := openAndClose(t, c); key(err) != "node.secret.mode" {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
	inside := c
	inside.Secret.File = filepath.Join(c.Dir, "node.secret")
	if err := os.WriteFile(inside.Secret.File, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := openAndClose(t, inside); key(err) != "node.secret.inside" {
		t.Errorf("inside: %v", err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(c.Dir, link); err != nil {
		t.Fatal(err)
	}
	inside.Secret.File = filepath.Join(link, "node.secret")
	if err := openAndClose(t, inside); key(err) != "node.secret.inside" {
		t.Errorf("inside through a link: %v", err)
	}
	for _, bad := range []node.SecretSource{{}, {File: path, Text: "x"}} {
		x := c
		x.Secret = bad
		if err := openAndClose(t, x); key(err) != "node.secret.source" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	x := c
	x.Secret = node.SecretSource{Text: hex.EncodeToString([]byte("short"))}
	if err := openAndClose(t, x); key(err) != "node.secret.form" {
		t.Errorf("short: %v", err)
	}
}

// TestStartPassphrase: the secret may rest in the data directory under a passphrase that is asked for at each start.
func TestStartPassphrase(t *testing.T) {
	say := func(s string) func() (string, error) { return func() (string, error) { return s, nil } }
	c := node.Config{Dir: t.TempDir(), Member: "MD", Secret: node.SecretSource{Prompt: say("seven purple teapots sing")}}
	if _, err := node.Init(t.Context(), c, first); err != nil {
		t.Fatal(err)
	}
	if err := openAndClose(t, c); err != nil {
		t.Fatal(err)
	}
	c.Secret.Prompt = say("seven purple teapots sang")
	if err := openAndClose(t, c); key(err) != "node.secret.passphrase" {
		t.Errorf("another passphrase: %v", err)
	}
	if err := os.Remove(filepath.Join(c.Dir, node.SealedName)); err != nil {
		t.Fatal(err)
	}
	c.Secret.Prompt = func() (string, error) {
		t.Error("the passphrase is asked for where nothing is under one")
		return "", nil
	}
	if err := openAndClose(t, c); key(err) != "node.secret.none" {
		t.Errorf("without what the passphrase opens: %v", err)
	}
	weak := node.Config{Dir: t.TempDir(), Member: "MD", Secret: node.SecretSource{Prompt: say("short")}}
	if _, err := node.Init(t.Context(), weak, first); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short passphrase: %v", err)
	}
}

// TestNoCheapPassphrasesOnARealNode: only a demonstration may stretch passphrases less than the default.
func TestNoCheapPassphrasesOnARealNode(t *testing.T) {
	c := birth(t)
	c.Stretch = seal.NewStretch
	if err := openAndClose(t, c); key(err) != "node.config" {
		t.Errorf("got %v", err)
	}
}
