package exchange

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// DefaultLife is how long an envelope may be on its way if its draft does not say.
const DefaultLife = 30 * 24 * time.Hour

// Draft is what a noun wants to tell. Fields that do not apply stay empty.
type Draft struct {
	Kind       envelope.Kind
	FromDesk   id.Desk
	Realm      access.Realm // of the sending desk
	To         id.Member
	ToDesk     id.Desk
	Thread     id.Thread
	Side       envelope.Side
	Opens      bool // the thread was made for this envelope, if it is the first: nothing of it can have been lost
	Immediate  bool
	Replaces   id.Envelope // a refused envelope of ours whose place this one takes
	Consent    id.Consent
	Basis      string
	Categories []string
	Urgency    string
	Risk       string
	Onward     bool
	Until      frame.Time
	Bundle     id.Thread
	Body       json.RawMessage // nil: an empty object
	Content    []byte          // nil: none; the caller wipes it
	Expires    frame.Time      // 0: after DefaultLife; with a content never after the consent that it goes under
	Hold       bool            // wait for Release
}

// Seal seals a draft once, inside the business transaction tx, and puts it into the outbox. It asks for
// everything the door asks: member, desk, rule row and basis, consent, age of roster and sheet.
//
// It fails with
//   - [fault.NotFound] "exchange.member.unknown" or "exchange.desk.unknown";
//   - [fault.Denied] "exchange.member.blocked", "exchange.member.suspended", "exchange.member.partner" (of a kind that takes no part in this), "exchange.consent.withdrawn",
//     "exchange.roster.lapsed", "exchange.desk.no-node", "exchange.desk.unlisted", or with the rule row's own key;
//   - [fault.Stale] "exchange.sheet.lapsed" if the desk's key is too old, "member.sheet.none" without a sheet;
//   - [fault.Invalid] naming the field, [fault.TooLarge], [fault.Conflict] if Replaces was not refused, and
//     "consent.unconfirmed" for a content under a consent of before a restore of which nobody has said that it stands;
//   - [fault.Unavailable] "exchange.suite" if the receiver opens nothing that this program seals, and
//     "exchange.catching-up" while this node, restored, waits to hear what it had said in that thread.
func (s *Service) Seal(ctx context.Context, tx Tx, d Draft) (id.Envelope, error) {
	t, ok := envelope.TraitsOf(d.Kind)
	if !ok {
		return "", fault.New(fault.Invalid, "exchange.kind.unknown")
	}
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return "", err
	}
	now := s.now()
	to, err := s.admit(ctx, tx, held, t, d, now)
	if err != nil {
		return "", err
	}
	in := envelope.Sealing{Content: d.Content, ToNode: to.Keys.Control[0], Signer: s.Keys().Envelope, Stock: &s.stock}
	in.Header = envelope.Header{From: s.Self, To: d.To, Created: now, Expires: d.Expires, Roster: versionOf(held)}
	if d.Expires == 0 {
		in.Header.Expires = now.Add(DefaultLife)
	}
	if d.Content != nil && d.Consent != "" { // what she agreed to for a time is brought to nobody after it, however long a line is cut
		ends, _, err := tx.Ground(ctx, d.Consent)
		if err != nil {
			return "", err
		}
		if ends > now {
			in.Header.Expires = min(in.Header.Expires, ends)
		}
	}
	if in.Header.Suite, err = suiteFor(to); err != nil {
		return "", err
	}
	if in.Header.Log, err = tx.LastCheckpoint(ctx); err != nil {
		return "", err
	}
	in.Control = control(d)
	cross := Crossing{
		Kind: d.Kind, From: id.Address{Member: s.Self, Desk: d.FromDesk}, FromRealm: d.Realm,
		To: id.Address{Member: d.To, Desk: d.ToDesk}, Basis: d.Basis, Consent: d.Consent,
	}
	if t.Desks {
		desk, version, err := s.deskOf(ctx, tx, d, now)
		if in.Control.Protective(d.Content != nil) && (fault.Is(err, fault.NotFound) || fault.Is(err, fault.Stale)) {
			err = nil // it reaches the node, whatever has become of the desk
		}
		if err != nil {
			return "", err
		}
		cross.ToRealm = desk.Realm
		if d.Content != nil {
			in.ToDesk, in.Header.Sheet = desk.Intake, version
		}
	}
	if t.Ruled {
		in.Control.Rule, err = s.Weigh(ctx, tx, cross)
		if in.Control.Protective(d.Content != nil) && fault.Is(err, fault.Denied) {
			in.Control.Rule, err = envelope.Unruled, nil
		}
		if err != nil {
			return "", err
		}
	}
	created := now
	if t.Sequenced {
		last, err := s.place(ctx, tx, d, &in.Control)
		if err != nil {
			return "", err
		}
		created = max(now, last+1) // what waits is handed over in this order, and no clock may change it
	}
	bytes, e, err := envelope.Seal(in)
	if err != nil {
		return "", err
	}
	out := Out{
		ID: e.ID, To: d.To, Kind: d.Kind, Thread: d.Thread, Side: d.Side, Seq: in.Control.Seq, Consent: d.Consent,
		Rule: cross, State: OutQueued, Content: d.Content != nil, Bytes: bytes,
		Created: created, Expires: in.Header.Expires, NextTry: now, Immediate: d.Immediate,
	}
	if d.Hold {
		out.State = OutHeld
	}
	return e.ID, s.queue(ctx, tx, out)
}

