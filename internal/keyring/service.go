package keyring

import (
	"context"
	"io"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Service is the use-cases of keys.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	IDs   id.Maker
	Rand  io.Reader // nil: the system's
	Node  id.Member // part of what every row is bound to
	// Secret is sealed to the recovery key whenever that is made.
	Secret Secret
	// Asked is asked before a person opens a case with the keys of her desk, and may refuse: what is kept and not used is opened by who has
	// said why. Nil: nobody is asked.
	Asked func(ctx context.Context, tx Tx, who id.User, c id.Case) error
	// Tell queues the notice to a recovery officer that the recovery key was used; nil: nobody is told.
	Tell func(ctx context.Context, tx Tx, officer id.User) error
	// Doubt raises the alarm that the database names somebody a member of a desk whom no member of it has granted; nil: only the log has it.
	Doubt func(ctx context.Context, at id.Desk, user id.User)
	// Settled is told that what lies in a space of whose end its desk was warned has been changed, finished or erased. Nil: nobody is told.
	Settled func(ctx context.Context, tx Tx, c Compartment) error
	// Admits refuses somebody whose desk opens a case, by what lies sealed in it: a guardian with a conflict of interest. It is asked before
	// anything of the case is handed out. Nil: whoever has the key may.
	Admits func(ctx context.Context, tx Tx, by Bearer, k *Case) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// The info strings of HPKE and the associated data of wraps, spec/keys.md section "Domains".
const (
	infoWrap     = "opentrm/desk-wrap/1"
	infoHold     = "opentrm/case-hold/1"
	infoRecovery = "opentrm/recovery-share/1"
	infoCanary   = "opentrm/recovery-canary/1"
)

func (s *Service) wrapAAD(desk id.Desk, generation int64) []byte {
	return frame.JoinText(infoWrap, string(s.Node), string(desk), decimal(generation))
}

func (s *Service) pairAAD(desk id.Desk, use PairUse, key id.Key) []byte {
	return frame.JoinText("opentrm/desk-pair/1", string(s.Node), string(desk), string(use), string(key))
}

func (s *Service) chainAAD(desk id.Desk, generation int64) []byte {
	return frame.JoinText("opentrm/desk-chain/1", string(s.Node), string(desk), decimal(generation))
}

func (s *Service) holdAAD(h Hold) []byte {
	return frame.JoinText(infoHold, string(s.Node), string(h.Case), string(h.Compartment), string(h.Desk), string(h.Reason))
}

func (s *Service) compartmentAAD(c Compartment) []byte {
	return frame.JoinText("opentrm/compartment/1", string(s.Node), string(c.Case), string(c.ID), string(c.Consent))
}

func (s *Service) previousAAD(c Compartment) []byte {
	return frame.JoinText("opentrm/compartment-previous/1", string(s.Node), string(c.Case), string(c.ID), string(c.Consent))
}

// DeskKeys is the opened wrap key of one desk, back to its first generation.
type DeskKeys struct {
	s           *Service
	by          Bearer // who opened it; nobody in a recovery
	desk        id.Desk
	newest      int64
	generations map[int64]Generation
	keys        map[int64]seal.Key
}

// OpenDeskIn opens the wrap key of the desk that the bearer acts for.
//
// It fails with [fault.Hidden] if the desk is sealed to somebody else only, and [fault.Locked] if her
// keys are not open.
func (s *Service) OpenDeskIn(ctx context.Context, tx Tx, by Bearer, desk id.Desk) (*DeskKeys, error) {
	if by.Locked() {
		return nil, fault.New(fault.Locked, "keyring.locked")
	}
	wraps, err := tx.WrapsOf(ctx, desk, by.Key())
	if err != nil {
		return nil, err
	}
	if len(wraps) == 0 {
		return nil, fault.New(fault.Hidden, "keyring.desk.hidden")
	}
	w := wraps[0]
	key, err := by.unwrap([]byte(infoWrap), s.wrapAAD(desk, w.Generation), w.Sealed)
	if err != nil {
		return nil, err
	}
	d, err := s.deskKeys(ctx, tx, desk, w.Generation, key)
	if err == nil {
		d.by = by
	}
	return d, err
}

// parse takes raw, which it wipes, as a key.
func parse(raw []byte) (seal.Key, error) {
	defer clear(raw)
	key, err := seal.ParseKey(raw)
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "keyring.key", err)
	}
	return key, nil
}

// deskKeys reads the generations of a desk, of which key is the wrap key of one.
func (s *Service) deskKeys(ctx context.Context, tx Tx, desk id.Desk, generation int64, key seal.Key) (*DeskKeys, error) {
	all, err := tx.Generations(ctx, desk)
	if err != nil {
		return nil, err
	}
	d := &DeskKeys{s: s, desk: desk, newest: generation, generations: make(map[int64]Generation, len(all)), keys: map[int64]seal.Key{generation: key}}
	for _, g := range all {
		d.generations[g.Generation] = g
	}
	return d, nil
}

// at returns the wrap key of a generation, walking down from the newest.
func (d *DeskKeys) at(generation int64) (seal.Key, error) {
	if k, ok := d.keys[generation]; ok {
		return k, nil
	}
	if generation < 1 || generation > d.newest {
		// Newer than what was sealed to her: she has left, or a rotation has just happened.
		return seal.Key{}, fault.New(fault.Hidden, "keyring.generation")
	}
	above, err := d.at(generation + 1)
	if err != nil {
		return seal.Key{}, err
	}
	k, err := above.Unwrap(d.generations[generation+1].Previous, d.s.chainAAD(d.desk, generation))
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "keyring.chain", err)
	}
	d.keys[generation] = k
	return k, nil
}

// private opens the private half of one of the desk's pairs. Who opened the desk forgets it with the desk's keys.
func (d *DeskKeys) private(p Pair) (seal.KEMPrivate, error) {
	if len(p.Private) == 0 {
		return seal.KEMPrivate{}, fault.New(fault.Stale, "keyring.pair.destroyed")
	}
	k, err := d.at(p.Generation)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	raw, err := k.Open(d.s.pairAAD(d.desk, p.Use, p.Key), p.Private)
	if err != nil {
		return seal.KEMPrivate{}, fault.Wrap(fault.Internal, "keyring.pair", err)
	}
	defer clear(raw)
	return d.by.private(p.Key, raw)
}

// addPair makes a new pair for the desk, sealed under its newest wrap key.
func (d *DeskKeys) addPair(ctx context.Context, tx Tx, use PairUse) (Pair, error) {
	private := seal.NewKEM(d.s.Rand)
	p := Pair{
		Desk: d.desk, Key: private.Public().ID(), Use: use, Public: private.Public().Bytes(),
		Generation: d.newest, Created: d.s.now(),
	}
	k, err := d.at(d.newest)
	if err != nil {
		return Pair{}, err
	}
	secret := private.Bytes()
	defer clear(secret)
	p.Private = k.Seal(d.s.pairAAD(d.desk, use, p.Key), secret)
	return p, tx.AddPair(ctx, p)
}
