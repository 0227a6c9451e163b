package node_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// rotate gives the node, which must not run, a new secret in a new file.
func (m *machine) rotate() error {
	m.t.Helper()
	to := inFile(m.t)
	_, err := node.RotateSecret(m.t.Context(), m.c, to, nil)
	if err == nil {
		m.c.Secret = to
	}
	return err
}

// verified fails the test unless the whole log is as it must be and says that the secret was changed.
func (m *machine) verified() {
	m.t.Helper()
	roster, err := m.n.LogKeys(m.t.Context())
	m.must(err)
	changed := 0
	m.must(m.n.Audit.Read(m.t.Context(), func(r audit.Reader) error {
		report, err := audit.Verify(m.t.Context(), r, audit.Options{Member: "MD", Roster: roster})
		if err != nil || !report.OK() {
			m.t.Errorf("the log: %+v, %v", report.Problems, err)
		}
		all, err := r.AuditPayloads(m.t.Context(), audit.At(1, 0), audit.At(9, 0), 5000)
		for _, p := range all {
			e, err := audit.ParseEntry(p.Data)
			if err == nil && e.Action == access.RotateKey && e.Purpose == "secret" {
				changed++
			}
		}
		return err
	}))
	if changed == 0 {
		m.t.Error("the log does not say that the secret was changed")
	}
}

// peppers returns how many peppers of earlier secrets the node still keeps.
func (m *machine) peppers() int {
	m.t.Helper()
	var p keyring.Peppers
	m.must(store.Reader[keyring.PepperTx](m.n.DB)(m.t.Context(), func(tx keyring.PepperTx) (err error) {
		p, err = keyring.PeppersIn(m.t.Context(), tx)
		return err
	}))
	return len(p.Former)
}

// names returns what lies in the data directory.
func (m *machine) names() []string {
	m.t.Helper()
	all, err := os.ReadDir(m.c.Dir)
	m.must(err)
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// TestNodeSecretIsRotated: a stopped node gets another node.secret. The old one opens nothing of it any more; people
// sign in with their passphrases and read what they wrote, the log is whole, backups go on, and the papers that the
// officers have give the new secret back.
func TestNodeSecretIsRotated(t *testing.T) {
	engines := map[string]func(c *node.Config){"sqlite": func(*node.Config) {}}
	if os.Getenv("OPENTRM_TEST_POSTGRES") != "" {
		engines["postgres"] = func(c *node.Config) {
			sc := storetest.Postgres(t)
			c.URL, c.Owner = sc.URL, sc.Owner
		}
	}
	for engine, configure := range engines {
		t.Run(engine, func(t *testing.T) {
			m := newMachineOn(t, inFile(t), configure)
			m.backup()
			before := backup.From{Content: m.content, Keys: m.keys}
			m.close()
			old := m.c
			m.must(m.rotate())
			if info, err := os.Stat(m.c.Secret.File); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the new secret: %v, %v", info, err)
			}
			if err := openAndClose(t, old); key(err) != map[string]string{"sqlite": "store.file-key", "postgres": "keyring.node.secret"}[engine] {
				t.Errorf("the old secret: %v", err)
			}
			m.open()
			if n := m.peppers(); n != 1 {
				t.Errorf("%d peppers are kept", n)
			}
			m.reads()
			m.reads()
			m.verified()
			state, err := m.n.Keyring.RecoveryState(t.Context(), access.Console("MD"))
			m.must(err)
			if state.Escrowed == 0 || state.Drilled == 0 || len(state.Papers) != 3 {
				t.Errorf("recovery is %+v", state)
			}
			m.must(m.n.Keyring.OfferShare(t.Context(), m.as("oto"), m.users["dora"]))
			m.must(m.n.Keyring.Drill(t.Context(), m.as("dora")))

			// Again, before everybody has signed in: who has not still can, and when all have no earlier pepper is left.
			m.close()
			m.must(m.rotate())
			m.open()
			if n := m.peppers(); n != 2 {
				t.Errorf("%d peppers are kept", n)
			}
			for _, login := range []string{"ilse", "oto", "dora"} {
				m.as(login)
			}
			if n := m.peppers(); n != 2 {
				t.Errorf("%d peppers are kept before ana has signed in", n)
			}
			m.reads()
			if n := m.peppers(); n != 0 {
				t.Errorf("%d peppers are kept when nobody needs them", n)
			}
			m.close()
			m.open()
			m.reads()
			m.verified()

			// Backup and restore with the new secret, and with two papers.
			m.backup()
			m.close()
			again := m.c
			again.Dir, again.URL, again.Owner = filepath.Join(t.TempDir(), "restored"), "", ""
			if _, err := node.Restore(t.Context(), withSecret(again, old.Secret), backup.From{Content: m.content, Keys: m.keys}); key(err) != "backup.locked" {
				t.Errorf("a new archive with the old secret: %v", err)
			}
			again.Dir = filepath.Join(t.TempDir(), "restored")
			_, err = node.Restore(t.Context(), again, backup.From{Content: m.content, Keys: m.keys})
			m.must(err)
			m.c = again
			m.open()
			m.reads()
			m.close()
			secret, err := os.ReadFile(m.c.Secret.File)
			m.must(err)
			m.lose()
			m.must(m.again(m.papers["oto"], m.papers["dora"]))
			back, err := os.ReadFile(m.c.Secret.File)
			if err != nil || !bytes.Equal(secret, back) {
				t.Errorf("the papers do not give the new secret back: %v", err)
			}
			m.open()
			m.reads()
			m.close()

			// An archive of the time before needs the secret of that time.
			m.c.Dir = filepath.Join(t.TempDir(), "before")
			if _, err := node.Restore(t.Context(), m.c, before); key(err) != "backup.locked" {
				t.Errorf("an old archive with the new secret: %v", err)
			}
			m.c.Dir, m.c.Secret = filepath.Join(t.TempDir(), "before"), old.Secret
			_, err = node.Restore(t.Context(), m.c, before)
			m.must(err)
			m.open()
			m.reads()
		})
	}
}