func control(d Draft) envelope.Control {
	c := envelope.Control{
		Kind: d.Kind, FromDesk: d.FromDesk, ToDesk: d.ToDesk, Realm: d.Realm, Thread: d.Thread, Side: d.Side,
		Replaces: d.Replaces, Immediate: d.Immediate, Consent: d.Consent, Basis: d.Basis,
		Categories: slices.Compact(slices.Sorted(slices.Values(d.Categories))),
		Urgency:    d.Urgency, Risk: d.Risk, Onward: d.Onward, Until: d.Until, Bundle: d.Bundle, Body: d.Body,
	}
	if c.Categories == nil {
		c.Categories = []string{}
	}
	if c.Body == nil {
		c.Body = json.RawMessage("{}")
	}
	return c
}

// admit asks whether something of that kind may go to that member at all.
func (s *Service) admit(ctx context.Context, tx Tx, held member.Held, t envelope.Traits, d Draft, now frame.Time) (member.Member, error) {
	to, ok := held.Signed.Roster.Find(d.To)
	if !ok {
		return to, fault.New(fault.NotFound, "exchange.member.unknown")
	}
	if to.Status == member.Suspended && !t.Flows {
		return to, fault.New(fault.Denied, "exchange.member.suspended")
	}
	if ours, _ := held.Signed.Roster.Find(s.Self); !control(d).Protective(d.Content != nil) && !parties(t, ours, to) {
		return to, fault.New(fault.Denied, "exchange.member.partner")
	}
	if t.Personal && d.Content != nil && !held.Signed.Roster.IdentityMayLeave(now) {
		return to, fault.New(fault.Denied, "exchange.roster.lapsed")
	}
	blocked, err := member.Blocked(ctx, tx, d.To)
	if err != nil {
		return to, err
	}
	if blocked && !t.Flows {
		return to, fault.New(fault.Denied, "exchange.member.blocked")
	}
	issuer, err := s.issuerOf(ctx, tx, d.Consent)
	if err != nil {
		return to, err
	}
	if issuer == "" {
		issuer = s.Self
	}
	if err := s.consented(ctx, tx, d.Consent, issuer, d.Content != nil); err != nil || d.Content == nil || d.Consent == "" {
		return to, err
	}
	// In the time that a restore of this node lost she may have withdrawn it, and nobody else knows it if nothing had left.
	_, unsure, err := tx.Ground(ctx, d.Consent)
	if err == nil && unsure {
		err = fault.New(fault.Conflict, "consent.unconfirmed")
	}
	return to, err
}

// consented fails if what carries content rests on a consent of which a member said that it was withdrawn: for what
// leaves, who took the consent; for what arrives, who sent it.
func (s *Service) consented(ctx context.Context, tx Tx, c id.Consent, by id.Member, content bool) error {
	if c == "" || !content {
		return nil
	}
	gone, err := tx.Withdrawn(ctx, c, by)
	if err == nil && gone {
		err = fault.New(fault.Denied, "exchange.consent.withdrawn")
	}
	return err
}

func suiteFor(m member.Member) (seal.Suite, error) {
	for _, suite := range m.Suites {
		if slices.Contains(seal.Suites(), suite) {
			return suite, nil
		}
	}
	return "", fault.New(fault.Unavailable, "exchange.suite")
}

// deskOf finds the receiving desk on its member's sheet.
func (s *Service) deskOf(ctx context.Context, tx Tx, d Draft, now frame.Time) (member.Desk, int64, error) {
	held, err := member.SheetOf(ctx, tx, d.To)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.Stale, "member.sheet.none")
		}
		return member.Desk{}, 0, err
	}
	sheet := held.Signed.Sheet
	desk, ok := sheet.Find(d.ToDesk)
	if !ok {
		return desk, 0, fault.New(fault.NotFound, "exchange.desk.unknown")
	}
	if d.Content != nil {
		if desk.Kind != desks.AtNode {
			return desk, 0, fault.New(fault.Denied, "exchange.desk.no-node")
		}
		if sheet.Standing(now) == member.Lapsed {
			return desk, 0, fault.New(fault.Stale, "exchange.sheet.lapsed")
		}
	}
	return desk, sheet.Version, nil
}

