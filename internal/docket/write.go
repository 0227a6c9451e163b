package docket

import (
	"context"
	"maps"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Begin opens a board with the desk of the bearer on it. Nothing leaves.
//
// It fails with [fault.Denied] if the bearer may not, or "docket.desk" at a desk that does not prosecute, [fault.Locked] without keys, and [fault.Invalid]
// "docket.field" naming the field.
func (s *Service) Begin(ctx context.Context, by keyring.Bearer, label, office, contact string) (Row, error) {
	r := Row{
		ID: id.Dated[id.Thread](s.IDs), Desk: by.Desk, Root: s.self(by.Desk), Reference: id.NewReference(s.IDs), By: by.User, Version: 1,
	}
	if err := access.Check(by.Actor, access.BeginDocket, r.resource()); err != nil {
		return Row{}, err
	}
	item := id.Dated[id.Thread](s.IDs)
	var out Row
	err := s.Write(ctx, audit.Did(by.Actor, access.BeginDocket, string(r.ID)), func(tx Tx) error {
		if err := prosecutes(ctx, tx, by.Desk); err != nil {
			return err
		}
		fresh := r
		fresh.At = s.now()
		fresh, key, err := s.key(ctx, tx, by, fresh)
		if err != nil {
			return err
		}
		defer key.Wipe()
		if err := tx.AddDocket(ctx, fresh); err != nil {
			return err
		}
		f := File{Row: fresh}
		for _, in := range []Writing{
			{Sort: "board", Item: fresh.ID, Values: map[string]string{"label": label, "state": "open"}},
			{Sort: "desk", Item: item, Values: whole(map[string]string{"desk": fresh.Root.String(), "office": office, "contact": contact, "state": "in"})},
		} {
			if f, err = s.add(ctx, tx, key, f, in); err != nil {
				return err
			}
		}
		out = fresh
		return nil
	})
	return out, err
}

// whole leaves out what says nothing.
func whole(values map[string]string) map[string]string {
	values = maps.Clone(values)
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	return values
}

// Writing is what is written on a board.
type Writing struct {
	Sort   string
	Item   id.Thread // empty: a new one
	Was    string    // digest of the entry that says how the item stands, as the writer read it
	Void   bool      // it was entered in error
	Values map[string]string
}

// Add writes on a board and tells the other desks.
//
// It fails with [fault.Denied] if the bearer may not, "docket.root-only" for what only the desk says that opened the board, and with the rule row's own key for a desk to which no
// legal basis lets anything cross; [fault.Hidden] for a board that is not her desk's; [fault.Stale] "docket.stale" if the item has changed since it was read;
// [fault.Conflict] "docket.once" for what is never changed, "docket.closed" on a board that is closed, "docket.author" if another desk entered what is taken back,
// [fault.NotFound] for an item that is not there; [fault.Invalid]
// "docket.field" naming the field; and as [Service.Open].
func (s *Service) Add(ctx context.Context, by keyring.Bearer, board id.Thread, in Writing) (id.Thread, error) {
	if in.Item == "" {
		in.Item = id.Dated[id.Thread](s.IDs)
	} else if in.Was == "" {
		return "", fault.New(fault.Stale, "docket.stale")
	}
	in.Values = whole(in.Values)
	err := s.Write(ctx, audit.Did(by.Actor, access.WriteDocket, string(board)).For(in.Sort), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.WriteDocket, board)
		if err != nil {
			return err
		}
		made := len(r.Box.Sealed) == 0
		r, key, err := s.key(ctx, tx, by, r)
		if err != nil {
			return err
		}
		defer key.Wipe()
		if made {
			if err := tx.SetDocket(ctx, r); err != nil {
				return err
			}
			r.Version++
		}
		f, err := s.read(ctx, tx, by, r, key)
		if err != nil {
			return err
		}
		if err := s.may(f, in); err != nil {
			return err
		}
		if in.Sort == "desk" && in.Values["state"] == "in" {
			if err := s.lets(ctx, tx, f.Row, in.Values["desk"]); err != nil {
				return err
			}
		}
		if f, err = s.add(ctx, tx, key, f, in); err != nil {
			return err
		}
		return s.pass(ctx, tx, f, false)
	})
	return in.Item, err
}

