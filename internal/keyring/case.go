package keyring

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Case is the opened key of one case, for the length of a request. What was opened through a hold of a
// single compartment opens that compartment only.
type Case struct {
	s            *Service
	ID           id.Case
	key          seal.Key                       // absent if only compartments are held
	whole        bool                           // key is there
	readOnly     bool                           // opened under break-glass or a release
	joint        map[id.Compartment]bool        // in which the desk writes although the rest is not its own
	by           id.User                        // who opened it
	compartments map[id.Compartment]Compartment // as stored
	open         map[id.Compartment]seal.Key    // opened so far
}

// NewCaseIn makes the keys of a case for the bearer's desk: a case key wrapped by the desk's wrap key
// and, in the assistance realm, sealed to every active emergency desk; and the home compartment.
//
// It fails with [fault.Hidden] or [fault.Locked] as [Service.OpenDeskIn].
func (s *Service) NewCaseIn(ctx context.Context, tx Tx, by Bearer, c id.Case, at id.Desk, realm access.Realm) (*Case, error) {
	d, err := s.OpenDeskIn(ctx, tx, by, at)
	if err != nil {
		return nil, err
	}
	key := seal.NewKey(s.Rand)
	wrap, err := d.at(d.newest)
	if err != nil {
		return nil, err
	}
	h := Hold{Case: c, Desk: at, Reason: Own, Generation: d.newest, Created: s.now()}
	h.Sealed = wrap.Wrap(key, s.holdAAD(h))
	if err := tx.AddHold(ctx, h); err != nil {
		return nil, err
	}
	return s.bornIn(ctx, tx, c, by.User, realm, key)
}

// SealCaseIn makes the keys of a case for a desk with nobody's keys: the case key is sealed to the desk's pair for cases. What
// it returns writes into the case; whoever lets it go cannot open the case any more, unless she works at the desk.
//
// It fails with [fault.Conflict] "keyring.desk.no-pair".
func (s *Service) SealCaseIn(ctx context.Context, tx Tx, by id.User, c id.Case, at id.Desk, realm access.Realm) (*Case, error) {
	key := seal.NewKey(s.Rand)
	if err := s.holdFor(ctx, tx, Hold{Case: c, Desk: at, Reason: Own, Created: s.now()}, key); err != nil {
		return nil, err
	}
	return s.bornIn(ctx, tx, c, by, realm, key)
}

// bornIn is what every new case has beside the hold of its desk: holds of emergency desks in the assistance realm, and the
// home compartment.
func (s *Service) bornIn(ctx context.Context, tx Tx, c id.Case, by id.User, realm access.Realm, key seal.Key) (*Case, error) {
	if realm == access.Assistance {
		if err := s.holdForEmergency(ctx, tx, c, key); err != nil {
			return nil, err
		}
	}
	k := &Case{s: s, ID: c, key: key, whole: true, by: by, compartments: map[id.Compartment]Compartment{}, open: map[id.Compartment]seal.Key{}}
	_, err := k.NewCompartmentIn(ctx, tx, "")
	return k, err
}

func (s *Service) holdForEmergency(ctx context.Context, tx Tx, c id.Case, key seal.Key) error {
	desks, err := tx.Desks(ctx)
	if err != nil {
		return err
	}
	for _, e := range desks {
		if e.Purpose != desk.Emergency || e.State != desk.Active {
			continue
		}
		if err := s.holdFor(ctx, tx, Hold{Case: c, Desk: e.ID, Reason: InEmergency, Created: s.now()}, key); err != nil {
			return err
		}
	}
	return nil
}

// holdFor seals a case or compartment key to the case pair of another desk.
func (s *Service) holdFor(ctx context.Context, tx Tx, h Hold, key seal.Key) error {
	pairs, err := tx.Pairs(ctx, h.Desk, Cases)
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		return fault.New(fault.Conflict, "keyring.desk.no-pair")
	}
	public, err := seal.ParseKEMPublic(pairs[0].Public)
	if err != nil {
		return err
	}
	h.Pair = pairs[0].Key
	secret := key.Bytes()
	defer clear(secret)
	if h.Sealed, err = public.Seal([]byte(infoHold), s.holdAAD(h), secret); err != nil {
		return err
	}
	if h.Reason == Offered {
		if h.Sealed, err = s.cover(ctx, tx, h); err != nil {
			return err
		}
	}
	return tx.AddHold(ctx, h)
}

