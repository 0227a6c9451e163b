package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// OutState is how far an envelope of ours has come.
type OutState string

// The states of the outbox. Held, queued, sent and relayed may still move; what was destroyed stays so.
const (
	OutHeld      OutState = "held"      // sealed; waits to be released
	OutQueued    OutState = "queued"    // may go
	OutRelayed   OutState = "relayed"   // a mailbox keeps it
	OutDelivered OutState = "delivered" // checked by the receiver
	OutOpened    OutState = "opened"    // read by a person
	OutRefused   OutState = "refused"   // see the receipt
	OutExpired   OutState = "expired"   // nobody answered in time
	OutDestroyed OutState = "destroyed" // its bytes are gone: the consent was withdrawn before it left
	OutReplaced  OutState = "replaced"  // refused, and sealed anew
)

// Out is a row of the outbox. Everything but Bytes is operational.
type Out struct {
	ID       id.Envelope
	To       id.Member
	Kind     envelope.Kind
	Thread   id.Thread
	Side     envelope.Side
	Seq      int64
	Consent  id.Consent
	Rule     Crossing // asked again on release
	State    OutState
	Content  bool // it has a content
	Bytes    []byte
	Created  frame.Time
	Expires  frame.Time
	NextTry  frame.Time
	Lease    frame.Time // until which one replica has it in hand
	Attempts int64
	Receipt  []byte // the latest of the furthest stage; nil: none yet
	// Immediate is what goes although something sealed before it in its thread has not gone yet.
	Immediate bool
}

// InState is what this node did with an envelope.
type InState string

// The states of the inbox.
const (
	InParked  InState = "parked"  // delivered; takes effect when what is missing before it has come
	InDone    InState = "done"    // took effect
	InRefused InState = "refused" // no effect
	InExpired InState = "expired" // no effect
	InErased  InState = "erased"  // took effect; its bytes are gone
)

// In is a row of the inbox. It is kept for ever; its bytes are not.
type In struct {
	ID       id.Envelope
	From     id.Member
	Kind     envelope.Kind
	Thread   id.Thread
	Side     envelope.Side
	Seq      int64
	Replaces id.Envelope
	Consent  id.Consent
	Desk     id.Desk
	Content  bool // it has, or had, a content
	State    InState
	Bytes    []byte // nil once refused, expired or erased
	Roster   int64  // version in force at arrival, by which its signature is judged ever after
	Received frame.Time
	Receipt  []byte // the first receipt, given again for every copy that arrives
	Last     []byte // the latest receipt
}

// OutTx keeps the outbox.
type OutTx interface {
	// AddOut adds a row; [fault.Conflict] if the envelope or its place is there, unless it was replaced.
	AddOut(ctx context.Context, o Out) error
	// SetOut replaces the row of the same envelope, and keeps its receipt for ever; [fault.NotFound] if there is none.
	SetOut(ctx context.Context, o Out) error
	// Out returns one row; [fault.NotFound] if there is none.
	Out(ctx context.Context, e id.Envelope) (Out, error)
	// LastOut returns the last of our envelopes on a side of a thread, destroyed ones too, replaced ones not;
	// [fault.NotFound] if there is none.
	LastOut(ctx context.Context, thread id.Thread, side envelope.Side) (Out, error)
	// OutOf returns the rows of a thread, in order of side and sequence.
	OutOf(ctx context.Context, thread id.Thread) ([]Out, error)
	// OutStateOf returns the state of one row; [fault.NotFound] if there is none.
	OutStateOf(ctx context.Context, e id.Envelope) (OutState, error)
	// OutQueuedBefore reports whether a row on a side of a thread with a lower sequence is queued.
	OutQueuedBefore(ctx context.Context, thread id.Thread, side envelope.Side, seq int64) (bool, error)
	// OutIsDue reports whether [LeaseTx.ClaimOut] would find anything.
	OutIsDue(ctx context.Context, now frame.Time) (bool, error)
	// OutUnder returns the rows of a consent.
	OutUnder(ctx context.Context, consent id.Consent) ([]Out, error)
	// OutFor returns queued and relayed rows for a member, or for everybody if it is empty, created after the
	// row of the envelope after (which may be empty), in order of creation, without contents under an unconfirmed consent.
	OutFor(ctx context.Context, to id.Member, after id.Envelope, limit int) ([]Out, error)
	// ReceiptsOf returns the receipts that rows of an envelope of ours ever had, in order of arrival.
	ReceiptsOf(ctx context.Context, e id.Envelope) ([][]byte, error)
	// OutUnsettled returns the envelopes for a member that are held, queued or relayed, in order of creation.
	OutUnsettled(ctx context.Context, to id.Member, limit int) ([]id.Envelope, error)
	// OutSince returns rows for a member that were created or answered at or after a time or that a mailbox keeps, in
	// order of creation.
	OutSince(ctx context.Context, to id.Member, since frame.Time, after id.Envelope, limit int) ([]Out, error)
}

// LeaseTx hands out work. What it keeps may be lost at any moment and needs no entry in the log.
type LeaseTx interface {
	// ClaimOut takes queued and relayed rows whose time has come and that nobody has in hand, gives them to the
	// caller until lease, and returns them, longest waiting first. What has a content under an unconfirmed consent stays
	// where it is. A row waits for those before it on its side of its
	// thread that are still queued, unless it is immediate: what the receiver holds of a side has no gap, and so a
	// restored node can learn all that it had said.
	ClaimOut(ctx context.Context, now, lease frame.Time, limit int) ([]Out, error)
	// PutBackOut ends the lease of a row that is still queued or relayed, counts an attempt and sets its next try.
	PutBackOut(ctx context.Context, e id.Envelope, next frame.Time) error
}

