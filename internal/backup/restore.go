package backup

import (
	"context"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// From is what a node is restored from.
type From struct {
	Content io.ReadSeeker
	Keys    io.ReadSeeker
	Lists   [][]byte // signed lists of erasures, as many as there are
	// Recovery opens the archives where node.secret is lost, put together by the officers. Zero: with
	// node.secret.
	Recovery seal.KEMPrivate
	// Signer is the node's envelope key, as the roster lists it: what archives must be signed with. Zero:
	// whoever wrapped the key of the archives under node.secret is believed. Needed with Recovery, because
	// anybody can seal to a public key.
	Signer seal.SignPublic
	// Papers are the numbers of the officers whose papers gave node.secret back: the new epoch says so, all officers
	// are told, and new shares are asked for. Empty: node.secret was not lost.
	Papers []int
	// Last is the newest witnessed checkpoint of the log, as peers have it; zero: the newest in the backup.
	Last audit.State
}

// Restored says what a restore did.
type Restored struct {
	Pair     Pair
	Erasures int   // repeated
	Epoch    int64 // of the log, that began
	Note     string
}

// Restore loads both archives into an empty database and makes a node of it that may be served; see the
// package comment for the order.
//
// It fails with [fault.Denied] if who may not, "backup.signature" if an archive is not the node's,
// "backup.expired" if the archive of keys must not exist any more, and "backup.list.signature"; with
// [fault.Invalid] "backup.form", "backup.truncated", "backup.changed" or "backup.pair" (the keys are older
// than the content, or of another member); with [fault.Locked] "backup.locked" if neither node.secret nor
// the recovery key opens them; with [fault.Conflict] if the database is not empty; and as the storage fails.
// Nothing was loaded if it fails with one of these, but for "backup.list.signature".
func (s *Service) Restore(ctx context.Context, who access.Actor, in From) (Restored, error) {
	var did Restored
	if err := access.Check(who, access.RestoreBackup, office()); err != nil {
		return did, err
	}
	content, err := s.unlock(in.Content, in)
	if err != nil {
		return did, err
	}
	keys, err := s.unlock(in.Keys, in)
	if err != nil {
		return did, err
	}
	did.Pair = Pair{Content: content.manifest, Keys: keys.manifest}
	if err := s.fit(did.Pair); err != nil {
		return did, err
	}
	if err := s.Load(ctx, content.body, keys.body); err != nil {
		return did, err
	}
	return s.revive(ctx, who, in, did)
}

// fit asks whether two archives make a node.
func (s *Service) fit(p Pair) error {
	switch {
	case p.Content.Class != Content || p.Keys.Class != Keys, p.Content.Member != s.Member || p.Keys.Member != s.Member,
		p.Keys.Created < p.Content.Created, p.Keys.Created == p.Content.Created && p.Keys.Pair != p.Content.Pair:
		return fault.New(fault.Invalid, "backup.pair")
	case p.Keys.Expired(s.now()):
		return fault.New(fault.Denied, "backup.expired")
	}
	return nil
}

// Passes is how often [Service.Restore] reads each archive: to prove it, to open it to its end, and to load it.
const Passes = 3

// unlocked is an archive that was proven, about to be read again.
type unlocked struct {
	manifest Manifest
	body     io.Reader
}

// unlock proves an archive from end to end, then opens it from the beginning.
func (s *Service) unlock(r io.ReadSeeker, in From) (unlocked, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return unlocked{}, err
	}
	proven, err := prove(r)
	if err != nil {
		return unlocked{}, err
	}
	if !in.Signer.IsZero() && in.Signer.Verify(seal.DomainBackup, proven.digest, proven.sig) != nil {
		return unlocked{}, fault.New(fault.Denied, "backup.signature")
	}
	key, err := s.key(proven, in)
	if err != nil {
		return unlocked{}, err
	}
	defer key.Wipe()
	// What opens to the end under this key was made by whoever had it; a cut or a change is found here,
	// before anything is loaded.
	for pass := range 2 {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return unlocked{}, err
		}
		again, err := open(r)
		if err != nil {
			return unlocked{}, err
		}
		again.want = proven.digest
		body, err := seal.OpenStream(key.Derive(infoKey), again.head, again)
		if err != nil {
			return unlocked{}, err
		}
		if pass == 1 {
			return unlocked{manifest: proven.Manifest, body: body}, nil
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return unlocked{}, err
		}
	}
	return unlocked{}, bad()
}

