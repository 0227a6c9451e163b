package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ docket.Tx = (*Tx)(nil)

// AddDocket adds a joint case board at a desk; [fault.Conflict] if it is there.
func (tx *Tx) AddDocket(ctx context.Context, r docket.Row) error {
	if err := tx.q.AddDocket(ctx, rows.AddDocketParams{
		ID: string(r.ID), Desk: string(r.Desk), RootMember: string(r.Root.Member), RootDesk: string(r.Root.Desk), Reference: string(r.Reference), Erased: r.Erased,
		UserID: string(r.By), At: int64(r.At), Version: r.Version,
	}); err != nil {
		return explain(err)
	}
	return tx.boxDocket(ctx, r)
}

// SetDocket replaces what changes in one; [fault.Stale] if another version is stored.
func (tx *Tx) SetDocket(ctx context.Context, r docket.Row) error {
	n, err := tx.q.SetDocket(ctx, rows.SetDocketParams{ID: string(r.ID), Desk: string(r.Desk), Erased: r.Erased, Version: r.Version})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.docket.version")
	}
	return tx.boxDocket(ctx, r)
}

func (tx *Tx) boxDocket(ctx context.Context, r docket.Row) error {
	if len(r.Box.Sealed) == 0 {
		return explain(tx.q.DropDocketBox(ctx, rows.DropDocketBoxParams{DocketID: string(r.ID), Desk: string(r.Desk)}))
	}
	return explain(tx.q.SetDocketBox(ctx, rows.SetDocketBoxParams{DocketID: string(r.ID), Desk: string(r.Desk), Generation: r.Box.Generation, Sealed: r.Box.Sealed}))
}

func (tx *Tx) docketOf(r rows.Docket) (docket.Row, error) {
	b, _, err := one(tx.q.DocketBox(tx.ctx, rows.DocketBoxParams{DocketID: r.ID, Desk: r.Desk}))
	return docket.Row{
		ID: id.Thread(r.ID), Desk: id.Desk(r.Desk), Root: id.Address{Member: id.Member(r.RootMember), Desk: id.Desk(r.RootDesk)}, Reference: id.Reference(r.Reference),
		Erased: r.Erased, Box: keyring.Box{Generation: b.Generation, Sealed: b.Sealed}, By: id.User(r.UserID), At: frame.Time(r.At), Version: r.Version,
	}, err
}

