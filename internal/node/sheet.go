package node

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/store"
)

type sheetTx interface {
	keyring.Tx
	member.Tx
	directory.RoomTx
}

// Sheet returns the next desk sheet of this member as its desks stand now, ready to be signed with the authority
// key. Desks that are not public or closed are left out. Whether a desk has room is what the directory says now ([directory.RoomIn]); whoever
// reads the sheet later than the directory itself would believe it takes it as unknown.
//
// It fails with [fault.NotFound] if the node has joined no network or a desk has no intake key, and as the
// storage fails.
func (n *Node) Sheet(ctx context.Context) (member.Sheet, error) {
	now := n.now()
	s := member.Sheet{Format: member.SheetFormat, Member: n.Member, Version: 1, Created: now, Expires: now.Add(member.SheetLife), Desks: []member.Desk{}}
	err := store.Reader[sheetTx](n.DB)(ctx, func(tx sheetTx) error {
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		s.Network = held.Signed.Roster.Network
		last, err := tx.Sheets(ctx, n.Member, 1)
		if err != nil {
			return err
		}
		if len(last) == 1 {
			s.Version = last[0].Signed.Sheet.Version + 1
		}
		all, err := tx.Desks(ctx)
		if err != nil {
			return err
		}
		for _, d := range all {
			if !d.Public || d.State != desk.Active {
				continue
			}
			line, err := n.entry(ctx, tx, d)
			if err != nil {
				return err
			}
			s.Desks = append(s.Desks, line)
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	sorting.By(s.Desks, func(a, b member.Desk) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for i, d := range s.Desks { // a deputy that is not listed is nobody's business abroad
		if _, ok := s.Find(d.Deputy); d.Deputy != "" && !ok {
			s.Desks[i].Deputy = ""
		}
	}
	return s, s.Check()
}

// rooms are the words of a sheet for the lights of the directory.
func rooms(l directory.Light) string {
	switch l {
	case directory.Free, directory.Full:
		return string(l)
	case directory.Few:
		return "limited"
	}
	return noRoomSaid
}

const noRoomSaid = "unknown"

// room says whether a desk has room by what is known here: of a desk of ours what the directory says at this moment, and of another member's
// what its sheet said, unless that is too long ago.
func (n *Node) room(ctx context.Context, narrow member.Tx, l member.Listed, made frame.Time) (string, error) {
	if l.Address.Member != n.Member {
		if old, err := directory.Old(made, n.now()); err != nil || old {
			return noRoomSaid, err
		}
		return l.Desk.Capacity, nil
	}
	tx, ok := narrow.(directory.RoomTx)
	if !ok {
		return "", fault.New(fault.Internal, "node.wiring")
	}
	d, err := tx.Desk(ctx, l.Address.Desk)
	if err != nil {
		if fault.Is(err, fault.NotFound) { // on the sheet and not here any more
			return noRoomSaid, nil
		}
		return "", err
	}
	light, err := directory.RoomIn(ctx, tx, d, n.now())
	return rooms(light), err
}

// entry is the public side of one desk.
func (n *Node) entry(ctx context.Context, tx sheetTx, d desk.Desk) (member.Desk, error) {
	light, err := directory.RoomIn(ctx, tx, d, n.now())
	if err != nil {
		return member.Desk{}, err
	}
	line := member.Desk{
		ID: d.ID, Kind: d.Kind, Realm: d.Realm, Sector: d.Sector, Function: d.Function, Competence: filled(d.Competence), Languages: filled(d.Languages),
		Deputy: d.Deputy, VerifiedOn: min(d.VerifiedOn, n.now()), Capacity: rooms(light),
	}
	if d.OutOfHours != "" {
		line.OutOfHours = member.Contact{Function: "desk.function.out-of-hours", Phone: d.OutOfHours}
	}
	if d.Kind != desk.AtNode {
		return line, nil
	}
	intake, err := n.Keyring.IntakeIn(ctx, tx, d.ID)
	if err != nil {
		return line, err
	}
	line.Intake = intake
	return line, nil
}

func filled(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