// may reports whether this desk may write that, as the board stands.
func (s *Service) may(f File, in Writing) error {
	shape, ok := ShapeOf(in.Sort)
	if !ok {
		return wrong("sort")
	}
	self := s.self(f.Desk).String()
	own := in.Sort == "desk" && in.Values["desk"] == self
	if self != f.Board.Root && (shape.Root || in.Sort == "desk" && !own) {
		return fault.New(fault.Denied, "docket.root-only")
	}
	if b, ok := f.Item(f.Row.ID); ok && in.Sort != "board" && b.Values["state"] == "closed" {
		return fault.New(fault.Conflict, "docket.closed")
	}
	if in.Was == "" {
		if in.Sort == "custody" {
			if e, ok := f.Item(id.Thread(in.Values["evidence"])); !ok || e.Sort != "evidence" || e.Void {
				return wrong("evidence")
			}
		}
		return nil
	}
	now, ok := f.Item(in.Item)
	switch {
	case !ok || now.Sort != in.Sort || now.Void:
		return fault.New(fault.NotFound, "fault.not-found")
	case now.Now != in.Was:
		return fault.New(fault.Stale, "docket.stale")
	case in.Void && now.Author != self:
		return fault.New(fault.Conflict, "docket.author")
	case shape.Once && !in.Void:
		return fault.New(fault.Conflict, "docket.once")
	case in.Sort == "desk" && now.Values["desk"] != in.Values["desk"]:
		return wrong("desk")
	}
	return nil
}

// lets reports whether a desk may be let on a board: it prosecutes, and a legal basis lets entries cross to it.
func (s *Service) lets(ctx context.Context, tx Tx, r Row, desk string) error {
	a, err := id.ParseAddress(desk)
	if err != nil {
		return wrong("desk")
	}
	if a == s.self(r.Desk) {
		return nil
	}
	if a.Member == s.Member {
		return wrong("desk")
	}
	_, err = s.basis(ctx, tx, r, a)
	return err
}

