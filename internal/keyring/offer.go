package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	settingOffers = "node.offers"
	infoOffers    = "opentrm/offers/1"
	infoOffer     = "opentrm/case-offer/1"
)

func offersAAD(member id.Member) []byte { return frame.JoinText(infoOffers, string(member)) }

func (s *Service) coverAAD(h Hold) []byte {
	return frame.JoinText(infoOffer, string(s.Node), string(h.Case), string(h.Desk))
}

// offers is the key that lies over what is offered. It is drawn at first use and rests under node.secret, as [Service.MarksIn].
//
// It fails with [fault.Locked] if node.secret is not the one under which it rests.
func (s *Service) offers(ctx context.Context, tx Tx) (seal.Key, error) {
	raw, err := tx.Setting(ctx, settingOffers)
	if fault.Is(err, fault.NotFound) {
		key := seal.NewKey(s.Rand)
		return key, tx.SetSetting(ctx, settingOffers, s.Secret.Dedup().Wrap(key, offersAAD(s.Node)))
	}
	if err != nil {
		return seal.Key{}, err
	}
	key, err := s.Secret.Dedup().Unwrap(raw, offersAAD(s.Node))
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Locked, "keyring.node.secret", err)
	}
	return key, nil
}

// cover lays the key of the node over what was sealed to a desk: the desk opens it only in a transaction of this node that lets it.
func (s *Service) cover(ctx context.Context, tx Tx, h Hold) ([]byte, error) {
	key, err := s.offers(ctx, tx)
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	return key.Seal(s.coverAAD(h), h.Sealed), nil
}

// uncover takes it off again.
func (s *Service) uncover(ctx context.Context, tx Tx, h Hold) ([]byte, error) {
	key, err := s.offers(ctx, tx)
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	sealed, err := key.Open(s.coverAAD(h), h.Sealed)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "keyring.hold", err)
	}
	return sealed, nil
}

// TakeIn opens a case that was offered to the bearer's desk, and gives it to that desk: what the desk that had it and others held of
// the whole case is dropped, but for the emergency desk. The caller has checked that she may take it, records it, and gives the case
// new keys: the desk that had it knew these.
//
// It fails with [fault.Hidden] if nothing was offered, and as [Service.OpenCaseIn].
func (s *Service) TakeIn(ctx context.Context, tx Tx, by Bearer, c id.Case) (*Case, error) {
	k, err := s.openCase(ctx, tx, by, c, func(h Hold) bool { return h.Reason == Offered && h.Compartment == "" })
	if err != nil {
		return nil, err
	}
	holds, err := tx.Holds(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		if h.Compartment == "" && (h.Reason == Own || h.Reason == Transferred || h.Reason == Offered) {
			if err := tx.DropHold(ctx, h); err != nil {
				return nil, err
			}
		}
	}
	d, err := s.OpenDeskIn(ctx, tx, by, by.Desk)
	if err != nil {
		return nil, err
	}
	wrap, err := d.at(d.newest)
	if err != nil {
		return nil, err
	}
	h := Hold{Case: c, Desk: by.Desk, Reason: Transferred, Generation: d.newest, Created: s.now()}
	h.Sealed = wrap.Wrap(k.key, s.holdAAD(h))
	return k, tx.AddHold(ctx, h)
}

// offers moves the key of offers to another secret.
func (c *SecretChange) offers(ctx context.Context, tx SecretTx) error {
	raw, err := tx.Setting(ctx, settingOffers)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	key, err := c.Old.Dedup().Unwrap(raw, offersAAD(c.Member))
	if err != nil {
		return fault.Wrap(fault.Locked, "keyring.node.secret", err)
	}
	defer key.Wipe()
	return tx.SetSetting(ctx, settingOffers, c.New.Dedup().Wrap(key, offersAAD(c.Member)))
}
