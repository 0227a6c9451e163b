package referral

import (
	"bytes"
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/task"
)

// Service is the use-cases of referrals. Every field but KeysKept, Ends and Room is needed.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Member   id.Member
	Keys     *keyring.Service
	Exchange *exchange.Service
	Consents *consent.Service
	Cases    *casefile.Service
	Persons  *person.Service
	Tasks    *task.Service
	Law      func() profile.Set
	Signer   func() seal.SignPrivate // envelope key of the node
	// KeysKept is for how long the archive of keys is kept: an erasure receipt names the day after it.
	KeysKept time.Duration
	// Ends says when a draft is erased if nobody goes on with it; 0: it is not. Nil: none is.
	Ends func(ctx context.Context, tx Tx, c keyring.Compartment) (frame.Time, error)
	// Room says whether a desk has room by what is known here, from a sheet that was made at a moment; nil: as the sheet says.
	Room func(ctx context.Context, tx member.Tx, l member.Listed, made frame.Time) (string, error)

	memory memory
}

// At names one end of a referral. Desk may stay empty: the actor's own. A Version that is not 0 is the one that
// was read, and another one fails with [fault.Stale].
type At struct {
	Referral id.Referral
	Desk     id.Desk
	Version  int64
	Via      Code   // how a desk without a node told it; empty otherwise
	Language string // in which the words beside a step are written, BCP 47; empty: it is not said
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// referenceOf makes the neutral reference of a referral from its identifier, so that both sides speak of it by
// the same word and no reference of a case crosses a border.
func referenceOf(r id.Referral) string {
	sum := sha256.Sum256([]byte("opentrm/referral-reference/1 " + string(r)))
	more := sha256.Sum256(sum[:])
	return string(id.NewReference(id.Maker{Rand: bytes.NewReader(append(sum[:], more[:]...))}))
}

func hidden() error { return fault.New(fault.Hidden, "access.hidden") }

// end returns the end that at names, for the actor.
func (s *Service) end(ctx context.Context, tx Tx, who access.Actor, at At) (Row, error) {
	if at.Desk == "" {
		at.Desk = who.Desk
	}
	r, err := tx.Referral(ctx, at.Referral, at.Desk)
	if fault.Is(err, fault.NotFound) {
		return Row{}, hidden()
	}
	if err == nil && at.Version != 0 && at.Version != r.Version {
		err = fault.New(fault.Stale, "referral.stale")
	}
	return r, err
}

// resource describes an end for the policies.
func resource(r Row, who access.Actor, flags ...access.Flag) access.Resource {
	on := access.Resource{
		Noun: "referral", ID: string(r.ID), Realm: r.Realm, Desk: r.Desk, Owner: r.Owner, Member: r.Peer.Member, Flags: flags,
	}
	if r.Keeper != "" && who.Role != access.LightDesk {
		on.Desk = r.Keeper
	}
	if who.Role == access.ThePerson {
		on.Owner = id.User(r.Person) // in her own view she signs in as herself
	}
	if r.Urgent {
		on.Flags = append(on.Flags, access.Urgent)
	}
	return on
}

// mayIn finds an end and asks whether who may do something with it.
func (s *Service) mayIn(ctx context.Context, tx Tx, who access.Actor, action access.Action, at At) (Row, error) {
	r, err := s.end(ctx, tx, who, at)
	if err != nil {
		return Row{}, err
	}
	flags, err := s.flags(ctx, tx, r)
	if err != nil {
		return Row{}, err
	}
	return r, access.Check(who, action, resource(r, who, flags...))
}

// flags says what the policies have to know of the case: an asylum seeker's referral towards her country of
// origin is refused whoever asks, and while the country is not known nothing leaves.
func (s *Service) flags(ctx context.Context, tx Tx, r Row) ([]access.Flag, error) {
	if r.Side != Sender || r.Case == "" {
		return nil, nil
	}
	c, err := tx.Case(ctx, r.Case)
	if err != nil {
		return nil, err
	}
	if c.Asylum && casefile.MayTransmitTo(c, r.Peer.Member) != nil && r.Peer.Member != s.Member {
		return []access.Flag{access.AsylumApplicant, access.ToOrigin}, nil
	}
	return nil, nil
}

func (r Row) thread(m id.Member) Thread {
	own := id.Address{Member: m, Desk: r.Desk}
	if r.Side == Sender {
		return Thread{Referral: r.ID, Sender: own, Receiver: r.Peer}
	}
	return Thread{Referral: r.ID, Sender: r.Peer, Receiver: own}
}

// stateIn returns what the events of an end come to.
func (s *Service) stateIn(ctx context.Context, tx Tx, r Row) (State, Observed, error) {
	if st, seen, ok := s.memory.of(r); ok {
		return st, seen, nil
	}
	kept, err := tx.ReferralEvents(ctx, r.ID, r.Desk)
	if err != nil {
		return State{}, nil, err
	}
	seen, events := Observed{}, make([]Entry, 0, len(kept))
	for _, k := range kept {
		e, err := course.Parse(k.Signed.Event)
		if err != nil {
			return State{}, nil, fault.Wrap(fault.Internal, "referral.kept", err)
		}
		events = append(events, Entry{Event: e, Digest: course.DigestOf(k.Signed.Event)})
		seen[k.Digest] = k.Seen
	}
	st := course.FoldAll(r.thread(s.Member), events)
	if len(events) == 0 {
		st.Status = r.Status // draft or checked: known here only
	}
	return st, seen, nil
}

// take makes the end's next event: signs it, keeps it, tells the other side, and lets follow what follows. content
// is sealed to the other desk; nil if there is none.
func (s *Service) take(ctx context.Context, tx Tx, r Row, e Event, content []byte) (Row, State, error) {
	st, _, err := s.stateIn(ctx, tx, r)
	if err != nil {
		return r, st, err
	}
	e.At, e.Desk = s.now(), id.Address{Member: s.Member, Desk: r.Desk}
	e = st.Stamp(r.Side, e)
	if err := st.Admit(e); err != nil {
		return r, st, err
	}
	if err := e.Known(course.Codes()); err != nil {
		return r, st, err
	}
	signed, err := e.Sign(s.Signer())
	if err != nil {
		return r, st, err
	}
	if r, st, err = s.keepIn(ctx, tx, r, e, signed); err != nil {
		return r, st, err
	}
	if r.Keeper != "" || r.PeerKind != "" && r.PeerKind != desk.AtNode {
		return r, st, s.mirrorIn(ctx, tx, r, e, signed)
	}
	err = s.tellIn(ctx, tx, r, e, signed, content, "")
	if (e.Transition.Protective() || e.Transition == Expired) && (fault.Is(err, fault.NotFound) || stays(err)) {
		// What protects her and what ends by itself hold here, even where the member is blocked; somebody has to tell the other.
		err = s.askIn(ctx, tx, r, TaskResend)
	}
	return r, st, err
}

// keepIn adds a verified event to an end and lets follow what follows from it.
func (s *Service) keepIn(ctx context.Context, tx Tx, r Row, e Event, signed Signed) (Row, State, error) {
	st, seen, err := s.stateIn(ctx, tx, r)
	if err != nil {
		return r, st, err
	}
	k := Kept{course.DigestOf(signed.Event), signed, s.now()}
	if err := tx.AddReferralEvent(ctx, r.ID, r.Desk, k); err != nil {
		return r, st, err
	}
	if _, there := seen[k.Digest]; !there {
		seen = maps.Clone(seen)
		seen[k.Digest] = k.Seen
	}
	st = course.FoldAll(st.Thread, append(slices.Clip(st.History), Entry{Event: e, Digest: k.Digest}))
	if r, err = s.settleIn(ctx, tx, r, st, seen); err != nil {
		return r, st, err
	}
	return r, st, s.heardIn(ctx, tx, r, e.Side)
}

// tellIn seals an event to the other side, with what was written beside it (spec/referral.md 2.3), in the place of an
// envelope that was refused, if replaces names one.
func (s *Service) tellIn(ctx context.Context, tx Tx, r Row, e Event, signed Signed, content []byte, replaces id.Envelope) error {
	body, err := envelope.EncodeBody(signed)
	if err != nil {
		return err
	}
	basis, err := s.answerBasis(ctx, tx, r)
	if err != nil && !(e.Transition.Protective() && (fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound))) {
		return err
	}
	d := exchange.Draft{
		Kind: envelope.Referral, FromDesk: r.Desk, Realm: r.Realm, To: r.Peer.Member, ToDesk: r.Peer.Desk, Thread: id.Thread(r.ID),
		Side: sideOf(r.Side), Immediate: e.Transition.Protective(), Basis: basis, Body: body, Content: content, Replaces: replaces,
		Expires: s.now().Add(envelope.MaxLife),
	}
	if r.Urgent {
		d.Urgency = string(Urgent)
	}
	if e.Transition == Sent {
		d.Bundle, d.Onward, d.Consent = e.Bundle, e.Onward, e.Consent
	}
	_, err = s.Exchange.Seal(ctx, tx, d)
	return err
}