// basis is the first legal basis of those for the prosecution on which an entry may cross to a desk.
//
// It fails with what forbids the first of them.
func (s *Service) basis(ctx context.Context, tx Tx, r Row, to id.Address) (string, error) {
	var first error
	for _, b := range []string{"mla-treaty", "led-transfer"} {
		_, err := s.Exchange.Weigh(ctx, tx, exchange.Crossing{
			Kind: envelope.Docket, From: s.self(r.Desk), FromRealm: access.Prosecution, To: to, ToRealm: access.Prosecution, Basis: b,
		})
		if err == nil {
			return b, nil
		}
		if !fault.Is(err, fault.Denied) {
			return "", err
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// add writes an entry of this desk after all that it has.
func (s *Service) add(ctx context.Context, tx Tx, key seal.Key, f File, in Writing) (File, error) {
	heads := f.Heads
	if len(heads) > maxAfter { // the highest, so that the level is that of the whole
		heads = slices.Clone(f.Heads)
		level := map[string]int64{}
		for _, k := range f.Entries {
			level[k.Digest] = k.Level
		}
		slices.SortFunc(heads, func(a, b string) int { return int(level[b] - level[a]) })
		heads = heads[:maxAfter]
		slices.Sort(heads)
	}
	e := Entry{
		Schema: entryTag, Board: f.Row.ID, Author: s.self(f.Desk).String(), At: s.now(), After: append([]string{}, heads...), Level: f.Level + 1, Item: in.Item,
		Sort: in.Sort, Void: in.Void, Values: in.Values,
	}
	if in.Void {
		e.Values = map[string]string{}
	}
	if err := e.Check(); err != nil {
		return f, err
	}
	raw, err := e.Canonical()
	if err != nil {
		return f, err
	}
	defer clear(raw)
	digest := envelope.Digest(raw)
	b := bodyOf(e, digest)
	l := Line{Board: f.Row.ID, Desk: f.Desk, Digest: digest, Level: e.Level, Item: e.Item, Sort: e.Sort, Day: b.Day, Author: s.self(f.Desk), At: s.now()}
	l.Body = key.Seal(s.field(l).AAD(), raw)
	if err := tx.AddDocketLine(ctx, l); err != nil {
		return f, err
	}
	if err := s.heard(ctx, tx, f.Row, b, l.Author); err != nil {
		return f, err
	}
	f.Entries = append(f.Entries, Kept{e, digest})
	f.Board = Fold(f.Entries)
	return f, s.remindIn(ctx, tx, f.Row, l.Item)
}

// pass sends to each other desk what this desk wrote and that one has not got: to one that came later, everything. What its node refused is sent anew only if again.
func (s *Service) pass(ctx context.Context, tx Tx, f File, again bool) error {
	peers, err := tx.DocketPeers(ctx, f.Row.ID, f.Desk)
	if err != nil {
		return err
	}
	outs, err := tx.DocketOuts(ctx, f.Row.ID, f.Desk)
	if err != nil {
		return err
	}
	on := f.Board.Desks()
	for _, p := range peers {
		if left := !slices.Contains(on, p.At.String()); left != p.Left && slices.ContainsFunc(f.Items, func(i Item) bool { return i.Sort == "desk" && i.Values["desk"] == p.At.String() }) {
			p.Left = left // as the board says, whoever was heard first
			if err := tx.PutDocketPeer(ctx, p); err != nil {
				return err
			}
		}
		if p.Left {
			continue
		}
		sent := map[string]Out{}
		for _, o := range outs {
			if o.To == p.At {
				sent[o.Digest] = o
			}
		}
		for _, k := range ordered(f.Entries) {
			o, ok := sent[k.Digest]
			if k.Author != s.self(f.Desk).String() || ok && o.Failed != expired && o.Failed != unsent && !(again && o.Failed != "") {
				continue
			}
			basis, err := s.basis(ctx, tx, f.Row, p.At)
			if fault.Is(err, fault.Denied) {
				break // the board says so
			}
			if err != nil {
				return err
			}
			if p, err = s.send(ctx, tx, f.Row, p, k, o, basis); err != nil {
				return err
			}
		}
	}
	return nil
}

// send seals an entry to a desk.
func (s *Service) send(ctx context.Context, tx Tx, r Row, p Peer, k Kept, o Out, basis string) (Peer, error) {
	content, err := k.Canonical()
	if err != nil {
		return p, err
	}
	defer clear(content)
	raw, err := envelope.EncodeBody(bodyOf(k.Entry, k.Digest))
	if err != nil {
		return p, err
	}
	if p.Thread == "" {
		p.Thread = id.Dated[id.Thread](s.IDs)
		if err := tx.PutDocketPeer(ctx, p); err != nil {
			return p, err
		}
	}
	d := exchange.Draft{
		Kind: envelope.Docket, FromDesk: r.Desk, Realm: access.Prosecution, To: p.At.Member, ToDesk: p.At.Desk, Thread: p.Thread, Side: envelope.Opener, Opens: true,
		Basis: basis, Body: raw, Content: content,
	}
	if o.Envelope != "" && o.Failed != expired && o.Told == 0 {
		d.Replaces = o.Envelope
	}
	next := Out{Board: r.ID, Desk: r.Desk, Digest: k.Digest, To: p.At}
	next.Envelope, err = s.Exchange.Seal(ctx, tx, d)
	switch fault.KindOf(err) {
	case fault.Denied, fault.Stale, fault.NotFound, fault.Unavailable: // of one desk: the others get it all the same, and this one when it can be reached
		next.Envelope, next.Failed, err = "", unsent, nil
	}
	if err != nil {
		return p, err
	}
	return p, tx.PutDocketOut(ctx, next)
}

// Resend sends anew what other nodes refused.
//
// It fails as [Service.Add].
func (s *Service) Resend(ctx context.Context, by keyring.Bearer, board id.Thread) error {
	return s.Write(ctx, audit.Did(by.Actor, access.WriteDocket, string(board)).For("again"), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.WriteDocket, board)
		if err != nil {
			return err
		}
		r, key, err := s.key(ctx, tx, by, r)
		if err != nil {
			return err
		}
		defer key.Wipe()
		f, err := s.read(ctx, tx, by, r, key)
		if err != nil {
			return err
		}
		if err := s.pass(ctx, tx, f, true); err != nil {
			return err
		}
		_, err = s.Tasks.DoneIn(ctx, tx, r.object(), TaskFailed)
		return err
	})
}

// Erase destroys what this desk keeps of a board that is closed, or that it has left. What the other desks keep is theirs.
//
// It fails as [Service.Open], with [fault.Conflict] "docket.open" while the board is open and the desk on it, and "docket.untold" while another node has not
// got what this desk wrote.
func (s *Service) Erase(ctx context.Context, by keyring.Bearer, board id.Thread) error {
	return s.Write(ctx, audit.Did(by.Actor, access.EraseDocket, string(board)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.EraseDocket, board)
		if err != nil {
			return err
		}
		kept, key, err := s.key(ctx, tx, by, r)
		if err != nil {
			return err
		}
		defer key.Wipe()
		f, err := s.read(ctx, tx, by, kept, key)
		if err != nil {
			return err
		}
		root, _ := f.Item(r.ID)
		if root.Values["state"] != "closed" && slices.Contains(f.Board.Desks(), s.self(r.Desk).String()) {
			return fault.New(fault.Conflict, "docket.open")
		}
		peers, err := s.behind(ctx, tx, f)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(peers, func(b Behind) bool { return b.OnWay > 0 && !b.Left }) {
			return fault.New(fault.Conflict, "docket.untold")
		}
		return s.eraseIn(ctx, tx, r)
	})
}

