package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ referral.Tx = (*Tx)(nil)

const maxSigned = 4 << 10 // bytes of a signed event in its canonical form

// AddReferral adds one end of a referral.
func (tx *Tx) AddReferral(ctx context.Context, r referral.Row) error {
	return explain(tx.q.AddReferral(ctx, rows.AddReferralParams{
		ID: string(r.ID), Desk: string(r.Desk), Side: string(r.Side), PeerMember: string(r.Peer.Member), PeerDesk: string(r.Peer.Desk),
		PeerKind: string(r.PeerKind), Keeper: string(r.Keeper), Realm: string(r.Realm), CaseID: string(r.Case), Owner: string(r.Owner),
		PersonID: string(r.Person), Record: string(r.Record), Reference: r.Reference, Status: string(r.Status), Urgent: r.Urgent,
		Kind: string(r.Kind), Basis: string(r.Basis), Consent: string(r.Consent), Override: r.Override, Bundle: string(r.Bundle),
		Continues: string(r.Continues), Frozen: r.Frozen, Arrived: r.Arrived, Made: int64(r.Made), Since: int64(r.Since),
		Due: int64(r.Due), Expires: int64(r.Expires), Version: r.Version,
	}))
}

// SetReferral replaces what changes in an end of a referral.
//
// It fails with [fault.Stale] if another version is stored.
func (tx *Tx) SetReferral(ctx context.Context, r referral.Row) error {
	p := rows.SetReferralParams{
		ID: string(r.ID), Desk: string(r.Desk), PeerMember: string(r.Peer.Member), PeerDesk: string(r.Peer.Desk),
		PeerKind: string(r.PeerKind), CaseID: string(r.Case), Record: string(r.Record), Status: string(r.Status), Urgent: r.Urgent,
		Kind: string(r.Kind), Basis: string(r.Basis), Consent: string(r.Consent), Override: r.Override, Bundle: string(r.Bundle),
		Continues: string(r.Continues), Frozen: r.Frozen, Arrived: r.Arrived, Since: int64(r.Since), Due: int64(r.Due),
		Expires: int64(r.Expires), Version: r.Version,
	}
	// SQLite writes every index anew that a statement could change: most steps change none.
	n, err := tx.q.StepReferral(ctx, rows.StepReferralParams{
		ID: p.ID, Desk: p.Desk, PeerMember: p.PeerMember, PeerDesk: p.PeerDesk, PeerKind: p.PeerKind, CaseID: p.CaseID, Record: p.Record,
		Status: p.Status, Urgent: p.Urgent, Kind: p.Kind, Basis: p.Basis, Consent: p.Consent, Override: p.Override, Bundle: p.Bundle,
		Continues: p.Continues, Frozen: p.Frozen, Arrived: p.Arrived, Since: p.Since, Due: p.Due, Expires: p.Expires, Version: p.Version,
	})
	if err == nil && n == 0 {
		n, err = tx.q.SetReferral(ctx, p)
	}
	if err == nil && n == 0 {
		return fault.New(fault.Stale, "store.referral.version")
	}
	return explain(err)
}

func referralOf(r rows.Referral) referral.Row {
	return referral.Row{
		ID: id.Referral(r.ID), Desk: id.Desk(r.Desk), Side: referral.Side(r.Side),
		Peer: id.Address{Member: id.Member(r.PeerMember), Desk: id.Desk(r.PeerDesk)}, PeerKind: desk.Kind(r.PeerKind),
		Keeper: id.Desk(r.Keeper), Realm: access.Realm(r.Realm), Case: id.Case(r.CaseID), Owner: id.User(r.Owner),
		Person: id.Person(r.PersonID), Record: id.Record(r.Record), Reference: r.Reference, Status: referral.Status(r.Status),
		Urgent: r.Urgent, Kind: referral.Code(r.Kind), Basis: referral.Code(r.Basis), Consent: id.Consent(r.Consent),
		Override: r.Override, Bundle: id.Thread(r.Bundle), Continues: id.Referral(r.Continues), Frozen: r.Frozen, Arrived: r.Arrived,
		Made: frame.Time(r.Made), Since: frame.Time(r.Since), Due: frame.Time(r.Due), Expires: frame.Time(r.Expires), Version: r.Version,
	}
}