// mirrorIn gives an event to the other end where no envelope can: one of the two desks has no node of its own, and
// both are kept here.
func (s *Service) mirrorIn(ctx context.Context, tx Tx, r Row, e Event, signed Signed) error {
	other, err := tx.Referral(ctx, r.ID, r.Peer.Desk)
	if fault.Is(err, fault.NotFound) {
		other = Row{
			ID: r.ID, Desk: r.Peer.Desk, Side: r.Side.Other(), Peer: id.Address{Member: s.Member, Desk: r.Desk}, PeerKind: desk.AtNode,
			Keeper: r.Desk, Realm: r.Realm, Reference: r.Reference, Status: Draft, Made: s.now(), Since: s.now(), Version: 1,
		}
		err = tx.AddReferral(ctx, other)
	}
	if err != nil {
		return err
	}
	_, _, err = s.keepIn(ctx, tx, other, e, signed)
	return err
}

func sideOf(side Side) envelope.Side {
	if side == Sender {
		return envelope.Opener
	}
	return envelope.Answerer
}

// signersOf returns the envelope keys of a member in the roster in force.
func signersOf(ctx context.Context, tx Tx, m id.Member) ([]seal.SignPublic, error) {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return nil, err
	}
	line, ok := held.Signed.Roster.Find(m)
	if !ok {
		return nil, fault.New(fault.NotFound, "exchange.member.unknown")
	}
	return line.Keys.Envelope, nil
}
