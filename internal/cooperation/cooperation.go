package cooperation

import (
	"context"
	"io"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of task about a request; its object is the thread and the desk.
const (
	TaskReceive = "cooperation.receive" // a request arrived: say that it is here
	TaskDecide  = "cooperation.decide"
	TaskExecute = "cooperation.execute"
	TaskAnswer  = "cooperation.answer"
	TaskTold    = "cooperation.told"    // the other side has taken a step
	TaskFailed  = "cooperation.failed"  // the node there refused what was sent, or it did not arrive in time
	TaskRelease = "cooperation.release" // a release out of which something stands in a request was taken back
)

const boxUse = "cooperation"

// Row is one end of a request. All but the sealed body is operational.
type Row struct {
	ID         id.Thread
	Desk       id.Desk // this end
	Side       envelope.Side
	Peer       id.Address   // the other end
	Reference  id.Reference // neutral, of this end
	Kind       string
	Instrument string // key of the matrix row; at the end that was asked: empty until somebody opened the record
	State      State
	Urgent     bool
	Due        string // day; empty: none
	Box        keyring.Box
	Body       []byte // at the end that asks: the sealed request
	Revision   int64  // of the body
	By         id.User
	At         frame.Time // begun, or arrived
	Version    int64
}

// Event is a step that one of the sides took, as one end keeps it.
type Event struct {
	Thread   id.Thread
	Desk     id.Desk // this end
	N        int64   // counted from 1 in the order in which this end learned of it
	Step     Step
	Code     string
	Day      string      // on which it was done, as the side that did it says
	Envelope id.Envelope // that told it
	Intake   id.Key      // that its words are sealed to, while nobody here has opened them
	Body     []byte      // its words under the key of the request; nil: none, or not opened yet
	Failed   string      // of ours: why it did not arrive, code; empty: it did, or is on its way
	By       id.User     // of ours: who took it
	At       frame.Time  // sent, or arrived
	Told     frame.Time  // of ours: when the other node had it; 0: not yet
}

func object(thread id.Thread, desk id.Desk) string { return string(thread) + "." + string(desk) }

func (r Row) object() string { return object(r.ID, r.Desk) }

func (r Row) resource() access.Resource {
	return access.Resource{Noun: "cooperation", ID: string(r.ID), Realm: access.Prosecution, Desk: r.Desk}
}

// RowTx keeps the ends of requests and what happened to them.
type RowTx interface {
	// AddCooperation adds an end; [fault.Conflict] if it is there.
	AddCooperation(ctx context.Context, r Row) error
	// SetCooperation replaces an end whose stored version is r.Version and raises it by one; [fault.Stale] if it is another.
	SetCooperation(ctx context.Context, r Row) error
	// Cooperation returns the end of a request at a desk; [fault.NotFound] if there is none.
	Cooperation(ctx context.Context, thread id.Thread, desk id.Desk) (Row, error)
	// CooperationEnds returns the ends of a request at this node.
	CooperationEnds(ctx context.Context, thread id.Thread) ([]Row, error)
	// CooperationsAt returns the requests of a desk, newest first, before the one named; from the newest if none is.
	CooperationsAt(ctx context.Context, desk id.Desk, before id.Thread, limit int) ([]Row, error)
	// AddCooperationEvent adds an event; [fault.Conflict] if one of that number is there.
	AddCooperationEvent(ctx context.Context, e Event) error
	// SetCooperationEvent replaces what changes in an event: envelope, intake, body, failure and when it was told.
	SetCooperationEvent(ctx context.Context, e Event) error
	// CooperationEvents returns the events of an end, in the order of their numbers.
	CooperationEvents(ctx context.Context, thread id.Thread, desk id.Desk) ([]Event, error)
	// CooperationSealedTo reports whether words that nobody has opened are sealed to an intake key.
	CooperationSealedTo(ctx context.Context, key id.Key) (bool, error)
	// CooperationPast returns, of every end at this node, or of a desk, what [Times] counts: at most limit, the newest first.
	CooperationPast(ctx context.Context, desk id.Desk, limit int) ([]Past, error)
	// SetCooperationReleases says out of which releases something stands in a request.
	SetCooperationReleases(ctx context.Context, thread id.Thread, desk id.Desk, releases []id.Record) error
	// CooperationsWith returns the ends in which something stands out of a release.
	CooperationsWith(ctx context.Context, release id.Record) ([]Row, error)
}

// Tx is what requests need kept.
type Tx interface {
	exchange.Tx
	keyring.Tx
	task.Tx
	RowTx
	OfficeTx
}

// Service is the use-cases of prosecutors' cooperation.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	Rand     io.Reader // cryptographic
	IDs      id.Maker
	Member   id.Member
	Keys     *keyring.Service
	Exchange *exchange.Service
	Tasks    *task.Service
	Law      func() profile.Set // in force, with what was confirmed
	// Clock is when something is to be done, by the clock of that key in the profile; one that is law and not confirmed has no deadline.
	Clock func(key string, start frame.Time) (task.Clock, error)
	// Released reports whether what a release gave to a desk may stand in a request that leaves: it is in force, and its handling does not
	// keep it from being passed on.
	Released func(ctx context.Context, tx Tx, desk id.Desk, release id.Record) (bool, error)
	// KeysKept is for how long the archive of keys is kept: an erasure receipt names the day after it.
	KeysKept time.Duration
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// Retention is the class of the profile's schedule by which requests and joint case boards are kept, from the day on which they were over.
const Retention = "cooperation"

// today is the day as the clock of the node says it, in UTC.
func (s *Service) today() string { return s.Now().UTC().Format(time.DateOnly) }

// wide is the transaction of another noun as requests need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "cooperation.wiring")
	}
	return tx, nil
}