func (tx *Tx) referral(r rows.Referral, err error) (referral.Row, error) {
	if err != nil {
		return referral.Row{}, explain(err)
	}
	return referralOf(r), nil
}

// Referral returns one end of a referral.
func (tx *Tx) Referral(ctx context.Context, r id.Referral, at id.Desk) (referral.Row, error) {
	return tx.referral(tx.q.Referral(ctx, rows.ReferralParams{ID: string(r), Desk: string(at)}))
}

// ReferralEnds returns the ends of a referral that are here.
func (tx *Tx) ReferralEnds(ctx context.Context, r id.Referral) ([]referral.Row, error) {
	all, err := tx.q.ReferralEnds(ctx, string(r))
	return each(all, err, referralOf)
}

// ReferralOfBundle returns the end at a desk whose identity bundle travels in a thread.
func (tx *Tx) ReferralOfBundle(ctx context.Context, bundle id.Thread, at id.Desk) (referral.Row, error) {
	return tx.referral(tx.q.ReferralOfBundle(ctx, rows.ReferralOfBundleParams{Bundle: string(bundle), Desk: string(at)}))
}

// ReferralsUnder returns the ends of referrals that rest on a consent.
func (tx *Tx) ReferralsUnder(ctx context.Context, c id.Consent) ([]referral.Row, error) {
	all, err := tx.q.ReferralsUnder(ctx, string(c))
	return each(all, err, referralOf)
}

// ReferralsOfCase returns the ends of referrals of a case.
func (tx *Tx) ReferralsOfCase(ctx context.Context, c id.Case) ([]referral.Row, error) {
	all, err := tx.q.ReferralsOfCase(ctx, string(c))
	return each(all, err, referralOf)
}

// ReferralsExpiring returns undecided ends of senders whose time is over.
func (tx *Tx) ReferralsExpiring(ctx context.Context, now frame.Time, limit int) ([]referral.Row, error) {
	all, err := tx.q.ReferralsExpiring(ctx, rows.ReferralsExpiringParams{Now: int64(now), Many: int32(limit)})
	return each(all, err, referralOf)
}

// Referrals returns what is wanted, in the order of identifiers and desks.
func (tx *Tx) Referrals(ctx context.Context, w referral.Wanted) ([]referral.Row, error) {
	p := rows.ReferralsAtParams{
		Desk: string(w.Desk), Realm: string(w.Realm), Owner: string(w.Owner), Status: string(w.Status), PeerMember: string(w.Peer),
		AfterID: string(w.After), AfterDesk: string(w.AfterDesk), Many: int32(w.Limit),
	}
	if w.Desk == "" {
		all, err := tx.q.Referrals(ctx, rows.ReferralsParams{
			Realm: p.Realm, Owner: p.Owner, Status: p.Status, PeerMember: p.PeerMember, AfterID: p.AfterID, AfterDesk: p.AfterDesk, Many: p.Many,
		})
		return each(all, err, referralOf)
	}
	own, err := tx.q.ReferralsAt(ctx, p)
	if err != nil {
		return nil, explain(err)
	}
	kept, err := tx.q.ReferralsKept(ctx, rows.ReferralsKeptParams(p))
	all := append(own, kept...)
	sorting.By(all, func(a, b rows.Referral) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Desk, b.Desk)) })
	all = slices.CompactFunc(all, func(a, b rows.Referral) bool { return a.ID == b.ID && a.Desk == b.Desk }) // of a desk that keeps its own
	return each(all[:min(len(all), w.Limit)], err, referralOf)
}

// AddReferralEvent keeps an event of an end.
func (tx *Tx) AddReferralEvent(ctx context.Context, r id.Referral, at id.Desk, k referral.Kept) error {
	b, err := frame.Encode(k.Signed)
	if err != nil {
		return err
	}
	return explain(tx.q.AddReferralEvent(ctx, rows.AddReferralEventParams{
		ReferralID: string(r), Desk: string(at), Digest: string(k.Digest), Event: b, Seen: int64(k.Seen),
	}))
}

