package node

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// RestoreWithPapers makes a node of two archives in an empty place where node.secret is lost too: the papers of two
// recovery officers, as they were typed, give it back from the archive of keys. It is kept where the configuration
// says, in a new file of mode 0600 or under a new start passphrase, and the node is restored as [Restore] does it; if
// that fails, the secret is not kept either.
//
// It fails as [seal.ParsePaper] and [seal.Combine] do for the papers, with [fault.Denied] "node.papers.other" if they
// are of another recovery key than that of the archive, [fault.NotFound] "node.papers.none" if the archive was made
// before officers were enrolled, [fault.Denied] "keyring.escrow.wrong" if the node did not put the secret there,
// [fault.Conflict] "node.secret.there" if a secret is there already, and as [Restore] does.
func RestoreWithPapers(ctx context.Context, c Config, in backup.From, papers []string) (did backup.Restored, err error) {
	var shares [][]byte
	defer func() {
		for _, b := range shares {
			clear(b)
		}
	}()
	for i, text := range papers {
		b, err := seal.ParsePaper(text)
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return did, f.With("share", strconv.Itoa(i+1))
		}
		if err != nil {
			return did, err
		}
		shares = append(shares, b)
	}
	private, whose, err := keyring.Quorum(shares)
	if err != nil {
		return did, err
	}
	defer private.Wipe()
	head, escrow, err := backup.Escrowed(in.Keys)
	if err != nil {
		return did, err
	}
	if head.Recovery != private.Public().ID() {
		return did, fault.New(fault.Denied, "node.papers.other")
	}
	if len(escrow) == 0 {
		return did, fault.New(fault.NotFound, "node.papers.none")
	}
	secret, err := keyring.OpenEscrow(c.Member, private, escrow)
	if err != nil {
		return did, err
	}
	defer secret.Wipe()
	c, err = c.filled()
	if err != nil {
		return did, err
	}
	if err := c.makeDir(); err != nil {
		return did, err
	}
	forget, err := c.Secret.keep(c, secret)
	if err != nil {
		return did, err
	}
	raw := secret.Bytes()
	defer clear(raw)
	c.Secret = SecretSource{Text: hex.EncodeToString(raw)}
	in.Papers = whose
	did, err = Restore(ctx, c, in)
	if err != nil {
		forget()
	}
	return did, err
}

// keep keeps a secret that was recovered where a start of the node will look for it. The function that it returns
// forgets it again.
func (s SecretSource) keep(c Config, key seal.Key) (forget func(), err error) {
	switch {
	case s.File != "" && s.Text == "" && s.Prompt == nil:
		if err := outside(s.File, c.Dir); err != nil {
			return nil, err
		}
		return func() { _ = os.Remove(s.File) }, keepFile(s.File, key)
	case s.Prompt != nil && s.File == "" && s.Text == "":
		passphrase, err := s.Prompt()
		if err != nil {
			return nil, fault.Wrap(fault.Locked, "node.secret.passphrase", err)
		}
		path := filepath.Join(c.Dir, SealedName)
		return func() { _ = os.Remove(path) }, sealUnder(path, passphrase, key, c.Rand)
	}
	return nil, fault.New(fault.Invalid, "node.secret.source")
}
