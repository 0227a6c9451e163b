package docket

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Behind is how far another desk is behind what this desk has written.
type Behind struct {
	Desk   string
	Left   bool
	OnWay  int    // entries that have not arrived there yet
	Failed int    // entries that its node refused, or that did not arrive in time
	Barred string // why nothing is sent there, message key; empty: it is
}

// File is a board, opened.
type File struct {
	Row
	Board
	Entries []Kept // what it is made of, the lowest first
	Spoiled int    // what came and is no entry of it
	Peers   []Behind
}

// List returns the boards of the desk of who asks, newest first, before the one named, and the one to go on with; empty: there is no more. What stands on them stays
// shut.
//
// It fails with [fault.Denied].
func (s *Service) List(ctx context.Context, who access.Actor, before id.Thread, limit int) (all []Row, next id.Thread, err error) {
	if err := access.Check(who, access.ListDocket, access.Resource{Noun: "docket", Realm: access.Prosecution, Desk: who.Desk}); err != nil {
		return nil, "", err
	}
	err = s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.DocketsAt(ctx, who.Desk, before, limit+1)
		return err
	})
	if len(all) > limit {
		all = all[:limit]
		next = all[limit-1].ID
	}
	return all, next, err
}

// Open shows a board. What arrived and nobody has opened is opened now, and its sender learns that a person has read it; what opens and is no entry of this board by
// its sender is refused. Where who asks may write, what desks that came later have not got yet of what this desk wrote is sent to them.
//
// It fails with [fault.Denied], and with [fault.Hidden] for a board that is not her desk's, whether it exists or not; [fault.Locked] without keys; and
// [fault.Conflict] "docket.erased" if nothing of it is kept.
func (s *Service) Open(ctx context.Context, by keyring.Bearer, board id.Thread) (File, error) {
	var f File
	err := s.Write(ctx, audit.Saw(by.Actor, access.ReadDocket, string(board)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.ReadDocket, board)
		if err != nil {
			return err
		}
		made := len(r.Box.Sealed) == 0
		r, key, err := s.key(ctx, tx, by, r)
		if err != nil {
			return err
		}
		defer key.Wipe()
		if f, err = s.read(ctx, tx, by, r, key); err != nil {
			return err
		}
		if made {
			if err := tx.SetDocket(ctx, r); err != nil {
				return err
			}
			f.Version++
		}
		if access.Check(by.Actor, access.WriteDocket, r.resource()) == nil {
			if err := s.pass(ctx, tx, f, false); err != nil {
				return err
			}
		}
		if f.Peers, err = s.behind(ctx, tx, f); err != nil {
			return err
		}
		_, err = s.Tasks.DoneIn(ctx, tx, r.object(), TaskNews)
		return err
	})
	if err != nil {
		return File{}, err
	}
	return f, nil
}

// read opens every entry of a board.
func (s *Service) read(ctx context.Context, tx Tx, by keyring.Bearer, r Row, key seal.Key) (File, error) {
	f := File{Row: r}
	lines, err := tx.DocketLines(ctx, r.ID, r.Desk)
	if err != nil {
		return f, err
	}
	for _, l := range lines {
		e, ok, err := s.line(ctx, tx, by, r, key, l)
		if err != nil {
			return f, err
		}
		if ok {
			f.Entries = append(f.Entries, Kept{e, l.Digest})
		} else {
			f.Spoiled++
		}
	}
	f.Board = Fold(f.Entries)
	f.Board.ID = r.ID
	return f, nil
}