func (tx *Tx) docketsOf(all []rows.Docket, err error) ([]docket.Row, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := make([]docket.Row, len(all))
	for i, r := range all {
		if out[i], err = tx.docketOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Docket returns a board at a desk; [fault.NotFound] if there is none.
func (tx *Tx) Docket(ctx context.Context, board id.Thread, desk id.Desk) (docket.Row, error) {
	r, err := tx.q.Docket(ctx, rows.DocketParams{ID: string(board), Desk: string(desk)})
	if err != nil {
		return docket.Row{}, explain(err)
	}
	return tx.docketOf(r)
}

// DocketEnds returns a board at every desk of this node.
func (tx *Tx) DocketEnds(ctx context.Context, board id.Thread) ([]docket.Row, error) {
	return tx.docketsOf(tx.q.DocketEnds(ctx, string(board)))
}

// DocketsAt returns the boards of a desk, the newest first.
func (tx *Tx) DocketsAt(ctx context.Context, desk id.Desk, before id.Thread, limit int) ([]docket.Row, error) {
	return tx.docketsOf(tx.q.DocketsAt(ctx, rows.DocketsAtParams{Desk: string(desk), Before: string(before), Max: int32(limit)}))
}

// PutDocketPeer keeps another desk of a board.
func (tx *Tx) PutDocketPeer(ctx context.Context, p docket.Peer) error {
	return explain(tx.q.PutDocketPeer(ctx, rows.PutDocketPeerParams{
		DocketID: string(p.Board), Desk: string(p.Desk), PeerMember: string(p.At.Member), PeerDesk: string(p.At.Desk), Thread: string(p.Thread), Gone: p.Left,
	}))
}

// DocketPeers returns the other desks of a board.
func (tx *Tx) DocketPeers(ctx context.Context, board id.Thread, desk id.Desk) ([]docket.Peer, error) {
	all, err := tx.q.DocketPeers(ctx, rows.DocketPeersParams{DocketID: string(board), Desk: string(desk)})
	out := make([]docket.Peer, len(all))
	for i, p := range all {
		out[i] = docket.Peer{
			Board: id.Thread(p.DocketID), Desk: id.Desk(p.Desk), At: id.Address{Member: id.Member(p.PeerMember), Desk: id.Desk(p.PeerDesk)}, Thread: id.Thread(p.Thread),
			Left: p.Gone,
		}
	}
	return out, explain(err)
}

// AddDocketLine adds an entry; [fault.Conflict] if it is there.
func (tx *Tx) AddDocketLine(ctx context.Context, l docket.Line) error {
	return explain(tx.q.AddDocketLine(ctx, rows.AddDocketLineParams{
		DocketID: string(l.Board), Desk: string(l.Desk), Digest: l.Digest, AuthorMember: string(l.Author.Member), AuthorDesk: string(l.Author.Desk), Level: l.Level,
		Item: string(l.Item), Sort: l.Sort, Day: l.Day, Envelope: string(l.Envelope), Intake: string(l.Intake), Body: filled(l.Body), Spoiled: l.Spoiled, At: int64(l.At),
	}))
}

// SetDocketLine replaces what changes in an entry.
func (tx *Tx) SetDocketLine(ctx context.Context, l docket.Line) error {
	return explain(tx.q.SetDocketLine(ctx, rows.SetDocketLineParams{
		DocketID: string(l.Board), Desk: string(l.Desk), Digest: l.Digest, AuthorMember: string(l.Author.Member), AuthorDesk: string(l.Author.Desk),
		Envelope: string(l.Envelope), Intake: string(l.Intake), Body: filled(l.Body), Spoiled: l.Spoiled,
	}))
}

// DocketLines returns the entries of a board, the lowest first.
func (tx *Tx) DocketLines(ctx context.Context, board id.Thread, desk id.Desk) ([]docket.Line, error) {
	all, err := tx.q.DocketLines(ctx, rows.DocketLinesParams{DocketID: string(board), Desk: string(desk)})
	out := make([]docket.Line, len(all))
	for i, l := range all {
		out[i] = docket.Line{
			Board: id.Thread(l.DocketID), Desk: id.Desk(l.Desk), Digest: l.Digest, Author: id.Address{Member: id.Member(l.AuthorMember), Desk: id.Desk(l.AuthorDesk)},
			Level: l.Level, Item: id.Thread(l.Item), Sort: l.Sort, Day: l.Day, Envelope: id.Envelope(l.Envelope), Intake: id.Key(l.Intake), Spoiled: l.Spoiled,
			At: frame.Time(l.At),
		}
		if len(l.Body) > 0 {
			out[i].Body = l.Body
		}
	}
	return out, explain(err)
}

// DocketSealedTo reports whether an entry that nobody has opened is sealed to an intake key.
func (tx *Tx) DocketSealedTo(ctx context.Context, key id.Key) (bool, error) {
	n, err := tx.q.DocketSealedTo(ctx, string(key))
	return n > 0, explain(err)
}

// PutDocketOut keeps how far an entry has come on its way to one desk.
func (tx *Tx) PutDocketOut(ctx context.Context, o docket.Out) error {
	return explain(tx.q.PutDocketOut(ctx, rows.PutDocketOutParams{
		DocketID: string(o.Board), Desk: string(o.Desk), Digest: o.Digest, PeerMember: string(o.To.Member), PeerDesk: string(o.To.Desk), Envelope: string(o.Envelope),
		Failed: o.Failed, Told: int64(o.Told),
	}))
}

func docketOut(o rows.DocketOut) docket.Out {
	return docket.Out{
		Board: id.Thread(o.DocketID), Desk: id.Desk(o.Desk), Digest: o.Digest, To: id.Address{Member: id.Member(o.PeerMember), Desk: id.Desk(o.PeerDesk)},
		Envelope: id.Envelope(o.Envelope), Failed: o.Failed, Told: frame.Time(o.Told),
	}
}

// DocketOuts returns what a desk sent of a board.
func (tx *Tx) DocketOuts(ctx context.Context, board id.Thread, desk id.Desk) ([]docket.Out, error) {
	all, err := tx.q.DocketOuts(ctx, rows.DocketOutsParams{DocketID: string(board), Desk: string(desk)})
	out := make([]docket.Out, len(all))
	for i, o := range all {
		out[i] = docketOut(o)
	}
	return out, explain(err)
}

// DocketOutOf returns what went in an envelope; [fault.NotFound] if nothing did.
func (tx *Tx) DocketOutOf(ctx context.Context, e id.Envelope) (docket.Out, error) {
	o, err := tx.q.DocketOutOf(ctx, string(e))
	return docketOut(o), explain(err)
}

// DropDocket takes away everything of a board at a desk but its row.
func (tx *Tx) DropDocket(ctx context.Context, board id.Thread, desk id.Desk) error {
	if err := tx.q.DropDocketLines(ctx, rows.DropDocketLinesParams{DocketID: string(board), Desk: string(desk)}); err != nil {
		return explain(err)
	}
	if err := tx.q.DropDocketOuts(ctx, rows.DropDocketOutsParams{DocketID: string(board), Desk: string(desk)}); err != nil {
		return explain(err)
	}
	return explain(tx.q.DropDocketPeers(ctx, rows.DropDocketPeersParams{DocketID: string(board), Desk: string(desk)}))
}
