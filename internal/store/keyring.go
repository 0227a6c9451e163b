package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var (
	_ keyring.Tx     = (*Tx)(nil)
	_ keyring.NodeTx = (*Tx)(nil)
)

// UserKEM returns the public KEM key of an active user; [fault.NotFound] if there is none.
func (tx *Tx) UserKEM(ctx context.Context, user id.User) ([]byte, error) {
	kem, err := tx.q.UserKEM(ctx, string(user))
	return kem, explain(err)
}

// AddGeneration keeps a new generation of a desk's wrap key.
func (tx *Tx) AddGeneration(ctx context.Context, g keyring.Generation) error {
	return explain(tx.q.AddGeneration(ctx, rows.AddGenerationParams{
		Desk: string(g.Desk), Generation: g.Generation, Previous: filled(g.Previous), Created: int64(g.Created),
	}))
}

// Generations returns the generations of a desk, newest first.
func (tx *Tx) Generations(ctx context.Context, d id.Desk) ([]keyring.Generation, error) {
	all, err := tx.q.Generations(ctx, string(d))
	return each(all, err, func(r rows.DeskGeneration) keyring.Generation {
		return keyring.Generation{Desk: id.Desk(r.Desk), Generation: r.Generation, Previous: r.Previous, Created: frame.Time(r.Created)}
	})
}

// AddWrap keeps a wrap, in place of an earlier one of the same holder and generation.
func (tx *Tx) AddWrap(ctx context.Context, w keyring.Wrap) error {
	return explain(tx.q.AddWrap(ctx, rows.AddWrapParams{
		Desk: string(w.Desk), Generation: w.Generation, Holder: string(w.Holder), UserID: string(w.User), Sealed: filled(w.Sealed),
	}))
}

// WrapsOf returns the wraps of one holder at a desk, newest generation first.
func (tx *Tx) WrapsOf(ctx context.Context, d id.Desk, holder id.Key) ([]keyring.Wrap, error) {
	all, err := tx.q.WrapsOf(ctx, rows.WrapsOfParams{Desk: string(d), Holder: string(holder)})
	return each(all, err, func(r rows.DeskWrap) keyring.Wrap {
		return keyring.Wrap{
			Desk: id.Desk(r.Desk), Generation: r.Generation, Holder: id.Key(r.Holder), User: id.User(r.UserID), Sealed: r.Sealed,
		}
	})
}

// DropWraps deletes every wrap of a user at a desk.
func (tx *Tx) DropWraps(ctx context.Context, d id.Desk, user id.User) error {
	return explain(tx.q.DropWraps(ctx, rows.DropWrapsParams{Desk: string(d), UserID: string(user)}))
}

// AddPair keeps a new pair; [fault.Conflict] if the desk has it.
func (tx *Tx) AddPair(ctx context.Context, p keyring.Pair) error {
	return explain(tx.q.AddPair(ctx, rows.AddPairParams{
		Desk: string(p.Desk), Key: string(p.Key), Use: string(p.Use), Public: filled(p.Public), Private: filled(p.Private),
		Generation: p.Generation, Created: int64(p.Created), LastUsed: int64(p.LastUsed), Retired: int64(p.Retired),
	}))
}

// SetPair replaces a pair; [fault.NotFound] if there is none.
func (tx *Tx) SetPair(ctx context.Context, p keyring.Pair) error {
	n, err := tx.q.SetPair(ctx, rows.SetPairParams{
		Desk: string(p.Desk), Key: string(p.Key), Private: filled(p.Private), Generation: p.Generation,
		LastUsed: int64(p.LastUsed), Retired: int64(p.Retired),
	})
	return present(n, err)
}

// present tells that the row to be changed is not there.
func present(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "store.row.missing")
	}
	return explain(err)
}

func pair(r rows.DeskPair) keyring.Pair {
	return keyring.Pair{
		Desk: id.Desk(r.Desk), Key: id.Key(r.Key), Use: keyring.PairUse(r.Use), Public: r.Public, Private: r.Private,
		Generation: r.Generation, Created: frame.Time(r.Created), LastUsed: frame.Time(r.LastUsed), Retired: frame.Time(r.Retired),
	}
}