func (s *Service) key(a *reader, in From) (seal.Key, error) {
	if in.Recovery.IsZero() {
		key, err := s.Secret.Archive().Unwrap(a.wraps.Secret, keyAAD(a.head))
		if err != nil {
			return seal.Key{}, fault.Wrap(fault.Locked, "backup.locked", err)
		}
		return key, nil
	}
	if in.Signer.IsZero() {
		return seal.Key{}, fault.New(fault.Denied, "backup.signature")
	}
	raw, err := in.Recovery.Open([]byte(infoKey), keyAAD(a.head), a.wraps.Recovery)
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Locked, "backup.locked", err)
	}
	defer clear(raw)
	return seal.ParseKey(raw)
}

// revive makes a node of what was loaded.
func (s *Service) revive(ctx context.Context, who access.Actor, in From, did Restored) (Restored, error) {
	opened, err := s.Open(ctx)
	if err != nil {
		return did, err
	}
	entry := audit.Did(who, access.RestoreBackup, did.Pair.Content.Pair)
	var erasures []keyring.Erasure
	err = s.Write(ctx, entry, func(tx Tx) error {
		held, err := member.InForce(ctx, tx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		alone := err != nil // it had joined no network yet
		self, ok := held.Signed.Roster.Find(s.Member)
		if !ok && !alone {
			return fault.New(fault.NotFound, "exchange.member.unknown")
		}
		if erasures, err = tx.Erasures(ctx); err != nil {
			return err
		}
		for _, b := range in.Lists {
			more, err := readErasures(b, s.Member, append(self.Keys.Envelope, s.Exchange.Keys().Envelope.Public()))
			if err != nil {
				return err
			}
			erasures = append(erasures, more...)
		}
		last := in.Last
		if last == (audit.State{}) && !alone {
			if last, err = s.witnessed(ctx, tx, held.Signed.Roster); err != nil {
				return err
			}
		}
		did.Note, err = audit.Begin(ctx, tx, tx, s.Rand, opened.CheckpointSigner(), s.Member, last, s.now())
		if err != nil {
			return err
		}
		head, err := tx.AuditHead(ctx)
		if err != nil {
			return err
		}
		did.Epoch = head.Epoch
		// Which of them were withdrawn in the lost time nobody may know: under none of them anything leaves before somebody has
		// asked.
		return tx.UnconfirmConsents(ctx, head.Epoch)
	})
	if err != nil {
		return did, err
	}
	if did.Erasures, err = s.repeat(ctx, who, unique(erasures)); err != nil {
		return did, err
	}
	if err := s.Exchange.Restored(ctx, who, did.Epoch, did.Pair.Content.Created.Add(-Margin)); err != nil {
		return did, err
	}
	return did, s.Keys.Used(ctx, who, in.Papers)
}

// witnessed returns the newest witnessed checkpoint of the newest epoch in the backup; zero if there is none.
func (s *Service) witnessed(ctx context.Context, tx Tx, r member.Roster) (audit.State, error) {
	c, _, err := audit.NewestWitnessed(ctx, tx, s.Member, len(r.Members)-1)
	if fault.Is(err, fault.NotFound) {
		return audit.State{}, nil
	}
	if err != nil {
		return audit.State{}, err
	}
	head, err := tx.AuditHead(ctx)
	if err != nil || c.At.Epoch() != head.Epoch {
		return audit.State{}, err
	}
	return audit.ParseCheckpoint(c.Note, member.LogKeys(r))
}

// unique leaves out what is listed twice: the earliest counts.
func unique(all []keyring.Erasure) []keyring.Erasure {
	at := make(map[string]frame.Time, len(all))
	var out []keyring.Erasure
	for _, e := range all {
		if _, ok := at[e.What+" "+e.ID]; ok {
			continue
		}
		at[e.What+" "+e.ID] = e.At
		out = append(out, e)
	}
	return out
}
