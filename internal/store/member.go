package store

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ member.Tx = (*Tx)(nil)

// Rosters returns the newest rosters held, newest version first.
func (tx *Tx) Rosters(ctx context.Context, limit int) ([]member.Held, error) {
	if err := tx.ready(ctx); err != nil {
		return nil, err
	}
	known := tx.known()
	if held, ok := known.rosters[limit]; ok {
		return held, nil
	}
	all, err := tx.q.Rosters(tx.ctx, int32(limit))
	if err != nil {
		return nil, explain(err)
	}
	out := make([]member.Held, 0, len(all))
	for _, r := range all {
		signed, ok := tx.db.parsed.written(r)
		if !ok {
			h, err := tx.RosterAt(ctx, r.Version)
			if err != nil {
				return nil, err
			}
			signed = h.Signed
			tx.db.parsed.wrote(r, signed)
		}
		out = append(out, member.Held{Signed: signed, Hash: r.Hash, Received: frame.Time(r.Received), Disputed: r.Disputed})
	}
	if known.rosters == nil {
		known.rosters = make(map[int][]member.Held)
	}
	known.rosters[limit] = out
	return out, nil
}

// known is what was read of the network, which every envelope asks for: all that share a transaction see the same, until one
// of them changes it or is undone. Who writes to an SQLite file knows it in the next transaction too ([writer.recall]). What is
// returned of it is nobody's to change.
type known struct {
	rosters map[int][]member.Held // by how many were asked for
	sheets  map[sheetsOf][]member.HeldSheet
	blocks  []member.Block
	blocked bool // blocks were read
	closed  bool // sending is
	asked   bool // whether it is
}

type sheetsOf struct {
	member id.Member
	limit  int
}

func (tx *Tx) known() *known {
	if tx.batch != nil {
		return &tx.batch.network
	}
	return &tx.network
}

// RosterAt returns the roster of a version.
//
// It fails with [fault.NotFound] if it was never held.
func (tx *Tx) RosterAt(ctx context.Context, version int64) (member.Held, error) {
	if err := tx.ready(ctx); err != nil {
		return member.Held{}, err
	}
	r, err := tx.q.RosterAt(tx.ctx, version)
	if err != nil {
		return member.Held{}, explain(err)
	}
	return tx.db.parsed.roster(r)
}

// parsed remembers signed documents by the digest of their bytes, and rosters also by what stands beside the bytes, so that
// these are not read with every envelope. What it gives is shared: nobody changes it.
type parsed struct {
	mu      sync.Mutex
	beside  map[rows.RostersRow]member.Signed
	rosters map[[32]byte]member.Signed
	sheets  map[[32]byte]member.SignedSheet
}

// maxParsed is how many documents of a kind are remembered before all are forgotten.
const maxParsed = 128