// Pair returns one pair; [fault.NotFound] if there is none.
func (tx *Tx) Pair(ctx context.Context, d id.Desk, key id.Key) (keyring.Pair, error) {
	r, err := tx.q.Pair(ctx, rows.PairParams{Desk: string(d), Key: string(key)})
	if err != nil {
		return keyring.Pair{}, explain(err)
	}
	return pair(r), nil
}

// PairsWith returns the pairs that have a key.
func (tx *Tx) PairsWith(ctx context.Context, key id.Key) ([]keyring.Pair, error) {
	all, err := tx.q.PairsWith(ctx, string(key))
	return each(all, err, pair)
}

// Pairs returns the pairs of a desk for one use, the current one first.
func (tx *Tx) Pairs(ctx context.Context, d id.Desk, use keyring.PairUse) ([]keyring.Pair, error) {
	all, err := tx.q.Pairs(ctx, rows.PairsParams{Desk: string(d), Use: string(use)})
	return each(all, err, pair)
}

// AddHold keeps a hold, in place of an earlier one of the same desk for the same reason.
func (tx *Tx) AddHold(ctx context.Context, h keyring.Hold) error {
	return explain(tx.q.AddHold(ctx, rows.AddHoldParams{
		CaseID: string(h.Case), Compartment: string(h.Compartment), Desk: string(h.Desk), Reason: string(h.Reason),
		Generation: h.Generation, Pair: string(h.Pair), Sealed: filled(h.Sealed), Created: int64(h.Created), Until: int64(h.Until),
	}))
}

// SetHold replaces a hold.
func (tx *Tx) SetHold(ctx context.Context, h keyring.Hold) error { return tx.AddHold(ctx, h) }

func hold(r rows.CaseHold) keyring.Hold {
	return keyring.Hold{
		Case: id.Case(r.CaseID), Compartment: id.Compartment(r.Compartment), Desk: id.Desk(r.Desk), Reason: keyring.HoldReason(r.Reason),
		Generation: r.Generation, Pair: id.Key(r.Pair), Sealed: r.Sealed, Created: frame.Time(r.Created), Until: frame.Time(r.Until),
	}
}

// Holds returns who holds the key of a case or of its compartments.
func (tx *Tx) Holds(ctx context.Context, c id.Case) ([]keyring.Hold, error) {
	all, err := tx.q.Holds(ctx, string(c))
	return each(all, err, hold)
}

// HoldsBefore returns holds of a desk that are wrapped by an older generation.
func (tx *Tx) HoldsBefore(ctx context.Context, d id.Desk, gen int64, limit int) ([]keyring.Hold, error) {
	all, err := tx.q.HoldsBefore(ctx, rows.HoldsBeforeParams{Desk: string(d), Generation: gen, Limit: int32(limit)})
	return each(all, err, hold)
}

// DropHold deletes a hold.
func (tx *Tx) DropHold(ctx context.Context, h keyring.Hold) error {
	return explain(tx.q.DropHold(ctx, rows.DropHoldParams{
		CaseID: string(h.Case), Compartment: string(h.Compartment), Desk: string(h.Desk), Reason: string(h.Reason),
	}))
}

// AddCompartment keeps a new compartment.
func (tx *Tx) AddCompartment(ctx context.Context, c keyring.Compartment) error {
	return explain(tx.q.AddCompartment(ctx, rows.AddCompartmentParams{
		ID: string(c.ID), CaseID: string(c.Case), Consent: string(c.Consent), State: string(c.State), Sealed: filled(c.Sealed),
		Created: int64(c.Created), Class: c.Class, Saved: int64(c.Saved),
	}))
}

// SetSpace replaces class and times of a compartment; [fault.NotFound] if there is none.
func (tx *Tx) SetSpace(ctx context.Context, c keyring.Compartment) error {
	n, err := tx.q.SetSpace(ctx, rows.SetSpaceParams{ID: string(c.ID), Class: c.Class, Saved: int64(c.Saved), Warned: int64(c.Warned)})
	return present(n, err)
}

// SetCompartment changes the state and the sealed keys of a compartment; [fault.NotFound] if there is none.
func (tx *Tx) SetCompartment(ctx context.Context, c keyring.Compartment) error {
	n, err := tx.q.SetCompartment(ctx, rows.SetCompartmentParams{ID: string(c.ID), State: string(c.State), Sealed: filled(c.Sealed), Previous: filled(c.Previous)})
	return present(n, err)
}

