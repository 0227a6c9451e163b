package docket

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of task about a board; the object of each begins with the board and the desk.
const (
	TaskNews   = "docket.news"   // something new stands on it
	TaskDay    = "docket.day"    // a day comes by which something is to be done
	TaskFailed = "docket.failed" // another node refused what was sent, or it did not arrive in time
)

const boxUse = "docket"

// ErasureKind is what a board that was destroyed is called in the list of erasures.
const ErasureKind = "docket"

// Row is a board at one desk. All but the sealed entries is operational.
type Row struct {
	ID        id.Thread
	Desk      id.Desk    // this one
	Root      id.Address // that opened it
	Reference id.Reference
	Erased    bool // nothing of it is kept
	Box       keyring.Box
	By        id.User // who opened it here; empty: it came
	At        frame.Time
	Version   int64
}

// Peer is another desk of a board.
type Peer struct {
	Board  id.Thread
	Desk   id.Desk
	At     id.Address
	Thread id.Thread // in which this desk tells that one; empty: nothing was told yet
	Left   bool
}

// Line is an entry as one desk keeps it.
type Line struct {
	Board    id.Thread
	Desk     id.Desk // this one
	Digest   string
	Level    int64
	Item     id.Thread
	Sort     string
	Day      string // by which people are reminded
	Author   id.Address
	Envelope id.Envelope // that brought it; empty: it was written here
	Intake   id.Key      // that it is sealed to, while nobody here has opened it
	Body     []byte      // under the key of the board; nil: not opened yet, or spoiled
	Spoiled  bool        // what came is not what it should be
	At       frame.Time  // written, or arrived
}

// Out is one entry of this desk on its way to one other.
type Out struct {
	Board    id.Thread
	Desk     id.Desk // this one
	Digest   string
	To       id.Address
	Envelope id.Envelope
	Failed   string     // why it did not arrive, code; empty: it did, or is on its way
	Told     frame.Time // when the other node had it; 0: not yet
}

func object(board id.Thread, desk id.Desk) string { return string(board) + "." + string(desk) }

func (r Row) object() string { return object(r.ID, r.Desk) }

func (r Row) resource() access.Resource {
	return access.Resource{Noun: "docket", ID: string(r.ID), Realm: access.Prosecution, Desk: r.Desk}
}

// RowTx keeps boards.
type RowTx interface {
	// AddDocket adds a board at a desk; [fault.Conflict] if it is there.
	AddDocket(ctx context.Context, r Row) error
	// SetDocket replaces one whose stored version is r.Version and raises it by one; [fault.Stale] if it is another.
	SetDocket(ctx context.Context, r Row) error
	// Docket returns a board at a desk; [fault.NotFound] if there is none.
	Docket(ctx context.Context, board id.Thread, desk id.Desk) (Row, error)
	// DocketEnds returns a board at every desk of this node.
	DocketEnds(ctx context.Context, board id.Thread) ([]Row, error)
	// DocketsAt returns the boards of a desk, newest first, before the one named; from the newest if none is.
	DocketsAt(ctx context.Context, desk id.Desk, before id.Thread, limit int) ([]Row, error)
	// PutDocketPeer keeps another desk of a board, in the place of what was kept of it.
	PutDocketPeer(ctx context.Context, p Peer) error
	// DocketPeers returns the other desks of a board, in order of their addresses.
	DocketPeers(ctx context.Context, board id.Thread, desk id.Desk) ([]Peer, error)
	// AddDocketLine adds an entry; [fault.Conflict] if one of that digest by that desk is there.
	AddDocketLine(ctx context.Context, l Line) error
	// SetDocketLine replaces what changes in an entry: envelope, intake, body and whether it is spoiled.
	SetDocketLine(ctx context.Context, l Line) error
	// DocketLines returns the entries of a board, the lowest first.
	DocketLines(ctx context.Context, board id.Thread, desk id.Desk) ([]Line, error)
	// DocketSealedTo reports whether an entry that nobody has opened is sealed to an intake key.
	DocketSealedTo(ctx context.Context, key id.Key) (bool, error)
	// PutDocketOut keeps how far an entry has come on its way to one desk, in the place of what was kept of it.
	PutDocketOut(ctx context.Context, o Out) error
	// DocketOuts returns what this desk sent of a board.
	DocketOuts(ctx context.Context, board id.Thread, desk id.Desk) ([]Out, error)
	// DocketOutOf returns what went in an envelope; [fault.NotFound] if nothing did.
	DocketOutOf(ctx context.Context, e id.Envelope) (Out, error)
	// DropDocket takes away everything of a board at a desk but its row.
	DropDocket(ctx context.Context, board id.Thread, desk id.Desk) error
}

// Tx is what boards need kept.
type Tx interface {
	exchange.Tx
	keyring.Tx
	task.Tx
	RowTx
}

// Service is the use-cases of joint case boards.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Member   id.Member
	Keys     *keyring.Service
	Exchange *exchange.Service
	Tasks    *task.Service
	// KeysKept is for how long the archive of keys is kept: an erasure receipt names the day after it.
	KeysKept time.Duration
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func (s *Service) self(desk id.Desk) id.Address { return id.Address{Member: s.Member, Desk: desk} }

// wide is the transaction of another noun as boards need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "docket.wiring")
	}
	return tx, nil
}

// mine returns the board of who acts, if she may.
func (s *Service) mine(ctx context.Context, tx Tx, who access.Actor, action access.Action, board id.Thread) (Row, error) {
	r, err := tx.Docket(ctx, board, who.Desk)
	if fault.Is(err, fault.NotFound) {
		return Row{}, fault.Wrap(fault.Hidden, "access.hidden", err)
	}
	if err != nil {
		return Row{}, err
	}
	if err := access.Check(who, action, r.resource()); err != nil {
		return Row{}, err
	}
	if r.Erased {
		return r, fault.New(fault.Conflict, "docket.erased")
	}
	return r, nil
}

// prosecutes fails unless a desk here is one of the prosecution and in use.
func prosecutes(ctx context.Context, tx Tx, at id.Desk) error {
	d, err := tx.Desk(ctx, at)
	if err != nil {
		return err
	}
	if d.Realm != access.Prosecution || d.State != desks.Active {
		return fault.New(fault.Denied, "docket.desk")
	}
	return nil
}

// field is the place of an entry. It names the digest, so that one does not open as another.
func (s *Service) field(l Line) seal.Field {
	at := object(l.Board, l.Desk)
	return seal.Field{Node: string(s.Member), Table: "docket_entry", Row: at + "/" + l.Author.String() + "/" + l.Digest, Column: "body", Compartment: at, Version: 1}
}

// key opens the key of a board, and makes it if this is the first time that somebody with keys is here. The row is returned as it must be kept.
func (s *Service) key(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (Row, seal.Key, error) {
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