// place gives c the next place of its side of the thread, or the place of the envelope that it replaces. It returns when
// the last one there was created.
func (s *Service) place(ctx context.Context, tx Tx, d Draft, c *envelope.Control) (frame.Time, error) {
	if d.Replaces != "" {
		old, err := tx.Out(ctx, d.Replaces)
		if err != nil {
			return 0, err
		}
		if old.State != OutRefused || old.Thread != d.Thread || old.Side != d.Side || old.To != d.To || old.Kind != d.Kind {
			return 0, fault.New(fault.Conflict, "exchange.replaces")
		}
		e, err := s.openOwn(ctx, tx, old)
		if err != nil {
			return 0, err
		}
		c.Seq, c.Prev = old.Seq, e
		old.State, old.Bytes = OutReplaced, nil
		return old.Created, tx.SetOut(ctx, old)
	}
	last, err := tx.LastOut(ctx, d.Thread, d.Side)
	known := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	p, err := tx.Peer(ctx, d.To)
	if err != nil {
		return 0, err
	}
	// What this side said before the last restore of this node may still be on its way: it goes on places that cannot
	// have been taken.
	c.Seq, c.Prev = max(last.Seq+1, firstOf(p.Epoch)), last.ID
	if p.ResyncEpoch == 0 || !known && d.Opens || c.Immediate {
		return last.Created, nil
	}
	// Only the other member can tell what this side had said: nothing is said without knowing it that can wait.
	catching, err := s.catching(ctx, tx, p)
	if err == nil && catching {
		err = fault.New(fault.Unavailable, "exchange.catching-up").With("member", string(d.To))
	}
	return last.Created, err
}

// openOwn returns the envelope before old on its side.
func (s *Service) openOwn(ctx context.Context, tx Tx, old Out) (id.Envelope, error) {
	all, err := tx.OutOf(ctx, old.Thread)
	if err != nil {
		return "", err
	}
	var before id.Envelope
	for _, o := range all { // in order
		if o.Side == old.Side && o.Seq < old.Seq && o.State != OutReplaced {
			before = o.ID
		}
	}
	if before == "" && !envelope.Begins(old.Seq) {
		return "", fault.New(fault.Internal, "exchange.thread")
	}
	return before, nil
}

// Release lets the held envelopes of a thread go, after asking again for consent, expiry, rule row and
// roster. Nobody needs to be signed in. It returns how many went; none is no failure.
//
// It fails with [fault.Denied] and "consent.unconfirmed" as [Service.Seal] does, and with [fault.Conflict]
// "exchange.expired"; nothing has gone then. An envelope whose consent was withdrawn is destroyed by [Service.Withdraw], not here.
func (s *Service) Release(ctx context.Context, tx Tx, thread id.Thread) (int, error) {
	rows, err := tx.OutOf(ctx, thread)
	if err != nil {
		return 0, err
	}
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return 0, err
	}
	now, n := s.now(), 0
	for _, o := range rows {
		if o.State != OutHeld {
			continue
		}
		t, _ := envelope.TraitsOf(o.Kind)
		if now >= o.Expires {
			return 0, fault.New(fault.Conflict, "exchange.expired")
		}
		d := Draft{To: o.To, Consent: o.Consent}
		if o.Content {
			d.Content = []byte{}
		}
		if _, err := s.admit(ctx, tx, held, t, d, now); err != nil {
			return 0, err
		}
		if t.Ruled {
			rule := o.Rule
			rule.From.Member, rule.To.Member, rule.Consent = s.Self, o.To, o.Consent // a row keeps the desks only
			if _, err := s.Weigh(ctx, tx, rule); err != nil {
				return 0, err
			}
		}
		o.State, o.NextTry = OutQueued, now
		if err := s.letGo(ctx, tx, o, tx.SetOut); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// expire ends rows whose time is over.
func (s *Service) expire(ctx context.Context, tx Tx, o Out) error {
	o.State, o.Bytes, o.Lease = OutExpired, nil, 0
	if err := tx.SetOut(ctx, o); err != nil {
		return err
	}
	if _, err := s.record(ctx, tx, audit.Did(access.Node(s.Self), access.DeliverExchange, string(o.ID)).For("expired")); err != nil {
		return err
	}
	return s.moved(ctx, tx, Moved{Out: o})
}

func (s *Service) moved(ctx context.Context, tx Tx, m Moved) error {
	if s.Moved == nil {
		return nil
	}
	return s.Moved(ctx, tx, m)
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