func compartment(r rows.Compartment) keyring.Compartment {
	return keyring.Compartment{
		ID: id.Compartment(r.ID), Case: id.Case(r.CaseID), Consent: id.Consent(r.Consent), State: keyring.CompartmentState(r.State),
		Sealed: r.Sealed, Previous: r.Previous, Created: frame.Time(r.Created),
		Class: r.Class, Saved: frame.Time(r.Saved), Warned: frame.Time(r.Warned),
	}
}

// Compartment returns one compartment; [fault.NotFound] if there is none.
func (tx *Tx) Compartment(ctx context.Context, c id.Compartment) (keyring.Compartment, error) {
	r, err := tx.q.Compartment(ctx, string(c))
	if err != nil {
		return keyring.Compartment{}, explain(err)
	}
	return compartment(r), nil
}

// Compartments returns the compartments of a case.
func (tx *Tx) Compartments(ctx context.Context, c id.Case) ([]keyring.Compartment, error) {
	all, err := tx.q.Compartments(ctx, string(c))
	return each(all, err, compartment)
}

// CompartmentsOf returns the compartments of a consent.
func (tx *Tx) CompartmentsOf(ctx context.Context, c id.Consent) ([]keyring.Compartment, error) {
	all, err := tx.q.CompartmentsOf(ctx, string(c))
	return each(all, err, compartment)
}

// AddErasure remembers a destruction. One already remembered stays as it is.
func (tx *Tx) AddErasure(ctx context.Context, e keyring.Erasure) error {
	return explain(tx.q.AddErasure(ctx, rows.AddErasureParams{ID: e.ID, What: e.What, At: int64(e.At)}))
}

// AddErased puts an envelope of the inbox on the list of erasures.
func (tx *Tx) AddErased(ctx context.Context, e id.Envelope) error {
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(e), What: exchange.ErasureKind, At: frame.At(tx.now)})
}

// Erased reports whether something is on the list of erasures.
func (tx *Tx) Erased(ctx context.Context, what, of string) (bool, error) {
	n, err := tx.q.Erased(ctx, rows.ErasedParams{ID: of, What: what})
	return n > 0, explain(err)
}

// Erasures returns everything that was destroyed, in order of time.
func (tx *Tx) Erasures(ctx context.Context) ([]keyring.Erasure, error) {
	all, err := tx.q.Erasures(ctx)
	return each(all, err, func(r rows.Erasure) keyring.Erasure {
		return keyring.Erasure{ID: r.ID, What: r.What, At: frame.Time(r.At)}
	})
}

// Recovery returns the recovery key; [fault.NotFound] if there is none.
func (tx *Tx) Recovery(ctx context.Context) (keyring.Recovery, error) {
	r, err := tx.q.Recovery(ctx)
	if err != nil {
		return keyring.Recovery{}, explain(err)
	}
	return keyring.Recovery{
		Generation: r.Generation, Public: r.Public, Threshold: int(r.Threshold), Canary: r.Canary,
		Drilled: frame.Time(r.Drilled), Created: frame.Time(r.Created),
	}, nil
}

// SetRecovery replaces the recovery key.
func (tx *Tx) SetRecovery(ctx context.Context, r keyring.Recovery) error {
	return explain(tx.q.SetRecovery(ctx, rows.SetRecoveryParams{
		Generation: r.Generation, Public: filled(r.Public), Threshold: int64(r.Threshold), Canary: filled(r.Canary),
		Drilled: int64(r.Drilled), Created: int64(r.Created),
	}))
}

// Officers returns the recovery officers in their order.
func (tx *Tx) Officers(ctx context.Context) ([]keyring.Officer, error) {
	all, err := tx.q.Officers(ctx)
	return each(all, err, func(r rows.RecoveryOfficer) keyring.Officer {
		return keyring.Officer{User: id.User(r.UserID), Index: int(r.Position), Sealed: r.Sealed, Generation: r.Generation}
	})
}

