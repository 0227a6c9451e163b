package backup

import (
	"context"
	"io"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// KeysKept is for how long an archive of keys may exist (spec/backup.md 1).
const KeysKept = 35 * 24 * time.Hour

// Margin is how much earlier than the backup peers are asked what was exchanged, for wrong clocks.
const Margin = 24 * time.Hour

// Tx is what backups need kept.
type Tx interface {
	exchange.Tx
	keyring.Tx
	audit.Tx
	audit.Reader
	audit.Keeper
	// UnconfirmConsents leaves open whether the consents that were taken here and not withdrawn still stand, since an epoch of
	// the log that began with a restore.
	UnconfirmConsents(ctx context.Context, epoch int64) error
}

// Service is the use-cases of backups.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Rand     io.Reader // cryptographic
	Member   id.Member
	Secret   keyring.Secret
	Keys     *keyring.Service
	Exchange *exchange.Service
	// Dump writes what rests, both classes as they were at one moment.
	Dump func(ctx context.Context, content, keys io.Writer) error
	// Load reads what Dump wrote into an empty database, all or nothing.
	Load func(ctx context.Context, content, keys io.Reader) error
	// Open opens the keys of the restored node. After it has returned,
	// [exchange.Service] works with the restored keys.
	Open func(ctx context.Context) (*keyring.NodeKeys, error)
	// Also repeats erasures of kinds that package keyring does not know, by kind.
	Also map[string]func(ctx context.Context, tx Tx, object string) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func office() access.Resource { return access.Resource{Noun: "backup", Realm: access.Office} }

// Pair are the manifests of the two archives of one moment.
type Pair struct{ Content, Keys Manifest }

// Make writes the two archives of this moment. In the head of that of the keys lies node.secret, sealed to the recovery
// key; while no officers are enrolled the archives open with node.secret only. The caller gives two new files and destroys both if Make
// fails; the one of keys must be destroyed at [Manifest.Expires].
//
// It fails with [fault.Denied] if who may not, with [fault.Locked] if the node's keys are closed, and as
// the storage and the writers fail.
func (s *Service) Make(ctx context.Context, who access.Actor, content, keys io.Writer) (Pair, error) {
	if err := access.Check(who, access.MakeBackup, office()); err != nil {
		return Pair{}, err
	}
	with := seals{secret: s.Secret.Archive(), signer: s.Exchange.Keys().Envelope}
	if with.signer.IsZero() {
		return Pair{}, fault.New(fault.Locked, "backup.locked")
	}
	m := Manifest{
		Format: 1, Class: Content, Member: s.Member, Pair: string(id.Random[id.Thread](s.IDs)), Created: s.now(),
		Signer: with.signer.Public().ID(),
	}
	err := s.Write(ctx, audit.Did(who, access.MakeBackup, m.Pair), func(tx Tx) error {
		r, err := tx.Recovery(ctx)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if with.recovery, err = seal.ParseKEMPublic(r.Public); err != nil {
			return err
		}
		with.escrow, err = s.Keys.EscrowIn(ctx, tx)
		return err
	})
	if err != nil {
		return Pair{}, err
	}
	m.Recovery = with.recovery.ID()
	k := m
	k.Class, k.Expires = Keys, m.Created.Add(KeysKept)
	pair := Pair{Content: m, Keys: k}
	a, err := newWriter(content, m, with)
	if err != nil {
		return Pair{}, err
	}
	b, err := newWriter(keys, k, with)
	if err != nil {
		return Pair{}, err
	}
	if err := s.Dump(ctx, a, b); err != nil {
		return Pair{}, err
	}
	if err := a.finish(); err != nil {
		return Pair{}, err
	}
	return pair, b.finish()
}
