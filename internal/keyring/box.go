package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const infoBoxOffer = "opentrm/box-offer/1"

// Box is the key of something that a desk keeps and that is no case, such as a thread of messages: wrapped
// by the wrap key of one generation. Whoever destroys the box destroys what was sealed under the key.
type Box struct {
	Generation int64
	Sealed     []byte // nil: none yet
}

// NewBox makes a key for a thing of the desk. Use is a code, object an identifier; both are bound to it.
//
// It fails with [fault.Hidden] as [Service.OpenDeskIn].
func (d *DeskKeys) NewBox(use, object string) (seal.Key, Box, error) {
	key := seal.NewKey(d.s.Rand)
	b, err := d.box(use, object, key)
	return key, b, err
}

// OpenBox opens the key in a box, and returns the box as it should be kept: under the newest wrap key, so
// that what is worked with does not hang on an old generation.
//
// It fails with [fault.NotFound] and "keyring.box.gone" if the box was destroyed, [fault.Hidden] as
// [Service.OpenDeskIn], and [fault.Internal] if the box is not of this desk, use and object.
func (d *DeskKeys) OpenBox(use, object string, b Box) (seal.Key, Box, error) {
	if len(b.Sealed) == 0 {
		return seal.Key{}, Box{}, fault.New(fault.NotFound, "keyring.box.gone")
	}
	wrap, err := d.at(b.Generation)
	if err != nil {
		return seal.Key{}, Box{}, err
	}
	key, err := wrap.Unwrap(b.Sealed, d.boxAAD(use, object))
	if err != nil {
		return seal.Key{}, Box{}, fault.Wrap(fault.Internal, "keyring.box", err)
	}
	if b.Generation == d.newest {
		return key, b, nil
	}
	b, err = d.box(use, object, key)
	return key, b, err
}

func (d *DeskKeys) box(use, object string, key seal.Key) (Box, error) {
	wrap, err := d.at(d.newest)
	if err != nil {
		return Box{}, err
	}
	return Box{Generation: d.newest, Sealed: wrap.Wrap(key, d.boxAAD(use, object))}, nil
}

func (d *DeskKeys) boxAAD(use, object string) []byte {
	return frame.JoinText("opentrm/desk-box/1", string(d.s.Node), string(d.desk), use, object)
}

// Handed is the key of a box while another desk is asked to keep the thing: sealed to that desk, and over that under the key of the node,
// which takes it off in the transaction in which the desk takes the box, and in no other.
type Handed struct {
	Desk   id.Desk // that is asked
	Pair   id.Key  // of it, to which the key is sealed
	Sealed []byte
}

func (s *Service) handedAAD(use, object string, to id.Desk) []byte {
	return frame.JoinText("opentrm/box-offer/1", string(s.Node), string(to), use, object)
}

// HandIn seals the key of a box to another desk, which will open it with [DeskKeys.TakeIn].
//
// It fails with [fault.Conflict] "keyring.desk.no-pair" if that desk has no keys, and [fault.Locked] if node.secret is another.
func (s *Service) HandIn(ctx context.Context, tx Tx, use, object string, key seal.Key, to id.Desk) (Handed, error) {
	pairs, err := tx.Pairs(ctx, to, Cases)
	if err != nil {
		return Handed{}, err
	}
	if len(pairs) == 0 {
		return Handed{}, fault.New(fault.Conflict, "keyring.desk.no-pair")
	}
	public, err := seal.ParseKEMPublic(pairs[0].Public)
	if err != nil {
		return Handed{}, err
	}
	secret := key.Bytes()
	defer clear(secret)
	aad := s.handedAAD(use, object, to)
	sealed, err := public.Seal([]byte(infoBoxOffer), aad, secret)
	if err != nil {
		return Handed{}, err
	}
	over, err := s.offers(ctx, tx)
	if err != nil {
		return Handed{}, err
	}
	defer over.Wipe()
	return Handed{Desk: to, Pair: pairs[0].Key, Sealed: over.Seal(aad, sealed)}, nil
}

// TakeIn opens the key of a box that was handed to this desk. The caller seals what lies under it under a new key: the desk that handed it
// over knew this one.
//
// It fails with [fault.Hidden] if it was handed to another desk, [fault.Internal] if it is not of this use and object, and [fault.Locked]
// if node.secret is another.
func (d *DeskKeys) TakeIn(ctx context.Context, tx Tx, use, object string, h Handed) (seal.Key, error) {
	if h.Desk != d.desk {
		return seal.Key{}, fault.New(fault.Hidden, "keyring.desk.hidden")
	}
	over, err := d.s.offers(ctx, tx)
	if err != nil {
		return seal.Key{}, err
	}
	defer over.Wipe()
	aad := d.s.handedAAD(use, object, d.desk)
	sealed, err := over.Open(aad, h.Sealed)
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "keyring.box", err)
	}
	p, err := tx.Pair(ctx, d.desk, h.Pair)
	if err != nil {
		return seal.Key{}, err
	}
	private, err := d.private(p)
	if err != nil {
		return seal.Key{}, err
	}
	raw, err := private.Open([]byte(infoBoxOffer), aad, sealed)
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "keyring.box", err)
	}
	return parse(raw)
}