// InTx keeps the inbox and what must never be forgotten.
type InTx interface {
	// AddIn adds a row; [fault.Conflict] if the envelope is there, or another that is parked or done has its place.
	AddIn(ctx context.Context, i In) error
	// SetIn replaces the row of the same envelope; [fault.NotFound] if there is none.
	SetIn(ctx context.Context, i In) error
	// In returns one row; [fault.NotFound] if there is none.
	In(ctx context.Context, e id.Envelope) (In, error)
	// InAt returns the rows with a place in a thread, refused and expired ones too, in order of arrival.
	InAt(ctx context.Context, from id.Member, thread id.Thread, side envelope.Side, seq int64) ([]In, error)
	// ParkedBefore returns parked rows received before a time, of a thread or of all if it is empty, in order of
	// sequence.
	ParkedBefore(ctx context.Context, thread id.Thread, before frame.Time, limit int) ([]In, error)
	// InSince returns rows from a member received at or after a time, in order of arrival, after that envelope.
	InSince(ctx context.Context, from id.Member, since frame.Time, after id.Envelope, limit int) ([]In, error)
	// InUnder reports whether a member sent a content under a consent that was not refused.
	InUnder(ctx context.Context, from id.Member, c id.Consent) (bool, error)
	// ParkedLetters returns parked rows with a content after an envelope (which may be empty), in order of identifiers.
	ParkedLetters(ctx context.Context, after id.Envelope, limit int) ([]In, error)
	// AddErased puts an envelope whose bytes were destroyed on the list of what a restore erases again.
	AddErased(ctx context.Context, e id.Envelope) error
	// Withdrawn reports whether a member said that a consent was withdrawn.
	Withdrawn(ctx context.Context, c id.Consent, by id.Member) (bool, error)
	// Ground returns until when a consent holds, or the decision that stands for one, 0 if neither is known here; and whether a consent was
	// taken here before a restore, and nobody has said since that it stands.
	Ground(ctx context.Context, c id.Consent) (ends frame.Time, unconfirmed bool, err error)
	// SetWithdrawn remembers for ever that a member said that a consent was withdrawn.
	SetWithdrawn(ctx context.Context, c id.Consent, by id.Member, at frame.Time) error
}

// Mail is an envelope that this node keeps for another member without being able to open it.
type Mail struct {
	ID      id.Envelope
	From    id.Member
	To      id.Member
	Bytes   []byte
	Created frame.Time
	Expires frame.Time
	Receipt []byte
}

// MailTx keeps the blind mailbox.
type MailTx interface {
	// AddMail adds a row; [fault.Conflict] if it is there.
	AddMail(ctx context.Context, m Mail) error
	// Mail returns one row; [fault.NotFound] if there is none.
	Mail(ctx context.Context, e id.Envelope) (Mail, error)
	// MailFor returns the rows for a member after an envelope (which may be empty), in order of arrival.
	MailFor(ctx context.Context, to id.Member, after id.Envelope, limit int) ([]Mail, error)
	// MailSize returns how many rows and bytes are kept from a member.
	MailSize(ctx context.Context, from id.Member) (rows, bytes int64, err error)
	// DropMail deletes one row. It does not fail if there is none.
	DropMail(ctx context.Context, e id.Envelope) error
	// DropMailBefore deletes the rows that expired before a time and returns how many there were.
	DropMailBefore(ctx context.Context, t frame.Time) (int64, error)
}

// Peer is what this node knows of its exchange with another member.
type Peer struct {
	Member      id.Member
	RosterSeen  int64       // newest roster version that she was seen to have
	RosterSent  int64       // newest that was sealed to her
	SheetSent   int64       // newest desk sheet of ours that was sealed to her
	Heard       frame.Time  // last arrival
	Epoch       int64       // of ours, in which we speak to her: its places cannot have been taken before the last restore
	ResyncEpoch int64       // epoch of ours that she has not answered yet; 0: none
	ResyncPages int64       // pages of her answer that have been taken
	Told        int64       // her epoch of which we have told her what came from her before; 0: none
	ToldAt      frame.Time  // when
	Asked       id.Envelope // her question
}

// PeerTx keeps what is known of the other members.
type PeerTx interface {
	// Peer returns one; a zero value with the member set if nothing is known.
	Peer(ctx context.Context, m id.Member) (Peer, error)
	// SetPeer keeps p.
	SetPeer(ctx context.Context, p Peer) error
	// Closed reports whether sending is closed after a restore.
	Closed(ctx context.Context) (bool, error)
	// SetClosed closes or opens sending.
	SetClosed(ctx context.Context, closed bool) error
}

// Tx is what the exchange needs kept. *store.Tx satisfies it. Every method fails with [fault.Unavailable] if
// the storage cannot be reached.
type Tx interface {
	// Record appends an entry to the log at once and returns where it went; its time is the transaction's.
	Record(ctx context.Context, e audit.Entry) (audit.Ref, error)
	member.Tx
	OutTx
	InTx
	MailTx
	PeerTx
	// Desk returns one desk of this member; [fault.NotFound] if there is none.
	Desk(ctx context.Context, d id.Desk) (desk.Desk, error)
	// OnCommit calls f when the transaction is durable, and never if it is undone. f waits for nothing.
	OnCommit(f func())
	// LastCheckpoint returns the newest signed checkpoint of the node's own log; "" if there is none.
	LastCheckpoint(ctx context.Context) (string, error)
}