func withSecret(c node.Config, s node.SecretSource) node.Config {
	c.Secret = s
	return c
}

// TestNodeSecretStays: a wrong, equal or misplaced secret and a node that runs are refused. Nothing is changed then, no
// new secret is made, and nothing lies about.
func TestNodeSecretStays(t *testing.T) {
	m := newMachine(t, inFile(t))
	to := inFile(t)
	try := func(what string, c node.Config, to node.SecretSource, want string) {
		t.Helper()
		if _, err := node.RotateSecret(t.Context(), c, to, nil); key(err) != want {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(to.File); to.File != "" && to.File != m.c.Secret.File && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a new secret was made: %v", what, err)
		}
	}
	try("while it runs", m.c, to, "store.in-use")
	m.reads()
	m.close()
	names := m.names()
	wrong := inFile(t)
	m.must(os.WriteFile(wrong.File, []byte(hex.EncodeToString(bytes.Repeat([]byte{7}, 32))), 0o600))
	try("another secret", withSecret(m.c, wrong), to, "node.secret.old")
	try("no old secret", withSecret(m.c, inFile(t)), to, "node.secret.none")
	try("the same file", m.c, m.c.Secret, "keyring.secret.same")
	try("inside", m.c, node.SecretSource{File: filepath.Join(m.c.Dir, "node.secret")}, "node.secret.inside")
	try("a start passphrase", m.c, node.SecretSource{Prompt: func() (string, error) { return words, nil }}, "node.secret.source")
	same := inFile(t)
	raw, err := os.ReadFile(m.c.Secret.File)
	m.must(err)
	m.must(os.WriteFile(same.File, raw, 0o600))
	if _, err := node.RotateSecret(t.Context(), m.c, same, nil); key(err) != "keyring.secret.same" {
		t.Errorf("a copy: %v", err)
	}
	if got := m.names(); !slices.Equal(got, names) {
		t.Errorf("there lie %v, not %v", got, names)
	}
	m.open()
	m.reads()
}

// TestStartPassphraseGivesWayToAFile: a node that was started with a passphrase gets a secret in a file; a node without
// officers too.
func TestStartPassphraseGivesWayToAFile(t *testing.T) {
	c := node.Config{Dir: t.TempDir(), Member: "MD", Secret: node.SecretSource{Prompt: func() (string, error) { return words, nil }}}
	if _, err := node.Init(t.Context(), c, first); err != nil {
		t.Fatal(err)
	}
	to := inFile(t)
	if _, err := node.RotateSecret(context.WithoutCancel(t.Context()), c, to, nil); err != nil {
		t.Fatal(err)
	}
	if err := openAndClose(t, withSecret(c, to)); err != nil {
		t.Error(err)
	}
	if err := openAndClose(t, c); key(err) != "store.file-key" {
		t.Errorf("the passphrase: %v", err)
	}
}