// mine returns the end of who acts, if she may.
func (s *Service) mine(ctx context.Context, tx RowTx, who access.Actor, action access.Action, thread id.Thread) (Row, error) {
	r, err := tx.Cooperation(ctx, thread, who.Desk)
	if fault.Is(err, fault.NotFound) {
		return Row{}, fault.Wrap(fault.Hidden, "access.hidden", err)
	}
	if err != nil {
		return Row{}, err
	}
	return r, access.Check(who, action, r.resource())
}

// prosecutes fails unless a desk here is one of the prosecution and in use.
func prosecutes(ctx context.Context, tx Tx, at id.Desk) error {
	d, err := tx.Desk(ctx, at)
	if err != nil {
		return err
	}
	if d.Realm != access.Prosecution || d.State != desks.Active {
		return fault.New(fault.Denied, "cooperation.desk")
	}
	return nil
}

// bodyField is the place of the sealed request.
func (s *Service) bodyField(r Row) seal.Field {
	return seal.Field{
		Node: string(s.Member), Table: "cooperation", Row: r.object(), Column: "body", Compartment: r.object(), Version: r.Revision,
	}
}

// eventField is the place of the words of an event. It names the step, so that those of one do not open as those of another.
func (s *Service) eventField(e Event) seal.Field {
	at := object(e.Thread, e.Desk)
	return seal.Field{Node: string(s.Member), Table: "cooperation_event", Row: at, Column: string(e.Step), Compartment: at, Version: e.N}
}

// key opens the key of an end, and makes it if this is the first time that somebody with keys is here. The row is returned as it must be kept.
func (s *Service) key(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (Row, seal.Key, error) {
	if r.State == Erased {
		return r, seal.Key{}, fault.New(fault.Conflict, "cooperation.erased")
	}
	keys, err := s.Keys.OpenDeskIn(ctx, tx, by, r.Desk)
	if err != nil {
		return r, seal.Key{}, err
	}
	var key seal.Key
	if len(r.Box.Sealed) == 0 {
		key, r.Box, err = keys.NewBox(boxUse, r.object())
	} else {
		key, r.Box, err = keys.OpenBox(boxUse, r.object(), r.Box)
	}
	return r, key, err
}
