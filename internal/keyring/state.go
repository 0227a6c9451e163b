package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
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
