package keyring

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// RecoveryState says how far recovery can be relied on.
type RecoveryState struct {
	Generation    int64      `json:"generation"` // of the recovery key; 0: no officers are enrolled
	Officers      []id.User  `json:"officers"`
	Threshold     int        `json:"threshold"`
	Drilled       frame.Time `json:"drilled"`       // when the drill last passed; 0: never, the node takes only demo data
	Unrecoverable []id.Desk  `json:"unrecoverable"` // desks that this recovery key does not reach
	Escrowed      frame.Time `json:"escrowed"`      // since when it gives back the present node.secret; 0: it does not
	Papers        []id.User  `json:"papers"`        // officers who have written down their share; two are needed where the machine is lost
	Used          frame.Time `json:"used"`          // when papers last put the recovery key together: new shares are due; 0: never
}

// RecoveryState says who the officers are, whether the drill has passed, and which desks recovery does not reach.
//
// It fails with [fault.Denied] if who may not examine the node.
func (s *Service) RecoveryState(ctx context.Context, who access.Actor) (RecoveryState, error) {
	if err := access.Check(who, access.DoctorNode, access.Resource{Noun: "node", Realm: access.Office}); err != nil {
		return RecoveryState{}, err
	}
	return s.recoveryState(ctx)
}

func (s *Service) recoveryState(ctx context.Context) (RecoveryState, error) {
	out := RecoveryState{Officers: []id.User{}, Unrecoverable: []id.Desk{}, Papers: []id.User{}}
	err := s.Read(ctx, func(tx Tx) error {
		r, err := tx.Recovery(ctx)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		officers, err := tx.Officers(ctx)
		if err != nil {
			return err
		}
		out.Generation, out.Threshold, out.Drilled = r.Generation, r.Threshold, r.Drilled
		for _, o := range officers {
			out.Officers = append(out.Officers, o.User)
		}
		papers, err := tx.Papers(ctx)
		if err != nil {
			return err
		}
		for _, p := range papers {
			out.Papers = append(out.Papers, p.User)
		}
		e, err := tx.Escrow(ctx)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		out.Escrowed, out.Used = e.Made, e.Used
		return err
	})
	if err != nil || out.Generation == 0 {
		return out, err
	}
	if left, err := s.Unrecoverable(ctx); err != nil {
		return out, err
	} else if left != nil {
		out.Unrecoverable = left
	}
	return out, nil
}

// KeyState says whether the node works with one of its keys.
type KeyState string

// The states of a key of the node.
const (
	KeyInUse   KeyState = "in-use"
	KeyWaits   KeyState = "waits"   // for a roster that lists it
	KeyRetired KeyState = "retired" // signs nothing any more
)

// HeldKey is one key of the node without its private half.
type HeldKey struct {
	Use     NodeKeyUse
	Key     id.Key
	State   KeyState
	Created frame.Time
	Retired frame.Time // 0 while it is not
}

// HeldIntake is the intake key of a desk and when the next one is due.
type HeldIntake struct {
	Desk    id.Desk
	Key     id.Key // empty: the desk has none, and its members are asked for one
	Created frame.Time
	Due     frame.Time
}

// Inventory is the keys of a node, as somebody sees them who answers for them: nothing of it opens anything.
type Inventory struct {
	Recovery RecoveryState
	Node     []HeldKey    // by use; of one use the newest first
	Intake   []HeldIntake // what is due first, first
}

// Inventory shows the keys of the node. Listed and pins are the identifiers and the pins of TLS keys that the roster in force lists for it.
//
// It fails with [fault.Denied] if who may not see which keys there are.
func (s *Service) Inventory(ctx context.Context, who access.Actor, listed []id.Key, pins []string) (Inventory, error) {
	if err := access.Check(who, access.ListKey, access.Resource{Noun: "key", Realm: access.Office}); err != nil {
		return Inventory{}, err
	}
	var out Inventory
	err := s.Read(ctx, func(tx Tx) error {
		of, ok := tx.(interface {
			NodeKeys(context.Context) ([]NodeKey, error)
		})
		if !ok {
			return fault.New(fault.Internal, "keyring.wiring")
		}
		all, err := of.NodeKeys(ctx)
		if err != nil {
			return err
		}
		current := currentKeys(all, Listed(all, listed, pins))
		for _, use := range NodeKeyUses() {
			for _, k := range all {
				if k.Use != use {
					continue
				}
				h := HeldKey{Use: use, Key: k.Key, State: KeyWaits, Created: k.Created, Retired: k.Retired}
				switch {
				case k.Retired != 0:
					h.State = KeyRetired
				case k.Key == current[use]:
					h.State = KeyInUse
				}
				out.Node = append(out.Node, h)
			}
		}
		desks, err := tx.Desks(ctx)
		if err != nil {
			return err
		}
		for _, at := range desks {
			if at.Kind != desk.AtNode || at.State != desk.Active {
				continue
			}
			pairs, err := tx.Pairs(ctx, at.ID, Intake)
			if err != nil {
				return err
			}
			h := HeldIntake{Desk: at.ID, Due: s.now()}
			if len(pairs) > 0 {
				h.Key, h.Created, h.Due = pairs[0].Key, pairs[0].Created, pairs[0].Created.Add(IntakeLasts)
			}
			out.Intake = append(out.Intake, h)
		}
		sorting.Stable(out.Intake, func(a, b HeldIntake) int { return cmp.Compare(a.Due, b.Due) })
		return nil
	})
	if err != nil {
		return Inventory{}, err
	}
	out.Recovery, err = s.recoveryState(ctx)
	return out, err
}