// OpenCaseIn opens a case for the bearer's desk, after comparing the case's rows with the hash that the
// audit log holds. An emergency hold opens nothing here, nor does an offer; see [Service.BreakGlassIn] and [Service.TakeIn].
//
// It fails with [fault.Hidden] if her desk holds no key of it, [fault.Locked] if her keys are not open,
// and [fault.Internal] with the key "keyring.manifest" if a row was put back to an older state; as [Service.Asked]; and as what Admits says.
func (s *Service) OpenCaseIn(ctx context.Context, tx Tx, by Bearer, c id.Case) (*Case, error) {
	k, err := s.TendCaseIn(ctx, tx, by, c)
	if err != nil || s.Asked == nil {
		return k, err
	}
	return k, s.Asked(ctx, tx, by.User, c)
}

// TendCaseIn opens a case as [Service.OpenCaseIn] does and asks nobody but Admits: for new keys, for what finds it again, and for what she may
// always ask, of which nothing is shown.
//
// It fails as [Service.OpenCaseIn].
func (s *Service) TendCaseIn(ctx context.Context, tx Tx, by Bearer, c id.Case) (*Case, error) {
	k, err := s.openCase(ctx, tx, by, c, func(h Hold) bool { return h.Reason != InEmergency && h.Reason != Offered })
	if err != nil {
		return nil, err
	}
	return s.admitted(ctx, tx, by, k)
}

// admitted is the opened case, unless somebody is refused by what lies in it.
func (s *Service) admitted(ctx context.Context, tx Tx, by Bearer, k *Case) (*Case, error) {
	if s.Admits == nil {
		return k, nil
	}
	if err := s.Admits(ctx, tx, by, k); err != nil {
		return nil, err
	}
	return k, nil
}

// BreakGlassIn opens a case through the emergency hold, read-only. The caller has checked duty, told
// the second person and recorded the reason.
//
// It fails as [Service.OpenCaseIn].
func (s *Service) BreakGlassIn(ctx context.Context, tx Tx, by Bearer, c id.Case) (*Case, error) {
	k, err := s.openCase(ctx, tx, by, c, func(h Hold) bool { return h.Reason == InEmergency })
	if err != nil {
		return nil, err
	}
	k.readOnly = true
	return s.admitted(ctx, tx, by, k)
}

func (s *Service) openCase(ctx context.Context, tx Tx, by Bearer, c id.Case, fits func(Hold) bool) (*Case, error) {
	if by.Locked() {
		return nil, fault.New(fault.Locked, "keyring.locked")
	}
	holds, err := tx.Holds(ctx, c)
	if err != nil {
		return nil, err
	}
	now := s.now()
	holds = slices.DeleteFunc(holds, func(h Hold) bool {
		return h.Desk != by.Desk || !fits(h) || h.Until != 0 && h.Until <= now
	})
	if len(holds) == 0 {
		return nil, fault.New(fault.Hidden, "keyring.case.hidden")
	}
	ok, err := tx.ManifestMatches(ctx, c)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.Internal, "keyring.manifest")
	}
	d, err := s.OpenDeskIn(ctx, tx, by, by.Desk)
	if err != nil {
		return nil, err
	}
	k := &Case{
		s: s, ID: c, by: by.User, readOnly: true, joint: map[id.Compartment]bool{}, compartments: map[id.Compartment]Compartment{},
		open: map[id.Compartment]seal.Key{},
	}
	all, err := tx.Compartments(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		k.compartments[p.ID] = p
	}
	for _, h := range holds {
		key, err := d.held(ctx, tx, h)
		if err != nil {
			return nil, err
		}
		if h.Compartment != "" {
			k.open[h.Compartment] = key
			if h.Reason == Joint {
				k.joint[h.Compartment] = true
			}
			continue
		}
		k.key, k.whole, k.readOnly = key, true, false
	}
	return k, nil
}