// line opens one entry: one that rests under the key of the board, or one that is still in its envelope.
func (s *Service) line(ctx context.Context, tx Tx, by keyring.Bearer, r Row, key seal.Key, l Line) (e Entry, ok bool, err error) {
	if l.Body != nil {
		plain, err := key.Open(s.field(l).AAD(), l.Body)
		if err != nil {
			return e, false, fault.Wrap(fault.Internal, "docket.kept", err)
		}
		defer clear(plain)
		e, err = ParseEntry(plain)
		if err != nil {
			return e, false, fault.Wrap(fault.Internal, "docket.kept", err)
		}
		return e, true, nil
	}
	if l.Intake == "" {
		return e, false, nil
	}
	plain, err := s.envelope(ctx, tx, by, r.Desk, l)
	defer clear(plain)
	if err == nil {
		e, err = entryOf(plain, l)
	}
	receipt := envelope.Receipt{Stage: envelope.Opened}
	switch {
	case err == nil:
		ok, l.Body = true, key.Seal(s.field(l).AAD(), plain)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.TooLarge):
		l.Spoiled = true
		receipt = envelope.Receipt{Stage: envelope.Refused, Refusal: envelope.BadBody}
	default:
		return e, false, err
	}
	l.Intake = ""
	if err := tx.SetDocketLine(ctx, l); err != nil {
		return e, false, err
	}
	if l.Spoiled { // it reminds nobody, and hides no reminder
		if err := s.remindIn(ctx, tx, r, l.Item); err != nil {
			return e, false, err
		}
	}
	return e, ok, s.Exchange.Answer(ctx, tx, l.Envelope, receipt)
}

// entryOf reads an entry that came and finds that it is the one that was announced, by the desk that sent it.
func entryOf(plain []byte, l Line) (Entry, error) {
	e, err := ParseEntry(plain)
	if err != nil {
		return e, err
	}
	digest := envelope.Digest(plain)
	b := bodyOf(e, digest)
	if digest != l.Digest || e.Author != l.Author.String() || b.Board != l.Board || b.Item != l.Item || b.Sort != l.Sort || b.Level != l.Level || b.Day != l.Day {
		return e, wrong("entry")
	}
	return e, nil
}

// envelope opens what an envelope brought.
func (s *Service) envelope(ctx context.Context, tx Tx, by keyring.Bearer, desk id.Desk, l Line) ([]byte, error) {
	in, err := tx.In(ctx, l.Envelope)
	if err != nil {
		return nil, err
	}
	if in.Bytes == nil || in.State == exchange.InRefused {
		return nil, fault.New(fault.Invalid, "docket.spoiled")
	}
	parsed, err := envelope.Parse(in.Bytes)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "docket.kept", err)
	}
	private, err := s.Keys.OpenIntakeIn(ctx, tx, by, desk, l.Intake)
	if err != nil {
		return nil, err
	}
	plain, err := parsed.OpenContent(private)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "docket.spoiled", err)
	}
	return plain, nil
}

// behind says how far each other desk is behind what this desk has written.
func (s *Service) behind(ctx context.Context, tx Tx, f File) ([]Behind, error) {
	peers, err := tx.DocketPeers(ctx, f.Row.ID, f.Desk)
	if err != nil {
		return nil, err
	}
	outs, err := tx.DocketOuts(ctx, f.Row.ID, f.Desk)
	if err != nil {
		return nil, err
	}
	var all []Behind
	for _, p := range peers {
		b := Behind{Desk: p.At.String(), Left: p.Left}
		has := 0
		for _, o := range outs {
			switch {
			case o.To != p.At:
			case o.Failed != "":
				b.Failed++
			case o.Told == 0:
				b.OnWay++
			default:
				has++
			}
		}
		if !p.Left && has+b.Failed+b.OnWay == 0 {
			if _, err := s.basis(ctx, tx, f.Row, p.At); err != nil {
				_, b.Barred, _ = fault.Public(err)
			}
		}
		all = append(all, b)
	}
	return all, nil
}

// Know returns a board without opening it.
//
// It fails with [fault.Denied], and [fault.Hidden] for a board that is not her desk's, whether it exists or not.
func (s *Service) Know(ctx context.Context, who access.Actor, board id.Thread) (r Row, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		r, err = s.mine(ctx, tx, who, access.KnowDocket, board)
		return err
	})
	return r, err
}
