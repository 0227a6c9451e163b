package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// infoIndex is the domain under which the private half of a search index is sealed to a desk.
const infoIndex = "opentrm/index-hold/1"

// IndexHold is the private half of a search index in the hands of one desk.
type IndexHold struct {
	Index  id.Index
	Desk   id.Desk
	Pair   id.Key // the desk's pair for cases that it is sealed to
	Sealed []byte
}

func (s *Service) indexAAD(h IndexHold, key id.Key) []byte {
	return frame.JoinText(infoIndex, string(s.Node), string(h.Index), string(h.Desk), string(key))
}

// HoldIndexIn seals the private half of a search index to a desk. It needs nobody's key.
//
// It fails with [fault.Conflict] if the desk has no pair for cases.
func (s *Service) HoldIndexIn(ctx context.Context, tx Tx, index id.Index, at id.Desk, private seal.KEMPrivate) (IndexHold, error) {
	pairs, err := tx.Pairs(ctx, at, Cases)
	if err != nil {
		return IndexHold{}, err
	}
	if len(pairs) == 0 {
		return IndexHold{}, fault.New(fault.Conflict, "keyring.desk.no-pair")
	}
	public, err := seal.ParseKEMPublic(pairs[0].Public)
	if err != nil {
		return IndexHold{}, err
	}
	h := IndexHold{Index: index, Desk: at, Pair: pairs[0].Key}
	secret := private.Bytes()
	defer clear(secret)
	h.Sealed, err = public.Seal([]byte(infoIndex), s.indexAAD(h, private.Public().ID()), secret)
	return h, err
}

// OpenIndexIn opens the private half of a search index that the bearer's desk holds. Public is the public half.
//
// It fails with [fault.Hidden] and [fault.Locked] as [Service.OpenDeskIn], and with [fault.Internal] if the hold is not of
// this index, desk and key.
func (s *Service) OpenIndexIn(ctx context.Context, tx Tx, by Bearer, h IndexHold, public seal.KEMPublic) (seal.KEMPrivate, error) {
	d, err := s.OpenDeskIn(ctx, tx, by, h.Desk)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	p, err := tx.Pair(ctx, h.Desk, h.Pair)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	private, err := d.private(p)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	raw, err := private.Open([]byte(infoIndex), s.indexAAD(h, public.ID()), h.Sealed)
	if err != nil {
		return seal.KEMPrivate{}, fault.Wrap(fault.Internal, "keyring.index", err)
	}
	defer clear(raw)
	return seal.ParseKEMPrivate(raw)
}