func remember[T any](p *parsed, kept *map[[32]byte]T, body []byte, parse func([]byte) (T, error)) (T, error) {
	sum := sha256.Sum256(body)
	p.mu.Lock()
	v, ok := (*kept)[sum]
	p.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := parse(body)
	if err != nil {
		return v, fault.Wrap(fault.Internal, "store.document", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if *kept == nil || len(*kept) >= maxParsed {
		*kept = make(map[[32]byte]T)
	}
	(*kept)[sum] = v
	return v, nil
}

// written returns the roster that was read beside r: when a row is written anew, it is received at another moment.
func (p *parsed) written(r rows.RostersRow) (member.Signed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	signed, ok := p.beside[r]
	return signed, ok
}

func (p *parsed) wrote(r rows.RostersRow, signed member.Signed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.beside == nil || len(p.beside) >= maxParsed {
		p.beside = make(map[rows.RostersRow]member.Signed)
	}
	p.beside[r] = signed
}

func (p *parsed) roster(r rows.MemberRoster) (member.Held, error) {
	signed, err := remember(p, &p.rosters, r.Body, member.ParseRoster)
	return member.Held{Signed: signed, Hash: r.Hash, Received: frame.Time(r.Received), Disputed: r.Disputed}, err
}

func (p *parsed) sheet(r rows.MemberSheet) (member.HeldSheet, error) {
	signed, err := remember(p, &p.sheets, r.Body, member.ParseSheet)
	return member.HeldSheet{Signed: signed, Received: frame.Time(r.Received), Disputed: r.Disputed}, err
}

// SetRoster keeps a roster under its version.
func (tx *Tx) SetRoster(ctx context.Context, h member.Held) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	*tx.known() = known{}
	body, err := h.Signed.Encode()
	if err != nil {
		return err
	}
	return explain(tx.q.SetRoster(tx.ctx, rows.SetRosterParams{
		Version: h.Signed.Roster.Version, Hash: h.Hash, Received: int64(h.Received), Disputed: h.Disputed, Body: body,
	}))
}

// Sheets returns the newest sheets held of a member, newest version first.
func (tx *Tx) Sheets(ctx context.Context, m id.Member, limit int) ([]member.HeldSheet, error) {
	if err := tx.ready(ctx); err != nil {
		return nil, err
	}
	known, of := tx.known(), sheetsOf{m, limit}
	if held, ok := known.sheets[of]; ok {
		return held, nil
	}
	all, err := tx.q.Sheets(tx.ctx, rows.SheetsParams{Member: string(m), Limit: int32(limit)})
	if err != nil {
		return nil, explain(err)
	}
	out := make([]member.HeldSheet, 0, len(all))
	for _, r := range all {
		h, err := tx.db.parsed.sheet(r)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	if known.sheets == nil {
		known.sheets = make(map[sheetsOf][]member.HeldSheet)
	}
	known.sheets[of] = out
	return out, nil
}

// SheetAt returns the sheet of a member and version.
//
// It fails with [fault.NotFound] if it was never held.
func (tx *Tx) SheetAt(ctx context.Context, m id.Member, version int64) (member.HeldSheet, error) {
	if err := tx.ready(ctx); err != nil {
		return member.HeldSheet{}, err
	}
	r, err := tx.q.SheetAt(tx.ctx, rows.SheetAtParams{Member: string(m), Version: version})
	if err != nil {
		return member.HeldSheet{}, explain(err)
	}
	return tx.db.parsed.sheet(r)
}

// SetSheet keeps a sheet under its member and version.
func (tx *Tx) SetSheet(ctx context.Context, h member.HeldSheet) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	*tx.known() = known{}
	body, err := h.Signed.Encode()
	if err != nil {
		return err
	}
	return explain(tx.q.SetSheet(tx.ctx, rows.SetSheetParams{
		Member: string(h.Signed.Sheet.Member), Version: h.Signed.Sheet.Version, Received: int64(h.Received),
		Disputed: h.Disputed, Body: body,
	}))
}

// Blocks returns the members blocked here, in their order.
func (tx *Tx) Blocks(ctx context.Context) ([]member.Block, error) {
	if err := tx.ready(ctx); err != nil {
		return nil, err
	}
	known := tx.known()
	if known.blocked {
		return known.blocks, nil
	}
	all, err := tx.q.Blocks(tx.ctx)
	out, err := each(all, err, func(r rows.MemberBlock) member.Block {
		return member.Block{Member: id.Member(r.Member), Reason: r.Reason, By: id.User(r.Author), Since: frame.Time(r.Since)}
	})
	known.blocks, known.blocked = out, err == nil
	return out, err
}

// SetBlock blocks a member.
func (tx *Tx) SetBlock(ctx context.Context, b member.Block) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	*tx.known() = known{}
	return explain(tx.q.SetBlock(tx.ctx, rows.SetBlockParams{
		Member: string(b.Member), Reason: b.Reason, Author: string(b.By), Since: int64(b.Since),
	}))
}

// DropBlock lifts a block.
func (tx *Tx) DropBlock(ctx context.Context, m id.Member) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	*tx.known() = known{}
	return explain(tx.q.DropBlock(tx.ctx, string(m)))
}