// held opens a hold of this desk.
func (d *DeskKeys) held(ctx context.Context, tx Tx, h Hold) (seal.Key, error) {
	if h.Pair == "" {
		wrap, err := d.at(h.Generation)
		if err != nil {
			return seal.Key{}, err
		}
		key, err := wrap.Unwrap(h.Sealed, d.s.holdAAD(h))
		if err != nil {
			return seal.Key{}, fault.Wrap(fault.Internal, "keyring.hold", err)
		}
		return key, nil
	}
	p, err := tx.Pair(ctx, d.desk, h.Pair)
	if err == nil && h.Reason == Offered {
		h.Sealed, err = d.s.uncover(ctx, tx, h)
	}
	if err != nil {
		return seal.Key{}, err
	}
	private, err := d.private(p)
	if err != nil {
		return seal.Key{}, err
	}
	raw, err := private.Open([]byte(infoHold), d.s.holdAAD(h), h.Sealed)
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "keyring.hold", err)
	}
	return parse(raw)
}

// LinkKey is the key by which links between this case and others are found and opened from its side. Other keys of the case give
// another.
//
// It fails with [fault.Denied] for who holds only compartments of it.
func (k *Case) LinkKey() (seal.Key, error) {
	if !k.whole {
		return seal.Key{}, fault.New(fault.Denied, "keyring.read-only")
	}
	return k.key.Derive("opentrm/case-link/1", string(k.s.Node), string(k.ID)), nil
}

// Home returns the compartment that belongs to no consent. It is empty for who holds only released
// compartments.
func (k *Case) Home() id.Compartment {
	for _, c := range k.compartments {
		if c.home() {
			return c.ID
		}
	}
	return ""
}

// NewCompartmentIn makes the key space of a consent inside the case; an empty consent makes the home.
//
// It fails with [fault.Denied] if the case is open for reading only.
func (k *Case) NewCompartmentIn(ctx context.Context, tx Tx, consent id.Consent) (id.Compartment, error) {
	if k.readOnly || !k.whole {
		return "", fault.New(fault.Denied, "keyring.read-only")
	}
	return k.newIn(ctx, tx, Compartment{Consent: consent})
}

func (k *Case) newIn(ctx context.Context, tx Tx, c Compartment) (id.Compartment, error) {
	key := seal.NewKey(k.s.Rand)
	c.ID, c.Case, c.State, c.Created = id.Random[id.Compartment](k.s.IDs), k.ID, Open, k.s.now()
	c.Sealed = k.key.Wrap(key, k.s.compartmentAAD(c))
	if err := tx.AddCompartment(ctx, c); err != nil {
		return "", err
	}
	k.compartments[c.ID], k.open[c.ID] = c, key
	return c.ID, nil
}

// compartment opens the key of one compartment.
func (k *Case) compartment(c id.Compartment) (seal.Key, error) {
	stored, ok := k.compartments[c]
	switch {
	case !ok:
		return seal.Key{}, fault.New(fault.Hidden, "keyring.compartment.hidden")
	case stored.State == Erased:
		return seal.Key{}, fault.New(fault.NotFound, "keyring.compartment.erased")
	case stored.State == Frozen:
		return seal.Key{}, fault.New(fault.Conflict, "keyring.compartment.frozen")
	}
	if key, ok := k.open[c]; ok {
		return key, nil
	}
	if !k.whole || stored.State == Kept {
		return seal.Key{}, fault.New(fault.Hidden, "keyring.compartment.hidden")
	}
	key, err := k.unwrap(stored)
	if err != nil {
		return seal.Key{}, err
	}
	k.open[c] = key
	return key, nil
}

// unwrap opens the key of a compartment with the case key, whatever its state.
func (k *Case) unwrap(c Compartment) (seal.Key, error) {
	key, err := k.key.Unwrap(c.Sealed, k.s.compartmentAAD(c))
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "keyring.compartment", err)
	}
	return key, nil
}

// GrantIn seals the key of the case, or of one compartment, to another desk: an offer, legal hold,
// release or joint work. A release and joint work always name a compartment.
//
// It fails with [fault.Denied] if the case is open for reading only, and [fault.Conflict] if the desk
// has no key pair for cases.
func (k *Case) GrantIn(ctx context.Context, tx Tx, h Hold) error {
	if k.readOnly || !k.whole {
		return fault.New(fault.Denied, "keyring.read-only")
	}
	if (h.Reason == Released || h.Reason == Joint) && h.Compartment == "" {
		return fault.New(fault.Invalid, "keyring.release.whole")
	}
	h.Case, h.Created = k.ID, k.s.now()
	key := k.key
	if h.Compartment != "" {
		var err error
		if key, err = k.compartment(h.Compartment); err != nil {
			return err
		}
	}
	return k.s.holdFor(ctx, tx, h, key)
}
