package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// MostListed is how many rows one listing shows at most.
const MostListed = 500

// Passed is an envelope that went or came, by what the node may know of it.
type Passed struct {
	ID     id.Envelope   `json:"envelope"`
	Member id.Member     `json:"member"` // the other one
	Out    bool          `json:"out"`    // ours
	Kind   envelope.Kind `json:"kind"`
	State  string        `json:"state"`
	At     frame.Time    `json:"at"` // created, of ours; received, of hers
	Next   frame.Time    `json:"next,omitempty"`
	Tries  int64         `json:"tries,omitempty"`
}

// List returns what went to a member or was answered by her, or came from her, at or after a time: in the order in which
// it was made or came, after an envelope (which may be empty), at most limit.
//
// It fails with [fault.Denied] if who may not watch the exchange.
func (s *Service) List(ctx context.Context, who access.Actor, m id.Member, out bool, since frame.Time, after id.Envelope, limit int) ([]Passed, error) {
	if err := access.Check(who, access.ListExchange, door()); err != nil {
		return nil, err
	}
	if limit < 1 || limit > MostListed {
		limit = MostListed
	}
	all := []Passed{}
	err := s.Read(ctx, func(tx Tx) error {
		all = all[:0]
		if out {
			rows, err := tx.OutSince(ctx, m, since, after, limit)
			for _, o := range rows {
				all = append(all, Passed{
					ID: o.ID, Member: o.To, Out: true, Kind: o.Kind, State: string(o.State), At: o.Created, Next: o.NextTry, Tries: o.Attempts,
				})
			}
			return err
		}
		rows, err := tx.InSince(ctx, m, since, after, limit)
		for _, i := range rows {
			all = append(all, Passed{ID: i.ID, Member: i.From, Kind: i.Kind, State: string(i.State), At: i.Received})
		}
		return err
	})
	return all, err
}
