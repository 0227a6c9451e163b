package node

import (
	"context"
	"errors"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// formerPeppers opens the peppers of earlier secrets that somebody's passphrase still needs.
func (n *Node) formerPeppers(ctx context.Context) ([]seal.Key, error) {
	var p keyring.Peppers
	err := store.Reader[keyring.PepperTx](n.DB)(ctx, func(tx keyring.PepperTx) (err error) {
		p, err = keyring.PeppersIn(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.Open(n.Member, n.secret)
}

// RotateSecret gives a node that does not run another node.secret, and returns whose node it is. The new one is read
// from where to says, or made there in a new file of mode 0600; under a start passphrase it cannot be put. Whenever the
// process is killed, the node opens with one of the two. Archives that were made before open with the old secret, or
// with the papers of their time. Progress hears how much of a database file has been copied, in bytes; it may be nil.
//
// It fails with [fault.Invalid] "node.secret.source" if to is none or a start passphrase; with [fault.Conflict]
// "store.in-use" if the node runs, and "keyring.secret.same" if the secrets are equal; with [fault.Locked]
// "node.secret.old" if the old one is not the node's, or not any more; as sources of a secret do; and as the storage
// fails. A new file that was made is kept then: the next try takes it.
func RotateSecret(ctx context.Context, c Config, to SecretSource, progress func(copied, all int64)) (whose id.Member, err error) {
	c, err = c.filled()
	if err != nil {
		return "", err
	}
	if to.Prompt != nil {
		return "", fault.New(fault.Invalid, "node.secret.source")
	}
	old, err := c.Secret.load(c.Dir, true, c.Rand)
	if err != nil {
		return "", err
	}
	alone, err := store.Seize(ctx, c.storage(old))
	if err != nil {
		return "", wrongSecret(err)
	}
	alone.Progress = progress
	defer func() { err = errors.Join(err, alone.Release()) }()
	if c.Member, err = proveSecret(ctx, c, alone, old); err != nil {
		return "", wrongSecret(err)
	}
	next, err := to.load(c.Dir, false, c.Rand)
	if err != nil {
		return "", err
	}
	if next.Equal(old) {
		return "", fault.New(fault.Conflict, "keyring.secret.same")
	}
	return c.Member, alone.Rekey(ctx, next.FileKey().Bytes(), func(db *store.DB) error {
		change := keyring.SecretChange{Write: store.Writer[keyring.SecretTx](db), Now: c.Now, Member: c.Member, Old: old, New: next}
		return change.Run(ctx, access.Console(c.Member))
	})
}

// storage is where the data of the node lie.
func (c Config) storage(secret keyring.Secret) store.Config {
	sc := store.Config{URL: c.URL, Owner: c.Owner, Now: c.Now, Rand: c.Rand}
	if c.URL == "" {
		sc.Path, sc.Key = c.file(), secret.FileKey().Bytes()
	}
	return sc
}

// proveSecret returns whose node it is, if secret is its secret: nothing new is made before that is known.
func proveSecret(ctx context.Context, c Config, alone *store.Alone, secret keyring.Secret) (whose id.Member, err error) {
	db, err := alone.Open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	n := &Node{Config: c, DB: db, secret: secret}
	if err := n.identify(ctx, living); err != nil {
		return "", err
	}
	keys := keyring.NodeService{Read: store.Reader[keyring.NodeTx](db), Now: c.Now, Member: n.Member, Secret: secret}
	_, err = keys.Open(ctx, nil)
	return n.Member, err
}

// wrongSecret says what an old secret that does not open the node may mean.
func wrongSecret(err error) error {
	if _, key, _ := fault.Public(err); key == "store.file-key" || key == "keyring.node.secret" {
		return fault.Wrap(fault.Locked, "node.secret.old", err)
	}
	return err
}