// SetOfficers replaces the recovery officers.
func (tx *Tx) SetOfficers(ctx context.Context, officers []keyring.Officer) error {
	if err := tx.q.DropOfficers(ctx); err != nil {
		return explain(err)
	}
	for _, o := range officers {
		if err := tx.q.AddOfficer(ctx, rows.AddOfficerParams{
			UserID: string(o.User), Position: int64(o.Index), Sealed: filled(o.Sealed), Generation: o.Generation,
		}); err != nil {
			return explain(err)
		}
	}
	return nil
}

// AddOffer keeps an offered share.
func (tx *Tx) AddOffer(ctx context.Context, o keyring.Offer) error {
	return explain(tx.q.AddOffer(ctx, rows.AddOfferParams{
		Sender: string(o.From), Receiver: string(o.To), Sealed: filled(o.Sealed), Until: int64(o.Until),
	}))
}

// Offers returns the shares offered to a user that are not over.
func (tx *Tx) Offers(ctx context.Context, to id.User, now frame.Time) ([]keyring.Offer, error) {
	all, err := tx.q.Offers(ctx, rows.OffersParams{Receiver: string(to), Until: int64(now)})
	return each(all, err, func(r rows.RecoveryOffer) keyring.Offer {
		return keyring.Offer{From: id.User(r.Sender), To: id.User(r.Receiver), Sealed: r.Sealed, Until: frame.Time(r.Until)}
	})
}

// DropOffers deletes the shares offered to a user.
func (tx *Tx) DropOffers(ctx context.Context, to id.User) error {
	return explain(tx.q.DropOffers(ctx, string(to)))
}

// NodeKeys returns every key of the node, newest first.
func (tx *Tx) NodeKeys(ctx context.Context) ([]keyring.NodeKey, error) {
	all, err := tx.q.NodeKeys(ctx)
	return each(all, err, func(r rows.NodeKey) keyring.NodeKey {
		return keyring.NodeKey{
			Use: keyring.NodeKeyUse(r.Use), Key: id.Key(r.Key), Public: r.Public, Private: r.Private,
			Created: frame.Time(r.Created), Retired: frame.Time(r.Retired),
		}
	})
}

// AddNodeKey keeps a key of the node.
func (tx *Tx) AddNodeKey(ctx context.Context, k keyring.NodeKey) error {
	return explain(tx.q.AddNodeKey(ctx, rows.AddNodeKeyParams{
		Key: string(k.Key), Use: string(k.Use), Public: filled(k.Public), Private: filled(k.Private),
		Created: int64(k.Created), Retired: int64(k.Retired),
	}))
}

// RetireNodeKey marks a key of the node as replaced; [fault.NotFound] if it is not in use.
func (tx *Tx) RetireNodeKey(ctx context.Context, key id.Key, at frame.Time) error {
	n, err := tx.q.RetireNodeKey(ctx, rows.RetireNodeKeyParams{Key: string(key), Retired: int64(at)})
	return present(n, err)
}

// SealNodeKey replaces the sealed private half of a key of the node; [fault.NotFound] if there is none.
func (tx *Tx) SealNodeKey(ctx context.Context, key id.Key, private []byte) error {
	n, err := tx.q.SealNodeKey(ctx, rows.SealNodeKeyParams{Key: string(key), Private: filled(private)})
	return present(n, err)
}

// AddAuthorityHolder keeps an authority key sealed to one officer.
func (tx *Tx) AddAuthorityHolder(ctx context.Context, h keyring.AuthorityHolder) error {
	return explain(tx.q.AddAuthorityHolder(ctx, rows.AddAuthorityHolderParams{
		Key: string(h.Key), Public: filled(h.Public), UserID: string(h.User), Sealed: filled(h.Sealed), Created: int64(h.Created),
	}))
}

// AuthorityOf returns the authority keys sealed to a user, newest first.
func (tx *Tx) AuthorityOf(ctx context.Context, user id.User) ([]keyring.AuthorityHolder, error) {
	all, err := tx.q.AuthorityOf(ctx, string(user))
	return each(all, err, func(r rows.AuthorityHolder) keyring.AuthorityHolder {
		return keyring.AuthorityHolder{
			Key: id.Key(r.Key), Public: r.Public, User: id.User(r.UserID), Sealed: r.Sealed, Created: frame.Time(r.Created),
		}
	})
}