// ReferralEvents returns the events of an end.
func (tx *Tx) ReferralEvents(ctx context.Context, r id.Referral, at id.Desk) ([]referral.Kept, error) {
	all, err := tx.q.ReferralEvents(ctx, rows.ReferralEventsParams{ReferralID: string(r), Desk: string(at)})
	if err != nil {
		return nil, explain(err)
	}
	out := make([]referral.Kept, len(all))
	for i, e := range all {
		out[i] = referral.Kept{Digest: referral.Digest(e.Digest), Seen: frame.Time(e.Seen)}
		if err := frame.Decode(e.Event, maxSigned, &out[i].Signed); err != nil {
			return nil, fault.Wrap(fault.Internal, "store.referral.event", err)
		}
	}
	return out, nil
}

// AddReferralLetter keeps where something sealed to an end rests.
func (tx *Tx) AddReferralLetter(ctx context.Context, l referral.Letter) error {
	return explain(tx.q.AddReferralLetter(ctx, rows.AddReferralLetterParams{
		Envelope: string(l.Envelope), ReferralID: string(l.Referral), Desk: string(l.Desk), What: string(l.What), Digest: string(l.Digest),
		Intake: string(l.Intake), At: int64(l.At), State: string(l.State),
	}))
}

// DropReferral takes away an end that was never sent; [fault.Stale] if its stored version is another, or it was sent.
func (tx *Tx) DropReferral(ctx context.Context, r referral.Row) error {
	n, err := tx.q.DropReferral(ctx, rows.DropReferralParams{ID: string(r.ID), Desk: string(r.Desk), Version: r.Version})
	return changed(n, err)
}

// SetReferralLetter changes the state of a letter.
func (tx *Tx) SetReferralLetter(ctx context.Context, e id.Envelope, s referral.LetterState) error {
	return explain(tx.q.SetReferralLetter(ctx, rows.SetReferralLetterParams{Envelope: string(e), State: string(s)}))
}

// ReferralLetters returns the letters of an end.
func (tx *Tx) ReferralLetters(ctx context.Context, r id.Referral, at id.Desk) ([]referral.Letter, error) {
	all, err := tx.q.ReferralLetters(ctx, rows.ReferralLettersParams{ReferralID: string(r), Desk: string(at)})
	return each(all, err, func(l rows.ReferralLetter) referral.Letter {
		return referral.Letter{
			Envelope: id.Envelope(l.Envelope), Referral: id.Referral(l.ReferralID), Desk: id.Desk(l.Desk), What: referral.What(l.What),
			Digest: referral.Digest(l.Digest), Intake: id.Key(l.Intake), At: frame.Time(l.At), State: referral.LetterState(l.State),
		}
	})
}

// ReferralSealedTo reports whether an unopened letter needs an intake key.
func (tx *Tx) ReferralSealedTo(ctx context.Context, key id.Key) (bool, error) {
	n, err := tx.q.ReferralSealedTo(ctx, string(key))
	return n > 0, explain(err)
}

// AddReferralToken keeps the hash of a token and ends those of earlier letters, one of which may be lost.
func (tx *Tx) AddReferralToken(ctx context.Context, t referral.Token) error {
	if err := tx.q.EndReferralTokens(ctx, string(t.Referral)); err != nil {
		return explain(err)
	}
	return explain(tx.q.AddReferralToken(ctx, rows.AddReferralTokenParams{
		Hash: t.Hash, ReferralID: string(t.Referral), Desk: string(t.Desk), Expires: int64(t.Expires),
	}))
}

// ReferralToken returns a token by its hash.
func (tx *Tx) ReferralToken(ctx context.Context, hash string) (referral.Token, error) {
	t, err := tx.q.ReferralToken(ctx, hash)
	if err != nil {
		return referral.Token{}, explain(err)
	}
	return referral.Token{
		Hash: t.Hash, Referral: id.Referral(t.ReferralID), Desk: id.Desk(t.Desk), Expires: frame.Time(t.Expires), Spent: frame.Time(t.Spent),
	}, nil
}

// SpendReferralToken marks a token as used.
//
// It fails with [fault.Conflict] if it was used.
func (tx *Tx) SpendReferralToken(ctx context.Context, hash string, at frame.Time) error {
	n, err := tx.q.SpendReferralToken(ctx, rows.SpendReferralTokenParams{Hash: hash, Spent: int64(at)})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "store.referral.token")
	}
	return explain(err)
}
