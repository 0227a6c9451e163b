package docket

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// The failures of an entry that did not arrive in time, and of one that could not be sent at all; the others are the codes of refusals.
const (
	expired = "expired"
	unsent  = "unsent"
)

// Receive takes an entry of another desk. It opens nothing. It is the exchange's handler of the kind.
//
// It refuses with [fault.Denied] "docket.desk" what is sent to a desk that does not prosecute, and with [fault.Conflict] "docket.erased" what belongs to a board
// of which nothing is kept. What comes before the entry that opens the board, or before the one that lets its sender on it, comes again: [fault.Unavailable]
// "docket.early".
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	c := a.Control
	b, err := parseBody(c)
	if err != nil {
		return err
	}
	part := a.Envelope.Header.Content
	if c.Side != envelope.Opener || c.Realm != access.Prosecution || part == nil {
		return envelope.WrongBody("board")
	}
	from := id.Address{Member: a.Envelope.Header.From, Desk: c.FromDesk}
	r, err := tx.Docket(ctx, b.Board, c.ToDesk)
	switch {
	case fault.Is(err, fault.NotFound):
		if r, err = s.begun(ctx, tx, a, b, from); err != nil {
			return err
		}
	case err != nil:
		return err
	case r.Erased:
		return fault.New(fault.Conflict, "docket.erased")
	}
	if err := s.knows(ctx, tx, r, from); err != nil {
		return err
	}
	l := Line{
		Board: r.ID, Desk: r.Desk, Digest: b.Entry, Level: b.Level, Item: b.Item, Sort: b.Sort, Day: b.Day, Author: from, Envelope: a.Envelope.ID,
		Intake: part.Key, At: a.Received,
	}
	lines, err := tx.DocketLines(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	for _, x := range lines {
		if x.Digest != l.Digest || x.Author != l.Author {
			continue
		}
		if !x.Spoiled { // sent anew by a node that was restored: it is here
			return nil
		}
		l.Item, l.Level, l.Sort, l.Day = x.Item, x.Level, x.Sort, x.Day
		return tx.SetDocketLine(ctx, l)
	}
	if err := tx.AddDocketLine(ctx, l); err != nil {
		return err
	}
	if err := s.heard(ctx, tx, r, b, from); err != nil {
		return err
	}
	if err := s.remindIn(ctx, tx, r, l.Item); err != nil {
		return err
	}
	return s.tellIn(ctx, tx, r, TaskNews, r.object(), task.Clock{})
}

// begun makes the row of a board that another desk has opened and let this desk on.
func (s *Service) begun(ctx context.Context, tx Tx, a exchange.Arrived, b body, from id.Address) (Row, error) {
	if err := prosecutes(ctx, tx, a.Control.ToDesk); err != nil {
		return Row{}, err
	}
	gone, err := tx.Erased(ctx, ErasureKind, string(b.Board))
	if err != nil {
		return Row{}, err
	}
	if gone { // it is sent again to a node that was restored, which had destroyed it since its backup
		return Row{}, fault.New(fault.Conflict, "docket.erased")
	}
	if b.Sort != "board" || b.Level != 1 {
		return Row{}, fault.New(fault.Unavailable, "docket.early")
	}
	r := Row{ID: b.Board, Desk: a.Control.ToDesk, Root: from, Reference: id.NewReference(s.IDs), At: a.Received, Version: 1}
	return r, tx.AddDocket(ctx, r)
}

// knows reports whether a desk is one of a board.
func (s *Service) knows(ctx context.Context, tx Tx, r Row, from id.Address) error {
	if from == r.Root {
		return nil
	}
	peers, err := tx.DocketPeers(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	for _, p := range peers {
		if p.At == from {
			return nil
		}
	}
	return fault.New(fault.Unavailable, "docket.early")
}

// heard takes note of who is on a board, from what an entry says in clear.
func (s *Service) heard(ctx context.Context, tx Tx, r Row, b body, author id.Address) error {
	about := author
	switch {
	case b.Sort == "desk":
		a, err := id.ParseAddress(b.Desk)
		if err != nil {
			return wrong("desk")
		}
		if author != r.Root && author != a {
			return nil
		}
		about = a
	case b.Level > 1 || author != r.Root:
		return nil
	}
	if about == s.self(r.Desk) {
		return nil
	}
	peers, err := tx.DocketPeers(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	p := Peer{Board: r.ID, Desk: r.Desk, At: about}
	for _, x := range peers {
		if x.At == about {
			p = x
		}
	}
	p.Left = b.Gone
	return tx.PutDocketPeer(ctx, p)
}

// dayObject is what a reminder of an item is about.
func dayObject(r Row, item id.Thread) string { return r.object() + "." + string(item) }

// remindIn sets what people are reminded of by an item: by the latest entry about it that is here.
func (s *Service) remindIn(ctx context.Context, tx Tx, r Row, item id.Thread) error {
	lines, err := tx.DocketLines(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	var last Line
	for _, x := range lines { // the lowest first
		if x.Item == item && !x.Spoiled {
			last = x
		}
	}
	if _, err := s.Tasks.DropIn(ctx, tx, dayObject(r, item), TaskDay); err != nil || last.Day == "" {
		return err
	}
	day, err := time.Parse(time.DateOnly, last.Day)
	if err != nil {
		return wrong("day")
	}
	const ahead = 7 * 24 * time.Hour
	now := s.now()
	c := task.Clock{Due: max(frame.At(day.AddDate(0, 0, 1)), now)}
	if early := frame.At(day.Add(-ahead)); early > now {
		c.Remind = early
	}
	return s.tellIn(ctx, tx, r, TaskDay, dayObject(r, item), c)
}

// tellIn gives the desk something to do about a board. One task of a kind about one thing is enough.
func (s *Service) tellIn(ctx context.Context, tx Tx, r Row, kind, about string, c task.Clock) error {
	open, err := tx.OpenTasks(ctx, about, kind)
	if err != nil || len(open) > 0 {
		return err
	}
	_, err = s.Tasks.AddIn(ctx, tx, task.New{
		Desk: r.Desk, Realm: access.Prosecution, Kind: kind, Object: about, Reference: string(r.Reference), Announce: kind == TaskNews, Clock: c,
	})
	return err
}

// MovedIn takes note of how far an envelope of ours has come. What is about something else is passed over.
func (s *Service) MovedIn(ctx context.Context, over exchange.Tx, m exchange.Moved) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	o, err := tx.DocketOutOf(ctx, m.Out.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch m.Out.State {
	case exchange.OutDelivered, exchange.OutOpened:
		if o.Told != 0 {
			return nil
		}
		if o.Told = s.now(); m.Receipt != nil {
			o.Told = m.Receipt.Receipt.At
		}
	case exchange.OutRefused:
		if o.Failed = "refused"; m.Receipt != nil {
			o.Failed = string(m.Receipt.Receipt.Refusal)
		}
	case exchange.OutExpired:
		o.Failed = expired
	default:
		return nil
	}
	if err := tx.PutDocketOut(ctx, o); err != nil || o.Failed == "" {
		return err
	}
	r, err := tx.Docket(ctx, o.Board, o.Desk)
	if err != nil || r.Erased {
		return err
	}
	return s.tellIn(ctx, tx, r, TaskFailed, r.object(), task.Clock{})
}
