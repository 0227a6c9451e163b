package exchange

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/pace"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
)

// Keys are the private halves that the node holds for the exchange. They open no content.
type Keys struct {
	Envelope seal.SignPrivate
	Control  []seal.KEMPrivate // newest first
}

// Crossing is what the law is asked about: who sends what to whom, on which basis. The sectors are not kept with it:
// [Service.Weigh] finds them each time that it asks.
type Crossing struct {
	Kind       envelope.Kind
	From       id.Address
	FromRealm  access.Realm
	FromSector profile.Sector
	To         id.Address
	ToRealm    access.Realm
	ToSector   profile.Sector
	Basis      string
	Consent    id.Consent // or an override; empty: none is named
}

// Arrived is a verified envelope whose turn has come.
type Arrived struct {
	Envelope envelope.Envelope
	Control  envelope.Control
	Received frame.Time
	Leaf     string // of the audit log, as in the receipt
}

// Handler takes the effect of one kind. It is called once per envelope, inside the transaction that also
// keeps the receipt; tx is the transaction of the node, which satisfies the interfaces of all nouns.
//
// A handler that returns [Refuse], or a fault of kind Invalid, Denied or Conflict, refuses the envelope: what
// it wrote is undone and the sender gets a signed refusal. Any other error leaves no trace, and the envelope is
// tried again.
type Handler interface {
	Receive(ctx context.Context, tx Tx, a Arrived) error
}

// HandlerFunc is a function as a [Handler].
type HandlerFunc func(ctx context.Context, tx Tx, a Arrived) error

// Receive calls f.
func (f HandlerFunc) Receive(ctx context.Context, tx Tx, a Arrived) error { return f(ctx, tx, a) }

// Moved tells a noun how far an envelope of its own has come.
type Moved struct {
	Out     Out
	Receipt *envelope.SignedReceipt // nil: it expired here without an answer
}

// Service carries envelopes in and out. Its zero value is of no use: every field without a word about nil is
// needed.
type Service struct {
	Self id.Member
	Keys func() Keys
	// Update runs a change that records itself with Tx.Record, because a receipt names its leaf. A change that
	// recorded nothing is undone, so that nothing is kept without its reason.
	Update func(context.Context, func(Tx) error) error
	Lease  func(context.Context, func(LeaseTx) error) error
	Read   func(context.Context, func(Tx) error) error
	// Glance reads the little that is asked right behind a change; nil: Read.
	Glance func(context.Context, func(Tx) error) error
	Now    func() time.Time
	Rand   io.Reader // cryptographic
	// Permit asks the rule rows; it returns the key of the row, or a fault whose key explains the refusal. [Service.Weigh]
	// calls it, with the sectors.
	Permit func(Crossing) (string, error)
	// IntakeDesk returns the desk to which an intake key belongs whose private half is still there;
	// [fault.NotFound] if there is none.
	IntakeDesk func(ctx context.Context, tx Tx, key id.Key) (id.Desk, error)
	// See takes note of the checkpoint in a header; nil: nobody watches. A fault of kind Invalid or Denied refuses
	// the envelope.
	See func(ctx context.Context, tx Tx, from id.Member, note string) error
	// Moved is told about each step of an envelope of ours, inside the transaction; nil: nobody is told.
	Moved func(ctx context.Context, tx Tx, m Moved) error
	// Issuer returns the member that took a consent, as it is noted here; [fault.NotFound] if nothing is noted. nil:
	// nothing ever is.
	Issuer func(ctx context.Context, tx Tx, c id.Consent) (id.Member, error)
	// Lost is told what this node had sent and lost by a restore, inside the transaction; nil: nobody is told.
	Lost func(ctx context.Context, tx Tx, o Out, c envelope.Control) error
	// Late is told what was refused as said in a lost time, at the node that refuses and at the one that had said it,
	// inside the transaction; nil: nobody is told.
	Late func(ctx context.Context, tx Tx, l Late) error
	// Alarm is told about what a person must look at; nil: nobody is told.
	Alarm func(ctx context.Context, key string, args map[string]string)

	// Reach calls the node of a member, there and back; nil: nobody is called.
	Reach func(ctx context.Context, to member.Member) (Reached, error)

	Carrier  Carrier // nil: nothing is carried; with Parallel it is used by several goroutines
	Parallel int     // to how many members it carries at once; 0: one
	// Limits of the blind mailbox for each sender; 0: this node keeps nothing for others.
	MailRows, MailBytes int64

	handlers map[envelope.Kind]Handler
	latest   atomic.Pointer[member.Held] // the roster that the last transaction found in force
	fresh    fresh
	stock    seal.Stock // for what is sealed here
	unread   unread
	pace     pace.Pace
}

// Handle registers the handler of a kind. It is called while the node is wired, never afterwards. Kinds that
// the exchange handles itself (receipt, roster, sheet, resync) may have one too: it is called after.
func (s *Service) Handle(k envelope.Kind, h Handler) {
	if s.handlers == nil {
		s.handlers = make(map[envelope.Kind]Handler)
	}
	s.handlers[k] = h
}

// Forget overwrites the secrets that are kept ready for sealing. What is sealed afterwards is sealed all the same.
func (s *Service) Forget() { s.stock.Wipe() }

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func (s *Service) alarm(ctx context.Context, key string, args map[string]string) {
	if s.Alarm != nil {
		s.Alarm(ctx, key, args)
	}
}

// record appends one entry and returns the leaf in hex.
func (s *Service) record(ctx context.Context, tx Tx, e audit.Entry) (string, error) {
	ref, err := tx.Record(ctx, e)
	if err != nil {
		return "", err
	}
	return hexOf(ref.Leaf[:]), nil
}

// self returns the roster in force and this member's line in it.
func (s *Service) self(ctx context.Context, tx Tx) (member.Held, member.Member, error) {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return held, member.Member{}, err
	}
	m, ok := held.Signed.Roster.Find(s.Self)
	if !ok {
		return held, m, fault.New(fault.NotFound, "exchange.member.unknown")
	}
	return held, m, nil
}

func versionOf(h member.Held) envelope.Version {
	return envelope.Version{Version: h.Signed.Roster.Version, Hash: h.Hash}
}

// Refuse returns the error with which a handler refuses an envelope for a stated reason.
func Refuse(r envelope.Refusal) error {
	return fault.New(fault.Denied, "exchange.refused").With("code", string(r))
}