// EraseIn repeats in a restored node that a board was destroyed. One that is not there is passed over.
//
// It fails with [fault.Internal] if the transaction is not that of a node.
func (s *Service) EraseIn(ctx context.Context, over any, board id.Thread) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.DocketEnds(ctx, board)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Erased {
			continue
		}
		if err := s.eraseIn(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// eraseIn destroys keys, entries and envelopes of a board at a desk.
func (s *Service) eraseIn(ctx context.Context, tx Tx, r Row) error {
	lines, err := tx.DocketLines(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := s.forget(ctx, tx, l.Envelope); err != nil {
			return err
		}
		if _, err := s.Tasks.DropIn(ctx, tx, dayObject(r, l.Item), ""); err != nil {
			return err
		}
	}
	outs, err := tx.DocketOuts(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	for _, o := range outs {
		if err := s.forget(ctx, tx, o.Envelope); err != nil {
			return err
		}
	}
	if err := tx.DropDocket(ctx, r.ID, r.Desk); err != nil {
		return err
	}
	r.Erased, r.Box = true, keyring.Box{Generation: r.Box.Generation}
	if err := tx.SetDocket(ctx, r); err != nil {
		return err
	}
	if _, err := s.Tasks.DropIn(ctx, tx, r.object(), ""); err != nil {
		return err
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(r.ID), What: ErasureKind, At: s.now()})
}

// forget destroys the bytes of an envelope: one that arrived, which its sender is told, or our own copy of one that was sent.
func (s *Service) forget(ctx context.Context, tx Tx, e id.Envelope) error {
	if e == "" {
		return nil
	}
	if _, err := tx.In(ctx, e); err == nil {
		return s.Exchange.Answer(ctx, tx, e, envelope.Receipt{Stage: envelope.Erased, Until: s.now().Add(s.KeysKept)})
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	o, err := tx.Out(ctx, e)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || o.Bytes == nil {
		return err
	}
	switch o.State {
	case exchange.OutHeld, exchange.OutQueued, exchange.OutRelayed:
		o.State = exchange.OutDestroyed
	}
	o.Bytes = nil
	return tx.SetOut(ctx, o)
}

// Proof is what others need in order to check where evidence went: every entry of a board, as it was written.
type Proof struct {
	Schema  string   `json:"schema"`
	Heads   []string `json:"heads"` // the digests of the latest entries
	Entries []Entry  `json:"entries"`
}

// Proof returns the entries of a board, the lowest first, so that whoever has them can work out every digest.
//
// It fails as [frame.Encode].
func (f File) Proof() ([]byte, error) {
	p := Proof{Schema: "opentrm/docket-proof/1", Heads: append([]string{}, f.Heads...), Entries: []Entry{}}
	for _, k := range ordered(f.Entries) {
		p.Entries = append(p.Entries, k.Entry)
	}
	return frame.Encode(p)
}
